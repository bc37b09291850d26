package policies

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// atomHops: a chain of actions that goes on and on is a mistake of somebody's.
func atomHops(p *Policy, s Snapshot) catalog.Reason {
	limit := p.Admit.Limits.Hops
	says := fmt.Sprintf("%d actions lie between the change and this", s.Origin.Hops)
	if limit == 0 || s.Origin.Hops <= limit {
		return catalog.Reason{Atom: "hops", Value: catalog.True, Says: says}
	}
	return catalog.Reason{Atom: "hops", Value: catalog.False, Says: fmt.Sprintf("%s, more than %d: is there a circle? (%s)", says, limit, s.Origin.Says)}
}

// rate is a bound on actions in a time.
type rate struct {
	atom   string
	n      int
	window time.Duration
}

func (l Limits) rates() []rate {
	return slices.DeleteFunc([]rate{
		{"runs_per_minute", l.PerMinute, time.Minute}, {"runs_per_hour", l.PerHour, time.Hour}, {"runs_per_day", l.PerDay, 24 * time.Hour},
	}, func(r rate) bool { return r.n == 0 })
}

// atomRates is an atom for each bound that the policy gives.
func atomRates(p *Policy, s Snapshot, now time.Time) (out []catalog.Reason) {
	for _, l := range p.Admit.Limits.rates() {
		out = append(out, l.reason(s.Sent, now))
	}
	return out
}

// reason: fewer than n were sent within the window. sent is newest first.
func (l rate) reason(sent []time.Time, now time.Time) catalog.Reason {
	if len(sent) < l.n {
		return catalog.Reason{Atom: l.atom, Value: catalog.True, Says: fmt.Sprintf("%d of %d lately", within(sent, now.Add(-l.window)), l.n)}
	}
	free := sent[l.n-1].Add(l.window)
	if now.Before(free) {
		return catalog.Reason{Atom: l.atom, Value: catalog.False, MayChangeAt: free, Says: fmt.Sprintf("%d were sent within %s: the next at %s", l.n, l.window, clock(free))}
	}
	return catalog.Reason{Atom: l.atom, Value: catalog.True, Says: fmt.Sprintf("%d of %d lately", within(sent, now.Add(-l.window)), l.n)}
}

// within counts the times after one.
func within(sent []time.Time, after time.Time) (n int) {
	for _, t := range sent {
		if t.After(after) {
			n++
		}
	}
	return n
}

// sent reads when the policy's newest actions were sent, as far back as its
// limits ask.
func (g *Gatherer) sent(ctx context.Context, p *Policy, s *Snapshot, now time.Time) error {
	most, window := 0, time.Duration(0)
	for _, l := range p.Admit.Limits.rates() {
		most, window = max(most, l.n), max(window, l.window)
	}
	if most == 0 {
		return nil
	}
	list, err := g.Ledger.Actions(ctx, ActionQuery{Policy: p.Name, Sent: true, SentAfter: now.Add(-window), Limit: most})
	for _, a := range list {
		s.Sent = append(s.Sent, a.Admission.SentAt())
	}
	return err
}

// cause follows what the demand would take in back through weir's own actions to
// the change that began it. Of several the one with the longest chain counts.
func (g *Gatherer) cause(ctx context.Context, r *reader, p *Policy, s *Snapshot, now time.Time) error {
	for _, v := range newVersions(p, s, now) {
		c, err := g.causeOf(ctx, r, v)
		if err != nil {
			return err
		}
		if s.Origin.Root == "" || c.Hops > s.Origin.Hops || c.Hops == s.Origin.Hops && c.Root < s.Origin.Root {
			s.Origin = c
		}
	}
	if s.Origin.Root == "" || p.Admit.Limits.FanOut == 0 || !p.Acts() || len(s.Open) > 0 {
		return nil // what is under way was asked about, or not, when it was made
	}
	var err error
	s.FanOut, err = g.Ledger.CountActions(ctx, ActionQuery{Root: s.Origin.Root})
	return err
}

// newVersions are those in the demand.
func newVersions(p *Policy, s *Snapshot, now time.Time) (out []catalog.Version) {
	if len(s.Inputs) == 0 {
		return nil
	}
	demand := demandOf(p, *s, now)
	for _, in := range s.Inputs {
		if in.Newest != nil && slices.Contains(demand, catalog.DemandElement(in.newestID.of(in.Newest))) {
			out = append(out, *in.Newest)
		}
	}
	return out
}

// causeOf is the cause of a version: that of the action whose run made it, else
// the version itself.
func (g *Gatherer) causeOf(ctx context.Context, r *reader, v catalog.Version) (Origin, error) {
	run, ok, err := r.run(v.Run)
	if err != nil || !ok {
		return change(v), err
	}
	chain, err := r.chain(run)
	if err != nil {
		return Origin{}, err
	}
	var parents []string
	for _, c := range chain {
		if c.Parent != nil && c.Parent.Job.Namespace == catalog.InternalNamespace {
			parents = append(parents, c.Parent.RunID)
		}
	}
	if len(parents) == 0 {
		return change(v), nil
	}
	list, err := g.Ledger.Actions(ctx, ActionQuery{ParentRunIDs: parents, Limit: 1})
	if err != nil || len(list) == 0 {
		return change(v), err
	}
	a := list[0].Admission
	if a.Root == "" {
		a.Root = "action:" + list[0].ID
	}
	return Origin{Root: a.Root, Hops: a.Hops + 1, Says: "what led to action " + list[0].ID}, nil
}

// change is a version as a cause.
func change(v catalog.Version) Origin {
	return Origin{Root: v.ID(), Says: fmt.Sprintf("the change of %s of %s", v.Dataset, clock(v.ProducedAt))}
}
