package virtual

import (
	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// nameEdge is an edge between names, as runs tell it.
type nameEdge struct {
	kind     catalog.EdgeType
	from, to catalog.Name
}

// edgeTable counts how many runs tell of each edge.
type edgeTable struct {
	count map[nameEdge]int
	in    map[catalog.Name][]nameEdge // in the order they were first told
	out   map[catalog.Name][]nameEdge
}

func newEdgeTable() edgeTable {
	return edgeTable{count: map[nameEdge]int{}, in: map[catalog.Name][]nameEdge{}, out: map[catalog.Name][]nameEdge{}}
}

// run adds what a run reads and writes, or with n = -1 takes it back.
func (t *edgeTable) run(r catalog.Run, n int) {
	for _, o := range r.Outputs {
		t.add(catalog.EdgeWrites, r.Key.Job, o, n)
	}
	for _, i := range r.Inputs {
		t.add(catalog.EdgeReads, i, r.Key.Job, n)
	}
}

func (t *edgeTable) add(kind catalog.EdgeType, from, to catalog.Name, n int) {
	e := nameEdge{kind, from, to}
	if _, known := t.count[e]; !known {
		t.in[to] = append(t.in[to], e)
		t.out[from] = append(t.out[from], e)
	}
	t.count[e] += n
}

// near lists the edges that arrive at a name (upstream) or leave it.
func (t *edgeTable) near(n catalog.Name, d graph.Direction) []nameEdge {
	list := t.in[n]
	if d == graph.Downstream {
		list = t.out[n]
	}
	var out []nameEdge
	for _, e := range list {
		if t.count[e] > 0 {
			out = append(out, e)
		}
	}
	return out
}
