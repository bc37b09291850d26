package catalog

import (
	"maps"
	"math"
	"slices"
	"time"
)

// RunDay sums up the runs of a job that started on one day (UTC) and were
// removed by retention.
type RunDay struct {
	Day time.Time `json:"-"`
	// Runs and Failed count them; what is neither failed nor succeeded was
	// cancelled, skipped or never ended.
	Runs   int `json:"n"`
	Failed int `json:"f,omitempty"`
	// Took has how long the successful ones took whose start was known.
	Took Durations `json:"t"`
}

// Add merges another sum of the same day, or of another one.
func (d *RunDay) Add(o RunDay) {
	d.Runs += o.Runs
	d.Failed += o.Failed
	d.Took.merge(o.Took)
}

// Durations is a set of durations, each kept to within 1 %: counts by powers
// of 1.02. Two can be merged, and the result is that of all values together.
type Durations struct {
	Count   int           `json:"c,omitempty"`
	Min     time.Duration `json:"l,omitempty"`
	Max     time.Duration `json:"h,omitempty"`
	Buckets map[int]int   `json:"b,omitempty"`
}

var growth = math.Log(1.02)

// Add counts one duration; one below a millisecond counts as that.
func (s *Durations) Add(d time.Duration) {
	s.merge(Durations{Count: 1, Min: d, Max: d, Buckets: map[int]int{bucketOf(d): 1}})
}

func bucketOf(d time.Duration) int {
	return int(math.Round(math.Log(float64(max(d, time.Millisecond))/float64(time.Millisecond)) / growth))
}

func (s *Durations) merge(o Durations) {
	if o.Count == 0 {
		return
	}
	if s.Count == 0 || o.Min < s.Min {
		s.Min = o.Min
	}
	s.Max = max(s.Max, o.Max)
	s.Count += o.Count
	if s.Buckets == nil {
		s.Buckets = map[int]int{}
	}
	for b, n := range o.Buckets {
		s.Buckets[b] += n
	}
}

// Quantile is the nearest-rank quantile for a share of 0 to 1; 0 of nothing.
func (s Durations) Quantile(share float64) time.Duration {
	rank := int(share*float64(s.Count-1) + 0.5)
	switch rank {
	case 0:
		return s.Min
	case s.Count - 1:
		return s.Max
	}
	for _, b := range slices.Sorted(maps.Keys(s.Buckets)) {
		if rank -= s.Buckets[b]; rank < 0 {
			d := time.Duration(math.Exp(float64(b)*growth) * float64(time.Millisecond))
			return min(max(d, s.Min), s.Max)
		}
	}
	return s.Max
}

// Sample gives n durations, or all when there are fewer, that are spread like
// the set.
func (s Durations) Sample(n int) []time.Duration {
	n = min(n, s.Count)
	out := make([]time.Duration, n)
	for i := range out {
		out[i] = s.Quantile(float64(i) / float64(max(n-1, 1)))
	}
	return out
}
