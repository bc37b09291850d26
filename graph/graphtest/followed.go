package graphtest

import (
	"bytes"
	"context"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// Followed is a store with a topology in step beside it: what is current is
// answered as a server does, from memory, or by the store when the topology may
// take fewer bytes than the graph. Limit 1 forces the store, 0 forces memory.
// The suite has to pass on both.
func Followed(s graph.Store, limit int64) graph.Store {
	topo := graph.NewTopology()
	topo.Limit = limit
	return followed{Store: s, current: graph.Current{Topology: topo, Store: s}}
}

type followed struct {
	graph.Store
	current graph.Current
}

func (f followed) Apply(ctx context.Context, c graph.Change) error {
	if err := f.Store.Apply(ctx, c); err != nil {
		return err
	}
	return f.current.Topology.Apply(ctx, c)
}

func (f followed) Neighbours(ctx context.Context, q graph.NeighbourQuery) ([]catalog.Edge, bool, error) {
	if !q.AsOf.IsZero() {
		return f.Store.Neighbours(ctx, q)
	}
	return f.current.Neighbours(ctx, q)
}

// Moment is that of the store: memory needs none.
func (f followed) Moment(ctx context.Context, ask func(graph.Behind) error) error {
	if s, ok := f.Store.(graph.Still); ok {
		return s.Moment(ctx, ask)
	}
	return ask(f)
}

func (f followed) Lineage(ctx context.Context, q graph.Traversal) (graph.Lineage, error) {
	return f.current.Lineage(ctx, q)
}

func (f followed) Reach(ctx context.Context, q graph.Traversal) (graph.Closure, error) {
	return f.current.Reach(ctx, q)
}

// projection is what snapshots of the suite belong to.
const projection = 42

// Restored is what a start makes of a topology that was saved.
func Restored(t testing.TB, topo *graph.Topology) *graph.Topology {
	t.Helper()
	var b bytes.Buffer
	pos, err := topo.Save(&b, projection)
	if err != nil {
		t.Fatal(err)
	}
	again := graph.NewTopology()
	if err := again.Restore(b.Bytes(), projection, pos); err != nil {
		t.Fatal(err)
	}
	return again
}
