package gql

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// Bounds of one lineage or impact question.
const (
	maxRoots   = 50
	maxChanges = 100
	maxDepth   = 100
	maxNodes   = 2000
)

func (q query) Lineage(ctx context.Context, roots []string, direction graph.Direction, depth, nodes *int, granularity *graph.Granularity, asOf *time.Time, edgeTypes []catalog.EdgeType, filter *gen.LineageFilter) (*model.Lineage, error) {
	if len(roots) == 0 || len(roots) > maxRoots {
		return nil, fmt.Errorf("%w: roots must be 1 to %d ids, not %d", catalog.ErrInvalid, maxRoots, len(roots))
	}
	t := graph.Traversal{Direction: direction, Types: edgeTypes}
	var err error
	if t.Depth, err = bounded("depth", depth, graph.DefaultDepth, maxDepth); err != nil {
		return nil, err
	}
	if t.MaxNodes, err = bounded("maxNodes", nodes, graph.DefaultMaxNodes, maxNodes); err != nil {
		return nil, err
	}
	if granularity != nil {
		t.Granularity = *granularity
	}
	if t.Roots, err = q.canonical(ctx, roots); err != nil {
		return nil, err
	}
	return q.walk(ctx, t, filterOf(filter), asOf)
}

func bounded(name string, v *int, def, most int) (int, error) {
	if v == nil {
		return def, nil
	}
	if *v < 1 || *v > most {
		return 0, fmt.Errorf("%w: %s must be 1 to %d, not %d", catalog.ErrInvalid, name, most, *v)
	}
	return *v, nil
}

func (q query) canonical(ctx context.Context, roots []string) ([]catalog.AssetID, error) {
	var out []catalog.AssetID
	for _, s := range roots {
		id, err := model.ParseAssetID(s)
		if err != nil {
			return nil, err
		}
		if id, err = q.History.Canonical(ctx, id); err != nil {
			return nil, fmt.Errorf("resolve id: %w", err)
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out, nil
}

// source answers what is current from memory, and other times from the store,
// once that has what the caller wants to see; it writes which time that is.
func (q query) source(ctx context.Context, asOf *time.Time, at *time.Time) (Walker, error) {
	if asOf == nil {
		return q.present(), nil
	}
	*at = *asOf
	return q.Store, q.storeReached(ctx)
}

// present walks what is current with what policies declare.
func (o Options) present() Walker {
	if o.Lineage == nil {
		return o.Graph
	}
	return o.Lineage
}

// timeOf is the time an answer holds for.
func (q query) timeOf(at time.Time) time.Time {
	if at.IsZero() {
		return q.Now().UTC()
	}
	return at
}

func filterOf(f *gen.LineageFilter) graph.Filter {
	if f == nil {
		return graph.Filter{}
	}
	return graph.Filter{Tag: deref(f.Tag), Owner: deref(f.Owner), Tool: deref(f.Tool), Namespace: deref(f.Namespace), Kind: deref(f.Kind)}
}

func (q query) walk(ctx context.Context, t graph.Traversal, f graph.Filter, asOf *time.Time) (*model.Lineage, error) {
	src, err := q.source(ctx, asOf, &t.AsOf)
	if err != nil {
		return nil, fmt.Errorf("lineage: %w", err)
	}
	pos, err := src.Position(ctx)
	if err != nil {
		return nil, fmt.Errorf("lineage: %w", err)
	}
	l, err := graph.FilteredWalk(ctx, src, q.History, t, f)
	if err != nil {
		return nil, fmt.Errorf("lineage: %w", err)
	}
	// The position was read before the walk: the answer holds at least that.
	l.Position, l.AsOf = pos, q.timeOf(t.AsOf)
	names := func(ids []catalog.AssetID) ([]catalog.NamedAsset, error) { return q.History.Named(ctx, ids) }
	denied, err := q.denied(ctx, l)
	return &model.Lineage{L: l, Names: names, Denied: denied}, err
}

// denied counts the nodes that the caller may not read.
func (q query) denied(ctx context.Context, l graph.Lineage) (int, error) {
	if q.veil == nil {
		return 0, nil
	}
	ids := make([]catalog.AssetID, len(l.Nodes))
	for i, n := range l.Nodes {
		ids[i] = n.Asset
	}
	return q.veil.count(ctx, ids)
}

type places struct{ *reads }

func (p places) Asset(ctx context.Context, objs []*model.LineageNode) ([]model.Asset, error) {
	ids := make([]catalog.AssetID, len(objs))
	for i, o := range objs {
		ids[i] = o.N.Asset
	}
	return p.placesOf(ctx, ids)
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
