package graphtest

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// beyond: what a store counts is what its edges lead to, each asset once, without
// those that are taken, and with what lies over it.
func beyond(t *testing.T, s graph.Store) {
	sets, jobs, c := tangle()
	jobs[4].Internal = true
	c.Rows[len(c.Rows)-1].Asset.Internal = true
	apply(t, s, c)
	m := model{}
	m.apply(c)
	over, both := m.overlaid([]catalog.Edge{Declares(sets[6], sets[7], "p"), Declares(sets[0], sets[7], "p"), Declares(sets[6], sets[0], "q"), Declares(sets[6], jobs[1], "q")})
	still, ok := s.(graph.Still)
	if !ok {
		t.Fatal("the store cannot stand still")
	}
	err := still.Moment(t.Context(), func(at graph.Behind) error {
		m.wantBeyond(t, at, sets, jobs)
		both.wantBeyond(t, over.Over(at), sets, jobs)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (m model) wantBeyond(t *testing.T, at graph.Behind, sets, jobs []catalog.Asset) {
	t.Helper()
	all := ids(append(slices.Clone(sets), jobs...))
	for _, taken := range [][]catalog.AssetID{nil, {sets[1].ID, sets[7].ID, jobs[0].ID}, all} {
		for _, d := range []graph.Direction{graph.Upstream, graph.Downstream} {
			for _, asOf := range []time.Time{{}, T0, T0.Add(2 * time.Hour)} {
				q := graph.NeighbourQuery{Frontier: all, Direction: d, AsOf: asOf, Types: []catalog.EdgeType{catalog.EdgeReads, catalog.EdgeWrites, catalog.EdgeDerives}}
				got, err := at.(graph.Counter).Beyond(t.Context(), q, taken)
				maps.DeleteFunc(got, func(_ catalog.AssetID, n int) bool { return n == 0 })
				if want := m.countsBeyond(q, taken); err != nil || !maps.Equal(got, want) {
					t.Errorf("%s at %s without %d: %v, %v; want %v", d, asOf, len(taken), got, err, want)
				}
			}
		}
	}
}

// countsBeyond counts by looking at every edge.
func (m model) countsBeyond(q graph.NeighbourQuery, taken []catalog.AssetID) map[catalog.AssetID]int {
	far := map[catalog.AssetID]map[catalog.AssetID]bool{}
	for _, r := range m {
		for _, e := range r.Edges {
			from, to := e.Source, e.Target
			if q.Direction == graph.Upstream {
				from, to = to, from
			}
			if !e.At(q.AsOf) || e.FieldLevel() || !slices.Contains(q.Types, e.Type) || slices.Contains(taken, to) || m[to].Asset.Internal {
				continue
			}
			if far[from] == nil {
				far[from] = map[catalog.AssetID]bool{}
			}
			far[from][to] = true
		}
	}
	out := map[catalog.AssetID]int{}
	for id, list := range far {
		out[id] = len(list)
	}
	return out
}
