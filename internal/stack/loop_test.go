package stack_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/connectors/airflow"
	"github.com/weirhq/weir/connectors/connectortest"
	"github.com/weirhq/weir/connectors/connectortest/fakeairflow"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/internal/stack"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/state/sqlite"
)

// world is the loop on one fake Airflow, with its loops running.
type world struct {
	t       *testing.T
	stack   *stack.Stack
	fake    *fakeairflow.Fake
	journal *sqlite.Journal
	ledger  *sqlite.Ledger
	eval    *policies.Evaluator
	disp    *policies.Dispatcher
	gate    *policies.Gate
}

const policyYAML = `apiVersion: weir.dev/v1
kind: Policy
name: mart
select: { asset: "dataset:postgres://wh:5432/shop.marts.orders" }
target: { connector: airflow-main, job: dbt_build }
mode: act
owner: team
on_first: run
inputs:
  "dataset:postgres://wh:5432/shop.raw.orders": { trigger: true, require: updated }
---
apiVersion: weir.dev/v1
kind: Policy
name: report
select: { asset: "job:prod/report" }
mode: gate
inputs:
  "dataset:postgres://wh:5432/shop.marts.orders": { require: updated }
`

func newWorld(t *testing.T, dir string) *world {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w := &world{t: t}
	var err error
	if w.stack, err = stack.Open(ctx, dir); err != nil {
		t.Fatal(err)
	}
	if w.journal, err = sqlite.OpenJournal(ctx, filepath.Join(dir, "events.db")); err != nil {
		t.Fatal(err)
	}
	w.fake = fakeairflow.New(fakeairflow.Options{DAGs: []string{"dbt_build", "ingest", "report"}})
	srv := httptest.NewServer(w.fake.Handler())
	conn, err := airflow.New(airflow.Options{Name: "airflow-main", Namespace: "prod", URL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "p.yaml")
	if err := os.WriteFile(file, []byte(policyYAML), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := policies.LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	live := &policies.Live{}
	live.Put(set)
	w.ledger = sqlite.NewLedger(w.stack.DB)
	g := &policies.Gatherer{History: w.stack.History, Graph: w.stack.Topology, Ledger: w.ledger, Connectors: []connectors.Connector{conn}, Policies: live}
	var thread sync.Mutex
	w.disp = policies.NewDispatcher(g, policies.DispatcherOptions{OnMove: func(catalog.Action) { w.eval.Wake() }})
	w.eval = policies.NewEvaluator(g, &thread, policies.EvaluatorOptions{OnDecision: func(catalog.Decision, *catalog.Action) { w.disp.Wake() }})
	w.gate = policies.NewGate(g, &thread, policies.GateOptions{Ready: w.eval.IsOpen})
	topo := ingest.NewFollower("topology", w.stack.History, w.stack.Topology, nil)
	proj := ingest.NewProjector(w.journal, w.stack.History, ingest.ProjectorOptions{Wake: func(ingest.Touched) {
		topo.Wake()
		w.eval.Wake()
		w.disp.Wake()
		w.gate.Notify()
	}})
	var wg sync.WaitGroup
	for _, run := range []func(context.Context) error{w.journal.Run, proj.Run, topo.Run, w.eval.Run, w.disp.Run} {
		wg.Go(func() { _ = run(ctx) })
	}
	if err := proj.WaitFor(ctx, w.journal.End()); err != nil {
		t.Fatal(err)
	}
	if err := w.disp.Reconcile(ctx); err != nil {
		t.Fatal(err)
	}
	w.eval.Open()
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		srv.Close()
		w.journal.Close()
		w.stack.Close()
	})
	return w
}

// run sends START and COMPLETE of one run.
func (w *world) run(job, runID string, start time.Time, in, out []string, parent *catalog.RunRef, terminal string) {
	w.t.Helper()
	for i, typ := range []string{"START", terminal} {
		ev := map[string]any{
			"eventType": typ, "eventTime": start.Add(time.Duration(i) * time.Second).Format(time.RFC3339Nano), "producer": "test", "schemaURL": "test",
			"run": map[string]any{"runId": runID, "facets": parentFacet(parent)}, "job": map[string]any{"namespace": "prod", "name": job},
			"inputs": names(in), "outputs": names(out),
		}
		body, err := json.Marshal(ev)
		if err != nil {
			w.t.Fatal(err)
		}
		if _, err := w.journal.Append(w.t.Context(), catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: time.Now(), Body: body}); err != nil {
			w.t.Fatal(err)
		}
	}
}

func parentFacet(p *catalog.RunRef) map[string]any {
	if p == nil {
		return map[string]any{}
	}
	return map[string]any{"parent": map[string]any{"run": map[string]any{"runId": p.RunID}, "job": map[string]any{"namespace": p.Job.Namespace, "name": p.Job.Name}}}
}

func names(list []string) []map[string]string {
	out := []map[string]string{}
	for _, n := range list {
		out = append(out, map[string]string{"namespace": "postgres://wh:5432", "name": n})
	}
	return out
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(5 * time.Millisecond) // polling a condition of another goroutine
	}
}

func (w *world) actions() []catalog.Action {
	list, err := w.ledger.Actions(context.Background(), catalog.ActionQuery{Limit: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// finish plays the DAG run that weir started: its own events with weir's run as
// parent, and the model's run inside it.
func (w *world) finish(a catalog.Action, start time.Time) {
	parent := &catalog.RunRef{RunID: a.ParentRunID, Job: catalog.JobName("weir", "mart")}
	dag := fmt.Sprintf("dag-%d", start.UnixNano())
	w.run("dbt_build.model", "model-"+dag, start.Add(10*time.Millisecond), []string{"shop.raw.orders"}, []string{"shop.marts.orders"}, &catalog.RunRef{RunID: dag, Job: catalog.JobName("prod", "dbt_build")}, "COMPLETE")
	w.run("dbt_build", dag, start, nil, nil, parent, "COMPLETE")
}

func TestLoop(t *testing.T) {
	w := newWorld(t, t.TempDir())
	now := time.Now().Add(-time.Minute)

	w.run("ingest", "r1", now, nil, []string{"shop.raw.orders"}, nil, "COMPLETE")
	eventually(t, "the dbt DAG is triggered", func() bool { return w.fake.Starts() == 1 })
	ask := policies.GateRequest{Job: catalog.JobName("prod", "report"), Key: "day-1", RunRef: "rep-1"}
	if a, err := w.gate.Ask(t.Context(), ask); err != nil || a.Decision != catalog.DecideWait {
		t.Fatalf("gate before the mart: %+v, %v", a, err)
	}
	eventually(t, "the action is accepted", func() bool { return w.actions()[0].State == catalog.ActionAccepted })
	w.finish(w.actions()[0], now.Add(10*time.Second))
	eventually(t, "the action is closed", func() bool { return w.actions()[0].State == catalog.ActionSucceeded })
	if a, err := w.gate.Ask(t.Context(), ask); err != nil || a.Decision != catalog.DecideRun || len(a.Pins) != 1 {
		t.Fatalf("gate after the mart: %+v, %v", a, err)
	}

	w.run("ingest", "r2", now.Add(20*time.Second), nil, []string{"shop.raw.orders"}, nil, "COMPLETE")
	eventually(t, "a second version triggers again", func() bool { return w.fake.Starts() == 2 })
	eventually(t, "the action is accepted", func() bool { return w.actions()[0].State == catalog.ActionAccepted })
	w.finish(w.actions()[0], now.Add(30*time.Second))
	eventually(t, "both are closed", func() bool { return w.actions()[0].State == catalog.ActionSucceeded })
	if n := len(w.actions()); n != 2 || w.fake.Starts() != 2 {
		t.Errorf("%d actions and %d runs, want 2 and 2", n, w.fake.Starts())
	}
}

// TestLostAnswer: the tool started the run, the answer was lost; it is found by
// its key, and there is one run.
func TestLostAnswer(t *testing.T) {
	w := newWorld(t, t.TempDir())
	w.fake.Inject(connectortest.LostAfter)
	now := time.Now().Add(-time.Minute)
	w.run("ingest", "r1", now, nil, []string{"shop.raw.orders"}, nil, "COMPLETE")
	eventually(t, "the run is adopted", func() bool { l := w.actions(); return len(l) == 1 && l[0].State == catalog.ActionAccepted })
	w.finish(w.actions()[0], now.Add(10*time.Second))
	eventually(t, "the action is closed", func() bool { return w.actions()[0].State == catalog.ActionSucceeded })
	if w.fake.Starts() != 1 {
		t.Errorf("%d runs, want 1", w.fake.Starts())
	}
}

// TestLostRequest: nothing arrived; proven absent, the same intent is sent once
// more.
func TestLostRequest(t *testing.T) {
	w := newWorld(t, t.TempDir())
	w.fake.Inject(connectortest.LostBefore)
	w.run("ingest", "r1", time.Now().Add(-time.Minute), nil, []string{"shop.raw.orders"}, nil, "COMPLETE")
	eventually(t, "the run is started in the end", func() bool { l := w.actions(); return len(l) == 1 && l[0].State == catalog.ActionAccepted })
	if w.fake.Starts() != 1 {
		t.Errorf("%d runs, want 1", w.fake.Starts())
	}
}
