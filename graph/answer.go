package graph

import (
	"cmp"
	"slices"

	"github.com/weirhq/weir/catalog"
)

func (w *walker) answer() Lineage {
	l := Lineage{Complete: w.cut == "", Cut: w.cut, AsOf: w.t.AsOf}
	w.countHidden()
	for _, n := range w.nodes {
		l.Nodes = append(l.Nodes, *n)
	}
	for _, e := range w.edges {
		l.Edges = append(l.Edges, e)
	}
	slices.SortFunc(l.Nodes, compareNodes)
	slices.SortFunc(l.Edges, CompareBySource)
	return l
}

// countHidden counts what was not taken and is not in the answer from the
// other side either; where not all was read, what the source counted.
func (w *walker) countHidden() {
	for _, s := range w.sides {
		for from, hidden := range s.hidden {
			count := 0
			for to := range hidden {
				if w.nodes[to] == nil {
					count++
				}
			}
			w.nodes[from].hide(s.d, count)
		}
		for id, count := range s.beyond {
			w.nodes[place{asset: id}].hide(s.d, count)
		}
	}
}

func (n *Node) hide(d Direction, count int) {
	if d == Upstream {
		n.HiddenUpstream = count
	} else {
		n.HiddenDownstream = count
	}
}

func compareNodes(a, b Node) int {
	return cmp.Or(cmp.Compare(a.Distance, b.Distance), a.Asset.Compare(b.Asset), cmp.Compare(a.Field, b.Field))
}

// CompareBySource is the order of edges in an answer: by source, then as
// CompareEdges.
func CompareBySource(a, b catalog.Edge) int {
	return cmp.Or(a.Source.Compare(b.Source), CompareEdges(Downstream, a, b))
}
