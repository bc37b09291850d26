package gql

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// ask is who asks, why, and under which key.
func (m mutation) ask(ctx context.Context, reason string, key *string) policies.Ask {
	actor := actorOf(ctx)
	if actor == "" {
		actor = "somebody"
	}
	return policies.Ask{Actor: actor, Reason: reason, Key: deref(key)}
}

func (m mutation) asked(ctx context.Context, a catalog.Action, err error) (*gen.ActionPayload, error) {
	if err != nil {
		return nil, err
	}
	given, err := m.given(ctx, a)
	if err != nil {
		return nil, err
	}
	pos, err := m.History.Position(ctx)
	return &gen.ActionPayload{Action: given, Position: pos}, err
}

// given is an action as the caller may read it: what mutations answer comes
// from no reader.
func (o Options) given(ctx context.Context, a catalog.Action) (*model.Action, error) {
	if v := o.veil; v != nil {
		if !v.mayName(a.Name) {
			return nil, fmt.Errorf("action %s: %w", a.ID, catalog.ErrNotFound)
		}
		a = v.action(ctx, a, v.clear())
	}
	return &model.Action{A: a}, nil
}

func placeOf(asset, connector, job *string) (p policies.Place, err error) {
	p.Connector, p.Job = deref(connector), deref(job)
	if asset != nil {
		p.Asset, err = model.ParseAssetID(*asset)
	}
	return p, err
}

func actionID(id string) string { return strings.TrimPrefix(id, model.PrefixAction) }

// params reads the parameters of a run: an object.
func params(v any) (map[string]any, error) {
	if v == nil {
		return nil, nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: params must be an object", catalog.ErrInvalid)
	}
	if b, err := json.Marshal(m); err != nil || len(b) > maxParams {
		return nil, fmt.Errorf("%w: params must be at most %d bytes of JSON", catalog.ErrInvalid, maxParams)
	}
	return m, nil
}

const maxParams = 64 << 10

func (m mutation) RequestRun(ctx context.Context, in gen.RequestRunInput) (*gen.RequestRunPayload, error) {
	q := policies.RunRequest{Ask: m.ask(ctx, in.Reason, in.Key), Partition: deref(in.Partition), Nominal: deref(in.NominalTime), ValidFor: deref(in.ValidFor)}
	var err error
	if q.Place, err = placeOf(in.Asset, in.Connector, in.Job); err != nil {
		return nil, err
	}
	if q.Params, err = params(in.Params); err != nil {
		return nil, err
	}
	a, err := m.Requests.Run(ctx, q)
	p, err := m.asked(ctx, a, err)
	if err != nil {
		return nil, err
	}
	return &gen.RequestRunPayload{Action: p.Action, Position: p.Position}, nil
}

func (m mutation) Backfill(ctx context.Context, in gen.BackfillInput) (*gen.ActionPayload, error) {
	q := policies.BackfillRequest{Parallel: 1, Parameter: deref(in.Parameter)}
	if in.Parallel != nil {
		q.Parallel = *in.Parallel
	}
	for _, t := range in.Times {
		q.Times = append(q.Times, *t)
	}
	q.Ask = m.ask(ctx, in.Reason, in.Key)
	var err error
	if q.Place, err = placeOf(in.Asset, in.Connector, in.Job); err != nil {
		return nil, err
	}
	if q.Params, err = params(in.Params); err != nil {
		return nil, err
	}
	a, err := m.Requests.Backfill(ctx, q)
	return m.asked(ctx, a, err)
}

func (m mutation) CancelAction(ctx context.Context, in gen.CancelActionInput) (*gen.ActionPayload, error) {
	a, err := m.Requests.Cancel(ctx, m.ask(ctx, in.Reason, in.Key), actionID(in.Action))
	return m.asked(ctx, a, err)
}

func (m mutation) CancelRun(ctx context.Context, in gen.CancelRunInput) (*gen.ActionPayload, error) {
	k, err := model.ParseRunID(in.Run)
	if err != nil {
		return nil, err
	}
	a, err := m.Requests.CancelRun(ctx, m.ask(ctx, in.Reason, in.Key), k)
	return m.asked(ctx, a, err)
}

func (m mutation) Rerun(ctx context.Context, in gen.RerunInput) (*gen.ActionPayload, error) {
	if (in.Action == nil) == (in.Run == nil) {
		return nil, fmt.Errorf("%w: give the action or the run", catalog.ErrInvalid)
	}
	q := policies.RerunRequest{Ask: m.ask(ctx, in.Reason, in.Key), Action: actionID(deref(in.Action)), Whole: in.OnlyFailed != nil && !*in.OnlyFailed}
	if in.Run != nil {
		var err error
		if q.Run, err = model.ParseRunID(*in.Run); err != nil {
			return nil, err
		}
	}
	a, err := m.Requests.Rerun(ctx, q)
	return m.asked(ctx, a, err)
}

func (m mutation) PauseJob(ctx context.Context, in gen.JobOrderInput) (*gen.ActionPayload, error) {
	return m.order(ctx, in, m.Requests.Pause)
}

func (m mutation) ResumeJob(ctx context.Context, in gen.JobOrderInput) (*gen.ActionPayload, error) {
	return m.order(ctx, in, m.Requests.Resume)
}

func (m mutation) order(ctx context.Context, in gen.JobOrderInput, do func(context.Context, policies.Ask, policies.Place) (catalog.Action, error)) (*gen.ActionPayload, error) {
	p, err := placeOf(in.Asset, in.Connector, in.Job)
	if err != nil {
		return nil, err
	}
	a, err := do(ctx, m.ask(ctx, in.Reason, in.Key), p)
	return m.asked(ctx, a, err)
}

func (q query) ResumePreview(ctx context.Context, asset, connector, job *string) ([]*gen.CatchupPreview, error) {
	p, err := placeOf(asset, connector, job)
	if err != nil {
		return nil, err
	}
	list, err := q.Requests.Preview(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	return catchups(list), nil
}

func catchups(list []policies.CatchupView) []*gen.CatchupPreview {
	out := []*gen.CatchupPreview{}
	for _, v := range list {
		name := model.AssetName{Namespace: v.Target.Namespace, Name: v.Target.Name}
		out = append(out, &gen.CatchupPreview{Policy: v.Policy, TargetName: &name, Catchup: string(v.Catchup), Missed: v.Missed, Complete: v.Complete, Runs: v.Runs, Says: v.Says})
	}
	return out
}

func (m mutation) Skip(ctx context.Context, in gen.AssetOrderInput) (*gen.ActionPayload, error) {
	return m.stand(ctx, in, m.Requests.Skip)
}

func (m mutation) Hold(ctx context.Context, in gen.AssetOrderInput) (*gen.ActionPayload, error) {
	return m.stand(ctx, in, m.Requests.Hold)
}

func (m mutation) Release(ctx context.Context, in gen.AssetOrderInput) (*gen.ActionPayload, error) {
	return m.stand(ctx, in, m.Requests.Release)
}

func (m mutation) stand(ctx context.Context, in gen.AssetOrderInput, do func(context.Context, policies.Ask, catalog.AssetID) (catalog.Action, error)) (*gen.ActionPayload, error) {
	id, err := model.ParseAssetID(in.Asset)
	if err != nil {
		return nil, err
	}
	a, err := do(ctx, m.ask(ctx, in.Reason, in.Key), id)
	return m.asked(ctx, a, err)
}

// Mode is that of the deciding policy as it is in force now.
func (a actions) Mode(_ context.Context, obj *model.Action) (*catalog.Mode, error) {
	if obj.A.Asked != nil || len(obj.A.Policies) == 0 {
		return nil, nil
	}
	if p := a.Options.Policies.Get().ByName(obj.A.Policies[0]); p != nil {
		return &p.Mode, nil
	}
	return nil, nil
}

func (a actions) Of(ctx context.Context, obj *model.Action) (*model.Action, error) {
	return a.action(ctx, obj.A.Of)
}

func (a actions) Parent(ctx context.Context, obj *model.Action) (*model.Action, error) {
	return a.action(ctx, obj.A.Parent)
}

func (a actions) Parts(ctx context.Context, obj *model.Action, first *int, after *string) (*model.ActionConnection, error) {
	if obj.A.Kind != catalog.ActionBackfill {
		return &model.ActionConnection{}, nil
	}
	id := obj.ID()
	return query(a).Actions(ctx, &gen.ActionFilter{Parent: &id}, first, after)
}

// maxParts bounds a backfill, and so what its progress reads.
const maxParts = 400

func (a actions) Progress(ctx context.Context, obj *model.Action) (*gen.BackfillProgress, error) {
	if obj.A.Plan == nil {
		return nil, nil
	}
	parts, err := a.Ledger.Actions(ctx, catalog.ActionQuery{Parent: obj.A.ID, Limit: maxParts})
	if err != nil {
		return nil, fmt.Errorf("progress of %s: %w", obj.A.ID, err)
	}
	p := &gen.BackfillProgress{Planned: len(obj.A.Plan.Times), Made: len(parts), Waiting: []*time.Time{}}
	for _, x := range parts {
		switch {
		case !x.State.Terminal():
			p.Open++
		case x.State == catalog.ActionSucceeded:
			p.Succeeded++
		default:
			p.Failed++
		}
	}
	for _, t := range obj.A.Plan.Times {
		if !slices.ContainsFunc(parts, func(x catalog.Action) bool { return x.Nominal.Equal(t) }) {
			p.Waiting = append(p.Waiting, &t)
		}
	}
	return p, nil
}

// maxPauseSigns bounds how far back is looked for what tells of a pause.
const maxPauseSigns = 50

// JobPause says what weir knows of the switch of the job that the action goes to.
func (a actions) JobPause(ctx context.Context, obj *model.Action) (*gen.JobPause, error) {
	if obj.A.Connector == "" || obj.A.ToolJob == "" {
		return nil, nil
	}
	list, err := a.Ledger.Actions(ctx, catalog.ActionQuery{Connector: obj.A.Connector, ToolJob: obj.A.ToolJob, Limit: maxPauseSigns})
	if err != nil {
		return nil, fmt.Errorf("pause of %s: %w", obj.A.ToolJob, err)
	}
	out := &gen.JobPause{}
	out.Paused, out.Says = policies.PausedBy(list)
	return out, nil
}
