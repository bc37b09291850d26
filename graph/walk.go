package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// Neighbourer gives the edges of a frontier: a Store, or the Topology.
type Neighbourer interface {
	Neighbours(ctx context.Context, q NeighbourQuery) (edges []catalog.Edge, more bool, err error)
}

// liner is a Neighbourer that answers whole traversals of what is current
// faster than a walk over its Neighbours, and equally.
type liner interface {
	Lineage(ctx context.Context, t Traversal) (Lineage, error)
}

// Defaults and bounds of a Traversal.
const (
	DefaultDepth    = 5
	DefaultMaxNodes = 500
	maxDepth        = 100
	maxMaxNodes     = 100_000
	// chunk is how many frontier assets go into one query; edgeBudget bounds
	// its answer, and what one hop through jobs may multiply to.
	chunk      = 1000
	edgeBudget = 200_000
)

// lineageTypes are the edges of data.
var lineageTypes = []catalog.EdgeType{catalog.EdgeReads, catalog.EdgeWrites, catalog.EdgeDerives}

// normal fills in the defaults and bounds of a traversal, sorts its roots and
// removes repeated ones.
func (t Traversal) normal() Traversal {
	if t.Depth <= 0 {
		t.Depth = DefaultDepth
	}
	if t.MaxNodes <= 0 {
		t.MaxNodes = DefaultMaxNodes
	}
	t.Depth, t.MaxNodes = min(t.Depth, maxDepth), min(t.MaxNodes, maxMaxNodes)
	if len(t.Types) == 0 {
		t.Types = lineageTypes
	}
	if t.Granularity == "" {
		t.Granularity = ByAsset
	}
	if t.Direction == "" {
		t.Direction = Both
	}
	t.Roots = slices.Clone(t.Roots)
	slices.SortFunc(t.Roots, catalog.AssetID.Compare)
	t.Roots = slices.Compact(t.Roots)
	return t
}

// Walk answers a traversal level by level over any source of neighbours. It
// spends the node budget breadth-first and fairly: the assets of one level, of
// both directions, each add one neighbour in turn, so that a hub cannot starve
// the rest. Nodes count the neighbours that exist and are not in the answer.
//
// An upstream walk stays upstream and a downstream walk stays downstream; BOTH
// is the union of two walks from the roots. A source that has a Lineage method
// of its own is asked by it for what is current.
func Walk(ctx context.Context, src Neighbourer, t Traversal) (Lineage, error) {
	if l, ok := src.(liner); ok && t.AsOf.IsZero() {
		return l.Lineage(ctx, t)
	}
	return walk(ctx, src, t.normal())
}

func walk(ctx context.Context, src Neighbourer, t Traversal) (Lineage, error) {
	return atOnce(ctx, src, func(at Neighbourer) (Lineage, error) { return walkAt(ctx, at, t) })
}

func walkAt(ctx context.Context, src Neighbourer, t Traversal) (Lineage, error) {
	w := &walker{ctx: ctx, src: src, t: t, nodes: map[place]*Node{}, edges: map[edgeID]catalog.Edge{}}
	w.root()
	for depth := 1; ; depth++ {
		turns, err := w.turns()
		if err != nil {
			return Lineage{}, fmt.Errorf("walk %s: %w", t.Direction, err)
		}
		if len(turns) == 0 {
			if err := w.twilight(); err != nil {
				return Lineage{}, fmt.Errorf("walk %s: %w", t.Direction, err)
			}
			if err := w.countBeyond(); err != nil {
				return Lineage{}, fmt.Errorf("walk %s: %w", t.Direction, err)
			}
			return w.answer(), nil
		}
		w.level(turns, depth)
	}
}

func directions(d Direction) []Direction {
	if d == Both {
		return []Direction{Upstream, Downstream}
	}
	return []Direction{d}
}

// place is what a node stands for: an asset, or one field of it.
type place struct {
	asset catalog.AssetID
	field string
}

func comparePlaces(a, b place) int {
	return cmp.Or(a.asset.Compare(b.asset), cmp.Compare(a.field, b.field))
}

type edgeID struct {
	typ            catalog.EdgeType
	source, target catalog.AssetID
	sf, tf         string
	job            catalog.AssetID
	ordinal        int
}

func idOf(e catalog.Edge) edgeID {
	return edgeID{e.Type, e.Source, e.Target, e.SourceField, e.TargetField, e.Job, e.Ordinal}
}

type walker struct {
	ctx   context.Context
	src   Neighbourer
	t     Traversal
	nodes map[place]*Node
	edges map[edgeID]catalog.Edge
	sides []*side
	cut   CutReason
}

// side is the walk of one direction.
type side struct {
	d        Direction
	frontier []place
	seen     map[place]bool
	// hidden are the neighbours that were not taken, by the place they are
	// next to.
	hidden map[place]map[place]bool
	// short are assets whose edges were not all read, beyond what was counted there.
	short  []catalog.AssetID
	beyond map[catalog.AssetID]int
}

// turn is a place of the frontier with the edges that it still has to follow.
type turn struct {
	side *side
	from place
	list []catalog.Edge
}

// root begins the walks. A walk of fields begins at every field of the roots:
// the place with an empty field stands for them.
func (w *walker) root() {
	roots := make([]place, 0, len(w.t.Roots))
	for _, id := range w.t.Roots {
		if len(w.nodes) >= w.t.MaxNodes {
			w.cut.add(CutNodes)
			break
		}
		p := place{asset: id}
		w.nodes[p] = &Node{Asset: id}
		roots = append(roots, p)
	}
	for _, d := range directions(w.t.Direction) {
		s := &side{d: d, frontier: roots, seen: map[place]bool{}, hidden: map[place]map[place]bool{}, beyond: map[catalog.AssetID]int{}}
		for _, p := range roots {
			s.seen[p] = true
		}
		w.sides = append(w.sides, s)
	}
}

// turns reads what leaves the frontiers and empties them.
func (w *walker) turns() ([]turn, error) {
	var out []turn
	for _, s := range w.sides {
		slices.SortFunc(s.frontier, comparePlaces)
		lists, err := w.neighbours(s.d, s.frontier)
		if err != nil {
			return nil, err
		}
		for _, p := range s.frontier {
			if l := lists[p]; len(l) > 0 {
				out = append(out, turn{s, p, l})
			}
		}
		s.frontier = nil
	}
	return out, nil
}

// level follows all edges of one hop, one of each place in turn. Beyond the
// depth or the budget it only counts.
func (w *walker) level(turns []turn, depth int) {
	for len(turns) > 0 {
		rest := turns[:0]
		for _, t := range turns {
			w.step(t.side, t.from, t.list[0], depth)
			if t.list = t.list[1:]; len(t.list) > 0 {
				rest = append(rest, t)
			}
		}
		turns = rest
	}
}

// step follows one edge.
func (w *walker) step(s *side, from place, e catalog.Edge, depth int) {
	to := w.otherEnd(s.d, e)
	if !s.seen[to] {
		if reason := w.full(to, depth); reason != "" {
			w.hide(s, from, to, reason)
			return
		}
		if w.nodes[to] == nil {
			w.nodes[to] = &Node{Asset: to.asset, Field: to.field, Distance: depth}
		}
		s.seen[to] = true
		s.frontier = append(s.frontier, to)
	}
	w.edges[idOf(e)] = e
}

// full says why a place cannot be taken; "" when it can.
func (w *walker) full(to place, depth int) CutReason {
	switch {
	case depth > w.t.Depth:
		return CutDepth
	case w.nodes[to] == nil && len(w.nodes) >= w.t.MaxNodes:
		return CutNodes
	}
	return ""
}

func (w *walker) hide(s *side, from, to place, reason CutReason) {
	w.cut.add(reason)
	if s.hidden[from] == nil {
		s.hidden[from] = map[place]bool{}
	}
	s.hidden[from][to] = true
}

func (w *walker) otherEnd(d Direction, e catalog.Edge) place {
	p := place{asset: farOf(d, e)}
	if w.t.Granularity == ByField {
		if p.field = e.TargetField; d == Upstream {
			p.field = e.SourceField
		}
	}
	return p
}

// nearOf and farOf are the ends of an edge, seen in a direction.
func nearOf(d Direction, e catalog.Edge) catalog.AssetID {
	if d == Upstream {
		return e.Target
	}
	return e.Source
}

func farOf(d Direction, e catalog.Edge) catalog.AssetID {
	if d == Upstream {
		return e.Source
	}
	return e.Target
}

// neighbours reads the edges of a sorted frontier, by place, each list sorted.
func (w *walker) neighbours(d Direction, frontier []place) (map[place][]catalog.Edge, error) {
	out := map[place][]catalog.Edge{}
	for part := range slices.Chunk(assetsOf(frontier), chunk) {
		edges, err := w.expand(d, part)
		if err != nil {
			return nil, err
		}
		means := w.spelled(d, edges, frontier)
		for _, e := range edges {
			for _, p := range w.startsAt(d, e, frontier, means) {
				out[p] = append(out[p], leading(d, e, p))
			}
		}
	}
	return out, nil
}

func assetsOf(frontier []place) []catalog.AssetID {
	var out []catalog.AssetID
	for _, p := range frontier {
		if len(out) == 0 || out[len(out)-1] != p.asset {
			out = append(out, p.asset)
		}
	}
	return out
}

// spelled gives, of places of the frontier that no edge begins at by their very
// name, the name that means them.
func (w *walker) spelled(d Direction, edges []catalog.Edge, frontier []place) map[place]string {
	if w.t.Granularity != ByField {
		return nil
	}
	arriving, begins, out := columnsOf{}, beginning(d, edges), map[place]string{}
	for _, p := range frontier {
		arriving.add(p.asset, p.field)
	}
	for _, p := range frontier {
		if name := begins[p.asset].meant(p.field, arriving[p.asset]); name != p.field {
			out[p] = name
		}
	}
	return out
}

// leading is an edge as it leads on from a place: by that place's name.
func leading(d Direction, e catalog.Edge, from place) catalog.Edge {
	if field := nearField(d, &e); from.field != "" && *field != "" {
		*field = from.field
	}
	return e
}

// startsAt is where in the frontier an edge begins: the asset, or for fields
// the field and the place that stands for all fields. An edge of a whole
// dataset (a filter, a join) begins at each of its fields.
func (w *walker) startsAt(d Direction, e catalog.Edge, frontier []place, means map[place]string) []place {
	near, field := nearOf(d, e), *nearField(d, &e)
	if w.t.Granularity != ByField {
		return []place{{asset: near}}
	}
	var out []place
	first, _ := slices.BinarySearchFunc(frontier, place{asset: near}, comparePlaces)
	for _, p := range frontier[first:] {
		if p.asset != near {
			break
		}
		if p.field == "" || field == "" || p.field == field || means[p] == field {
			out = append(out, p)
		}
	}
	return out
}

func (w *walker) read(d Direction, ids []catalog.AssetID, types []catalog.EdgeType) ([]catalog.Edge, error) {
	q := NeighbourQuery{Frontier: ids, Direction: d, Types: types, AsOf: w.t.AsOf, Limit: edgeBudget, Fields: w.t.Granularity == ByField}
	edges, more, err := w.src.Neighbours(w.ctx, q)
	if err != nil || !more {
		return edges, err
	}
	w.cut.add(CutMemory)
	if len(ids) == 1 { // its share is what it got
		w.fellShort(d, ids[0])
		return edges, nil
	}
	return w.shares(q)
}

// shares asks for each asset of a frontier by itself, and gives none more than its
// share of the budget: a hub would leave nothing to who comes after it.
func (w *walker) shares(q NeighbourQuery) (out []catalog.Edge, err error) {
	each := q
	each.Limit = edgeBudget / len(q.Frontier)
	for i := range q.Frontier {
		each.Frontier = q.Frontier[i : i+1]
		edges, more, err := w.src.Neighbours(w.ctx, each)
		if err != nil {
			return nil, err
		}
		if more {
			w.fellShort(q.Direction, q.Frontier[i])
		}
		out = append(out, edges...)
	}
	return out, nil
}
