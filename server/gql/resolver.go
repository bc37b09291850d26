package gql

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/attention"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// root hands out the resolvers; the compiler says which are missing.
type root struct{ r *reads }

var _ gen.ResolverRoot = root{}

func (g root) Action() gen.ActionResolver               { return actions{g.r} }
func (g root) Affected() gen.AffectedResolver           { return affecteds{g.r} }
func (g root) Attention() gen.AttentionResolver         { return attentions{g.r} }
func (g root) Check() gen.CheckResolver                 { return checks{g.r} }
func (g root) Dataset() gen.DatasetResolver             { return datasets{g.r} }
func (g root) Decision() gen.DecisionResolver           { return decisions{g.r} }
func (g root) Freshness() gen.FreshnessResolver         { return standings{g.r} }
func (g root) Drawable() gen.DrawableResolver           { return drawn{g.r} }
func (g root) ImpactedAsset() gen.ImpactedAssetResolver { return impacted{g.r} }
func (g root) Job() gen.JobResolver                     { return jobs{g.r} }
func (g root) LineageNode() gen.LineageNodeResolver     { return places{g.r} }
func (g root) Mutation() gen.MutationResolver           { return mutation{g.r} }
func (g root) Policy() gen.PolicyResolver               { return rules{g.r} }
func (g root) PolicyPlan() gen.PolicyPlanResolver       { return plans{g.r} }
func (g root) Query() gen.QueryResolver                 { return query{g.r} }
func (g root) QuarantinedEvent() gen.QuarantinedEventResolver {
	return letters{g.r}
}
func (g root) RootCause() gen.RootCauseResolver { return causes{g.r} }
func (g root) Run() gen.RunResolver             { return runs{g.r} }
func (g root) Read() gen.ReadResolver           { return reading{g.r} }
func (g root) Version() gen.VersionResolver     { return versions{g.r} }

// reads is what every resolver reads from.
type reads struct{ Options }

func newReads(o Options) *reads {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Acked == nil {
		o.Acked = func(catalog.Ack, attention.Group) {}
	}
	if o.Policies == nil {
		o.Policies = &policies.Live{}
	}
	if o.Waiting == nil {
		o.Waiting = func() []policies.Waiter { return nil }
	}
	if o.Tools == nil {
		o.Tools = func(context.Context) []model.Tool { return nil }
	}
	if o.Status == nil {
		o.Status = func(context.Context) Status { return Status{Version: "unknown", Ready: true} }
	}
	if o.Configuration == nil {
		o.Configuration = func(context.Context) []model.Setting { return nil }
	}
	if o.Doctor == nil {
		o.Doctor = func(context.Context) (model.DoctorReport, error) { return model.DoctorReport{}, nil }
	}
	if o.Intake == nil {
		o.Intake = func(context.Context) (model.Intake, error) { return model.Intake{}, nil }
	}
	return &reads{o}
}

// asset reads one row; nil when the id was never given.
func (r *reads) asset(ctx context.Context, id catalog.AssetID) (model.Asset, error) {
	list, err := r.assetsOf(ctx, []catalog.AssetID{id})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// assetsOf reads many rows at once, in the order asked, nil for what is not
// known. Any id an asset ever had is taken.
func (r *reads) assetsOf(ctx context.Context, ids []catalog.AssetID) ([]model.Asset, error) {
	now := make([]catalog.AssetID, len(ids))
	var want []catalog.AssetID
	seen := map[catalog.AssetID]model.Asset{}
	for i, id := range ids {
		c, err := r.History.Canonical(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("resolve id: %w", err)
		}
		now[i] = c
		if _, ok := seen[c]; !ok && !c.IsZero() {
			seen[c] = nil
			want = append(want, c)
		}
	}
	rows, err := r.History.Assets(ctx, want)
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	for _, a := range rows {
		seen[a.ID] = model.NewAsset(a)
	}
	out := make([]model.Asset, len(ids))
	for i, c := range now {
		out[i] = seen[c]
	}
	return out, nil
}

// run reads one run; nil when there is none.
func (r *reads) run(ctx context.Context, k catalog.RunKey) (*model.Run, error) {
	if k.IsZero() {
		return nil, nil
	}
	list, err := r.History.Runs(ctx, catalog.RunQuery{Keys: []catalog.RunKey{k}, Limit: 1})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &model.Run{R: list[0]}, nil
}

// action reads one action; nil when there is none.
func (r *reads) action(ctx context.Context, id string) (*model.Action, error) {
	if id == "" {
		return nil, nil
	}
	list, err := r.Ledger.Actions(ctx, catalog.ActionQuery{ID: id, Limit: 1})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &model.Action{A: list[0]}, nil
}

// decision reads one decision; nil when there is none.
func (r *reads) decision(ctx context.Context, id string) (*model.Decision, error) {
	if id == "" {
		return nil, nil
	}
	list, err := r.Ledger.Decisions(ctx, catalog.DecisionQuery{ID: id, Limit: 1})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &model.Decision{D: list[0]}, nil
}

// members are all ids that the ledger may have written an asset under: its own,
// and those of its names, which may have been assets of their own before.
func (r *reads) members(ctx context.Context, text string) ([]catalog.AssetID, error) {
	id, err := model.ParseAssetID(text)
	if err != nil {
		return nil, err
	}
	a, err := r.asset(ctx, id)
	if err != nil || a == nil {
		return []catalog.AssetID{id}, err
	}
	ids := []catalog.AssetID{a.Row().ID}
	for _, n := range a.Row().Names {
		if m := catalog.AssetID(n.Name.ID()); m != ids[0] {
			ids = append(ids, m)
		}
	}
	return ids, nil
}

// selections maps each asset to the policies that select it, by name.
func (r *reads) selections(ctx context.Context) (map[catalog.AssetID][]*model.Policy, error) {
	out := map[catalog.AssetID][]*model.Policy{}
	for _, p := range r.Policies.Get().Policies {
		ids, err := r.Selector.Selected(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", p.Name, err)
		}
		for _, id := range ids {
			out[id] = append(out[id], &model.Policy{P: p})
		}
	}
	return out, nil
}
