package graph

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/weirhq/weir/catalog"
)

// Topology is the current graph in memory: dense private ids and adjacency
// lists of what is open now. It answers current lineage, impact and decisions
// on either backend, and is a follower like a store, with its own position.
// It is safe for concurrent readers during one writer.
type Topology struct {
	mu    sync.RWMutex
	pos   catalog.Position
	ids   map[catalog.AssetID]int32
	nodes []topoNode
	// touched lists are unsorted until the change ends.
	touched map[int32]bool
	walks   sync.Pool // of *marks
}

type topoNode struct {
	id       catalog.AssetID
	typ      catalog.AssetType
	known    bool // has a row, rather than being named by an edge only
	internal bool
	owned    []catalog.Edge // open edges that this asset owns
	// out and in hold the asset-level edges in the order of CompareEdges.
	out, in []halfEdge
	// fields hold the field edges that touch this dataset, by end.
	fieldsOut, fieldsIn []fieldRef
}

// halfEdge is an edge seen from one of its ends.
type halfEdge struct {
	to   int32 // the other end
	own  int32 // the owner, and the edge's index in its owned list
	edge int32
	kind uint8 // index in edgeKinds
}

type fieldRef struct{ own, edge int32 }

// edgeKinds are sorted, so that kinds compare like edge types.
var edgeKinds = [...]catalog.EdgeType{catalog.EdgeContains, catalog.EdgeControls, catalog.EdgeDerives, catalog.EdgeReads, catalog.EdgeWrites}

// kindOf is total: a type that this version does not know is a kind that no
// traversal asks for.
func kindOf(t catalog.EdgeType) uint8 {
	if i := slices.Index(edgeKinds[:], t); i >= 0 {
		return uint8(i)
	}
	return uint8(len(edgeKinds))
}

// NewTopology returns an empty topology at position 0.
func NewTopology() *Topology {
	return &Topology{ids: map[catalog.AssetID]int32{}, touched: map[int32]bool{}}
}

// Position is that of the last applied change.
func (t *Topology) Position(context.Context) (catalog.Position, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.pos, nil
}

// Apply replaces the rows of the change; see Store.Apply.
func (t *Topology) Apply(_ context.Context, c Change) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.Reset {
		t.ids, t.nodes, t.pos = map[catalog.AssetID]int32{}, nil, 0
	} else if c.Position <= t.pos {
		return nil
	} else if c.After != t.pos {
		return fmt.Errorf("%w: at %s, change follows %s", ErrGap, t.pos, c.After)
	}
	for _, id := range c.Removed {
		if n, ok := t.ids[id]; ok {
			t.disown(n)
			t.nodes[n].known, t.nodes[n].internal = false, false
		}
	}
	for _, r := range c.Rows {
		t.put(r)
	}
	t.sort()
	t.pos = c.Position
	return nil
}

// Load replaces all that the topology holds by the rows of a source, which
// stand at a position. A source that fails leaves it as it was.
func (t *Topology) Load(rows iter.Seq2[Row, error], pos catalog.Position) error {
	fresh := NewTopology()
	for r, err := range rows {
		if err != nil {
			return fmt.Errorf("load topology: %w", err)
		}
		fresh.put(r)
	}
	fresh.sort()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ids, t.nodes, t.pos = fresh.ids, fresh.nodes, pos
	return nil
}

func (t *Topology) node(id catalog.AssetID) int32 {
	if n, ok := t.ids[id]; ok {
		return n
	}
	n := int32(len(t.nodes))
	t.nodes = append(t.nodes, topoNode{id: id})
	t.ids[id] = n
	return n
}

func (t *Topology) put(r Row) {
	n := t.node(r.Asset.ID)
	t.disown(n)
	nd := &t.nodes[n]
	nd.known, nd.typ, nd.internal = true, r.Asset.Type, r.Asset.Internal
	for _, e := range r.Edges {
		if e.Current() {
			nd.owned = append(nd.owned, e)
		}
	}
	owned := nd.owned
	for i, e := range owned { // t.node below may move t.nodes
		src, dst := t.node(e.Source), t.node(e.Target)
		if e.FieldLevel() {
			ref := fieldRef{n, int32(i)}
			t.nodes[src].fieldsOut = append(t.nodes[src].fieldsOut, ref)
			t.nodes[dst].fieldsIn = append(t.nodes[dst].fieldsIn, ref)
			continue
		}
		k := kindOf(e.Type)
		t.nodes[src].out = append(t.nodes[src].out, halfEdge{to: dst, own: n, edge: int32(i), kind: k})
		t.nodes[dst].in = append(t.nodes[dst].in, halfEdge{to: src, own: n, edge: int32(i), kind: k})
		t.touched[src], t.touched[dst] = true, true
	}
}

// disown takes the edges that an asset owns out of the lists of their ends.
// The lists stay sorted.
func (t *Topology) disown(n int32) {
	done := map[int32]bool{}
	for _, e := range t.nodes[n].owned {
		for _, end := range [2]int32{t.ids[e.Source], t.ids[e.Target]} {
			if !done[end] {
				done[end] = true
				t.nodes[end].forget(n)
			}
		}
	}
	t.nodes[n].owned = nil
}

// forget removes what an owner put into the lists.
func (nd *topoNode) forget(owner int32) {
	half := func(h halfEdge) bool { return h.own == owner }
	nd.out, nd.in = slices.DeleteFunc(nd.out, half), slices.DeleteFunc(nd.in, half)
	field := func(r fieldRef) bool { return r.own == owner }
	nd.fieldsOut, nd.fieldsIn = slices.DeleteFunc(nd.fieldsOut, field), slices.DeleteFunc(nd.fieldsIn, field)
}

// sort brings the lists that a change added to into order.
func (t *Topology) sort() {
	for n := range t.touched {
		for _, list := range [2][]halfEdge{t.nodes[n].out, t.nodes[n].in} {
			if !slices.IsSortedFunc(list, t.compareHalves) {
				slices.SortFunc(list, t.compareHalves)
			}
		}
	}
	clear(t.touched)
}

func (t *Topology) compareHalves(a, b halfEdge) int {
	if a.kind != b.kind || a.to != b.to {
		return cmp.Or(cmp.Compare(a.kind, b.kind), t.nodes[a.to].id.Compare(t.nodes[b.to].id))
	}
	return CompareEdges(Downstream, *t.edge(a), *t.edge(b))
}

func (t *Topology) edge(h halfEdge) *catalog.Edge { return &t.nodes[h.own].owned[h.edge] }

// Neighbours answers like a store, for what is current.
func (t *Topology) Neighbours(ctx context.Context, q NeighbourQuery) ([]catalog.Edge, bool, error) {
	if q.Stated {
		return t.statedBy(q)
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return view{t}.Neighbours(ctx, q)
}

// view is the topology for who holds its lock.
type view struct{ t *Topology }

func (v view) Neighbours(_ context.Context, q NeighbourQuery) ([]catalog.Edge, bool, error) {
	if !q.AsOf.IsZero() {
		return nil, false, errCurrentOnly
	}
	var out []catalog.Edge
	for _, id := range q.Frontier {
		n, ok := v.t.ids[id]
		if !ok {
			continue
		}
		if q.Fields {
			out = append(out, v.t.fieldEdges(n, q.Direction)...)
		} else {
			out = v.t.assetEdges(out, n, q)
		}
		if q.Limit > 0 && len(out) > q.Limit {
			return out[:q.Limit], true, nil
		}
	}
	return out, false, nil
}

// Stated lists the current edges between other assets that a job states: what
// it makes flow without reading and writing it itself, column edges left out.
func (t *Topology) Stated(job catalog.AssetID) []catalog.Edge {
	t.mu.RLock()
	defer t.mu.RUnlock()
	n, ok := t.ids[job]
	if !ok {
		return nil
	}
	var out []catalog.Edge
	for _, e := range t.nodes[n].owned {
		if e.Job == job && !e.FieldLevel() {
			out = append(out, e)
		}
	}
	return out
}

var errCurrentOnly = fmt.Errorf("%w: the topology knows only what is current", catalog.ErrInvalid)

func (nd *topoNode) half(d Direction) []halfEdge {
	if d == Upstream {
		return nd.in
	}
	return nd.out
}

func (t *Topology) assetEdges(out []catalog.Edge, n int32, q NeighbourQuery) []catalog.Edge {
	wanted := wantedKinds(q.Types)
	for _, h := range t.nodes[n].half(q.Direction) {
		if wanted[h.kind] && (q.Internal || !t.nodes[h.to].internal) {
			out = append(out, *t.edge(h))
		}
	}
	return out
}

func (t *Topology) fieldEdges(n int32, d Direction) []catalog.Edge {
	refs := t.nodes[n].fieldsOut
	if d == Upstream {
		refs = t.nodes[n].fieldsIn
	}
	out := make([]catalog.Edge, len(refs))
	for i, r := range refs {
		out[i] = t.nodes[r.own].owned[r.edge]
	}
	slices.SortFunc(out, func(a, b catalog.Edge) int { return CompareEdges(d, a, b) })
	return out
}

func wantedKinds(types []catalog.EdgeType) (out [len(edgeKinds) + 1]bool) {
	for i, k := range edgeKinds {
		out[i] = slices.Contains(types, k)
	}
	return out
}

// CompareEdges is the order of Neighbours within one frontier asset: by type,
// other end, fields, job, ordinal.
func CompareEdges(d Direction, a, b catalog.Edge) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), farOf(d, a).Compare(farOf(d, b)), cmp.Compare(a.SourceField, b.SourceField),
		cmp.Compare(a.TargetField, b.TargetField), a.Job.Compare(b.Job), cmp.Compare(a.Ordinal, b.Ordinal))
}

// SortNeighbours puts edges that a store has read into the order of Neighbours:
// as the frontier is given, then by CompareEdges.
func SortNeighbours(q NeighbourQuery, edges []catalog.Edge) {
	rank := make(map[catalog.AssetID]int, len(q.Frontier))
	for i, id := range q.Frontier {
		rank[id] = i
	}
	near := func(e catalog.Edge) catalog.AssetID {
		if q.Direction == Upstream {
			return e.Target
		}
		return e.Source
	}
	slices.SortStableFunc(edges, func(a, b catalog.Edge) int {
		if c := rank[near(a)] - rank[near(b)]; c != 0 {
			return c
		}
		return CompareEdges(q.Direction, a, b)
	})
}

// Internal reports whether the asset is one of weir's own jobs.
func (t *Topology) Internal(id catalog.AssetID) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	n, ok := t.ids[id]
	return ok && t.nodes[n].internal
}
