package graph

import (
	"cmp"
	"context"
	"encoding/binary"
	"math"
	"math/bits"
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
	g, done, err := t.read()
	if err != nil {
		return Lineage{}, err
	}
	defer done()
	if q.Granularity != ByAsset {
		l, err := walk(ctx, overlaidAs(g, q.overlaid), q)
		l.Position = g.pos
		return l, err
	}
	m := t.borrow(g)
	defer t.walks.Put(m)
	w := &topoWalk{g: g, q: q, m: m, wanted: wantedKinds(q.Types, q.overlaid)}
	l := w.run()
	l.Position = g.pos
	return l, ctx.Err()
}

// marks are arrays over all nodes that a walk writes its epoch to, so that
// they have to be cleared every 255 walks only, and queues to use again. Marks
// are bytes: what a large walk is slow in is memory.
type marks struct {
	epoch uint8
	taken []uint8    // in the answer
	index []int32    // where in the answer, when taken
	seen  [2][]uint8 // by side
	count []uint32   // for counting neighbours once
	round uint32     // of count
	queue []int32    // the nodes taken
	sides [2][]int32 // the nodes seen on each side, for a closure
	edges []topoEdge // of the answer
	// border are the places that have neighbours which were not taken.
	border []topoTurn
}

// topoEdge is an edge of the answer, from a node downstream.
type topoEdge struct {
	from int32
	half halfEdge
}

func (t *Topology) borrow(g *packed) *marks {
	m, _ := t.walks.Get().(*marks)
	if m == nil || len(m.taken) < len(g.keys) || m.round > math.MaxUint32/2 {
		n := len(g.keys) + len(g.keys)/8
		m = &marks{taken: make([]uint8, n), index: make([]int32, n), seen: [2][]uint8{make([]uint8, n), make([]uint8, n)}, count: make([]uint32, n)}
	}
	if m.epoch++; m.epoch == 0 {
		clear(m.taken)
		clear(m.seen[up])
		clear(m.seen[down])
		m.epoch = 1
	}
	m.queue, m.sides = m.queue[:0], [2][]int32{m.sides[up][:0], m.sides[down][:0]}
	m.edges, m.border = m.edges[:0], m.border[:0]
	return m
}

// topoWalk is walker over dense ids.
type topoWalk struct {
	g      *packed
	q      Traversal
	m      *marks
	wanted kindSet
	// strangers are roots that no change ever named.
	strangers []catalog.AssetID
	// levels are where each distance begins in the queue of the marks.
	levels []int
	cut    CutReason
}

// topoTurn is a place of the frontier with the edges that it still has to
// follow.
type topoTurn struct {
	from int32
	side uint8
	list []halfEdge
}

func (w *topoWalk) run() Lineage {
	frontier := w.root()
	for depth := 1; len(frontier) > 0; depth++ {
		w.levels = append(w.levels, len(w.m.queue))
		switch {
		case depth > w.q.Depth:
			w.beyond(frontier)
			frontier = nil
		case w.edgesOf(frontier) <= w.q.MaxNodes-w.size():
			frontier = w.sweep(frontier)
		default:
			frontier = w.fair(frontier)
		}
	}
	l := Lineage{Nodes: w.answerNodes(), Complete: w.cut == "", Cut: w.cut}
	w.countHidden(l.Nodes)
	l.Edges = w.answerEdges()
	return l
}

// size is how many nodes the answer has so far.
func (w *topoWalk) size() int { return len(w.m.queue) + len(w.strangers) }

// root takes the roots, and begins them on each side that the direction has.
func (w *topoWalk) root() (out []topoTurn) {
	for _, id := range w.q.Roots {
		if w.size() >= w.q.MaxNodes {
			w.cut = CutNodes
			break
		}
		if n, ok := w.g.ids[id]; ok {
			w.take(n)
		} else {
			w.strangers = append(w.strangers, id)
		}
	}
	for _, d := range directions(w.q.Direction) {
		side := sideOf(d)
		for _, n := range w.m.queue {
			w.m.seen[side][n] = w.m.epoch
			out = append(out, topoTurn{from: n, side: uint8(side)})
		}
	}
	return out
}

func (w *topoWalk) take(n int32) {
	w.m.taken[n] = w.m.epoch
	w.m.queue = append(w.m.queue, n)
}

func (w *topoWalk) half(t topoTurn) []halfEdge { return w.g.lists[t.side][t.from] }

func (w *topoWalk) follows(h halfEdge) bool { return w.wanted.has(h) && !w.g.internal[h.to] }

// edgesOf bounds how many nodes the next level can have.
func (w *topoWalk) edgesOf(frontier []topoTurn) (n int) {
	for _, f := range frontier {
		n += len(w.half(f))
	}
	return n
}

// sweep takes all of a level: where the budget is large enough for every edge
// of it, nobody has to wait for a turn.
func (w *topoWalk) sweep(frontier []topoTurn) []topoTurn {
	next := make([]topoTurn, 0, len(frontier))
	now, taken := w.m.epoch, w.m.taken
	for _, f := range frontier {
		seen := w.m.seen[f.side]
		for _, h := range w.half(f) {
			if !w.wanted.has(h) {
				continue
			}
			if seen[h.to] == now || w.g.internal[h.to] {
				continue
			}
			seen[h.to] = now
			if taken[h.to] != now {
				w.take(h.to)
			}
			next = append(next, topoTurn{from: h.to, side: f.side})
		}
	}
	return next
}

// fair follows the edges of all places of the frontier, one of each in turn.
func (w *topoWalk) fair(frontier []topoTurn) (next []topoTurn) {
	slices.SortFunc(frontier, func(a, b topoTurn) int {
		if a.side != b.side {
			return int(a.side) - int(b.side)
		}
		return w.g.keys[a.from].Compare(w.g.keys[b.from])
	})
	active := frontier[:0]
	for _, f := range frontier {
		if f.list = w.wantedFrom(w.half(f)); len(f.list) > 0 {
			active = append(active, f)
		}
	}
	for len(active) > 0 {
		rest := active[:0]
		for _, a := range active {
			if to, ok := w.step(a, a.list[0]); ok {
				next = append(next, topoTurn{from: to, side: a.side})
			}
			if a.list = w.wantedFrom(a.list[1:]); len(a.list) > 0 {
				rest = append(rest, a)
			}
		}
		active = rest
	}
	return next
}

// wantedFrom skips edges that the traversal does not follow.
func (w *topoWalk) wantedFrom(list []halfEdge) []halfEdge {
	for len(list) > 0 && !w.follows(list[0]) {
		list = list[1:]
	}
	return list
}

// step follows one edge and reports its end when that is new on this side.
func (w *topoWalk) step(from topoTurn, h halfEdge) (int32, bool) {
	seen := w.m.seen[from.side]
	if seen[h.to] == w.m.epoch {
		return 0, false
	}
	if w.m.taken[h.to] != w.m.epoch {
		if w.size() >= w.q.MaxNodes {
			w.hide(from, CutNodes)
			return 0, false
		}
		w.take(h.to)
	}
	seen[h.to] = w.m.epoch
	return h.to, true
}

// beyond notes who has more than the depth allows.
func (w *topoWalk) beyond(frontier []topoTurn) {
	for _, f := range frontier {
		for _, h := range w.half(f) {
			if w.m.seen[f.side][h.to] != w.m.epoch && w.follows(h) {
				w.hide(f, CutDepth)
				break
			}
		}
	}
}

func (w *topoWalk) hide(from topoTurn, reason CutReason) {
	w.cut.add(reason)
	// A hub at the border hides its neighbours one after another.
	border := w.m.border
	if n := len(border); n == 0 || border[n-1].from != from.from || border[n-1].side != from.side {
		w.m.border = append(border, topoTurn{from: from.from, side: from.side})
	}
}

// answerNodes are the nodes by distance and id.
func (w *topoWalk) answerNodes() []Node {
	out := make([]Node, 0, w.size())
	for _, id := range w.strangers {
		out = append(out, Node{Asset: id})
	}
	begin := 0
	for depth, end := range append(w.levels, len(w.m.queue)) {
		level := w.m.queue[begin:end]
		w.g.sortByID(level)
		for _, n := range level {
			out = append(out, Node{Asset: w.g.keys[n], Distance: depth})
		}
		begin = end
	}
	for i, n := range w.m.queue {
		w.m.index[n] = int32(i + len(w.strangers))
	}
	if len(w.strangers) > 0 {
		w.sortRoots(out)
	}
	return out
}

// sortRoots sorts strangers in among the other roots.
func (w *topoWalk) sortRoots(nodes []Node) {
	roots := slices.IndexFunc(nodes, func(n Node) bool { return n.Distance > 0 })
	if roots < 0 {
		roots = len(nodes)
	}
	slices.SortFunc(nodes[:roots], compareNodes)
	for i, n := range nodes[:roots] {
		if known, ok := w.g.ids[n.Asset]; ok {
			w.m.index[known] = int32(i)
		}
	}
}

// countHidden counts, for each place at the border, the neighbours that are
// not in the answer. A place may be listed several times.
func (w *topoWalk) countHidden(nodes []Node) {
	border := w.m.border
	slices.SortFunc(border, func(a, b topoTurn) int { return int(a.from-b.from)*2 + int(a.side) - int(b.side) })
	border = slices.CompactFunc(border, func(a, b topoTurn) bool { return a.from == b.from && a.side == b.side })
	for _, b := range border {
		n := &nodes[w.m.index[b.from]]
		if b.side == up {
			n.HiddenUpstream = w.hidden(b)
		} else {
			n.HiddenDownstream = w.hidden(b)
		}
	}
}

func (w *topoWalk) hidden(b topoTurn) (n int) {
	w.m.round++
	for _, h := range w.half(b) {
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
	w.g.sortByID(w.m.queue)
	for _, n := range w.m.queue {
		w.edgesFrom(n)
	}
	if len(w.m.edges) == 0 {
		return nil
	}
	out := make([]catalog.Edge, len(w.m.edges))
	for i, e := range w.m.edges {
		w.g.fill(&out[i], down, e.from, e.half)
	}
	return out
}

// edgesFrom notes the edges of the answer that leave a node.
func (w *topoWalk) edgesFrom(n int32) {
	ups, downs, now := w.m.seen[up], w.m.seen[down], w.m.epoch
	byUp, byDown := ups[n] == now && !w.g.internal[n], downs[n] == now
	if !byUp && !byDown {
		return
	}
	for _, h := range w.g.lists[down][n] {
		if w.wanted.has(h) && (byDown && downs[h.to] == now && !w.g.internal[h.to] || byUp && ups[h.to] == now) {
			w.m.edges = append(w.m.edges, topoEdge{n, h})
		}
	}
}

// sortByID sorts dense ids by their assets' ids. Those are hashes: their first
// bits spread them over buckets of one or two each.
func (g *packed) sortByID(list []int32) {
	type item struct {
		prefix uint64
		n      int32
	}
	byID := func(a, b item) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		return g.keys[a.n].Compare(g.keys[b.n])
	}
	shift := 64 - min(bits.Len(uint(len(list))), 20)
	ends := make([]int32, 1<<(64-shift)+1)
	items := make([]item, len(list))
	for _, n := range list {
		ends[binary.BigEndian.Uint64(g.keys[n][:])>>shift+1]++
	}
	for i := range ends[1:] {
		ends[i+1] += ends[i]
	}
	for _, n := range list {
		prefix := binary.BigEndian.Uint64(g.keys[n][:])
		at := &ends[prefix>>shift]
		items[*at] = item{prefix, n}
		*at++
	}
	begin := int32(0)
	for _, end := range ends {
		if end-begin > 1 {
			slices.SortFunc(items[begin:end], byID)
		}
		begin = end
	}
	for i := range items {
		list[i] = items[i].n
	}
}
