package plan

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// Bounds of what is read and shown for one asset.
const (
	maxTicks    = 50
	maxVersions = 1000
	maxRuns     = 100
)

// outlook says what a policy means for an asset, by a snapshot of now.
func (c Planner) outlook(ctx context.Context, p *policies.Policy, s policies.Snapshot, now time.Time) (*Outlook, error) {
	d := policies.Decide(p, s, now)
	o := &Outlook{Mode: p.Mode, Outcome: d.Outcome, Says: d.Tree.Says, Edges: edges(s)}
	if s.ResolveErr == "" {
		o.Starts, o.Connector = s.Resolved.ToolJob, s.Resolved.Connector
	} else if p.Acts() {
		o.Unresolved = s.ResolveErr
	}
	f := policies.FreshnessOf(policies.Evaluated{Policy: p, Asset: s.Asset, Name: s.Name, At: now, Snapshot: s, Evaluation: d})
	o.Deadline = f.Deadline
	o.Ticks, o.MoreTicks = policies.TicksBetween(p.Want, now, now.Add(Horizon), maxTicks)
	if err := c.took(ctx, o, s); err != nil {
		return nil, err
	}
	return o, c.runs(ctx, o, p, s, now)
}

// edges are the inputs as the policy uses them, by name.
func edges(s policies.Snapshot) []Edge {
	out := make([]Edge, 0, len(s.Inputs))
	for _, in := range s.Inputs {
		out = append(out, Edge{Input: in.Name, Seen: in.Seen, Trigger: in.Trigger, Require: in.Require, Fresh: in.Input.Fresh, Checks: in.Checks})
	}
	slices.SortFunc(out, func(a, b Edge) int { return a.Input.Compare(b.Input) })
	return out
}

// took reads how long the job that makes the asset takes.
func (c Planner) took(ctx context.Context, o *Outlook, s policies.Snapshot) error {
	if s.Produced == nil || s.Produced.Run.IsZero() {
		return nil
	}
	job, _, err := c.Over.History.Resolve(ctx, s.Produced.Run.Job)
	if err != nil {
		return fmt.Errorf("resolve %s: %w", s.Produced.Run.Job, err)
	}
	list, err := c.Over.History.Runs(ctx, policies.RunQuery{Jobs: []catalog.AssetID{job}, States: []catalog.RunState{catalog.RunSucceeded}, Limit: maxRuns})
	if err != nil {
		return fmt.Errorf("read runs of %s: %w", s.Produced.Run.Job, err)
	}
	var all catalog.Durations
	for _, r := range list {
		if r.StartKnown && r.EndedAt != nil {
			all.Add(r.EndedAt.Sub(r.StartedAt))
		}
	}
	o.Took, o.Samples = all.Quantile(0.9), all.Count
	return nil
}

// runs reckons how many runs the policy would decide within the horizon: from
// its schedule, or from how often data came in as much time before now.
func (c Planner) runs(ctx context.Context, o *Outlook, p *policies.Policy, s policies.Snapshot, now time.Time) error {
	o.Known = true
	switch p.Want.Kind {
	case policies.WantBy:
		o.Runs, o.Basis = len(o.Ticks), "one for each tick"
		if o.MoreTicks {
			o.Basis = "one for each tick, more than are counted"
		}
	case policies.WantMaxAge:
		o.Runs, o.Basis = int((Horizon+p.Want.Within-1)/p.Want.Within), "at least one each "+brief(p.Want.Within)
	case policies.WantMaxLag:
		return c.dataRuns(ctx, o, p, roots(s), p.Want.Within, now)
	case policies.WantBehind:
		if err := c.dataRuns(ctx, o, p, counted(s), max(p.MinInterval, p.Quiet), now); err != nil {
			return err
		}
		o.Runs /= p.Want.Behind + 1
	case policies.WantData, policies.WantManual:
		return c.dataRuns(ctx, o, p, triggers(s), max(p.MinInterval, p.Quiet), now)
	default:
		o.Known, o.Basis = false, "nothing is reckoned for this want"
	}
	return nil
}

// counted are the inputs whose versions versions_behind counts.
func counted(s policies.Snapshot) (ids []catalog.AssetID) {
	for _, in := range s.Inputs {
		if in.Counted && in.Asset != s.Asset {
			ids = append(ids, in.Asset)
		}
	}
	return ids
}

// roots are what ages the asset: the inputs that count, else the oldest root.
func roots(s policies.Snapshot) (ids []catalog.AssetID) {
	for _, in := range s.Inputs {
		if !in.Static && in.Asset != s.Asset {
			ids = append(ids, in.Asset)
		}
	}
	if len(ids) == 0 && !s.Lag.BecauseID.IsZero() && s.Lag.BecauseID != s.Asset {
		ids = append(ids, s.Lag.BecauseID)
	}
	return ids
}

func triggers(s policies.Snapshot) (ids []catalog.AssetID) {
	for _, in := range s.Inputs {
		if in.Trigger && in.Asset != s.Asset {
			ids = append(ids, in.Asset)
		}
	}
	return ids
}

// dataRuns counts the runs that the versions of the last 14 days would have
// asked for: one for each that came, those within apart together.
func (c Planner) dataRuns(ctx context.Context, o *Outlook, p *policies.Policy, inputs []catalog.AssetID, apart time.Duration, now time.Time) error {
	var came []time.Time
	cut := false
	for _, id := range inputs {
		list, err := c.Over.History.Versions(ctx, policies.VersionQuery{Dataset: id, After: now.Add(-Horizon), Untainted: true, Limit: maxVersions})
		if err != nil {
			return fmt.Errorf("read versions: %w", err)
		}
		cut = cut || len(list) == maxVersions
		for _, v := range list {
			came = append(came, v.ProducedAt)
		}
	}
	slices.SortFunc(came, time.Time.Compare)
	o.Runs = coalesced(came, max(apart, p.MinInterval))
	switch {
	case len(inputs) == 0:
		o.Basis = "no input starts it by itself"
		o.Known = p.Want.Kind != policies.WantMaxLag
	case cut:
		o.Basis = fmt.Sprintf("as data came in the last 14 days: more than %d versions of an input", maxVersions)
	default:
		o.Basis = fmt.Sprintf("as data came in the last 14 days: %d new", len(came))
	}
	return nil
}

// coalesced counts the runs that serve all times, when one run serves what
// comes within apart of its first. times are in order.
func coalesced(times []time.Time, apart time.Duration) (n int) {
	var open time.Time
	for _, t := range times {
		if n == 0 || t.Sub(open) >= max(apart, 1) {
			n, open = n+1, t
		}
	}
	return n
}

// brief writes a duration without parts that are zero: 1h30m, 24h.
func brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
