package sagemaker

import (
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// TestEveryWord: each word of the vendor's model is known, and a new one is
// UNKNOWN, which ends nothing.
func TestEveryWord(t *testing.T) {
	want := map[types.PipelineExecutionStatus]catalog.RunState{
		"Executing": catalog.RunRunning, "Stopping": catalog.RunRunning, "Stopped": catalog.RunCancelled, "Failed": catalog.RunFailed,
		"Succeeded": catalog.RunSucceeded, "CompletedWithFailures": catalog.RunPartial, "Vanished": catalog.RunUnknown, "": catalog.RunUnknown,
	}
	for _, word := range types.PipelineExecutionStatus("").Values() {
		if stateOf(word) == catalog.RunUnknown {
			t.Errorf("the model's word %q is not known", word)
		}
	}
	for word, state := range want {
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
	want := map[types.StepStatus]string{"Starting": "", "Executing": "", "Stopping": "", "Stopped": "ABORT", "Failed": "FAIL", "Succeeded": "COMPLETE", "Vanished": ""}
	for _, word := range types.StepStatus("").Values() {
		if _, ok := want[word]; !ok {
			t.Errorf("the model's word %q is not known", word)
		}
	}
	for word, typ := range want {
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
