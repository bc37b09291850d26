package policies

import (
	"context"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// sendReady sends ready actions in the order of their pools, as many as fit, and
// says when time alone may let another go. Only this goroutine and the gate take
// slots, and a slot is taken by the transaction that writes DISPATCHING, so that
// neither a crash nor a restart takes one twice.
func (d *Dispatcher) sendReady(ctx context.Context, ready []catalog.Action) (next time.Time) {
	if len(ready) == 0 {
		return time.Time{}
	}
	d.given = d.g.slots.given.Load()
	q, err := d.queue(ctx, ready)
	if err != nil {
		d.slog.Error("the queue was not read", "error", err)
		return d.now().Add(time.Second)
	}
	for a, class, ok := q.Next(); ok; a, class, ok = q.Next() {
		a.Admission.Charged = class
		at, sent, err := d.startReady(ctx, a)
		if d.standDown(err) {
			return d.now()
		}
		if sent {
			q.Started(a, class)
		}
		next = soonest(next, d.settled(ctx, a, at, err))
	}
	for _, a := range q.Waiting() {
		_, err := d.over(ctx, a)
		next = soonest(next, d.settled(ctx, a, deadline(a), err))
	}
	return soonest(next, q.Blocked())
}

// queue reads the ready actions' pools from the ledger.
func (d *Dispatcher) queue(ctx context.Context, ready []catalog.Action) (*Queue, error) {
	pools := d.g.Policies.Get().Pools
	if len(pools) == 0 {
		return NewQueue(nil, ready, nil, nil, d.now()), nil
	}
	held, err := d.g.Ledger.Actions(ctx, ActionQuery{States: holding, Limit: maxOpen})
	if err != nil {
		return nil, err
	}
	sent := map[string][]catalog.Action{}
	for _, p := range pools {
		if sent[p.Name], err = d.g.starts(ctx, p); err != nil {
			return nil, err
		}
	}
	q := NewQueue(pools, ready, held, sent, d.now())
	for _, p := range pools {
		n, frees, err := d.g.atGate(ctx, p, held, d.now())
		if err != nil {
			return nil, err
		}
		q.Occupy(p.Name, n, frees)
	}
	return q, nil
}

// starts are a pool's newest starts, newest first.
func (g *Gatherer) starts(ctx context.Context, p *Pool) ([]catalog.Action, error) {
	q := ActionQuery{Pool: p.Name, Sent: true, Limit: max(p.window(), p.PerMinute)}
	list, err := g.Ledger.Actions(ctx, q)
	if err != nil || p.Tool == "" {
		return list, err
	}
	q.Pool, q.Connector = "", p.Tool
	more, err := g.Ledger.Actions(ctx, q)
	list = slices.DeleteFunc(list, func(a catalog.Action) bool { return a.Connector == p.Tool })
	list = append(list, more...)
	slices.SortStableFunc(list, func(a, b catalog.Action) int { return int(b.Admission.SentNano - a.Admission.SentNano) })
	return list, err
}

// startReady sends one: a run, or an ended one once more.
func (d *Dispatcher) startReady(ctx context.Context, a catalog.Action) (at time.Time, sends bool, err error) {
	if a.Kind == catalog.ActionTrigger {
		return d.dispatchReady(ctx, a)
	}
	if at, err = d.stepVerb(ctx, a); err != nil {
		return at, false, err
	}
	a, err = d.actionOfID(ctx, a.ID)
	return at, sent(a.State), err
}

// take writes down that an action is being sent, which takes its slots. again:
// the gate has given some away since they were counted.
func (d *Dispatcher) take(ctx context.Context, a catalog.Action, pooled bool) (out catalog.Action, again bool, err error) {
	if pooled { // others have nothing to wait for at the gate
		d.g.slots.mu.Lock()
		defer d.g.slots.mu.Unlock()
		if d.g.slots.given.Load() != d.given {
			return a, true, nil
		}
	}
	out, err = d.move(ctx, a, DispatchBegins, "sending to "+a.Connector, "")
	return out, false, err
}

// pooled reports whether an action takes slots anywhere.
func (d *Dispatcher) pooled(a catalog.Action) bool {
	return slices.ContainsFunc(d.g.Policies.Get().Pools, func(p *Pool) bool { return p.takes(a) > 0 })
}
