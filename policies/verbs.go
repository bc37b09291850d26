package policies

import (
	"context"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// A verb is what weir does to a run or a job that exists: cancel, rerun, pause,
// resume. Each goes the way of a start: intent in the ledger, one call, and,
// when nobody knows how the call ended, a look at the tool before anything is
// sent again.
type verb interface {
	// prepare fixes what is sent, just before it is sent.
	prepare(ctx context.Context, a catalog.Action) (catalog.Action, readiness, error)
	// begin is done before each send, and may be done again.
	begin(ctx context.Context, a catalog.Action) error
	// send asks the tool once. A *connectors.Error says whether it was applied.
	send(ctx context.Context, a catalog.Action) error
	// seen looks whether the tool has done it; Unknown: it does not say.
	seen(ctx context.Context, a catalog.Action) (catalog.Ternary, string)
	// again: sending the same twice has one effect.
	again() bool
	// refused undoes begin when the tool would not.
	refused(ctx context.Context, a catalog.Action) error
	// finish closes an accepted action once its effect is seen.
	finish(ctx context.Context, a catalog.Action) (time.Time, error)
}

// readiness is what prepare found: "" sends, another happening closes the
// action, wait looks again later.
type readiness struct {
	instead Happening
	cause   string
	wait    bool
	until   time.Time // of wait, when time alone may end it
}

// absentAfter is how long the tool must show no effect of a call in doubt
// before the call counts as never arrived, where the tool does not know keys.
const absentAfter = time.Minute

// verbOf finds the verb of an action; why says what the tool lacks.
func (d *Dispatcher) verbOf(a catalog.Action) (v verb, why string) {
	c := d.g.connector(a.Connector)
	if a.Kind == catalog.ActionCancel { // what was not sent needs no tool
		return cancelling{d, c}, ""
	}
	if why := cannot(c, a.Kind, a.Connector); why != "" {
		return nil, why
	}
	if r, ok := c.(connectors.Rerunner); ok && a.Kind == catalog.ActionRerun {
		return rerunning{d, r}, ""
	}
	if p, ok := c.(connectors.Pauser); ok && (a.Kind == catalog.ActionPause || a.Kind == catalog.ActionResume) {
		return switching{d, p}, ""
	}
	return nil, fmt.Sprintf("%s is nothing that is sent to a tool", a.Kind)
}

// cannot says what a connector lacks for an action of a kind; "" nothing.
func cannot(c connectors.Connector, k catalog.ActionKind, name string) string {
	if c == nil {
		return fmt.Sprintf("no connector is named %q", name)
	}
	ok, what := true, ""
	switch k {
	case catalog.ActionTrigger, catalog.ActionBackfill:
		_, ok = c.(connectors.Starter)
		what = "start jobs"
	case catalog.ActionCancel:
		_, ok = c.(connectors.Stopper)
		what = "stop runs"
	case catalog.ActionRerun:
		_, ok = c.(connectors.Rerunner)
		what = "run a run again"
	case catalog.ActionPause, catalog.ActionResume:
		_, ok = c.(connectors.Pauser)
		what = "pause jobs"
	}
	if ok {
		return ""
	}
	return fmt.Sprintf("%s (%s) cannot %s: the tool has no such verb", name, c.Kind(), what)
}

// stepVerb moves an action that is no start.
func (d *Dispatcher) stepVerb(ctx context.Context, a catalog.Action) (time.Time, error) {
	if a.Kind == catalog.ActionBackfill {
		return d.stepBackfill(ctx, a)
	}
	v, why := d.verbOf(a)
	if v == nil {
		if a.State != catalog.ActionReady {
			return time.Time{}, nil // its connector is gone: it waits for it
		}
		_, err := d.refuse(ctx, a, why)
		return time.Time{}, err
	}
	switch a.State {
	case catalog.ActionReady:
		return d.sendVerb(ctx, a, v)
	case catalog.ActionHeld:
		return d.heldVerb(ctx, a)
	case catalog.ActionAmbiguous:
		return d.resolveVerb(ctx, a, v)
	case catalog.ActionAccepted, catalog.ActionRunning, catalog.ActionCancelling, catalog.ActionLost:
		return v.finish(ctx, a)
	}
	return time.Time{}, nil
}

// sendVerb commits the intent and then calls the tool.
func (d *Dispatcher) sendVerb(ctx context.Context, a catalog.Action, v verb) (time.Time, error) {
	if at, done, err := d.stopped(ctx, a); err != nil || done {
		return at, err
	}
	a, r, err := v.prepare(ctx, a)
	switch {
	case err != nil:
		d.slog.Warn("an action could not be prepared", "action", a.ID, "error", err)
		return soonest(d.later(a.ID, d.look(a.ID, time.Second)), a.ValidUntil), nil
	case r.wait:
		return soonest(r.until, a.ValidUntil), nil
	case r.instead == AnswerRefused:
		_, err := d.refuse(ctx, a, r.cause)
		return time.Time{}, err
	case r.instead != "":
		_, err := d.move(ctx, a, r.instead, r.cause, "")
		return time.Time{}, err
	}
	if until := d.restsFor(a); !until.IsZero() {
		return soonest(until, a.ValidUntil), nil
	}
	if a.Key == "" {
		a.Key, a.RunAfter = actionKey(a), d.now().UTC().Truncate(time.Microsecond)
	}
	if err := v.begin(ctx, a); err != nil {
		return time.Time{}, err
	}
	d.failpoint("before-dispatch")
	a, again, err := d.take(ctx, a, d.pooled(a))
	if err != nil || again {
		return d.now(), err
	}
	d.failpoint("dispatching")
	return d.callVerb(ctx, a, v)
}

// restsFor is until when a verb's tool is left alone; zero: it is not, or the tool
// is not called, as for the cancel of a backfill, whose parts are cancelled.
func (d *Dispatcher) restsFor(a catalog.Action) time.Time {
	if a.Kind == catalog.ActionCancel && a.ExternalID == "" {
		return time.Time{}
	}
	return d.resting(a.Connector)
}

// callVerb calls once and records what is known of the outcome.
func (d *Dispatcher) callVerb(ctx context.Context, a catalog.Action, v verb) (time.Time, error) {
	bounded, cancel, err := d.leading(ctx)
	if err != nil {
		return d.now(), err
	}
	defer cancel()
	answered := d.asking(a.Connector)
	err = v.send(bounded, a)
	answered(err)
	d.failpoint("dispatched")
	if err == nil {
		_, err = d.move(ctx, a, AnswerOK, "accepted by "+a.Connector, a.ExternalID)
		return d.now(), err
	}
	switch connectors.ClassOf(err) {
	case connectors.Retryable, connectors.Permanent, connectors.Conflict:
		if err := v.refused(ctx, a); err != nil {
			return time.Time{}, err
		}
	}
	return d.failed(ctx, a, err)
}

// resolveVerb settles a call in doubt by what the tool shows.
func (d *Dispatcher) resolveVerb(ctx context.Context, a catalog.Action, v verb) (time.Time, error) {
	if moved, err := d.closeByRuns(ctx, a); err != nil || moved {
		return d.now(), err
	}
	l := d.look(a.ID, time.Second)
	if d.now().Before(l.at) {
		return l.at, nil
	}
	if until := d.restsFor(a); !until.IsZero() {
		return until, nil
	}
	done, says := v.seen(ctx, a)
	inDoubtSince := a.Transitions[len(a.Transitions)-1].At
	switch {
	case done == catalog.True:
		_, err := d.move(ctx, a, FoundRun, says+": adopted", a.ExternalID)
		return d.now(), err
	case done == catalog.Unknown, !v.again() && d.now().Before(inDoubtSince.Add(absentAfter)):
		return d.later(a.ID, l), nil
	case a.Moved(catalog.ActionAmbiguous, catalog.ActionDispatching):
		_, err := d.move(ctx, a, StartTimeout, says+", and it is not sent a third time", "")
		return d.later(a.ID, l), err
	}
	if err := v.begin(ctx, a); err != nil {
		return time.Time{}, err
	}
	a, err := d.move(ctx, a, ProvenAbsent, says+": sending the same again", "")
	if err != nil {
		return time.Time{}, err
	}
	return d.callVerb(ctx, a, v)
}

// heldVerb looks, ever more seldom, whether the tool can be asked again.
func (d *Dispatcher) heldVerb(ctx context.Context, a catalog.Action) (time.Time, error) {
	if at, done, err := d.stopped(ctx, a); err != nil || done {
		return at, err
	}
	l := d.look(a.ID, firstLook)
	if d.now().Before(l.at) {
		return soonest(l.at, a.ValidUntil), nil
	}
	if until := d.resting(a.Connector); !until.IsZero() {
		return soonest(until, a.ValidUntil), nil
	}
	at := soonest(d.later(a.ID, l), a.ValidUntil)
	c := d.g.connector(a.Connector)
	if c == nil {
		return at, nil
	}
	answered := d.asking(a.Connector)
	_, err := c.Probe(ctx)
	if answered(err); err != nil {
		return at, nil
	}
	_, err = d.move(ctx, a, TargetFree, a.Connector+" answers again", "")
	return d.now(), err
}

// busy says what keeps an asked start from going: a run of the same job for
// the same time that was sent and is not closed.
func (g *Gatherer) busy(ctx context.Context, a catalog.Action) (string, error) {
	open, err := g.Ledger.Actions(ctx, ActionQuery{Connector: a.Connector, ToolJob: a.ToolJob, Open: true, Limit: maxClosed})
	if err != nil {
		return "", err
	}
	for _, o := range open {
		if o.ID != a.ID && o.Kind.StartsRun() && sent(o.State) && o.Nominal.Equal(a.Nominal) && o.Partition == a.Partition {
			return o.ID, nil
		}
	}
	return "", nil
}

// sent: the tool may have it.
func sent(s catalog.ActionState) bool {
	switch s {
	case catalog.ActionDispatching, catalog.ActionAmbiguous, catalog.ActionAccepted, catalog.ActionRunning, catalog.ActionCancelling, catalog.ActionLost:
		return true
	}
	return false
}

// actionOfID reads one action; ErrNotFound when there is none.
func (d *Dispatcher) actionOfID(ctx context.Context, id string) (catalog.Action, error) {
	return actionByID(ctx, d.g.Ledger, id)
}

func actionByID(ctx context.Context, l Ledger, id string) (catalog.Action, error) {
	list, err := l.Actions(ctx, ActionQuery{ID: id, Limit: 1})
	if err != nil {
		return catalog.Action{}, err
	}
	if len(list) == 0 {
		return catalog.Action{}, fmt.Errorf("action %s: %w", id, catalog.ErrNotFound)
	}
	return list[0], nil
}
