package policies

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// Dispatcher carries intents to tools and closes them by what comes back.
//
// Authority: the intent (state DISPATCHING, with its key and everything that is
// sent) is in the ledger before the first byte goes out, the outcome after it.
// A crash between the two leaves DISPATCHING, which a restart reads as
// AMBIGUOUS: it is looked up by its key, adopted when found, and sent once more,
// byte-equal, only when the tool keeps keys apart or the run is proven absent.
// Closing is a query over runs, not a callback, so a lost hint costs time.
type Dispatcher struct {
	g       *Gatherer
	now     func() time.Time
	slog    *slog.Logger
	onMove  func(catalog.Action)
	journal func(context.Context, catalog.ToolAnswer) error
	// Failpoint is called at named moments; tests kill the process there.
	failpoint func(string)

	holder string
	lead   catalog.Lead // of the goroutine of Run alone
	given  int64        // slots that the gate had given when they were counted; of that goroutine, too
	open   openActions  // of that goroutine, too

	mu     sync.Mutex
	wakeup chan struct{}
	opened bool
	looks  map[string]look // by action id
	// rests are until when tools are left alone that did not answer.
	rests map[string]time.Time
	told  told
}

// DispatcherOptions configure a Dispatcher; zero values are useful.
type DispatcherOptions struct {
	Now func() time.Time
	Log *slog.Logger
	// OnMove is told of each transition, after it is durable.
	OnMove func(catalog.Action)
	// Journal files a tool's own answer that no event told.
	Journal   func(context.Context, catalog.ToolAnswer) error
	Failpoint func(string)
	// Holder names this dispatcher among several on one ledger, of which one
	// leads; a process started anew on the same data keeps the name. "": there
	// is no other.
	Holder string
}

// NewDispatcher returns a dispatcher that does nothing until Open.
func NewDispatcher(g *Gatherer, o DispatcherOptions) *Dispatcher {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.OnMove == nil {
		o.OnMove = func(catalog.Action) {}
	}
	if o.Journal == nil {
		o.Journal = func(context.Context, catalog.ToolAnswer) error { return nil }
	}
	if o.Failpoint == nil {
		o.Failpoint = func(string) {}
	}
	return &Dispatcher{g: g, now: o.Now, slog: o.Log.With("component", "dispatcher"), onMove: o.OnMove, journal: o.Journal, failpoint: o.Failpoint, holder: o.Holder,
		wakeup: make(chan struct{}, 1), looks: map[string]look{}, rests: map[string]time.Time{}}
}

// Wake says that an action or a run may have moved. It never blocks.
func (d *Dispatcher) Wake() {
	d.told.woken()
	d.nudge()
}

func (d *Dispatcher) nudge() {
	select {
	case d.wakeup <- struct{}{}:
	default:
	}
}

// Reconcile reads open actions after a start: what was being sent is in doubt,
// and what ended meanwhile is closed by the runs that history knows. Without
// the lead it leaves both to who has it.
func (d *Dispatcher) Reconcile(ctx context.Context) error {
	if _, ok := d.takeLead(ctx); ok {
		if err := d.reconcile(ctx); err != nil {
			return fmt.Errorf("reconcile: %w", err)
		}
	}
	d.mu.Lock()
	d.opened = true
	d.mu.Unlock()
	d.Wake()
	return nil
}

func (d *Dispatcher) reconcile(ctx context.Context) error {
	open, err := d.open.list(ctx, d.g.Ledger, d.slog)
	if err != nil {
		return err
	}
	for _, a := range open {
		if a.State == catalog.ActionDispatching {
			_, err = d.move(ctx, a, Restart, "weir was restarted while it was being sent", "")
		} else {
			_, err = d.closeByRuns(ctx, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Run works until ctx ends.
func (d *Dispatcher) Run(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		var next <-chan time.Time
		if at := d.runOnce(ctx); !at.IsZero() {
			if !at.After(d.now()) { // one step leads to the next
				continue
			}
			timer.Reset(at.Sub(d.now()))
			next = timer.C
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.wakeup:
		case <-next:
		}
	}
	return nil
}

// runOnce moves every open action as far as it goes and returns when to look
// again without a wake.
func (d *Dispatcher) runOnce(ctx context.Context) (next time.Time) {
	d.mu.Lock()
	opened := d.opened
	d.mu.Unlock()
	if !opened {
		return time.Time{}
	}
	if again, ok := d.takeLead(ctx); !ok {
		return again
	}
	err := d.told.hear(ctx, d.g.History)
	if err != nil {
		d.told.woken()
		d.slog.Error("what is new of runs was not read", "error", err)
		return d.now().Add(time.Second)
	}
	open, err := d.open.list(ctx, d.g.Ledger, d.slog)
	if err != nil {
		d.told.woken()
		d.slog.Error("open actions not read", "error", err)
		return d.now().Add(time.Second)
	}
	var ready []catalog.Action
	for _, a := range open {
		if a.State == catalog.ActionReady && (a.Kind == catalog.ActionTrigger || a.Kind == catalog.ActionRerun) {
			ready = append(ready, a) // what ended makes room first
			continue
		}
		at, err := d.step(ctx, a)
		if err != nil { // what was told may not have been looked at
			d.told.woken()
		}
		if d.standDown(err) {
			return d.now()
		}
		next = soonest(next, d.settled(ctx, a, at, err))
	}
	return soonest(next, d.sendReady(ctx, ready))
}

// settled is when to look at an action again.
func (d *Dispatcher) settled(ctx context.Context, a catalog.Action, at time.Time, err error) time.Time {
	switch {
	case errors.Is(err, catalog.ErrConflict): // moved by somebody else: read it again
		return d.now()
	case err != nil && ctx.Err() == nil:
		d.slog.Error("action not moved", "action", a.ID, "state", a.State, "error", err)
		return d.now().Add(time.Second)
	}
	return at
}

// step moves one action and says when time alone may move it again.
func (d *Dispatcher) step(ctx context.Context, a catalog.Action) (time.Time, error) {
	if a.Kind != catalog.ActionTrigger {
		return d.stepVerb(ctx, a)
	}
	switch a.State {
	case catalog.ActionAwaitingApproval:
		return d.awaits(ctx, a)
	case catalog.ActionHeld:
		return d.held(ctx, a)
	case catalog.ActionAmbiguous:
		return d.resolve(ctx, a)
	case catalog.ActionAccepted, catalog.ActionRunning, catalog.ActionCancelling, catalog.ActionLost:
		return d.watch(ctx, a)
	}
	return time.Time{}, nil
}

// dispatchReady sends an action that is still wanted, to a tool that would take
// it. sent: it holds its slot, whatever came of it.
func (d *Dispatcher) dispatchReady(ctx context.Context, a catalog.Action) (at time.Time, sent bool, err error) {
	if at, done, err := d.stopped(ctx, a); err != nil || done {
		return at, false, err
	}
	if why := d.blocked(ctx, a); why != "" {
		_, err := d.move(ctx, a, TargetBlocked, why, "")
		return d.now(), false, err
	}
	a, at, ok, err := d.recheck(ctx, a)
	if err != nil || !ok {
		return at, false, err
	}
	at, err = d.send(ctx, a)
	return at, true, err
}

// send commits the intent and then calls the tool.
func (d *Dispatcher) send(ctx context.Context, a catalog.Action) (time.Time, error) {
	starter, ok := d.g.connector(a.Connector).(connectors.Starter)
	if !ok {
		_, err := d.refuse(ctx, a, fmt.Sprintf("connector %q cannot start jobs", a.Connector))
		return time.Time{}, err
	}
	a = d.freeze(a, starter)
	d.failpoint("before-dispatch")
	a, again, err := d.take(ctx, a, d.pooled(a))
	if err != nil || again {
		return d.now(), err
	}
	d.failpoint("dispatching")
	return d.call(ctx, a, starter)
}

// freeze fixes all that is sent, once: the key and what follows from it.
func (d *Dispatcher) freeze(a catalog.Action, s connectors.Starter) catalog.Action {
	if a.Key != "" {
		return a
	}
	a.Key = actionKey(a)
	a.RunAfter = d.now().UTC().Truncate(time.Microsecond)
	a.ParentRunID = connectors.ParentRunID(a.Key)
	r := request(a)
	a.ExternalID = s.ExternalID(r)
	a.PredictedRunIDs = s.PredictedRunIDs(r)
	return a
}

// actionKey identifies the intent: equal for every resend, another one for
// every other demand. It is [a-z2-7]{32}, which every tool's key can hold.
func actionKey(a catalog.Action) string {
	h := sha256.New()
	parts := []string{a.Connector, a.ToolJob, paramsText(a.Params), a.Partition, string(a.Kind), fmt.Sprint(a.Attempt)}
	if a.Asked != nil {
		parts = append(parts, a.Asked.Key, a.Of, a.Nominal.UTC().Format(time.RFC3339Nano))
	}
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	for _, e := range a.Demand {
		fmt.Fprintf(h, "%d:%s", len(e), e)
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil)[:20]))
}

func request(a catalog.Action) connectors.StartRequest {
	r := connectors.StartRequest{
		Target: a.ToolJob, Key: a.Key, RunAfter: a.RunAfter, Params: a.Params, Partition: a.Partition, Nominal: a.Nominal,
		Parent: catalog.RunRef{RunID: a.ParentRunID, Job: a.ParentJob()},
	}
	if a.Period != nil {
		r.From, r.To = a.Period.From, a.Period.To
	}
	return r
}

// call sends once and records what is known of the outcome.
func (d *Dispatcher) call(ctx context.Context, a catalog.Action, s connectors.Starter) (time.Time, error) {
	bounded, cancel, err := d.leading(ctx)
	if err != nil {
		return d.now(), err
	}
	defer cancel()
	answered := d.asking(a.Connector)
	res, err := s.Start(bounded, request(a))
	answered(err)
	d.failpoint("dispatched")
	if err != nil {
		return d.failed(ctx, a, err)
	}
	if res.ExternalID != "" {
		a.ExternalID = res.ExternalID
	}
	a.URL = res.URL
	h, cause := AnswerOK, "accepted by "+a.Connector
	if res.Duplicate {
		h, cause = AnswerDuplicate, a.Connector+" had it already: adopted"
	}
	_, err = d.move(ctx, a, h, cause, a.ExternalID)
	return d.now(), err
}

// failed: an action is sent once; a retry is another action. Surely not applied
// is refused, or held until somebody acts; anything else is in doubt and is
// looked up.
func (d *Dispatcher) failed(ctx context.Context, a catalog.Action, cause error) (time.Time, error) {
	h := AnswerUnknown
	switch connectors.ClassOf(cause) {
	case connectors.Retryable:
		h, a.Admission.Failure = AnswerRefused, catalog.FailureTransient
	case connectors.Permanent:
		h = AnswerRefused
	case connectors.Conflict:
		h = AnswerConflict
	case connectors.Blocked:
		h = AnswerBlocked
		if a.Moved(catalog.ActionDispatching, catalog.ActionHeld) { // released once, blocked again
			h = AnswerRefused
		}
	}
	_, err := d.move(ctx, a, h, withHint(cause), "")
	return d.now(), err
}

// withHint is an error's text and what to look at.
func withHint(err error) string {
	var e *connectors.Error
	if errors.As(err, &e) && e.Hint != "" {
		return err.Error() + " (" + e.Hint + ")"
	}
	return err.Error()
}

func (d *Dispatcher) refuse(ctx context.Context, a catalog.Action, why string) (catalog.Action, error) {
	a, err := d.move(ctx, a, DispatchBegins, "dispatch", "")
	if err != nil {
		return a, err
	}
	return d.move(ctx, a, AnswerRefused, why, "")
}

// resolve settles an action in doubt: by its run's events, else by its key.
func (d *Dispatcher) resolve(ctx context.Context, a catalog.Action) (time.Time, error) {
	if moved, err := d.closeByRuns(ctx, a); err != nil || moved {
		return d.now(), err
	}
	l := d.look(a.ID, time.Second)
	if d.now().Before(l.at) {
		return l.at, nil
	}
	c := d.g.connector(a.Connector)
	finder, ok := c.(connectors.Finder)
	if !ok {
		return d.later(a.ID, l), nil
	}
	if until := d.resting(a.Connector); !until.IsZero() {
		return until, nil
	}
	answered := d.asking(a.Connector)
	found, err := finder.Find(ctx, request(a))
	answered(err)
	switch {
	case err != nil:
		d.slog.Warn("an action in doubt could not be looked up", "action", a.ID, "error", err)
		return d.later(a.ID, l), nil
	case len(found) > 0:
		a.ExternalID, a.URL = found[0].ExternalID, found[0].URL
		cause := "found by its key: adopted"
		if len(found) > 1 {
			cause = fmt.Sprintf("%d runs have its key: the first is adopted, look at the others", len(found))
		}
		_, err := d.move(ctx, a, FoundRun, cause, a.ExternalID)
		return d.now(), err
	}
	return d.absent(ctx, a, c, l)
}

// absent: the tool has no run with the key. Where the tool keeps keys apart,
// the same bytes are sent once more; elsewhere somebody must look.
func (d *Dispatcher) absent(ctx context.Context, a catalog.Action, c connectors.Connector, l look) (time.Time, error) {
	s, ok := c.(connectors.Starter)
	if !ok || !s.Keyed() || a.Moves(catalog.ActionAmbiguous, catalog.ActionDispatching) >= maxResends {
		_, err := d.move(ctx, a, StartTimeout, "the tool has no run with its key, and it is not sent again", "")
		return d.later(a.ID, l), err
	}
	if why := d.blocked(ctx, a); why != "" { // it stays in doubt, and is looked up again
		d.slog.Info("an action in doubt is not sent again yet", "action", a.ID, "why", why)
		return d.later(a.ID, l), nil
	}
	a, err := d.move(ctx, a, ProvenAbsent, "the tool has no run with its key: sending the same again", "")
	if err != nil {
		return time.Time{}, err
	}
	return d.call(ctx, a, s)
}

// maxResends bounds how often an answer may be lost. Each time the tool is asked
// for a run with the key, and has none; and the key would keep it to one.
const maxResends = 4

// move takes an action through the table and makes the step durable.
func (d *Dispatcher) move(ctx context.Context, a catalog.Action, h Happening, cause, evidence string) (catalog.Action, error) {
	return d.moveAs(ctx, "weir", a, h, cause, evidence)
}

// moveAs is move in the name of who asked for it.
func (d *Dispatcher) moveAs(ctx context.Context, actor string, a catalog.Action, h Happening, cause, evidence string) (catalog.Action, error) {
	from := a.State
	to, err := Next(from, h)
	if err != nil {
		return a, err
	}
	if to == from && h != RunStarted {
		return a, nil
	}
	a.State = to
	a.Admission = moved(a.Admission, to, d.now())
	a.Transitions = append(a.Transitions, catalog.ActionTransition{From: from, To: to, At: d.now().UTC(), Actor: actor, Cause: cause, Evidence: evidence})
	d.failpoint("move-" + strings.ToLower(string(to)))
	a, err = d.update(ctx, from, a)
	if err != nil {
		return a, err
	}
	d.slog.Info("action moved", "action", a.ID, "from", from, "to", to, "cause", cause)
	if a.State.Terminal() {
		d.forget(a.ID)
	}
	d.onMove(a)
	return a, nil
}
