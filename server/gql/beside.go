package gql

import (
	"cmp"
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
	slices.SortFunc(list, besideOrder)
	return list, nil
}

// besideOrder is by name, with those whose names are not shown at the end.
func besideOrder(a, b catalog.NamedAsset) int {
	switch {
	case unnamed(a) == unnamed(b):
		return cmp.Or(a.Name.Compare(b.Name), a.ID.Compare(b.ID))
	case unnamed(a):
		return 1
	}
	return -1
}

func unnamed(a catalog.NamedAsset) bool { return a.Name == hidden(a.Name.Type) }

// besideCursor names the place after an asset: the list may have changed until
// the next page is asked for.
func besideCursor(a catalog.NamedAsset) string {
	return model.Cursor(a.Name.Namespace, a.Name.Name, a.ID.String())
}

// besideFrom is where a cursor says to go on.
func besideFrom(list []catalog.NamedAsset, t catalog.AssetType, after *string) (int, error) {
	p, err := model.ParseCursor(after, 3)
	if err != nil || p == nil {
		return 0, err
	}
	id, err := catalog.ParseAssetID(p[2])
	if err != nil {
		return 0, fmt.Errorf("%w: after is not a cursor of this list", catalog.ErrInvalid)
	}
	at := catalog.NamedAsset{ID: id, Name: catalog.Name{Type: t, Namespace: p[0], Name: p[1]}}
	from, there := slices.BinarySearchFunc(list, at, besideOrder)
	if there {
		from++
	}
	return from, nil
}

// ringPage is a page of the assets of a ring, by name.
type ringPage struct {
	named  []catalog.NamedAsset
	assets []model.Asset
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
	size, err := model.First(first, 50)
	if err != nil {
		return p, err
	}
	from, err := besideFrom(list, t, after)
	if err != nil {
		return p, err
	}
	p.named, p.more = list[from:min(from+size, len(list))], from+size < len(list)
	ids := make([]catalog.AssetID, len(p.named))
	for i, n := range p.named {
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
			c.Edges = append(c.Edges, model.JobEdge{Node: j, Cursor: besideCursor(p.named[i])})
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
			c.Edges = append(c.Edges, model.DatasetEdge{Node: d, Cursor: besideCursor(p.named[i])})
		}
	}
	c.PageInfo = model.Info(c.Edges, p.more)
	return c, nil
}
