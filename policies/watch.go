package policies

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// look is when an action's run is asked for next, and how long looks wait.
type look struct {
	at   time.Time
	wait time.Duration
	// heard is when the tool last said that the run waits or goes on.
	heard time.Time
	// ended is when a poll first saw a terminal state that no event told.
	ended time.Time
}

// watch follows an accepted action: by events first, then by looks. Silence
// makes it lost, but not before one more look; it then holds its target until
// something answers.
func (d *Dispatcher) watch(ctx context.Context, a catalog.Action) (time.Time, error) {
	if d.told.concerns(a) {
		if moved, err := d.closeByRuns(ctx, a); err != nil || moved {
			return d.now(), err
		}
		d.told.looked(a)
	}
	due, _ := d.silence(a)
	over := !due.IsZero() && !d.now().Before(due)
	if until := d.resting(a.Connector); over && !until.IsZero() { // the one more look is when it is asked again
		return until, nil
	}
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
	if until := d.resting(a.Connector); !until.IsZero() {
		return until, false, nil
	}
	answered := d.asking(a.Connector)
	run, err := getter.Get(ctx, a.ToolJob, a.ExternalID)
	answered(err)
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
	_, err = d.move(ctx, a, h, fmt.Sprintf("run %s of %s is %s", run.Key.RunID, run.Key.Job.Name, strings.ToLower(string(run.State))), run.Key.ID())
	return true, err
}

// runOf finds the action's run by all that it is known by, the surest first. A
// rerun has the tool's id of the run before, so only a later start is its own.
func (d *Dispatcher) runOf(ctx context.Context, a catalog.Action) (catalog.Run, bool, error) {
	if a.Key == "" || !a.Kind.StartsRun() {
		return catalog.Run{}, false, nil
	}
	if a.Kind == catalog.ActionTrigger {
		if run, ok, err := d.firstRun(ctx, RunQuery{DirectParentRunIDs: []string{a.ParentRunID}, Limit: 5}); ok || err != nil {
			return run, ok, err
		}
	}
	if len(a.PredictedRunIDs) > 0 {
		if run, ok, err := d.firstRun(ctx, RunQuery{RunIDs: a.PredictedRunIDs, Limit: 5}); ok || err != nil {
			return run, ok, err
		}
	}
	if a.ExternalID == "" {
		return catalog.Run{}, false, nil
	}
	q := RunQuery{ExternalIDs: []string{a.ExternalID}, Limit: 5}
	if a.Kind == catalog.ActionRerun {
		q.StartedAfter = a.RunAfter
	}
	return d.firstRun(ctx, q)
}

func (d *Dispatcher) firstRun(ctx context.Context, q RunQuery) (catalog.Run, bool, error) {
	runs, err := d.g.History.Runs(ctx, q)
	if err != nil || len(runs) == 0 {
		return catalog.Run{}, false, err
	}
	return runs[0], true, nil
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
	d.told.forget(id)
}
