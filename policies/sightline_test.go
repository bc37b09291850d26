package policies

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
)

// TestSightlinesSeeWhatChanged: of any nodes, those that a change may concern are
// found, as one finds them by looking at all, and what was removed is not.
func TestSightlinesSeeWhatChanged(t *testing.T) {
	ids := []catalog.AssetID{{1}, {2}, {3}}
	base := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(rt *rapid.T) {
		moment := func(what string) time.Time {
			return base.Add(time.Duration(rapid.IntRange(0, 20).Draw(rt, what)) * time.Second)
		}
		all, lines := map[*markNode]bool{}, sightlines{}
		for i := range rapid.IntRange(0, 30).Draw(rt, "nodes") {
			n := &markNode{id: uint64(i), root: rapid.SampledFrom(ids).Draw(rt, "root")}
			for range rapid.IntRange(0, 3).Draw(rt, "sightings") {
				q := VersionQuery{Dataset: rapid.SampledFrom(ids).Draw(rt, "seen")}
				if rapid.Bool().Draw(rt, "bounded") {
					q.Before = moment("before")
				}
				n.seen = append(n.seen, sighting{query: q})
			}
			if rapid.Bool().Draw(rt, "looks") {
				n.look, n.upTo = &Look{}, moment("up to")
			}
			all[n] = true
			lines.add(n)
		}
		for n := range all {
			if rapid.Bool().Draw(rt, "removed") {
				lines.remove(n)
				delete(all, n)
			}
		}
		id, at := rapid.SampledFrom(ids).Draw(rt, "touched"), moment("at")
		var want []uint64
		for n := range all {
			if n.sees(id, at) {
				want = append(want, n.id)
			}
		}
		var got []uint64
		for _, n := range lines.seeing(id, after(at)) {
			got = append(got, n.id)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			rt.Fatalf("a version of %s of %v concerns %v, found %v", at.Format("05"), id, want, got)
		}
		var whole int
		for _, l := range lines {
			whole += len(l)
		}
		if len(all) == 0 && whole > 0 {
			rt.Fatalf("%d lines are left of nothing", whole)
		}
	})
}

// sees looks at everything that the node looked for.
func (n *markNode) sees(id catalog.AssetID, at time.Time) bool {
	for _, s := range n.seen {
		if s.query.Dataset == id && (s.query.Before.IsZero() || at.Before(s.query.Before)) {
			return true
		}
	}
	return n.root == id && n.look != nil && !at.After(n.upTo)
}

// TestDoubtsAnswerForAllBatches: what is kept of batches concerns at least what
// all of them did since, and no more than that while they are few.
func TestDoubtsAnswerForAllBatches(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		from := rapid.SliceOfN(rapid.Int64Range(0, 99), 0, 20).Draw(rt, "from")
		if rapid.Bool().Draw(rt, "as time goes on") {
			slices.Sort(from)
		}
		var d doubts
		for i, f := range from {
			d = d.add(uint64(i+1), f)
		}
		since := rapid.IntRange(0, len(from)).Draw(rt, "since")
		got, touched := d.since(uint64(since))
		if later := from[since:]; touched != (len(later) > 0) {
			rt.Fatalf("touched %v by %d batches", touched, len(later))
		} else if touched && (got > slices.Min(later) || len(later) <= maxDoubts-1 && got < slices.Min(later)) {
			rt.Fatalf("batches %v since %d concern what sees to %d", from, since, got)
		}
	})
}

// TestDoubted: a batch that says from when on it wrote concerns what sees that
// late; one that does not say so, or changed rows, all that looked.
func TestDoubted(t *testing.T) {
	id, at := catalog.AssetID{1}, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	m := newMarks()
	for i := range 3 {
		m.put(&markNode{key: versionKey{attempt: i}, began: m.now(), seen: []sighting{{query: VersionQuery{Dataset: id, Before: at.Add(time.Duration(i) * time.Hour)}}}}, nil)
	}
	written := map[catalog.AssetID]time.Time{id: at.Add(time.Hour)}
	for _, c := range []struct {
		name string
		t    catalog.Touched
		want int
	}{
		{"a new version", catalog.Touched{Written: written, Sure: true}, 1},
		{"an old version", catalog.Touched{Written: map[catalog.AssetID]time.Time{id: {}}, Sure: true}, 3},
		{"no version", catalog.Touched{Sure: true}, 0},
		{"not said", catalog.Touched{}, 3},
		{"rows", catalog.Touched{Written: written, Sure: true, Rows: true}, 3},
	} {
		if got := len(m.doubted(c.t, id)); got != c.want {
			t.Errorf("%s concerns %d watermarks, want %d", c.name, got, c.want)
		}
	}
}
