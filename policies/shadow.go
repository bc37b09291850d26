package policies

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// ShadowKind is how what a policy in shadow would have done compares with what
// happened.
type ShadowKind string

// The comparisons.
const (
	// ShadowAgreed: it would have run, and a run began.
	ShadowAgreed ShadowKind = "AGREED"
	// ShadowWouldRun: it would have run, and no run began before it would have
	// again, or the time ended.
	ShadowWouldRun ShadowKind = "WOULD_RUN"
	// ShadowWouldHold: a run began while the policy was waiting, as for inputs
	// that were not as required.
	ShadowWouldHold ShadowKind = "WOULD_HOLD"
	// ShadowSaved: a run began that the policy did not want.
	ShadowSaved ShadowKind = "SAVED"
)

// ShadowQuery says of which policy (all in shadow when empty), of which time
// [From, To), and how many cases are listed.
type ShadowQuery struct {
	Policy   string
	From, To time.Time
	Cases    int
}

// ShadowReport compares policies in shadow with what happened.
type ShadowReport struct {
	From     time.Time
	To       time.Time
	Policies []ShadowPolicy
	// Cut: there are more policies than are compared.
	Cut bool
}

// ShadowPolicy is one policy of the report.
type ShadowPolicy struct {
	Policy *Policy
	Counts map[ShadowKind]int
	// Cases are the newest ones; More: there are others. Partial says
	// that not all assets, decisions or runs were looked at, so that the counts
	// are of the newest.
	Cases   []ShadowCase
	More    bool
	Partial bool
	// Note says why nothing can be compared.
	Note string
}

// ShadowCase is one decision or run and how it compares.
type ShadowCase struct {
	Kind ShadowKind
	Name catalog.Name
	At   time.Time
	// Decision is what the policy had said last; "" nothing. Run is the one that
	// began; zero none.
	Decision string
	Run      catalog.RunKey
	Says     string
}

// Bounds of a report.
const (
	maxShadowPolicies = 100
	maxShadowAssets   = 50
	maxShadowRows     = 1000
)

// Shadow compares what policies said while they were in shadow with the runs
// that began meanwhile. The decisions of the time count, not what the policy
// would say today: each is what it knew then.
func (g *Gatherer) Shadow(ctx context.Context, q ShadowQuery) (ShadowReport, error) {
	out := ShadowReport{From: q.From.UTC(), To: q.To.UTC()}
	for _, p := range g.Policies.Get().Policies {
		if q.Policy != p.Name && (q.Policy != "" || p.Mode != catalog.ModeShadow) {
			continue
		}
		if out.Cut = len(out.Policies) == maxShadowPolicies; out.Cut {
			break
		}
		one, err := g.shadowOf(ctx, p, q)
		if err != nil {
			return out, fmt.Errorf("shadow of %s: %w", p.Name, err)
		}
		out.Policies = append(out.Policies, one)
	}
	if q.Policy != "" && len(out.Policies) == 0 {
		return out, fmt.Errorf("no policy %q is in force: %w", q.Policy, catalog.ErrNotFound)
	}
	return out, nil
}

func (g *Gatherer) shadowOf(ctx context.Context, p *Policy, q ShadowQuery) (ShadowPolicy, error) {
	out := ShadowPolicy{Policy: p, Counts: map[ShadowKind]int{}}
	ids, err := g.Selected(ctx, p)
	if err != nil {
		return out, err
	}
	out.Partial = len(ids) > maxShadowAssets
	r := newReader(ctx, g.History)
	said := false
	for _, id := range ids[:min(len(ids), maxShadowAssets)] {
		decisions, runs, cut, err := g.shadowRows(r, p, id, q)
		if err != nil {
			return out, err
		}
		said, out.Partial = said || len(decisions) > 0, out.Partial || cut
		out.Cases = append(out.Cases, compared(decisions, runs, q.From)...)
	}
	if !said {
		out.Note = "it said nothing in shadow in this time"
	}
	for _, c := range out.Cases {
		out.Counts[c.Kind]++
	}
	slices.SortStableFunc(out.Cases, func(a, b ShadowCase) int { return b.At.Compare(a.At) })
	out.More = len(out.Cases) > q.Cases
	out.Cases = out.Cases[:min(len(out.Cases), q.Cases)]
	return out, nil
}

// shadowRows are the decisions in shadow, also the last one before, and the runs
// of the job that makes the asset, oldest first. cut: there are more.
func (g *Gatherer) shadowRows(r *reader, p *Policy, id catalog.AssetID, q ShadowQuery) (decisions []catalog.Decision, runs []catalog.Run, cut bool, err error) {
	a, seen, err := r.asset(id)
	if err != nil || !seen {
		return nil, nil, false, err
	}
	shadow := []catalog.Mode{catalog.ModeShadow}
	decisions, err = g.Ledger.Decisions(r.ctx, DecisionQuery{Policy: p.Name, Assets: a.IDs(), Modes: shadow, Since: q.From, Until: q.To, Limit: maxShadowRows + 1})
	if err != nil {
		return nil, nil, false, err
	}
	cut = len(decisions) > maxShadowRows
	before, err := g.Ledger.Decisions(r.ctx, DecisionQuery{Policy: p.Name, Assets: a.IDs(), Modes: shadow, Until: q.From, Limit: 1})
	if decisions = append(decisions, before...); err != nil || len(decisions) == 0 {
		return nil, nil, false, err
	}
	job, err := g.maker(r, p, id)
	if err != nil {
		return nil, nil, false, err
	}
	if !job.IsZero() {
		runs, err = g.History.Runs(r.ctx, RunQuery{Jobs: []catalog.AssetID{job}, StartedAfter: q.From.Add(-1), StartedBefore: q.To, Limit: maxShadowRows + 1})
	}
	slices.Reverse(decisions)
	slices.SortFunc(runs, func(x, y catalog.Run) int { return x.StartedAt.Compare(y.StartedAt) })
	return decisions, runs, cut || len(runs) > maxShadowRows, err
}

// comparison walks along the time with what the policy said last, and the last
// start that it wanted and nothing answered.
type comparison struct {
	last, wanted *catalog.Decision
	out          []ShadowCase
}

// compared judges each run by what the policy had said when it began. Runs from
// before the first word are left out.
func compared(decisions []catalog.Decision, runs []catalog.Run, from time.Time) []ShadowCase {
	c := &comparison{}
	for len(decisions)+len(runs) > 0 {
		if len(runs) == 0 || len(decisions) > 0 && decisions[0].At.Before(runs[0].StartedAt) {
			c.said(&decisions[0], from)
			decisions = decisions[1:]
			continue
		}
		c.ran(runs[0])
		runs = runs[1:]
	}
	c.unanswered()
	return c.out
}

// would is what the policy would have answered or done.
func would(d catalog.Decision) catalog.DecisionOutcome {
	if d.Gate != nil && d.Gate.WouldHave != "" {
		return d.Gate.WouldHave
	}
	return d.Outcome
}

func (c *comparison) said(d *catalog.Decision, from time.Time) {
	c.last = d
	if d.Gate != nil || would(*d) != catalog.DecideRun || d.At.Before(from) {
		return
	}
	c.unanswered()
	c.wanted = d
}

func (c *comparison) unanswered() {
	if d := c.wanted; d != nil {
		c.out = append(c.out, ShadowCase{Kind: ShadowWouldRun, Name: d.Name, At: d.At, Decision: d.ID, Says: "no run began: " + d.Tree.Says})
	}
	c.wanted = nil
}

func (c *comparison) ran(run catalog.Run) {
	if c.last == nil {
		return
	}
	one := ShadowCase{Name: c.last.Name, At: run.StartedAt, Decision: c.last.ID, Run: run.Key, Says: c.last.Tree.Says}
	switch {
	case c.wanted != nil:
		one.Kind, one.Decision = ShadowAgreed, c.wanted.ID
		one.Says = fmt.Sprintf("a run began %s later", short(run.StartedAt.Sub(c.wanted.At)))
	case would(*c.last) == catalog.DecideRun:
		one.Kind = ShadowAgreed
	case would(*c.last) == catalog.DecideNothing, would(*c.last) == catalog.DecideSkip:
		one.Kind = ShadowSaved
	default:
		one.Kind = ShadowWouldHold
	}
	c.wanted = nil
	c.out = append(c.out, one)
}
