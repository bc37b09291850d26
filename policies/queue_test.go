package policies_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/policiestest"
)

// pools reads documents of kind Pool.
func pools(t testing.TB, yaml string) []*policies.Pool {
	t.Helper()
	set, err := policies.ParseSet("p.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return set.Pools
}

func waits(id string, class catalog.Class, since time.Time) catalog.Action {
	return catalog.Action{ID: id, Kind: catalog.ActionTrigger, State: catalog.ActionReady, CreatedAt: since, Admission: catalog.Admission{Pool: "wh", Slots: 1, Class: class},
		Transitions: []catalog.ActionTransition{{To: catalog.ActionReady, At: since}}}
}

// floor is a pool at work: who waits, who holds a slot, who was sent.
type floor struct {
	pools               []*policies.Pool
	waiting, held, sent []catalog.Action
	now                 time.Time
	most, started       int
}

// admit sends what the queue lets through, and returns it.
func (f *floor) admit() (out []catalog.Action) {
	q := policies.NewQueue(f.pools, f.waiting, f.held, map[string][]catalog.Action{"wh": f.sent}, f.now)
	for a, class, ok := q.Next(); ok; a, class, ok = q.Next() {
		q.Started(a, class)
		f.started++
		a.Admission.Charged, a.Admission.SentNano, a.State = class, f.now.UnixNano()+int64(f.started), catalog.ActionRunning
		f.sent = slices.Insert(f.sent, 0, a)
		f.held = append(f.held, a)
		f.waiting = slices.DeleteFunc(f.waiting, func(o catalog.Action) bool { return o.ID == a.ID })
		out = append(out, a)
	}
	used := 0
	for _, a := range f.held {
		used += a.Admission.Slots
	}
	f.most = max(f.most, used)
	return out
}

// release ends the i-th of those that hold slots.
func (f *floor) release(i int) { f.held = slices.Delete(f.held, i, i+1) }

func TestCase35BackfillBesideCritical(t *testing.T) {
	f := &floor{pools: pools(t, "kind: Pool\nname: wh\nslots: 4\nmax_queue: 30d\n"), now: noon}
	for i := range 1000 {
		f.waiting = append(f.waiting, waits(fmt.Sprintf("bf-%04d", i), catalog.ClassBackfill, noon))
	}
	f.admit()
	f.waiting = append(f.waiting, waits("critical", catalog.ClassCritical, noon.Add(time.Minute)))
	f.now = noon.Add(time.Minute)
	f.release(0)
	if got := f.admit(); len(got) != 1 || got[0].ID != "critical" {
		t.Fatalf("%v goes first, want the critical one", got)
	}
	// As many criticals as the pool can take: the backfill goes on, with one
	// start of ten by its share, as long as both wait (6 + 1 parts of shares).
	backfill := 0
	for i := range 700 {
		f.waiting = append(f.waiting, waits(fmt.Sprintf("c-%04d", i), catalog.ClassCritical, f.now.Add(time.Second)))
		f.release(0)
		for _, a := range f.admit() {
			if a.Admission.Class == catalog.ClassBackfill {
				backfill++
			}
		}
	}
	if backfill < 90 || backfill > 110 { // 1 of 7
		t.Errorf("%d of 700 starts were the backfill's, want a seventh", backfill)
	}
	if f.most != 4 {
		t.Errorf("%d slots taken at most, want 4", f.most)
	}
}

// TestBestEffort: it has what nobody else waits for, unless the pool gives it a
// share; what has waited max_queue goes with backfills.
func TestBestEffort(t *testing.T) {
	for doc, want := range map[string]int{"": 0, "shares: { best-effort: 1 }\n": 8} {
		f := &floor{pools: pools(t, "kind: Pool\nname: wh\nslots: 1\nmax_queue: 1h\n"+doc), now: noon}
		for i := range 60 {
			f.waiting = append(f.waiting, waits(fmt.Sprintf("be-%04d", i), catalog.ClassBestEffort, noon))
		}
		if got := f.admit(); len(got) != 1 {
			t.Fatal("nobody else waits, and it does not go")
		}
		went := 0
		for i := range 88 {
			f.waiting = append(f.waiting, waits(fmt.Sprintf("n-%04d", i), catalog.ClassNormal, noon), waits(fmt.Sprintf("b-%04d", i), catalog.ClassBackfill, noon), waits(fmt.Sprintf("c-%04d", i), catalog.ClassCritical, noon))
			f.release(0)
			if f.admit()[0].Admission.Class == catalog.ClassBestEffort {
				went++
			}
		}
		if went < want/2 || went > 2*want {
			t.Errorf("%q: %d of 88 starts were best-effort's, want about %d", doc, went, want)
		}
		f.now = noon.Add(time.Hour)
		for i := 0; i < 60 && went <= 2*want; i++ {
			f.release(0)
			if f.admit()[0].Admission.Class == catalog.ClassBestEffort {
				went = 1 << 10
			}
		}
		if went < 1<<10 {
			t.Errorf("%q: what has waited for an hour does not go", doc)
		}
	}
}

// TestPoolIsNeverOverItsSlots: under any order of work, releases and restarts
// (a queue is made anew each time), with work of several slots.
func TestPoolIsNeverOverItsSlots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slots := rapid.IntRange(1, 5).Draw(t, "slots")
		f := &floor{pools: []*policies.Pool{{Name: "wh", Slots: slots, MaxQueue: time.Hour, Shares: map[catalog.Class]int{"critical": 6, "normal": 3, "backfill": 1}}}, now: noon}
		id := 0
		t.Repeat(map[string]func(*rapid.T){
			"arrive": func(t *rapid.T) {
				a := waits(fmt.Sprintf("a%04d", id), rapid.SampledFrom(catalog.Classes).Draw(t, "class"), f.now)
				a.Admission.Slots = rapid.IntRange(1, slots).Draw(t, "takes")
				f.waiting = append(f.waiting, a)
				id++
			},
			"admit": func(*rapid.T) { f.admit() },
			"release": func(t *rapid.T) {
				if len(f.held) > 0 {
					f.release(rapid.IntRange(0, len(f.held)-1).Draw(t, "which"))
				}
			},
			"wait": func(t *rapid.T) {
				f.now = f.now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "minutes")) * time.Minute)
			},
			"": func(t *rapid.T) {
				if f.most > slots {
					t.Fatalf("%d of %d slots", f.most, slots)
				}
			},
		})
	})
}

// TestNothingStarves: whatever arrives meanwhile, what waits is let through after
// a number of releases that depends on who waited before it alone.
func TestNothingStarves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shares := map[catalog.Class]int{}
		window := 0
		for _, c := range catalog.Classes {
			shares[c] = rapid.IntRange(1, 6).Draw(t, string(c))
			window += shares[c]
		}
		f := &floor{pools: []*policies.Pool{{Name: "wh", Slots: rapid.IntRange(1, 3).Draw(t, "slots"), Shares: shares}}, now: noon}
		if rapid.Bool().Draw(t, "aging") {
			f.pools[0].MaxQueue = time.Duration(rapid.IntRange(1, 60).Draw(t, "queue")) * time.Minute
		}
		before := rapid.IntRange(0, 8).Draw(t, "before")
		for i := range before {
			f.waiting = append(f.waiting, waits(fmt.Sprintf("b%04d", i), rapid.SampledFrom(catalog.Classes).Draw(t, "class"), noon.Add(-time.Second)))
		}
		f.waiting = append(f.waiting, waits("mine", rapid.SampledFrom(catalog.Classes).Draw(t, "mine"), noon))
		bound := (before + 2) * 10 * window // the shares look at five times their sum
		for n := 0; ; n++ {
			if slices.ContainsFunc(f.admit(), func(a catalog.Action) bool { return a.ID == "mine" }) {
				return
			}
			if n > bound {
				t.Fatalf("still waiting after %d releases", n)
			}
			f.now = f.now.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "minutes")) * time.Minute)
			for range rapid.IntRange(0, 2).Draw(t, "arrivals") {
				f.waiting = append(f.waiting, waits(fmt.Sprintf("x%04d-%d", n, len(f.waiting)), rapid.SampledFrom(catalog.Classes).Draw(t, "class"), f.now))
			}
			f.release(0)
		}
	})
}

// TestBigOnesAreNotOvertaken: work of several slots waits at the head until they
// are free.
func TestBigOnesAreNotOvertaken(t *testing.T) {
	f := &floor{pools: pools(t, "kind: Pool\nname: wh\nslots: 2\n"), now: noon}
	f.waiting = []catalog.Action{waits("a", "normal", noon), waits("b", "normal", noon)}
	f.admit()
	big := waits("c-big", "normal", noon.Add(time.Second))
	big.Admission.Slots = 2
	f.waiting = append(f.waiting, big, waits("d", "normal", noon.Add(2*time.Second)))
	f.release(0)
	if got := f.admit(); len(got) != 0 {
		t.Errorf("%s overtook", got[0].ID)
	}
	f.release(0)
	if got := f.admit(); len(got) != 1 || got[0].ID != "c-big" {
		t.Errorf("%v", got)
	}
}

// TestToolPool bounds a tool's actions, whatever their pool, and their rate.
func TestToolPool(t *testing.T) {
	list := pools(t, "kind: Pool\nname: all\ntool: af\nslots: 3\nruns_per_minute: 4\n---\nkind: Pool\nname: wh\nslots: 2\n")
	var ready []catalog.Action
	for i := range 8 {
		a := waits(fmt.Sprintf("a%d", i), "normal", noon)
		if a.Connector = "af"; i%2 == 0 {
			a.Admission.Pool = "" // of the tool's pool alone
		}
		ready = append(ready, a)
	}
	other := waits("other", "normal", noon)
	other.Admission.Pool = ""
	next := func(held, sent []catalog.Action, now time.Time) (n int, at time.Time) {
		q := policies.NewQueue(list, append(ready, other), held, map[string][]catalog.Action{"all": sent}, now)
		for a, c, ok := q.Next(); ok; a, c, ok = q.Next() {
			if q.Started(a, c); a.ID != "other" {
				n++
			}
		}
		return n, q.Blocked()
	}
	if n, _ := next(nil, nil, noon); n != 3 {
		t.Errorf("%d of the tool's three slots", n)
	}
	sent := waits("s", "normal", noon)
	sent.Connector, sent.Admission.SentNano = "af", noon.UnixNano()
	if n, at := next(nil, []catalog.Action{sent, sent, sent}, noon.Add(time.Second)); n != 1 || !at.Equal(noon.Add(time.Minute)) {
		t.Errorf("%d sent beside three of four a minute, the next at %s", n, at)
	}
	if n, _ := next(nil, []catalog.Action{sent, sent, sent, sent}, noon.Add(time.Minute)); n != 3 {
		t.Errorf("%d sent after the minute", n)
	}
}

// TestDispatcherKeepsToItsPool: the dispatcher over a ledger, killed at any of its
// moments and started again, with a tool that loses answers: as many runs as
// there are slots, and each intent once.
func TestDispatcherKeepsToItsPool(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newPoolWorld(t, rapid.IntRange(1, 3).Draw(t, "slots"), 8)
		t.Repeat(map[string]func(*rapid.T){
			"crash": func(t *rapid.T) {
				w.dieAt = rapid.SampledFrom([]string{"before-dispatch", "dispatching", "dispatched", "move-accepted", "move-ambiguous"}).Draw(t, "at")
				w.round()
				w.dieAt = ""
				w.restart()
			},
			"lose": func(t *rapid.T) {
				w.tool.Fail(policiestest.ToolFault{Err: &connectors.Error{Class: connectors.Ambiguous, Op: "trigger", Message: "timeout"}, Applied: rapid.Bool().Draw(t, "applied")})
			},
			"round": func(*rapid.T) { w.round() },
			"end":   func(t *rapid.T) { w.end(rapid.IntRange(0, 7).Draw(t, "which")) },
			"":      w.check,
		})
	})
}

// poolWorld is n policies of one pool, each of which wants a run.
type poolWorld struct {
	t     *rapid.T
	ctx   context.Context
	slots int
	now   time.Time
	world *policiestest.World
	l     *policiestest.Ledger
	tool  *policiestest.Tool
	g     *policies.Gatherer
	disp  *policies.Dispatcher
	dieAt string
}

func newPoolWorld(t *rapid.T, slots, n int) *poolWorld {
	set, err := policies.ParseSet("p.yaml", []byte(fmt.Sprintf("kind: Pool\nname: wh\nslots: %d\n", slots)+wide(n, "pool: wh\n")))
	if err != nil {
		t.Fatal(err)
	}
	live := &policies.Live{}
	live.Put(set)
	w := &poolWorld{t: t, ctx: context.Background(), slots: slots, now: noon, world: policiestest.NewWorld(), l: policiestest.NewLedger(), tool: policiestest.NewTool("af", "prod")}
	w.world.Version(catalog.Version{Dataset: ds("raw"), ProducedAt: noon.Add(-time.Minute)})
	w.g = &policies.Gatherer{History: w.world, Graph: w.world, Ledger: w.l, Connectors: []connectors.Connector{w.tool}, Policies: live}
	thread := new(sync.Mutex)
	eval := policies.NewEvaluator(w.g, thread, policies.EvaluatorOptions{Now: w.clock})
	eval.Open()
	eval.Step(w.ctx)
	w.restart()
	return w
}

func (w *poolWorld) clock() time.Time { return w.now }

func (w *poolWorld) restart() {
	w.disp = policies.NewDispatcher(w.g, policies.DispatcherOptions{Now: w.clock, Failpoint: func(at string) {
		if at == w.dieAt {
			runtime.Goexit()
		}
	}})
	if err := w.disp.Reconcile(w.ctx); err != nil {
		w.t.Fatal(err)
	}
}

// round lets the dispatcher work once; it may die at it.
func (w *poolWorld) round() {
	w.now = w.now.Add(20 * time.Second)
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.disp.Step(w.ctx)
	}()
	<-done
}

// end ends the i-th action's run, if it has one.
func (w *poolWorld) end(i int) {
	list, err := w.l.Actions(w.ctx, policies.ActionQuery{Policy: fmt.Sprintf("w%03d", i), States: []catalog.ActionState{catalog.ActionAccepted}})
	if err != nil || len(list) == 0 {
		return
	}
	a, at := list[0], w.now
	w.world.Run(catalog.Run{Key: catalog.RunKey{Job: job(a.ToolJob), RunID: "run-" + a.ID}, State: catalog.RunSucceeded, StartedAt: at, EndedAt: &at, LastEventAt: at,
		Parent: &catalog.RunRef{RunID: a.ParentRunID, Job: catalog.JobName("weir", a.Policies[0])}, Inputs: dss("raw"), Outputs: dss(fmt.Sprintf("w%03d", i))})
}

// check: no more of the tool's runs are unaccounted for than there are slots,
// by the ledger and by the tool's own list.
func (w *poolWorld) check(t *rapid.T) {
	held, err := w.l.Actions(w.ctx, policies.ActionQuery{Pool: "wh", Limit: 100, States: []catalog.ActionState{catalog.ActionDispatching, catalog.ActionAmbiguous,
		catalog.ActionAccepted, catalog.ActionRunning, catalog.ActionLost}})
	if err != nil {
		t.Fatal(err)
	}
	if len(held) > w.slots {
		t.Fatalf("%d of %d slots are taken", len(held), w.slots)
	}
	ended, err := w.l.CountActions(w.ctx, policies.ActionQuery{States: []catalog.ActionState{catalog.ActionSucceeded}})
	if err != nil {
		t.Fatal(err)
	}
	if going := w.tool.Started() - ended; going > w.slots {
		t.Fatalf("%d runs go on in the tool, with %d slots", going, w.slots)
	}
}
