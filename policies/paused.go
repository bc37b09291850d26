package policies

import (
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
)

// PausedBy says whether a tool's job is paused, as far as weir has seen it: by what
// it sent to the job, newest first. What happened last decides, not what was asked
// last: an order that the tool followed, or a run that it began, however that ended,
// for no paused job begins one. What is on its way or held leaves it open, for only
// the tool knows.
func PausedBy(list []catalog.Action) (catalog.Ternary, string) {
	var last *catalog.Action
	var when time.Time
	for i := range list {
		if at, tells := toldOfPause(list[i]); tells && (last == nil || at.After(when)) {
			last, when = &list[i], at
		}
	}
	if last == nil {
		return catalog.Unknown, "weir has neither paused it nor seen it take a run"
	}
	return pauseOf(*last)
}

// toldOfPause is when an action came to tell of its job's switch, if it does.
func toldOfPause(a catalog.Action) (time.Time, bool) {
	switch {
	case a.Kind == catalog.ActionPause || a.Kind == catalog.ActionResume:
		return lastMoved(a), !a.State.Terminal() || a.State == catalog.ActionSucceeded
	case !a.Kind.StartsRun():
		return time.Time{}, false
	case a.State == catalog.ActionHeld:
		return lastMoved(a), true
	}
	for _, t := range a.Transitions { // the first: what runs is not begun by a refused cancel
		if t.To == catalog.ActionRunning || t.To == catalog.ActionSucceeded {
			return t.At, true
		}
	}
	return time.Time{}, false
}

// lastMoved is when an action came to be as it is.
func lastMoved(a catalog.Action) time.Time {
	if n := len(a.Transitions); n > 0 {
		return a.Transitions[n-1].At
	}
	return a.CreatedAt
}

// pauseOf is what an action tells that does tell.
func pauseOf(a catalog.Action) (catalog.Ternary, string) {
	switch {
	case a.Kind.StartsRun() && a.State == catalog.ActionHeld:
		return catalog.Unknown, "a run of it is held: " + a.Transitions[len(a.Transitions)-1].Cause
	case a.Kind.StartsRun():
		return catalog.False, fmt.Sprintf("it took the run that was asked for at %s", clock(a.CreatedAt))
	case !a.State.Terminal():
		return catalog.Unknown, fmt.Sprintf("%s asked at %s to have it %s, and that is not done yet", actorOf(a), clock(a.CreatedAt), followed[a.Kind])
	}
	return catalog.Truth(a.Kind == catalog.ActionPause), fmt.Sprintf("%s %s it at %s: %s", actorOf(a), followed[a.Kind], clock(a.CreatedAt), reasonOf(a))
}

var followed = map[catalog.ActionKind]string{catalog.ActionPause: "paused", catalog.ActionResume: "resumed"}
