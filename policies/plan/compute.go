package plan

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// Horizon is how far a plan looks ahead, and back for how often data comes.
const Horizon = 14 * 24 * time.Hour

// maxEffects bounds how many assets are looked into for one plan.
const maxEffects = 200

// Planner compares proposed policies with those in force. It only reads.
type Planner struct {
	// Over reads what is known, by the policies in force.
	Over *policies.Gatherer
	Now  func() time.Time
}

// Plan compares a proposed set with the one in force, which is version base.
func (c Planner) Plan(ctx context.Context, base int64, proposed *policies.Set) (Plan, error) {
	now := c.Now().UTC()
	before := c.Over.Policies.Get()
	p := Plan{Base: base, From: now, Until: now.Add(Horizon), before: before, after: proposed}
	p.Changes, p.Unchanged = diff(before, proposed)
	then := c.under(proposed)
	pairs, err := c.pairs(ctx, then, p.Changes)
	if err != nil {
		return p, err
	}
	for _, x := range pairs {
		if p.Cut = len(p.Effects) == maxEffects; p.Cut {
			break
		}
		e, err := c.effect(ctx, then, x, now)
		if err != nil {
			return p, err
		}
		p.Effects = append(p.Effects, e)
	}
	if p.Warnings, err = then.Check(ctx, now); err != nil {
		return p, fmt.Errorf("check proposed policies: %w", err)
	}
	if p.Trials, err = c.trials(ctx, base, before, then, now); err != nil {
		return p, err
	}
	p.Hash = hash(before, proposed, p, pairs)
	return p, nil
}

// under reads the same knowledge by other policies.
func (c Planner) under(s *policies.Set) *policies.Gatherer {
	live := &policies.Live{}
	live.Put(s)
	return &policies.Gatherer{History: c.Over.History, Graph: c.Over.Graph, Ledger: c.Over.Ledger, Connectors: c.Over.Connectors, Policies: live}
}

// pair is a policy and an asset that it was or will be about.
type pair struct {
	policy        string
	asset         catalog.AssetID
	before, after *policies.Match
}

func (x pair) key() string {
	side := func(m *policies.Match) string {
		if m == nil {
			return "-"
		}
		return fmt.Sprint(m.Equal)
	}
	return x.policy + " " + x.asset.String() + " " + side(x.before) + " " + side(x.after)
}

// pairs lists what changes: the assets of policies that differ, and those that
// come to another policy, because a narrower selector takes or leaves them.
func (c Planner) pairs(ctx context.Context, then *policies.Gatherer, changes []Change) ([]pair, error) {
	old, err := c.Over.Matches(ctx)
	if err != nil {
		return nil, err
	}
	fresh, err := then.Matches(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string]*pair{}
	of := func(m policies.Match) *pair {
		key := m.Policy.Name + "\x00" + m.Asset.String()
		if all[key] == nil {
			all[key] = &pair{policy: m.Policy.Name, asset: m.Asset}
		}
		return all[key]
	}
	for i := range old {
		of(old[i]).before = &old[i]
	}
	for i := range fresh {
		of(fresh[i]).after = &fresh[i]
	}
	differs := map[string]bool{}
	for _, ch := range changes {
		differs[ch.Policy] = differs[ch.Policy] || ch.Of == "Policy"
	}
	var out []pair
	for _, x := range all {
		if differs[x.policy] || x.before == nil || x.after == nil || !slices.Equal(x.before.Equal, x.after.Equal) {
			out = append(out, *x)
		}
	}
	slices.SortFunc(out, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.policy, b.policy), cmp.Compare(a.asset.String(), b.asset.String()))
	})
	return out, nil
}

func (c Planner) effect(ctx context.Context, then *policies.Gatherer, x pair, now time.Time) (Effect, error) {
	e := Effect{Policy: x.policy, Asset: x.asset}
	for _, side := range []struct {
		g    *policies.Gatherer
		m    *policies.Match
		into **Outlook
	}{{c.Over, x.before, &e.Before}, {then, x.after, &e.After}} {
		if side.m == nil {
			continue
		}
		s, err := side.g.Snapshot(ctx, side.m.Policy, x.asset, now, "")
		if err != nil {
			return e, err
		}
		s.Equal = side.m.Equal
		if *side.into, err = c.outlook(ctx, side.m.Policy, s, now); err != nil {
			return e, err
		}
		e.Name = s.Name
	}
	return e, nil
}
