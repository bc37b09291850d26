package policies_test

import (
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies/policiestest"
)

// TestCase25RequestLostAgain: each time the tool is asked, has no run with the
// key, and gets the same again; not for ever.
func TestCase25RequestLostAgain(t *testing.T) {
	for lostTimes, want := range map[int]struct {
		state catalog.ActionState
		sends int
	}{3: {catalog.ActionAccepted, 4}, 9: {catalog.ActionLost, 5}} {
		inRig(t, mart, func(r *rig) {
			for range lostTimes {
				r.tool.Fail(policiestest.ToolFault{Err: lost})
			}
			r.ran("ingest", "", "raw")
			r.after(10 * time.Minute)
			r.is(1, want.state)
			sent := r.tool.Sent()
			if len(sent) != want.sends {
				t.Errorf("lost %d times: %d sends, want %d", lostTimes, len(sent), want.sends)
			}
			for _, s := range sent {
				if s.Key != sent[0].Key || !s.RunAfter.Equal(sent[0].RunAfter) {
					t.Errorf("lost %d times: another request: %+v", lostTimes, s)
				}
			}
		})
	}
}
