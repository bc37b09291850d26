package virtual

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
)

// Engine is one weir over a world: the evaluator, the dispatcher and the gate as
// they are, stepped by a Loop instead of by goroutines. It can be stopped, be
// killed at any write, and come back.
type Engine struct {
	opts EngineOptions
	loop *Loop
	ctx  context.Context

	g    *policies.Gatherer
	eval *policies.Evaluator
	disp *policies.Dispatcher
	gate *policies.Gate

	down             bool
	evalDue, dispDue bool
	evalAt, dispAt   time.Time // when time alone may change something; zero: never
	timer            time.Time // when the loop will step without an event
	stepping         bool
	// Crashes counts how often it was killed.
	Crashes int
}

// EngineOptions say what an engine lives on.
type EngineOptions struct {
	World      *World
	Ledger     policies.Ledger
	Policies   *policies.Live
	Connectors []connectors.Connector
	// Grain is how often the engine steps at most: what is told in between, and
	// its own timers, wait for the next multiple. 0: at once.
	Grain time.Duration
	// Skew is how far the engine's clock is ahead of the loop's; nil: not at all.
	Skew func() time.Duration
	// Holder names the engine among several on one ledger; "": it is alone.
	Holder string
	// Failpoint is called at the dispatcher's named moments.
	Failpoint func(string)
	// Restart is how long a killed engine stays away; 0: a minute.
	Restart time.Duration
	// OnDecision and OnMove are told what is in the ledger.
	OnDecision func(catalog.Decision, *catalog.Action)
	OnMove     func(catalog.Action)
	// OnTold is told what the world was told by the engine itself, a tool's
	// answer to it: other engines on the world have to be touched by that too.
	OnTold func(catalog.Touched)
	Log    *slog.Logger
}

// NewEngine returns an engine that steps whenever the loop has settled.
func NewEngine(ctx context.Context, loop *Loop, o EngineOptions) (*Engine, error) {
	if o.Restart == 0 {
		o.Restart = time.Minute
	}
	if o.Skew == nil {
		o.Skew = func() time.Duration { return 0 }
	}
	e := &Engine{opts: o, loop: loop, ctx: ctx}
	if err := e.start(); err != nil {
		return nil, err
	}
	loop.Settled(e.step)
	return e, nil
}

// Now is what the engine's clock shows.
func (e *Engine) Now() time.Time { return e.loop.Now().Add(e.opts.Skew()) }

// start builds everything anew, as a process does: only the ledger and the
// world are left of the one before.
func (e *Engine) start() error {
	o := e.opts
	e.g = &policies.Gatherer{History: o.World, Recall: policies.NewRecall(o.World), Graph: o.World, Ledger: o.Ledger, Connectors: o.Connectors, Policies: o.Policies}
	var thread sync.Mutex
	e.disp = policies.NewDispatcher(e.g, policies.DispatcherOptions{Now: e.Now, Log: o.Log, Failpoint: o.Failpoint, Holder: o.Holder, OnMove: e.moved, Journal: e.journal})
	e.eval = policies.NewEvaluator(e.g, &thread, policies.EvaluatorOptions{Now: e.Now, Log: o.Log, OnDecision: e.decided})
	e.gate = policies.NewGate(e.g, &thread, policies.GateOptions{Now: e.Now, Ready: e.eval.IsOpen, OnDecision: func(catalog.Decision) { e.evalDue = true; e.eval.Gated() }})
	if err := e.disp.Reconcile(e.ctx); err != nil {
		return fmt.Errorf("start of the engine: %w", err)
	}
	e.eval.Open()
	e.down, e.evalDue, e.dispDue, e.timer, e.evalAt, e.dispAt = false, true, true, time.Time{}, time.Time{}, time.Time{}
	e.loop.At(e.loop.Now(), func() {})
	return nil
}

func (e *Engine) decided(d catalog.Decision, a *catalog.Action) {
	e.dispDue = e.dispDue || a != nil
	if e.opts.OnDecision != nil {
		e.opts.OnDecision(d, a)
	}
}

func (e *Engine) moved(a catalog.Action) {
	e.evalDue = true
	e.eval.Moved(a)
	if e.opts.OnMove != nil {
		e.opts.OnMove(a)
	}
}

// journal files a tool's own answer, which tells that a run has ended.
func (e *Engine) journal(_ context.Context, t catalog.ToolAnswer) error {
	touched := e.opts.World.Tell(Event{Key: catalog.RunKey{Job: t.Job, RunID: t.RunID}, Type: catalog.EventTool, Tool: t.State, At: t.At, ExternalID: t.ExternalID})
	if e.opts.OnTold != nil {
		e.opts.OnTold(touched)
	}
	e.Touch(touched)
	return nil
}

// Touch says what the world was told of.
func (e *Engine) Touch(t catalog.Touched) {
	e.evalDue, e.dispDue = true, true
	if !e.down {
		e.eval.Touch(t)
		e.disp.Touch(t)
	}
}

// Wake lets everything be looked at: the policies have changed, for example.
func (e *Engine) Wake() {
	e.evalDue, e.dispDue = true, true
	if !e.down {
		e.eval.Wake()
	}
}

// Ask asks the gate.
func (e *Engine) Ask(q policies.GateRequest) (catalog.GateAnswer, error) { return e.gate.Ask(e.ctx, q) }

// Evaluations is the newest evaluation of every policy on every asset; none
// while it is down, since a process takes what it held with it.
func (e *Engine) Evaluations() []policies.Evaluated {
	if e.down {
		return nil
	}
	return e.eval.Evaluations()
}

// Stop stops the engine at once, between two steps.
func (e *Engine) Stop() { e.down = true }

// Start lets it come back; it starts on what the ledger holds.
func (e *Engine) Start() error { return e.start() }

// Crash is what a ledger, a tool or a failpoint panics with to kill the engine
// that called it, there and then.
type Crash struct{ At string }

// maxRounds bounds how often the parts of an engine may wake each other without
// the clock moving.
const maxRounds = 1000

// step lets the engine do all there is to do now.
func (e *Engine) step() {
	if e.down || e.stepping || !e.due() {
		return
	}
	e.stepping = true
	defer func() {
		e.stepping = false
		if r := recover(); r != nil {
			if _, ok := r.(Crash); !ok {
				panic(r)
			}
			e.crashed()
		}
	}()
	e.rounds()
	e.wakeAt(soonest(e.evalAt, e.dispAt))
}

// due reports whether there is something to do now, and plans the step when the
// grain wants it to wait.
func (e *Engine) due() bool {
	now := e.loop.Now()
	timer := !e.timer.IsZero() && !now.Before(e.timer)
	g := e.opts.Grain
	if g == 0 || timer || !e.evalDue && !e.dispDue {
		return timer || e.evalDue || e.dispDue
	}
	if at := now.Add(g - 1).Truncate(g); at.After(now) {
		if e.timer.IsZero() || at.Before(e.timer) {
			e.timer = at
			e.loop.At(at, func() {})
		}
		return false
	}
	return true
}

// Step lets the engine do all there is to do now, in the middle of something
// else: another engine's write for example.
func (e *Engine) Step() {
	e.evalDue, e.dispDue = true, true
	e.timer = e.loop.Now()
	e.step()
}

// rounds steps each part until neither has anything more to do now.
func (e *Engine) rounds() {
	for range maxRounds {
		evalDue, dispDue := e.evalDue || e.passed(e.evalAt), e.dispDue || e.passed(e.dispAt)
		if !evalDue && !dispDue {
			return
		}
		if evalDue {
			e.evalDue = false
			e.evalAt = e.eval.Step(e.ctx)
		}
		if dispDue {
			e.dispDue = false
			e.dispAt = e.disp.Step(e.ctx)
		}
	}
	e.evalAt, e.dispAt = e.Now().Add(time.Second), e.Now().Add(time.Second)
}

func (e *Engine) passed(at time.Time) bool { return !at.IsZero() && !at.After(e.Now()) }

// wakeAt plans the next step without an event. The time is the engine's own.
func (e *Engine) wakeAt(at time.Time) {
	e.timer = time.Time{}
	if at.IsZero() {
		return
	}
	at = at.Add(-e.opts.Skew())
	if floor := e.loop.Now().Add(time.Millisecond); at.Before(floor) {
		at = floor
	}
	if g := e.opts.Grain; g > 0 {
		at = at.Add(g - 1).Truncate(g)
	}
	e.timer = at
	e.loop.At(at, func() {})
}

func (e *Engine) crashed() {
	e.down = true
	e.Crashes++
	e.loop.After(e.opts.Restart, e.revive)
}

// revive starts again, and once more when it is killed while it starts.
func (e *Engine) revive() {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(Crash); !ok {
				panic(r)
			}
			e.crashed()
		}
	}()
	if err := e.start(); err != nil {
		e.crashed()
	}
}

func soonest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
