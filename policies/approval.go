package policies

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// asks says why a person must agree before anything is sent; nothing when
// nobody has to.
func asks(p *Policy, s Snapshot, now time.Time) (why []string) {
	if p.Admit.Approval.Always {
		why = append(why, "the policy asks each time")
	}
	if fansOut(p, s) {
		why = append(why, fmt.Sprintf("%s has led to %d actions, and %d is the limit", s.Origin.Says, s.FanOut, p.Admit.Limits.FanOut))
	}
	why = append(why, asksBackfill(p, s, now)...)
	return append(why, asksLate(p, s, now)...)
}

// fansOut: the change has led to as many actions as one may.
func fansOut(p *Policy, s Snapshot) bool {
	return p.Admit.Limits.FanOut > 0 && s.FanOut >= p.Admit.Limits.FanOut
}

// atomApproval is unknown while a person has to be asked.
func atomApproval(p *Policy, s Snapshot, now time.Time) catalog.Reason {
	r := catalog.Reason{Atom: "approval", Value: catalog.True, Says: "nobody has to be asked"}
	for _, a := range s.Open {
		if !slices.Contains(a.Policies, p.Name) || !slices.Contains(s.IDs, a.Target) {
			continue
		}
		if a.State == catalog.ActionAwaitingApproval {
			r.Value, r.Evidence = catalog.Unknown, []string{a.ID}
			r.Says = fmt.Sprintf("action %s waits for approval until %s: %s", a.ID, clock(deadline(a)), a.Admission.Approval.Why[0])
		}
		return r // it was asked about, or not, when it was made
	}
	if why := asks(p, s, now); len(why) > 0 {
		r.Value, r.Says = catalog.Unknown, "a person is asked: "+why[0]
	}
	return r
}

// deadline is when an action that was not sent expires: with its question or
// its approval, too.
func deadline(a catalog.Action) time.Time {
	if p := a.Admission.Approval; p != nil {
		return soonest(p.Until, a.ValidUntil)
	}
	return a.ValidUntil
}

// lapsed says why an action has expired.
func lapsed(a catalog.Action) string {
	p := a.Admission.Approval
	switch {
	case p == nil || p.Until.After(a.ValidUntil):
		return "not sent before " + clock(a.ValidUntil)
	case p.Given():
		return "the approval of " + p.By + " lapsed at " + clock(p.Until)
	}
	return "nobody approved it before " + clock(p.Until)
}

// question is what a person is asked; nil without a reason.
func question(why []string, p *Policy, now time.Time) *catalog.Approval {
	if len(why) == 0 {
		return nil
	}
	hold := p.Admit.Approval.Expires
	return &catalog.Approval{Why: why, Until: now.Add(hold).UTC(), For: hold}
}

// mustAsk says why a person is asked now who was not when the action was made:
// the policy asks each time since, or its inputs are late since.
func (d *Dispatcher) mustAsk(a catalog.Action, p *Policy, s Snapshot) []string {
	if a.Admission.Approval.Given() {
		return nil
	}
	if p.Admit.Approval.Always {
		return []string{"the policy asks each time"}
	}
	return asksLate(p, s, d.now())
}

// askFirst takes an action back about which a person is to be asked.
func (d *Dispatcher) askFirst(ctx context.Context, a catalog.Action, p *Policy, why []string) (time.Time, error) {
	a.Admission.Approval = question(why, p, d.now())
	_, err := d.move(ctx, a, ApprovalNeeded, "a person is asked: "+strings.Join(why, "; "), "")
	return deadline(a), err
}

// awaits: a question that lapsed, or whose demand was met elsewhere, ends. It is
// looked at ever more seldom.
func (d *Dispatcher) awaits(ctx context.Context, a catalog.Action) (time.Time, error) {
	if at, done, err := d.stopped(ctx, a); err != nil || done {
		return at, err
	}
	l := d.look(a.ID, firstLook)
	if d.now().Before(l.at) {
		return soonest(l.at, deadline(a)), nil
	}
	at := d.later(a.ID, l)
	p := d.g.Policies.Get().ByName(a.Policies[0])
	id, err := d.g.History.Canonical(ctx, a.Target)
	if err != nil {
		return at, err
	}
	s, err := d.g.Snapshot(ctx, p, id, d.now(), "")
	if err != nil {
		return at, err
	}
	s.Open = slices.DeleteFunc(s.Open, func(o catalog.Action) bool { return o.ID == a.ID })
	switch ev := Decide(p, s, d.now()); {
	case ev.Want == catalog.False:
		_, err = d.move(ctx, a, DemandMet, ev.Tree.Says, "")
	case p.OnLate == LateAsk && ev.Outcome == catalog.DecideRun && len(asks(p, s, d.now())) == 0:
		if a, err = d.move(ctx, a, Approved, "nobody has to be asked any more: its inputs came", ""); err == nil {
			_, err = d.move(ctx, a, Admitted, "its inputs came", "")
		}
		return d.now(), err
	}
	return soonest(at, deadline(a)), err
}

// killed is the kill switch that keeps an action where it is; nil: none does.
// Where a person wants less to go on, none is in the way.
func (g *Gatherer) killed(ctx context.Context, a catalog.Action) (*catalog.Switch, error) {
	if stops(a) {
		return nil, nil
	}
	on, err := g.Ledger.Switches(ctx)
	if i := slices.IndexFunc(on, func(s catalog.Switch) bool { return stopsAction(s, a) }); i >= 0 {
		return &on[i], err
	}
	return nil, err
}

// stopsAction: the switch covers what is sent, or a policy behind it.
func stopsAction(s catalog.Switch, a catalog.Action) bool {
	return s.Covers("", a.Connector, a.Name.Namespace) || slices.ContainsFunc(a.Policies, func(p string) bool { return s.Covers(p, a.Connector, a.Name.Namespace) })
}

// Approvals is where people answer what weir asks them.
type Approvals struct {
	Ledger Ledger
	Now    func() time.Time
	// OnMove is told of each answer, once it is recorded.
	OnMove func(catalog.Action)
}

// Answer is what somebody says to an action that waits for approval, and why.
type Answer struct {
	Action, Actor, Reason string
	// Whole answers for all actions that the same change led to and that wait.
	Whole bool
}

// maxAnswered bounds how many actions one answer may move.
const maxAnswered = 1000

// Approve lets actions go, for as long as their policies let an approval hold.
// ErrNotFound: no such action; ErrConflict: it does not wait, or no longer.
func (s *Approvals) Approve(ctx context.Context, w Answer) ([]catalog.Action, error) {
	return s.answer(ctx, w, func(a *catalog.Action, now time.Time) {
		p := *a.Admission.Approval
		p.By, p.At, p.Reason, p.Until = w.Actor, now, w.Reason, now.Add(p.For)
		a.Admission.Approval = &p
		person(a, Approved, now, w.Actor, "approved: "+w.Reason)
		person(a, Admitted, now, "weir", "approved by "+w.Actor)
	})
}

// Reject ends actions: nothing is started for their demand until an input
// changes. Errors are those of Approve.
func (s *Approvals) Reject(ctx context.Context, w Answer) ([]catalog.Action, error) {
	return s.answer(ctx, w, func(a *catalog.Action, now time.Time) {
		person(a, RejectedByPerson, now, w.Actor, "rejected: "+w.Reason)
	})
}

// person moves an action by a person's word; the table has these steps.
func person(a *catalog.Action, h Happening, now time.Time, actor, cause string) {
	from := a.State
	to, err := Next(from, h)
	if err != nil || to == from {
		return
	}
	a.State = to
	a.Transitions = append(slices.Clip(a.Transitions), catalog.ActionTransition{From: from, To: to, At: now, Actor: actor, Cause: cause})
}

func (s *Approvals) answer(ctx context.Context, w Answer, move func(*catalog.Action, time.Time)) (out []catalog.Action, err error) {
	list, err := s.asked(ctx, w)
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		move(&a, s.Now().UTC())
		if a, err = s.Ledger.Update(ctx, catalog.ActionAwaitingApproval, a); err != nil {
			return out, fmt.Errorf("answer %s: %w", a.ID, err)
		}
		s.OnMove(a)
		out = append(out, a)
	}
	return out, nil
}

// asked finds what an answer is about.
func (s *Approvals) asked(ctx context.Context, w Answer) ([]catalog.Action, error) {
	if w.Reason == "" || len(w.Reason) > 500 {
		return nil, fmt.Errorf("%w: reason must be 1 to 500 bytes", catalog.ErrInvalid)
	}
	list, err := s.Ledger.Actions(ctx, ActionQuery{ID: w.Action, Limit: 1})
	switch {
	case err != nil:
		return nil, err
	case w.Action == "" || len(list) == 0:
		return nil, fmt.Errorf("action %q: %w", w.Action, catalog.ErrNotFound)
	}
	a := list[0]
	switch {
	case a.State != catalog.ActionAwaitingApproval:
		return nil, fmt.Errorf("%w: action %s is %s, it does not wait for approval", catalog.ErrConflict, a.ID, a.State)
	case !s.Now().Before(deadline(a)):
		return nil, fmt.Errorf("%w: %s", catalog.ErrConflict, lapsed(a))
	case !w.Whole || a.Admission.Root == "":
		return list, nil
	}
	return s.Ledger.Actions(ctx, ActionQuery{Root: a.Admission.Root, States: []catalog.ActionState{catalog.ActionAwaitingApproval}, Limit: maxAnswered})
}
