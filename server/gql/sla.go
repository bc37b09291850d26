package gql

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// maxBreaches bounds how many breaches of a month count towards a budget: one
// that needs more was spent long before.
const maxBreaches = 1000

// SLA lists how each asset stands by each policy, worst first.
func (q query) SLA(ctx context.Context, filter *gen.SLAFilter, first *int, after *string) (*model.SlaConnection, error) {
	all := policies.Standings(q.Judge.Evaluations())
	if filter != nil {
		names, err := chosenBy(filter.Select)
		if err != nil {
			return nil, err
		}
		all = slices.DeleteFunc(all, func(e policies.Evaluated) bool { return !names(e.Name) || !slaFits(e, filter) })
	}
	page, from, more, err := model.Slice(all, first, after)
	if err != nil {
		return nil, err
	}
	total := len(all)
	c := &model.SlaConnection{TotalCount: &total}
	for i, e := range page {
		b, err := q.budget(ctx, e)
		if err != nil {
			return nil, err
		}
		c.Edges = append(c.Edges, model.SlaEdge{Node: &model.Sla{E: e, B: b}, Cursor: model.OffsetCursor(from + i + 1)})
	}
	c.PageInfo = model.Info(c.Edges, more)
	return c, nil
}

// slaFits: an owner is asked for by what is theirs and by what they hold up.
func slaFits(e policies.Evaluated, filter *gen.SLAFilter) bool {
	f := policies.FreshnessOf(e)
	owner := deref(filter.Owner)
	return (filter.States == nil || slices.Contains(filter.States, f.State)) && (filter.Policy == nil || *filter.Policy == e.Policy.Name) &&
		(owner == "" || e.Policy.Owner == owner || f.Cause != nil && f.Cause.Owner == owner)
}

func (q query) budget(ctx context.Context, e policies.Evaluated) (policies.Budget, error) {
	if !e.Policy.Bounded() {
		return policies.Budget{}, nil
	}
	now := q.Now()
	from, _ := e.Policy.Month(now)
	list, err := q.Ledger.Breaches(ctx, catalog.BreachQuery{Policy: e.Policy.Name, Assets: e.Snapshot.IDs, After: from, Limit: maxBreaches})
	if err != nil {
		return policies.Budget{}, fmt.Errorf("list breaches: %w", err)
	}
	return policies.BudgetOf(e.Policy, list, now), nil
}

// Breaches lists when assets were late, what was written last first.
func (q query) Breaches(ctx context.Context, target, policy *string, since *time.Time, first *int, after *string) (*model.BreachConnection, error) {
	p, err := newest(first, 50, after)
	if err != nil {
		return nil, err
	}
	bq := catalog.BreachQuery{Policy: deref(policy), After: deref(since), Before: p.before, Limit: p.limit()}
	if target != nil {
		if bq.Assets, err = q.members(ctx, *target); err != nil {
			return nil, err
		}
	}
	list, err := q.Ledger.Breaches(ctx, bq)
	if err != nil {
		return nil, fmt.Errorf("list breaches: %w", err)
	}
	c := &model.BreachConnection{}
	c.Edges, c.PageInfo = model.Edges(list, p.n, func(b catalog.Breach) model.BreachEdge {
		return model.BreachEdge{Node: model.NewBreach(b, q.Now()), Cursor: seqCursor(b.Seq)}
	})
	return c, nil
}

// standingsOf say for the actions of a list how the asset of each stands by the
// policy that decided it.
func (q query) standingsOf(list []*model.Action) {
	type pair struct {
		policy string
		asset  catalog.AssetID
	}
	ids := make([]catalog.AssetID, len(list))
	for i, a := range list {
		ids[i] = a.A.Target
	}
	by := map[pair]policies.Evaluated{}
	for _, e := range q.Judge.EvaluationsOf(ids...) {
		for _, id := range e.Snapshot.IDs {
			by[pair{e.Policy.Name, id}] = e
		}
	}
	for _, a := range list {
		if len(a.A.Policies) == 0 {
			continue
		}
		if e, ok := by[pair{a.A.Policies[0], a.A.Target}]; ok {
			a.Freshness = model.NewFreshness(e)
		}
	}
}
