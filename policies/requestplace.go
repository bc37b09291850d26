package policies

import (
	"context"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// Place is what is acted on: an asset, of which weir finds the job that makes
// it, or a tool's own job.
type Place struct {
	Asset          catalog.AssetID
	Connector, Job string
}

// placed makes an action on a place.
func (r *Requests) placed(ctx context.Context, k catalog.ActionKind, p Place) (catalog.Action, error) {
	a := r.blank(k)
	switch {
	case p.Connector != "" && p.Job != "" && p.Asset.IsZero():
		a.Connector, a.ToolJob = p.Connector, p.Job
		a.Name = catalog.JobName(p.Connector, p.Job)
		a.Target = catalog.AssetID(a.Name.ID())
	case p.Connector == "" && p.Job == "" && !p.Asset.IsZero():
		if err := r.find(ctx, &a, p.Asset); err != nil {
			return a, err
		}
	default:
		return a, fmt.Errorf("%w: name an asset, or a connector and its job", catalog.ErrInvalid)
	}
	return a, r.can(a)
}

// find fills in what makes an asset, as the policy on it says or as its newest
// run shows, and the versions that a run now would read.
func (r *Requests) find(ctx context.Context, a *catalog.Action, id catalog.AssetID) error {
	p, err := r.policyOn(ctx, id)
	if err != nil {
		return err
	}
	s, err := r.g.Snapshot(ctx, p, id, r.now(), "")
	if err != nil {
		return err
	}
	if s.ResolveErr != "" {
		return catalog.WithHint(fmt.Errorf("%w: nothing to start for %s: %s", catalog.ErrInvalid, s.Name, s.ResolveErr), "name the connector and its job")
	}
	a.Target, a.Name, a.Connector, a.ToolJob, a.Pins = catalog.AssetID(s.Written.ID()), s.Name, s.Resolved.Connector, s.Resolved.ToolJob, pinsOf(s)
	if p.Target != nil {
		a.Params = p.Target.Params
	}
	if p.Name != "" {
		a.Admission = poolOf(p, a.Kind)
		a.StartTimeout, a.RunTimeout, a.EventGrace = p.StartTimeout, p.RunTimeout, p.EventGrace
	}
	return nil
}

// policyOn is the policy that says most about an asset: one that acts before one
// that does not. Without any, one that only names the asset.
func (r *Requests) policyOn(ctx context.Context, id catalog.AssetID) (*Policy, error) {
	id, err := r.g.History.Canonical(ctx, id)
	if err != nil {
		return nil, err
	}
	pairs, err := r.g.matchesOn(ctx, id)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(pairs, func(a, b Match) int { return rankOf(b.Policy) - rankOf(a.Policy) })
	if len(pairs) > 0 {
		return pairs[0].Policy, nil
	}
	rows, err := r.g.History.Assets(ctx, []catalog.AssetID{id})
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("asset %s: %w", id, catalog.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return &Policy{Select: Selector{Type: rows[0].Name.Type, Exact: &rows[0].Name}}, nil
}

func rankOf(p *Policy) int {
	switch {
	case p.Acts():
		return 2
	case p.Target != nil:
		return 1
	}
	return 0
}

// ofRun makes an action about a run: the tool's run that it is, or that it is
// inside of.
func (r *Requests) ofRun(ctx context.Context, k catalog.ActionKind, key catalog.RunKey) (catalog.Action, error) {
	a := r.blank(k)
	reader := newReader(ctx, r.g.History)
	run, ok, err := reader.run(key)
	if err == nil && !ok {
		err = fmt.Errorf("run %s: %w", key.RunID, catalog.ErrNotFound)
	}
	if err != nil {
		return a, err
	}
	chain, err := reader.chain(run)
	if err != nil {
		return a, err
	}
	for _, link := range chain {
		at, ok := r.g.claim(ctx, []catalog.Run{link})
		if !ok || link.ExternalID == "" || link.Key.Job.Name != at.ToolJob {
			continue // a task is inside of the run that can be acted on
		}
		a.Connector, a.ToolJob, a.ExternalID, a.Name = at.Connector, at.ToolJob, link.ExternalID, link.Key.Job
		a.Target = catalog.AssetID(link.Key.Job.ID())
		if k == catalog.ActionCancel {
			a.Run = link.Key
		}
		return a, r.can(a)
	}
	return a, catalog.WithHint(fmt.Errorf("%w: no connector says that run %s is one of its tool's", catalog.ErrInvalid, key.RunID), "weir acts on runs of tools that the connectors file names")
}
