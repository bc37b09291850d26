package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/ingest/files"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/notify"
	"github.com/weirhq/weir/policies/plan"
	"github.com/weirhq/weir/server"
	"github.com/weirhq/weir/server/auth"
)

// plant is weir's loops over its stores.
type plant struct {
	cfg      Config
	log      *slog.Logger
	registry *prometheus.Registry
	*stores
	topology  *graph.Topology
	snapshot  *topologyFile
	retainer  *retention
	current   graph.Current // topology, or above its limit the graph store
	live      *policies.Live
	policies  *plan.Desk
	gatherer  *policies.Gatherer
	overlay   *overlayer
	evaluator *policies.Evaluator
	dispatch  *policies.Dispatcher
	gate      *policies.Gate
	requests  *policies.Requests
	projector *ingest.Projector
	toGraph   *ingest.Follower
	toMemory  *ingest.Follower
	toSearch  *ingest.Follower
	observers []*observer
	prober    *prober
	meter     *meter
	stages    *stages
	started   time.Time
	feed      *server.Feed
	receiver  *ingest.Receiver
	letters   *ingest.DeadLetters
	files     *files.Tail // nil: no directory is read
	desk      *ingest.Desk
	herald    *notify.Herald
	courier   *notify.Courier
	keeper    *keeper
	hangups   []chan os.Signal
}

// newPlant builds the loops; none runs yet.
func newPlant(ctx context.Context, cfg Config, st *stores, live *policies.Live, conns []connectors.Connector, p process, log *slog.Logger) (*plant, error) {
	w := &plant{cfg: cfg, log: log, stores: st, live: live, registry: prometheus.NewRegistry(), topology: graph.NewTopology(), started: time.Now().UTC()}
	w.stages = newStages(w.registry, time.Now)
	w.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, n := range st.journal.Notes() {
		log.Warn("the journal was found damaged", "found", n)
	}
	w.hangup() // a terminal that goes away ends nothing, also when nothing is read again
	if err := w.recall(ctx); err != nil {
		return nil, err
	}
	w.buildPolicies(conns, p)
	w.buildFollowers()
	if err := w.buildIntake(conns); err != nil {
		return nil, err
	}
	if cfg.Policies == "" {
		if err := w.policies.Restore(ctx); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// recall goes on from what the stores hold: the topology, and where the stream
// is.
func (w *plant) recall(ctx context.Context) (err error) {
	pos, err := w.history.Position(ctx)
	if err != nil {
		return fmt.Errorf("read position: %w", err)
	}
	seq, err := w.ledger.Seq(ctx)
	if err != nil {
		return fmt.Errorf("read ledger: %w", err)
	}
	if w.topology.Limit, err = w.cfg.memoryLimit(); err != nil {
		return err
	}
	w.snapshot = newTopologyFile(w.cfg.Data, w.topology, w.history, w.log)
	w.snapshot.load(ctx, pos)
	w.current = graph.Current{Topology: w.topology, Store: w.graph, Owned: w.owned}
	w.feed = server.NewFeed(pos, seq)
	return nil
}

// buildPolicies builds what decides, acts and tells.
func (w *plant) buildPolicies(conns []connectors.Connector, p process) {
	w.gatherer = &policies.Gatherer{History: w.history, Recall: policies.NewRecall(w.history), Graph: w.current, Ledger: w.ledger, Connectors: conns, Policies: w.live}
	w.overlay = newOverlayer(w.gatherer, w.topology, func() { w.feed.System("policies") }, w.log)
	w.policies = &plan.Desk{Planner: plan.Planner{Over: w.gatherer, Now: time.Now}, Store: w.ledger, Dir: w.cfg.Policies, Recorded: w.recorded, Put: func(s *policies.Set) { w.live.Put(s); w.policiesChanged() }}
	var thread sync.Mutex
	w.evaluator = policies.NewEvaluator(w.gatherer, &thread, policies.EvaluatorOptions{Log: w.log, OnDecision: w.decided, OnAlert: w.alerted})
	w.dispatch = policies.NewDispatcher(w.gatherer, policies.DispatcherOptions{Log: w.log, OnMove: w.moved, Journal: w.fileAnswer, Failpoint: failpoint(p.getenv("WEIR_FAILPOINT")), Holder: holder(w.cfg.Data)})
	w.requests = policies.NewRequests(w.gatherer, policies.RequestsOptions{OnNew: w.requested})
	w.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "weir_policy_selections_cut", Help: "Policies that match more assets than they decide."},
		func() float64 { return float64(len(w.evaluator.CutSelections())) }))
	w.registry.MustRegister(server.NewSLAMetrics(w.evaluator, w.ledger, time.Now))
	w.gate = policies.NewGate(w.gatherer, &thread, policies.GateOptions{Ready: w.evaluator.IsOpen, OnDecision: w.answered})
	w.notices(p.getenv)
}

// buildFollowers builds what carries the journal into the stores.
func (w *plant) buildFollowers() {
	w.projector = ingest.NewProjector(w.journal, w.history, ingest.ProjectorOptions{Log: w.log, Wake: w.projected, Version: version, KeepEnvironment: w.cfg.variables})
	w.toGraph = ingest.NewFollower("graph", w.history, w.graph, w.log).Within(w.journal.End())
	if w.cfg.Graph == "neo4j" {
		w.toGraph.Gather, w.toGraph.Look = 50*time.Millisecond, 10*time.Second // it has a life of its own
	}
	w.toMemory = ingest.NewFollower("topology", w.history, w.topology, w.log)
	w.toMemory.Moved, w.toGraph.Moved = w.connected, w.connectedBehind
	w.toSearch = ingest.NewFollower("search", w.history, w.search, w.log)
	w.toSearch.Gather = 50 * time.Millisecond // a burst is indexed together, and ingest has the cores
	w.meter = &meter{journal: w.journal, projected: w.projector.Position, now: time.Now}
}

// buildIntake builds what files entries: of producers, tools, people and files.
func (w *plant) buildIntake(conns []connectors.Connector) error {
	w.observers = observersOf(conns, w.journal, w.ledger, w.cfg.PollInterval, w.log)
	w.prober = newProber(conns, w.log)
	w.retainer = w.newRetention()
	w.letters = &ingest.DeadLetters{Log: w.journal, Parked: w.history, Settle: w.projector.WaitFor, Version: version, Now: time.Now}
	w.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "weir_quarantined_events", Help: "Events that were kept and made no facts."}, w.quarantined))
	w.desk = ingest.NewDesk(w.journal, w.history, ingest.DeskOptions{Seen: w.projector.WaitFor})
	if w.cfg.Assets != "" {
		w.keeper = &keeper{path: w.cfg.Assets, desk: w.desk, log: w.log.With("component", "assets"), past: w.statedByFiles}
	}
	w.receiver = ingest.NewReceiver(w.journal, ingest.ReceiverOptions{Log: w.log, Registry: w.registry, Horizon: w.history.Horizon, May: mayIngest, Known: func(ctx context.Context) bool { return auth.From(ctx).Name != "" }})
	if w.cfg.IngestFiles == "" {
		return nil
	}
	dir, err := filepath.Abs(w.cfg.IngestFiles)
	if err != nil {
		return fmt.Errorf("find %s: %w", w.cfg.IngestFiles, err)
	}
	w.files = files.New(dir, w.receiver, w.ledger, w.log)
	return nil
}

// mayIngest refuses events of namespaces that the sender's key is not for.
// weir's own readers of files and tools come without one.
func mayIngest(ctx context.Context, namespace string) error {
	p := auth.From(ctx)
	if len(p.Grants) == 0 {
		return nil
	}
	return p.Refuse(auth.Ingest, namespace)
}

// quarantined counts what made no facts.
func (w *plant) quarantined() float64 {
	n, err := w.history.ParkedCount(context.Background())
	if err != nil {
		w.log.Warn("count quarantined events", "error", err)
	}
	return float64(n)
}

// hangup gives a channel that is told of SIGHUP.
func (w *plant) hangup() <-chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	w.hangups = append(w.hangups, c)
	return c
}

// deaf ends the listening to signals.
func (w *plant) deaf() {
	for _, c := range w.hangups {
		signal.Stop(c)
	}
}

// statedByFiles is what files of declared assets stated, all of it: the state
// may be behind after a start.
func (w *plant) statedByFiles(ctx context.Context) ([]catalog.Statement, error) {
	if err := w.projector.WaitFor(ctx, w.journal.End()); err != nil {
		return nil, err
	}
	return w.history.StatementsBy(ctx, catalog.FileActor)
}

// failpoint lets crash tests kill the process, as a power cut would, at a named
// moment of a dispatch; without a name nothing is done.
func failpoint(name string) func(string) {
	if name == "" {
		return nil
	}
	return func(at string) {
		if at == name {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
	}
}

// holder names this weir among those on one ledger: one data directory is one
// weir, however often it is started.
func holder(data string) string {
	if path, err := filepath.Abs(data); err == nil {
		data = path
	}
	host, err := os.Hostname()
	if err != nil {
		return data
	}
	return host + ":" + data
}

// loops are all that run until they are told to stop.
func (w *plant) loops() []func(context.Context) error {
	list := []func(context.Context) error{
		w.journal.Run, w.projector.Run, w.toMemory.Run, w.toGraph.Run, w.toSearch.Run, w.snapshot.Run, w.overlay.Run, w.evaluator.Run, w.dispatch.Run, w.policies.Run, w.prober.Run, w.meter.Run, w.herald.Run, w.courier.Run,
	}
	for _, o := range w.observers {
		list = append(list, o.Run)
	}
	if w.files != nil {
		list = append(list, w.files.Run)
	}
	if w.cfg.RetentionEvents > 0 || w.cfg.RetentionRuns > 0 {
		list = append(list, w.retainer.Run)
	}
	if w.cfg.Policies != "" {
		r := &policyReader{dir: w.cfg.Policies, live: w.live, log: w.log.With("component", "policies"), changed: w.policiesChanged}
		list = append(list, (&watcher{path: r.dir, hangup: w.hangup(), log: r.log, read: r.read}).Run)
	}
	if k := w.keeper; k != nil {
		list = append(list, (&watcher{path: k.path, hangup: w.hangup(), log: k.log, read: k.read}).Run)
	}
	return list
}

func (w *plant) newRetention() *retention {
	return &retention{stores: w.stores, settle: func(ctx context.Context) error { return w.projector.WaitFor(ctx, w.journal.End()) }, data: w.cfg.Data, events: w.cfg.RetentionEvents, runs: w.cfg.RetentionRuns, now: time.Now, log: w.log.With("component", "retention")}
}

// open lets decisions be made once the journal's end as of now is projected
// and open actions are reconciled, and says that weir is ready.
func (w *plant) open(ctx context.Context, p process, addr string, opened func(*plant, string)) error {
	err := w.projector.WaitFor(ctx, w.journal.End())
	if err == nil {
		err = w.retryOlder(ctx)
	}
	end := w.journal.End()
	if err == nil {
		err = w.projector.WaitFor(ctx, end)
	}
	if err == nil {
		err = w.WaitFor(ctx, end)
	}
	if err == nil {
		err = w.dispatch.Reconcile(ctx)
	}
	if err == nil {
		err = w.overlay.lay(ctx)
	}
	if ctx.Err() != nil {
		return nil // stopped before it was ready
	}
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	w.evaluator.Open()
	url := "http://" + addr + strings.TrimSuffix(w.cfg.base, "/")
	fmt.Fprintf(p.err, "ready url=%s graph=%s position=%s\n", url, w.cfg.Graph, w.projector.Position())
	if opened != nil {
		opened(w, url)
	}
	return nil
}

// retryOlder tries again what another version of weir could not read.
func (w *plant) retryOlder(ctx context.Context) error {
	n, err := w.letters.RetryOlder(ctx)
	if n > 0 {
		w.log.Info("events that another version set aside are tried again", "events", n)
	}
	return err
}
