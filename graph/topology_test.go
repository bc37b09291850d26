package graph_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
)

// TestTopologyReaders: readers see a change whole or not at all.
func TestTopologyReaders(t *testing.T) {
	topo := graph.NewTopology()
	root := graphtest.Dataset("root")
	const fan = 50
	change := func(at catalog.Position, pass int) graph.Change {
		c := graph.Change{After: at, Position: at + 1, Rows: []graph.Row{{Asset: root}}}
		for i := range fan {
			j := graphtest.Job(fmt.Sprint("j", i))
			out := graphtest.Dataset(fmt.Sprint("d", pass%2, i))
			c.Rows = append(c.Rows, graph.Row{Asset: j, Edges: []catalog.Edge{graphtest.Reads(root, j), graphtest.Writes(j, out)}})
		}
		return c
	}
	if err := topo.Apply(t.Context(), change(0, 0)); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, g := range []graph.Granularity{graph.ByAsset, graph.ByDataset} {
		wg.Go(func() {
			for range 100 {
				l, err := graph.Walk(t.Context(), topo, graph.Traversal{Roots: []catalog.AssetID{root.ID}, Direction: graph.Downstream, Granularity: g})
				want := 1 + fan
				if g == graph.ByAsset {
					want += fan
				}
				if err != nil || len(l.Nodes) != want || !l.Complete || l.Position == 0 {
					t.Errorf("%s: %d nodes at %s, %v; want %d", g, len(l.Nodes), l.Position, err, want)
					return
				}
			}
		})
	}
	for i := range 100 {
		if err := topo.Apply(t.Context(), change(catalog.Position(i+1), i+1)); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
}

// TestTopologyLoad: loaded from a store's rows it answers as if it had followed.
func TestTopologyLoad(t *testing.T) {
	followed, assets := shop(t)
	var rows []graph.Row
	for _, a := range assets {
		rows = append(rows, graph.Row{Asset: a})
	}
	raw, stage, load := assets["raw"], assets["stage"], assets["to_stage"]
	for i := range rows {
		if rows[i].Asset.ID == load.ID {
			rows[i].Edges = []catalog.Edge{graphtest.Reads(raw, load), graphtest.Writes(load, stage)}
		}
	}
	loaded := graph.NewTopology()
	bad := func(yield func(graph.Row, error) bool) { yield(graph.Row{}, catalog.ErrUnavailable) }
	if err := loaded.Load(bad, 9); err == nil {
		t.Error("a source that fails loads")
	}
	err := loaded.Load(func(yield func(graph.Row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}, 9)
	if pos, _ := loaded.Position(t.Context()); err != nil || pos != 9 {
		t.Fatalf("position %s, %v", pos, err)
	}
	q := graph.NeighbourQuery{Frontier: []catalog.AssetID{load.ID}, Direction: graph.Upstream, Types: []catalog.EdgeType{catalog.EdgeReads}, Limit: 10}
	want, _, _ := followed.Neighbours(t.Context(), q)
	got, _, err := loaded.Neighbours(t.Context(), q)
	if err != nil || !slices.Equal(got, want) || len(got) != 1 {
		t.Errorf("%v, want %v, %v", got, want, err)
	}
	if err := loaded.Apply(t.Context(), graph.Change{After: 8, Position: 10}); err == nil {
		t.Error("a gap is taken")
	}
}
