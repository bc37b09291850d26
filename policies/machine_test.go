package policies_test

import (
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// table is the whole machine, said a second time: "." stays, "!" is an error,
// else the state it leads to. A cell that is missing fails the test.
var table = map[string]map[policies.Happening]string{
	"PROPOSED": with(waitsFor("PLANNED"), cells{policies.ApprovalNeeded: "AWAITING_APPROVAL"}), "AWAITING_APPROVAL": waitsFor("PLANNED"),
	"PLANNED": with(waitsFor("."), cells{policies.Admitted: "READY"}),
	"HELD": with(waitsFor("."), cells{policies.TargetFree: "READY", policies.RunStarted: "RUNNING", policies.RunSucceeded: "SUCCEEDED",
		policies.RunFailed: "FAILED", policies.RunCancelled: "CANCELLED"}),
	"READY": with(waitsFor("."), cells{policies.TargetBlocked: "HELD", policies.ApprovalNeeded: "AWAITING_APPROVAL", policies.DispatchBegins: "DISPATCHING", policies.RunStarted: "RUNNING",
		policies.RunSucceeded: "SUCCEEDED", policies.RunFailed: "FAILED", policies.RunCancelled: "CANCELLED", policies.PartsBegin: "RUNNING"}),
	"DISPATCHING": doubt("."), "AMBIGUOUS": with(doubt("."), said, cells{policies.AnswerUnknown: "."}),
	"ACCEPTED":   taken(cells{policies.RunStarted: "RUNNING", policies.PollRunning: "RUNNING", policies.StartTimeout: "LOST"}),
	"RUNNING":    taken(nil),
	"CANCELLING": taken(cells{policies.RunFailed: "CANCELLED", policies.PollFailed: "CANCELLED", policies.CancelAsked: ".", policies.CancelRefused: "RUNNING"}),
	"LOST": with(taken(said), cells{policies.RunStarted: "RUNNING", policies.PollRunning: "RUNNING", policies.PollQueued: "ACCEPTED", policies.FoundRun: "ACCEPTED",
		policies.AnswerOK: "ACCEPTED", policies.AnswerDuplicate: "ACCEPTED", policies.RunTimeout: "."}),
	"SUCCEEDED": all("."), "FAILED": all("."), "CANCELLED": all("."), "REFUSED": all("."), "REJECTED": all("."), "SKIPPED": all("."),
	"SHADOWED": all("."), "SUPERSEDED": all("."), "EXPIRED": all("."),
}

var said = cells{policies.SaidSucceeded: "SUCCEEDED", policies.SaidFailed: "FAILED", policies.SaidNotSent: "SUPERSEDED"}

type cells map[policies.Happening]string

func all(s string) cells {
	out := cells{}
	for _, h := range policies.Happenings {
		out[h] = s
	}
	return out
}

func with(base cells, over ...cells) cells {
	for _, o := range over {
		for h, s := range o {
			base[h] = s
		}
	}
	return base
}

// waitsFor: nothing was sent.
func waitsFor(approved string) cells {
	return cells{
		policies.RunStarted: "!", policies.RunSucceeded: "!", policies.RunFailed: "!", policies.RunCancelled: "!",
		policies.PollQueued: "!", policies.PollRunning: "!", policies.PollSucceeded: "!", policies.PollFailed: "!", policies.PollUnknown: "!", policies.PollMissing: "!",
		policies.AnswerOK: "!", policies.AnswerDuplicate: "!", policies.AnswerRefused: "!", policies.AnswerConflict: "!", policies.AnswerBlocked: "!",
		policies.AnswerUnknown: "!", policies.FoundRun: "!", policies.ProvenAbsent: "!", policies.DispatchBegins: "!",
		policies.TargetBlocked: ".", policies.TargetFree: ".", policies.StartTimeout: ".", policies.RunTimeout: ".", policies.Restart: ".",
		policies.PastValid: "EXPIRED", policies.DemandMet: "SKIPPED", policies.PolicyGone: "SUPERSEDED", policies.CancelAsked: "CANCELLED",
		policies.CancelRefused: ".", policies.PartsBegin: "!", policies.EffectSeen: "!", policies.EffectMissed: "!", policies.Approved: approved, policies.RejectedByPerson: "REJECTED", policies.ApprovalNeeded: ".", policies.Admitted: ".",
		policies.SaidSucceeded: ".", policies.SaidFailed: ".", policies.SaidNotSent: ".",
	}
}

// doubt: the call is under way, or its end is not known.
func doubt(string) cells {
	return with(all("."), cells{
		policies.RunStarted: "RUNNING", policies.RunSucceeded: "SUCCEEDED", policies.RunFailed: "FAILED", policies.RunCancelled: "CANCELLED",
		policies.PollQueued: "ACCEPTED", policies.PollRunning: "RUNNING", policies.PollSucceeded: "SUCCEEDED", policies.PollFailed: "FAILED",
		policies.AnswerOK: "ACCEPTED", policies.AnswerDuplicate: "ACCEPTED", policies.FoundRun: "ACCEPTED",
		policies.AnswerRefused: "REFUSED", policies.AnswerConflict: "REFUSED", policies.AnswerBlocked: "HELD",
		policies.AnswerUnknown: "AMBIGUOUS", policies.Restart: "AMBIGUOUS", policies.ProvenAbsent: "DISPATCHING",
		policies.StartTimeout: "LOST", policies.RunTimeout: "LOST", policies.EffectSeen: "SUCCEEDED", policies.EffectMissed: "FAILED",
	})
}

// taken: the tool has it; only its word ends it, and nothing sends it again.
func taken(over cells) cells {
	return with(with(all("."), cells{
		policies.RunSucceeded: "SUCCEEDED", policies.PollSucceeded: "SUCCEEDED", policies.RunFailed: "FAILED", policies.PollFailed: "FAILED",
		policies.RunCancelled: "CANCELLED", policies.RunTimeout: "LOST", policies.CancelAsked: "CANCELLING", policies.EffectSeen: "SUCCEEDED", policies.EffectMissed: "FAILED",
	}), over)
}

// TestMachineIsTotal: every state x every happening has the answer of the table.
func TestMachineIsTotal(t *testing.T) {
	for _, from := range policies.States {
		row, ok := table[string(from)]
		if !ok {
			t.Errorf("no row for %s", from)
		}
		for _, h := range policies.Happenings {
			want, ok := row[h]
			if !ok {
				t.Errorf("empty cell: %s x %s", from, h)
				continue
			}
			got, err := policies.Next(from, h)
			switch {
			case want == "!" && err == nil:
				t.Errorf("%s x %s: leads to %s, want an error", from, h, got)
			case want == "!":
			case err != nil:
				t.Errorf("%s x %s: %v", from, h, err)
			case want == "." && got != from, want != "." && string(got) != want:
				t.Errorf("%s x %s: leads to %s, want %q", from, h, got, want)
			}
		}
	}
	if _, err := policies.Next("NONSENSE", policies.Restart); err == nil {
		t.Error("an unknown state is no error")
	}
}

// TestNothingSendsTwice: from what the tool has, or may have, no happening but a
// proof of absence leads back to a send.
func TestNothingSendsTwice(t *testing.T) {
	for _, from := range policies.States {
		for _, h := range policies.Happenings {
			to, err := policies.Next(from, h)
			if err != nil || to != catalog.ActionDispatching || to == from {
				continue
			}
			if from != catalog.ActionReady && h != policies.ProvenAbsent {
				t.Errorf("%s x %s sends", from, h)
			}
		}
	}
}
