package graph_test

import (
	"fmt"
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
