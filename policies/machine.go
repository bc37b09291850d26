package policies

import (
	"fmt"

	"github.com/weirhq/weir/catalog"
)

// Happening is something that can move an action. Said*: a person found it out,
// of an action of which weir does not know.
type Happening string

// The happenings. Run*: an event of the tool's own run. Poll*: the tool's
// answer to a look. Answer*: the answer to the call itself. Effect*: whether
// what was asked of a run or a job has come about.
const (
	RunStarted       Happening = "run started"
	RunSucceeded     Happening = "run succeeded"
	RunFailed        Happening = "run failed"
	RunCancelled     Happening = "run cancelled"
	PollQueued       Happening = "poll: queued"
	PollRunning      Happening = "poll: running"
	PollSucceeded    Happening = "poll: succeeded"
	PollFailed       Happening = "poll: failed"
	PollUnknown      Happening = "poll: unknown"
	PollMissing      Happening = "poll: no such run"
	AnswerOK         Happening = "answer: started"
	AnswerDuplicate  Happening = "answer: had it already"
	AnswerRefused    Happening = "answer: refused"
	AnswerConflict   Happening = "answer: another run has the place"
	AnswerBlocked    Happening = "answer: blocked"
	AnswerUnknown    Happening = "answer: unknown"
	FoundRun         Happening = "found by key"
	ProvenAbsent     Happening = "proven absent"
	TargetBlocked    Happening = "target blocked"
	TargetFree       Happening = "target free"
	DispatchBegins   Happening = "dispatch"
	StartTimeout     Happening = "no start in time"
	RunTimeout       Happening = "no word in time"
	Restart          Happening = "restart"
	PastValid        Happening = "past valid_until"
	DemandMet        Happening = "demand met elsewhere"
	PolicyGone       Happening = "policy gone"
	CancelAsked      Happening = "cancel asked"
	CancelRefused    Happening = "cancel refused"
	PartsBegin       Happening = "parts begin"
	EffectSeen       Happening = "effect seen"
	EffectMissed     Happening = "effect missed"
	Approved         Happening = "approved"
	RejectedByPerson Happening = "rejected"
	ApprovalNeeded   Happening = "a person has to be asked"
	Admitted         Happening = "admitted"
	SaidSucceeded    Happening = "said to have succeeded"
	SaidFailed       Happening = "said to have failed"
	SaidNotSent      Happening = "said to be never sent"
)

// Happenings lists all, for the table test.
var Happenings = []Happening{
	RunStarted, RunSucceeded, RunFailed, RunCancelled, PollQueued, PollRunning, PollSucceeded, PollFailed, PollUnknown, PollMissing,
	AnswerOK, AnswerDuplicate, AnswerRefused, AnswerConflict, AnswerBlocked, AnswerUnknown, FoundRun, ProvenAbsent,
	TargetBlocked, TargetFree, DispatchBegins, StartTimeout, RunTimeout, Restart, PastValid,
	DemandMet, PolicyGone, CancelAsked, CancelRefused, PartsBegin, EffectSeen, EffectMissed, Approved, RejectedByPerson, ApprovalNeeded, Admitted,
	SaidSucceeded, SaidFailed, SaidNotSent,
}

// States lists all action states.
var States = []catalog.ActionState{
	catalog.ActionProposed, catalog.ActionAwaitingApproval, catalog.ActionPlanned, catalog.ActionHeld, catalog.ActionReady,
	catalog.ActionDispatching, catalog.ActionAmbiguous, catalog.ActionAccepted, catalog.ActionRunning, catalog.ActionCancelling,
	catalog.ActionSucceeded, catalog.ActionFailed, catalog.ActionCancelled, catalog.ActionRefused, catalog.ActionRejected,
	catalog.ActionSkipped, catalog.ActionShadowed, catalog.ActionSuperseded, catalog.ActionExpired, catalog.ActionLost,
}

// Next says where a happening leads from a state. Every cell is defined: stay
// (the state itself) is an answer, and impossible happenings are errors.
func Next(from catalog.ActionState, h Happening) (catalog.ActionState, error) {
	if from.Terminal() {
		return from, nil // a later word is recorded with the run, never acted on
	}
	switch from {
	case catalog.ActionProposed, catalog.ActionAwaitingApproval, catalog.ActionPlanned, catalog.ActionHeld, catalog.ActionReady:
		return beforeDispatch(from, h)
	case catalog.ActionDispatching, catalog.ActionAmbiguous:
		return inDoubt(from, h)
	case catalog.ActionAccepted, catalog.ActionRunning, catalog.ActionCancelling, catalog.ActionLost:
		return afterDispatch(from, h)
	}
	return from, fmt.Errorf("action state %q is unknown", from)
}

// beforeDispatch: nothing was sent, or the tool said that it did not take it,
// so no run of ours can exist. One that speaks up all the same proves the
// tool's answer wrong.
func beforeDispatch(from catalog.ActionState, h Happening) (catalog.ActionState, error) {
	switch h {
	case PastValid:
		return catalog.ActionExpired, nil
	case DemandMet:
		return catalog.ActionSkipped, nil
	case PolicyGone:
		return catalog.ActionSuperseded, nil
	case CancelAsked:
		return catalog.ActionCancelled, nil
	case RejectedByPerson:
		return catalog.ActionRejected, nil
	case Approved:
		if from == catalog.ActionAwaitingApproval || from == catalog.ActionProposed {
			return catalog.ActionPlanned, nil
		}
		return from, nil
	case ApprovalNeeded:
		if from == catalog.ActionProposed || from == catalog.ActionReady {
			return catalog.ActionAwaitingApproval, nil
		}
		return from, nil
	case Admitted:
		if from == catalog.ActionPlanned {
			return catalog.ActionReady, nil
		}
		return from, nil
	case DispatchBegins:
		if from == catalog.ActionReady {
			return catalog.ActionDispatching, nil
		}
		return from, fmt.Errorf("dispatch of an action that is %s", from)
	case TargetBlocked:
		if from == catalog.ActionReady {
			return catalog.ActionHeld, nil
		}
		return from, nil
	case TargetFree:
		if from == catalog.ActionHeld {
			return catalog.ActionReady, nil
		}
		return from, nil
	case PartsBegin:
		if from == catalog.ActionReady {
			return catalog.ActionRunning, nil
		}
		return from, fmt.Errorf("parts of an action that is %s", from)
	case Restart, StartTimeout, RunTimeout, CancelRefused, SaidSucceeded, SaidFailed, SaidNotSent:
		return from, nil
	}
	if from == catalog.ActionHeld || from == catalog.ActionReady {
		switch h {
		case RunStarted, RunSucceeded, RunFailed, RunCancelled:
			return inDoubt(from, h)
		}
	}
	return from, fmt.Errorf("%s for an action that is %s: it was never sent", h, from)
}

// said is what becomes of an action that a person resolves. One that was never
// sent gives way to the next decision, which has the same key.
var said = map[Happening]catalog.ActionState{
	SaidSucceeded: catalog.ActionSucceeded, SaidFailed: catalog.ActionFailed, SaidNotSent: catalog.ActionSuperseded,
}

// inDoubt: the call is under way, or nobody knows how it ended.
func inDoubt(from catalog.ActionState, h Happening) (catalog.ActionState, error) {
	if to, ok := said[h]; ok && from == catalog.ActionAmbiguous {
		return to, nil
	}
	switch h {
	case AnswerOK, AnswerDuplicate, FoundRun, PollQueued:
		return catalog.ActionAccepted, nil
	case RunStarted, PollRunning:
		return catalog.ActionRunning, nil
	case RunSucceeded, PollSucceeded:
		return catalog.ActionSucceeded, nil
	case RunFailed, PollFailed:
		return catalog.ActionFailed, nil
	case RunCancelled:
		return catalog.ActionCancelled, nil
	case AnswerRefused, AnswerConflict:
		return catalog.ActionRefused, nil
	case AnswerBlocked:
		return catalog.ActionHeld, nil
	case AnswerUnknown, Restart:
		return catalog.ActionAmbiguous, nil
	case ProvenAbsent:
		return catalog.ActionDispatching, nil
	case StartTimeout, RunTimeout:
		return catalog.ActionLost, nil
	case EffectSeen:
		return catalog.ActionSucceeded, nil
	case EffectMissed:
		return catalog.ActionFailed, nil
	}
	return from, nil // PollUnknown, PollMissing (not yet proof), PastValid, ...
}

// afterDispatch: the tool has it. Only the tool's own word ends it.
func afterDispatch(from catalog.ActionState, h Happening) (catalog.ActionState, error) {
	if to, ok := said[h]; ok && from == catalog.ActionLost {
		return to, nil
	}
	switch h {
	case RunStarted, PollRunning:
		if from == catalog.ActionCancelling {
			return from, nil
		}
		return catalog.ActionRunning, nil
	case RunSucceeded, PollSucceeded:
		return catalog.ActionSucceeded, nil
	case RunFailed, PollFailed:
		if from == catalog.ActionCancelling {
			return catalog.ActionCancelled, nil
		}
		return catalog.ActionFailed, nil
	case RunCancelled:
		return catalog.ActionCancelled, nil
	case PollQueued, FoundRun, AnswerOK, AnswerDuplicate:
		if from == catalog.ActionLost {
			return catalog.ActionAccepted, nil
		}
		return from, nil
	case StartTimeout:
		if from == catalog.ActionAccepted {
			return catalog.ActionLost, nil
		}
		return from, nil
	case RunTimeout:
		return catalog.ActionLost, nil
	case CancelAsked:
		return catalog.ActionCancelling, nil
	case CancelRefused:
		if from == catalog.ActionCancelling {
			return catalog.ActionRunning, nil
		}
		return from, nil
	case EffectSeen:
		return catalog.ActionSucceeded, nil
	case EffectMissed:
		return catalog.ActionFailed, nil
	}
	return from, nil
}
