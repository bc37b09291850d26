package notify_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors/messenger"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/notify"
)

const due = `kind: Policy
name: load
mode: act
owner: team
select: { asset: "dataset:pg://wh/*" }
want: { max_lag: 1h }
`

// more is a destination besides ears.
func (r *rig) more(owners map[string][]string, names ...string) map[string]*ears {
	out := map[string]*ears{"ears": r.ears}
	for _, n := range names {
		out[n] = &ears{}
	}
	r.courier.To = func(to string) (messenger.Messenger, bool) { e, ok := out[to]; return e, ok }
	r.herald.Routes.Owners = owners
	return out
}

// missed is an evaluation of an asset whose deadline passed, held up by the step
// of an owner.
func (r *rig) missed(name, causer string) policies.Evaluated {
	e := policies.Evaluated{Policy: r.live.Get().Policies[0], Name: ds(name), At: r.now}
	e.Snapshot.Asset, e.Snapshot.Name = catalog.AssetID(ds(name).ID()), ds(name)
	up := policies.Step{Name: ds("up"), Owner: causer, FailedAt: r.now.Add(-time.Hour)}
	e.Snapshot.Lag.Watermark = r.now.Add(-2 * time.Hour)
	e.Snapshot.Timing.Path = policies.Path{At: day, Steps: []policies.Step{up, {Name: ds(name), Reads: []int{0}}}}
	return e
}

// TestOwnerOfTheCause: whose step holds an asset up is told, beside whom the
// policy tells; when the cause moves on, the one hears the end and the other the
// beginning.
func TestOwnerOfTheCause(t *testing.T) {
	r := newRig(t, due)
	all := r.more(map[string][]string{"team": {"ears"}, "ingest": {"in", "ears"}, "crm": {"crm"}}, "in", "crm")
	r.now = day.Add(time.Hour)
	r.stands = []policies.Evaluated{r.missed("a", "ingest")}
	r.heard("late opened 1")
	if h := all["in"].heard; len(h) != 1 || h[0].CausedBy != "ingest" || h[0].Owner != "team" {
		t.Fatalf("the owner of the step heard %+v", h)
	}
	if got, want := all["in"].heard[0].Headline(), "Late, held up by a step of ingest: dataset:pg://wh/a (policy load of team)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if h := r.ears.heard[0].Headline(); h != "Late: dataset:pg://wh/a (policy load)" {
		t.Errorf("the policy's owner heard %q", h)
	}

	r.stands = []policies.Evaluated{r.missed("a", "crm")}
	r.heard("late opened 1") // for the victim nothing is new
	if got := all["in"].states(); !slices.Equal(got, []string{"late opened 1", "late resolved 1"}) {
		t.Errorf("whose step it was heard %q", got)
	}
	if got := all["crm"].states(); !slices.Equal(got, []string{"late opened 1"}) {
		t.Errorf("whose step it is heard %q", got)
	}

	// Not judged yet, as after a restart: nobody is told that all is well.
	r.stands = nil
	r.heard("late opened 1")
	if got := all["crm"].states(); len(got) != 1 {
		t.Errorf("whose step it is heard %q", got)
	}
}

// TestCauseRoutes: who is told besides whom the policy tells.
func TestCauseRoutes(t *testing.T) {
	routes := notify.Routes{Owners: map[string][]string{"team": {"mail"}, "ingest": {"pager", "mail"}}}
	told := map[catalog.IncidentKind][]string{catalog.IncidentAtRisk: {"mail"}}
	for name, c := range map[string]struct {
		notify map[catalog.IncidentKind][]string
		kind   catalog.IncidentKind
		owner  string
		want   []string
	}{
		"silent policy":          {nil, catalog.IncidentLate, "ingest", []string{"pager"}},
		"at risk, not usual":     {nil, catalog.IncidentAtRisk, "ingest", []string{"pager", "mail"}},
		"tells of it":            {told, catalog.IncidentAtRisk, "ingest", []string{"pager"}},
		"tells nobody of it":     {told, catalog.IncidentLate, "ingest", nil},
		"its own step":           {nil, catalog.IncidentLate, "team", nil},
		"nobody knows whose":     {nil, catalog.IncidentLate, "", nil},
		"an owner with no place": {nil, catalog.IncidentLate, "else", nil},
	} {
		if got := routes.OfCause(&policies.Policy{Owner: "team", Notify: c.notify}, c.kind, c.owner); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestBreakerIsTold: an open breaker is one incident until it closes.
func TestBreakerIsTold(t *testing.T) {
	r := newRig(t, "kind: Policy\nname: load\nmode: act\nowner: team\nselect: { asset: \"dataset:pg://wh/*\" }\nnotify: { breaker: owner }\n")
	e := policies.Evaluated{Policy: r.live.Get().Policies[0], Name: ds("a"), At: r.now}
	e.Snapshot.Asset = catalog.AssetID(ds("a").ID())
	for i := range 3 {
		e.Snapshot.Tries = append(e.Snapshot.Tries, policies.Try{ID: fmt.Sprint("t", i), Own: true, State: catalog.ActionFailed, At: r.now.Add(-time.Duration(i) * time.Minute)})
	}
	r.stands = []policies.Evaluated{e}
	r.heard("breaker opened 1")
	if s := r.ears.heard[0].Subjects[0]; s.Action != "t0" {
		t.Errorf("opened by %q", s.Action)
	}
	e.At = e.At.Add(20 * time.Minute) // half open: not yet over
	r.stands = []policies.Evaluated{e}
	r.heard("breaker opened 1")
	e.Snapshot.Tries = slices.Insert(e.Snapshot.Tries, 0, policies.Try{ID: "ok", Own: true, State: catalog.ActionSucceeded, At: e.At})
	r.stands = []policies.Evaluated{e}
	r.heard("breaker opened 1", "breaker resolved 1")
}

// TestFanOutIsToldOnce: what waits because a change leads to too much is one
// incident of its own, and no second one as a question.
func TestFanOutIsToldOnce(t *testing.T) {
	for yaml, want := range map[string]string{
		"notify: { fan_out: owner, approval: owner }": "fan_out opened 2",
		"notify: { approval: owner }":                 "approval opened 2",
	} {
		r := newRig(t, "kind: Policy\nname: load\nmode: act\nowner: team\nselect: { asset: \"dataset:pg://wh/*\" }\n"+yaml+"\n")
		for _, name := range []string{"a", "b"} {
			r.waits(name)
		}
		r.heard(want)
	}
}

// waits records an action that a change leads to beyond its limit.
func (r *rig) waits(name string) {
	r.t.Helper()
	a := catalog.Action{ID: "a-" + name, Kind: catalog.ActionTrigger, State: catalog.ActionAwaitingApproval, Target: catalog.AssetID(ds(name).ID()), Name: ds(name), Policies: []string{"load"}, CreatedAt: r.now,
		Admission: catalog.Admission{Approval: &catalog.Approval{Why: []string{"too many"}, FanOut: true}}}
	if _, err := r.ledger.Record(r.t.Context(), catalog.Decision{ID: "d" + a.ID, At: r.now, Policy: "load", Target: a.Target, Name: a.Name, Outcome: catalog.DecideRun}, &a); err != nil {
		r.t.Fatal(err)
	}
}

// TestKillSwitchIsTold: operators hear of each switch, who threw it and why, and
// when it is off again; a policy's people when the policy says so.
func TestKillSwitchIsTold(t *testing.T) {
	r := newRig(t, "kind: Policy\nname: load\nmode: act\nowner: team\nselect: { asset: \"dataset:pg://wh/*\" }\nnotify: { kill_switch: mail }\n")
	all := r.more(nil, "mail")
	r.herald.Routes.Operators = []string{"ears"}
	throw := func(on bool) {
		if _, err := r.ledger.SetSwitch(t.Context(), catalog.Switch{Scope: catalog.ScopeTool, Name: "airflow", On: on, Actor: "ann", Reason: "upgrade", At: r.now}); err != nil {
			t.Fatal(err)
		}
		e := policies.Evaluated{Policy: r.live.Get().Policies[0], Name: ds("a"), At: r.now}
		e.Snapshot.Asset, e.Snapshot.KillSwitch, e.Snapshot.Switch = catalog.AssetID(ds("a").ID()), on, "the kill switch of tool airflow"
		r.stands = []policies.Evaluated{e}
	}
	throw(true)
	r.heard("kill_switch opened 1")
	if n := r.ears.heard[0]; n.Headline() != "Stopped: the kill switch of tool airflow" || n.Subjects[0].Says != "turned on by ann: upgrade" {
		t.Errorf("%s, %+v", n.Headline(), n.Subjects)
	}
	if got := all["mail"].states(); !slices.Equal(got, []string{"kill_switch opened 1"}) {
		t.Errorf("the policy's people heard %q", got)
	}
	throw(false)
	r.heard("kill_switch opened 1", "kill_switch resolved 1")
	if got := all["mail"].states(); !slices.Equal(got, []string{"kill_switch opened 1", "kill_switch resolved 1"}) {
		t.Errorf("the policy's people heard %q", got)
	}
}
