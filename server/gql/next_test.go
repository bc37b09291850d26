package gql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// TestNextIsCutInSight: more open actions than are listed are said to be missing.
func TestNextIsCutInSight(t *testing.T) {
	w := newWorld(t)
	const asks = `{ next(first: 1) { nodes { id } cut } }`
	for i := range 1001 {
		a := catalog.Action{ID: fmt.Sprint("a", i), Kind: catalog.ActionTrigger, State: catalog.ActionReady, Asked: &catalog.Asked{Key: fmt.Sprint("k", i), Actor: "ann", Reason: "why"}, CreatedAt: noon}
		if _, _, err := w.ledger.Ask(t.Context(), nil, a); err != nil {
			t.Fatal(err)
		}
		if i == 999 {
			if got := w.ask(t, asks, nil); !strings.Contains(string(got.body), `"cut":null`) {
				t.Errorf("1000 open actions: %s", got.body)
			}
		}
	}
	if got := w.ask(t, asks, nil); !strings.Contains(string(got.body), "more than 1000 actions are open") {
		t.Errorf("1001 open actions: %s", got.body)
	}
}
