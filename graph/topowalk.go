package graph

import (
	"context"
	"math"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// Lineage answers a traversal of what is current, at one position, exactly as
// a walk over Neighbours does.
func (t *Topology) Lineage(ctx context.Context, q Traversal) (Lineage, error) {
	if !q.AsOf.IsZero() {
		return Lineage{}, errCurrentOnly
	}
	q = q.normal()
	t.mu.RLock()
	defer t.mu.RUnlock()
	if q.Granularity != ByAsset {
		l, err := walk(ctx, view{t}, q)
		l.Position = t.pos
		return l, err
	}
	m := t.borrow()
	defer t.walks.Put(m)
	w := &topoWalk{t: t, q: q, m: m, wanted: wantedKinds(q.Types)}
	l := w.run()
	l.Position = t.pos
	return l, ctx.Err()
}

// marks are arrays over all nodes that a walk writes its epoch to, so that
// none has to be cleared between walks.
type marks struct {
	epoch uint32
	taken []uint32    // in the answer
	index []int32     // where in the answer, when taken
	seen  [2][]uint32 // by side
	count []uint32    // for counting neighbours once
	round uint32      // of count
}

func (t *Topology) borrow() *marks {
	m, _ := t.walks.Get().(*marks)
	if m == nil || len(m.taken) < len(t.nodes) || m.epoch == math.MaxUint32 || m.round > math.MaxUint32/2 {
		n := len(t.nodes) + len(t.nodes)/8
		m = &marks{taken: make([]uint32, n), index: make([]int32, n), seen: [2][]uint32{make([]uint32, n), make([]uint32, n)}, count: make([]uint32, n)}
	}
	m.epoch++
	return m
}

// topoWalk is walker over dense ids. Its sides are 0 upstream, 1 downstream.
type topoWalk struct {
	t      *Topology
	q      Traversal
	m      *marks
	wanted [len(edgeKinds) + 1]bool
	nodes  []Node
	order  []int32 // the nodes that are known
	cut    CutReason
	// border are the places that have neighbours which were not taken.
	border []topoTurn
}

type topoTurn struct {
	from int32
	side uint8
	list []halfEdge
}

func (w *topoWalk) run() Lineage {
	frontier := w.root()
	for depth := 1; len(frontier) > 0; depth++ {
		frontier = w.level(frontier, depth)
	}
	w.countHidden()
	slices.SortFunc(w.nodes, compareNodes)
	return Lineage{Nodes: w.nodes, Edges: w.answerEdges(), Complete: w.cut == "", Cut: w.cut}
}

func (w *topoWalk) root() []topoTurn {
	var out []topoTurn
	for _, id := range w.q.Roots {
		if len(w.nodes) >= w.q.MaxNodes {
			w.cut = CutNodes
			break
		}
		n, ok := w.t.ids[id]
		if !ok {
			w.nodes = append(w.nodes, Node{Asset: id})
			continue
		}
		w.take(n, 0)
		out = append(out, topoTurn{from: n})
	}
	return w.sides(out)
}

// sides begins the roots on each side that the direction has.
func (w *topoWalk) sides(roots []topoTurn) []topoTurn {
	var out []topoTurn
	for _, d := range directions(w.q.Direction) {
		for _, r := range roots {
			if d == Downstream {
				r.side = 1
			}
			w.m.seen[r.side][r.from] = w.m.epoch
			out = append(out, r)
		}
	}
	return out
}

func (w *topoWalk) take(n int32, depth int) {
	w.m.taken[n], w.m.index[n] = w.m.epoch, int32(len(w.nodes))
	w.nodes = append(w.nodes, Node{Asset: w.t.nodes[n].id, Distance: depth})
	w.order = append(w.order, n)
}

// level follows the edges of all places of the frontier, one of each in turn.
func (w *topoWalk) level(frontier []topoTurn, depth int) []topoTurn {
	active := make([]topoTurn, 0, len(frontier))
	for _, f := range frontier {
		if f.list = w.wantedFrom(w.half(f.from, f.side)); len(f.list) > 0 {
			active = append(active, f)
		}
	}
	var next []topoTurn
	for len(active) > 0 {
		rest := active[:0]
		for _, a := range active {
			if to, ok := w.step(a, a.list[0], depth); ok {
				next = append(next, topoTurn{from: to, side: a.side})
			}
			if a.list = w.wantedFrom(a.list[1:]); len(a.list) > 0 {
				rest = append(rest, a)
			}
		}
		active = rest
	}
	slices.SortFunc(next, func(a, b topoTurn) int {
		if a.side != b.side {
			return int(a.side) - int(b.side)
		}
		return w.t.nodes[a.from].id.Compare(w.t.nodes[b.from].id)
	})
	return next
}

func (w *topoWalk) half(n int32, side uint8) []halfEdge {
	if side == 0 {
		return w.t.nodes[n].in
	}
	return w.t.nodes[n].out
}

// wantedFrom skips edges that the traversal does not follow.
func (w *topoWalk) wantedFrom(list []halfEdge) []halfEdge {
	for len(list) > 0 && !w.follows(list[0]) {
		list = list[1:]
	}
	return list
}

func (w *topoWalk) follows(h halfEdge) bool { return w.wanted[h.kind] && !w.t.nodes[h.to].internal }

// step follows one edge and reports its end when that is new on this side.
func (w *topoWalk) step(from topoTurn, h halfEdge, depth int) (int32, bool) {
	seen := w.m.seen[from.side]
	isNew := seen[h.to] != w.m.epoch
	if isNew {
		taken := w.m.taken[h.to] == w.m.epoch
		switch {
		case depth > w.q.Depth:
			w.hide(from, CutDepth)
			return 0, false
		case !taken && len(w.nodes) >= w.q.MaxNodes:
			w.hide(from, CutNodes)
			return 0, false
		case !taken:
			w.take(h.to, depth)
		}
		seen[h.to] = w.m.epoch
	}
	return h.to, isNew
}

func (w *topoWalk) hide(from topoTurn, reason CutReason) {
	if cutRank[reason] > cutRank[w.cut] {
		w.cut = reason
	}
	w.border = append(w.border, topoTurn{from: from.from, side: from.side})
}

// countHidden counts, for each place at the border, the neighbours that are
// not in the answer. A place may be listed several times.
func (w *topoWalk) countHidden() {
	slices.SortFunc(w.border, func(a, b topoTurn) int { return int(a.from-b.from)*2 + int(a.side) - int(b.side) })
	w.border = slices.CompactFunc(w.border, func(a, b topoTurn) bool { return a.from == b.from && a.side == b.side })
	for _, b := range w.border {
		n := &w.nodes[w.m.index[b.from]]
		if b.side == 0 {
			n.HiddenUpstream = w.hidden(b)
		} else {
			n.HiddenDownstream = w.hidden(b)
		}
	}
}

func (w *topoWalk) hidden(b topoTurn) (n int) {
	w.m.round++
	for _, h := range w.half(b.from, b.side) {
		if w.follows(h) && w.m.taken[h.to] != w.m.epoch && w.m.count[h.to] != w.m.round {
			w.m.count[h.to] = w.m.round
			n++
		}
	}
	return n
}

// answerEdges are those whose both ends one side has seen: each was followed.
// They come out in order, because the nodes are visited by id and their lists
// are sorted.
func (w *topoWalk) answerEdges() []catalog.Edge {
	slices.SortFunc(w.order, func(a, b int32) int { return w.t.nodes[a].id.Compare(w.t.nodes[b].id) })
	n := 0
	w.eachEdge(func(halfEdge) { n++ })
	if n == 0 {
		return nil
	}
	out := make([]catalog.Edge, 0, n)
	w.eachEdge(func(h halfEdge) { out = append(out, *w.t.edge(h)) })
	return out
}

func (w *topoWalk) eachEdge(fn func(halfEdge)) {
	up, down, now := w.m.seen[0], w.m.seen[1], w.m.epoch
	for _, n := range w.order {
		for _, h := range w.t.nodes[n].out {
			if w.wanted[h.kind] && (down[n] == now && down[h.to] == now && !w.t.nodes[h.to].internal ||
				up[n] == now && up[h.to] == now && !w.t.nodes[n].internal) {
				fn(h)
			}
		}
	}
}
