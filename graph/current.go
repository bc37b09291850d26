package graph

import (
	"context"
	"errors"
	"fmt"

	"github.com/weirhq/weir/catalog"
)

// Current answers what is current: from the topology, or where that may not
// hold the graph, from the store behind it, hop by hop. Answers are equal; those
// of the store carry its position and are as slow and as available as it is.
type Current struct {
	Topology *Topology
	Store    Behind
	// Owned gives the edges that an asset owns, for Stated without a topology;
	// nil: none are known then.
	Owned func(id catalog.AssetID) []catalog.Edge
}

// Behind is what Current needs of a Store.
type Behind interface {
	Neighbourer
	Position(ctx context.Context) (catalog.Position, error)
}

// Position is that of whatever answers.
func (c Current) Position(ctx context.Context) (catalog.Position, error) {
	if _, dropped := c.Topology.Size(); dropped {
		return c.Store.Position(ctx)
	}
	return c.Topology.Position(ctx)
}

// Neighbours answers like a store, for what is current.
func (c Current) Neighbours(ctx context.Context, q NeighbourQuery) ([]catalog.Edge, bool, error) {
	edges, more, err := c.Topology.Neighbours(ctx, q)
	if errors.Is(err, ErrDropped) {
		return c.Store.Neighbours(ctx, q)
	}
	return edges, more, err
}

// Lineage is what Walk asks for.
func (c Current) Lineage(ctx context.Context, t Traversal) (Lineage, error) {
	l, err := c.Topology.Lineage(ctx, t)
	if !errors.Is(err, ErrDropped) {
		return l, err
	}
	t = t.normal()
	l, pos, err := stood(ctx, c.Store, func(at Neighbourer) (Lineage, error) { return walkAt(ctx, at, t) })
	if l.Position = pos; err != nil {
		err = fmt.Errorf("lineage over the memory limit: %w", err)
	}
	return l, err
}

// Reach is what the function Reach asks for.
func (c Current) Reach(ctx context.Context, t Traversal) (Closure, error) {
	out, err := c.Topology.Reach(ctx, t)
	if !errors.Is(err, ErrDropped) {
		return out, err
	}
	t = t.closing()
	out, pos, err := stood(ctx, c.Store, func(at Neighbourer) (Closure, error) { return reachAt(ctx, at, t) })
	if out.Position = pos; err != nil {
		err = fmt.Errorf("closure over the memory limit: %w", err)
	}
	return out, err
}

// Moment lets the store stand still, where that is what answers.
func (c Current) Moment(ctx context.Context, ask func(Behind) error) error {
	if _, dropped := c.Topology.Size(); dropped {
		return moment(ctx, c.Store, ask)
	}
	return ask(c)
}

// Stated lists the current edges between other assets that a job states; see
// Topology.Stated.
func (c Current) Stated(job catalog.AssetID) []catalog.Edge {
	if _, dropped := c.Topology.Size(); !dropped {
		return c.Topology.Stated(job)
	}
	if c.Owned == nil {
		return nil
	}
	return StatedBy(job, c.Owned(job))
}
