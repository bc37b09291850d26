package gql

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// Bounds of one lineage or impact question.
const (
	maxRoots   = 50
	maxChanges = 20
	maxDepth   = 100
	maxNodes   = 2000
)

func (q query) Lineage(ctx context.Context, roots []string, direction graph.Direction, depth, nodes *int, granularity *graph.Granularity, asOf *time.Time, edgeTypes []catalog.EdgeType) (*model.Lineage, error) {
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
	return q.walk(ctx, t, asOf)
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

// walk answers what is current from memory, and other times from the store.
func (q query) walk(ctx context.Context, t graph.Traversal, asOf *time.Time) (*model.Lineage, error) {
	var src interface {
		graph.Neighbourer
		Position(ctx context.Context) (catalog.Position, error)
	} = q.Graph
	if asOf != nil {
		t.AsOf, src = *asOf, q.Store
	}
	pos, err := src.Position(ctx)
	if err != nil {
		return nil, fmt.Errorf("lineage: %w", err)
	}
	l, err := graph.Walk(ctx, src, t)
	if err != nil {
		return nil, fmt.Errorf("lineage: %w", err)
	}
	// The position was read before the walk: the answer holds at least that.
	l.Position = pos
	if l.AsOf = t.AsOf; l.AsOf.IsZero() {
		l.AsOf = q.Now().UTC()
	}
	return &model.Lineage{L: l}, nil
}

type places struct{ *reads }

func (p places) Asset(ctx context.Context, objs []*model.LineageNode) ([]model.Asset, error) {
	ids := make([]catalog.AssetID, len(objs))
	for i, o := range objs {
		ids[i] = o.N.Asset
	}
	return p.assetsOf(ctx, ids)
}

func (q query) Impact(ctx context.Context, changes []*gen.ChangeInput, depth, nodes *int) (*model.Impact, error) {
	if len(changes) == 0 || len(changes) > maxChanges {
		return nil, fmt.Errorf("%w: changes must be 1 to %d, not %d", catalog.ErrInvalid, maxChanges, len(changes))
	}
	hops, err := bounded("depth", depth, 50, maxDepth)
	if err != nil {
		return nil, err
	}
	most, err := bounded("maxNodes", nodes, maxNodes, maxNodes)
	if err != nil {
		return nil, err
	}
	list, err := q.changes(ctx, changes)
	if err != nil {
		return nil, err
	}
	pos, err := q.Graph.Position(ctx)
	if err != nil {
		return nil, fmt.Errorf("impact: %w", err)
	}
	im, err := graph.FindImpact(ctx, q.Graph, list, hops, most)
	if err != nil {
		return nil, fmt.Errorf("impact: %w", err)
	}
	out := model.NewImpact(im)
	out.AsOf, out.Position = q.Now().UTC(), pos
	out.Owners, err = q.ownersOf(ctx, im)
	return out, err
}

// changes finds what is to change: an exact name, which must be known.
func (q query) changes(ctx context.Context, in []*gen.ChangeInput) ([]graph.PlannedChange, error) {
	out := make([]graph.PlannedChange, len(in))
	for i, c := range in {
		t := catalog.TypeDataset
		if c.Kind == graph.StopJob {
			t = catalog.TypeJob
		}
		n := c.Dataset.Catalog(t)
		id, seen, err := q.History.Resolve(ctx, n)
		if err != nil {
			return nil, fmt.Errorf("resolve %s: %w", n, err)
		}
		if !seen {
			return nil, fmt.Errorf("%s: %w", n, catalog.ErrNotFound)
		}
		out[i] = graph.PlannedChange{Asset: id, Kind: c.Kind, Field: deref(c.Field)}
		if strings.HasSuffix(string(c.Kind), "_FIELD") && out[i].Field == "" {
			return nil, fmt.Errorf("%w: %s needs a field", catalog.ErrInvalid, c.Kind)
		}
	}
	return out, nil
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// ownersOf gathers who has to be told: the owners of all that is not safe.
func (q query) ownersOf(ctx context.Context, im graph.Impact) ([]model.Owner, error) {
	var ids []catalog.AssetID
	for _, i := range im.Affected {
		if i.Severity != graph.Safe {
			ids = append(ids, i.Asset)
		}
	}
	assets, err := q.assetsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	var list []catalog.Owner
	for _, a := range assets {
		if a != nil {
			list = append(list, a.Row().Owners...)
		}
	}
	slices.SortFunc(list, func(a, b catalog.Owner) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Type, b.Type))
	})
	return model.OwnersOf(slices.CompactFunc(list, func(a, b catalog.Owner) bool { return a.Name == b.Name && a.Type == b.Type })), nil
}

type impacted struct{ *reads }

func (i impacted) Asset(ctx context.Context, objs []*model.ImpactedAsset) ([]model.Asset, error) {
	ids := make([]catalog.AssetID, len(objs))
	for n, o := range objs {
		ids[n] = o.I.Asset
	}
	return i.assetsOf(ctx, ids)
}
