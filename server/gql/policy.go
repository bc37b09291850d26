package gql

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

type rules struct{ *reads }

func (r rules) Targets(ctx context.Context, obj *model.Policy, first *int, after *string) (*model.AssetConnection, error) {
	ids, err := r.Selector.Selected(ctx, obj.P)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", obj.P.Name, err)
	}
	page, from, more, err := model.Slice(ids, first, after)
	if err != nil {
		return nil, err
	}
	assets, err := r.assetsOf(ctx, page)
	if err != nil {
		return nil, err
	}
	c := &model.AssetConnection{}
	for i, a := range assets {
		if a != nil {
			c.Edges = append(c.Edges, model.AssetEdge{Node: a, Cursor: model.OffsetCursor(from + i + 1)})
		}
	}
	c.PageInfo = model.Info(c.Edges, more)
	return c, nil
}

type standings struct{ *reads }

func (s standings) Because(ctx context.Context, obj *model.Freshness) (model.Asset, error) {
	if obj.F.Because.IsZero() {
		return nil, nil
	}
	return s.asset(ctx, obj.F.Because)
}

type decisions struct{ *reads }

func (d decisions) Policy(_ context.Context, obj *model.Decision) (*model.Policy, error) {
	return d.policy(obj.D.Policy), nil
}

// policy is nil when none of that name is in force.
func (r *reads) policy(name string) *model.Policy {
	if p := r.Policies.Get().ByName(name); p != nil {
		return &model.Policy{P: p}
	}
	return nil
}

func (d decisions) Target(ctx context.Context, objs []*model.Decision) ([]model.Asset, error) {
	ids := make([]catalog.AssetID, len(objs))
	for i, o := range objs {
		ids[i] = o.D.Target
	}
	return d.placesOf(ctx, ids)
}

func (d decisions) Action(ctx context.Context, obj *model.Decision) (*model.Action, error) {
	return d.action(ctx, obj.D.Action)
}

type actions struct{ *reads }

func (a actions) Target(ctx context.Context, objs []*model.Action) ([]model.Asset, error) {
	ids := make([]catalog.AssetID, len(objs))
	for i, o := range objs {
		ids[i] = o.A.Target
	}
	return a.placesOf(ctx, ids)
}

// Says is the cause of the last step. What is ready and not sent waits for a slot,
// or for its turn: no step says so.
func (a actions) Says(_ context.Context, obj *model.Action) (string, error) {
	if obj.A.State != catalog.ActionReady || obj.Proposal != "" {
		return obj.Says(), nil
	}
	for _, e := range a.Judge.EvaluationsOf(obj.A.Target) {
		if waits := policies.WaitsFor(e.Tree); waits != "" && slices.Contains(obj.A.Policies, e.Policy.Name) {
			return waits, nil
		}
	}
	return obj.Says(), nil
}

func (a actions) Cause(ctx context.Context, obj *model.Action) (*model.Decision, error) {
	return a.decision(ctx, obj.A.Cause)
}

func (a actions) Run(ctx context.Context, obj *model.Action) (*model.Run, error) {
	return a.run(ctx, obj.A.Run)
}

func (q query) Policies(_ context.Context, first *int, after *string) (*model.PolicyConnection, error) {
	all := slices.Clone(q.Options.Policies.Get().Policies)
	slices.SortFunc(all, func(a, b *policies.Policy) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	page, from, more, err := model.Slice(all, first, after)
	if err != nil {
		return nil, err
	}
	total := len(all)
	c := &model.PolicyConnection{TotalCount: &total}
	for i, p := range page {
		c.Edges = append(c.Edges, model.PolicyEdge{Node: &model.Policy{P: p}, Cursor: model.OffsetCursor(from + i + 1)})
	}
	c.PageInfo = model.Info(c.Edges, more)
	return c, nil
}

func (q query) Decisions(ctx context.Context, target, policy *string, since, until *time.Time, outcomes []catalog.DecisionOutcome, modes []catalog.Mode, first *int, after *string) (*model.DecisionConnection, error) {
	p, err := newest(first, 50, after)
	if err != nil {
		return nil, err
	}
	dq := catalog.DecisionQuery{Policy: deref(policy), Since: deref(since), Until: deref(until), Outcomes: outcomes, Modes: modes, Before: p.before, Limit: p.limit()}
	if target != nil {
		if dq.Assets, err = q.members(ctx, *target); err != nil {
			return nil, err
		}
	}
	list, err := q.Ledger.Decisions(ctx, dq)
	if err != nil {
		return nil, fmt.Errorf("list decisions: %w", err)
	}
	c := &model.DecisionConnection{}
	c.Edges, c.PageInfo = model.Edges(list, p.n, func(d catalog.Decision) model.DecisionEdge {
		return model.DecisionEdge{Node: &model.Decision{D: d}, Cursor: seqCursor(d.Seq)}
	})
	return c, nil
}

func (q query) Actions(ctx context.Context, filter *gen.ActionFilter, first *int, after *string) (*model.ActionConnection, error) {
	p, err := newest(first, 50, after)
	if err != nil {
		return nil, err
	}
	aq := catalog.ActionQuery{Before: p.before, Limit: p.limit()}
	if filter != nil {
		aq.Connector, aq.States, aq.Open = deref(filter.Connector), filter.States, deref(filter.Open)
		aq.Root = deref(filter.Change)
		aq.Closed = filter.Open != nil && !*filter.Open
		aq.Kinds, aq.Parent = filter.Kinds, strings.TrimPrefix(deref(filter.Parent), model.PrefixAction)
		if filter.Target != nil {
			if aq.Assets, err = q.members(ctx, *filter.Target); err != nil {
				return nil, err
			}
		}
	}
	list, err := q.Ledger.Actions(ctx, aq)
	if err != nil {
		return nil, fmt.Errorf("list actions: %w", err)
	}
	c := &model.ActionConnection{}
	c.Edges, c.PageInfo = model.Edges(list, p.n, func(a catalog.Action) model.ActionEdge {
		return model.ActionEdge{Node: &model.Action{A: a}, Cursor: seqCursor(a.Seq)}
	})
	return c, nil
}

func (q query) Late(ctx context.Context, first *int, after *string) (*model.DatasetConnection, error) {
	var ids []catalog.AssetID
	for _, e := range policies.LateOnes(q.Judge.Evaluations()) {
		if e.Name.Type == catalog.TypeDataset && !slices.Contains(ids, e.Asset) {
			ids = append(ids, e.Asset)
		}
	}
	page, from, more, err := model.Slice(ids, first, after)
	if err != nil {
		return nil, err
	}
	assets, err := q.assetsOf(ctx, page)
	if err != nil {
		return nil, err
	}
	total := len(ids)
	c := &model.DatasetConnection{TotalCount: &total}
	for i, a := range assets {
		if d, ok := a.(*model.Dataset); ok {
			c.Edges = append(c.Edges, model.DatasetEdge{Node: d, Cursor: model.OffsetCursor(from + i + 1)})
		}
	}
	c.PageInfo = model.Info(c.Edges, more)
	return c, nil
}

// Next lists open actions, then what policies wait for. What time alone brings
// later than within is left out.
func (q query) Next(ctx context.Context, filter *gen.NextFilter, within *time.Duration, first *int, after *string) (*model.ActionConnection, error) {
	horizon := 24 * time.Hour
	if within != nil {
		horizon = *within
	}
	all, cut, err := q.planned(ctx, q.Now().Add(horizon))
	if err != nil {
		return nil, err
	}
	if all, err = q.narrowed(all, filter); err != nil {
		return nil, err
	}
	page, from, more, err := model.Slice(all, first, after)
	if err != nil {
		return nil, err
	}
	q.standingsOf(page)
	c := &model.ActionConnection{Cut: cut}
	for i, a := range page {
		c.Edges = append(c.Edges, model.ActionEdge{Node: a, Cursor: model.OffsetCursor(from + i + 1)})
	}
	c.PageInfo = model.Info(c.Edges, more)
	return c, nil
}

// narrowed leaves of what is to run what a filter asks for.
func (q query) narrowed(all []*model.Action, filter *gen.NextFilter) ([]*model.Action, error) {
	if filter == nil {
		return all, nil
	}
	names, err := chosenBy(filter.Select)
	if err != nil {
		return nil, err
	}
	set, owner := q.Options.Policies.Get(), deref(filter.Owner)
	owned := func(name string) bool {
		p := set.ByName(name)
		return p != nil && p.Owner == owner
	}
	return slices.DeleteFunc(all, func(a *model.Action) bool {
		return !names(a.A.Name) || owner != "" && !slices.ContainsFunc(a.A.Policies, owned)
	}), nil
}

// maxOpen bounds how many open actions are listed as what comes next.
const maxOpen = 1000

// planned lists open actions, the newest first, then what policies will ask for
// until a time. cut says what is missing.
func (q query) planned(ctx context.Context, until time.Time) (all []*model.Action, cut *string, err error) {
	open, err := q.Ledger.Actions(ctx, catalog.ActionQuery{Open: true, Limit: maxOpen + 1})
	if err != nil {
		return nil, nil, fmt.Errorf("list actions: %w", err)
	}
	if len(open) > maxOpen {
		says := fmt.Sprintf("more than %d actions are open: the oldest are not in this list, see actions(filter: { open: true })", maxOpen)
		cut, open = &says, open[:maxOpen]
	}
	all = []*model.Action{}
	for _, a := range open {
		all = append(all, &model.Action{A: a})
	}
	for _, e := range policies.NextOnes(q.Judge.Evaluations()) {
		if p := proposal(e); p != nil && len(e.Snapshot.Open) == 0 && !p.Expected.After(until) {
			all = append(all, p)
		}
	}
	return all, cut, nil
}

// proposal is what an evaluation expects to do; nil when it expects nothing.
// A policy that only gates starts nothing, so it has none.
func proposal(e policies.Evaluated) *model.Action {
	if e.Policy.Mode == catalog.ModeObserve || e.Policy.Mode == catalog.ModeGate {
		return nil
	}
	if e.Outcome == catalog.DecideNothing && e.WakeAt.IsZero() {
		return nil
	}
	a := catalog.Action{
		Kind: catalog.ActionTrigger, State: catalog.ActionProposed, Target: e.Asset, Name: e.Name,
		Connector: e.Snapshot.Resolved.Connector, ToolJob: e.Snapshot.Resolved.ToolJob,
		Policies: []string{e.Policy.Name}, Pins: e.Pins, CreatedAt: e.At, ValidUntil: e.At.Add(e.Policy.ValidFor),
	}
	return &model.Action{A: a, Expected: e.WakeAt, Sentence: e.Tree.Says, Proposal: model.ProposalID(e.Policy.Name, e.Asset)}
}
