package policies_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// replica is one of two dispatchers on one ledger.
type replica struct {
	*policies.Dispatcher
	stop func()
}

// newReplica starts a dispatcher. pause is how long it stands still after the
// intent is in the ledger and before the tool is called, as a process does whose
// machine is suspended.
func newReplica(r *rig, holder string, pause time.Duration) replica {
	g := &policies.Gatherer{History: r.w, Graph: r.w, Ledger: r.l, Connectors: []connectors.Connector{r.tool}, Policies: r.live}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.ctx))
	d := policies.NewDispatcher(g, policies.DispatcherOptions{Holder: holder, Failpoint: func(at string) {
		if at == "dispatching" && pause > 0 {
			time.Sleep(pause)
			pause = 0
		}
	}})
	if err := d.Reconcile(ctx); err != nil {
		r.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = d.Run(ctx) }()
	return replica{d, func() { cancel(); <-done }}
}

// twoReplicas loses the leader between the intent and the call, and gives what
// the tool saw. The tool has lost its memory of keys, so nothing but the fence
// keeps the two apart.
func twoReplicas(t *testing.T, fenced bool) (runs int, a catalog.Action) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		r := &rig{t: t, ctx: ctx, w: virtual.NewWorld(), l: virtual.NewLedger(), tool: virtual.NewTool("af", "prod"), live: &policies.Live{}}
		r.tool.Forgetful()
		names := []string{"", ""}
		if fenced {
			names = []string{"one", "two"}
		}
		one := newReplica(r, names[0], 10*time.Minute)
		q := policies.NewRequests(&policies.Gatherer{History: r.w, Graph: r.w, Ledger: r.l, Connectors: []connectors.Connector{r.tool}, Policies: r.live}, policies.RequestsOptions{})
		asked, err := q.Run(ctx, policies.RunRequest{Ask: asked("k"), Place: policies.Place{Connector: "af", Job: "dbt"}})
		if err != nil {
			t.Fatal(err)
		}
		one.Wake()
		synctest.Wait()
		two := newReplica(r, names[1], 0) // one stands still, with the intent written
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		runs = r.tool.Started()
		list, err := r.l.Actions(ctx, policies.ActionQuery{ID: asked.ID})
		if err != nil || len(list) != 1 {
			t.Fatalf("%d actions, %v", len(list), err)
		}
		a = list[0]
		one.stop()
		two.stop()
	})
	return runs, a
}

// TestCase26: two weirs on one ledger, and the leader is lost mid-dispatch. The
// other takes over once the lead has lapsed, finds no run, and sends; the first
// wakes up and may not call the tool any more.
func TestCase26(t *testing.T) {
	runs, a := twoReplicas(t, true)
	if runs != 1 {
		t.Errorf("the tool made %d runs, want 1", runs)
	}
	if !a.Moved(catalog.ActionAmbiguous, catalog.ActionDispatching) {
		t.Errorf("the second did not take over: %+v", a.Transitions)
	}
	t.Run("control: without the fence there are two", func(t *testing.T) {
		if runs, _ := twoReplicas(t, false); runs != 2 {
			t.Errorf("the tool made %d runs: this case would not notice a missing fence", runs)
		}
	})
}

// TestStandbyLeavesActionsAlone: without the lead nothing is sent, until it
// lapses.
func TestStandbyLeavesActionsAlone(t *testing.T) {
	inRig(t, byHand, func(r *rig) {
		one, err := r.l.Lead(r.ctx, "elsewhere", 0, time.Now(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		two := newReplica(r, "here", 0)
		defer two.stop()
		r.stop() // the rig's own knows of no lead
		a, err := r.requests().Run(context.Background(), policies.RunRequest{Ask: asked("k"), Place: policies.Place{Connector: "af", Job: "dbt"}})
		if err != nil {
			t.Fatal(err)
		}
		two.Wake()
		r.after(59 * time.Minute)
		if n := r.tool.Started(); n != 0 {
			t.Fatalf("%d runs while another leads until %s", n, one.Until)
		}
		r.after(2 * time.Minute)
		list, err := r.l.Actions(context.Background(), policies.ActionQuery{ID: a.ID})
		if err != nil || list[0].State != catalog.ActionAccepted {
			t.Fatalf("%+v, %v", list, err)
		}
	})
}
