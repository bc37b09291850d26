package notify

import (
	"context"
	"fmt"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// byStanding are the kinds that evaluations tell of.
var byStanding = []catalog.IncidentKind{catalog.IncidentLate, catalog.IncidentAtRisk, catalog.IncidentBreaker, catalog.IncidentSwitch}

// overdue tells of an asset that is late or at risk: to whom the policy says,
// and to the owner of the step that holds it up, who alone can do something.
func (h *Herald) overdue(e policies.Evaluated) []Fact {
	f := policies.FreshnessOf(e)
	kind := map[policies.FreshnessState]catalog.IncidentKind{policies.Late: catalog.IncidentLate, policies.AtRisk: catalog.IncidentAtRisk}[f.State]
	if kind == "" {
		return nil
	}
	s := subject(e, f.Says)
	out := []Fact{h.fact(e.Policy, kind, s)}
	if f.Cause != nil {
		out = append(out, h.causing(e.Policy, kind, f.Cause.Owner, s))
	}
	return out
}

// stopped tells of an asset for which nothing is started: its breaker is open,
// or a kill switch is on.
func (h *Herald) stopped(e policies.Evaluated) (out []Fact) {
	if b := policies.BreakerOf(e); b.State != policies.BreakerClosed {
		s := subject(e, fmt.Sprintf("failed %d times in a row: nothing is started for it, but for a probe from time to time, until one succeeds or somebody releases it", b.Failures))
		s.Action, s.Since = b.Opener, b.Since
		out = append(out, h.fact(e.Policy, catalog.IncidentBreaker, s))
	}
	if e.Snapshot.KillSwitch {
		out = append(out, h.fact(e.Policy, catalog.IncidentSwitch, subject(e, e.Snapshot.Switch+" is on")))
	}
	return out
}

func subject(e policies.Evaluated, says string) catalog.IncidentSubject {
	return catalog.IncidentSubject{ID: e.Snapshot.Asset, Asset: e.Name.String(), Says: says, Since: e.At}
}

// causing is a fact for the owner of the step that holds an asset up.
func (h *Herald) causing(p *policies.Policy, k catalog.IncidentKind, owner string, s catalog.IncidentSubject) Fact {
	f := h.fact(p, k, s)
	f.CausedBy, f.To = owner, h.Routes.OfCause(p, k, owner)
	return f
}

// again is what an open incident says of an asset that is not judged yet.
func (h *Herald) again(p *policies.Policy, i catalog.Incident, s catalog.IncidentSubject) Fact {
	if i.CausedBy != "" {
		return h.causing(p, i.Kind, i.CausedBy, s)
	}
	return h.fact(p, i.Kind, s)
}

// switches tells operators of every kill switch that is on, by whom and why.
func (h *Herald) switches(ctx context.Context) (out []Fact, err error) {
	if len(h.Routes.Operators) == 0 {
		return nil, nil
	}
	on, err := h.Over.Ledger.Switches(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for kill switches: %w", err)
	}
	for _, s := range on {
		says := fmt.Sprintf("turned on by %s: %s", s.Actor, s.Reason)
		out = append(out, Fact{Kind: catalog.IncidentSwitch, To: h.Routes.Operators, Subject: catalog.IncidentSubject{Asset: s.String(), Says: says, Since: s.At}})
	}
	return out, nil
}

// kindOf is what an action's state tells somebody; "" nothing. The actions that
// a change led to beyond its limit are one incident of their own, where somebody
// hears of it.
func (h *Herald) kindOf(p *policies.Policy, a catalog.Action) catalog.IncidentKind {
	k := bad[a.State]
	if k == catalog.IncidentApproval && a.Admission.Approval != nil && a.Admission.Approval.FanOut && len(h.Routes.Of(p, catalog.IncidentFanOut)) > 0 {
		return catalog.IncidentFanOut
	}
	return k
}
