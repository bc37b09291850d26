package policies

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// AdmissionView is what of the ledger the admission looks at.
type AdmissionView struct {
	// Tries are the closed actions on the asset and its target that spent
	// something, newest first.
	Tries []Try
	// Origin is what led to the demand, FanOut how many actions it led to before.
	Origin Origin
	FanOut int
	// Sent are the times at which the policy's newest actions were sent, newest
	// first, as many as its limits ask for.
	Sent []time.Time
	// Pool is the pool that the policy names; nil none.
	Pool *PoolView
}

// Origin is the change at the beginning of a chain of actions.
type Origin struct {
	// Root is the change; "" when a tick is the cause.
	Root string
	// Hops is how many actions lie between.
	Hops int
	// Says names the change for people.
	Says string
}

// admitOf asks in this order: kill switch, freeze, rank, target, demand, hops,
// approval, breaker, rates, pool. What is false holds. What is unknown, a
// person's answer or a free slot, lets the intent be made, which then waits.
func admitOf(p *Policy, s Snapshot, demand []catalog.DemandElement, now time.Time) catalog.Reason {
	list := []catalog.Reason{
		truth("kill_switch", !s.KillSwitch, "the kill switch is off", s.Switch+" is on"),
		atomFreeze(p, now),
	}
	list = append(list, atomsOrders(s)...)
	if len(s.Equal) > 0 {
		list = append(list, truth("rank", false, "", "E103: "+strings.Join(s.Equal, ", ")+" has equal rank on it, so neither acts"))
	}
	if p.Acts() {
		list = append(list, atomTarget(s, now), atomDemand(p, s, demand, now))
	}
	if p.Acts() || p.Mode == catalog.ModeShadow {
		list = append(list, atomHops(p, s), atomApproval(p, s, now), atomBreaker(p, s, now))
		list = append(list, atomRates(p, s, now)...)
		list = append(list, atomPool(p, s)...)
	}
	if p.Trial != nil {
		list = append(list, atomTrial(p.Trial))
	}
	return all("admit", "admitted", "", list)
}

// WaitsFor is what keeps an action that is ready from being sent, as the tree of
// its policy has it; "" when nothing does. What it would take and whom it would
// start stands before it.
func WaitsFor(tree catalog.Reason) string {
	for _, admit := range tree.Children {
		if admit.Atom != "admit" {
			continue
		}
		for _, r := range admit.Children {
			if r.Value != catalog.True && r.Atom != "demand" && r.Atom != "target" {
				return r.Says
			}
		}
	}
	return ""
}

func atomTarget(s Snapshot, now time.Time) catalog.Reason {
	r := truth("target", s.ResolveErr == "", fmt.Sprintf("starts %s on %s", s.Resolved.ToolJob, s.Resolved.Connector), "target unresolved: "+s.ResolveErr)
	if s.AskAgain {
		r.MayChangeAt = now.Add(claimRest)
	}
	return r
}

// admission reads which switches are on, what the demand comes from, and what
// was done lately. It is the last step: the demand is known.
func (g *Gatherer) admission(ctx context.Context, r *reader, p *Policy, s *Snapshot, now time.Time) error {
	for _, step := range []func() error{
		func() error { return g.switches(ctx, p, s) },
		func() error { return g.cause(ctx, r, p, s, now) },
		func() error { return g.sent(ctx, p, s, now) },
		func() error { return g.pool(ctx, p, s, now) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// note keeps the closed actions that spent something, each once. What a person
// released spends nothing.
func (s *Snapshot) note(p *Policy, list []catalog.Action) {
	seen := make(map[string]bool, len(s.Tries)) // by the lists before: of one list all differ
	for _, t := range s.Tries {
		seen[t.ID] = true
	}
	s.Tries = slices.Grow(s.Tries, len(list))
	for i := range list {
		a := &list[i]
		if seen[a.ID] || !consumes(a.State) {
			continue
		}
		t := s.try(p, a)
		s.Tries = append(s.Tries, t)
		if s.released(t) {
			continue
		}
		for _, d := range a.Demand {
			s.Spent[d] = true
		}
	}
}

// switches finds a kill switch that covers the policy on the asset.
func (g *Gatherer) switches(ctx context.Context, p *Policy, s *Snapshot) error {
	on, err := g.Ledger.Switches(ctx)
	if err != nil {
		return err
	}
	for _, sw := range on {
		if sw.Covers(p.Name, s.Resolved.Connector, s.Name.Namespace, s.Written.Namespace) {
			s.KillSwitch, s.Switch = true, sw.String()
			return nil
		}
	}
	return nil
}

// admissionOf is what an action is let through by, as it begins.
func admissionOf(p *Policy, s Snapshot, now time.Time) catalog.Admission {
	a := poolOf(p, catalog.ActionTrigger)
	if p.backfills(s) && p.Partition.Backfill.Pool != "" {
		a.Pool, a.Slots, a.Class = p.Partition.Backfill.Pool, 1, catalog.ClassBackfill
	}
	a.Root, a.Hops = s.Origin.Root, s.Origin.Hops
	if p.Acts() {
		a.Approval, a.Stale = question(asks(p, s, now), p, now), staleOf(p, s, now)
		if a.Approval != nil {
			a.Approval.FanOut, a.Approval.Backfill = fansOut(p, s), len(asksBackfill(p, s, now)) > 0
		}
	}
	return a
}

// poolOf is where an action of a policy takes slots. A backfill goes with its own
// class, whatever the policy's.
func poolOf(p *Policy, k catalog.ActionKind) (a catalog.Admission) {
	if p.Admit.Pool == "" {
		return a
	}
	a.Pool, a.Slots, a.Class = p.Admit.Pool, p.Admit.Slots, p.Admit.Class
	if k == catalog.ActionBackfill {
		a.Class = catalog.ClassBackfill
	}
	return a
}

// firstSteps are the first steps of an action.
func firstSteps(a *catalog.Action, p *Policy, ev Evaluation, d catalog.Decision) []catalog.ActionTransition {
	step := func(from, to catalog.ActionState, cause string) catalog.ActionTransition {
		return catalog.ActionTransition{From: from, To: to, At: d.At, Actor: "weir", Cause: cause, Evidence: d.ID}
	}
	if a.State == catalog.ActionAwaitingApproval {
		return []catalog.ActionTransition{
			step("", catalog.ActionProposed, ev.Tree.Says),
			step(catalog.ActionProposed, a.State, "a person is asked: "+strings.Join(a.Admission.Approval.Why, "; ")),
		}
	}
	return []catalog.ActionTransition{
		step("", catalog.ActionPlanned, ev.Tree.Says),
		step(catalog.ActionPlanned, a.State, "mode "+strings.ToLower(string(p.Mode))),
	}
}

// moved keeps what a step of an action says about its admission: when it was
// sent, and of what class its failure is.
func moved(a catalog.Admission, to catalog.ActionState, now time.Time) catalog.Admission {
	switch {
	case to == catalog.ActionDispatching && a.SentNano == 0:
		a.SentNano = now.UnixNano()
	case to == catalog.ActionFailed:
		a.Failure = catalog.FailureUnknown
	case to == catalog.ActionRefused && a.Failure == "":
		a.Failure = catalog.FailurePermanent
	}
	return a
}
