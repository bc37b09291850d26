package sagemaker

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// executionWords are the words of the vendor's model (TestModelKnowsNoOtherWord)
// and what they mean; a new one is UNKNOWN.
var executionWords = map[executionStatus]catalog.RunState{
	"Executing": catalog.RunRunning, "Stopping": catalog.RunRunning, "Stopped": catalog.RunCancelled, "Failed": catalog.RunFailed,
	"Succeeded": catalog.RunSucceeded, "CompletedWithFailures": catalog.RunPartial, "Vanished": catalog.RunUnknown, "": catalog.RunUnknown,
}

// stepWords are the same for steps, with the event that a word ends with.
var stepWords = map[stepStatus]string{"Starting": "", "Executing": "", "Stopping": "", "Stopped": "ABORT", "Failed": "FAIL", "Succeeded": "COMPLETE", "Vanished": ""}

// TestEveryWord: each word is known, and UNKNOWN ends nothing.
func TestEveryWord(t *testing.T) {
	for word, state := range executionWords {
		run := connectors.RunState{State: stateOf(word), Raw: string(word)}
		if run.State != state {
			t.Errorf("%q is %s, want %s", word, run.State, state)
		}
		if ends := terminalType(run) != ""; ends != state.Terminal() {
			t.Errorf("%q: a terminal event %v, a terminal state %v", word, ends, state.Terminal())
		}
	}
	if catalog.RunUnknown.Terminal() {
		t.Error("UNKNOWN is terminal")
	}
}

func TestEveryStepWord(t *testing.T) {
	for word, typ := range stepWords {
		if got := stepTerminal(word); got != typ {
			t.Errorf("%q ends with %q, want %q", word, got, typ)
		}
	}
}

var (
	tokenForm = regexp.MustCompile(`^[a-zA-Z0-9-]{32,128}$`)
	keys      = rapid.StringMatching(`[a-z0-9]{1,64}`)
)

// TestKeyEncoding: whatever the key and the policy, token and display name
// keep the vendor's constraints, different keys stay apart, and the parent is
// read back.
func TestKeyEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := keys.Draw(t, "a"), keys.Draw(t, "b")
		policies := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z][a-z0-9_.-]{0,90}`))
		request := func(key, policy string) connectors.StartRequest {
			return connectors.StartRequest{Key: key, Parent: catalog.RunRef{Job: catalog.JobName("weir", policy)}}
		}
		policy := policies.Draw(t, "policy")
		name := displayName(request(a, policy))
		if !tokenForm.MatchString(token(a)) {
			t.Fatalf("token %q", token(a))
		}
		if len(name) > 82 || !nameForm.MatchString(name) {
			t.Fatalf("display name %q", name)
		}
		if p, ok := parentOf(name); !ok || p.RunID != connectors.ParentRunID(a) || strings.HasSuffix(name, "-"+policy) && p.Job.Name != policy {
			t.Fatalf("%q reads back as %+v", name, p)
		}
		if a != b && (token(a) == token(b) || name == displayName(request(b, policies.Draw(t, "other")))) {
			t.Fatalf("keys %q and %q meet", a, b)
		}
	})
}
