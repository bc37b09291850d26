package gql

import (
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

func (q query) Impact(ctx context.Context, changes []*gen.ChangeInput, depth, nodes *int) (*gen.Impact, error) {
	if q.Options.Impact == nil {
		return nil, fmt.Errorf("impact: %w", catalog.ErrUnavailable)
	}
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
	im, err := q.Options.Impact(ctx, list, hops, most)
	if err != nil {
		return nil, fmt.Errorf("impact: %w", err)
	}
	return q.impact(ctx, im)
}

func (q query) changes(ctx context.Context, in []*gen.ChangeInput) ([]Change, error) {
	out := make([]Change, len(in))
	for i, c := range in {
		t := catalog.TypeDataset
		if c.Kind == gen.ChangeKindStopJob {
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
		out[i] = Change{Asset: id, Kind: string(c.Kind), Field: deref(c.Field), To: deref(c.To)}
		if strings.HasSuffix(out[i].Kind, "_FIELD") && out[i].Field == "" {
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

// impact counts and gathers who has to be told.
func (q query) impact(ctx context.Context, im Impact) (*gen.Impact, error) {
	out := &gen.Impact{Affected: []*gen.ImpactedAsset{}, Counts: []*gen.SeverityCount{}, Owners: []*model.Owner{}, Complete: im.Complete, AsOf: im.AsOf, Position: im.Position}
	if im.Cut != "" {
		out.Cut = &im.Cut
	}
	if out.AsOf.IsZero() {
		out.AsOf = q.Now().UTC()
	}
	ids := make([]catalog.AssetID, len(im.Affected))
	counts := map[gen.Severity]int{}
	for i, a := range im.Affected {
		ids[i] = a.Asset
		counts[gen.Severity(a.Severity)]++
	}
	assets, err := q.assetsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	owners := map[catalog.Owner]bool{}
	for i, a := range im.Affected {
		fields := append([]string{}, a.Fields...)
		out.Affected = append(out.Affected, &gen.ImpactedAsset{Asset: assets[i], Fields: fields, Severity: gen.Severity(a.Severity), Reason: a.Reason, Distance: a.Distance})
		if assets[i] != nil && a.Severity != string(gen.SeveritySafe) {
			for _, o := range assets[i].Row().Owners {
				owners[o] = true
			}
		}
	}
	for _, s := range gen.AllSeverity {
		if counts[s] > 0 {
			out.Counts = append(out.Counts, &gen.SeverityCount{Severity: s, Count: counts[s]})
		}
	}
	out.Owners = ownerList(owners)
	return out, nil
}

func ownerList(set map[catalog.Owner]bool) []*model.Owner {
	var list []catalog.Owner
	for o := range set {
		list = append(list, o)
	}
	slices.SortFunc(list, func(a, b catalog.Owner) int { return strings.Compare(a.Name+"\x00"+a.Type, b.Name+"\x00"+b.Type) })
	out := []*model.Owner{}
	for _, o := range model.OwnersOf(list) {
		out = append(out, &o)
	}
	return out
}

type impacted struct{ *reads }

// Asset was read with the whole answer.
func (i impacted) Asset(_ context.Context, objs []*gen.ImpactedAsset) ([]model.Asset, error) {
	out := make([]model.Asset, len(objs))
	for n, o := range objs {
		out[n] = o.Asset
	}
	return out, nil
}
