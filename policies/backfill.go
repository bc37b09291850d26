package policies

import (
	"context"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
)

// maxPlan bounds how many times one backfill may have.
const maxPlan = 400

// stepBackfill makes a backfill's runs, in order and so many at once, and closes
// it when all are closed. A run has a key of its own made of the backfill and
// its time, so a crash between two of them makes none twice.
func (d *Dispatcher) stepBackfill(ctx context.Context, a catalog.Action) (time.Time, error) {
	switch a.State {
	case catalog.ActionReady:
		if at, done, err := d.stopped(ctx, a); err != nil || done {
			return at, err
		}
		_, err := d.move(ctx, a, PartsBegin, fmt.Sprintf("%d runs, %d at once", len(a.Plan.Times), a.Plan.Parallel), "")
		return d.now(), err
	case catalog.ActionRunning, catalog.ActionCancelling:
		parts, err := d.g.Ledger.Actions(ctx, ActionQuery{Parent: a.ID, Limit: maxPlan})
		if err != nil {
			return time.Time{}, err
		}
		if a.State == catalog.ActionCancelling {
			return d.stopParts(ctx, a, parts)
		}
		return d.moreParts(ctx, a, parts)
	}
	return time.Time{}, nil
}

// moreParts asks for the next runs while there is room.
func (d *Dispatcher) moreParts(ctx context.Context, a catalog.Action, parts []catalog.Action) (time.Time, error) {
	made, open := map[time.Time]bool{}, 0
	for _, p := range parts {
		made[p.Nominal.UTC()] = true
		if !p.State.Terminal() {
			open++
		}
	}
	more := false
	for _, at := range a.Plan.Times {
		if made[at.UTC()] {
			continue
		}
		if open >= a.Plan.Parallel {
			return d.nowIf(more), nil // the end of a part wakes
		}
		if _, _, err := d.g.Ledger.Ask(ctx, nil, partOf(a, at, d.now())); err != nil {
			return time.Time{}, err
		}
		open, more = open+1, true
	}
	if more || open > 0 {
		return d.nowIf(more), nil
	}
	return d.closeParts(ctx, a, parts)
}

// nowIf is now when something was made that the next round moves.
func (d *Dispatcher) nowIf(more bool) time.Time {
	if more {
		return d.now()
	}
	return time.Time{}
}

// partOf is one run of a backfill.
func partOf(a catalog.Action, at, now time.Time) catalog.Action {
	p := a
	p.ID, p.Kind, p.State, p.Parent, p.Plan, p.Nominal = newID(), catalog.ActionTrigger, catalog.ActionReady, a.ID, nil, at.UTC()
	key := "part:" + a.ID + ":" + at.UTC().Format(time.RFC3339)
	p.Asked = &catalog.Asked{Actor: a.Asked.Actor, Reason: a.Asked.Reason, Key: key, Digest: a.Asked.Digest}
	p.CreatedAt = now.UTC()
	p.ValidUntil = now.UTC().Add(a.ValidUntil.Sub(a.CreatedAt))
	if name := a.Plan.Parameter; name != "" {
		p.Params = map[string]any{name: at.UTC().Format(time.RFC3339)}
		for k, v := range a.Params {
			p.Params[k] = v
		}
	}
	p.Transitions = []catalog.ActionTransition{{To: catalog.ActionReady, At: p.CreatedAt, Actor: a.Asked.Actor, Cause: "a run of the backfill for " + clock(at), Evidence: a.ID}}
	return p
}

func (d *Dispatcher) closeParts(ctx context.Context, a catalog.Action, parts []catalog.Action) (time.Time, error) {
	good := 0
	for _, p := range parts {
		if p.State == catalog.ActionSucceeded {
			good++
		}
	}
	h := EffectSeen
	if good < len(parts) {
		h = EffectMissed
	}
	_, err := d.move(ctx, a, h, fmt.Sprintf("%d of %d runs succeeded", good, len(parts)), "")
	return d.now(), err
}

// stopParts takes back what was not sent and cancels what runs.
func (d *Dispatcher) stopParts(ctx context.Context, a catalog.Action, parts []catalog.Action) (next time.Time, err error) {
	open := 0
	for _, p := range parts {
		switch {
		case p.State.Terminal():
			continue
		case !sent(p.State):
			_, err = d.moveAs(ctx, actorOf(a), p, CancelAsked, "its backfill was cancelled", a.ID)
			next = d.now()
		default:
			var made bool
			_, made, err = d.g.Ledger.Ask(ctx, nil, cancelOf(a, p, d.now()))
			if open++; made {
				next = d.now()
			}
		}
		if err != nil {
			return time.Time{}, err
		}
	}
	if open > 0 || !next.IsZero() {
		return next, nil
	}
	_, err = d.move(ctx, a, RunCancelled, fmt.Sprintf("%d of %d runs had been made", len(parts), len(a.Plan.Times)), "")
	return d.now(), err
}

// cancelOf is the cancel of one run of a backfill.
func cancelOf(a, part catalog.Action, now time.Time) catalog.Action {
	c := catalog.Action{
		ID: newID(), Kind: catalog.ActionCancel, State: catalog.ActionReady, Target: part.Target, Name: part.Name, Connector: part.Connector, ToolJob: part.ToolJob,
		Of: part.ID, Attempt: 1, Cause: a.Cause, CreatedAt: now.UTC(), ValidUntil: now.UTC().Add(24 * time.Hour), StartTimeout: part.StartTimeout, RunTimeout: part.RunTimeout, EventGrace: part.EventGrace,
		Asked: &catalog.Asked{Actor: a.Asked.Actor, Reason: "its backfill was cancelled", Key: "part:" + a.ID + ":cancel:" + part.ID, Digest: a.Asked.Digest},
	}
	c.Transitions = []catalog.ActionTransition{{To: catalog.ActionReady, At: c.CreatedAt, Actor: a.Asked.Actor, Cause: c.Asked.Reason, Evidence: a.ID}}
	return c
}
