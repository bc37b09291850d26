package gql

import (
	"context"
	"fmt"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/model"
)

// Outbox reads what people were told (state/sqlite.Ledger).
type Outbox interface {
	Incidents(ctx context.Context) ([]catalog.Incident, error)
	Notices(ctx context.Context, q catalog.NoticeQuery) ([]catalog.Notice, error)
}

// Incidents lists what is wrong now and was told.
func (q query) Incidents(ctx context.Context, first *int, after *string) (*model.IncidentConnection, error) {
	all, err := q.Outbox.Incidents(ctx)
	if err != nil {
		return nil, fmt.Errorf("list incidents: %w", err)
	}
	page, from, more, err := model.Slice(all, first, after)
	if err != nil {
		return nil, err
	}
	c := &model.IncidentConnection{TotalCount: len(all)}
	for i, in := range page {
		c.Edges = append(c.Edges, model.IncidentEdge{Node: &model.Incident{I: in}, Cursor: model.OffsetCursor(from + i + 1)})
	}
	c.PageInfo = model.Info(c.Edges, more)
	return c, nil
}

// Notices lists what people were told, or are still to be told.
func (q query) Notices(ctx context.Context, state *catalog.NoticeState, incident *string, first *int, after *string) (*model.NoticeConnection, error) {
	p, err := newest(first, 50, after)
	if err != nil {
		return nil, err
	}
	list, err := q.Outbox.Notices(ctx, catalog.NoticeQuery{State: deref(state), Incident: deref(incident), Before: p.before, Limit: p.limit()})
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	c := &model.NoticeConnection{}
	for _, m := range list[:min(p.n, len(list))] {
		v, err := model.NewNotice(m)
		if err != nil {
			return nil, err
		}
		c.Edges = append(c.Edges, model.NoticeEdge{Node: v, Cursor: seqCursor(m.N)})
	}
	c.PageInfo = model.Info(c.Edges, len(list) > p.n)
	return c, nil
}
