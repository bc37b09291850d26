package policies

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// rerunning runs an ended run once more, in its place.
type rerunning struct {
	d *Dispatcher
	r connectors.Rerunner
}

func (v rerunning) request(ctx context.Context, a catalog.Action) (connectors.RerunRequest, error) {
	r := connectors.RerunRequest{Target: a.ToolJob, ExternalID: a.ExternalID, Key: a.Key, Whole: a.Whole}
	tries, err := v.d.g.History.Runs(ctx, RunQuery{ExternalIDs: []string{a.ExternalID}, Limit: maxTries})
	for _, t := range tries {
		r.Known = append(r.Known, t.Key.RunID)
	}
	return r, err
}

// maxTries bounds how many tries of one run are looked at.
const maxTries = 100

// prepare marks the try that ended, so that the next can be told from it.
func (v rerunning) prepare(ctx context.Context, a catalog.Action) (catalog.Action, readiness, error) {
	if busy, err := v.d.g.busy(ctx, a); err != nil || busy != "" {
		return a, readiness{wait: true}, err
	}
	if until := v.d.resting(a.Connector); !until.IsZero() {
		return a, readiness{wait: true, until: until}, nil
	}
	r, err := v.request(ctx, a)
	if err != nil {
		return a, readiness{}, err
	}
	answered := v.d.asking(a.Connector)
	t, err := v.r.LookBefore(ctx, r)
	answered(err)
	switch {
	case err != nil && connectors.ClassOf(err) == connectors.Permanent:
		return a, readiness{instead: AnswerRefused, cause: withHint(err)}, nil
	case err != nil:
		return a, readiness{}, err
	case !t.State.Terminal():
		return a, readiness{instead: AnswerRefused, cause: fmt.Sprintf("the run has not ended: the tool says %s (cancel it first)", t.Raw)}, nil
	case t.State == catalog.RunSucceeded && !a.Whole:
		return a, readiness{instead: DemandMet, cause: "nothing of it failed: the tool says " + strings.ToLower(t.Raw)}, nil
	}
	a.Mark, a.PredictedRunIDs = t.Mark, t.NextRunIDs
	return a, readiness{}, nil
}

func (rerunning) begin(context.Context, catalog.Action) error   { return nil }
func (rerunning) refused(context.Context, catalog.Action) error { return nil }

func (v rerunning) again() bool { return v.r.KeyedRerun() }

func (v rerunning) send(ctx context.Context, a catalog.Action) error {
	return v.r.Rerun(ctx, connectors.RerunRequest{Target: a.ToolJob, ExternalID: a.ExternalID, Key: a.Key, Whole: a.Whole})
}

func (v rerunning) seen(ctx context.Context, a catalog.Action) (catalog.Ternary, string) {
	r, err := v.request(ctx, a)
	if err != nil {
		return catalog.Unknown, ""
	}
	answered := v.d.asking(a.Connector)
	t, err := v.r.LookBefore(ctx, r)
	answered(err)
	switch {
	case err != nil:
		return catalog.Unknown, ""
	case t.Mark != a.Mark:
		return catalog.True, "the run was tried again (" + t.Mark + ")"
	}
	return catalog.False, "the run stands as before (" + t.Mark + ")"
}

// finish: a rerun is closed as a start is, by the events of its run.
func (v rerunning) finish(ctx context.Context, a catalog.Action) (time.Time, error) {
	return v.d.watch(ctx, a)
}

// switching sets the tool's own pause switch of a job.
type switching struct {
	d *Dispatcher
	p connectors.Pauser
}

func (switching) prepare(_ context.Context, a catalog.Action) (catalog.Action, readiness, error) {
	return a, readiness{}, nil
}

func (switching) begin(context.Context, catalog.Action) error   { return nil }
func (switching) refused(context.Context, catalog.Action) error { return nil }

// again: the switch stands where it was put.
func (switching) again() bool { return true }

func (v switching) send(ctx context.Context, a catalog.Action) error {
	return v.p.SetPaused(ctx, a.ToolJob, a.Kind == catalog.ActionPause)
}

func (v switching) seen(ctx context.Context, a catalog.Action) (catalog.Ternary, string) {
	answered := v.d.asking(a.Connector)
	paused, err := v.p.Paused(ctx, a.ToolJob)
	answered(err)
	if err != nil {
		return catalog.Unknown, ""
	}
	says := "the tool says that it is not paused"
	if paused {
		says = "the tool says that it is paused"
	}
	return catalog.Truth(paused == (a.Kind == catalog.ActionPause)), says
}

// finish looks at the switch: no event tells of it.
func (v switching) finish(ctx context.Context, a catalog.Action) (time.Time, error) {
	if until := v.d.resting(a.Connector); !until.IsZero() {
		return until, nil
	}
	done, says := v.seen(ctx, a)
	if done != catalog.True {
		l := v.d.look(a.ID, firstLook)
		if due, h := v.d.silence(a); !due.IsZero() && !v.d.now().Before(due) {
			_, err := v.d.move(ctx, a, h, "it did not come about until "+clock(due), "")
			return v.d.now(), err
		}
		return v.d.later(a.ID, l), nil
	}
	_, err := v.d.move(ctx, a, EffectSeen, says, "")
	return v.d.now(), err
}
