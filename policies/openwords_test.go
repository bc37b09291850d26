package policies

import (
	"testing"

	"github.com/weirhq/weir/catalog"
)

// TestOpenWords: every state that an open action can have is said in words, and
// what waits for a person says so.
func TestOpenWords(t *testing.T) {
	for _, s := range States {
		if !s.Terminal() && openWords[s] == "" {
			t.Errorf("%s has no words", s)
		}
	}
	r := atomIdle(Snapshot{Open: []catalog.Action{{ID: "a1", State: catalog.ActionAwaitingApproval}}})
	if r.Value != catalog.False || r.Says != "action a1 on it waits for approval" {
		t.Errorf("%+v", r)
	}
}
