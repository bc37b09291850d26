package policies

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
)

// leadFor is how long the right to dispatch lasts without being renewed. It is
// longer than any one call to a tool, and a call ends with it.
const leadFor = time.Minute

// takeLead gets the right to dispatch, or says when to ask again. Whoever gets
// a new term reads first what the one before left half done. A dispatcher
// without a holder's name is the only one on its ledger.
func (d *Dispatcher) takeLead(ctx context.Context) (again time.Time, ok bool) {
	if d.holder == "" {
		return time.Time{}, true
	}
	now := d.now()
	if d.lead.Term > 0 && now.Before(d.lead.Until.Add(-leadFor/2)) {
		return time.Time{}, true
	}
	was := d.lead.Term
	lead, err := d.g.Ledger.Lead(ctx, d.holder, was, now, leadFor)
	switch {
	case errors.Is(err, catalog.ErrConflict):
		d.lead = catalog.Lead{}
		return lead.Until, false
	case err != nil:
		d.lead.Until = time.Time{}
		d.slog.Error("the lead was not taken", "error", err)
		return now.Add(time.Second), false
	}
	d.lead = lead
	if lead.Term == was {
		return time.Time{}, true
	}
	d.slog.Info("leads", "term", lead.Term, "holder", d.holder)
	if err := d.inherit(ctx); err != nil {
		d.lead = catalog.Lead{}
		d.slog.Error("what was under way was not read", "error", err)
		return now.Add(time.Second), false
	}
	return time.Time{}, true
}

// inherit puts in doubt what the leader before was sending.
func (d *Dispatcher) inherit(ctx context.Context) error {
	list, err := d.g.Ledger.Actions(ctx, ActionQuery{States: []catalog.ActionState{catalog.ActionDispatching}, Limit: maxOpen})
	if err != nil {
		return err
	}
	for _, a := range list {
		if _, err := d.move(ctx, a, Restart, "another weir leads now: it was being sent", ""); err != nil {
			return err
		}
	}
	return nil
}

// errStoodDown: another may lead by now, so the tool is not called.
var errStoodDown = errors.New("the lead has lapsed: another weir may carry this action by now")

// leading bounds a call to a tool by the lead: none begins after it, and none
// outlasts it.
func (d *Dispatcher) leading(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if d.holder == "" {
		return ctx, func() {}, nil
	}
	left := d.lead.Until.Sub(d.now())
	if left <= 0 {
		return nil, nil, fmt.Errorf("%w: %w", catalog.ErrFenced, errStoodDown)
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	return ctx, cancel, nil
}

// update writes a step of an action, in the name of the term.
func (d *Dispatcher) update(ctx context.Context, from catalog.ActionState, a catalog.Action) (catalog.Action, error) {
	if d.holder == "" {
		return d.g.Ledger.Update(ctx, from, a)
	}
	return d.g.Ledger.UpdateAs(ctx, d.lead.Term, from, a)
}

// standDown gives the lead up after a write was fenced.
func (d *Dispatcher) standDown(err error) bool {
	if !errors.Is(err, catalog.ErrFenced) {
		return false
	}
	d.lead.Until = time.Time{} // the old term stays: it tells a twin from a restart
	return true
}
