package policies

import (
	"fmt"

	"github.com/weirhq/weir/catalog"
)

// PausedBy says whether a tool's job is paused, as far as weir has seen it: by what
// it sent to the job, newest first. The newest that tells decides: an order that the
// tool followed, or a run, which no paused job starts. What is on its way or held
// leaves it open, for only the tool knows.
func PausedBy(list []catalog.Action) (catalog.Ternary, string) {
	for _, a := range list {
		order := a.Kind == catalog.ActionPause || a.Kind == catalog.ActionResume
		switch {
		case order && !a.State.Terminal():
			return catalog.Unknown, fmt.Sprintf("%s asked at %s to have it %s, and that is not done yet", actorOf(a), clock(a.CreatedAt), followed[a.Kind])
		case order && a.State == catalog.ActionSucceeded:
			return catalog.Truth(a.Kind == catalog.ActionPause), fmt.Sprintf("%s %s it at %s: %s", actorOf(a), followed[a.Kind], clock(a.CreatedAt), reasonOf(a))
		case a.Kind.StartsRun() && a.State == catalog.ActionHeld:
			return catalog.Unknown, "a run of it is held: " + a.Transitions[len(a.Transitions)-1].Cause
		case a.Kind.StartsRun() && (a.State == catalog.ActionRunning || a.State == catalog.ActionSucceeded):
			return catalog.False, fmt.Sprintf("it took the run that was asked for at %s", clock(a.CreatedAt))
		}
	}
	return catalog.Unknown, "weir has neither paused it nor seen it take a run"
}

var followed = map[catalog.ActionKind]string{catalog.ActionPause: "paused", catalog.ActionResume: "resumed"}
