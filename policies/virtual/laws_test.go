package virtual_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// chain is raw -> stg -> mart, and a report that also waits for raw.
const chain = `kind: Policy
name: stg
select: { asset: "dataset:pg://wh/stg" }
target: { connector: tool, job: stg }
mode: act
owner: o
on_first: run
inputs:
  "dataset:pg://wh/raw": { trigger: true, require: updated }
---
kind: Policy
name: mart
select: { asset: "dataset:pg://wh/mart" }
target: { connector: tool, job: mart }
mode: act
owner: o
on_first: run
inputs:
  "dataset:pg://wh/stg": { trigger: true, require: { fresh: 40h } }
---
kind: Policy
name: report
select: { asset: "dataset:pg://wh/report" }
target: { connector: tool, job: report }
mode: act
owner: o
on_first: run
min_interval: 30m
inputs:
  "dataset:pg://wh/mart": { trigger: true, require: exists }
  "dataset:pg://wh/raw": { trigger: false, require: exists }
`

// anID is an action's, which is drawn anew each time.
var anID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

var reads = map[string]string{"stg": "raw", "mart": "stg", "report": "mart"}

// plant is an engine over a tool that makes the chain.
type plant struct {
	t      testing.TB
	loop   *virtual.Loop
	world  *virtual.World
	ledger *virtual.Ledger
	tool   *virtual.Works
	live   *policies.Live
	engine *virtual.Engine
	skew   time.Duration
	loads  int
	// log is what the world was told, and when.
	log []told
	// mute: what the tool says is not handed on.
	mute bool
	// decided is every decision, without its ids.
	decided []string
	// served is, for each run of the tool, the loads there were when it began.
	served map[string][]int
}

type told struct {
	at time.Time
	e  virtual.Event
}

func newPlant(t testing.TB, mode string) *plant {
	p := &plant{t: t, loop: virtual.NewLoop(monday), world: virtual.NewWorld(), ledger: virtual.NewLedger(), live: &policies.Live{}, served: map[string][]int{}}
	p.tool = virtual.NewWorks(p.loop, virtual.WorksOptions{Name: "tool", Namespace: "prod", Slots: 2, Latency: time.Second, Course: p.course, Tell: func(e virtual.Event) {
		if !p.mute {
			p.tell(e)
		}
	}})
	p.reload(mode)
	var err error
	p.engine, err = virtual.NewEngine(context.Background(), p.loop, virtual.EngineOptions{
		World: p.world, Ledger: p.ledger, Policies: p.live, Connectors: []connectors.Connector{p.tool}, Skew: func() time.Duration { return p.skew },
		OnDecision: func(d catalog.Decision, a *catalog.Action) {
			line := fmt.Sprint(d.At.Format(time.RFC3339Nano), d.Policy, d.Outcome, anID.ReplaceAllString(d.Tree.Says, "ID"))
			if a != nil {
				line += fmt.Sprint(a.Demand)
			}
			p.decided = append(p.decided, line)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// reload puts the policies in force anew.
func (p *plant) reload(mode string) {
	list, err := policies.Parse("p.yaml", []byte(strings.ReplaceAll(chain, "mode: act", "mode: "+mode)))
	if err != nil {
		p.t.Fatal(err)
	}
	p.live.Put(&policies.Set{Policies: list})
	if p.engine != nil {
		p.engine.Wake()
	}
}

func (p *plant) course(x *virtual.Execution) virtual.Course {
	p.served[x.Job] = append(p.served[x.Job], p.loads)
	return virtual.Course{Takes: time.Duration(3+len(x.Job)) * time.Minute, Reads: []catalog.Name{ds(reads[x.Job])}, Writes: func() []virtual.Written { return []virtual.Written{{Name: ds(x.Job)}} }}
}

func (p *plant) tell(e virtual.Event) {
	p.log = append(p.log, told{p.loop.Now(), e})
	p.engine.Touch(p.world.Tell(e))
}

// loadAt plans a load of raw.
func (p *plant) loadAt(at time.Time, n int) {
	key := catalog.RunKey{Job: catalog.JobName("prod", "load"), RunID: fmt.Sprintf("load-%03d", n)}
	p.loop.At(at, func() { p.tell(virtual.Event{Key: key, Type: catalog.EventStart, At: at}) })
	end := at.Add(4 * time.Minute)
	p.loop.At(end, func() {
		p.loads++
		p.tell(virtual.Event{Key: key, Type: catalog.EventComplete, At: end, Written: []virtual.Written{{Name: ds("raw")}}})
	})
}

// moments draws times within two days, in whole seconds, sorted.
func moments(t *rapid.T, label string, low, high int) (out []time.Time) {
	for _, s := range rapid.SliceOfN(rapid.IntRange(1, 48*3600), low, high).Draw(t, label) {
		out = append(out, monday.Add(time.Duration(s)*time.Second))
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// TestReplayDecidesAsLive: what was told, told again at its times to an empty
// weir, has it decide the same, at the same times, for the same demands.
func TestReplayDecidesAsLive(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		live := newPlant(t, "act")
		for i, at := range moments(rt, "loads", 1, 8) {
			live.loadAt(at, i)
		}
		live.loop.RunUntil(monday.AddDate(0, 0, 4))
		replay := newPlant(t, "act")
		replay.mute = true
		for _, one := range live.log {
			replay.loop.At(one.at, func() { replay.engine.Touch(replay.world.Tell(one.e)) })
		}
		replay.loop.RunUntil(monday.AddDate(0, 0, 4))
		if len(live.decided) == 0 || !slices.Equal(live.decided, replay.decided) {
			rt.Fatalf("live decided\n%s\nreplayed\n%s", strings.Join(live.decided, "\n"), strings.Join(replay.decided, "\n"))
		}
	})
}

// TestOrderOfEventsDecidesNothing: the same events in any order, some of them
// twice, end in the same conclusions once all are in.
func TestOrderOfEventsDecidesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		source := newPlant(t, "act")
		for i, at := range moments(rt, "loads", 1, 6) {
			source.loadAt(at, i)
		}
		source.loop.RunUntil(monday.Add(time.Duration(rapid.IntRange(1, 60).Draw(rt, "hours")) * time.Hour))
		end := source.loop.Now().Add(time.Hour)
		conclude := func(log []told) string {
			p := newPlant(t, "shadow")
			p.loop.RunUntil(end)
			for _, one := range log {
				p.engine.Touch(p.world.Tell(one.e))
				if rapid.Bool().Draw(rt, "twice") {
					p.engine.Touch(p.world.Tell(one.e))
				}
			}
			p.loop.At(end, func() {})
			p.loop.RunUntil(end.Add(time.Second))
			var out []string
			for _, e := range p.engine.Evaluations() {
				out = append(out, fmt.Sprint(e.Policy.Name, e.Outcome, e.Demand, e.Pins, e.Tree.Says))
			}
			return strings.Join(out, "\n")
		}
		if a, b := conclude(source.log), conclude(rapid.Permutation(source.log).Draw(rt, "order")); a != b || a == "" {
			rt.Fatalf("in order it concludes\n%s\nin another\n%s", a, b)
		}
	})
}

// disturbance is something that must not lose a trigger.
type disturbance struct {
	kind string
	at   time.Time
	span time.Duration
}

func (p *plant) disturb(d disturbance) {
	undo := map[string]func(){
		"restart": func() {
			if err := p.engine.Start(); err != nil {
				p.t.Error(err)
			}
		},
		"pause":  func() { p.killSwitch(false) },
		"reload": func() { p.reload("act") },
		"jump":   func() { p.skew = 0; p.engine.Wake() },
	}[d.kind]
	p.loop.At(d.at, func() {
		switch d.kind {
		case "restart":
			p.engine.Stop()
		case "pause":
			p.killSwitch(true)
		case "reload":
			p.reload("act")
		case "jump":
			p.skew = d.span - 3*time.Hour
			p.engine.Wake()
		}
	})
	p.loop.At(d.at.Add(d.span), undo)
}

func (p *plant) killSwitch(on bool) {
	if err := p.ledger.SetKillSwitch(context.Background(), on, "ann", "test", p.engine.Now()); err != nil {
		p.t.Error(err)
	}
	p.engine.Wake()
}

// lost says what is wrong in the end: something new that nobody took in, or
// more runs than there was news.
func (p *plant) lost() string {
	for job := range reads {
		runs := p.served[job]
		switch {
		case p.loads > 0 && (len(runs) == 0 || runs[len(runs)-1] != p.loads):
			return fmt.Sprintf("%s took in %v of %d loads", job, runs, p.loads)
		case len(runs) > p.loads:
			return fmt.Sprintf("%s ran %d times for %d loads", job, len(runs), p.loads)
		}
	}
	return ""
}

// TestNoTriggerIsLost: over restarts, pauses, reloads and jumps of the clock, in
// the end the newest load is taken in, and nothing ran without a cause.
func TestNoTriggerIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := newPlant(t, "act")
		for i, at := range moments(rt, "loads", 1, 8) {
			p.loadAt(at, i)
		}
		for _, at := range moments(rt, "disturbances", 0, 8) {
			p.disturb(disturbance{rapid.SampledFrom([]string{"restart", "pause", "reload", "jump"}).Draw(rt, "kind"), at, time.Duration(rapid.IntRange(1, 6*3600).Draw(rt, "seconds")) * time.Second})
		}
		p.loop.RunUntil(monday.AddDate(0, 0, 5))
		if says := p.lost(); says != "" {
			rt.Fatalf("%s\n%s", says, strings.Join(p.decided, "\n"))
		}
	})
}

// TestLostTriggersAreSeen: the control. A weir that stays away takes nothing in.
func TestLostTriggersAreSeen(t *testing.T) {
	p := newPlant(t, "act")
	p.loadAt(monday.Add(time.Hour), 1)
	p.loadAt(monday.Add(10*time.Hour), 2)
	p.loop.At(monday.Add(9*time.Hour), p.engine.Stop)
	p.loop.RunUntil(monday.AddDate(0, 0, 5))
	if p.lost() == "" {
		t.Error("nothing is missing although weir was away")
	}
}
