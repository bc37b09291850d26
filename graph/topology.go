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
}

type topoNode struct {
	id       catalog.AssetID
	typ      catalog.AssetType
	known    bool // has a row, rather than being named by an edge only
	internal bool
	owned    []catalog.Edge // open edges that this asset owns
	// out and in hold the other end of asset-level edges.
	out, in []halfEdge
	// fields hold the field edges that touch this dataset, by end.
	fieldsOut, fieldsIn []fieldRef
}

type halfEdge struct {
	to   int32
	kind uint8 // index in edgeKinds
	edge int32 // index in the owner's owned list
	own  int32 // the owner
}

type fieldRef struct{ own, edge int32 }

var edgeKinds = [...]catalog.EdgeType{catalog.EdgeReads, catalog.EdgeWrites, catalog.EdgeDerives, catalog.EdgeContains, catalog.EdgeControls}

func kindOf(t catalog.EdgeType) uint8 { return uint8(slices.Index(edgeKinds[:], t)) }

// NewTopology returns an empty topology at position 0.
func NewTopology() *Topology {
	return &Topology{ids: map[catalog.AssetID]int32{}}
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
			t.nodes[n].known = false
		}
	}
	for _, r := range c.Rows {
		t.put(r)
	}
	t.pos = c.Position
	return nil
}

// Load fills an empty topology from all rows of a source at a position.
func (t *Topology) Load(rows iter.Seq2[Row, error], pos catalog.Position) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for r, err := range rows {
		if err != nil {
			return fmt.Errorf("load topology: %w", err)
		}
		t.put(r)
	}
	t.pos = pos
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
		t.nodes[src].out = append(t.nodes[src].out, halfEdge{dst, k, int32(i), n})
		t.nodes[dst].in = append(t.nodes[dst].in, halfEdge{src, k, int32(i), n})
	}
}

// disown takes the edges that an asset owns out of the lists of their ends.
func (t *Topology) disown(n int32) {
	for _, e := range t.nodes[n].owned {
		src, dst := t.ids[e.Source], t.ids[e.Target]
		if e.FieldLevel() {
			mine := func(r fieldRef) bool { return r.own == n }
			t.nodes[src].fieldsOut = slices.DeleteFunc(t.nodes[src].fieldsOut, mine)
			t.nodes[dst].fieldsIn = slices.DeleteFunc(t.nodes[dst].fieldsIn, mine)
			continue
		}
		mine := func(h halfEdge) bool { return h.own == n }
		t.nodes[src].out = slices.DeleteFunc(t.nodes[src].out, mine)
		t.nodes[dst].in = slices.DeleteFunc(t.nodes[dst].in, mine)
	}
	t.nodes[n].owned = nil
}

// Neighbours answers like a store, for what is current.
func (t *Topology) Neighbours(_ context.Context, q NeighbourQuery) ([]catalog.Edge, bool, error) {
	if !q.AsOf.IsZero() {
		return nil, false, fmt.Errorf("%w: the topology knows only what is current", catalog.ErrInvalid)
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	var out []catalog.Edge
	for _, id := range q.Frontier {
		n, ok := t.ids[id]
		if !ok {
			continue
		}
		out = append(out, t.edgesOf(n, q)...)
		if q.Limit > 0 && len(out) > q.Limit {
			return out[:q.Limit], true, nil
		}
	}
	return out, false, nil
}

func (t *Topology) edgesOf(n int32, q NeighbourQuery) []catalog.Edge {
	nd := &t.nodes[n]
	var out []catalog.Edge
	if q.Fields {
		refs := nd.fieldsOut
		if q.Direction == Upstream {
			refs = nd.fieldsIn
		}
		for _, r := range refs {
			out = append(out, t.nodes[r.own].owned[r.edge])
		}
	} else {
		half := nd.out
		if q.Direction == Upstream {
			half = nd.in
		}
		for _, h := range half {
			if slices.Contains(q.Types, edgeKinds[h.kind]) {
				out = append(out, t.nodes[h.own].owned[h.edge])
			}
		}
	}
	slices.SortFunc(out, func(a, b catalog.Edge) int { return CompareEdges(q.Direction, a, b) })
	return out
}

// CompareEdges is the order of Neighbours within one frontier asset: by type,
// other end, fields, job, ordinal.
func CompareEdges(d Direction, a, b catalog.Edge) int {
	oa, ob := a.Target, b.Target
	if d == Upstream {
		oa, ob = a.Source, b.Source
	}
	return cmp.Or(cmp.Compare(a.Type, b.Type), oa.Compare(ob), cmp.Compare(a.SourceField, b.SourceField),
		cmp.Compare(a.TargetField, b.TargetField), a.Job.Compare(b.Job), cmp.Compare(a.Ordinal, b.Ordinal))
}

// Internal reports whether the asset is one of weir's own jobs.
func (t *Topology) Internal(id catalog.AssetID) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	n, ok := t.ids[id]
	return ok && t.nodes[n].internal
}
