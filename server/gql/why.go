package gql

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/model"
)

// Why finds what stands behind the id. An action is answered by the decision that
// made it, and so is a run: by that of its action, by what the gate said to it,
// else by how its job stands, or what it wrote.
func (q query) Why(ctx context.Context, id string, policy *string, at *time.Time) (*model.Decision, error) {
	n, err := q.Node(ctx, id)
	if err != nil {
		return nil, err
	}
	switch x := n.(type) {
	case *model.Action:
		if x.A.Cause != "" {
			return q.decision(ctx, x.A.Cause)
		}
		return q.whyAsset(ctx, x.A.Target, policy, at)
	case *model.Decision:
		return x, nil
	case *model.Run:
		return q.whyRun(ctx, x, policy, at)
	case model.Asset:
		return q.whyAsset(ctx, x.Row().ID, policy, at)
	}
	// A policy may select a name that was never seen.
	if aid, err := model.ParseAssetID(id); err == nil {
		return q.whyAsset(ctx, aid, policy, at)
	}
	return nil, fmt.Errorf("%q: %w", id, catalog.ErrNotFound)
}

func (q query) whyRun(ctx context.Context, run *model.Run, policy *string, at *time.Time) (*model.Decision, error) {
	made, err := runs(q).Action(ctx, []*model.Run{run})
	if err != nil {
		return nil, err
	}
	if made[0] != nil && made[0].A.Cause != "" {
		return q.decision(ctx, made[0].A.Cause)
	}
	if d, err := q.whyLetThrough(ctx, run.R); d != nil || err != nil {
		return d, err
	}
	about := []catalog.AssetID{run.R.Asset}
	for _, n := range run.R.Outputs {
		id, _, err := q.History.Resolve(ctx, n)
		if err != nil {
			return nil, err
		}
		about = append(about, id)
	}
	for _, id := range about[:min(len(about), maxWhyOutputs)] {
		if d, err := q.whyAsset(ctx, id, policy, at); d != nil || err != nil {
			return d, err
		}
	}
	return nil, nil
}

// maxWhyOutputs bounds how many assets of a run are looked at for a policy.
const maxWhyOutputs = 50

// whyLetThrough is what the gate said to a run; null when it was not asked.
func (q query) whyLetThrough(ctx context.Context, run catalog.Run) (*model.Decision, error) {
	refs := []string{run.Key.RunID}
	if run.ExternalID != "" {
		refs = append(refs, run.ExternalID)
	}
	given, err := q.Ledger.GateAnswers(ctx, catalog.GateQuery{RunRefs: refs, Limit: model.MaxFirst})
	if err != nil {
		return nil, fmt.Errorf("read gate answers: %w", err)
	}
	for _, a := range given {
		id, _, err := q.History.Resolve(ctx, a.Job)
		if err != nil {
			return nil, err
		}
		if id == run.Asset {
			return q.decision(ctx, a.DecisionID)
		}
	}
	return nil, nil
}

// tells orders outcomes by how much they say to somebody who asks why.
var tells = []catalog.DecisionOutcome{catalog.DecideRun, catalog.DecideDeny, catalog.DecideHold, catalog.DecideWait, catalog.DecideSkip, catalog.DecideNothing}

// whyAsset is what a policy makes of an asset: now, or as it was written down
// last before a time.
func (q query) whyAsset(ctx context.Context, id catalog.AssetID, policy *string, at *time.Time) (*model.Decision, error) {
	list, err := q.saidOf(ctx, id, policy, at)
	if errors.Is(err, catalog.ErrNotFound) {
		return nil, nil
	}
	if errors.Is(err, policies.ErrLeftOut) || errors.Is(err, errManyDecisions) {
		return nil, limited(err.Error())
	}
	if err != nil {
		return nil, fmt.Errorf("why: %w", err)
	}
	var best *catalog.Decision
	for i, d := range list {
		if policy != nil && d.Policy != *policy {
			continue
		}
		if best == nil || slices.Index(tells, d.Outcome) < slices.Index(tells, best.Outcome) {
			best = &list[i]
		}
	}
	if best == nil {
		return nil, nil
	}
	return &model.Decision{D: *best}, nil
}

// saidOf lists a decision of each policy about an asset. What is decided again and
// again with the same end is written down once, so that the newest decision before
// a time is how it stood then.
func (q query) saidOf(ctx context.Context, id catalog.AssetID, policy *string, at *time.Time) ([]catalog.Decision, error) {
	if at == nil || !at.Before(q.Now()) {
		return q.Judge.Why(ctx, id)
	}
	ids, err := q.members(ctx, model.AssetID(id))
	if err != nil {
		return nil, err
	}
	ask := catalog.DecisionQuery{Assets: ids, Policy: deref(policy), Until: at.Add(1), Limit: model.MaxFirst}
	if policy != nil {
		ask.Limit = 1
		return q.Ledger.Decisions(ctx, ask)
	}
	return q.newestOfEach(ctx, ask)
}

// maxWhyDecisions bounds how far back the newest decision of each policy is looked
// for: one that decides seldom lies behind many of one that decides often.
const maxWhyDecisions = 2000

var errManyDecisions = fmt.Errorf("more than %d decisions were made about it before then, and not all are read: name the policy", maxWhyDecisions)

// newestOfEach reads on, page by page, until there are no older decisions.
func (q query) newestOfEach(ctx context.Context, ask catalog.DecisionQuery) (out []catalog.Decision, err error) {
	seen := map[string]bool{}
	for n := 0; n < maxWhyDecisions; n += ask.Limit {
		list, err := q.Ledger.Decisions(ctx, ask)
		if err != nil {
			return nil, err
		}
		for _, d := range list {
			if !seen[d.Policy] {
				out = append(out, d)
			}
			seen[d.Policy] = true
		}
		if len(list) < ask.Limit {
			return out, nil
		}
		ask.Before = list[len(list)-1].Seq
	}
	return nil, errManyDecisions
}
