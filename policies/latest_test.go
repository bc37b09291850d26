package policies_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/policies"
)

var wednesday = time.Date(2024, 5, 8, 12, 0, 0, 0, time.UTC) // a Wednesday

// daily are runs of the n days before wednesday that took 1, 2, ... minutes, the
// newest the shortest.
func daily(n int) (out []policies.Sample) {
	for i := range n {
		out = append(out, policies.Sample{Start: wednesday.AddDate(0, 0, -i-1), Took: time.Duration(i+1) * time.Minute})
	}
	return out
}

func TestEstimateOf(t *testing.T) {
	future := []policies.Sample{{Start: wednesday.Add(time.Hour), Took: time.Hour}}
	for name, c := range map[string]struct {
		samples  []policies.Sample
		expected time.Duration
		n        int
		p90      time.Duration
	}{
		"nothing":               {nil, 0, 0, 0},
		"four runs are too few": {daily(4), 0, 0, 0},
		"five runs":             {daily(5), 0, 5, 5 * time.Minute},
		"expected alone":        {nil, time.Hour, 5, time.Hour},
		"expected fills up":     {daily(2), time.Hour, 5, time.Hour},
		"measured takes over":   {daily(5), time.Hour, 5, 5 * time.Minute},
		"forgets":               {daily(100), 0, 10, 70 * time.Minute}, // ten Wednesdays in ten weeks: of 7, 14, ... 70 minutes
		"all while weekdays":    {daily(50), 0, 50, 45 * time.Minute},  // seven Wednesdays
		"same weekday":          {daily(57), 0, 8, 56 * time.Minute},
		"not of the future":     {append(future, daily(5)...), 0, 5, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			e := policies.EstimateOf(c.samples, c.expected, wednesday)
			if len(e.Took) != c.n {
				t.Fatalf("%d durations (%s), want %d", len(e.Took), e.From, c.n)
			}
			if q := e.Quantile(0.9); name != "forgets" && q != c.p90 || name == "forgets" && q != 63*time.Minute {
				t.Errorf("p90 is %s", q)
			}
		})
	}
}

func TestEstimateGiven(t *testing.T) {
	e := policies.EstimateOf(daily(10), 0, wednesday)
	if g := e.Given(5 * time.Minute); len(g.Took) != 5 || g.Quantile(0.5) != 8*time.Minute {
		t.Errorf("after five minutes: %v", g)
	}
	if g := e.Given(10 * time.Minute); g.Known() {
		t.Errorf("longer than any run, and still known: %v", g)
	}
}

func duration(limit time.Duration) *rapid.Generator[time.Duration] {
	return rapid.Custom(func(t *rapid.T) time.Duration { return time.Duration(rapid.Int64Range(0, int64(limit)).Draw(t, "ns")) })
}

func estimate(t *rapid.T) policies.Estimate {
	expected := duration(2*time.Hour).Draw(t, "expected") + 1
	var samples []policies.Sample
	for _, took := range rapid.SliceOfN(duration(3*time.Hour), 0, 12).Draw(t, "took") {
		samples = append(samples, policies.Sample{Start: wednesday.Add(-time.Hour), Took: took})
	}
	return policies.EstimateOf(samples, expected, wednesday)
}

func anyDeadline(t *rapid.T) policies.Deadline {
	at := wednesday.Add(duration(24*time.Hour).Draw(t, "at"))
	d := policies.Deadline{At: at, Need: at.Add(-duration(12*time.Hour).Draw(t, "covers")), Confidence: rapid.Float64Range(0.05, 0.99).Draw(t, "confidence"),
		Reserve: rapid.IntRange(0, 3).Draw(t, "reserve"), Margin: duration(time.Hour).Draw(t, "margin")}
	for range rapid.IntRange(1, 4).Draw(t, "steps") {
		d.Path = append(d.Path, policies.Leg{Took: estimate(t)})
	}
	return d
}

func TestLatestStartIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDeadline(t)
		w := policies.WindowOf(d)
		later := d
		shift := duration(time.Hour).Draw(t, "shift")
		later.At, later.Need = d.At.Add(shift), d.Need.Add(shift)
		if l := policies.WindowOf(later); l.Latest.Before(w.Latest) {
			t.Fatalf("a later deadline starts earlier: %s before %s", l.Latest, w.Latest)
		}
		longer := d
		longer.Path = append([]policies.Leg{}, d.Path...)
		i := rapid.IntRange(0, len(d.Path)-1).Draw(t, "step")
		took := append([]time.Duration{}, d.Path[i].Took.Took...)
		for j := range took {
			took[j] += shift
		}
		longer.Path[i].Took.Took = took
		l := policies.WindowOf(longer)
		if l.Latest.After(w.Latest) || w.Infeasible && !l.Infeasible {
			t.Fatalf("a longer step starts later: %s after %s", l.Latest, w.Latest)
		}
		if w.Latest.Before(w.Need) {
			t.Fatal("a start that takes in data that is too old")
		}
	})
}

func TestShareServesEachInItsWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []policies.Window
		for range rapid.IntRange(0, 8).Draw(t, "windows") {
			all = append(all, policies.WindowOf(anyDeadline(t)))
		}
		slots := policies.Share(all)
		served := 0
		for _, s := range slots {
			served += len(s.Serves)
			if s.From.After(s.Until) {
				t.Fatalf("a slot that ends before it begins: %+v", s)
			}
			for _, w := range s.Serves {
				if s.Until.After(w.Latest) || s.From.Before(w.Need) {
					t.Fatalf("a slot from %s to %s does not serve %s to %s", s.From, s.Until, w.Need, w.Latest)
				}
			}
		}
		if served != len(all) || len(slots) != fewest(all) {
			t.Fatalf("%d of %d windows in %d slots, the fewest are %d", served, len(all), len(slots), fewest(all))
		}
	})
}

// fewest is the least number of points that stab all windows, by trying every
// set of window ends.
func fewest(all []policies.Window) int {
	best := len(all)
	for set := range 1 << len(all) {
		points, hit := 0, 0
		for i := range all {
			if set>>i&1 == 1 {
				points++
			}
		}
		for _, w := range all {
			for i, p := range all {
				if set>>i&1 == 1 && !p.Latest.Before(w.Need) && !p.Latest.After(w.Latest) {
					hit++
					break
				}
			}
		}
		if hit == len(all) {
			best = min(best, points)
		}
	}
	return best
}
