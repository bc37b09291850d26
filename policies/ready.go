package policies

import (
	"cmp"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
)

// readyOf: every input is as required, its checks have passed, and the target
// is idle.
func readyOf(p *Policy, s Snapshot, now time.Time) catalog.Reason {
	list := inputsReady(p, s, now, excusesOf(p, s, now))
	if s.Part != nil {
		list = append(list, atomParallel(p, s))
	}
	if p.Ready.SelfIdle {
		list = append(list, atomIdle(s))
	}
	if len(s.Leases) > 0 {
		list = append(list, atomLease(s))
	}
	list = append(list, conditionsOf(p, s, now)...)
	return all("ready", "ready", "not ready: ", list)
}

// inputsReady: every input is as required, or excused.
func inputsReady(p *Policy, s Snapshot, now time.Time, late *excuses) (list []catalog.Reason) {
	for _, in := range s.Inputs {
		if a := atomRequire(p, s, in, now); a != nil {
			list = append(list, late.input(in, *a))
		}
		if in.Checks != ChecksNone && in.Checked.Value != "" {
			list = append(list, catalog.Reason{Atom: "checks_ok(" + in.Name.Name + ")", Value: in.Checked.Value, Says: in.Checked.Says, Evidence: in.Checked.Evidence})
		}
	}
	if a := atomCovers(p, s, now); a != nil {
		list = append(list, late.covers(*a))
	}
	return list
}

func atomRequire(p *Policy, s Snapshot, in InputView, now time.Time) *catalog.Reason {
	switch in.Require {
	case RequireNone:
		return nil
	case RequireComplete:
		r := atomComplete(s, in, in.Complete, now)
		return &r
	}
	r := catalog.Reason{Atom: string(in.Require) + "(" + in.Name.Name + ")", Value: catalog.True, Evidence: evidence(in)}
	switch {
	case in.Newest == nil && !in.SilentSince.IsZero():
		r.Value, r.Says = catalog.Unknown, fmt.Sprintf("nothing was heard about %s since %s", in.Name.Name, clock(in.SilentSince))
	case in.Newest == nil:
		r.Value, r.Says = catalog.False, fmt.Sprintf("%s has no version yet", in.Name.Name)
	case in.Tainted:
		r.Value, r.Says = catalog.Unknown, fmt.Sprintf("the last run that wrote %s failed: its data is not to be trusted", in.Name.Name)
	case in.Require == RequireUpdated:
		n := atomNew(p, s, in)
		if n.Value == catalog.False && s.Produced == nil && in.Pinned == nil {
			n.Value, n.Says = catalog.True, fmt.Sprintf("%s has a version of %s and nothing was made yet", in.Name.Name, clock(in.Newest.ProducedAt))
		}
		r.Value, r.Says = n.Value, n.Says
	case in.Require == RequireFresh:
		freshness(&r, s, in, now)
	default:
		r.Says = fmt.Sprintf("%s exists, of %s", in.Name.Name, clock(in.Newest.ProducedAt))
	}
	return &r
}

// freshness fills in the fresh atom; the bound is the inline one (the
// evaluator puts the input's own max_lag there when the policy gave none).
func freshness(r *catalog.Reason, s Snapshot, in InputView, now time.Time) {
	w, last := in.Watermark, s.last()
	switch {
	case in.Fresh == 0:
		r.Value, r.Says = catalog.Unknown, fmt.Sprintf("%s has no freshness bound: give { fresh: D } or a policy of its own", in.Name.Name)
	case w.IsZero():
		r.Value, r.Says = catalog.Unknown, fmt.Sprintf("how old the data of %s is, is not known", in.Name.Name)
	case now.Sub(w) > in.Fresh:
		r.Value, r.Says = catalog.False, fmt.Sprintf("%s has data of %s, older than %s", in.Name.Name, clock(w), in.Fresh)
	case last != nil && last.Newest.ProducedAt.Sub(w) > in.Fresh:
		r.Value, r.MayChangeAt, r.Evidence = catalog.Unknown, pastBound(w, in.Fresh), append(r.Evidence, last.newestID.of(last.Newest))
		r.Says = fmt.Sprintf("%s has data of %s, within %s of now, %s, but not of the version of %s that %s has: one of the two clocks is wrong",
			in.Name.Name, clock(w), in.Fresh, clock(now), clock(last.Newest.ProducedAt), last.Name.Name)
	default:
		r.MayChangeAt = pastBound(w, in.Fresh)
		r.Says = fmt.Sprintf("%s has data of %s, within %s", in.Name.Name, clock(w), in.Fresh)
	}
}

// pastBound is when data of w is just too old.
func pastBound(w time.Time, bound time.Duration) time.Time {
	return w.Add(bound).Add(time.Nanosecond)
}

// last is the input that was made last; nil without a version. What is here was
// made, so it is as late as that, whatever weir's own clock shows: a clock that
// was set back must not make old data young.
func (s *Snapshot) last() (last *InputView) {
	for i := range s.Inputs {
		if in := &s.Inputs[i]; in.Newest != nil && (last == nil || in.Newest.ProducedAt.After(last.Newest.ProducedAt)) {
			last = in
		}
	}
	return last
}

// openWords say how an action that is open stands.
var openWords = map[catalog.ActionState]string{
	catalog.ActionProposed: "is proposed", catalog.ActionAwaitingApproval: "waits for approval", catalog.ActionPlanned: "is planned", catalog.ActionHeld: "is held", catalog.ActionReady: "is ready",
	catalog.ActionDispatching: "is being sent", catalog.ActionAmbiguous: "is in doubt", catalog.ActionAccepted: "is accepted", catalog.ActionRunning: "is running",
	catalog.ActionCancelling: "is being cancelled", catalog.ActionLost: "is lost",
}

func atomIdle(s Snapshot) catalog.Reason {
	r := catalog.Reason{Atom: "self_idle", Value: catalog.True, Says: "the target is idle"}
	for _, a := range s.Open {
		r.Value, r.Says = catalog.False, fmt.Sprintf("action %s on it %s", a.ID, openWords[a.State])
		r.Evidence = append(r.Evidence, a.ID)
	}
	for _, run := range s.Running {
		r.Value, r.Says = catalog.False, fmt.Sprintf("%s runs since %s", run.Key.Job.Name, clock(run.StartedAt))
		r.Evidence = append(r.Evidence, run.Key.ID())
		if !run.SilentAt.IsZero() && (r.MayChangeAt.IsZero() || run.SilentAt.Before(r.MayChangeAt)) {
			r.MayChangeAt = run.SilentAt
		}
	}
	return r
}

// atomLease: the gate let a run through that has not started yet; its place is
// free again when the lease lapses.
func atomLease(s Snapshot) catalog.Reason {
	r := catalog.Reason{Atom: "lease", Value: catalog.False}
	for _, a := range s.Leases {
		r.Evidence = append(r.Evidence, a.DecisionID)
		if r.MayChangeAt.IsZero() || a.Lease.Expires.Before(r.MayChangeAt) {
			r.MayChangeAt = a.Lease.Expires
			r.Says = fmt.Sprintf("the gate let %s through, whose start is awaited until %s", cmp.Or(a.RunRef, a.Key), clock(a.Lease.Expires))
		}
	}
	return r
}

func truth(atom string, ok bool, yes, no string) catalog.Reason {
	if ok {
		return catalog.Reason{Atom: atom, Value: catalog.True, Says: yes}
	}
	return catalog.Reason{Atom: atom, Value: catalog.False, Says: no}
}
