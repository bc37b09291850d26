package gql

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// Until there is access control, everybody who reaches the loopback address is
// the same person.
const actor = "operator"

// maxGateHold keeps a held question inside the deadline of a request; the REST
// route holds for longer.
const maxGateHold = 4 * time.Second

const maxNames = 50

type mutation struct{ *reads }

func (m mutation) Gate(ctx context.Context, in gen.GateInput) (*gen.GatePayload, error) {
	wait := time.Duration(deref(in.WaitSeconds)) * time.Second
	if wait < 0 || wait > 30*time.Second {
		return nil, fmt.Errorf("%w: waitSeconds must be 0 to 30", catalog.ErrInvalid)
	}
	a, err := m.Options.Gate.Ask(ctx, policies.GateRequest{
		Job: in.Job.Catalog(catalog.TypeJob), Key: deref(in.Key), RunRef: deref(in.RunRef),
		MaxWait: deref(in.MaxWait), Wait: min(wait, maxGateHold),
	})
	if err != nil {
		return nil, err
	}
	p := &gen.GatePayload{Decision: a.Decision, DecisionID: model.PrefixDecision + a.DecisionID, Reasons: append([]string{}, a.Reasons...), Pins: pins(a.Pins)}
	if a.WouldHave != "" {
		p.WouldHave = &a.WouldHave
	}
	if a.Decision == catalog.DecideWait {
		s := RetryAfterSeconds(a.RetryAfter)
		p.RetryAfterSeconds = &s
	}
	if !a.ExpectedReadyAt.IsZero() {
		p.ExpectedReadyAt = &a.ExpectedReadyAt
	}
	if a.Lease != nil {
		p.LeaseExpires = &a.Lease.Expires
	}
	p.Position, err = m.History.Position(ctx)
	return p, err
}

// RetryAfterSeconds rounds up, at least a second.
func RetryAfterSeconds(d time.Duration) int {
	return max(1, int((d+time.Second-1)/time.Second))
}

func pins(list []catalog.Pin) []*model.Pin {
	out := []*model.Pin{}
	for _, p := range model.PinsOf(list) {
		out = append(out, &p)
	}
	return out
}

func (m mutation) SetKillSwitch(ctx context.Context, in gen.SetKillSwitchInput) (*gen.SetKillSwitchPayload, error) {
	if in.Reason == "" || len(in.Reason) > 500 {
		return nil, fmt.Errorf("%w: reason must be 1 to 500 bytes", catalog.ErrInvalid)
	}
	if err := m.Ledger.SetKillSwitch(ctx, in.On, actor, in.Reason, m.Now().UTC()); err != nil {
		return nil, fmt.Errorf("set kill switch: %w", err)
	}
	pos, err := m.History.Position(ctx)
	return &gen.SetKillSwitchPayload{On: in.On, Position: pos}, err
}

func (m mutation) MergeAssets(ctx context.Context, in gen.MergeAssetsInput) (*gen.MergeAssetsPayload, error) {
	names, err := statedNames(in.Names, in.Type.Catalog(), 2)
	if err != nil {
		return nil, err
	}
	pos, err := m.state(ctx, catalog.OperatorFact{Verb: catalog.OperatorMerge, Names: names})
	return &gen.MergeAssetsPayload{Position: pos}, err
}

// SplitAsset states the whole split: the names that leave, and those that stay
// as they are known now, so that a replay gives the same.
func (m mutation) SplitAsset(ctx context.Context, in gen.SplitAssetInput) (*gen.SplitAssetPayload, error) {
	id, err := model.ParseAssetID(in.Asset)
	if err != nil {
		return nil, err
	}
	a, err := m.asset(ctx, id)
	if err != nil {
		return nil, err
	}
	if a == nil {
		return nil, fmt.Errorf("asset %s: %w", in.Asset, catalog.ErrNotFound)
	}
	names, err := statedNames(in.Names, a.Row().Type, 1)
	if err != nil {
		return nil, err
	}
	rest, err := stay(a.Row(), names)
	if err != nil {
		return nil, err
	}
	pos, err := m.state(ctx, catalog.OperatorFact{Verb: catalog.OperatorSplit, Names: names, Rest: rest})
	return &gen.SplitAssetPayload{Position: pos}, err
}

// stay lists the names that are left behind; leaving must be names of it.
func stay(a catalog.Asset, leaving []catalog.Name) ([]catalog.Name, error) {
	var all, rest []catalog.Name
	for _, n := range a.Names {
		if all = append(all, n.Name); !slices.Contains(leaving, n.Name) {
			rest = append(rest, n.Name)
		}
	}
	for _, n := range leaving {
		if !slices.Contains(all, n) {
			return nil, fmt.Errorf("%w: %s is not a name of this asset", catalog.ErrConflict, n)
		}
	}
	if len(rest) == 0 {
		return nil, fmt.Errorf("%w: no name would be left", catalog.ErrConflict)
	}
	return rest, nil
}

func statedNames(in []*model.AssetNameInput, t catalog.AssetType, least int) ([]catalog.Name, error) {
	var out []catalog.Name
	for _, n := range in {
		full := n.Catalog(t)
		if full.Namespace == "" || full.Name == "" || len(full.Namespace)+len(full.Name) > 2048 {
			return nil, fmt.Errorf("%w: a name needs namespace and name, together at most 2048 bytes", catalog.ErrInvalid)
		}
		if !slices.Contains(out, full) {
			out = append(out, full)
		}
	}
	if len(out) < least || len(in) > maxNames {
		return nil, fmt.Errorf("%w: give %d to %d different names", catalog.ErrInvalid, least, maxNames)
	}
	slices.SortFunc(out, catalog.Name.Compare)
	return out, nil
}

// state files a person's statement in the journal.
func (m mutation) state(ctx context.Context, f catalog.OperatorFact) (catalog.Position, error) {
	now := m.Now().UTC()
	f.At, f.Actor = now, actor
	body, err := json.Marshal(f)
	if err != nil {
		return 0, fmt.Errorf("encode statement: %w", err)
	}
	pos, err := m.Log.Append(ctx, catalog.Entry{Kind: catalog.EntryOperator, ReceivedAt: now, Body: body})
	if err != nil {
		return 0, fmt.Errorf("append statement: %w", err)
	}
	return pos, nil
}
