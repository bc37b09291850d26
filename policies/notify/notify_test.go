package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors/messenger"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/notify"
	"github.com/weirhq/weir/policies/policiestest"
	"github.com/weirhq/weir/state/sqlite"
)

var day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// ears is a destination that hears, or refuses.
type ears struct {
	heard  []messenger.Notice
	thread []string
	refuse error
}

func (e *ears) Send(_ context.Context, n messenger.Notice, thread string) (string, error) {
	if e.refuse != nil {
		return "", e.refuse
	}
	e.heard, e.thread = append(e.heard, n), append(e.thread, thread)
	return "ts-1", nil
}

func (e *ears) states() (out []string) {
	for _, n := range e.heard {
		out = append(out, fmt.Sprintf("%s %s %d", n.Kind, n.State, n.Total))
	}
	return out
}

// rig is a herald and a courier over a real ledger and a world in memory.
type rig struct {
	t       *testing.T
	path    string
	db      *sqlite.DB
	ledger  *sqlite.Ledger
	world   *policiestest.World
	live    *policies.Live
	stands  []policies.Evaluated
	open    bool
	now     time.Time
	ears    *ears
	herald  *notify.Herald
	courier *notify.Courier
}

const loads = `kind: Policy
name: load
mode: act
owner: team
select: { asset: "dataset:pg://wh/*" }
notify: { failed: [owner], late: ears }
`

func newRig(t *testing.T, yaml string) *rig {
	r := &rig{t: t, path: filepath.Join(t.TempDir(), "state.db"), world: policiestest.NewWorld(), live: &policies.Live{}, open: true, now: day, ears: &ears{}}
	list, err := policies.Parse("p.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	r.live.Put(&policies.Set{Policies: list})
	r.world.Run(catalog.Run{Key: catalog.RunKey{Job: catalog.JobName("prod", "load"), RunID: "r1"}, State: catalog.RunSucceeded, StartedAt: day, EndedAt: &day, Outputs: []catalog.Name{ds("a"), ds("b")}})
	r.start()
	t.Cleanup(func() { r.db.Close() })
	return r
}

// start is also a restart: everything in memory is new.
func (r *rig) start() {
	r.t.Helper()
	if r.db != nil {
		r.db.Close()
	}
	var err error
	if r.db, err = sqlite.Open(r.t.Context(), r.path); err != nil {
		r.t.Fatal(err)
	}
	r.ledger = sqlite.NewLedger(r.db)
	log := slog.New(slog.DiscardHandler)
	r.courier = notify.NewCourier(r.ledger, func(to string) (messenger.Messenger, bool) { return r.ears, to == "ears" }, log)
	r.courier.Now = r.clock
	r.herald = &notify.Herald{Over: &policies.Gatherer{History: r.world, Graph: r.world, Ledger: r.ledger, Policies: r.live},
		Evaluations: func() []policies.Evaluated { return r.stands }, Open: func() bool { return r.open },
		Routes: notify.Routes{Owners: map[string][]string{"team": {"ears"}}}, Outbox: r.ledger, Told: func() {}, Now: r.clock, Log: log}
}

func (r *rig) clock() time.Time { return r.now }

func (r *rig) look() {
	r.t.Helper()
	if err := r.herald.Look(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) deliver() {
	r.t.Helper()
	if err := r.courier.Deliver(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// heard looks, delivers and checks all that was ever heard.
func (r *rig) heard(want ...string) {
	r.t.Helper()
	r.look()
	r.deliver()
	if got := r.ears.states(); !slices.Equal(got, want) {
		r.t.Errorf("heard %q, want %q", got, want)
	}
}

func ds(name string) catalog.Name { return catalog.DatasetName("pg://wh", name) }

// acted records an action of the policy.
func (r *rig) acted(name string, s catalog.ActionState) {
	r.t.Helper()
	r.now = r.now.Add(time.Minute)
	a := catalog.Action{ID: fmt.Sprintf("a-%s-%d", name, r.now.Unix()), Kind: catalog.ActionTrigger, State: s, Target: catalog.AssetID(ds(name).ID()), Name: ds(name), Policies: []string{"load"}, CreatedAt: r.now,
		Transitions: []catalog.ActionTransition{{To: s, At: r.now, Cause: "the tool says so"}}}
	d := catalog.Decision{ID: "d" + a.ID, At: r.now, Policy: "load", Target: a.Target, Name: a.Name, Outcome: catalog.DecideRun}
	if _, err := r.ledger.Record(r.t.Context(), d, &a); err != nil {
		r.t.Fatal(err)
	}
}

// TestOneIncidentIsToldOnce: the same failure, looked at again and again and
// over a restart, is one notice; a success ends it; the next failure is another.
func TestOneIncidentIsToldOnce(t *testing.T) {
	r := newRig(t, loads)
	r.heard()
	r.acted("a", catalog.ActionFailed)
	r.heard("failed opened 1")
	r.heard("failed opened 1")
	r.start()
	r.heard("failed opened 1")
	r.acted("a", catalog.ActionRunning)
	r.heard("failed opened 1")
	r.acted("a", catalog.ActionFailed)
	r.heard("failed opened 1")
	r.acted("a", catalog.ActionSucceeded)
	r.heard("failed opened 1", "failed resolved 1")
	r.heard("failed opened 1", "failed resolved 1")
	r.acted("a", catalog.ActionRefused)
	r.heard("failed opened 1", "failed resolved 1", "failed opened 1")
	if h := r.ears.heard; h[0].Incident != h[1].Incident || h[0].Incident == h[2].Incident || h[0].ID == h[1].ID {
		t.Errorf("incidents %s, %s, %s", h[0].ID, h[1].ID, h[2].ID)
	}
	if got := r.ears.thread; !slices.Equal(got, []string{"", "ts-1", ""}) {
		t.Errorf("threads %q", got)
	}
}

// TestIncidentsAreGrouped: two assets of a policy are one incident.
func TestIncidentsAreGrouped(t *testing.T) {
	r := newRig(t, loads)
	r.acted("a", catalog.ActionFailed)
	r.acted("b", catalog.ActionFailed)
	r.heard("failed opened 2")
	r.acted("a", catalog.ActionSucceeded)
	r.heard("failed opened 2")
	r.acted("a", catalog.ActionFailed)
	r.heard("failed opened 2", "failed spread 2")
	r.acted("a", catalog.ActionSucceeded)
	r.acted("b", catalog.ActionSucceeded)
	r.heard("failed opened 2", "failed spread 2", "failed resolved 2")
}

// TestReplayTellsNobody: what is seen before decisions may be made is the past.
func TestReplayTellsNobody(t *testing.T) {
	r := newRig(t, loads)
	r.open = false
	r.acted("a", catalog.ActionFailed)
	r.heard()
	if open, err := r.ledger.Incidents(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("%v, %v: want nothing open", open, err)
	}
	r.open = true
	r.heard("failed opened 1")
}

// TestShadowTellsNobody: a policy that binds nobody calls nobody.
func TestShadowTellsNobody(t *testing.T) {
	r := newRig(t, "kind: Policy\nname: load\nmode: shadow\nselect: { asset: \"dataset:pg://wh/*\" }\nnotify: { failed: ears, late: ears }\n")
	r.acted("a", catalog.ActionFailed)
	r.stands = []policies.Evaluated{r.late("a")}
	r.heard()
}

// TestRestartBetweenCommitAndSend: what is in the outbox is sent by the next
// process, and what was sent and not noted down is sent again with the same id.
func TestRestartBetweenCommitAndSend(t *testing.T) {
	r := newRig(t, loads)
	r.acted("a", catalog.ActionFailed)
	r.look()
	r.start()
	r.heard("failed opened 1")

	r.acted("a", catalog.ActionSucceeded)
	r.look()
	ctx, cancel := context.WithCancel(t.Context())
	dying := notify.NewCourier(r.ledger, func(string) (messenger.Messenger, bool) { return dies{r.ears, cancel}, true }, slog.New(slog.DiscardHandler))
	dying.Now = r.clock
	if err := dying.Deliver(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want the death of the courier", err)
	}
	r.start()
	r.heard("failed opened 1", "failed resolved 1", "failed resolved 1")
	if h := r.ears.heard; h[1].ID != h[2].ID {
		t.Errorf("sent again as %s, was %s", h[2].ID, h[1].ID)
	}
}

// dies delivers, and the process ends before it is noted down.
type dies struct {
	messenger.Messenger
	end func()
}

func (d dies) Send(ctx context.Context, n messenger.Notice, thread string) (string, error) {
	defer d.end()
	return d.Messenger.Send(ctx, n, thread)
}

// TestRefusedNotices: tried later and later, in order, and given up in sight.
func TestRefusedNotices(t *testing.T) {
	r := newRig(t, loads)
	r.ears.refuse = &messenger.Refusal{What: "answered 503", RetryAfter: time.Minute}
	r.acted("a", catalog.ActionFailed)
	r.look()
	r.deliver()
	pending := r.notices(catalog.NoticePending)
	if len(pending) != 1 || pending[0].Attempts != 1 || pending[0].Due.Sub(r.now) != time.Minute || pending[0].Error != "answered 503" {
		t.Fatalf("%+v", pending)
	}
	r.acted("a", catalog.ActionSucceeded) // a minute later
	r.heard()                             // the end is not told before the beginning
	r.ears.refuse = nil
	r.now = r.now.Add(time.Hour)
	r.heard("failed opened 1", "failed resolved 1")

	r.ears.refuse = &messenger.Refusal{What: "answered 502"}
	r.acted("a", catalog.ActionFailed)
	r.look()
	attempts := 0
	for ; len(r.notices(catalog.NoticePending)) > 0; attempts++ {
		r.now = r.now.Add(4 * time.Hour)
		r.deliver()
	}
	if dead := r.notices(catalog.NoticeDead); attempts != 12 || len(dead) != 1 || r.courier.Dead() != 1 {
		t.Errorf("%d attempts, dead %+v, said %d", attempts, dead, r.courier.Dead())
	}

	r.ears.refuse = &messenger.Refusal{Final: true, What: "answered 400"}
	r.acted("b", catalog.ActionFailed)
	r.look()
	r.deliver()
	if dead := r.notices(catalog.NoticeDead); len(dead) != 2 || dead[0].Attempts != 1 {
		t.Errorf("dead %+v, want a second one after one attempt", dead)
	}
}

// TestEndOfWhatNobodyHeard: a destination that heard nothing of an incident does
// not hear of its end, which is nothing that failed; who heard of it when it
// spread does.
func TestEndOfWhatNobodyHeard(t *testing.T) {
	r := newRig(t, loads)
	dead := &messenger.Refusal{Final: true, What: "answered 400"}
	r.ears.refuse = dead
	r.acted("a", catalog.ActionFailed)
	r.heard()
	r.ears.refuse = nil
	r.acted("a", catalog.ActionSucceeded)
	r.heard()
	if moot := r.notices(catalog.NoticeMoot); len(moot) != 1 || moot[0].Attempts != 0 || r.courier.Dead() != 1 {
		t.Errorf("%+v, %d dead: want the end moot, never tried, and the opening dead", moot, r.courier.Dead())
	}

	r.ears.refuse = dead
	r.acted("a", catalog.ActionFailed)
	r.heard()
	r.ears.refuse = nil
	r.acted("b", catalog.ActionFailed)
	r.heard("failed spread 2")
	r.acted("a", catalog.ActionSucceeded)
	r.acted("b", catalog.ActionSucceeded)
	r.heard("failed spread 2", "failed resolved 2")
}

// TestEndOfWhatIsLongOpen: an opening is remembered as long as its incident is
// open, so that its end is told, and in its thread.
func TestEndOfWhatIsLongOpen(t *testing.T) {
	r := newRig(t, loads)
	r.acted("a", catalog.ActionFailed)
	r.heard("failed opened 1")
	r.now = r.now.Add(40 * 24 * time.Hour)
	r.acted("b", catalog.ActionFailed) // what is old is forgotten here
	r.heard("failed opened 1", "failed spread 2")
	r.acted("a", catalog.ActionSucceeded)
	r.now = r.now.Add(40 * 24 * time.Hour)
	r.acted("b", catalog.ActionSucceeded) // and here
	r.heard("failed opened 1", "failed spread 2", "failed resolved 2")
	if got := r.ears.thread; !slices.Equal(got, []string{"", "ts-1", "ts-1"}) {
		t.Errorf("threads %q", got)
	}
	r.now = r.now.Add(40 * 24 * time.Hour)
	r.acted("a", catalog.ActionFailed)
	r.look()
	if sent := r.notices(catalog.NoticeSent); len(sent) != 0 {
		t.Errorf("%d notices of an incident that is over are kept for ever", len(sent))
	}
}

// TestUnknownDestination: nobody hears it, and it is seen.
func TestUnknownDestination(t *testing.T) {
	r := newRig(t, "kind: Policy\nname: load\nmode: gate\nselect: { asset: \"dataset:pg://wh/*\" }\nnotify: { failed: nobody }\n")
	r.acted("a", catalog.ActionFailed)
	r.heard()
	if dead := r.notices(catalog.NoticeDead); len(dead) != 1 || dead[0].Destination != "nobody" {
		t.Errorf("dead %+v", dead)
	}
}

func (r *rig) notices(s catalog.NoticeState) []catalog.Notice {
	r.t.Helper()
	list, err := r.ledger.Notices(r.t.Context(), catalog.NoticeQuery{State: s, Limit: 10})
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

// late is an evaluation that is late.
func (r *rig) late(name string) policies.Evaluated {
	p := *r.live.Get().Policies[0]
	p.Want = policies.Want{Kind: policies.WantMaxLag, Within: time.Hour}
	e := policies.Evaluated{Policy: &p, Name: ds(name), At: r.now}
	e.Snapshot.Asset = catalog.AssetID(ds(name).ID())
	e.Snapshot.Lag.Watermark = r.now.Add(-2 * time.Hour)
	return e
}

// TestLateOverARestart: before the first evaluations after a start nobody is
// told that all is well.
func TestLateOverARestart(t *testing.T) {
	r := newRig(t, loads)
	r.stands = []policies.Evaluated{r.late("a")}
	r.heard("late opened 1")
	r.start()
	stands := r.stands
	r.stands = nil
	r.heard("late opened 1")
	r.stands = stands
	r.heard("late opened 1")
	r.stands[0].Snapshot.Lag.Watermark = r.now
	r.heard("late opened 1", "late resolved 1")
}

// TestPolicyIsGone: whoever was told hears that it is over.
func TestPolicyIsGone(t *testing.T) {
	r := newRig(t, loads)
	r.acted("a", catalog.ActionFailed)
	r.heard("failed opened 1")
	r.live.Put(&policies.Set{})
	r.heard("failed opened 1", "failed resolved 1")
}

// TestRoutes: what a policy says, and without a word what its owner usually hears.
func TestRoutes(t *testing.T) {
	routes := notify.Routes{Owners: map[string][]string{"team": {"mail", "pager"}}}
	for name, c := range map[string]struct {
		notify map[catalog.IncidentKind][]string
		owner  string
		kind   catalog.IncidentKind
		want   []string
	}{
		"silent policy":         {nil, "team", catalog.IncidentFailed, []string{"mail", "pager"}},
		"silent, not usual":     {nil, "team", catalog.IncidentAtRisk, nil},
		"silent, unknown owner": {nil, "else", catalog.IncidentFailed, nil},
		"says nothing of it":    {map[catalog.IncidentKind][]string{}, "team", catalog.IncidentFailed, nil},
		"owner and one more":    {map[catalog.IncidentKind][]string{catalog.IncidentLate: {"pager", "owner", "slack:#x"}}, "team", catalog.IncidentLate, []string{"pager", "mail", "slack:#x"}},
	} {
		if got := routes.Of(&policies.Policy{Owner: c.owner, Notify: c.notify}, c.kind); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestCompareTellsEachOnce: whatever goes wrong and right in any order, each
// incident has one beginning, at most one end, which comes last, and ids of its
// own; what is open is what is wrong.
func TestCompareTellsEachOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var open []catalog.Incident
		ids, n := map[string]bool{}, 0
		last := map[string]messenger.State{}
		for step := range rapid.IntRange(1, 30).Draw(rt, "steps") {
			wrong := rapid.SliceOfDistinct(rapid.IntRange(0, 7), func(i int) int { return i }).Draw(rt, "wrong")
			var facts []notify.Fact
			want := map[string]int{}
			for _, w := range wrong {
				p := fmt.Sprintf("p%d", w%2)
				want[p]++
				facts = append(facts, notify.Fact{Policy: p, Kind: catalog.IncidentFailed, To: []string{"x", "y"}, Subject: catalog.IncidentSubject{Asset: fmt.Sprint(w)}})
			}
			c, err := notify.Compare(open, facts, day.Add(time.Duration(step)), func() string { n++; return fmt.Sprint("i", n) })
			if err != nil {
				rt.Fatal(err)
			}
			for _, m := range c.Notices {
				if ids[m.ID] {
					rt.Fatalf("%s is told twice", m.ID)
				}
				ids[m.ID] = true
				checkOrder(rt, last, m)
			}
			open = settled(open, c)
			for _, i := range open {
				if len(i.Subjects) != want[i.Policy] {
					rt.Fatalf("%s: %d assets, want %d", i.Policy, len(i.Subjects), want[i.Policy])
				}
			}
			if len(open) != len(want) {
				rt.Fatalf("%d incidents are open, want %d", len(open), len(want))
			}
		}
	})
}

func checkOrder(rt *rapid.T, last map[string]messenger.State, m catalog.Notice) {
	var body messenger.Notice
	if err := json.Unmarshal(m.Body, &body); err != nil {
		rt.Fatal(err)
	}
	k := m.Incident + m.Destination
	if was, known := last[k]; known == (body.State == messenger.Opened) || was == messenger.Resolved {
		rt.Fatalf("%s %s after %q", m.ID, body.State, was)
	}
	last[k] = body.State
}

// settled is the store in short.
func settled(open []catalog.Incident, c notify.Change) []catalog.Incident {
	gone := func(i catalog.Incident) bool {
		same := func(j catalog.Incident) bool { return i.ID == j.ID }
		return slices.ContainsFunc(c.Closed, same) || slices.ContainsFunc(c.Open, same)
	}
	return append(slices.DeleteFunc(slices.Clone(open), gone), c.Open...)
}
