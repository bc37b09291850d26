package gql

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/server/gql/model"
)

func (q query) Paths(ctx context.Context, from, to string, k *int, asOf *time.Time, granularity *graph.Granularity) ([]*model.Lineage, error) {
	var pq graph.PathQuery
	var err error
	if pq.K, err = bounded("k", k, graph.DefaultPaths, graph.MaxPaths); err != nil {
		return nil, err
	}
	if pq.Granularity = deref(granularity); pq.Granularity == graph.ByDataset || pq.Granularity == graph.ByJob {
		return nil, fmt.Errorf("%w: paths are over assets (ASSET) or columns (FIELD), not %s", catalog.ErrInvalid, pq.Granularity)
	}
	if pq.From, err = q.oneOf(ctx, from); err != nil {
		return nil, err
	}
	if pq.To, err = q.oneOf(ctx, to); err != nil {
		return nil, err
	}
	src, err := q.source(ctx, asOf, &pq.AsOf)
	if err != nil {
		return nil, fmt.Errorf("paths: %w", err)
	}
	pos, err := src.Position(ctx)
	if err != nil {
		return nil, fmt.Errorf("paths: %w", err)
	}
	list, err := graph.Paths(ctx, src, pq)
	if errors.Is(err, graph.ErrPathsCut) || errors.Is(err, graph.ErrPathsUnlit) {
		return nil, limited(Safe(err))
	}
	if err != nil {
		return nil, fmt.Errorf("paths: %w", err)
	}
	out := make([]*model.Lineage, len(list))
	for i, l := range list {
		l.AsOf, l.Position = q.timeOf(pq.AsOf), pos
		out[i] = &model.Lineage{L: l}
		if out[i].Denied, err = q.denied(ctx, l); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// oneOf reads one id.
func (q query) oneOf(ctx context.Context, id string) (catalog.AssetID, error) {
	list, err := q.canonical(ctx, []string{id})
	if err != nil {
		return catalog.AssetID{}, err
	}
	return list[0], nil
}

func (q query) TaggedPaths(ctx context.Context, tag, to string, k *int, asOf *time.Time) (*model.TaggedPaths, error) {
	tq := graph.TagQuery{Tag: tag}
	var err error
	if tag == "" {
		return nil, fmt.Errorf("%w: tag is empty", catalog.ErrInvalid)
	}
	if tq.K, err = bounded("k", k, graph.DefaultPaths, graph.MaxPaths); err != nil {
		return nil, err
	}
	if tq.To, err = q.oneOf(ctx, to); err != nil {
		return nil, err
	}
	src, err := q.source(ctx, asOf, &tq.AsOf)
	if err != nil {
		return nil, fmt.Errorf("tagged paths: %w", err)
	}
	pos, err := src.Position(ctx)
	if err != nil {
		return nil, fmt.Errorf("tagged paths: %w", err)
	}
	ways, err := graph.FindTagged(ctx, src, q.History, tq)
	if err != nil {
		return nil, fmt.Errorf("tagged paths: %w", err)
	}
	return &model.TaggedPaths{W: ways, AsOf: q.timeOf(tq.AsOf), Position: pos}, nil
}
