package graph

import (
	"context"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// Closure is the set of what a traversal reaches: what decisions and impact
// need of a large part of the graph, at a fraction of what lineage costs. It is
// in the order of a breadth-first search that visits the edges of each asset in
// the order of Neighbours, so that it does not depend on how the graph came to
// be; distances never fall.
type Closure struct {
	Reached  []Reached
	Complete bool
	Cut      CutReason
	Position catalog.Position
}

// Reached is an asset with the least number of hops that lead to it.
type Reached struct {
	Asset    catalog.AssetID
	Distance int
}

// Reach finds the closure of the roots, which are part of it, over the edges
// of assets. Depth and MaxNodes bound it as they bound lineage, but have no
// default: 0 is no bound. There are no turns: the budget goes to who comes
// first. Granularity is not looked at.
func Reach(ctx context.Context, src Neighbourer, t Traversal) (Closure, error) {
	t = t.closing()
	if r, ok := src.(reacher); ok && t.AsOf.IsZero() {
		return r.Reach(ctx, t)
	}
	return reach(ctx, src, t)
}

// reacher is a Neighbourer that finds closures of what is current faster than
// by its Neighbours, and equally.
type reacher interface {
	Reach(ctx context.Context, t Traversal) (Closure, error)
}

// closing is normal for a closure.
func (t Traversal) closing() Traversal {
	depth, nodes := t.Depth, t.MaxNodes
	t = t.normal()
	t.Granularity = ByAsset
	if t.Depth = depth; depth <= 0 {
		t.Depth = unbounded
	}
	if t.MaxNodes = nodes; nodes <= 0 {
		t.MaxNodes = unbounded
	}
	return t
}

// unbounded is more than any graph has.
const unbounded = 1 << 31

// reach asks level by level.
func reach(ctx context.Context, src Neighbourer, t Traversal) (Closure, error) {
	return atOnce(ctx, src, func(at Neighbourer) (Closure, error) { return reachAt(ctx, at, t) })
}

func reachAt(ctx context.Context, src Neighbourer, t Traversal) (Closure, error) {
	c := closer{t: t, taken: map[catalog.AssetID]bool{}}
	w := &walker{ctx: ctx, src: src, t: t}
	frontiers := c.roots()
	for depth := 1; len(frontiers[up])+len(frontiers[down]) > 0; depth++ {
		for _, d := range directions(t.Direction) {
			var next []catalog.AssetID
			for part := range slices.Chunk(frontiers[sideOf(d)], chunk) {
				edges, err := w.read(d, part, t.Types)
				if err != nil {
					return Closure{}, fmt.Errorf("closure %s: %w", t.Direction, err)
				}
				for _, e := range edges {
					if to := farOf(d, e); c.take(sideOf(d), to, depth) {
						next = append(next, to)
					}
				}
			}
			frontiers[sideOf(d)] = next
		}
	}
	c.out.Cut.add(w.cut)
	c.out.Complete = c.out.Cut == ""
	return c.out, nil
}

// closer gathers a closure.
type closer struct {
	t     Traversal
	taken map[catalog.AssetID]bool
	seen  [2]map[catalog.AssetID]bool
	out   Closure
}

func (c *closer) roots() (frontiers [2][]catalog.AssetID) {
	var roots []catalog.AssetID
	for side := range c.seen {
		c.seen[side] = map[catalog.AssetID]bool{}
	}
	for _, id := range c.t.Roots {
		if c.take(up, id, 0) {
			roots = append(roots, id)
		}
	}
	for _, d := range directions(c.t.Direction) {
		frontiers[sideOf(d)] = roots
		for _, id := range roots {
			c.seen[sideOf(d)][id] = true
		}
	}
	return frontiers
}

// take reports whether an asset is new on a side, and may be followed.
func (c *closer) take(side int, id catalog.AssetID, depth int) bool {
	if c.seen[side][id] {
		return false
	}
	if depth > c.t.Depth {
		c.out.Cut.add(CutDepth)
		return false
	}
	if !c.taken[id] {
		if len(c.out.Reached) >= c.t.MaxNodes {
			c.out.Cut.add(CutNodes)
			return false
		}
		c.taken[id] = true
		c.out.Reached = append(c.out.Reached, Reached{id, depth})
	}
	c.seen[side][id] = true
	return true
}

// Reach finds a closure of what is current, at one position.
func (t *Topology) Reach(ctx context.Context, q Traversal) (Closure, error) {
	if !q.AsOf.IsZero() {
		return Closure{}, errCurrentOnly
	}
	q = q.closing()
	g, done, err := t.read()
	if err != nil {
		return Closure{}, err
	}
	defer done()
	m := t.borrow(g)
	defer t.walks.Put(m)
	w := topoReach{g: g, q: q, m: m, wanted: wantedKinds(q.Types, q.overlaid)}
	c := w.run()
	c.Position = g.pos
	return c, ctx.Err()
}

// topoReach is closer over dense ids. The queues of its marks hold what was
// taken, level after level; of two directions, also what each side has seen and
// has to follow.
type topoReach struct {
	g      *packed
	q      Traversal
	m      *marks
	wanted kindSet
	// strangers are roots that no change ever named.
	strangers []catalog.AssetID
	// levels are where each distance begins in the queue.
	levels []int
	cut    CutReason
}

func (w *topoReach) run() Closure {
	w.roots()
	var begin [2]int
	for depth, more := 1, true; more; depth++ {
		w.levels = append(w.levels, len(w.m.queue))
		more = false
		for _, d := range directions(w.q.Direction) {
			side := sideOf(d)
			queue := w.queueOf(side)
			end := len(*queue)
			w.level(side, (*queue)[begin[side]:], depth > w.q.Depth)
			begin[side] = end
			more = more || len(*queue) > end
		}
	}
	return Closure{Reached: w.answer(), Complete: w.cut == "", Cut: w.cut}
}

// queueOf is what a side follows. One side alone follows all that is taken.
func (w *topoReach) queueOf(side int) *[]int32 {
	if w.q.Direction == Both {
		return &w.m.sides[side]
	}
	return &w.m.queue
}

func (w *topoReach) roots() {
	for _, id := range w.q.Roots {
		if len(w.m.queue)+len(w.strangers) >= w.q.MaxNodes {
			w.cut = CutNodes
			break
		}
		n, ok := w.g.ids[id]
		if !ok {
			w.strangers = append(w.strangers, id)
			continue
		}
		w.m.taken[n] = w.m.epoch
		w.m.queue = append(w.m.queue, n)
	}
	for side := range w.m.sides {
		w.m.sides[side] = append(w.m.sides[side], w.m.queue...)
		for _, n := range w.m.queue {
			w.m.seen[side][n] = w.m.epoch
		}
	}
}

// level follows the edges of a frontier on one side.
func (w *topoReach) level(side int, frontier []int32, tooDeep bool) {
	now, seen, internal, lists := w.m.epoch, w.m.seen[side], w.g.internal, w.g.lists[side]
	for _, n := range frontier {
		for _, h := range lists[n] {
			if seen[h.to] == now || !w.wanted.has(h) || internal[h.to] {
				continue
			}
			if tooDeep {
				w.cut.add(CutDepth)
				return
			}
			if w.take(h.to, side) {
				seen[h.to] = now
			}
		}
	}
}

// take reports whether there is room for a node that is new on a side.
func (w *topoReach) take(n int32, side int) bool {
	both := w.q.Direction == Both
	if !both || w.m.taken[n] != w.m.epoch {
		if len(w.m.queue)+len(w.strangers) >= w.q.MaxNodes {
			w.cut.add(CutNodes)
			return false
		}
		w.m.queue = append(w.m.queue, n)
	}
	if both {
		w.m.taken[n] = w.m.epoch
		w.m.sides[side] = append(w.m.sides[side], n)
	}
	return true
}

func (w *topoReach) answer() []Reached {
	out := make([]Reached, 0, len(w.m.queue)+len(w.strangers))
	for _, id := range w.strangers {
		out = append(out, Reached{Asset: id})
	}
	begin := 0
	for depth, end := range append(w.levels, len(w.m.queue)) {
		for _, n := range w.m.queue[begin:end] {
			out = append(out, Reached{w.g.keys[n], depth})
		}
		begin = end
	}
	if len(w.strangers) > 0 { // among the other roots, in the order of their ids
		roots := out[:len(w.strangers)+w.levels[0]]
		slices.SortFunc(roots, func(a, b Reached) int { return a.Asset.Compare(b.Asset) })
	}
	return out
}
