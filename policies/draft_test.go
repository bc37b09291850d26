package policies_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// touched drafts a request and says what it would do.
func (r *rig) touched(ask func(*policies.Requests) (catalog.Action, error)) (list []policies.Touched, waits []string) {
	r.t.Helper()
	before := r.actions()
	var draft *catalog.Action
	if _, err := ask(r.requests().Drafts(func(_ catalog.Decision, a catalog.Action) { draft = &a })); err != nil || draft == nil {
		r.t.Fatalf("nothing was drafted: %v", err)
	}
	list, err := r.requests().Touches(r.ctx, *draft)
	if err == nil {
		waits, err = r.requests().Waits(r.ctx, *draft)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.settle()
	if after := r.actions(); len(after) != len(before) {
		r.t.Fatalf("%d actions, %d before the draft", len(after), len(before))
	}
	return list, waits
}

// TestDraftsSayWhatBecomes: what a draft says of other actions is what the request
// then does to them.
func TestDraftsSayWhatBecomes(t *testing.T) {
	inRig(t, byHand, func(r *rig) {
		r.ran("load", "", "raw")
		b := r.do(r.requests().Backfill(r.ctx, policies.BackfillRequest{RunRequest: policies.RunRequest{Ask: asked("b1"), Place: place("mart")}, Times: days(5), Parallel: 2}))
		list, _ := r.touched(func(q *policies.Requests) (catalog.Action, error) { return q.Cancel(r.ctx, asked("c1"), b.ID) })
		if len(list) != 3 {
			t.Fatalf("%+v, want the backfill and two runs", list)
		}
		r.do(r.requests().Cancel(r.ctx, asked("c1"), b.ID))
		for _, x := range list {
			r.want(x.Action.ID, x.Becomes)
		}
	})
}

func TestDraftsSayWhatWaits(t *testing.T) {
	inRig(t, byHand, func(r *rig) {
		r.ran("load", "", "raw")
		run := func(q *policies.Requests) (catalog.Action, error) {
			return q.Run(r.ctx, policies.RunRequest{Ask: asked("k9"), Place: place("mart")})
		}
		if _, waits := r.touched(run); len(waits) > 0 {
			t.Errorf("%q, nothing is in the way", waits)
		}
		says := func(word string) {
			t.Helper()
			if _, waits := r.touched(run); !slices.ContainsFunc(waits, func(s string) bool { return strings.Contains(s, word) }) {
				t.Errorf("%q, want %s", waits, word)
			}
		}
		r.do(r.requests().Pause(r.ctx, asked("p1"), place("mart")))
		says("ann paused dbt")
		r.do(r.requests().Resume(r.ctx, asked("p2"), place("mart")))
		sent := r.runBy("k1")
		says("action " + sent.ID)
		if _, err := r.l.SetSwitch(r.ctx, catalog.Switch{Scope: catalog.ScopeTool, Name: "af", On: true, Actor: "ann", Reason: "fire", At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		says("kill switch of tool af is on: fire")
		held := r.do(r.requests().Run(r.ctx, policies.RunRequest{Ask: asked("k2"), Place: place("mart"), Nominal: days(1)[0]}))
		list, err := r.requests().SwitchTouches(r.ctx, catalog.Switch{Scope: catalog.ScopeTool, Name: "af"})
		if err != nil || len(list) != 1 || list[0].Action.ID != held.ID {
			t.Errorf("%+v, %v: want what the switch keeps", list, err)
		}
	})
}
