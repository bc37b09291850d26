package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

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
	"github.com/weirhq/weir/server/gql"
)

func (a *app) serveCommand() *cobra.Command {
	var checkOnly bool
	c := &cobra.Command{
		Use: "serve", Short: "Run the server", Args: cobra.NoArgs,
		Example: `  weir serve
  weir serve --policies ./policies --connectors ./connectors.yaml
  weir serve --graph neo4j --neo4j-uri bolt://127.0.0.1:7687`,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.config(c)
			if err != nil {
				return err
			}
			if checkOnly {
				return a.checkConfig(c.Context(), cfg)
			}
			log, err := a.logger(cfg)
			if err != nil {
				return err
			}
			return serve(c.Context(), cfg, a.process, log, nil)
		},
	}
	addSettings(c.Flags())
	c.Flags().BoolVar(&checkOnly, "check-config", false, "read configuration, policies and connectors, say what is wrong, and stop")
	return c
}

// checkConfig reads everything that is read at a start, and opens nothing.
func (a *app) checkConfig(ctx context.Context, cfg Config) error {
	_, err1 := a.logger(cfg)
	live, err2 := loadPolicies(cfg.Policies)
	conns, err3 := openConnectors(ctx, cfg.Connectors, a.getenv)
	assets, err4 := loadAssets(cfg.Assets)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	a.say("configuration is fine: %s", inventory(live.Get().Written(), len(conns), len(assets)))
	return nil
}

// inventory says how many there are of what files hold.
func inventory(policies, connectors, assets int) string {
	out := count(policies, "policy", "policies") + ", " + count(connectors, "connector", "connectors")
	if assets > 0 {
		out += ", " + count(assets, "declared asset", "declared assets")
	}
	return out
}

// serve runs weir until ctx ends, and then stops it in reverse order. opened,
// when given, is told once decisions are made.
func serve(ctx context.Context, cfg Config, p process, log *slog.Logger, opened func(*plant, string)) (err error) {
	// Open: what is wrong with the configuration shows before a store is touched.
	live, err := loadPolicies(cfg.Policies)
	if err != nil {
		return err
	}
	conns, err := openConnectors(ctx, cfg.Connectors, p.getenv)
	if err != nil {
		return err
	}
	if _, err := loadAssets(cfg.Assets); err != nil {
		return err
	}
	listener, err := listen(ctx, cfg.Listen)
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // the server closed it
	st, err := openStores(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	access := cfg.access(st.db)
	if err := cfg.checkReach(ctx, access); err != nil {
		return err
	}
	if err := forgetGraphRebuild(cfg.Data); err != nil {
		return diskHint(cfg.Data, err)
	}

	// Build: the loops, then the face.
	w, err := newPlant(ctx, cfg, st, live, conns, p, log)
	if err != nil {
		return err
	}
	defer w.deaf()
	face := w.face()
	face.Access = access
	srv := server.New(face)

	// Run: all loops outlive the last request.
	requests, stopRequests := context.WithCancel(ctx)
	defer stopRequests()
	loops, stopLoops := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLoops()
	group, loops := errgroup.WithContext(loops)
	for _, loop := range append(w.loops(), access.Keys.Run) {
		group.Go(func() error {
			defer stopRequests() // a loop that ends takes the server with it
			return loop(loops)
		})
	}
	group.Go(func() error { return w.open(loops, p, listener.Addr().String(), opened) })
	served := srv.Run(requests, listener)

	// Stop: requests are drained, now the loops, under one deadline.
	stopLoops()
	return errors.Join(served, waitFor(group, cfg.ShutdownTimeout))
}

// waitFor waits for the loops to end; one that does not is a fault.
func waitFor(g *errgroup.Group, limit time.Duration) error {
	done := make(chan error, 1)
	go func() { done <- g.Wait() }()
	select {
	case err := <-done:
		return err
	case <-time.After(limit):
		return fmt.Errorf("stop: loops did not end within %s", limit)
	}
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, catalog.WithHint(fmt.Errorf("listen on %s: the port is taken", addr), "another weir may run there; choose another port with --listen")
	}
	if err != nil {
		return nil, catalog.WithHint(fmt.Errorf("listen on %s: %w", addr, err), "choose another address with --listen HOST:PORT")
	}
	return l, nil
}

// plant is weir's loops over its stores.
type plant struct {
	cfg      Config
	log      *slog.Logger
	registry *prometheus.Registry
	*stores
	topology  *graph.Topology
	snapshot  *topologyFile
	current   graph.Current // topology, or above its limit the graph store
	live      *policies.Live
	policies  *plan.Desk
	gatherer  *policies.Gatherer
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
	pos, err := st.history.Position(ctx)
	if err != nil {
		return nil, fmt.Errorf("read position: %w", err)
	}
	seq, err := st.ledger.Seq(ctx)
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	if w.topology.Limit, err = cfg.memoryLimit(); err != nil {
		return nil, err
	}
	w.snapshot = newTopologyFile(cfg.Data, w.topology, st.history, log)
	w.snapshot.load(ctx, pos)
	w.current = graph.Current{Topology: w.topology, Store: st.graph, Owned: w.owned}
	w.feed = server.NewFeed(pos, seq)
	w.gatherer = &policies.Gatherer{History: st.history, Recall: policies.NewRecall(st.history), Graph: w.current, Ledger: st.ledger, Connectors: conns, Policies: live}
	w.policies = &plan.Desk{Planner: plan.Planner{Over: w.gatherer, Now: time.Now}, Store: st.ledger, Dir: cfg.Policies, Recorded: w.recorded, Put: func(s *policies.Set) { live.Put(s); w.policiesChanged() }}
	var thread sync.Mutex
	w.evaluator = policies.NewEvaluator(w.gatherer, &thread, policies.EvaluatorOptions{Log: log, OnDecision: w.decided, OnAlert: w.alerted})
	w.dispatch = policies.NewDispatcher(w.gatherer, policies.DispatcherOptions{Log: log, OnMove: w.moved, Journal: w.fileAnswer, Failpoint: failpoint(p.getenv("WEIR_FAILPOINT")), Holder: holder(cfg.Data)})
	w.requests = policies.NewRequests(w.gatherer, policies.RequestsOptions{OnNew: w.requested})
	w.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "weir_policy_selections_cut", Help: "Policies that match more assets than they decide."},
		func() float64 { return float64(len(w.evaluator.CutSelections())) }))
	w.registry.MustRegister(server.NewSLAMetrics(w.evaluator, st.ledger, time.Now))
	w.gate = policies.NewGate(w.gatherer, &thread, policies.GateOptions{Ready: w.evaluator.IsOpen, OnDecision: w.answered})
	w.notices(p.getenv)
	w.projector = ingest.NewProjector(st.journal, st.history, ingest.ProjectorOptions{Log: log, Wake: w.projected, Version: version, KeepEnvironment: cfg.variables})
	w.toGraph = ingest.NewFollower("graph", st.history, st.graph, log).Within(st.journal.End())
	if cfg.Graph == "neo4j" {
		w.toGraph.Gather = 50 * time.Millisecond
	}
	w.toMemory = ingest.NewFollower("topology", st.history, w.topology, log)
	w.toMemory.Moved, w.toGraph.Moved = w.connected, w.connectedBehind
	w.toSearch = ingest.NewFollower("search", st.history, st.search, log)
	w.toSearch.Gather = 50 * time.Millisecond // a burst is indexed together, and ingest has the cores
	w.observers = observersOf(conns, st.journal, st.ledger, cfg.PollInterval, log)
	w.prober = newProber(conns, log)
	w.meter = &meter{journal: st.journal, projected: w.projector.Position, now: time.Now}
	w.letters = &ingest.DeadLetters{Log: st.journal, Parked: st.history, Settle: w.projector.WaitFor, Version: version, Now: time.Now}
	w.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "weir_quarantined_events", Help: "Events that were kept and made no facts."}, w.quarantined))
	w.desk = ingest.NewDesk(st.journal, st.history, ingest.DeskOptions{Seen: w.projector.WaitFor})
	if cfg.Assets != "" {
		w.keeper = &keeper{path: cfg.Assets, desk: w.desk, log: log.With("component", "assets"), past: w.statedByFiles}
	}
	w.receiver = ingest.NewReceiver(st.journal, ingest.ReceiverOptions{Log: log, Registry: w.registry, Horizon: st.history.Horizon, May: mayIngest, Known: func(ctx context.Context) bool { return auth.From(ctx).Name != "" }})
	if cfg.Policies == "" {
		if err := w.policies.Restore(ctx); err != nil {
			return nil, err
		}
	}
	if cfg.IngestFiles != "" {
		dir, err := filepath.Abs(cfg.IngestFiles)
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", cfg.IngestFiles, err)
		}
		w.files = files.New(dir, w.receiver, st.ledger, log)
	}
	return w, nil
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

// projected hands a hint on: something may have changed.
func (w *plant) projected(t ingest.Touched) {
	w.stages.projected(t)
	w.toMemory.Wake()
	w.toGraph.Wake()
	w.toSearch.Wake()
	w.feed.Touched(t)
	w.evaluator.Touch(t)
	w.dispatch.Wake()
	w.gate.Notify()
}

// connected: what is idle depends on what contains what, which the topology
// knows a moment after the history.
func (w *plant) connected(changed []catalog.AssetID) {
	w.evaluator.Wake(changed...)
	w.dispatch.Wake()
	w.gate.Notify()
}

// connectedBehind is connected where the graph store answers.
func (w *plant) connectedBehind(changed []catalog.AssetID) {
	if _, dropped := w.topology.Size(); dropped {
		w.connected(changed)
	}
}

func (w *plant) decided(d catalog.Decision, _ *catalog.Action) {
	w.stages.decided(d)
	w.feed.Decision(d)
	w.dispatch.Wake()
}

// answered: a place that the gate gave is one fewer for others.
func (w *plant) answered(d catalog.Decision) {
	w.feed.Decision(d)
	w.evaluator.Gated()
}

// requested hands on what a person asked for.
// answeredAction: what a person approved is to be sent.
func (w *plant) answeredAction(a catalog.Action) {
	w.moved(a)
	w.dispatch.Wake()
}

func (w *plant) requested(d catalog.Decision, a catalog.Action) {
	w.feed.Decision(d)
	w.feed.Action(a)
	w.evaluator.Moved(a)
	w.dispatch.Wake()
	w.gate.Notify()
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

func (w *plant) moved(a catalog.Action) {
	w.stages.moved(a)
	w.feed.Action(a)
	w.evaluator.Moved(a)
	w.gate.Notify()
}

// policiesChanged lets everything be judged by the new set.
func (w *plant) policiesChanged() {
	w.feed.System("policies")
	w.evaluator.Wake()
	w.dispatch.Wake()
	w.gate.Notify()
}

// loops are all that run until they are told to stop.
func (w *plant) loops() []func(context.Context) error {
	list := []func(context.Context) error{
		w.journal.Run, w.projector.Run, w.toMemory.Run, w.toGraph.Run, w.toSearch.Run, w.snapshot.Run, w.evaluator.Run, w.dispatch.Run, w.policies.Run, w.prober.Run, w.meter.Run, w.herald.Run, w.courier.Run,
	}
	for _, o := range w.observers {
		list = append(list, o.Run)
	}
	if w.files != nil {
		list = append(list, w.files.Run)
	}
	if w.cfg.RetentionEvents > 0 || w.cfg.RetentionRuns > 0 {
		list = append(list, w.retention().Run)
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

func (w *plant) retention() *retention {
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

// face is what the server serves.
func (w *plant) face() server.Options {
	o := gql.Options{
		History: w.history, Graph: w.current, Store: w.graph, Search: w.search, Ledger: switchboard{w.ledger, w.switched}, Judge: w.evaluator, Selector: w.gatherer, Policies: w.live,
		Gate: w.gate, Waiting: w.gate.Waiting, Requests: w.requests, Approvals: &policies.Approvals{Ledger: w.ledger, Now: time.Now, OnMove: w.answeredAction}, Outbox: w.ledger, Acks: w.ledger, Acked: func() { w.feed.System("acknowledged") }, Desk: w.desk, PolicyDesk: w.policies, Quarantine: w.letters, Tools: w.prober.Tools, Status: w.status, Intake: w.meter.Intake, Logger: w.log,
		Liveness: catalog.Liveness{Silence: w.cfg.RunSilence, Grace: w.cfg.RunGrace},
	}
	return server.Options{
		GraphQL: gql.NewHandler(o, gql.Limits{}),
		As: func(p auth.Principal) (gql.Gate, server.Namer) {
			mine := o.For(p)
			return mine.Gate, mine.History
		},
		Gate: w.gate, Names: w.history, Named: w.history.Named,
		Lineage: http.HandlerFunc(w.receiver.ServeEvent), LineageBatch: http.HandlerFunc(w.receiver.ServeBatch),
		Export: w.export, Feed: w.feed, UI: webUI(w.cfg.base), Base: w.cfg.base,
		Status: w.status, Position: w.projector.Position, Waiter: waiter{w.projector, w}, Reads: w.toSearch,
		Version: buildInfo(), Registry: w.registry, Logger: w.log, Drain: w.cfg.ShutdownTimeout / 2,
	}
}

// waiter waits for all that readers see.
type waiter []interface {
	WaitFor(ctx context.Context, pos catalog.Position) error
}

// WaitFor returns when all have passed pos.
func (list waiter) WaitFor(ctx context.Context, pos catalog.Position) error {
	for _, x := range list {
		if err := x.WaitFor(ctx, pos); err != nil {
			return err
		}
	}
	return nil
}

// status says how weir is, from memory only.
func (w *plant) status(context.Context) gql.Status {
	s := gql.Status{Version: version, Ready: w.evaluator.IsOpen(), Position: w.projector.Position(), End: w.journal.End(), GraphBackend: w.cfg.Graph, StartedAt: w.started}
	s.Faults = map[string]error{"journal": w.journal.Err(), "history": w.projector.Err(), "graph": w.toGraph.Err(), "search": w.toSearch.Err()}
	if !s.Ready {
		s.Reasons = []string{fmt.Sprintf("the journal is being read: %s of %s", s.Position, s.End)}
	}
	var filesErr error
	if w.files != nil {
		filesErr = w.files.Err()
	}
	if size, dropped := w.topology.Size(); dropped {
		s.Degraded = append(s.Degraded, fmt.Sprintf("the graph takes %s, graph_memory_limit is %s: the %s graph store answers in its place, slower",
			humanize.Bytes(uint64(size)), humanize.Bytes(uint64(w.topology.Limit)), w.cfg.Graph))
	}
	for _, name := range w.evaluator.CutSelections() {
		s.Degraded = append(s.Degraded, fmt.Sprintf("policy %s matches more assets than it decides: the others are left out (W206)", name))
	}
	if n := w.courier.Dead(); n > 0 {
		s.Degraded = append(s.Degraded, fmt.Sprintf("%s could not be delivered and will not be tried again; the log says why", count(n, "notice", "notices")))
	}
	for _, part := range []struct {
		what string
		err  error
	}{{"the journal", w.journal.Err()}, {"the state store", w.projector.Err()}, {"the graph store", w.toGraph.Err()}, {"the search index", w.toSearch.Err()}, {"the last reload of policies", w.live.Err()}, {"declared assets", w.keeper.Err()}, {"the event files", filesErr}} {
		if part.err != nil {
			s.Degraded = append(s.Degraded, fmt.Sprintf("%s: %v", part.what, part.err))
		}
	}
	return s
}
