package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/weirhq/weir/catalog"
)

// Topology is the current graph in memory: dense private ids and packed
// adjacency lists of what is open now. It answers current lineage, impact and
// decisions on either backend, and is a follower like a store, with its own
// position. It is safe for concurrent readers during one writer.
//
// A change is worked out beside what readers use, in lists that nobody changes
// again, and then put in their place: the lock is held for the exchange alone.
//
// Limit bounds the memory it may take, as it counts it. What would be larger is
// dropped as a whole: the topology then follows its position alone, and every
// question is answered with ErrDropped (see Current).
type Topology struct {
	// Limit is in bytes and set before the first use; 0 is no limit.
	Limit int64

	writer sync.Mutex // one change at a time
	mu     sync.RWMutex
	g      *packed
	over   bool
	// dropped is the size at which the graph was dropped.
	dropped int64
	// overlay lies over the graph; see Lay.
	overlay *Overlay
	walks   sync.Pool // of *marks
}

// ErrDropped: the topology is larger than it may be.
var ErrDropped = fmt.Errorf("%w: the graph is larger than graph_memory_limit", catalog.ErrUnavailable)

var errCurrentOnly = fmt.Errorf("%w: the topology knows only what is current", catalog.ErrInvalid)

// NewTopology returns an empty topology at position 0, without a limit.
func NewTopology() *Topology { return &Topology{g: newPacked()} }

// Projection is whose positions the topology counts.
func (t *Topology) Projection(context.Context) (int64, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.g.counts, nil
}

// Position is that of the last applied change.
func (t *Topology) Position(context.Context) (catalog.Position, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.g.pos, nil
}

// Size is what the topology takes, in bytes as it counts them; or took, when it
// was dropped for being more than it may.
func (t *Topology) Size() (bytes int64, dropped bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.over {
		return t.dropped, true
	}
	return t.g.bytes, false
}

// Apply replaces the rows of the change; see Store.Apply.
func (t *Topology) Apply(_ context.Context, c Change) error {
	t.writer.Lock()
	defer t.writer.Unlock()
	g, over := t.g, t.over // only a writer changes them
	switch {
	case c.Reset:
		g, over = t.overlay.under(newPacked()), false
	case c.Foreign(g.pos, g.counts) != nil:
		return fmt.Errorf("topology: %w", c.Foreign(g.pos, g.counts))
	case c.Names(g.pos):
	case c.Position <= g.pos:
		return nil
	case c.After != g.pos:
		return fmt.Errorf("%w: at %s, change follows %s", ErrGap, g.pos, c.After)
	}
	e := newEdit(g)
	if !over {
		e.change(c)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.g, t.over = g, over
	e.commit()
	g.pos, g.counts = c.Position, cmp.Or(c.Projection, g.counts)
	t.bound()
	return nil
}

// bound drops everything when it is too much.
func (t *Topology) bound() {
	if t.Limit > 0 && t.g.bytes > t.Limit {
		pos, counts := t.g.pos, t.g.counts
		t.dropped = t.g.bytes
		t.g, t.over, t.walks = newPacked(), true, sync.Pool{}
		t.g.pos, t.g.counts = pos, counts
	}
}

// read gives the graph for reading; done ends it.
func (t *Topology) read() (g *packed, done func(), err error) {
	t.mu.RLock()
	if t.over {
		t.mu.RUnlock()
		return nil, nil, ErrDropped
	}
	return t.g, t.mu.RUnlock, nil
}

// Neighbours answers like a store, for what is current.
func (t *Topology) Neighbours(ctx context.Context, q NeighbourQuery) ([]catalog.Edge, bool, error) {
	if q.Stated {
		return t.statedBy(q)
	}
	g, done, err := t.read()
	if err != nil {
		return nil, false, err
	}
	defer done()
	return g.Neighbours(ctx, q)
}

// Stated lists the current edges between other assets that a job states: what
// it makes flow without reading and writing it itself, column edges left out.
func (t *Topology) Stated(job catalog.AssetID) []catalog.Edge {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.g.stated(job)
}

func (g *packed) stated(job catalog.AssetID) []catalog.Edge {
	n, ok := g.ids[job]
	if !ok || g.rows[n] == nil {
		return nil
	}
	return StatedBy(job, g.owned(n))
}

// StatedBy picks out of the edges that a job owns those of Topology.Stated.
func StatedBy(job catalog.AssetID, owned []catalog.Edge) (out []catalog.Edge) {
	for _, e := range owned {
		if e.Job == job && !e.FieldLevel() && e.Current() {
			out = append(out, e)
		}
	}
	return out
}

// Neighbours is for who holds the lock.
func (g *packed) Neighbours(_ context.Context, q NeighbourQuery) ([]catalog.Edge, bool, error) {
	if !q.AsOf.IsZero() {
		return nil, false, errCurrentOnly
	}
	var out []catalog.Edge
	for _, id := range q.Frontier {
		n, ok := g.ids[id]
		if !ok {
			continue
		}
		if q.Fields {
			out = append(out, g.fieldEdges(n, q)...)
		} else {
			out = g.assetEdges(out, n, q)
		}
		if q.Limit > 0 && len(out) > q.Limit {
			return out[:q.Limit], true, nil
		}
	}
	return out, false, nil
}

func (g *packed) assetEdges(out []catalog.Edge, n int32, q NeighbourQuery) []catalog.Edge {
	wanted := wantedKinds(q.Types, q.overlaid)
	for _, h := range g.lists[sideOf(q.Direction)][n] {
		if wanted.has(h) && (q.Internal || !g.internal[h.to]) {
			out = append(out, g.edge(sideOf(q.Direction), n, h))
			if q.Limit > 0 && len(out) > q.Limit {
				break
			}
		}
	}
	return out
}

// fieldEdges unpacks the field edges of all rows that touch a dataset.
func (g *packed) fieldEdges(n int32, q NeighbourQuery) []catalog.Edge {
	var found []catalog.Edge
	for _, own := range g.fieldRows[n] {
		for f := range g.rows[own].fields() {
			near, far := f.src, f.dst
			if q.Direction == Upstream {
				near, far = far, near
			}
			if near == n && (q.Internal || !g.internal[far]) {
				found = append(found, g.fieldEdge(own, f))
			}
		}
	}
	return sortedEdges(q.Direction, found)
}

// sortedEdges sorts by pointers: an edge is large.
func sortedEdges(d Direction, edges []catalog.Edge) []catalog.Edge {
	by := make([]*catalog.Edge, len(edges))
	for i := range edges {
		by[i] = &edges[i]
	}
	slices.SortFunc(by, func(a, b *catalog.Edge) int { return compareEdges(d, a, b) })
	out := make([]catalog.Edge, len(edges))
	for i, e := range by {
		out[i] = *e
	}
	return out
}

// kindSet is a set of edge kinds, a bit each.
type kindSet uint32

func (s kindSet) has(h halfEdge) bool { return s>>h.kind()&1 != 0 }

func wantedKinds(types []catalog.EdgeType, overlaid bool) (out kindSet) {
	for i, k := range edgeKinds {
		if slices.Contains(types, k) && (i < storedKinds || overlaid) {
			out |= 1 << i
		}
	}
	return out
}

// CompareEdges is the order of Neighbours within one frontier asset: by type,
// other end, fields, job, ordinal.
func CompareEdges(d Direction, a, b catalog.Edge) int { return compareEdges(d, &a, &b) }

func compareEdges(d Direction, a, b *catalog.Edge) int {
	fa, fb := &a.Target, &b.Target
	if d == Upstream {
		fa, fb = &a.Source, &b.Source
	}
	return cmp.Or(cmp.Compare(a.Type, b.Type), fa.Compare(*fb), cmp.Compare(a.SourceField, b.SourceField),
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
