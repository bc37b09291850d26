package gql

import (
	"context"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies/plan"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// PolicyDesk plans sets of policies and puts them in force.
type PolicyDesk interface {
	Plan(ctx context.Context, files []catalog.PolicyFile) (plan.Plan, error)
	Apply(ctx context.Context, p plan.Proposal) (catalog.PolicySet, plan.Plan, error)
	Rollback(ctx context.Context, version int64, actor, reason string) (catalog.PolicySet, plan.Plan, error)
	// Simulate lives through the last 14 days by both sets of a plan, as long as
	// the context lets it.
	Simulate(ctx context.Context, p plan.Plan) (plan.Simulated, error)
	Versions(ctx context.Context, before int64, limit int) ([]catalog.PolicySet, error)
	Source(ctx context.Context) (string, error)
	// Drift says where what is in force is not what was put in force last.
	Drift(ctx context.Context) ([]string, error)
	// Files are those in force, and whether Apply may change them.
	Files(ctx context.Context) (files []catalog.PolicyFile, editable bool, err error)
}

func policyFiles(in []*gen.PolicyFileInput) []catalog.PolicyFile {
	out := make([]catalog.PolicyFile, len(in))
	for i, f := range in {
		out[i] = catalog.PolicyFile{Path: f.Path, Text: f.Text}
	}
	return out
}

func (m mutation) PlanPolicies(ctx context.Context, in gen.PlanPoliciesInput) (*model.PolicyPlan, error) {
	source, err := m.PolicyDesk.Source(ctx)
	if err != nil {
		return nil, err
	}
	p, err := m.PolicyDesk.Plan(ctx, policyFiles(in.Files))
	if err != nil {
		return nil, err
	}
	pos, err := m.History.Position(ctx)
	return &model.PolicyPlan{Plan: p, Source: source, Position: pos}, err
}

func (m mutation) ApplyPolicies(ctx context.Context, in gen.ApplyPoliciesInput) (*gen.ApplyPoliciesPayload, error) {
	return m.putInForce(ctx, func() (catalog.PolicySet, plan.Plan, error) {
		return m.PolicyDesk.Apply(ctx, plan.Proposal{Files: policyFiles(in.Files), Hash: in.Hash, Actor: actorOf(ctx), Reason: deref(in.Reason), NoTrial: deref(in.NoTrial)})
	})
}

func (m mutation) RollbackPolicies(ctx context.Context, in gen.RollbackPoliciesInput) (*gen.ApplyPoliciesPayload, error) {
	return m.putInForce(ctx, func() (catalog.PolicySet, plan.Plan, error) {
		return m.PolicyDesk.Rollback(ctx, int64(deref(in.Version)), actorOf(ctx), deref(in.Reason))
	})
}

// putInForce answers with what changed, by the source as it was before.
func (m mutation) putInForce(ctx context.Context, do func() (catalog.PolicySet, plan.Plan, error)) (*gen.ApplyPoliciesPayload, error) {
	source, err := m.PolicyDesk.Source(ctx)
	if err != nil {
		return nil, err
	}
	s, p, err := do()
	if err != nil {
		return nil, err
	}
	pos, err := m.History.Position(ctx)
	return &gen.ApplyPoliciesPayload{Version: &model.PolicyVersion{S: s}, Plan: &model.PolicyPlan{Plan: p, Source: source, Position: pos}, Position: pos}, err
}

func (q query) PolicyVersions(ctx context.Context, first *int, after *string) (*model.PolicyVersionConnection, error) {
	p, err := newest(first, 20, after)
	if err != nil {
		return nil, err
	}
	list, err := q.PolicyDesk.Versions(ctx, p.before, p.limit())
	if err != nil {
		return nil, err
	}
	c := &model.PolicyVersionConnection{}
	c.Edges, c.PageInfo = model.Edges(list, p.n, func(s catalog.PolicySet) model.PolicyVersionEdge {
		return model.PolicyVersionEdge{Node: &model.PolicyVersion{S: s}, Cursor: seqCursor(s.Version)}
	})
	return c, nil
}

// plans resolves what of a plan takes time.
type plans struct{ *reads }

// Simulation is made when it is asked for.
func (p plans) Simulation(ctx context.Context, of *model.PolicyPlan) (*model.PolicySimulation, error) {
	s, err := p.PolicyDesk.Simulate(ctx, of.Plan)
	if err != nil {
		return nil, err
	}
	return &model.PolicySimulation{S: s}, nil
}
