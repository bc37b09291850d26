package policies

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"time"
)

// Sample is one measured run of a step.
type Sample struct {
	Start time.Time     `json:"start"`
	Took  time.Duration `json:"took"`
}

// What an estimate rests on: runs of the last ten weeks, all of them when there
// are at least minSamples, those of the same weekday when there are at least
// minWeekday. Ten weeks hold enough of each weekday and forget a slow summer.
const (
	recency    = 70 * 24 * time.Hour
	minSamples = 5
	minWeekday = 8
)

// Estimate says how long a step takes: the durations that count, sorted. The
// zero value is "nobody knows".
type Estimate struct {
	Took []time.Duration `json:"took,omitempty"`
	// From says for people what they are.
	From string `json:"from,omitempty"`
}

// EstimateOf estimates a run that is to start about at, in the zone of at. With
// fewer than five samples a declared duration fills up the rest, so that what
// is measured takes over run by run; without one nothing is known.
func EstimateOf(samples []Sample, expected time.Duration, at time.Time) Estimate {
	var all, day []time.Duration
	for _, s := range samples {
		if s.Took < 0 || s.Start.After(at) || at.Sub(s.Start) > recency {
			continue
		}
		all = append(all, s.Took)
		if s.Start.In(at.Location()).Weekday() == at.Weekday() {
			day = append(day, s.Took)
		}
	}
	e := Estimate{Took: all, From: fmt.Sprintf("%d runs", len(all))}
	switch {
	case len(day) >= minWeekday:
		e = Estimate{Took: day, From: fmt.Sprintf("%d runs on a %s", len(day), at.Weekday())}
	case len(all) >= minSamples:
	case expected > 0:
		e.From = fmt.Sprintf("expected %s and %d runs", expected, len(all))
		for len(e.Took) < minSamples {
			e.Took = append(e.Took, expected)
		}
	default:
		return Estimate{From: e.From}
	}
	slices.Sort(e.Took)
	return e
}

// Known reports whether anything can be said.
func (e Estimate) Known() bool { return len(e.Took) > 0 }

// Quantile is a duration that the share q of the runs does not exceed: one that
// was measured, never one in between. It grows with q.
func (e Estimate) Quantile(q float64) time.Duration {
	if !e.Known() {
		return 0
	}
	i := int(math.Ceil(q*float64(len(e.Took))-1e-9)) - 1
	return e.Took[min(max(i, 0), len(e.Took)-1)]
}

// holds is for how long a run that goes on keeps its quantile q, or one that is
// within a limit, if that is less: then it has taken as long, or what is left of
// the runs took longer.
func (e Estimate) holds(q float64, limit time.Duration) time.Duration {
	n := len(e.Took)
	gone := 1 + sort.Search(n-1, func(i int) bool { return (Estimate{Took: e.Took[i+1:]}).Quantile(q) > limit })
	return min(e.Took[gone-1], e.Quantile(q))
}

// Given is the estimate of a run that has gone on for so long: of those runs
// that took longer. When none did, nothing is known any more.
func (e Estimate) Given(elapsed time.Duration) Estimate {
	i, _ := slices.BinarySearch(e.Took, elapsed+1)
	return Estimate{Took: e.Took[i:], From: e.From}
}
