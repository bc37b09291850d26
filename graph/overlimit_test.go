package graph_test

import (
	"fmt"
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
	hops := struct{ graph.Neighbourer }{topo} // which has no answer of its own to a whole walk
	l, err := graph.Walk(t.Context(), hops, graph.Traversal{Roots: []catalog.AssetID{root.ID}, Direction: graph.Downstream})
	if err != nil || l.Complete || l.Cut != graph.CutMemory {
		t.Fatalf("complete %v, cut %q, %v; want %s", l.Complete, l.Cut, err, graph.CutMemory)
	}
	leads := map[catalog.AssetID]bool{}
	for _, e := range l.Edges {
		leads[e.Source] = leads[e.Source] || e.Type == catalog.EdgeWrites
	}
	for _, r := range rows[1:] {
		if !leads[r.Asset.ID] {
			t.Errorf("nothing is shown that %s makes", r.Asset.Name.Name)
		}
	}
}
