package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql"
)

// Status is how weir itself is; see gql.Status.
type Status = gql.Status

// Namer finds which known name a text means (policies.History).
type Namer interface {
	Resolve(ctx context.Context, n catalog.Name) (id catalog.AssetID, seen bool, err error)
}

// Waiter waits until projections have passed a position: it returns nil, or an
// error that wraps catalog.ErrStale when ctx ends first.
type Waiter interface {
	WaitFor(ctx context.Context, pos catalog.Position) error
}

// Options are what the server serves. A nil handler or reader takes its route
// away.
type Options struct {
	// GraphQL is gql.NewHandler's.
	GraphQL http.Handler
	Gate    gql.Gate
	Names   Namer
	// Lineage and LineageBatch are ingest.Receiver's ServeEvent and ServeBatch.
	Lineage, LineageBatch http.Handler
	// Export prepares the canonical export and says at which position it is.
	Export func(ctx context.Context) (io.WriterTo, catalog.Position, error)
	Feed   *Feed
	UI     http.Handler
	// Base is where a browser sees weir, as CleanBase gives it; "": at the root.
	Base string
	// Status says how weir is; it must be cheap. Position is what readers see.
	Status   func(ctx context.Context) Status
	Position func() catalog.Position
	Waiter   Waiter
	// Reads is waited for besides by GraphQL: what only it reads; nil: nothing.
	Reads Waiter
	// Version is what /version answers, as JSON.
	Version  any
	Registry *prometheus.Registry
	Logger   *slog.Logger
	Now      func() time.Time
	// Drain is how long a stop waits for requests; 0: 2 s.
	Drain time.Duration
}

// Server serves HTTP until it is told to stop.
type Server struct {
	o        Options
	handler  http.Handler
	metrics  metrics
	stopping chan struct{}
}

// New builds the routes; it listens to nothing yet.
func New(o Options) *Server {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Drain == 0 {
		o.Drain = 2 * time.Second
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if o.Status == nil {
		o.Status = func(context.Context) Status { return Status{Ready: true} }
	}
	if o.Position == nil {
		o.Position = func() catalog.Position { return 0 }
	}
	s := &Server{o: o, metrics: newMetrics(o.Registry), stopping: make(chan struct{})}
	s.handler = under(o.Base, s.wrap(s.routes()))
	return s
}

// Handler is the whole of it, for tests and for those who bring a listener.
func (s *Server) Handler() http.Handler { return s.handler }

func (s *Server) routes() *http.ServeMux {
	m := http.NewServeMux()
	handle := func(pattern string, h http.Handler, there bool) {
		if there {
			m.Handle(pattern, h)
		}
	}
	o := s.o
	for _, d := range doors {
		h := d.handler(o)
		handle("POST "+d.path, h, h != nil)
	}
	handle("POST /graphql", s.waiting(true, o.GraphQL), o.GraphQL != nil)
	handle("GET /graphql", http.HandlerFunc(toAsk), o.UI != nil)
	handle("POST /api/v1/gate", s.waiting(false, http.HandlerFunc(s.gate)), o.Gate != nil)
	handle("GET /api/v1/export/graph", s.waiting(false, http.HandlerFunc(s.export)), o.Export != nil)
	handle("GET /api/v1/stream", http.HandlerFunc(s.stream), o.Feed != nil)
	m.HandleFunc("GET /api/v1/schema/policy.json", policySchema)
	m.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "alive"})
	})
	m.HandleFunc("GET /readyz", s.readyz)
	m.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, o.Version) })
	m.Handle("GET /metrics", promhttp.HandlerFor(o.Registry, promhttp.HandlerOpts{}))
	m.HandleFunc("/api/", notARoute)
	handle("/", readOnly(o.UI), o.UI != nil)
	return m
}

func notARoute(w http.ResponseWriter, r *http.Request) {
	problem(w, r, http.StatusNotFound, Problem{Code: gql.CodeNotFound, Detail: r.Method + " " + r.URL.Path + " is not a route of this version", Hint: "docs/producers.md lists where events may be sent"})
}

// readOnly is for pages: nothing there takes a body.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			problem(w, r, http.StatusMethodNotAllowed, Problem{Code: gql.CodeBadUserInput, Detail: r.Method + " is not allowed here"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ready is the body of /readyz.
type ready struct {
	Status string `json:"status"` // ready, degraded or starting
	// Reasons say why it is not plainly ready.
	Reasons  []string         `json:"reasons"`
	Position catalog.Position `json:"position,string"`
	Lag      uint64           `json:"lag"`
	Graph    string           `json:"graph,omitempty"`
}

// readyz answers 200 when decisions are made, degraded or not: what is broken
// beside weir must not take weir away too.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	st := s.o.Status(r.Context())
	b := ready{Status: "ready", Reasons: append(append([]string{}, st.Reasons...), st.Degraded...), Position: st.Position, Lag: uint64(st.End - min(st.End, st.Position)), Graph: st.GraphBackend}
	code := http.StatusOK
	switch {
	case !st.Ready:
		b.Status, code = "starting", http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "1")
	case len(st.Degraded) > 0:
		b.Status = "degraded"
	}
	writeJSON(w, code, b)
}

func (s *Server) export(w http.ResponseWriter, r *http.Request) {
	body, pos, err := s.o.Export(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Weir-Position", pos.String())
	w.Header().Set("Content-Type", "application/x-ndjson")
	if _, err := body.WriteTo(w); err != nil {
		// Too late for a status: break the answer, so that no reader takes a
		// part for the whole.
		s.o.Logger.WarnContext(r.Context(), "export broken off", "requestId", gql.RequestID(r.Context()), "error", err)
		panic(http.ErrAbortHandler)
	}
}

// Run serves on l until ctx ends, then lets requests finish for Options.Drain.
// It returns nil after an asked-for stop.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 60 * time.Second, IdleTimeout: 120 * time.Second,
		MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(s.o.Logger.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	close(s.stopping) // ends the streams, which would never finish
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Drain)
	defer cancel()
	err := srv.Shutdown(drain)
	if errors.Is(err, context.DeadlineExceeded) {
		s.o.Logger.Warn("requests cut off by the stop", "after", s.o.Drain)
		err = srv.Close()
	}
	<-failed
	if err != nil {
		return fmt.Errorf("stop serving: %w", err)
	}
	return nil
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// CheckListen refuses an address that others can reach: there is no access
// control yet. The error carries a hint.
func CheckListen(addr string, insecure bool) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return catalog.WithHint(fmt.Errorf("%w: listen address %q: %w", catalog.ErrInvalid, addr, err), "give HOST:PORT, for example 127.0.0.1:8080")
	}
	if insecure || host == "localhost" {
		return nil
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return nil
	}
	return catalog.WithHint(fmt.Errorf("%w: listen address %q can be reached from other machines, and this version has no access control", catalog.ErrInvalid, addr),
		"listen on 127.0.0.1 and put a proxy that checks access in front, or accept the risk with --insecure-listen")
}
