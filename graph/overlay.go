package graph

import (
	"context"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// Overlay is edges that hold now and that no store has: what the inputs of
// policies say. They are DERIVES and READS edges between whole assets, each with
// the name of its Policy. It is a value that nobody changes; nil holds none.
type Overlay struct {
	edges []catalog.Edge
	// by has them by their end on each side, in the order of CompareEdges.
	by [2]map[catalog.AssetID][]catalog.Edge
}

// OverlayOrdinal is the Ordinal of an edge of an overlay, by which it is another
// than any that a store numbers.
const OverlayOrdinal = -1

// NewOverlay makes an overlay. It takes each edge as one that a policy declares.
func NewOverlay(edges []catalog.Edge) *Overlay {
	o := &Overlay{edges: slices.Clone(edges)}
	for side := range o.by {
		o.by[side] = map[catalog.AssetID][]catalog.Edge{}
	}
	for i := range o.edges {
		o.edges[i].Origin, o.edges[i].Ordinal = catalog.EdgeDeclared, OverlayOrdinal
	}
	slices.SortFunc(o.edges, CompareBySource)
	o.edges = slices.CompactFunc(o.edges, func(a, b catalog.Edge) bool { return idOf(a) == idOf(b) })
	for _, e := range o.edges {
		o.by[down][e.Source] = append(o.by[down][e.Source], e)
		o.by[up][e.Target] = append(o.by[up][e.Target], e)
	}
	for _, list := range o.by[up] {
		slices.SortFunc(list, func(a, b catalog.Edge) int { return CompareEdges(Upstream, a, b) })
	}
	return o
}

// Edges are all of it, in the order of CompareBySource.
func (o *Overlay) Edges() []catalog.Edge {
	if o == nil {
		return nil
	}
	return slices.Clone(o.edges)
}

// Over lays it over what a store answers of the present.
func (o *Overlay) Over(src Behind) Behind {
	if o == nil || len(o.edges) == 0 {
		return src
	}
	return laid{src, o}
}

type laid struct {
	Behind
	over *Overlay
}

// Moment stands still where the store can.
func (l laid) Moment(ctx context.Context, ask func(Behind) error) error {
	return moment(ctx, l.Behind, func(at Behind) error { return ask(laid{at, l.over}) })
}

// Neighbours adds the edges of the overlay where the order of a store has them.
func (l laid) Neighbours(ctx context.Context, q NeighbourQuery) ([]catalog.Edge, bool, error) {
	edges, more, err := l.Behind.Neighbours(ctx, q)
	if err != nil || q.Stated || q.Fields || !q.AsOf.IsZero() {
		return edges, more, err
	}
	stored := len(edges)
	for _, id := range q.Frontier {
		for _, e := range l.over.by[sideOf(q.Direction)][id] {
			if slices.Contains(q.Types, e.Type) {
				edges = append(edges, e)
			}
		}
	}
	if len(edges) == stored {
		return edges, more, nil
	}
	SortNeighbours(q, edges)
	if q.Limit > 0 && len(edges) > q.Limit {
		return edges[:q.Limit], true, nil
	}
	return edges, more, nil
}

// Overlaid answers like Current, with the topology's overlay.
type Overlaid struct{ Current }

// Neighbours answers like a store, for what is current.
func (o Overlaid) Neighbours(ctx context.Context, q NeighbourQuery) ([]catalog.Edge, bool, error) {
	q.overlaid = true
	return o.under().Neighbours(ctx, q)
}

// Lineage is what Walk asks for.
func (o Overlaid) Lineage(ctx context.Context, t Traversal) (Lineage, error) {
	t.overlaid = true
	return o.under().Lineage(ctx, t)
}

// Reach is what the function Reach asks for.
func (o Overlaid) Reach(ctx context.Context, t Traversal) (Closure, error) {
	t.overlaid = true
	return o.under().Reach(ctx, t)
}

// Moment is that of Current, with the overlay.
func (o Overlaid) Moment(ctx context.Context, ask func(Behind) error) error {
	if _, dropped := o.Topology.Size(); dropped {
		return o.under().Moment(ctx, ask)
	}
	return ask(o)
}

// under is Current with the overlay over the store behind it.
func (o Overlaid) under() Current {
	c := o.Current
	c.Store = c.Topology.Overlay().Over(c.Store)
	return c
}

// overlayOwner owns the edges of the overlay in a topology. It is no asset: no
// edge leads to it, and an id is a hash.
var overlayOwner = catalog.AssetID{'o', 'v', 'e', 'r', 'l', 'a', 'y'}

// Lay puts an overlay in the place of the one before. Only who asks for it sees
// it (see Overlaid), it is not saved, and it moves no position.
func (t *Topology) Lay(o *Overlay) {
	t.writer.Lock()
	defer t.writer.Unlock()
	if len(o.Edges())+len(t.overlay.Edges()) == 0 {
		return
	}
	e := newEdit(t.g) // only a writer changes it
	if !t.over {
		e.change(o.change())
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.overlay = o
	e.commit()
	t.bound()
}

// Overlay is what lies over the topology, also over one that was dropped.
func (t *Topology) Overlay() *Overlay {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.overlay
}

// change has the overlay as a row; without edges it is none.
func (o *Overlay) change() Change {
	return Change{Rows: []Row{{Asset: catalog.Asset{ID: overlayOwner}, Edges: o.Edges()}}}
}

// under lays it over a graph that nobody reads yet.
func (o *Overlay) under(g *packed) *packed {
	if o != nil && len(o.edges) > 0 {
		e := newEdit(g)
		e.change(o.change())
		e.commit()
	}
	return g
}

// lift takes the overlay off a graph whose arrays are its own.
func (g *packed) lift() {
	own, laid := g.ids[overlayOwner]
	if !laid || g.rows[own] == nil {
		return
	}
	for _, o := range g.rows[own].edges {
		for side, end := range [2]int32{o.dst, o.src} {
			g.lists[side][end] = slices.DeleteFunc(slices.Clone(g.lists[side][end]), func(h halfEdge) bool { return h.own == own })
		}
	}
	g.rows[own] = nil
}

// weaker gives an edge the evidence of a part of it that only a policy declares; of
// two policies the first by name.
func weaker(part, of catalog.Edge) catalog.Edge {
	if part.Policy != "" && (of.Policy == "" || part.Policy < of.Policy) {
		of.Origin, of.Run, of.Policy = part.Origin, part.Run, part.Policy
	}
	return of
}

// overlaidAs reads a graph with what lies over it, or without.
func overlaidAs(g *packed, overlaid bool) Neighbourer {
	if overlaid {
		return withOverlay{g}
	}
	return g
}

type withOverlay struct{ *packed }

func (g withOverlay) Neighbours(ctx context.Context, q NeighbourQuery) ([]catalog.Edge, bool, error) {
	q.overlaid = true
	return g.packed.Neighbours(ctx, q)
}

var (
	_ Behind  = Overlaid{}
	_ liner   = Overlaid{}
	_ reacher = Overlaid{}
)
