package graphtest

import (
	"fmt"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// merges: a hub and a small dataset become one, under the id of either, and
// part again. A job whose row is not part of a change names the old id until
// its row comes.
func merges(t *testing.T, s graph.Store) {
	hub, small, out := Dataset("hub"), Dataset("small"), Dataset("out")
	var jobs []catalog.Asset
	for i := range 30 {
		jobs = append(jobs, Job(fmt.Sprint("j", i)))
	}
	pos := catalog.Position(0)
	for _, ids := range [][2]catalog.Asset{{hub, small}, {small, hub}} {
		into, from := ids[0], ids[1]
		into.Names = append(into.Names[:1:1], from.Names...)
		for _, behind := range []int{0, 1} {
			apart := append(readers(jobs, func(i int) catalog.Asset {
				if i < 3 {
					return small
				}
				return hub
			}, out), rows(hub, small, out)...)
			apply(t, s, graph.Change{Reset: true, Position: pos + 1, Rows: apart})
			wantRows(t, s, apart...)
			// The last rows may come later: they are as before.
			one := append(readers(jobs[behind:], func(int) catalog.Asset { return into }, out), graph.Row{Asset: into})
			apply(t, s, graph.Change{After: pos + 1, Position: pos + 2, Rows: one, Removed: []catalog.AssetID{from.ID}})
			now := append(one[:len(one):len(one)], append(apart[:behind:behind], rows(out)...)...)
			wantRows(t, s, now...)
			edges, _, err := s.Neighbours(t.Context(), graph.NeighbourQuery{Frontier: []catalog.AssetID{into.ID}, Direction: graph.Downstream,
				Types: []catalog.EdgeType{catalog.EdgeReads}})
			left := 0
			if behind > 0 && into.ID == small.ID {
				left = behind // it names the small one, which the asset is now
			}
			if err != nil || len(edges) != len(jobs)-behind+left {
				t.Errorf("%d jobs read the asset, %v; want %d", len(edges), err, len(jobs)-behind+left)
			}
			apply(t, s, graph.Change{After: pos + 2, Position: pos + 3, Rows: apart})
			wantRows(t, s, apart...)
			pos += 3
		}
	}
}

// readers are jobs that read what in says and make a field of out of it.
func readers(jobs []catalog.Asset, in func(int) catalog.Asset, out catalog.Asset) []graph.Row {
	var list []graph.Row
	for i, j := range jobs {
		row := step(j, []catalog.Asset{in(i)}, []catalog.Asset{out})
		row.Edges = append(row.Edges, catalog.Edge{Type: catalog.EdgeDerives, Source: in(i).ID, SourceField: "x", Target: out.ID, TargetField: "y", Job: j.ID, Origin: catalog.EdgeObserved, From: T0})
		list = append(list, row)
	}
	return list
}
