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

// Defaults and bounds of a Traversal.
const (
	DefaultDepth    = 5
	DefaultMaxNodes = 500
	maxDepth        = 100
	maxMaxNodes     = 100_000
	// chunk is how many frontier assets go into one query; edgeBudget bounds
	// its answer.
	chunk      = 1000
	edgeBudget = 200_000
)

// lineageTypes are the edges of data.
var lineageTypes = []catalog.EdgeType{catalog.EdgeReads, catalog.EdgeWrites, catalog.EdgeDerives}

// normal fills in the defaults and bounds of a traversal.
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
	return t
}

// Walk answers a traversal level by level over any source of neighbours. It
// spends the node budget breadth-first and fairly: the assets of one level
// each add one neighbour in turn, so that a hub cannot starve the rest. Border
// nodes count the neighbours that exist and are not in the answer.
//
// An upstream walk stays upstream and a downstream walk stays downstream; BOTH
// is the union of two walks from the roots.
func Walk(ctx context.Context, src Neighbourer, t Traversal) (Lineage, error) {
	t = t.normal()
	w := &walker{ctx: ctx, src: src, t: t, nodes: map[place]*Node{}, edges: map[edgeID]catalog.Edge{}}
	for _, id := range t.Roots {
		w.nodes[place{asset: id}] = &Node{Asset: id}
	}
	for _, d := range directions(t.Direction) {
		if err := w.walk(d); err != nil {
			return Lineage{}, fmt.Errorf("walk %s: %w", d, err)
		}
	}
	return w.answer(), nil
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
	cut   CutReason
}

func (w *walker) walk(d Direction) error {
	frontier := w.roots()
	seen := map[place]bool{}
	for _, p := range frontier {
		seen[p] = true
	}
	for depth := 1; len(frontier) > 0; depth++ {
		next, err := w.level(d, frontier, seen, depth)
		if err != nil {
			return err
		}
		frontier = next
	}
	return nil
}

// roots are where each one-sided walk begins. A walk of fields begins at every
// field of the roots: the place with an empty field stands for them.
func (w *walker) roots() []place {
	out := make([]place, 0, len(w.t.Roots))
	for _, id := range w.t.Roots {
		if p := (place{asset: id}); !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, comparePlaces)
	return out
}

func comparePlaces(a, b place) int {
	return cmp.Or(a.asset.Compare(b.asset), cmp.Compare(a.field, b.field))
}

// level expands the frontier by one hop. Beyond the depth or the budget it
// only counts.
func (w *walker) level(d Direction, frontier []place, seen map[place]bool, depth int) ([]place, error) {
	lists, err := w.neighbours(d, frontier)
	if err != nil {
		return nil, err
	}
	var next []place
	for turn := 0; ; turn++ {
		any := false
		for _, from := range frontier {
			list := lists[from]
			if turn >= len(list) {
				continue
			}
			any = true
			if p, ok := w.step(d, from, list[turn], seen, depth); ok {
				next = append(next, p)
			}
		}
		if !any {
			break
		}
	}
	slices.SortFunc(next, comparePlaces)
	return next, nil
}

// step follows one edge. It reports the place when it is new in this walk.
func (w *walker) step(d Direction, from place, e catalog.Edge, seen map[place]bool, depth int) (place, bool) {
	to := w.otherEnd(d, e)
	node := w.nodes[to]
	if node == nil {
		if reason := w.full(depth); reason != "" {
			w.hide(d, from, reason)
			return to, false
		}
		node = &Node{Asset: to.asset, Field: to.field, Distance: depth}
		w.nodes[to] = node
	}
	w.edges[idOf(e)] = e
	if seen[to] {
		return to, false
	}
	seen[to] = true
	node.Distance = min(node.Distance, depth)
	return to, true
}

func (w *walker) full(depth int) CutReason {
	switch {
	case depth > w.t.Depth:
		return CutDepth
	case len(w.nodes) >= w.t.MaxNodes:
		return CutNodes
	}
	return ""
}

func (w *walker) hide(d Direction, from place, reason CutReason) {
	if w.cut == "" || reason == CutNodes {
		w.cut = reason
	}
	if n := w.nodes[from]; n != nil {
		if d == Upstream {
			n.HiddenUpstream++
		} else {
			n.HiddenDownstream++
		}
	}
}

func (w *walker) otherEnd(d Direction, e catalog.Edge) place {
	p := place{asset: e.Target}
	if w.t.Granularity == ByField {
		p.field = e.TargetField
	}
	if d == Upstream {
		p = place{asset: e.Source}
		if w.t.Granularity == ByField {
			p.field = e.SourceField
		}
	}
	return p
}

// neighbours reads the edges of a frontier, by place, each list sorted and
// with one edge for each interval.
func (w *walker) neighbours(d Direction, frontier []place) (map[place][]catalog.Edge, error) {
	out := map[place][]catalog.Edge{}
	for part := range slices.Chunk(assetsOf(frontier), chunk) {
		edges, err := w.expand(d, part)
		if err != nil {
			return nil, err
		}
		for _, e := range edges {
			for _, p := range w.startsAt(d, e, frontier) {
				out[p] = append(out[p], e)
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

// startsAt is where in the frontier an edge begins: the asset, or for fields
// the field and the place that stands for all fields.
func (w *walker) startsAt(d Direction, e catalog.Edge, frontier []place) []place {
	near, field := e.Source, e.SourceField
	if d == Upstream {
		near, field = e.Target, e.TargetField
	}
	all := place{asset: near}
	if w.t.Granularity != ByField {
		return []place{all}
	}
	var out []place
	for _, p := range []place{all, {near, field}} {
		if _, found := slices.BinarySearchFunc(frontier, p, comparePlaces); found && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// expand reads one hop of the granularity: a direct edge, or two edges through
// a job (BY DATASET) or a dataset (BY JOB), which become one DERIVES edge.
func (w *walker) expand(d Direction, ids []catalog.AssetID) ([]catalog.Edge, error) {
	q := NeighbourQuery{Frontier: ids, Direction: d, Types: w.t.Types, AsOf: w.t.AsOf, Limit: edgeBudget, Fields: w.t.Granularity == ByField}
	edges, more, err := w.src.Neighbours(w.ctx, q)
	if err != nil {
		return nil, err
	}
	if more {
		w.cut = CutMemory
	}
	if w.t.Granularity != ByDataset && w.t.Granularity != ByJob {
		return edges, nil
	}
	return w.collapse(d, edges)
}

func (w *walker) collapse(d Direction, first []catalog.Edge) ([]catalog.Edge, error) {
	var direct []catalog.Edge
	by := map[catalog.AssetID][]catalog.Edge{}
	var middle []catalog.AssetID
	for _, e := range first {
		if e.Type != catalog.EdgeReads && e.Type != catalog.EdgeWrites {
			direct = append(direct, e)
			continue
		}
		mid := w.otherEnd(d, e).asset
		if by[mid] == nil {
			middle = append(middle, mid)
		}
		by[mid] = append(by[mid], e)
	}
	for part := range slices.Chunk(middle, chunk) {
		second, more, err := w.src.Neighbours(w.ctx, NeighbourQuery{Frontier: part, Direction: d, Types: w.t.Types, AsOf: w.t.AsOf, Limit: edgeBudget})
		if err != nil {
			return nil, err
		}
		if more {
			w.cut = CutMemory
		}
		direct = append(direct, joinEdges(d, by, second)...)
	}
	slices.SortStableFunc(direct, func(a, b catalog.Edge) int {
		na, nb := a.Source, b.Source
		if d == Upstream {
			na, nb = a.Target, b.Target
		}
		return cmp.Or(na.Compare(nb), CompareEdges(d, a, b))
	})
	return slices.CompactFunc(direct, func(a, b catalog.Edge) bool { return idOf(a) == idOf(b) }), nil
}

// joinEdges makes one edge of two that meet in the middle.
func joinEdges(d Direction, by map[catalog.AssetID][]catalog.Edge, second []catalog.Edge) []catalog.Edge {
	var out []catalog.Edge
	for _, s := range second {
		mid := s.Source
		if d == Upstream {
			mid = s.Target
		}
		for _, f := range by[mid] {
			e := catalog.Edge{Type: catalog.EdgeDerives, Job: mid, Origin: s.Origin, From: s.From, Run: s.Run, Source: f.Source, Target: s.Target}
			if d == Upstream {
				e.Source, e.Target = s.Source, f.Target
			}
			if f.From.After(e.From) {
				e.From = f.From
			}
			out = append(out, e)
		}
	}
	return out
}

func (w *walker) answer() Lineage {
	l := Lineage{Complete: w.cut == "", Cut: w.cut, AsOf: w.t.AsOf}
	for _, n := range w.nodes {
		l.Nodes = append(l.Nodes, *n)
	}
	slices.SortFunc(l.Nodes, func(a, b Node) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), a.Asset.Compare(b.Asset), cmp.Compare(a.Field, b.Field))
	})
	for _, e := range w.edges {
		l.Edges = append(l.Edges, e)
	}
	slices.SortFunc(l.Edges, func(a, b catalog.Edge) int {
		return cmp.Or(a.Source.Compare(b.Source), CompareEdges(Downstream, a, b))
	})
	return l
}
