package gql

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/scene"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// Bounds of one scene.
const (
	maxFocus = 10
	maxShow  = 100
)

// LineageScene draws what is around a focus.
func (q query) LineageScene(ctx context.Context, focus []string, band *scene.Band, up, down, limit *int, asOf *time.Time, fold *bool, filter *gen.LineageFilter, expand []*gen.SceneExpansionInput, show []string, to *string, ways *int, column *string) (*model.LineageScene, error) {
	if len(focus) == 0 || len(focus) > maxFocus {
		return nil, fmt.Errorf("%w: focus must be 1 to %d ids, not %d", catalog.ErrInvalid, maxFocus, len(focus))
	}
	if len(show) > maxShow {
		return nil, fmt.Errorf("%w: show must be at most %d ids, not %d", catalog.ErrInvalid, maxShow, len(show))
	}
	a := scene.Ask{Band: deref(band), Up: deref(up), Down: deref(down), Limit: deref(limit), Whole: fold != nil && !*fold, Column: deref(column)}
	var err error
	if a.Ways, err = bounded("ways", ways, graph.DefaultPaths, graph.MaxPaths); err != nil {
		return nil, err
	}
	if a.Focus, err = q.canonical(ctx, focus); err != nil {
		return nil, err
	}
	if a.Show, err = q.canonical(ctx, show); err != nil {
		return nil, err
	}
	if to != nil {
		if a.To, err = q.oneOf(ctx, *to); err != nil {
			return nil, err
		}
	}
	for _, e := range expand {
		id, err := q.oneOf(ctx, e.ID)
		if err != nil {
			return nil, err
		}
		a.Expand = append(a.Expand, scene.Expansion{Asset: id, Side: e.Side})
	}
	return q.draw(ctx, a, filter, asOf)
}

func (q query) draw(ctx context.Context, a scene.Ask, filter *gen.LineageFilter, asOf *time.Time) (*model.LineageScene, error) {
	src, err := q.source(ctx, asOf, &a.AsOf)
	if err != nil {
		return nil, fmt.Errorf("scene: %w", err)
	}
	pos, err := src.Position(ctx)
	if err != nil {
		return nil, fmt.Errorf("scene: %w", err)
	}
	artist := q.artist(src, filter, asOf != nil)
	a.Through = artist.through
	s, err := artist.reader().Draw(ctx, a)
	if errors.Is(err, graph.ErrPathsCut) {
		return nil, limited(err.Error())
	}
	if err != nil {
		return nil, err
	}
	out := &model.LineageScene{S: s, At: q.timeOf(a.AsOf), Position: pos, Standings: artist.standings}
	var ids []catalog.AssetID
	for _, d := range s.Drawables {
		if !d.Bundle() {
			ids = append(ids, d.Asset)
		}
	}
	if out.Denied, err = q.veil.count(ctx, ids); err != nil {
		return nil, err
	}
	if d := s.At(a.Focus[0]); d != nil {
		out.Title = "Lineage of " + d.Name.String()
	}
	return out, nil
}

// SceneNeighbours lists the neighbours of an asset as a scene counts them.
func (q query) SceneNeighbours(ctx context.Context, of string, side graph.Direction, band *scene.Band, asOf *time.Time, fold *bool, filter *gen.LineageFilter, search *string, first *int, after *string) (*model.DrawableConnection, error) {
	id, err := q.oneOf(ctx, of)
	if err != nil {
		return nil, err
	}
	a := scene.Ask{Focus: []catalog.AssetID{id}, Band: deref(band), Whole: fold != nil && !*fold}
	src, err := q.source(ctx, asOf, &a.AsOf)
	if err != nil {
		return nil, fmt.Errorf("scene: %w", err)
	}
	artist := q.artist(src, filter, asOf != nil)
	a.Through = artist.through
	list, cut, err := artist.reader().Neighbours(ctx, a, side)
	if err != nil {
		return nil, err
	}
	words := model.Words(search)
	list = slices.DeleteFunc(list, func(d *scene.Drawable) bool { return !model.Holds(d.Name.Namespace+"/"+d.Name.Name, words) })
	page, from, more, err := model.Slice(list, first, after)
	if err != nil {
		return nil, err
	}
	total := len(list)
	c := &model.DrawableConnection{TotalCount: &total, Complete: !cut}
	for i, d := range page {
		c.Edges = append(c.Edges, model.DrawableEdge{Node: &model.Drawable{D: d, Standings: artist.standings, Past: asOf != nil}, Cursor: model.OffsetCursor(from + i + 1)})
	}
	c.PageInfo = model.Info(c.Edges, more)
	return c, nil
}

// artist reads what scenes are made of. How assets stand is in memory, and for
// all of them read once.
type artist struct {
	*reads
	src       graph.Neighbourer
	filter    graph.Filter
	standings map[catalog.AssetID]*model.Freshness
	// hidden are assets that the filter leaves out.
	hidden map[catalog.AssetID]bool
}

func (q query) artist(src graph.Neighbourer, filter *gen.LineageFilter, past bool) *artist {
	a := &artist{reads: q.reads, src: src, filter: filterOf(filter), hidden: map[catalog.AssetID]bool{}}
	if !past {
		a.standings = q.standings()
	}
	return a
}

func (a *artist) reader() scene.Reader {
	return scene.Reader{Graph: a.src, Labels: a.labels, Columns: a.columns}
}

func (a *artist) through(id catalog.AssetID) bool { return a.hidden[id] }

func (a *artist) labels(ctx context.Context, ids []catalog.AssetID) ([]scene.Label, error) {
	named, err := a.History.Named(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]scene.Label, len(ids))
	for i, n := range named {
		out[i].Name = n.Name
		if f := a.standings[ids[i]]; f != nil {
			out[i].Concern = len(model.WorstFirst) - rank(f)
		}
	}
	return out, a.sift(ctx, ids)
}

// sift notes which of the assets the filter leaves out.
func (a *artist) sift(ctx context.Context, ids []catalog.AssetID) error {
	if a.filter == (graph.Filter{}) {
		return nil
	}
	for _, id := range ids {
		a.hidden[id] = true
	}
	rows, err := a.History.Assets(ctx, ids)
	if err != nil {
		return err
	}
	for _, row := range rows {
		a.hidden[row.ID] = !a.filter.Matches(row)
	}
	return nil
}

func (a *artist) columns(ctx context.Context, ids []catalog.AssetID) (map[catalog.AssetID][]string, error) {
	rows, err := a.History.Assets(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := map[catalog.AssetID][]string{}
	for _, row := range rows {
		for _, f := range row.Fields {
			out[row.ID] = append(out[row.ID], f.Name)
		}
	}
	return out, nil
}

// drawn answers what a scene does not hold itself, for all of its drawables at
// once.
type drawn struct{ *reads }

func (d drawn) Asset(ctx context.Context, objs []*model.Drawable) ([]model.Asset, error) {
	ids := make([]catalog.AssetID, len(objs))
	for i, o := range objs {
		ids[i] = o.D.Asset
	}
	return d.placesOf(ctx, ids)
}

func (d drawn) LastRun(ctx context.Context, objs []*model.Drawable) ([]*model.Run, error) {
	out := make([]*model.Run, len(objs))
	at := map[catalog.AssetID][]int{}
	var jobs []catalog.AssetID
	for i, o := range objs {
		if o.D.Name.Type == catalog.TypeJob && !o.D.Bundle() && !o.Past {
			at[o.D.Asset] = append(at[o.D.Asset], i)
			jobs = append(jobs, o.D.Asset)
		}
	}
	list, err := d.History.LatestRuns(ctx, jobs)
	if err != nil {
		return nil, fmt.Errorf("read newest runs: %w", err)
	}
	for _, run := range list {
		for _, i := range at[run.Asset] {
			if out[i] == nil || out[i].R.StartedAt.Before(run.StartedAt) {
				out[i] = &model.Run{R: run}
			}
		}
	}
	return out, nil
}
