package catalog

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func hours(h int) time.Time { return t0.Add(time.Duration(h) * time.Hour) }

func naming(id string, start int, ok bool, keys ...string) NamingRun[string] {
	return NamingRun[string]{RunID: id, Start: hours(start), End: hours(start).Add(time.Minute), Succeeded: ok, Named: keys}
}

func TestIntervals(t *testing.T) {
	for name, c := range map[string]struct {
		runs []NamingRun[string]
		want []Interval // of key "a"
	}{
		"open from the first naming run": {[]NamingRun[string]{naming("1", 0, false, "a"), naming("2", 24, true, "a")}, []Interval{{From: hours(0), Run: "1"}}},
		"two omissions end nothing":      {[]NamingRun[string]{naming("1", 0, true, "a", "b"), naming("2", 24, true, "b"), naming("3", 48, true, "b")}, []Interval{{From: hours(0), Run: "1"}}},
		"three omissions end it at the end of the first": {[]NamingRun[string]{naming("1", 0, true, "a", "b"), naming("2", 24, true, "b"), naming("3", 48, true, "b"), naming("4", 72, true, "b")},
			[]Interval{{From: hours(0), To: hours(24).Add(time.Minute), Run: "1"}}},
		"not before 24 hours are quiet": {[]NamingRun[string]{naming("1", 0, true, "a", "b"), naming("2", 1, true, "b"), naming("3", 2, true, "b"), naming("4", 3, true, "b")},
			[]Interval{{From: hours(0), Run: "1"}}},
		"once they are, the first omission counts": {[]NamingRun[string]{naming("1", 0, true, "a", "b"), naming("2", 1, true, "b"), naming("3", 2, true, "b"), naming("4", 3, true, "b"), naming("5", 24, true, "b")},
			[]Interval{{From: hours(0), To: hours(1).Add(time.Minute), Run: "1"}}},
		"failed and empty runs omit nothing": {[]NamingRun[string]{naming("1", 0, true, "a", "b"), naming("2", 24, false, "b"), naming("3", 48, true), naming("4", 72, true, "b"), naming("5", 96, true, "b")},
			[]Interval{{From: hours(0), Run: "1"}}},
		"named again it begins anew": {[]NamingRun[string]{naming("1", 0, true, "a", "b"), naming("2", 24, true, "b"), naming("3", 48, true, "b"), naming("4", 72, true, "b"), naming("5", 96, true, "a", "b")},
			[]Interval{{From: hours(0), To: hours(24).Add(time.Minute), Run: "1"}, {From: hours(96), Run: "5"}}},
	} {
		got, _ := Intervals(c.runs, DefaultLifetime)
		if !slices.Equal(got["a"], c.want) {
			t.Errorf("%s: %v, want %v", name, got["a"], c.want)
		}
	}
}

func TestDeclaredEmptyListOmits(t *testing.T) {
	got, _ := Intervals([]NamingRun[string]{naming("", 0, true, "a"), naming("", 5, true)}, DeclaredLifetime)
	if want := []Interval{{From: hours(0), To: hours(5).Add(time.Minute)}}; !slices.Equal(got["a"], want) {
		t.Errorf("%v, want %v", got["a"], want)
	}
}

// TestIntervalsAnyOrder: intervals follow from the set of runs, are sorted, do
// not overlap, and only the last may be open.
func TestIntervalsAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var runs []NamingRun[string]
		for i := range rapid.IntRange(1, 14).Draw(t, "n") {
			r := naming(string(rune('a'+i)), rapid.IntRange(0, 200).Draw(t, "start"), rapid.Bool().Draw(t, "ok"))
			r.Named = rapid.SliceOfDistinct(rapid.SampledFrom([]string{"x", "y", "z"}), rapid.ID[string]).Draw(t, "named")
			runs = append(runs, r)
		}
		want, _ := Intervals(runs, DefaultLifetime)
		got, _ := Intervals(rapid.Permutation(runs).Draw(t, "order"), DefaultLifetime)
		for k, list := range want {
			if !slices.Equal(got[k], list) {
				t.Fatalf("%s: %v, want %v", k, got[k], list)
			}
			for i, iv := range list {
				if i > 0 && iv.From.Before(list[i-1].To) || i < len(list)-1 && iv.To.IsZero() {
					t.Fatalf("%s: intervals overlap: %v", k, list)
				}
			}
		}
	})
}
