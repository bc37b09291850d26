package policies_test

import (
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

func TestPausedBy(t *testing.T) {
	at := time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	is := func(k catalog.ActionKind, s catalog.ActionState, cause string) catalog.Action {
		return catalog.Action{Kind: k, State: s, CreatedAt: at, Asked: &catalog.Asked{Actor: "ana", Reason: "month end"}, Transitions: []catalog.ActionTransition{{To: s, At: at, Cause: cause}}}
	}
	// moved is a that went on, an hour each.
	moved := func(a catalog.Action, to ...catalog.ActionState) catalog.Action {
		for i, s := range to {
			a.State, a.Transitions = s, append(a.Transitions, catalog.ActionTransition{From: a.State, To: s, At: at.Add(time.Duration(i+1) * time.Hour)})
		}
		return a
	}
	accepted := is(catalog.ActionTrigger, catalog.ActionAccepted, "")
	ran := is(catalog.ActionTrigger, catalog.ActionSucceeded, "")
	paused := is(catalog.ActionPause, catalog.ActionSucceeded, "")
	for name, c := range map[string]struct {
		list []catalog.Action
		want catalog.Ternary
		says string
	}{
		"nothing tells":                      {nil, catalog.Unknown, "weir has neither paused it nor seen it take a run"},
		"what failed to be sent, neither":    {[]catalog.Action{is(catalog.ActionTrigger, catalog.ActionRefused, ""), is(catalog.ActionPause, catalog.ActionFailed, "")}, catalog.Unknown, "weir has neither paused it nor seen it take a run"},
		"a pause":                            {[]catalog.Action{is(catalog.ActionTrigger, catalog.ActionReady, ""), paused, ran}, catalog.True, "ana paused it at 2026-03-01 06:00:00Z: month end"},
		"its end":                            {[]catalog.Action{is(catalog.ActionResume, catalog.ActionSucceeded, ""), paused}, catalog.False, "ana resumed it at 2026-03-01 06:00:00Z: month end"},
		"a run after it":                     {[]catalog.Action{ran, paused}, catalog.False, "it took the run that was asked for at 2026-03-01 06:00:00Z"},
		"an order on its way":                {[]catalog.Action{is(catalog.ActionResume, catalog.ActionAccepted, ""), paused}, catalog.Unknown, "ana asked at 2026-03-01 06:00:00Z to have it resumed, and that is not done yet"},
		"a run that is held":                 {[]catalog.Action{is(catalog.ActionTrigger, catalog.ActionHeld, "dbt is paused in airflow"), ran}, catalog.Unknown, "a run of it is held: dbt is paused in airflow"},
		"a run after it that failed":         {[]catalog.Action{moved(accepted, catalog.ActionRunning, catalog.ActionFailed), paused}, catalog.False, "it took the run that was asked for at 2026-03-01 06:00:00Z"},
		"one that was cancelled":             {[]catalog.Action{moved(accepted, catalog.ActionRunning, catalog.ActionCancelling, catalog.ActionCancelled)}, catalog.False, "it took the run that was asked for at 2026-03-01 06:00:00Z"},
		"one that is lost":                   {[]catalog.Action{moved(accepted, catalog.ActionRunning, catalog.ActionLost), paused}, catalog.False, "it took the run that was asked for at 2026-03-01 06:00:00Z"},
		"one that was lost before it began":  {[]catalog.Action{moved(accepted, catalog.ActionLost), paused}, catalog.True, "ana paused it at 2026-03-01 06:00:00Z: month end"},
		"a run asked after, begun before it": {[]catalog.Action{moved(accepted, catalog.ActionRunning), moved(is(catalog.ActionPause, catalog.ActionReady, ""), catalog.ActionAccepted, catalog.ActionSucceeded)}, catalog.True, "ana paused it at 2026-03-01 06:00:00Z: month end"},
		"a run asked before, begun after it": {[]catalog.Action{paused, moved(accepted, catalog.ActionRunning)}, catalog.False, "it took the run that was asked for at 2026-03-01 06:00:00Z"},
		"a run that a cancel did not stop":   {[]catalog.Action{moved(is(catalog.ActionPause, catalog.ActionReady, ""), catalog.ActionAccepted, catalog.ActionSucceeded), moved(accepted, catalog.ActionRunning, catalog.ActionCancelling, catalog.ActionRunning)}, catalog.True, "ana paused it at 2026-03-01 06:00:00Z: month end"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, says := policies.PausedBy(c.list); got != c.want || says != c.says {
				t.Errorf("got %s, %q, want %s, %q", got, says, c.want, c.says)
			}
		})
	}
}
