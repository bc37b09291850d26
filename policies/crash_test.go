package policies_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// crash is what a process that dies leaves: nothing more is done.
type crash struct{ at string }

// fuse counts ledger writes and tool calls, before and after each, and lets the
// process die at one of them.
type fuse struct {
	n, dies int
	at      string
}

func (f *fuse) burn(at string) {
	if f.n++; f.n == f.dies {
		f.at = at
		panic(crash{at})
	}
}

// fusedLedger burns around each write.
type fusedLedger struct {
	*virtual.Ledger
	f *fuse
}

func (l fusedLedger) Update(ctx context.Context, from catalog.ActionState, a catalog.Action) (catalog.Action, error) {
	l.f.burn("before " + string(a.State))
	defer l.f.burn("after " + string(a.State))
	return l.Ledger.Update(ctx, from, a)
}

func (l fusedLedger) Ask(ctx context.Context, d *catalog.Decision, a catalog.Action) (catalog.Action, bool, error) {
	l.f.burn("before asking for " + string(a.Kind))
	defer l.f.burn("after asking for " + string(a.Kind))
	return l.Ledger.Ask(ctx, d, a)
}

// fusedTool burns around each call that changes something.
type fusedTool struct {
	*virtual.Tool
	f *fuse
}

func (t fusedTool) Start(ctx context.Context, r connectors.StartRequest) (connectors.StartResult, error) {
	t.f.burn("before start")
	defer t.f.burn("after start")
	return t.Tool.Start(ctx, r)
}

func (t fusedTool) Stop(ctx context.Context, job, id string) error {
	t.f.burn("before stop")
	defer t.f.burn("after stop")
	return t.Tool.Stop(ctx, job, id)
}

func (t fusedTool) Rerun(ctx context.Context, r connectors.RerunRequest) error {
	t.f.burn("before rerun")
	defer t.f.burn("after rerun")
	return t.Tool.Rerun(ctx, r)
}

// plant is the dispatcher stepped by a clock of its own.
type plant struct {
	w    *virtual.World
	l    *virtual.Ledger
	tool *virtual.Tool
	f    *fuse
	now  time.Time
	d    *policies.Dispatcher
	q    *policies.Requests
}

func newPlant(dies int) *plant {
	p := &plant{w: virtual.NewWorld(), l: virtual.NewLedger(), tool: virtual.NewTool("af", "prod"), f: &fuse{dies: dies}, now: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	p.restart()
	return p
}

// restart is a new process on the same ledger and tool.
func (p *plant) restart() {
	clock := func() time.Time { return p.now }
	g := &policies.Gatherer{History: p.w, Graph: p.w, Ledger: fusedLedger{p.l, p.f}, Connectors: []connectors.Connector{fusedTool{p.tool, p.f}}, Policies: &policies.Live{}}
	p.d = policies.NewDispatcher(g, policies.DispatcherOptions{Now: clock})
	p.q = policies.NewRequests(g, policies.RequestsOptions{Now: clock})
}

// surely does something, and does it again in a new process when it dies: as a
// person asks again with the same key who got no answer.
func (p *plant) surely(do func() error) (err error) {
	for range 3 {
		if !p.died(func() { err = do() }) {
			return err
		}
		p.restart()
		if p.died(func() { err = p.d.Reconcile(context.Background()) }) {
			return fmt.Errorf("it died twice")
		}
	}
	return err
}

func (p *plant) died(do func()) (dead bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, ours := r.(crash); !ours {
				panic(r)
			}
			dead = true
		}
	}()
	do()
	return false
}

// rest steps until nothing moves for a long time.
func (p *plant) rest() error {
	for range 200 {
		err := p.surely(func() error {
			at := p.d.Step(context.Background())
			if at.After(p.now) && at.Sub(p.now) < time.Hour {
				p.now = at
			} else {
				p.now = p.now.Add(time.Second)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// demand is one verb: what makes it ready, what is asked, and how often it took
// effect.
type demand struct {
	setup  func(*plant) error
	ask    func(*plant) (catalog.Action, error)
	effect func(*plant) int
}

func (p *plant) started() (catalog.Action, error) {
	ctx := context.Background()
	a, err := p.q.Run(ctx, policies.RunRequest{Ask: asked("run"), Place: policies.Place{Connector: "af", Job: "dbt"}})
	if err != nil {
		return a, err
	}
	for range 5 {
		p.d.Step(ctx)
	}
	list, err := p.l.Actions(ctx, policies.ActionQuery{ID: a.ID})
	if err != nil || len(list) != 1 || list[0].ExternalID == "" {
		return a, fmt.Errorf("the first run did not start: %+v, %w", list, err)
	}
	return list[0], nil
}

var demands = map[string]demand{
	"trigger": {
		setup: func(*plant) error { return nil },
		ask: func(p *plant) (catalog.Action, error) {
			return p.q.Run(context.Background(), policies.RunRequest{Ask: asked("k"), Place: policies.Place{Connector: "af", Job: "dbt"}})
		},
		effect: func(p *plant) int { return p.tool.Started() },
	},
	"cancel": {
		setup: func(p *plant) error { _, err := p.started(); return err },
		ask: func(p *plant) (catalog.Action, error) {
			list, err := p.l.Actions(context.Background(), policies.ActionQuery{AskKey: "run"})
			if err != nil {
				return catalog.Action{}, err
			}
			return p.q.Cancel(context.Background(), asked("k"), list[0].ID)
		},
		effect: func(p *plant) int { stops, _, _ := p.tool.Effects(); return stops },
	},
	"rerun": {
		setup: func(p *plant) error {
			a, err := p.started()
			if err != nil {
				return err
			}
			p.tool.Set(a.ExternalID, catalog.RunFailed)
			for range 20 { // the poll, and the grace for events
				p.now = p.now.Add(time.Minute)
				p.d.Step(context.Background())
			}
			return nil
		},
		ask: func(p *plant) (catalog.Action, error) {
			list, err := p.l.Actions(context.Background(), policies.ActionQuery{AskKey: "run"})
			if err != nil {
				return catalog.Action{}, err
			}
			return p.q.Rerun(context.Background(), policies.RerunRequest{Ask: asked("k"), Action: list[0].ID})
		},
		effect: func(p *plant) int { _, reruns, _ := p.tool.Effects(); return reruns },
	},
	"backfill": {
		setup: func(*plant) error { return nil },
		ask: func(p *plant) (catalog.Action, error) {
			return p.q.Backfill(context.Background(), policies.BackfillRequest{RunRequest: policies.RunRequest{Ask: asked("k"), Place: policies.Place{Connector: "af", Job: "dbt"}}, Times: days(1), Parallel: 1})
		},
		effect: func(p *plant) int { return p.tool.Started() },
	},
}

// live asks for a verb, dies at a point, starts again, and comes to rest.
func live(verb string, dies int) (p *plant, effects int, err error) {
	d := demands[verb]
	p = newPlant(0)
	if err := p.d.Reconcile(context.Background()); err != nil {
		return p, 0, err
	}
	if err := d.setup(p); err != nil {
		return p, 0, err
	}
	p.f.n, p.f.dies = 0, dies
	if err := p.surely(func() error { _, err := d.ask(p); return err }); err != nil {
		return p, 0, err
	}
	err = p.rest()
	return p, d.effect(p), err
}

// TestOneEffectAtEveryCrashPoint: wherever the process dies, before or after each
// ledger write and each call to the tool, one request has one effect.
func TestOneEffectAtEveryCrashPoint(t *testing.T) {
	for verb := range demands {
		p, effects, err := live(verb, 0)
		if err != nil || effects != 1 {
			t.Fatalf("%s without a crash: %d effects, %v", verb, effects, err)
		}
		points := p.f.n
		if points < 8 {
			t.Errorf("%s has only %d crash points", verb, points)
		}
		for dies := 1; dies <= points; dies++ {
			p, effects, err := live(verb, dies)
			if err != nil {
				t.Errorf("%s, dead %s: %v", verb, p.f.at, err)
			}
			if effects != 1 {
				t.Errorf("%s, dead %s: %d effects, want 1", verb, p.f.at, effects)
			}
		}
	}
}

// TestOneEffectAtMost: the same with lost answers and lost requests of the tool
// on top, at random.
func TestOneEffectAtMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		verb := rapid.SampledFrom([]string{"trigger", "cancel", "rerun", "backfill"}).Draw(t, "verb")
		d := demands[verb]
		p := newPlant(0)
		if err := p.d.Reconcile(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := d.setup(p); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 2).Draw(t, "faults") {
			p.tool.Fail(virtual.ToolFault{Err: fmt.Errorf("timeout"), Applied: rapid.Bool().Draw(t, "applied")})
		}
		p.f.n, p.f.dies = 0, rapid.IntRange(0, 20).Draw(t, "dies")
		if err := p.surely(func() error { _, err := d.ask(p); return err }); err != nil {
			t.Fatal(err)
		}
		if err := p.rest(); err != nil {
			t.Fatal(err)
		}
		if n := d.effect(p); n > 1 {
			t.Fatalf("%s, dead %q: %d effects", verb, p.f.at, n)
		}
	})
}

// TestCrashControl: a tool that says that it keeps keys apart and does not shows
// two effects when a request arrives late beside its resend: the count can tell.
func TestCrashControl(t *testing.T) {
	p := newPlant(0)
	p.tool.Forgetful()
	if err := p.d.Reconcile(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := demands["trigger"].ask(p); err != nil {
		t.Fatal(err)
	}
	p.tool.Fail(virtual.ToolFault{Err: fmt.Errorf("timeout")})
	if err := p.rest(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.tool.Start(context.Background(), p.tool.Sent()[0]); err != nil { // the late one
		t.Fatal(err)
	}
	if n := demands["trigger"].effect(p); n != 2 {
		t.Errorf("%d effects, want 2", n)
	}
}

// TestPartsAreSentWithoutAWake: what one step makes, the next one sends, though
// nothing else happens.
func TestPartsAreSentWithoutAWake(t *testing.T) {
	p := newPlant(0)
	ctx := context.Background()
	if err := p.d.Reconcile(ctx); err != nil {
		t.Fatal(err)
	}
	_, err := p.q.Backfill(ctx, policies.BackfillRequest{RunRequest: policies.RunRequest{Ask: asked("k"), Place: policies.Place{Connector: "af", Job: "dbt"}}, Times: days(5), Parallel: 2})
	if err != nil {
		t.Fatal(err)
	}
	for at := p.now; !at.IsZero() && !at.After(p.now); {
		at = p.d.Step(ctx)
	}
	if n := p.tool.Started(); n != 2 {
		t.Errorf("%d runs before the dispatcher rests, want 2", n)
	}
}
