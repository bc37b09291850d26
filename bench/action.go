package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/weirhq/weir/bench/load"
	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/connectors/airflow"
	"github.com/weirhq/weir/connectors/connectortest/fakeairflow"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/internal/stack"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/state/sqlite"
)

const benchPolicy = `apiVersion: weir.dev/v1
kind: Policy
name: bench
select: { asset: "dataset:postgres://wh:5432/shop.s0.mart" }
target: { connector: af, job: dag }
mode: act
owner: bench
on_first: run
inputs:
  "dataset:postgres://wh:5432/shop.s0.out": { trigger: true }
`

// benchAction measures from the moment a producer sends an event to the moment
// the tool has the trigger, at 10,000 assets.
func benchAction(ctx context.Context, _ settings) ([]result, error) {
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx, stop := context.WithCancel(ctx)
	started := make(chan string, 1)
	fake := fakeairflow.New(fakeairflow.Options{DAGs: []string{"dag"}, OnStart: func(r fakeairflow.Run) { started <- r.RunID }})
	srv := httptest.NewServer(fake.Handler())
	defer srv.Close()
	l, err := newLoop(ctx, dir, srv.URL)
	if err != nil {
		stop()
		return nil, err
	}
	defer func() { stop(); l.wg.Wait(); l.journal.Close(); l.stack.Close() }()
	times, err := l.measure(ctx, started)
	if err != nil {
		return nil, err
	}
	return []result{
		{Name: "action.sent.p50", Value: ms(percentile(times, 0.5)), Unit: "ms", N: len(times), Notes: "event sent to trigger received, 10,000 assets"},
		{Name: "action.sent.p99", Value: ms(percentile(times, 0.99)), Unit: "ms", N: len(times)},
	}, nil
}

type loop struct {
	stack   *stack.Stack
	journal *sqlite.Journal
	ledger  *sqlite.Ledger
	proj    *ingest.Projector
	wg      sync.WaitGroup
}

func newLoop(ctx context.Context, dir, tool string) (*loop, error) {
	l := &loop{}
	var err error
	if l.stack, err = stack.Open(ctx, dir); err != nil {
		return nil, err
	}
	if l.journal, err = sqlite.OpenJournal(ctx, filepath.Join(dir, "events.db")); err != nil {
		return nil, err
	}
	con, err := airflow.New(airflow.Options{Name: "af", Namespace: "prod", URL: tool})
	if err != nil {
		return nil, err
	}
	list, err := policies.Parse("bench.yaml", []byte(benchPolicy))
	if err != nil {
		return nil, err
	}
	live := &policies.Live{}
	live.Put(&policies.Set{Policies: list})
	l.ledger = sqlite.NewLedger(l.stack.DB)
	g := &policies.Gatherer{History: l.stack.History, Graph: l.stack.Topology, Ledger: l.ledger, Connectors: []connectors.Connector{con}, Policies: live}
	var thread sync.Mutex
	var eval *policies.Evaluator
	disp := policies.NewDispatcher(g, policies.DispatcherOptions{OnMove: func(catalog.Action) { eval.Wake() }})
	eval = policies.NewEvaluator(g, &thread, policies.EvaluatorOptions{OnDecision: func(catalog.Decision, *catalog.Action) { disp.Wake() }})
	topo := ingest.NewFollower("topology", l.stack.History, l.stack.Topology, nil)
	l.proj = ingest.NewProjector(l.journal, l.stack.History, ingest.ProjectorOptions{Wake: func(ingest.Touched) { topo.Wake(); eval.Wake(); disp.Wake() }})
	for _, run := range []func(context.Context) error{l.journal.Run, l.proj.Run, topo.Run, eval.Run, disp.Run} {
		l.wg.Go(func() { _ = run(ctx) })
	}
	if err := disp.Reconcile(ctx); err != nil {
		return nil, err
	}
	company := load.Company{Seed: 1, Assets: 10_000, Edges: 10_000} // around the assets that matter
	for i := range company.Jobs() {
		if err := l.append(ctx, company.Event(i, i)); err != nil {
			return nil, err
		}
	}
	if err := l.proj.WaitFor(ctx, l.journal.End()); err != nil {
		return nil, err
	}
	eval.Open()
	return l, nil
}

func (l *loop) append(ctx context.Context, body []byte) error {
	_, err := l.journal.Append(ctx, catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: time.Now(), Body: body})
	return err
}

const rawEvent = `{"eventType":"COMPLETE","eventTime":%q,"producer":"bench","schemaURL":"s","run":{"runId":"%s"},"job":{"namespace":"prod","name":"load"},"inputs":[],"outputs":[{"namespace":"postgres://wh:5432","name":"shop.s0.out"}]}`

const martEvent = `{"eventType":%q,"eventTime":%q,"producer":"bench","schemaURL":"s","run":{"runId":"%s","facets":{"parent":{"run":{"runId":%q},"job":{"namespace":"weir","name":"bench"}}}},"job":{"namespace":"prod","name":"dag"},"inputs":[{"namespace":"postgres://wh:5432","name":"shop.s0.out"}],"outputs":[{"namespace":"postgres://wh:5432","name":"shop.s0.mart"}]}`

// measure sends a new version, takes the time to the trigger, and plays the
// tool's run so that the next one can begin.
func (l *loop) measure(ctx context.Context, started <-chan string) ([]time.Duration, error) {
	var times []time.Duration
	base := time.Now().Add(-time.Hour)
	for i := range 100 {
		at := base.Add(time.Duration(i) * 10 * time.Second)
		start := time.Now()
		if err := l.append(ctx, fmt.Appendf(nil, rawEvent, at.Format(time.RFC3339Nano), fmt.Sprint("raw-", i))); err != nil {
			return nil, err
		}
		select {
		case <-started:
			times = append(times, time.Since(start))
		case <-time.After(20 * time.Second):
			return nil, fmt.Errorf("round %d: no trigger within 20 s", i)
		}
		if err := l.finish(ctx, at, i); err != nil {
			return nil, err
		}
	}
	return times, nil
}

func (l *loop) finish(ctx context.Context, at time.Time, i int) error {
	open, err := l.ledger.Actions(ctx, catalog.ActionQuery{Open: true, Limit: 1})
	if err != nil || len(open) == 0 {
		return fmt.Errorf("round %d: no open action: %w", i, err)
	}
	for j, typ := range []string{"START", "COMPLETE"} {
		t := at.Add(time.Duration(1+j) * time.Second).Format(time.RFC3339Nano)
		if err := l.append(ctx, fmt.Appendf(nil, martEvent, typ, t, fmt.Sprint("mart-", i), open[0].ParentRunID)); err != nil {
			return err
		}
	}
	for range 2000 {
		if open, err = l.ledger.Actions(ctx, catalog.ActionQuery{Open: true, Limit: 1}); err != nil || len(open) == 0 {
			return err
		}
		time.Sleep(time.Millisecond)
	}
	return fmt.Errorf("round %d: the action does not close", i)
}
