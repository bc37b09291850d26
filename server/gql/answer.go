package gql

import (
	"context"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

func (m mutation) ApproveAction(ctx context.Context, in gen.AnswerActionInput) (*gen.AnswerActionPayload, error) {
	list, err := m.Approvals.Approve(ctx, m.answer(ctx, in))
	return m.answered(ctx, in, list, err)
}

func (m mutation) RejectAction(ctx context.Context, in gen.AnswerActionInput) (*gen.AnswerActionPayload, error) {
	list, err := m.Approvals.Reject(ctx, m.answer(ctx, in))
	return m.answered(ctx, in, list, err)
}

func (m mutation) ResolveAction(ctx context.Context, in gen.ResolveActionInput) (*gen.ActionPayload, error) {
	q := m.ask(ctx, in.Reason, nil)
	a, err := m.Approvals.Resolve(ctx, policies.Finding{Action: actionID(in.Action), Actor: q.Actor, Reason: q.Reason, As: in.As})
	return m.asked(ctx, a, err)
}

func (m mutation) answer(ctx context.Context, in gen.AnswerActionInput) policies.Answer {
	q := m.ask(ctx, in.Reason, nil)
	return policies.Answer{Action: actionID(in.Action), Actor: q.Actor, Reason: q.Reason, Whole: deref(in.WholeChange)}
}

func (m mutation) answered(ctx context.Context, in gen.AnswerActionInput, list []catalog.Action, err error) (*gen.AnswerActionPayload, error) {
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(a catalog.Action) bool { return a.ID == actionID(in.Action) })
	if i < 0 { // more waited than are answered at once
		i = 0
	}
	given, err := m.given(ctx, list[i])
	if err != nil {
		return nil, err
	}
	pos, err := m.History.Position(ctx)
	return &gen.AnswerActionPayload{Action: given, Answered: len(list), Position: pos}, err
}

func (q query) Alerts(ctx context.Context, first *int, after *string) (*model.AlertConnection, error) {
	p, err := newest(first, 50, after)
	if err != nil {
		return nil, err
	}
	list, err := q.Ledger.Alerts(ctx, catalog.AlertQuery{Before: p.before, Limit: p.limit()})
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	c := &model.AlertConnection{}
	c.Edges, c.PageInfo = model.Edges(list, p.n, func(a catalog.Alert) model.AlertEdge {
		return model.AlertEdge{Node: &model.Alert{A: a}, Cursor: seqCursor(a.Seq)}
	})
	return c, nil
}

func (q query) switches(ctx context.Context) (list []model.KillSwitch, global bool, err error) {
	on, err := q.Ledger.Switches(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("read kill switches: %w", err)
	}
	list = []model.KillSwitch{}
	for _, s := range on {
		list = append(list, model.KillSwitch{S: s})
		global = global || s.Scope == catalog.ScopeGlobal
	}
	return list, global, nil
}
