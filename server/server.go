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
	"github.com/weirhq/weir/server/auth"
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
	// As are Gate and Names as one caller has them; nil: as they are.
	As func(auth.Principal) (gql.Gate, Namer)
	// Lineage and LineageBatch are ingest.Receiver's ServeEvent and ServeBatch.
	Lineage, LineageBatch http.Handler
	// Export prepares the canonical export and says at which position it is. It is
	// closed after use where it is an io.Closer.
	Export func(ctx context.Context) (io.WriterTo, catalog.Position, error)
	Feed   *Feed
	UI     http.Handler
	// Base is where a browser sees weir, as CleanBase gives it; "": at the root.
	Base string
	// Named says who assets are, for callers who may not read all of them.
	Named func(ctx context.Context, ids []catalog.AssetID) ([]catalog.NamedAsset, error)
	// Called says whether weir goes by a name, in lower case and without a port;
	// asked while nobody has to say who they are. nil: by any.
	Called func(name string) bool
	// Access says who asks; nil: nobody is asked, and everything is allowed.
	Access *auth.Access
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

// declared is a pattern, and what somebody must be allowed to do, somewhere, to get
// past it. Where exactly they may do it is for the handler.
type declared struct {
	pattern string
	need    auth.Verb
	handler http.Handler
}

// table is every route there is: none can be served without saying what it needs.
func (s *Server) table() (list []declared) {
	add := func(pattern string, need auth.Verb, h http.Handler, there bool) {
		if there {
			list = append(list, declared{pattern, need, h})
		}
	}
	o := s.o
	for _, d := range doors {
		h := d.handler(o)
		add("POST "+d.path, auth.Ingest, h, h != nil)
	}
	shorter := compressed()
	add("POST /graphql", auth.Read, shorter(s.waiting(true, o.GraphQL)), o.GraphQL != nil)
	add("GET /graphql", auth.Open, http.HandlerFunc(toAsk), o.UI != nil)
	add("POST /api/v1/gate", auth.Act, s.waiting(false, http.HandlerFunc(s.gate)), o.Gate != nil)
	add("GET /api/v1/export/graph", auth.Read, s.waiting(false, http.HandlerFunc(s.export)), o.Export != nil)
	add("GET /api/v1/stream", auth.Read, http.HandlerFunc(s.stream), o.Feed != nil)
	add("GET /api/v1/schema/policy.json", auth.Open, shorter(http.HandlerFunc(policySchema)), true)
	add("GET /api/v1/session", auth.Open, http.HandlerFunc(s.whoami), true)
	add("POST /api/v1/session", auth.Open, http.HandlerFunc(s.signIn), true)
	add("DELETE /api/v1/session", auth.Open, http.HandlerFunc(s.signOut), true)
	add("GET /api/v1/keys", auth.Admin, http.HandlerFunc(s.listKeys), o.Access != nil)
	add("POST /api/v1/keys", auth.Admin, http.HandlerFunc(s.createKey), o.Access != nil)
	add("DELETE /api/v1/keys/{id}", auth.Admin, http.HandlerFunc(s.revokeKey), o.Access != nil)
	add("GET /healthz", auth.Open, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "alive"})
	}), true)
	add("GET /readyz", auth.Open, http.HandlerFunc(s.readyz), true)
	add("GET /version", auth.Open, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, o.Version) }), true)
	add("GET /metrics", auth.Read, s.everywhere(auth.Read, promhttp.HandlerFor(o.Registry, promhttp.HandlerOpts{})), true)
	add("/api/", auth.Open, http.HandlerFunc(notARoute), true)
	add("/", auth.Open, readOnly(o.UI), o.UI != nil)
	return list
}

func (s *Server) routes() *http.ServeMux {
	m := http.NewServeMux()
	for _, d := range s.table() {
		m.Handle(d.pattern, s.guard(d.need, d.handler))
	}
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
	b := ready{Status: "ready", Reasons: s.reasons(r, st), Position: st.Position, Lag: uint64(st.End - min(st.End, st.Position)), Graph: st.GraphBackend}
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
	if c, ok := body.(io.Closer); ok {
		defer c.Close() //nolint:errcheck // what was written decides
	}
	w.Header().Set("Weir-Position", pos.String())
	w.Header().Set("Content-Type", "application/x-ndjson")
	if p := auth.From(r.Context()); !p.Everywhere(auth.Read) {
		body = readableRecords{body, p}
	}
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
