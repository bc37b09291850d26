package graph_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
)

// TestHubsLeaveTheRestTheirShare: hop by hop, where a few assets have more edges
// than one hop may hold, the others are walked all the same, and the answer says
// that its counts fall short.
func TestHubsLeaveTheRestTheirShare(t *testing.T) {
	topo, root := graph.NewTopology(), graphtest.Dataset("root")
	rows := []graph.Row{{Asset: root}}
	for n := range 20 {
		j := graphtest.Job(fmt.Sprint("job", n))
		made := 1
		if n < 3 {
			made = 110_000
		}
		r := graph.Row{Asset: j, Edges: []catalog.Edge{graphtest.Reads(root, j)}}
		for i := range made {
			r.Edges = append(r.Edges, graphtest.Writes(j, graphtest.Dataset(fmt.Sprint("d", n, ".", i))))
		}
		rows = append(rows, r)
	}
	if err := topo.Apply(t.Context(), graph.Change{Position: 1, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	hops := counting{topo, rows} // which has no answer of its own to a whole walk
	l, err := graph.Walk(t.Context(), hops, graph.Traversal{Roots: []catalog.AssetID{root.ID}, Direction: graph.Downstream})
	if err != nil || l.Complete || l.Cut != graph.CutMemory {
		t.Fatalf("complete %v, cut %q, %v; want %s", l.Complete, l.Cut, err, graph.CutMemory)
	}
	leads, hidden := map[catalog.AssetID]int{}, map[catalog.AssetID]int{}
	for _, e := range l.Edges {
		if e.Type == catalog.EdgeWrites {
			leads[e.Source]++
		}
	}
	for _, n := range l.Nodes {
		hidden[n.Asset] = n.HiddenDownstream
	}
	for _, r := range rows[1:] {
		id, made := r.Asset.ID, len(r.Edges)-1
		if leads[id] == 0 || leads[id]+hidden[id] != made {
			t.Errorf("of %d that %s makes %d are shown and %d hidden", made, r.Asset.Name.Name, leads[id], hidden[id])
		}
	}
}

// counting is a source that counts, by looking at every edge.
type counting struct {
	graph.Neighbourer
	rows []graph.Row
}

func (c counting) Beyond(_ context.Context, q graph.NeighbourQuery, taken []catalog.AssetID) (map[catalog.AssetID]int, error) {
	shown, out := map[catalog.AssetID]bool{}, map[catalog.AssetID]int{}
	for _, id := range taken {
		shown[id] = true
	}
	for _, r := range c.rows {
		for _, e := range r.Edges {
			if slices.Contains(q.Frontier, e.Source) && !shown[e.Target] {
				out[e.Source]++
			}
		}
	}
	return out, nil
}
