package policies

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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

	mu     sync.Mutex
	wakeup chan struct{}
	opened bool
	looks  map[string]look // by action id
}

// look is when an action's run is asked for next, and how long looks wait.
type look struct {
	at   time.Time
	wait time.Duration
	// heard is when the tool last said that the run waits or goes on.
	heard time.Time
	// ended is when a poll first saw a terminal state that no event told.
	ended time.Time
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
	return &Dispatcher{g: g, now: o.Now, slog: o.Log.With("component", "dispatcher"), onMove: o.OnMove, journal: o.Journal, failpoint: o.Failpoint,
		wakeup: make(chan struct{}, 1), looks: map[string]look{}}
}

// Wake says that an action or a run may have moved. It never blocks.
func (d *Dispatcher) Wake() {
	select {
	case d.wakeup <- struct{}{}:
	default:
	}
}

// Reconcile reads open actions after a start: what was being sent is in doubt,
// and what ended meanwhile is closed by the runs that history knows.
func (d *Dispatcher) Reconcile(ctx context.Context) error {
	open, err := d.g.Ledger.Actions(ctx, ActionQuery{Open: true, Limit: maxOpen})
	if err != nil {
		return fmt.Errorf("reconcile: %w", err)
	}
	for _, a := range open {
		if a.State == catalog.ActionDispatching {
			if _, err := d.move(ctx, a, Restart, "weir was restarted while it was being sent", ""); err != nil {
				return fmt.Errorf("reconcile: %w", err)
			}
		} else if _, err := d.closeByRuns(ctx, a); err != nil {
			return fmt.Errorf("reconcile: %w", err)
		}
	}
	d.mu.Lock()
	d.opened = true
	d.mu.Unlock()
	d.Wake()
	return nil
}

// maxOpen bounds how many open actions are looked at in one round.
const maxOpen = 500

// Run works until ctx ends.
func (d *Dispatcher) Run(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		var next <-chan time.Time
		if at := d.runOnce(ctx); !at.IsZero() {
			timer.Reset(max(at.Sub(d.now()), 0))
			next = timer.C
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.wakeup:
		case <-next:
		}
	}
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
	open, err := d.g.Ledger.Actions(ctx, ActionQuery{Open: true, Limit: maxOpen})
	if err != nil {
		d.slog.Error("open actions not read", "error", err)
		return d.now().Add(time.Second)
	}
	for _, a := range open {
		at, err := d.step(ctx, a)
		if errors.Is(err, catalog.ErrConflict) { // moved by somebody else: read it again
			at, err = d.now(), nil
		}
		if err != nil && ctx.Err() == nil {
			d.slog.Error("action not moved", "action", a.ID, "state", a.State, "error", err)
			at = d.now().Add(time.Second)
		}
		next = soonest(next, at)
	}
	return next
}

// step moves one action and says when time alone may move it again.
func (d *Dispatcher) step(ctx context.Context, a catalog.Action) (time.Time, error) {
	switch a.State {
	case catalog.ActionReady:
		return d.dispatchReady(ctx, a)
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
// it.
func (d *Dispatcher) dispatchReady(ctx context.Context, a catalog.Action) (time.Time, error) {
	if at, done, err := d.stopped(ctx, a); err != nil || done {
		return at, err
	}
	if why := d.blocked(ctx, a); why != "" {
		_, err := d.move(ctx, a, TargetBlocked, why, "")
		return d.now(), err
	}
	a, at, ok, err := d.recheck(ctx, a)
	if err != nil || !ok {
		return at, err
	}
	return d.send(ctx, a)
}

// stopped: an intent past its time or without its policy never fires; the kill
// switch keeps it where it is.
func (d *Dispatcher) stopped(ctx context.Context, a catalog.Action) (time.Time, bool, error) {
	p := d.g.Policies.Get().ByName(a.Policies[0])
	switch {
	case !d.now().Before(a.ValidUntil):
		_, err := d.move(ctx, a, PastValid, "not sent before "+clock(a.ValidUntil), "")
		return time.Time{}, true, err
	case p == nil:
		_, err := d.move(ctx, a, PolicyGone, "its policy is gone", "")
		return time.Time{}, true, err
	case !p.Acts():
		_, err := d.move(ctx, a, PolicyGone, "its policy acts no more: mode "+strings.ToLower(string(p.Mode)), "")
		return time.Time{}, true, err
	}
	on, err := d.g.Ledger.KillSwitch(ctx)
	return a.ValidUntil, on, err
}

// blocked looks before anything is sent: a paused job would take the run and
// never start it, and a tool that does not answer a look would lose the answer.
func (d *Dispatcher) blocked(ctx context.Context, a catalog.Action) string {
	p, ok := d.g.connector(a.Connector).(connectors.Pauser)
	if !ok {
		return ""
	}
	paused, err := p.Paused(ctx, a.ToolJob)
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
		return soonest(l.at, a.ValidUntil), nil
	}
	c := d.g.connector(a.Connector)
	if c == nil {
		return soonest(d.later(a.ID, l), a.ValidUntil), nil
	}
	if _, err := c.Probe(ctx); err != nil || d.blocked(ctx, a) != "" {
		return soonest(d.later(a.ID, l), a.ValidUntil), nil
	}
	d.later(a.ID, l)
	_, err := d.move(ctx, a, TargetFree, a.Connector+" would take it now", "")
	return d.now(), err
}

// recheck decides again just before the send: met elsewhere it is skipped, not
// ready it waits, and newer inputs are taken in, as long as nothing was sent.
func (d *Dispatcher) recheck(ctx context.Context, a catalog.Action) (catalog.Action, time.Time, bool, error) {
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
	ev := Decide(p, s, now)
	switch {
	case s.ResolveErr == "" && (s.Resolved.Connector != a.Connector || s.Resolved.ToolJob != a.ToolJob):
		_, err = d.move(ctx, a, PolicyGone, fmt.Sprintf("the policy starts %s on %s now", s.Resolved.ToolJob, s.Resolved.Connector), "")
		return a, now, false, err
	case ev.Want == catalog.False:
		_, err = d.move(ctx, a, DemandMet, ev.Tree.Says, "")
		return a, now, false, err
	case ev.Outcome != catalog.DecideRun:
		return a, soonest(ev.WakeAt, a.ValidUntil), false, nil
	}
	if a.Key == "" {
		a.Demand, a.Pins, a.Policies = ev.Demand, ev.Pins, a.Policies[:1]
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
	pairs, err := d.g.Matches(ctx)
	if err != nil {
		return a, err
	}
	params := paramsText(a.Params)
	for _, m := range pairs {
		p := m.Policy
		if !p.Acts() || p.Name == a.Policies[0] || p.Target == nil || p.Target.Connector != a.Connector || p.Target.Job != a.ToolJob || paramsText(p.Target.Params) != params {
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

// send commits the intent and then calls the tool.
func (d *Dispatcher) send(ctx context.Context, a catalog.Action) (time.Time, error) {
	starter, ok := d.g.connector(a.Connector).(connectors.Starter)
	if !ok {
		_, err := d.refuse(ctx, a, fmt.Sprintf("connector %q cannot start jobs", a.Connector))
		return time.Time{}, err
	}
	a = d.freeze(a, starter)
	d.failpoint("before-dispatch")
	a, err := d.move(ctx, a, DispatchBegins, "sending to "+a.Connector, "")
	if err != nil {
		return time.Time{}, err
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
	for _, part := range []string{a.Connector, a.ToolJob, paramsText(a.Params), a.Partition, string(a.Kind), fmt.Sprint(a.Attempt)} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	for _, e := range a.Demand {
		fmt.Fprintf(h, "%d:%s", len(e), e)
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil)[:20]))
}

func request(a catalog.Action) connectors.StartRequest {
	return connectors.StartRequest{
		Target: a.ToolJob, Key: a.Key, RunAfter: a.RunAfter, Params: a.Params, Partition: a.Partition,
		Parent: catalog.RunRef{RunID: a.ParentRunID, Job: catalog.JobName(catalog.InternalNamespace, a.Policies[0])},
	}
}

// call sends once and records what is known of the outcome.
func (d *Dispatcher) call(ctx context.Context, a catalog.Action, s connectors.Starter) (time.Time, error) {
	res, err := s.Start(ctx, request(a))
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

// failed: the engine issues no retry of its own. Surely not applied is refused,
// or held until somebody acts; anything else is in doubt and is looked up.
func (d *Dispatcher) failed(ctx context.Context, a catalog.Action, cause error) (time.Time, error) {
	h := AnswerUnknown
	switch connectors.ClassOf(cause) {
	case connectors.Retryable, connectors.Permanent:
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
	found, err := finder.Find(ctx, request(a))
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
	if !ok || !s.Keyed() || a.Moved(catalog.ActionAmbiguous, catalog.ActionDispatching) {
		_, err := d.move(ctx, a, StartTimeout, "the tool has no run with its key, and it is not sent again", "")
		return d.later(a.ID, l), err
	}
	a, err := d.move(ctx, a, ProvenAbsent, "the tool has no run with its key: sending the same again", "")
	if err != nil {
		return time.Time{}, err
	}
	return d.call(ctx, a, s)
}

// watch follows an accepted action: by events first, then by looks. Silence
// makes it lost, but not before one more look; it then holds its target until
// something answers.
func (d *Dispatcher) watch(ctx context.Context, a catalog.Action) (time.Time, error) {
	if moved, err := d.closeByRuns(ctx, a); err != nil || moved {
		return d.now(), err
	}
	due, _ := d.silence(a)
	over := !due.IsZero() && !d.now().Before(due)
	at, moved, err := d.poll(ctx, a, over)
	if err != nil || moved {
		return d.now(), err
	}
	due, h := d.silence(a)
	if due.IsZero() || d.now().Before(due) {
		return soonest(at, due), nil
	}
	_, err = d.move(ctx, a, h, fmt.Sprintf("nothing was heard of it until %s", clock(due)), "")
	return d.now(), err
}

// silence is when an action is given up, and as what; zero never.
func (d *Dispatcher) silence(a catalog.Action) (time.Time, Happening) {
	last := a.Transitions[len(a.Transitions)-1].At
	l := d.look(a.ID, firstLook)
	if l.heard.After(last) {
		last = l.heard
	}
	switch {
	case !l.ended.IsZero(): // waits for the events of its end
	case a.State == catalog.ActionAccepted && a.StartTimeout > 0:
		return last.Add(a.StartTimeout), StartTimeout
	case (a.State == catalog.ActionRunning || a.State == catalog.ActionCancelling) && a.RunTimeout > 0:
		return last.Add(a.RunTimeout), RunTimeout
	}
	return time.Time{}, ""
}

// Looks at a run begin after firstLook and grow to maxLook.
const (
	firstLook = 5 * time.Second
	maxLook   = time.Minute
)

// poll asks the tool itself, when a look is due or forced. A terminal state
// that no event told waits for event_grace, unless the connector makes the
// events.
func (d *Dispatcher) poll(ctx context.Context, a catalog.Action, force bool) (at time.Time, moved bool, err error) {
	l := d.look(a.ID, firstLook)
	if !force && d.now().Before(l.at) {
		return l.at, false, nil
	}
	c := d.g.connector(a.Connector)
	getter, ok := c.(connectors.Getter)
	if !ok || a.ExternalID == "" {
		return d.later(a.ID, l), false, nil
	}
	run, err := getter.Get(ctx, a.ToolJob, a.ExternalID)
	if err != nil {
		d.slog.Warn("the tool did not answer about a run", "action", a.ID, "error", err)
		return d.later(a.ID, l), false, nil
	}
	h := pollHappening(run.State)
	if run.State.Terminal() {
		return d.endedByPoll(ctx, a, c, run, h, l)
	}
	if run.State == catalog.RunQueued || run.State == catalog.RunRunning {
		l.heard = d.now()
	}
	next, err := Next(a.State, h)
	if err != nil || next == a.State {
		return d.later(a.ID, l), false, err
	}
	d.later(a.ID, l)
	_, err = d.move(ctx, a, h, "the tool says "+run.Raw, run.ExternalID)
	return d.now(), true, err
}

func (d *Dispatcher) endedByPoll(ctx context.Context, a catalog.Action, c connectors.Connector, run connectors.RunState, h Happening, l look) (time.Time, bool, error) {
	if l.ended.IsZero() {
		l.ended = d.now()
	}
	makes := false
	if m, ok := c.(connectors.EventMaker); ok {
		makes = m.MakesEvents()
	}
	if until := l.ended.Add(a.EventGrace); !makes && d.now().Before(until) {
		l.at = until
		d.remember(a.ID, l)
		return until, false, nil
	}
	if err := d.fileAnswer(ctx, a, run); err != nil {
		return d.later(a.ID, l), false, err
	}
	_, err := d.move(ctx, a, h, "the tool says "+run.Raw+" (poll)", run.ExternalID)
	return d.now(), true, err
}

// fileAnswer journals what only the tool told, so that history knows the run
// ended.
func (d *Dispatcher) fileAnswer(ctx context.Context, a catalog.Action, run connectors.RunState) error {
	if a.Run.IsZero() {
		return nil
	}
	at := run.EndedAt
	if at.IsZero() {
		at = d.now()
	}
	return d.journal(ctx, catalog.ToolAnswer{Job: a.Run.Job, RunID: a.Run.RunID, State: run.State, At: at.UTC(), Raw: run.Raw, Connector: a.Connector, ExternalID: run.ExternalID})
}

func pollHappening(s catalog.RunState) Happening {
	switch s {
	case catalog.RunQueued:
		return PollQueued
	case catalog.RunRunning:
		return PollRunning
	case catalog.RunSucceeded:
		return PollSucceeded
	case catalog.RunFailed, catalog.RunPartial, catalog.RunSkipped:
		return PollFailed
	case catalog.RunCancelled:
		return RunCancelled
	}
	return PollUnknown
}

// closeByRuns is the query that closes: runs whose parent is ours, or whose
// tool id or predicted run id matches.
func (d *Dispatcher) closeByRuns(ctx context.Context, a catalog.Action) (bool, error) {
	run, ok, err := d.runOf(ctx, a)
	if err != nil || !ok {
		return false, err
	}
	h := RunStarted
	switch run.State {
	case catalog.RunSucceeded:
		h = RunSucceeded
	case catalog.RunFailed, catalog.RunPartial, catalog.RunSkipped:
		h = RunFailed
	case catalog.RunCancelled:
		h = RunCancelled
	}
	next, err := Next(a.State, h)
	if err != nil || next == a.State && a.Run == run.Key {
		return false, err
	}
	if run.ExternalID != "" {
		a.ExternalID = run.ExternalID
	}
	a.Run = run.Key
	_, err = d.move(ctx, a, h, fmt.Sprintf("run %s of %s is %s", run.Key.RunID, run.Key.Job.Name, run.State), run.Key.ID())
	return true, err
}

func (d *Dispatcher) runOf(ctx context.Context, a catalog.Action) (catalog.Run, bool, error) {
	if a.Key == "" {
		return catalog.Run{}, false, nil
	}
	queries := []RunQuery{{DirectParentRunIDs: []string{a.ParentRunID}, Limit: 5}}
	if len(a.PredictedRunIDs) > 0 {
		queries = append(queries, RunQuery{RunIDs: a.PredictedRunIDs, Limit: 5})
	}
	if a.ExternalID != "" {
		queries = append(queries, RunQuery{ExternalIDs: []string{a.ExternalID}, Limit: 5})
	}
	for _, q := range queries {
		runs, err := d.g.History.Runs(ctx, q)
		if err != nil {
			return catalog.Run{}, false, err
		}
		if len(runs) > 0 {
			return runs[0], true, nil
		}
	}
	return catalog.Run{}, false, nil
}

// move takes an action through the table and makes the step durable.
func (d *Dispatcher) move(ctx context.Context, a catalog.Action, h Happening, cause, evidence string) (catalog.Action, error) {
	from := a.State
	to, err := Next(from, h)
	if err != nil {
		return a, err
	}
	if to == from && h != RunStarted {
		return a, nil
	}
	a.State = to
	a.Transitions = append(a.Transitions, catalog.ActionTransition{From: from, To: to, At: d.now().UTC(), Actor: "weir", Cause: cause, Evidence: evidence})
	d.failpoint("move-" + strings.ToLower(string(to)))
	a, err = d.g.Ledger.Update(ctx, from, a)
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

func (d *Dispatcher) look(id string, first time.Duration) look {
	d.mu.Lock()
	defer d.mu.Unlock()
	l, ok := d.looks[id]
	if !ok {
		l = look{at: d.now().Add(first), wait: first}
		d.looks[id] = l
	}
	return l
}

// later plans the next look, twice as far as the last one.
func (d *Dispatcher) later(id string, l look) time.Time {
	l.at = d.now().Add(l.wait)
	l.wait = min(2*l.wait, maxLook)
	d.remember(id, l)
	return l.at
}

func (d *Dispatcher) remember(id string, l look) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looks[id] = l
}

func (d *Dispatcher) forget(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.looks, id)
}
