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
// it is decided upon and the moment the tool has the trigger, in a big company,
// and how much of that is the company's size.
func benchAction(ctx context.Context, s settings) ([]result, error) {
	small, err := openLoop(ctx, 1_000)
	if err != nil {
		return nil, err
	}
	defer small.close()
	big, err := openLoop(ctx, s.Company.Assets)
	if err != nil {
		return nil, err
	}
	defer big.close()
	for range 5 {
		for _, l := range []*loop{small, big} {
			if err := l.measure(ctx, 20); err != nil {
				return nil, err
			}
		}
	}
	where := fmt.Sprint(s.Company.Assets, " assets")
	base, grown := ms(percentile(small.decided, 0.5)), ms(percentile(big.decided, 0.5))
	return []result{
		{Name: "decide.event.p99", Value: ms(percentile(big.decided, 0.99)), Unit: "ms", N: len(big.decided), Notes: "event sent to decision made, " + where},
		{Name: "decide.cost.growth", Value: grown, Unit: "ms", Ratio: grown / base, Yardstick: "the same with 1,000 assets", YardstickValue: base, N: len(big.decided), Notes: "median, " + where},
		{Name: "action.sent.p50", Value: ms(percentile(big.sent, 0.5)), Unit: "ms", N: len(big.sent), Notes: "event sent to trigger received, " + where},
		{Name: "action.sent.p99", Value: ms(percentile(big.sent, 0.99)), Unit: "ms", N: len(big.sent), Notes: where},
	}, nil
}

// loop is weir with one policy, and a tool that it triggers.
type loop struct {
	dir     string
	stack   *stack.Stack
	journal *sqlite.Journal
	ledger  *sqlite.Ledger
	proj    *ingest.Projector
	tool    *httptest.Server
	stop    context.CancelFunc
	wg      sync.WaitGroup

	// decisions and triggers tell of a decision to run, and of the tool's start.
	decisions, triggers chan time.Time
	rounds              int
	decided, sent       []time.Duration
}

// openLoop starts a loop whose company has so many assets around those that
// the policy is about.
func openLoop(ctx context.Context, assets int) (*loop, error) {
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return nil, err
	}
	l := &loop{dir: dir, decisions: make(chan time.Time, 1), triggers: make(chan time.Time, 1)}
	fake := fakeairflow.New(fakeairflow.Options{DAGs: []string{"dag"}, OnStart: func(fakeairflow.Run) { now(l.triggers) }})
	l.tool = httptest.NewServer(fake.Handler())
	ctx, l.stop = context.WithCancel(ctx)
	if err := l.open(ctx, load.Company{Seed: 1, Assets: assets, Edges: assets}); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// now tells the moment, unless an earlier one was not heard yet.
func now(c chan<- time.Time) {
	select {
	case c <- time.Now():
	default:
	}
}

// forget drops a moment that nobody waited for.
func forget(c <-chan time.Time) {
	select {
	case <-c:
	default:
	}
}

func (l *loop) close() {
	l.stop()
	l.wg.Wait()
	l.tool.Close()
	if l.journal != nil {
		l.journal.Close()
	}
	if l.stack != nil {
		l.stack.Close()
	}
	os.RemoveAll(l.dir)
}

func (l *loop) open(ctx context.Context, company load.Company) (err error) {
	if l.stack, err = stack.Open(ctx, l.dir); err != nil {
		return err
	}
	if l.journal, err = sqlite.OpenJournal(ctx, filepath.Join(l.dir, "events.db")); err != nil {
		return err
	}
	con, err := airflow.New(airflow.Options{Name: "af", Namespace: "prod", URL: l.tool.URL})
	if err != nil {
		return err
	}
	list, err := policies.Parse("bench.yaml", []byte(benchPolicy))
	if err != nil {
		return err
	}
	live := &policies.Live{}
	live.Put(&policies.Set{Policies: list})
	l.ledger = sqlite.NewLedger(l.stack.DB)
	g := &policies.Gatherer{History: l.stack.History, Graph: l.stack.Topology, Ledger: l.ledger, Connectors: []connectors.Connector{con}, Policies: live}
	return l.start(ctx, g, company)
}

// start starts the loops, lets them learn the company and opens the decisions.
func (l *loop) start(ctx context.Context, g *policies.Gatherer, company load.Company) error {
	var thread sync.Mutex
	var eval *policies.Evaluator
	disp := policies.NewDispatcher(g, policies.DispatcherOptions{OnMove: func(a catalog.Action) { eval.Moved(a) }})
	eval = policies.NewEvaluator(g, &thread, policies.EvaluatorOptions{OnDecision: func(d catalog.Decision, _ *catalog.Action) {
		if d.Outcome == catalog.DecideRun {
			now(l.decisions)
		}
		disp.Wake()
	}})
	topo := ingest.NewFollower("topology", l.stack.History, l.stack.Topology, nil)
	l.proj = ingest.NewProjector(l.journal, l.stack.History, ingest.ProjectorOptions{Wake: func(t ingest.Touched) { topo.Wake(); eval.Touch(t); disp.Wake() }})
	for _, run := range []func(context.Context) error{l.journal.Run, l.proj.Run, topo.Run, eval.Run, disp.Run} {
		l.wg.Go(func() { _ = run(ctx) })
	}
	if err := disp.Reconcile(ctx); err != nil {
		return err
	}
	if err := learn(ctx, l.journal, company); err != nil {
		return err
	}
	if err := l.proj.WaitFor(ctx, l.journal.End()); err != nil {
		return err
	}
	if err := topo.WaitFor(ctx, l.journal.End()); err != nil {
		return err
	}
	eval.Open()
	return nil
}

func (l *loop) append(ctx context.Context, body []byte) error {
	_, err := l.journal.Append(ctx, catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: time.Now(), Body: body})
	return err
}

const rawEvent = `{"eventType":"COMPLETE","eventTime":%q,"producer":"bench","schemaURL":"s","run":{"runId":"%s"},"job":{"namespace":"prod","name":"load"},"inputs":[],"outputs":[{"namespace":"postgres://wh:5432","name":"shop.s0.out"}]}`

const martEvent = `{"eventType":%q,"eventTime":%q,"producer":"bench","schemaURL":"s","run":{"runId":"%s","facets":{"parent":{"run":{"runId":%q},"job":{"namespace":"weir","name":"bench"}}}},"job":{"namespace":"prod","name":"dag"},"inputs":[{"namespace":"postgres://wh:5432","name":"shop.s0.out"}],"outputs":[{"namespace":"postgres://wh:5432","name":"shop.s0.mart"}]}`

// measure sends new versions one after the other, takes the times to the
// decision and to the trigger, and plays the tool's run so that the next one
// can begin.
func (l *loop) measure(ctx context.Context, n int) error {
	base := time.Now().Add(-time.Hour)
	for range n {
		i := l.rounds
		l.rounds++
		at := base.Add(time.Duration(i) * 10 * time.Second)
		forget(l.decisions)
		forget(l.triggers)
		start := time.Now()
		if err := l.append(ctx, fmt.Appendf(nil, rawEvent, at.Format(time.RFC3339Nano), fmt.Sprint("raw-", i))); err != nil {
			return err
		}
		for _, step := range []struct {
			what string
			c    <-chan time.Time
			into *[]time.Duration
		}{{"decision", l.decisions, &l.decided}, {"trigger", l.triggers, &l.sent}} {
			select {
			case t := <-step.c:
				*step.into = append(*step.into, t.Sub(start))
			case <-time.After(30 * time.Second):
				return fmt.Errorf("round %d: no %s within 30 s", i, step.what)
			}
		}
		if err := l.finish(ctx, at, i); err != nil {
			return err
		}
	}
	return nil
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
