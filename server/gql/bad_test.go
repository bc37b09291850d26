package gql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// TestACancelledActionHidesNoFailure: only what succeeded at the same partition
// makes it good, and it stays good however much is made of others since.
func TestACancelledActionHidesNoFailure(t *testing.T) {
	w := build(t, nil, policyYAML+partitionYAML)
	target := catalog.AssetID(catalog.DatasetName(wh, "shop.raw.orders").ID())
	put := func(id, part string, s catalog.ActionState) {
		t.Helper()
		a := &catalog.Action{ID: id, Target: target, Partition: part, Policies: []string{"sessions"}, CreatedAt: noon, State: s, ToolJob: "load", Transitions: []catalog.ActionTransition{{At: noon, To: s}}}
		if _, err := w.ledger.Record(t.Context(), catalog.Decision{ID: "d-" + id, Policy: "sessions", Target: target, At: noon}, a); err != nil {
			t.Fatal(err)
		}
	}
	failed := func() bool {
		return strings.Contains(string(w.ask(t, `{ attention { nodes { members { nodes { action } } } } }`, nil).body), "_bad\"")
	}
	put("bad", "2026-02-28", catalog.ActionFailed)
	put("off", "2026-02-28", catalog.ActionCancelled)
	put("other", "2026-03-01", catalog.ActionSucceeded)
	if !failed() {
		t.Error("the failure is hidden")
	}
	put("good", "2026-02-28", catalog.ActionSucceeded)
	if failed() {
		t.Error("the failure was made good")
	}
	for i := range 201 {
		put(fmt.Sprintf("later%d", i), "2026-03-01", catalog.ActionSucceeded)
	}
	if failed() {
		t.Error("the failure came back")
	}
}
