package gql

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/model"
)

// actorHeader names who states something. It attributes and proves nothing, and
// counts only while weir does not ask who is there.
const actorHeader = "Weir-Actor"

type actorKey struct{}

func statedActor(h http.Header) (name string, ok bool) {
	list := h.Values(actorHeader)
	if len(list) == 0 {
		return "operator", true
	}
	name = strings.TrimSpace(list[0])
	return name, name != "" && len(name) <= catalog.MaxActor && !strings.HasPrefix(name, catalog.FileActor) && !strings.ContainsFunc(name, unicode.IsControl)
}

func withActor(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, actorKey{}, name)
}

func actorOf(ctx context.Context) string {
	name, _ := ctx.Value(actorKey{}).(string)
	return name
}

func (d datasets) Statements(ctx context.Context, obj *model.Dataset, first *int, after *string) (*model.StatementConnection, error) {
	return d.statements(ctx, obj.A.ID, first, after)
}

func (j jobs) Statements(ctx context.Context, obj *model.Job, first *int, after *string) (*model.StatementConnection, error) {
	return j.statements(ctx, obj.A.ID, first, after)
}

// statements pages through what people stated of an asset, newest first.
func (r *reads) statements(ctx context.Context, id catalog.AssetID, first *int, after *string) (*model.StatementConnection, error) {
	all, err := r.History.Statements(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("list statements: %w", err)
	}
	slices.Reverse(all)
	page, from, more, err := model.Slice(all, first, after)
	if err != nil {
		return nil, err
	}
	total := len(all)
	c := &model.StatementConnection{TotalCount: &total}
	for i, s := range page {
		c.Edges = append(c.Edges, model.StatementEdge{Node: statement(s, all), Cursor: model.OffsetCursor(from + i + 1)})
	}
	c.PageInfo = model.Info(c.Edges, more)
	return c, nil
}

// statement is the view of one among those around it.
func statement(s catalog.Statement, around []catalog.Statement) *model.Statement {
	view := &model.Statement{S: s}
	if i := slices.IndexFunc(around, func(o catalog.Statement) bool { return o.ID == s.Fact.Of }); i >= 0 {
		view.Undoes = &around[i]
	}
	return view
}

func (q query) nodeStatement(ctx context.Context, id string) (*model.Statement, error) {
	pos, err := model.ParseStatementID(id)
	if err != nil {
		return nil, nil
	}
	s, err := q.History.StatementAt(ctx, pos)
	if errors.Is(err, catalog.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read statement: %w", err)
	}
	return q.viewed(ctx, s)
}

// viewed looks up what is needed to say what a statement says.
func (r *reads) viewed(ctx context.Context, s catalog.Statement) (*model.Statement, error) {
	if s.Fact.Verb != catalog.OperatorUndo {
		return statement(s, nil), nil
	}
	around, err := r.History.StatementsAbout(ctx, s.Fact.Names[:1])
	if err != nil {
		return nil, fmt.Errorf("read statements: %w", err)
	}
	return statement(s, around), nil
}
