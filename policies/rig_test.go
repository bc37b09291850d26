package policies_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/policiestest"
)

// rig is the engine over a world in memory and one tool, under a virtual clock.
type rig struct {
	t    *testing.T
	ctx  context.Context
	w    *policiestest.World
	l    *policiestest.Ledger
	tool *policiestest.Tool
	// conn stands in for the tool when set.
	conn connectors.Connector
	live *policies.Live
	g    *policies.Gatherer
	eval *policies.Evaluator
	disp *policies.Dispatcher
	gate *policies.Gate
	stop func()
	runs int
	// dieAt is the failpoint where the dispatcher dies, once.
	dieAt string
}

// inRig runs a test in a bubble with the policies in force.
func inRig(t *testing.T, yaml string, test func(*rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, w: policiestest.NewWorld(), l: policiestest.NewLedger(), tool: policiestest.NewTool("af", "prod"), live: &policies.Live{}}
		r.put(yaml)
		r.start()
		defer func() { r.stop() }()
		test(r)
	})
}

func (r *rig) put(yaml string) {
	r.t.Helper()
	set, err := policies.ParseSet("p.yaml", []byte(yaml))
	if err != nil {
		r.t.Fatal(err)
	}
	r.live.Put(set)
}

// start starts the loops; after stop it is a restart.
func (r *rig) start() {
	r.t.Helper()
	var cancel context.CancelFunc
	r.ctx, cancel = context.WithCancel(context.Background())
	conn := connectors.Connector(r.tool)
	if r.conn != nil {
		conn = r.conn
	}
	r.g = &policies.Gatherer{History: r.w, Graph: r.w, Ledger: r.l, Connectors: []connectors.Connector{conn}, Policies: r.live}
	var thread sync.Mutex
	r.disp = policies.NewDispatcher(r.g, policies.DispatcherOptions{Failpoint: r.die, OnMove: func(catalog.Action) { r.eval.Wake(); r.gate.Notify() }})
	r.eval = policies.NewEvaluator(r.g, &thread, policies.EvaluatorOptions{OnDecision: func(catalog.Decision, *catalog.Action) { r.disp.Wake(); r.gate.Notify() }})
	r.gate = policies.NewGate(r.g, &thread, policies.GateOptions{Ready: r.eval.IsOpen})
	var wg sync.WaitGroup
	wg.Go(func() { _ = r.eval.Run(r.ctx) })
	wg.Go(func() { _ = r.disp.Run(r.ctx) })
	r.stop = func() { cancel(); wg.Wait() }
	if err := r.disp.Reconcile(r.ctx); err != nil {
		r.t.Fatal(err)
	}
	r.eval.Open()
	synctest.Wait()
}

func (r *rig) die(at string) {
	if at == r.dieAt {
		r.dieAt = ""
		runtime.Goexit()
	}
}

// settle tells the engine that something changed and waits until it rests.
func (r *rig) settle() {
	r.eval.Wake()
	r.disp.Wake()
	r.gate.Notify()
	synctest.Wait()
}

// after lets time pass.
func (r *rig) after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func ds(name string) catalog.Name  { return catalog.DatasetName("pg://wh", name) }
func job(name string) catalog.Name { return catalog.JobName("prod", name) }

func dss(names string) (out []catalog.Name) {
	for _, n := range strings.Fields(names) {
		out = append(out, ds(n))
	}
	return out
}

// began adds a running run.
func (r *rig) began(name, in, out string, parent *catalog.RunRef) catalog.Run {
	r.after(time.Second)
	r.runs++
	run := catalog.Run{Key: catalog.RunKey{Job: job(name), RunID: fmt.Sprintf("run-%03d", r.runs)}, State: catalog.RunRunning, StartedAt: time.Now(), StartKnown: true, Parent: parent, Inputs: dss(in), Outputs: dss(out)}
	r.w.Run(run)
	r.settle()
	return run
}

// ended ends a run, now.
func (r *rig) ended(run catalog.Run, s catalog.RunState) catalog.Run {
	now := time.Now()
	run.State, run.EndedAt, run.LastEventAt = s, &now, time.Time{}
	r.w.Run(run)
	r.settle()
	return run
}

// ran adds a run that took a second and succeeded.
func (r *rig) ran(name, in, out string) catalog.Run {
	run := r.began(name, in, out, nil)
	r.after(time.Second)
	return r.ended(run, catalog.RunSucceeded)
}

// play is the tool's run of an action: its own START, with weir as parent.
func (r *rig) play(a catalog.Action, in, out string) catalog.Run {
	run := r.began(a.ToolJob, in, out, &catalog.RunRef{RunID: a.ParentRunID, Job: a.ParentJob()})
	run.ExternalID = a.ExternalID
	r.w.Run(run)
	r.settle()
	return run
}

func (r *rig) actions() []catalog.Action {
	r.t.Helper()
	list, err := r.l.Actions(r.ctx, policies.ActionQuery{Limit: 100})
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

// last is the newest action; there must be n.
func (r *rig) last(n int) catalog.Action {
	r.t.Helper()
	list := r.actions()
	if len(list) != n {
		r.t.Fatalf("%d actions, want %d: %s", len(list), n, r.story())
	}
	if n == 0 {
		return catalog.Action{}
	}
	last := list[0]
	for _, a := range list {
		if a.CreatedAt.After(last.CreatedAt) {
			last = a
		}
	}
	return last
}

// is checks the state of the newest of n actions.
func (r *rig) is(n int, s catalog.ActionState) catalog.Action {
	r.t.Helper()
	a := r.last(n)
	if a.State != s {
		r.t.Fatalf("action is %s, want %s: %s", a.State, s, r.story())
	}
	return a
}

// outcome is what a policy concludes now.
func (r *rig) outcome(policy string, want catalog.DecisionOutcome) policies.Evaluated {
	r.t.Helper()
	for _, e := range r.eval.Evaluations() {
		if e.Policy.Name == policy {
			if e.Outcome != want {
				r.t.Fatalf("%s concludes %s, want %s: %s", policy, e.Outcome, want, r.story())
			}
			return e
		}
	}
	r.t.Fatalf("%s was not evaluated", policy)
	return policies.Evaluated{}
}

func (r *rig) ask(j, key, runRef string, wait time.Duration) catalog.GateAnswer {
	r.t.Helper()
	a, err := r.gate.Ask(r.ctx, policies.GateRequest{Job: job(j), Key: key, RunRef: runRef, Wait: wait})
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

func (r *rig) gateSays(a catalog.GateAnswer, want catalog.DecisionOutcome) {
	r.t.Helper()
	if a.Decision != want {
		r.t.Fatalf("gate says %s, want %s: %v\n%s", a.Decision, want, a.Reasons, r.story())
	}
}

// story is everything that happened, for a failing test.
func (r *rig) story() string {
	var b strings.Builder
	b.WriteByte('\n')
	for _, e := range r.eval.Evaluations() {
		policies.RenderReason(&b, e.Tree)
	}
	for _, a := range r.actions() {
		fmt.Fprintf(&b, "action %s %s demand %v\n", a.ID, a.State, a.Demand)
		for _, t := range a.Transitions {
			fmt.Fprintf(&b, "  %s %s -> %s: %s\n", t.At.Format("15:04:05"), t.From, t.To, t.Cause)
		}
	}
	list, _ := r.l.Decisions(r.ctx, policies.DecisionQuery{})
	for _, d := range list {
		fmt.Fprintf(&b, "decision %s %s %s: %s\n", d.At.Format("15:04:05"), d.Policy, d.Outcome, d.Tree.Says)
	}
	return b.String()
}

// mart starts dbt for a mart when raw is new.
const mart = `kind: Policy
name: mart
select: { asset: "dataset:pg://wh/mart" }
target: { connector: af, job: dbt }
mode: act
owner: team
on_first: run
inputs:
  "dataset:pg://wh/raw": { trigger: true, require: updated }
`

func ptr[T any](v T) *T { return &v }
