package sqlite_test

import (
	"slices"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// TestRunsOfAWindow: what overlaps a window is in it, also what began long
// before it and what has not ended.
func TestRunsOfAWindow(t *testing.T) {
	h := newHistory(t)
	for _, r := range []struct {
		id         string
		start, end int
	}{{"before", 1, 3}, {"into", 2, 6}, {"over", 1, 20}, {"inside", 7, 8}, {"out of", 9, 15}, {"after", 12, 13}, {"goes on", 4, 0}} {
		h.run(r.start, "START", r.id, "", ds("d"))
		if r.end > 0 {
			h.run(r.end, "COMPLETE", r.id, "", ds("d"))
		}
	}
	for name, c := range map[string]struct {
		q    catalog.RunQuery
		want []string
	}{
		"from 5 to 10":    {catalog.RunQuery{ActiveAfter: hourOf(5), StartedBefore: hourOf(10)}, []string{"out of", "inside", "goes on", "into", "over"}},
		"from 14":         {catalog.RunQuery{ActiveAfter: hourOf(14)}, []string{"out of", "goes on", "over"}},
		"of one state":    {catalog.RunQuery{ActiveAfter: hourOf(14), States: []catalog.RunState{catalog.RunRunning}}, []string{"goes on"}},
		"the newest two":  {catalog.RunQuery{ActiveAfter: hourOf(5), StartedBefore: hourOf(10), Limit: 2}, []string{"out of", "inside"}},
		"of another job":  {catalog.RunQuery{Jobs: []catalog.AssetID{jobID("other")}, ActiveAfter: hourOf(5)}, nil},
		"at its last end": {catalog.RunQuery{ActiveAfter: hourOf(20), States: []catalog.RunState{catalog.RunSucceeded}}, []string{"over"}},
	} {
		list, err := h.Runs(t.Context(), c.q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range list {
			got = append(got, r.Key.RunID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
