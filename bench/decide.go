package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weirhq/weir/bench/load"
	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/connectors/airflow"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/internal/stack"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/state/sqlite"
)

const (
	// busyJobs send the events; every tenth makes a table that a policy waits
	// for, in companies of all sizes. Other policies wait for tables that stay as
	// they are.
	busyJobs  = 100
	watchEach = 10
	// perPolicy is how many assets there are to a policy.
	perPolicy = 100
)

// watchedCompany is weir with many policies over a company.
type watchedCompany struct {
	dir     string
	company load.Company
	stack   *stack.Stack
	journal *sqlite.Journal
	stop    context.CancelFunc
	wg      sync.WaitGroup
	sent    int
	rates   []float64
	cpu     []float64

	mu      sync.Mutex
	pending map[string]time.Time // since when a mart waits for its decision
	took    []time.Duration
	made    int
}

// benchDecide measures from an event on its way in to the decision in the
// ledger, while a thousand events a second come, and what an event costs with
// its decisions in companies of three sizes with policies in proportion. Last it
// starts a server on the biggest.
func benchDecide(ctx context.Context, s settings) (out []result, err error) {
	var all []*watchedCompany
	defer func() {
		for _, w := range all {
			w.close()
		}
	}()
	for _, assets := range []int{1_000, 10_000, 100_000} {
		w, err := openWatched(ctx, load.Company{Seed: 1, Assets: assets, Edges: 10 * assets, Columns: 4})
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	for range s.Rounds + 1 { // the first one warms up
		for _, w := range all {
			if err := w.burst(ctx, 5000); err != nil {
				return nil, err
			}
		}
	}
	big := all[len(all)-1]
	rate, err := big.stream(ctx, 20*time.Second)
	if err != nil {
		return nil, err
	}
	rows := append(watchedRows(all), result{Name: "decide.load.p99", Value: ms(percentile(big.took, 0.99)), Unit: "ms", N: len(big.took),
		Notes: fmt.Sprintf("event sent to decision in the ledger, %d assets, %d edges, %d policies, %.0f events/s; p50 %.3g ms", big.company.Assets, big.company.Edges, big.policies(), rate, ms(percentile(big.took, 0.5)))})
	started, err := benchStart(ctx, big, s.Rounds)
	return append(rows, started...), err
}

func watchedRows(all []*watchedCompany) (out []result) {
	base := median(all[0].cpu[1:])
	for i, w := range all {
		cost := median(w.cpu[1:])
		r := result{Name: "decide.cost." + short(w.company.Assets), Value: cost, Unit: "µs CPU", N: len(w.cpu) - 1,
			Notes: fmt.Sprintf("an event with what it decides, %d policies; %.0f events/s", w.policies(), median(w.rates[1:]))}
		if i > 0 {
			r.Ratio, r.Yardstick, r.YardstickValue = cost/base, "the same with 1,000 assets", base
		}
		out = append(out, r)
	}
	return out
}

func short(n int) string {
	if n%1_000_000 == 0 {
		return fmt.Sprint(n/1_000_000, "m")
	}
	return fmt.Sprint(n/1_000, "k")
}

func openWatched(ctx context.Context, c load.Company) (*watchedCompany, error) {
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return nil, err
	}
	w := &watchedCompany{dir: dir, company: c, pending: map[string]time.Time{}}
	ctx, w.stop = context.WithCancel(ctx)
	if err := w.open(ctx); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *watchedCompany) close() {
	w.stop()
	w.wg.Wait()
	if w.journal != nil {
		w.journal.Close()
	}
	if w.stack != nil {
		w.stack.Close()
	}
	os.RemoveAll(w.dir)
}

// busy is the job of the i-th event.
func (w *watchedCompany) busy(i int) int {
	return i % busyJobs * (w.company.Jobs() / busyJobs)
}

func (w *watchedCompany) policies() int { return max(w.company.Assets/perPolicy, 1) }

// watched reports whether a policy waits for what the i-th event makes.
func watched(i int) bool { return i%watchEach == 0 }

func mart(job int) string { return fmt.Sprint("mart.m", job) }

// documents are the policies: those that the events concern, and others, in
// proportion to the company.
func (w *watchedCompany) documents() string {
	var b strings.Builder
	jobs := map[int]bool{}
	for i := 0; len(jobs) < w.policies() && i < busyJobs; i += watchEach {
		jobs[w.busy(i)] = true
	}
	for job := 1; len(jobs) < w.policies(); job += w.company.Jobs()/w.policies() + 1 {
		jobs[job%w.company.Jobs()] = true
	}
	for job := range jobs {
		fmt.Fprintf(&b, "kind: Policy\nname: p%d\nselect: { asset: \"dataset:postgres://wh:5432/%s\" }\ntarget: { connector: af, job: dag-%d }\nmode: shadow\non_first: run\ninputs:\n  \"dataset:postgres://wh:5432/%s\": { trigger: true, require: updated }\n---\n",
			job, mart(job), job, load.Table(job))
	}
	return strings.TrimSuffix(b.String(), "---\n")
}

func (w *watchedCompany) open(ctx context.Context) (err error) {
	if w.stack, err = stack.Open(ctx, w.dir); err != nil {
		return err
	}
	if w.journal, err = sqlite.OpenJournal(ctx, filepath.Join(w.dir, "events.db")); err != nil {
		return err
	}
	con, err := airflow.New(airflow.Options{Name: "af", Namespace: "none", URL: "http://127.0.0.1:1"}) // a shadow calls nobody
	if err != nil {
		return err
	}
	list, err := policies.Parse("bench.yaml", []byte(w.documents()))
	if err != nil {
		return err
	}
	live := &policies.Live{}
	live.Put(&policies.Set{Policies: list})
	g := &policies.Gatherer{History: w.stack.History, Recall: policies.NewRecall(w.stack.History), Graph: w.stack.Topology, Ledger: sqlite.NewLedger(w.stack.DB), Connectors: []connectors.Connector{con}, Policies: live}
	return w.start(ctx, g)
}

func (w *watchedCompany) start(ctx context.Context, g *policies.Gatherer) error {
	eval := policies.NewEvaluator(g, &sync.Mutex{}, policies.EvaluatorOptions{OnDecision: w.decided})
	topo := ingest.NewFollower("topology", w.stack.History, w.stack.Topology, nil)
	topo.Moved = func(ids []catalog.AssetID) { eval.Wake(ids...) }
	proj := ingest.NewProjector(w.journal, w.stack.History, ingest.ProjectorOptions{Wake: func(t ingest.Touched) { topo.Wake(); eval.Touch(t) }})
	for _, run := range []func(context.Context) error{w.journal.Run, proj.Run, topo.Run, eval.Run} {
		w.wg.Go(func() { _ = run(ctx) })
	}
	if err := learn(ctx, w.journal, w.company); err != nil {
		return err
	}
	if err := proj.WaitFor(ctx, w.journal.End()); err != nil {
		return err
	}
	if err := topo.WaitFor(ctx, w.journal.End()); err != nil {
		return err
	}
	w.sent = w.company.Jobs()
	eval.Open()
	return w.until(ctx, func() bool { return w.made >= min(len(g.Policies.Get().Policies), w.policies()) })
}

func (w *watchedCompany) decided(d catalog.Decision, _ *catalog.Action) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made++
	if since, ok := w.pending[d.Name.Name]; ok && d.Outcome == catalog.DecideRun {
		w.took = append(w.took, time.Since(since))
		delete(w.pending, d.Name.Name)
	}
}

// until waits for a state of the decisions.
func (w *watchedCompany) until(ctx context.Context, done func() bool) error {
	deadline := time.Now().Add(3 * time.Minute)
	for ctx.Err() == nil && time.Now().Before(deadline) {
		w.mu.Lock()
		ok := done()
		w.mu.Unlock()
		if ok {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return fmt.Errorf("%d decisions made, %d are missing, of %d assets: %w", w.made, len(w.pending), w.company.Assets, context.DeadlineExceeded)
}

// send appends the next events beside each other.
func (w *watchedCompany) send(ctx context.Context, n int) error {
	var g errgroup.Group
	g.SetLimit(64)
	for range n {
		i := w.sent
		w.sent++
		job := w.busy(i)
		if watched(i) {
			w.mu.Lock()
			if _, ok := w.pending[mart(job)]; !ok {
				w.pending[mart(job)] = time.Now()
			}
			w.mu.Unlock()
		}
		g.Go(func() error {
			_, err := w.journal.Append(ctx, catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: time.Now(), Body: w.company.Event(job, i)})
			return err
		})
	}
	return g.Wait()
}

// burst sends events as fast as they are taken, and notes what one cost until
// all is decided.
func (w *watchedCompany) burst(ctx context.Context, n int) error {
	start, used := time.Now(), cpuTime()
	if err := w.send(ctx, n); err != nil {
		return err
	}
	if err := w.until(ctx, func() bool { return len(w.pending) == 0 }); err != nil {
		return err
	}
	w.rates = append(w.rates, float64(n)/time.Since(start).Seconds())
	w.cpu = append(w.cpu, float64((cpuTime()-used).Microseconds())/float64(n))
	return nil
}

// stream sends a thousand events a second for a while, and gives how many it
// came to.
func (w *watchedCompany) stream(ctx context.Context, d time.Duration) (float64, error) {
	w.mu.Lock()
	w.took = nil
	w.mu.Unlock()
	start, n := time.Now(), 0
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for time.Since(start) < d {
		<-tick.C
		due := int(time.Since(start).Seconds()*1000) - n // also what a late tick left behind
		if err := w.send(ctx, due); err != nil {
			return 0, err
		}
		n += due
	}
	rate := float64(n) / time.Since(start).Seconds()
	return rate, w.until(ctx, func() bool { return len(w.pending) == 0 })
}
