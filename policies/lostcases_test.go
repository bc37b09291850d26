package policies_test

import (
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies/policiestest"
)

var lost = &connectors.Error{Class: connectors.Ambiguous, Op: "trigger", Message: "timeout"}

func TestCase24AnswerLostRunStarted(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.tool.Fail(policiestest.ToolFault{Err: lost, Applied: true})
		r.ran("ingest", "", "raw")
		r.after(2 * time.Second)
		r.is(1, catalog.ActionAccepted)
		if n := len(r.tool.Sent()); n != 1 || r.tool.Started() != 1 {
			t.Errorf("%d sends, %d runs: %s", n, r.tool.Started(), r.story())
		}
	})
}

func TestCase25RequestLost(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.tool.Fail(policiestest.ToolFault{Err: lost})
		r.ran("ingest", "", "raw")
		r.after(2 * time.Second)
		r.is(1, catalog.ActionAccepted)
		sent := r.tool.Sent()
		if len(sent) != 2 || sent[0].Key != sent[1].Key || !sent[0].RunAfter.Equal(sent[1].RunAfter) {
			t.Errorf("sent %+v", sent)
		}
	})
}

func TestCase25UnkeyedToolIsNeverSentTwice(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.tool.Unkeyed()
		r.tool.Fail(policiestest.ToolFault{Err: lost})
		r.ran("ingest", "", "raw")
		r.after(time.Hour)
		r.is(1, catalog.ActionLost)
		r.ran("ingest", "", "raw")
		r.last(1) // lost holds its target
		if n := len(r.tool.Sent()); n != 1 {
			t.Errorf("%d sends", n)
		}
	})
}

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

// TestCase25PausedBeforeTheResend: a job that was paused since then would keep the
// run and never start it, so the same is not sent again before that is over.
func TestCase25PausedBeforeTheResend(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.tool.Fail(policiestest.ToolFault{Err: lost})
		r.ran("ingest", "", "raw")
		if err := r.tool.SetPaused(r.ctx, "dbt", true); err != nil {
			t.Fatal(err)
		}
		r.after(10 * time.Minute)
		r.is(1, catalog.ActionAmbiguous)
		if n := len(r.tool.Sent()); n != 1 {
			t.Errorf("%d sends to a paused job: %s", n, r.story())
		}
		if err := r.tool.SetPaused(r.ctx, "dbt", false); err != nil {
			t.Fatal(err)
		}
		r.after(2 * time.Minute)
		r.is(1, catalog.ActionAccepted)
		if n := len(r.tool.Sent()); n != 2 {
			t.Errorf("%d sends, want 2: %s", n, r.story())
		}
	})
}
