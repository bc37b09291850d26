package policies_test

import (
	"errors"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/policiestest"
)

// losing makes an action that is lost, and holds its target.
func (r *rig) losing() catalog.Action {
	r.tool.Unkeyed()
	r.tool.Fail(policiestest.ToolFault{Err: lost})
	r.ran("ingest", "", "raw")
	r.after(time.Hour)
	a := r.is(1, catalog.ActionLost)
	r.ran("ingest", "", "raw")
	r.last(1)
	return a
}

func (r *rig) resolves(a catalog.Action, as policies.Resolution) {
	r.t.Helper()
	if _, err := r.approvals().Resolve(r.ctx, policies.Finding{Action: a.ID, Actor: "ann", Reason: "looked at the tool", As: as}); err != nil {
		r.t.Fatal(err)
	}
	r.settle()
}

// TestResolveFreesTheTarget: what a person found out is kept with who and why,
// and what waited goes on.
func TestResolveFreesTheTarget(t *testing.T) {
	for as, want := range map[policies.Resolution]catalog.ActionState{
		policies.ResolvedSucceeded: catalog.ActionSucceeded, policies.ResolvedFailed: catalog.ActionFailed, policies.ResolvedNotSent: catalog.ActionSuperseded,
	} {
		inRig(t, mart, func(r *rig) {
			a := r.losing()
			r.resolves(a, as)
			kept := r.want(a.ID, want)
			if last := kept.Transitions[len(kept.Transitions)-1]; last.Actor != "ann" || last.From != catalog.ActionLost {
				t.Errorf("%+v", last)
			}
			r.last(2) // the newer input is acted on
			r.is(2, catalog.ActionAccepted)
		})
	}
}

// TestResolvedAsNotSentHasTheSameKey: the demand stands again, and a tool that
// keeps keys apart would run it once even if the person was wrong.
func TestResolvedAsNotSentHasTheSameKey(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.tool.Unkeyed()
		r.tool.Fail(policiestest.ToolFault{Err: lost})
		r.ran("ingest", "", "raw")
		r.after(time.Hour)
		a := r.is(1, catalog.ActionLost)
		r.resolves(a, policies.ResolvedNotSent)
		if b := r.is(2, catalog.ActionAccepted); b.Key != a.Key || b.ID == a.ID {
			t.Errorf("%s with key %s, want the key %s of %s", b.ID, b.Key, a.Key, a.ID)
		}
	})
	inRig(t, mart, func(r *rig) { // a success spends the demand
		r.tool.Unkeyed()
		r.tool.Fail(policiestest.ToolFault{Err: lost})
		r.ran("ingest", "", "raw")
		r.after(time.Hour)
		r.resolves(r.is(1, catalog.ActionLost), policies.ResolvedSucceeded)
		r.after(time.Hour)
		r.last(1)
	})
}

// TestResolveIsForTheUnknown: what weir knows is nobody's to say.
func TestResolveIsForTheUnknown(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.ran("ingest", "", "raw")
		a := r.is(1, catalog.ActionAccepted)
		for f, want := range map[policies.Finding]error{
			{Action: a.ID, Reason: "why", As: policies.ResolvedFailed}:   catalog.ErrConflict,
			{Action: "none", Reason: "why", As: policies.ResolvedFailed}: catalog.ErrNotFound,
			{Action: a.ID, As: policies.ResolvedFailed}:                  catalog.ErrInvalid,
			{Action: a.ID, Reason: "why", As: "LIKELY"}:                  catalog.ErrInvalid,
		} {
			if _, err := r.approvals().Resolve(r.ctx, f); !errors.Is(err, want) {
				t.Errorf("%+v: %v, want %v", f, err, want)
			}
		}
		r.is(1, catalog.ActionAccepted)
	})
}

// TestKillSwitchLetsPeopleStop: nothing is started, and what a person wants ended
// is ended.
func TestKillSwitchLetsPeopleStop(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.ran("ingest", "", "raw")
		a := r.is(1, catalog.ActionAccepted)
		r.play(a, "raw", "mart")
		r.is(1, catalog.ActionRunning)
		if err := r.l.SetKillSwitch(r.ctx, true, "ann", "incident", time.Now()); err != nil {
			t.Fatal(err)
		}
		r.do(r.requests().Cancel(r.ctx, policies.Ask{Actor: "ann", Reason: "it hangs"}, a.ID))
		r.after(time.Minute)
		r.want(a.ID, catalog.ActionCancelling)
		again := r.do(r.requests().Run(r.ctx, policies.RunRequest{Ask: policies.Ask{Actor: "ann", Reason: "again"}, Place: policies.Place{Connector: "af", Job: "other"}}))
		r.after(time.Minute)
		r.want(again.ID, catalog.ActionReady)
	})
}
