package gql_test

import (
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// TestACancelledActionHidesNoFailure: only what succeeded makes it good.
func TestACancelledActionHidesNoFailure(t *testing.T) {
	w := newWorld(t)
	target := catalog.AssetID(catalog.DatasetName("sagemaker://sm-eu", "model/churn").ID())
	put := func(id string, s catalog.ActionState) {
		t.Helper()
		a := &catalog.Action{ID: id, Target: target, Policies: []string{"training"}, CreatedAt: noon, State: s, ToolJob: "load", Transitions: []catalog.ActionTransition{{At: noon, To: s}}}
		if _, err := w.ledger.Record(t.Context(), catalog.Decision{ID: "d-" + id, Policy: "training", Target: target, At: noon}, a); err != nil {
			t.Fatal(err)
		}
	}
	failed := func() bool {
		return strings.Contains(string(w.ask(t, `{ attention { nodes { members { nodes { action } } } } }`, nil).body), "_bad\"")
	}
	put("bad", catalog.ActionFailed)
	put("off", catalog.ActionCancelled)
	if !failed() {
		t.Error("the failure is hidden")
	}
	put("good", catalog.ActionSucceeded)
	if failed() {
		t.Error("the failure was made good")
	}
}
