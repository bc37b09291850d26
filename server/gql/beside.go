package gql

import (
	"context"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/server/gql/model"
)

// ringLimit bounds how many edges of one asset are looked at for a list of
// what lies beside it.
const ringLimit = 10_000

// ring is what lies beside an asset, in any order and with repeats. cut: there is
// more than is looked at.
type ring struct {
	ids []catalog.AssetID
	cut bool
}

func (r *reads) edges(ctx context.Context, id catalog.AssetID, d graph.Direction, types ...catalog.EdgeType) (edges []catalog.Edge, cut bool, err error) {
	edges, cut, err = r.Graph.Neighbours(ctx, graph.NeighbourQuery{Frontier: []catalog.AssetID{id}, Direction: d, Types: types, Limit: ringLimit})
	if err != nil {
		return nil, false, fmt.Errorf("read neighbours: %w", err)
	}
	return edges, cut, nil
}

// around is what lies one edge away.
func (r *reads) around(ctx context.Context, id catalog.AssetID, d graph.Direction, t catalog.EdgeType) (out ring, err error) {
	edges, cut, err := r.edges(ctx, id, d, t)
	for _, e := range edges {
		out.ids = append(out.ids, far(d, e))
	}
	out.cut = cut
	return out, err
}

func far(d graph.Direction, e catalog.Edge) catalog.AssetID {
	if d == graph.Upstream {
		return e.Source
	}
	return e.Target
}

// makers are the jobs that write or read a dataset, also those that only tell
// what flows into it or out of it.
func (r *reads) makers(ctx context.Context, id catalog.AssetID, d graph.Direction, t catalog.EdgeType) (out ring, err error) {
	edges, cut, err := r.edges(ctx, id, d, t, catalog.EdgeDerives)
	for _, e := range edges {
		if e.Type == t {
			out.ids = append(out.ids, far(d, e))
		} else if by := e.Maker(); !by.IsZero() {
			out.ids = append(out.ids, by)
		}
	}
	out.cut = cut
	return out, err
}

// told are the datasets that a job reads or writes, also those that it only tells
// of.
func (r *reads) told(ctx context.Context, id catalog.AssetID, d graph.Direction, t catalog.EdgeType) (ring, error) {
	out, err := r.around(ctx, id, d, t)
	for _, e := range r.Graph.Stated(id) {
		if e.Type == catalog.EdgeDerives {
			out.ids = append(out.ids, far(d, e))
		}
	}
	return out, err
}

// byName are the assets of a ring of one type, each once; weir's own jobs are
// left out.
func (r *reads) byName(ctx context.Context, in ring, t catalog.AssetType) (list []catalog.NamedAsset, err error) {
	all, err := r.History.Named(ctx, in.ids)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	seen := map[catalog.AssetID]bool{{}: true}
	for _, a := range all {
		if own := t == catalog.TypeJob && a.Name.Namespace == catalog.InternalNamespace; !seen[a.ID] && a.Name.Type == t && !own {
			list = append(list, a)
		}
		seen[a.ID] = true
	}
	slices.SortFunc(list, func(a, b catalog.NamedAsset) int { return a.Name.Compare(b.Name) })
	return list, nil
}

// ringPage is a page of the assets of a ring, by name.
type ringPage struct {
	assets []model.Asset
	from   int
	more   bool
	// total is nil when there are more than are looked at.
	total *int
}

func (r *reads) ringPage(ctx context.Context, in ring, t catalog.AssetType, first *int, after *string) (p ringPage, err error) {
	list, err := r.byName(ctx, in, t)
	if err != nil {
		return p, err
	}
	if n := len(list); !in.cut {
		p.total = &n
	}
	if list, p.from, p.more, err = model.Slice(list, first, after); err != nil {
		return p, err
	}
	ids := make([]catalog.AssetID, len(list))
	for i, n := range list {
		ids[i] = n.ID
	}
	p.assets, err = r.assetsOf(ctx, ids)
	return p, err
}

func (r *reads) jobPage(ctx context.Context, in ring, first *int, after *string) (*model.JobConnection, error) {
	p, err := r.ringPage(ctx, in, catalog.TypeJob, first, after)
	if err != nil {
		return nil, err
	}
	c := &model.JobConnection{TotalCount: p.total}
	for i, a := range p.assets {
		if j, ok := a.(*model.Job); ok {
			c.Edges = append(c.Edges, model.JobEdge{Node: j, Cursor: model.OffsetCursor(p.from + i + 1)})
		}
	}
	c.PageInfo = model.Info(c.Edges, p.more)
	return c, nil
}

func (r *reads) datasetPage(ctx context.Context, in ring, first *int, after *string) (*model.DatasetConnection, error) {
	p, err := r.ringPage(ctx, in, catalog.TypeDataset, first, after)
	if err != nil {
		return nil, err
	}
	c := &model.DatasetConnection{TotalCount: p.total}
	for i, a := range p.assets {
		if d, ok := a.(*model.Dataset); ok {
			c.Edges = append(c.Edges, model.DatasetEdge{Node: d, Cursor: model.OffsetCursor(p.from + i + 1)})
		}
	}
	c.PageInfo = model.Info(c.Edges, p.more)
	return c, nil
}
