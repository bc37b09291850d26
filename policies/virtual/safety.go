package virtual

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// safety is the part of a Ledger that says what may be done.
type safety struct {
	switches []catalog.Switch // the newest of each scope and name
	switched []catalog.Switch // all of them, oldest first
	alerts   []catalog.Alert
}

// KillSwitch reports whether the global switch is on.
func (l *Ledger) KillSwitch(context.Context) (bool, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.ContainsFunc(l.switches, func(s catalog.Switch) bool { return s.Scope == catalog.ScopeGlobal && s.On }), nil
}

// SetKillSwitch sets the global switch.
func (l *Ledger) SetKillSwitch(ctx context.Context, on bool, actor, reason string, at time.Time) error {
	_, err := l.SetSwitch(ctx, catalog.Switch{Scope: catalog.ScopeGlobal, On: on, Actor: actor, Reason: reason, At: at})
	return err
}

// SetSwitch sets a switch.
func (l *Ledger) SetSwitch(_ context.Context, s catalog.Switch) (catalog.Switch, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	s.Seq = l.seq
	l.switched = append(l.switched, s)
	l.switches = slices.DeleteFunc(l.switches, func(o catalog.Switch) bool { return o.Scope == s.Scope && o.Name == s.Name })
	l.switches = append(l.switches, s)
	return s, nil
}

// Switched lists what was turned on and off, newest first.
func (l *Ledger) Switched(_ context.Context, q catalog.SwitchQuery) (out []catalog.Switch, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, s := range slices.Backward(l.switched) {
		if (q.Before == 0 || s.Seq < q.Before) && len(out) < cmp.Or(q.Limit, 50) {
			out = append(out, s)
		}
	}
	return out, nil
}

// Switches lists those that are on.
func (l *Ledger) Switches(context.Context) (out []catalog.Switch, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, s := range l.switches {
		if s.On {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b catalog.Switch) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Name, b.Name))
	})
	return out, nil
}

// RaiseAlert keeps an alert, once by its id.
func (l *Ledger) RaiseAlert(_ context.Context, a catalog.Alert) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if slices.ContainsFunc(l.alerts, func(o catalog.Alert) bool { return o.ID == a.ID }) {
		return false, nil
	}
	l.seq++
	a.Seq = l.seq
	l.alerts = append(l.alerts, a)
	return true, nil
}

// Alerts lists alerts, newest first.
func (l *Ledger) Alerts(_ context.Context, q catalog.AlertQuery) (out []catalog.Alert, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, a := range slices.Backward(l.alerts) {
		if (q.Policy == "" || a.Policy == q.Policy) && (len(q.Assets) == 0 || slices.Contains(q.Assets, a.Asset)) && (q.Before == 0 || a.Seq < q.Before) {
			out = append(out, a)
		}
	}
	return out[:min(len(out), limitOr(q.Limit, 50))], nil
}

// CountActions counts what a query selects.
func (l *Ledger) CountActions(_ context.Context, q policies.ActionQuery) (n int, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, list := range l.actions.candidates(q) {
		for _, a := range list {
			if actionFits(a, &q) {
				n++
			}
		}
	}
	return n, nil
}

// admissionFits are the conditions on what actions were admitted by.
func admissionFits(a *catalog.Action, q *policies.ActionQuery) bool {
	switch {
	case q.Policy != "" && (len(a.Policies) == 0 || a.Policies[0] != q.Policy), q.Root != "" && a.Admission.Root != q.Root, q.Pool != "" && a.Admission.Pool != q.Pool,
		len(q.ParentRunIDs) > 0 && !slices.Contains(q.ParentRunIDs, a.ParentRunID), (q.Sent || !q.SentAfter.IsZero()) && a.Admission.SentNano == 0,
		!q.SentAfter.IsZero() && !a.Admission.SentAt().After(q.SentAfter):
		return false
	}
	return true
}

// newestFirst orders actions as a query wants them: the last written first, or
// the last sent.
func newestFirst(q policies.ActionQuery) func(a, b *catalog.Action) int {
	return func(a, b *catalog.Action) int {
		if q.Sent {
			return cmp.Or(cmp.Compare(b.Admission.SentNano, a.Admission.SentNano), cmp.Compare(a.ID, b.ID))
		}
		return cmp.Or(cmp.Compare(b.Seq, a.Seq), cmp.Compare(b.ID, a.ID))
	}
}

// onlyOpen: there are states, and none is a closed one's.
func onlyOpen(states []catalog.ActionState) bool {
	return len(states) > 0 && !slices.ContainsFunc(states, catalog.ActionState.Terminal)
}

// ofParents are the actions whose runs have these ids, a list each.
func (t *actionTable) ofParents(ids []string) (lists [][]*catalog.Action) {
	for i, id := range ids {
		if a := t.byParent[id]; a != nil && !slices.Contains(ids[:i], id) {
			lists = append(lists, []*catalog.Action{a})
		}
	}
	return lists
}
