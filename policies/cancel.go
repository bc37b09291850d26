package policies

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// cancelling stops the run of an action (Action.Of), a whole backfill, or a run
// that weir did not start (Action.Run).
type cancelling struct {
	d *Dispatcher
	c connectors.Connector
}

// prepare takes back what was not sent; a cancel of it never reaches the tool.
func (v cancelling) prepare(ctx context.Context, a catalog.Action) (catalog.Action, readiness, error) {
	if a.Of == "" {
		return v.prepareForeign(ctx, a)
	}
	s, err := v.d.actionOfID(ctx, a.Of)
	switch {
	case err != nil:
		return a, readiness{}, err
	case s.State.Terminal():
		return a, readiness{instead: DemandMet, cause: "it is closed already: " + strings.ToLower(string(s.State))}, nil
	case s.Kind == catalog.ActionBackfill && s.State == catalog.ActionRunning:
		return a, readiness{}, nil
	case !sent(s.State):
		_, err := v.d.moveAs(ctx, actorOf(a), s, CancelAsked, reasonOf(a), a.ID)
		return a, readiness{instead: DemandMet, cause: "it was not sent yet, and is not any more"}, err
	case s.State == catalog.ActionDispatching, s.State == catalog.ActionAmbiguous, s.ExternalID == "":
		return a, readiness{wait: true}, nil // nobody knows yet what to stop
	}
	a.ExternalID, a.Run = s.ExternalID, s.Run
	return a, readiness{}, nil
}

func (v cancelling) prepareForeign(ctx context.Context, a catalog.Action) (catalog.Action, readiness, error) {
	run, ok, err := v.run(ctx, a)
	if err == nil && ok && run.State.Terminal() {
		return a, readiness{instead: DemandMet, cause: "the run has ended already: " + strings.ToLower(string(run.State))}, nil
	}
	return a, readiness{}, err
}

// begin says on the action itself that it is being stopped: its run may end
// before the tool has answered.
func (v cancelling) begin(ctx context.Context, a catalog.Action) error {
	return v.tell(ctx, a, CancelAsked)
}

func (v cancelling) refused(ctx context.Context, a catalog.Action) error {
	return v.tell(ctx, a, CancelRefused)
}

func (v cancelling) tell(ctx context.Context, a catalog.Action, h Happening) error {
	if a.Of == "" {
		return nil
	}
	s, err := v.d.actionOfID(ctx, a.Of)
	if err != nil {
		return err
	}
	_, err = v.d.moveAs(ctx, actorOf(a), s, h, reasonOf(a), a.ID)
	return err
}

func (v cancelling) send(ctx context.Context, a catalog.Action) error {
	if a.ExternalID == "" {
		return nil // a backfill: its parts are cancelled one by one
	}
	s, ok := v.c.(connectors.Stopper)
	if !ok {
		return &connectors.Error{Class: connectors.Permanent, Op: "stop run", Message: cannot(v.c, catalog.ActionCancel, a.Connector)}
	}
	return s.Stop(ctx, a.ToolJob, a.ExternalID)
}

// again: a run is stopped once, however often it is asked.
func (v cancelling) again() bool { return true }

func (v cancelling) seen(ctx context.Context, a catalog.Action) (catalog.Ternary, string) {
	if a.ExternalID == "" {
		return catalog.True, "it is written down"
	}
	g, ok := v.c.(connectors.Getter)
	if !ok {
		return catalog.Unknown, ""
	}
	answered := v.d.asking(a.Connector)
	run, err := g.Get(ctx, a.ToolJob, a.ExternalID)
	answered(err)
	switch {
	case missing(err):
		return catalog.True, "the tool has no such run any more"
	case err != nil || run.State == catalog.RunUnknown && !run.Stopping:
		return catalog.Unknown, ""
	case run.State.Terminal() || run.Stopping:
		return catalog.True, "the tool says " + run.Raw
	}
	return catalog.False, "the tool says " + run.Raw
}

// missing: the tool answered that there is no such thing.
func missing(err error) bool {
	var e *connectors.Error
	return errors.As(err, &e) && e.Class == connectors.Permanent && (e.ToolCode == "404" || e.ToolCode == "ResourceNotFound")
}

// finish waits for the end of what was stopped, as its own events tell it.
func (v cancelling) finish(ctx context.Context, a catalog.Action) (time.Time, error) {
	if a.Of == "" {
		return v.finishForeign(ctx, a)
	}
	s, err := v.d.actionOfID(ctx, a.Of)
	if err != nil || !s.State.Terminal() {
		return time.Time{}, err
	}
	h := EffectSeen
	if s.State == catalog.ActionSucceeded {
		h = EffectMissed
	}
	_, err = v.d.move(ctx, a, h, "it ended as "+strings.ToLower(string(s.State)), s.ID)
	return v.d.now(), err
}

// finishForeign follows a run that is no action's: by its events, then by
// looks, which wait for the events of the end.
func (v cancelling) finishForeign(ctx context.Context, a catalog.Action) (time.Time, error) {
	run, ok, err := v.run(ctx, a)
	if err != nil {
		return time.Time{}, err
	}
	if ok && run.State.Terminal() {
		return v.ended(ctx, a, run.State, run.Key.ID(), "")
	}
	l := v.d.look(a.ID, firstLook)
	if v.d.now().Before(l.at) {
		return l.at, nil
	}
	g, can := v.c.(connectors.Getter)
	if !can {
		return v.d.later(a.ID, l), nil
	}
	if until := v.d.resting(a.Connector); !until.IsZero() {
		return until, nil
	}
	answered := v.d.asking(a.Connector)
	state, err := g.Get(ctx, a.ToolJob, a.ExternalID)
	answered(err)
	if err != nil || !state.State.Terminal() {
		return v.d.later(a.ID, l), nil
	}
	if l.ended.IsZero() {
		l.ended = v.d.now()
	}
	if until := l.ended.Add(a.EventGrace); v.d.now().Before(until) {
		l.at = until
		v.d.remember(a.ID, l)
		return until, nil
	}
	if err := v.d.fileAnswer(ctx, a, state); err != nil {
		return v.d.later(a.ID, l), nil
	}
	return v.ended(ctx, a, state.State, state.ExternalID, " (poll)")
}

func (v cancelling) ended(ctx context.Context, a catalog.Action, s catalog.RunState, evidence, how string) (time.Time, error) {
	h := EffectSeen
	if s == catalog.RunSucceeded {
		h = EffectMissed
	}
	_, err := v.d.move(ctx, a, h, fmt.Sprintf("the run ended as %s%s", strings.ToLower(string(s)), how), evidence)
	return v.d.now(), err
}

func (v cancelling) run(ctx context.Context, a catalog.Action) (catalog.Run, bool, error) {
	list, err := v.d.g.History.Runs(ctx, RunQuery{Keys: []catalog.RunKey{a.Run}, Limit: 1})
	if err != nil || len(list) == 0 {
		return catalog.Run{}, false, err
	}
	return list[0], true, nil
}

func actorOf(a catalog.Action) string {
	if a.Asked == nil {
		return "weir"
	}
	return a.Asked.Actor
}

func reasonOf(a catalog.Action) string {
	if a.Asked == nil {
		return "cancel"
	}
	return a.Asked.Reason
}
