package policies

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// stopped: an intent that is over never fires; a kill switch keeps it where it
// is, unless a person wants less to go on.
func (d *Dispatcher) stopped(ctx context.Context, a catalog.Action) (time.Time, bool, error) {
	if done, err := d.over(ctx, a); err != nil || done {
		return time.Time{}, true, err
	}
	by, err := d.g.killed(ctx, a)
	return deadline(a), by != nil, err
}

// over ends an intent past its time or without its policy.
func (d *Dispatcher) over(ctx context.Context, a catalog.Action) (bool, error) {
	if !d.now().Before(deadline(a)) {
		_, err := d.move(ctx, a, PastValid, lapsed(a), "")
		return true, err
	}
	if a.Asked != nil { // by a person: no policy has to want it
		return false, nil
	}
	p := d.g.Policies.Get().ByName(a.Policies[0])
	switch {
	case p == nil:
		_, err := d.move(ctx, a, PolicyGone, "its policy is gone", "")
		return true, err
	case !p.Acts():
		_, err := d.move(ctx, a, PolicyGone, "its policy acts no more: mode "+strings.ToLower(string(p.Mode)), "")
		return true, err
	}
	return false, nil
}

// blocked looks before anything is sent: a paused job would take the run and
// never start it, and a tool that does not answer a look would lose the answer.
func (d *Dispatcher) blocked(ctx context.Context, a catalog.Action) string {
	if until := d.resting(a.Connector); !until.IsZero() {
		return "cannot look at " + a.ToolJob + ": " + a.Connector + " did not answer in time, and is asked again at " + clock(until)
	}
	p, ok := d.g.connector(a.Connector).(connectors.Pauser)
	if !ok {
		return ""
	}
	answered := d.asking(a.Connector)
	paused, err := p.Paused(ctx, a.ToolJob)
	answered(err)
	switch {
	case err != nil && connectors.ClassOf(err) == connectors.Permanent:
		return "" // the answer to the start will say it better
	case err != nil:
		return "cannot look at " + a.ToolJob + ": " + err.Error()
	case paused:
		return a.ToolJob + " is paused in " + a.Connector
	}
	return ""
}

// held looks, ever more seldom, whether what held the action is over.
func (d *Dispatcher) held(ctx context.Context, a catalog.Action) (time.Time, error) {
	if moved, err := d.closeByRuns(ctx, a); err != nil || moved {
		return d.now(), err
	}
	if at, done, err := d.stopped(ctx, a); err != nil || done {
		return at, err
	}
	l := d.look(a.ID, firstLook)
	if d.now().Before(l.at) {
		return soonest(l.at, deadline(a)), nil
	}
	c := d.g.connector(a.Connector)
	if c == nil {
		return soonest(d.later(a.ID, l), deadline(a)), nil
	}
	if until := d.resting(a.Connector); !until.IsZero() {
		return soonest(until, deadline(a)), nil
	}
	answered := d.asking(a.Connector)
	_, err := c.Probe(ctx)
	if answered(err); err != nil || d.blocked(ctx, a) != "" {
		return soonest(d.later(a.ID, l), deadline(a)), nil
	}
	d.later(a.ID, l)
	_, err = d.move(ctx, a, TargetFree, a.Connector+" would take it now", "")
	return d.now(), err
}

// recheck decides again just before the send: met elsewhere it is skipped, not
// ready it waits, and newer inputs are taken in, as long as nothing was sent.
func (d *Dispatcher) recheck(ctx context.Context, a catalog.Action) (catalog.Action, time.Time, bool, error) {
	if a.Asked != nil {
		busy, err := d.g.busy(ctx, a)
		return a, a.ValidUntil, busy == "" && err == nil, err
	}
	p := d.g.Policies.Get().ByName(a.Policies[0])
	id, err := d.g.History.Canonical(ctx, a.Target)
	if err != nil {
		return a, time.Time{}, false, err
	}
	now := d.now()
	s, err := d.g.Snapshot(ctx, p, id, now, "")
	if err != nil {
		return a, time.Time{}, false, err
	}
	if s.Equal, err = d.g.rivals(ctx, p, id); err != nil {
		return a, time.Time{}, false, err
	}
	s.Open = slices.DeleteFunc(s.Open, func(o catalog.Action) bool { return o.ID == a.ID })
	if p.Partition != nil {
		s = s.only(a.Partition)
	}
	ev := Decide(p, s, now)
	switch {
	case s.ResolveErr == "" && (s.Resolved.Connector != a.Connector || s.Resolved.ToolJob != a.ToolJob):
		_, err = d.move(ctx, a, PolicyGone, fmt.Sprintf("the policy starts %s on %s now", s.Resolved.ToolJob, s.Resolved.Connector), "")
		return a, now, false, err
	case ev.Want == catalog.False:
		_, err = d.move(ctx, a, DemandMet, ev.Tree.Says, "")
		return a, now, false, err
	case ev.Outcome != catalog.DecideRun:
		return a, soonest(ev.WakeAt, deadline(a)), false, nil
	}
	if why := d.mustAsk(a, p, s); len(why) > 0 {
		at, err := d.askFirst(ctx, a, p, why)
		return a, at, false, err
	}
	if a.Key == "" {
		a.Demand, a.Pins, a.Policies, a.Attempt = ev.Demand, ev.Pins, a.Policies[:1], s.attempt(ev.Demand)
		a.Admission.Stale = ev.Stale
		if a, err = d.join(ctx, a); err != nil {
			return a, time.Time{}, false, err
		}
	}
	return a, now, true, nil
}

// join adds the other acting policies that want and are ready for the same
// start: one run serves them all, and all causes are listed. The strictest
// limits hold.
func (d *Dispatcher) join(ctx context.Context, a catalog.Action) (catalog.Action, error) {
	others := d.others(a)
	if len(others) == 0 { // which assets all policies are about is costly to ask
		a.Pins = onePinAnInput(a.Pins)
		return a, nil
	}
	pairs, err := d.g.Matches(ctx)
	if err != nil {
		return a, err
	}
	for _, m := range pairs {
		p := m.Policy
		if !slices.Contains(others, p) || p.Partition != nil || a.Partition != "" {
			continue
		}
		s, err := d.g.Snapshot(ctx, p, m.Asset, d.now(), "")
		if err != nil {
			return a, err
		}
		s.Equal = m.Equal
		s.Open = slices.DeleteFunc(s.Open, func(o catalog.Action) bool { return o.ID == a.ID })
		ev := Decide(p, s, d.now())
		if ev.Outcome != catalog.DecideRun {
			continue
		}
		if !slices.Contains(a.Policies, p.Name) {
			a.Policies = append(a.Policies, p.Name)
		}
		a.Demand = append(a.Demand, ev.Demand...)
		a.Pins = append(a.Pins, ev.Pins...)
		a.StartTimeout, a.RunTimeout = min(a.StartTimeout, p.StartTimeout), min(a.RunTimeout, p.RunTimeout)
	}
	slices.Sort(a.Demand)
	a.Demand = slices.Compact(a.Demand)
	a.Pins = onePinAnInput(a.Pins)
	return a, nil
}

// others are the other acting policies that start the same job with the same
// parameters.
func (d *Dispatcher) others(a catalog.Action) (out []*Policy) {
	params := paramsText(a.Params)
	for _, p := range d.g.Policies.Get().Policies {
		if p.Acts() && p.Name != a.Policies[0] && p.Target != nil && p.Target.Connector == a.Connector && p.Target.Job == a.ToolJob && paramsText(p.Target.Params) == params {
			out = append(out, p)
		}
	}
	return out
}

// onePinAnInput keeps the first pin of each input.
func onePinAnInput(pins []catalog.Pin) []catalog.Pin {
	seen := map[catalog.AssetID]bool{}
	return slices.DeleteFunc(pins, func(p catalog.Pin) bool {
		had := seen[p.Input]
		seen[p.Input] = true
		return had
	})
}

// paramsText is a canonical text: maps marshal with sorted keys.
func paramsText(params map[string]any) string {
	if len(params) == 0 {
		return "{}"
	}
	b, err := json.Marshal(params)
	if err != nil {
		return fmt.Sprint(params)
	}
	return string(b)
}
