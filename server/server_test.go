package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/goleak"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server"
	"github.com/weirhq/weir/server/gql"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// projection is a position that a test moves by hand.
type projection struct {
	mu      sync.Mutex
	pos     catalog.Position
	changed chan struct{}
}

func newProjection(pos catalog.Position) *projection {
	return &projection{pos: pos, changed: make(chan struct{})}
}

func (p *projection) at() catalog.Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pos
}

func (p *projection) move(pos catalog.Position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pos = pos
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *projection) WaitFor(ctx context.Context, pos catalog.Position) error {
	for {
		p.mu.Lock()
		now, changed := p.pos, p.changed
		p.mu.Unlock()
		if now >= pos {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return catalog.ErrStale
		}
	}
}

// asked is a gate that remembers the question and answers what it is told.
type asked struct {
	mu     sync.Mutex
	got    policies.GateRequest
	answer catalog.GateAnswer
	err    error
}

func (a *asked) Ask(_ context.Context, q policies.GateRequest) (catalog.GateAnswer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.got = q
	return a.answer, a.err
}

// known resolves one name.
type known catalog.Name

func (k known) Resolve(_ context.Context, n catalog.Name) (catalog.AssetID, bool, error) {
	return catalog.AssetID(n.ID()), n == catalog.Name(k), nil
}

func do(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

type problemDoc struct {
	Type, Title, Detail, Code, RequestID, Hint string
	Status                                     int
}

func problemOf(t *testing.T, w *httptest.ResponseRecorder) (p problemDoc) {
	t.Helper()
	if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("content type %q", ct)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if p.Status != w.Code || p.RequestID == "" {
		t.Errorf("problem %+v for status %d", p, w.Code)
	}
	return p
}

func TestReadyz(t *testing.T) {
	for name, c := range map[string]struct {
		st     server.Status
		code   int
		status string
	}{
		"ready":    {server.Status{Ready: true, Position: 5, End: 5}, 200, "ready"},
		"degraded": {server.Status{Ready: true, Degraded: []string{"neo4j: connection refused"}}, 200, "degraded"},
		"starting": {server.Status{Reasons: []string{"reading the journal: 3 of 9"}, Position: 3, End: 9}, 503, "starting"},
	} {
		w := do(server.New(server.Options{Status: func(context.Context) server.Status { return c.st }}).Handler(), "GET", "/readyz", "")
		var b struct {
			Status, Position string
			Lag              int
			Reasons          []string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &b); err != nil {
			t.Fatal(err)
		}
		if w.Code != c.code || b.Status != c.status || len(b.Reasons) != len(c.st.Reasons)+len(c.st.Degraded) || b.Lag != int(c.st.End-c.st.Position) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestGateREST(t *testing.T) {
	gate := &asked{}
	h := server.New(server.Options{Gate: gate, Names: known(catalog.JobName("s3://b/x", "daily"))}).Handler()
	answer := catalog.GateAnswer{DecisionID: "d1", Reasons: []string{"report: orders is old"}, RetryAfter: 1500 * time.Millisecond}
	for name, c := range map[string]struct {
		decision catalog.DecisionOutcome
		query    string
		status   int
		retry    string
	}{
		"run":            {catalog.DecideRun, "", 200, ""},
		"wait":           {catalog.DecideWait, "", 200, "2"},
		"deny":           {catalog.DecideDeny, "", 200, ""},
		"run by status":  {catalog.DecideRun, "?reply=status", 200, ""},
		"skip by status": {catalog.DecideSkip, "?reply=status", 200, ""},
		"wait by status": {catalog.DecideWait, "?reply=status", 404, "2"},
		"deny by status": {catalog.DecideDeny, "?reply=status", 403, ""},
	} {
		gate.answer = answer
		gate.answer.Decision = c.decision
		w := do(h, "POST", "/api/v1/gate"+c.query, `{"job":{"namespace":"prod","name":"report"},"key":"k","maxWait":"PT6H","waitSeconds":3}`)
		if w.Code != c.status || w.Header().Get("Retry-After") != c.retry || !strings.Contains(w.Body.String(), `"decision":"`+strings.ToLower(string(c.decision))+`"`) {
			t.Errorf("%s: %d %q %s", name, w.Code, w.Header().Get("Retry-After"), w.Body)
		}
		if gate.got.Job != catalog.JobName("prod", "report") || gate.got.Key != "k" || gate.got.MaxWait != 6*time.Hour || gate.got.Wait != 3*time.Second {
			t.Errorf("%s: asked %+v", name, gate.got)
		}
	}
	do(h, "POST", "/api/v1/gate", `{"job":"job:s3://b/x/daily","nominalTime":"2026-03-01","partition":"eu","maxWait":"90m"}`)
	if gate.got.Job != catalog.JobName("s3://b/x", "daily") || gate.got.Nominal != "2026-03-01" || gate.got.Partition != "eu" || gate.got.MaxWait != 90*time.Minute {
		t.Errorf("asked by text: %+v", gate.got)
	}
	for name, body := range map[string]string{
		"no job": `{}`, "unknown member": `{"job":"a/b","kay":"x"}`, "no JSON": `job`, "twice": `{"job":"a/b","job":"a/c"}`, "dataset": `{"job":{"type":"dataset","namespace":"a","name":"b"}}`,
		"too patient": `{"job":"a/b","waitSeconds":31}`, "bad wait": `{"job":"a/b","maxWait":"soon"}`, "large": `{"job":"a/b","key":"` + strings.Repeat("x", 20000) + `"}`,
	} {
		w := do(h, "POST", "/api/v1/gate", body)
		if p := problemOf(t, w); w.Code != 400 || p.Code != "BAD_USER_INPUT" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	gate.err = fmt.Errorf("gate: %w: starting", catalog.ErrUnavailable)
	w := do(h, "POST", "/api/v1/gate", `{"job":"a/b"}`)
	if p := problemOf(t, w); w.Code != 503 || w.Header().Get("Retry-After") != "1" || p.Code != "UNAVAILABLE" {
		t.Errorf("before ready: %d %s", w.Code, w.Body)
	}
}

func TestMinPosition(t *testing.T) {
	p := newProjection(7)
	gate := &asked{answer: catalog.GateAnswer{Decision: catalog.DecideRun}}
	graphql := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"data":{}}`) })
	h := server.New(server.Options{Gate: gate, GraphQL: graphql, Waiter: p, Position: p.at}).Handler()
	const ask = `{"job":"a/b"}`
	if w := do(h, "POST", "/api/v1/gate", ask, "Weir-Min-Position", "7"); w.Code != 200 || w.Header().Get("Weir-Position") != "7" {
		t.Errorf("there already: %d %s", w.Code, w.Body)
	}
	w := do(h, "POST", "/api/v1/gate", ask, "Weir-Min-Position", "8", "Weir-Wait", "10ms")
	if pr := problemOf(t, w); w.Code != 503 || pr.Code != "STALE" || !strings.Contains(pr.Detail, "reached position 7") {
		t.Errorf("stale: %d %s", w.Code, w.Body)
	}
	if w := do(h, "POST", "/graphql", `{}`, "Weir-Min-Position", "8", "Weir-Wait", "10ms"); w.Code != 200 || !strings.Contains(w.Body.String(), `"code":"STALE"`) {
		t.Errorf("stale GraphQL: %d %s", w.Code, w.Body)
	}
	for _, headers := range [][]string{{"Weir-Min-Position", "x"}, {"Weir-Min-Position", "9", "Weir-Wait", "soon"}, {"Weir-Min-Position", "-1"}} {
		if w := do(h, "POST", "/api/v1/gate", ask, headers...); w.Code != 400 {
			t.Errorf("%v: %d", headers, w.Code)
		}
	}
	// Not all readers are where the journal's reader is: the waiter has the word.
	ahead := server.New(server.Options{Gate: gate, Waiter: p, Position: func() catalog.Position { return 99 }}).Handler()
	if w := do(ahead, "POST", "/api/v1/gate", ask, "Weir-Min-Position", "8", "Weir-Wait", "10ms"); w.Code != 503 {
		t.Errorf("one reader is behind: %d", w.Code)
	}
	// What only GraphQL reads holds up only GraphQL.
	search := server.New(server.Options{Gate: gate, GraphQL: graphql, Waiter: p, Reads: newProjection(3), Position: p.at}).Handler()
	if w := do(search, "POST", "/api/v1/gate", ask, "Weir-Min-Position", "7"); w.Code != 200 {
		t.Errorf("the gate waits for what it does not read: %d %s", w.Code, w.Body)
	}
	if w := do(search, "POST", "/graphql", `{}`, "Weir-Min-Position", "7", "Weir-Wait", "10ms"); !strings.Contains(w.Body.String(), `"code":"STALE"`) {
		t.Errorf("GraphQL does not wait for what it reads: %d %s", w.Code, w.Body)
	}
	var wg sync.WaitGroup
	wg.Go(func() { p.move(9) })
	if w := do(h, "POST", "/api/v1/gate", ask, "Weir-Min-Position", "9", "Weir-Wait", "20s"); w.Code != 200 || w.Header().Get("Weir-Position") != "9" {
		t.Errorf("reached while waiting: %d %s", w.Code, w.Body)
	}
	wg.Wait()
}

type text string

func (t text) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, string(t))
	return int64(n), err
}

func TestRoutes(t *testing.T) {
	var logs bytes.Buffer
	o := server.Options{
		GraphQL: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { panic("secret") }),
		UI:      http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "ui") }),
		Lineage: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(201) }),
		Export:  func(context.Context) (io.WriterTo, catalog.Position, error) { return text("{}\n"), 42, nil },
		Version: map[string]string{"version": "v1"}, Logger: slog.New(slog.NewTextHandler(&logs, nil)),
	}
	h := server.New(o).Handler()
	for _, c := range []struct {
		method, path string
		status       int
		says         string
	}{
		{"GET", "/", 200, "ui"}, {"GET", "/a/some/asset", 200, "ui"}, {"GET", "/healthz", 200, "alive"}, {"GET", "/version", 200, "v1"},
		{"GET", "/metrics", 200, "weir_http_requests_total"}, {"GET", "/graphql", 302, ""},
		{"GET", "/api/v1/export/graph", 200, "{}"}, {"POST", "/api/v1/lineage", 201, ""}, {"GET", "/api/v1/schema/policy.json", 200, `"$id": "urn:weir:policy:v1"`}, {"GET", "/api/v1/nothing", 404, "not a route"}, {"GET", "/api/v1/lineage", 404, "not a route"},
		{"POST", "/graphql", 500, "internal error"}, {"POST", "/", 405, ""},
	} {
		w := do(h, c.method, c.path, "")
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %s: %d %.200s", c.method, c.path, w.Code, w.Body)
		}
		for _, head := range []string{"X-Request-Id", "Weir-Position", "Content-Security-Policy", "X-Content-Type-Options"} {
			if w.Header().Get(head) == "" {
				t.Errorf("%s %s: no %s", c.method, c.path, head)
			}
		}
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s %s tells a secret", c.method, c.path)
		}
	}
	if w := do(h, "GET", "/api/v1/export/graph", ""); w.Header().Get("Weir-Position") != "42" || w.Header().Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("export: %v", w.Header())
	}
	if !strings.Contains(logs.String(), "secret") {
		t.Error("the panic is not logged")
	}
	if w := do(h, "GET", "/healthz", "", "X-Request-Id", "abc-1"); w.Header().Get("X-Request-Id") != "abc-1" {
		t.Error("a sane request id is not kept")
	}
	if w := do(h, "GET", "/healthz", "", "X-Request-Id", "a\" onload=x"); strings.Contains(w.Header().Get("X-Request-Id"), "onload") {
		t.Error("an odd request id is kept")
	}
}

func TestCrossOrigin(t *testing.T) {
	gate := &asked{answer: catalog.GateAnswer{Decision: catalog.DecideRun}}
	h := server.New(server.Options{Gate: gate}).Handler()
	const ask = `{"job":"a/b"}`
	if w := do(h, "POST", "/api/v1/gate", ask, "Sec-Fetch-Site", "cross-site"); w.Code != 403 || problemOf(t, w).Code != "FORBIDDEN" {
		t.Errorf("another site: %d", w.Code)
	}
	if w := do(h, "POST", "/api/v1/gate", ask, "Origin", "https://evil.example"); w.Code != 403 {
		t.Errorf("another origin: %d", w.Code)
	}
	if w := do(h, "POST", "/api/v1/gate", ask); w.Code != 200 {
		t.Errorf("a tool: %d", w.Code)
	}
	if w := do(h, "POST", "/api/v1/gate", ask, "Sec-Fetch-Site", "same-origin"); w.Code != 200 {
		t.Errorf("our own page: %d", w.Code)
	}
}

// serving runs a server on a free port until the test ends or stop is called.
func serving(t *testing.T, o server.Options) (url string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.New(o).Run(ctx, l) }()
	var once sync.Once
	stop = func() (err error) {
		once.Do(func() { cancel(); err = <-done })
		return err
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return "http://" + l.Addr().String(), stop
}

// stream is an open connection to the feed.
type stream struct {
	t    *testing.T
	resp *http.Response
	in   *bufio.Scanner
}

func listen(t *testing.T, url, last string) *stream {
	t.Helper()
	return listenAt(t, url+"/api/v1/stream", last)
}

func listenAt(t *testing.T, address, last string) *stream {
	t.Helper()
	r, err := http.NewRequest("GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return &stream{t, resp, bufio.NewScanner(resp.Body)}
}

// next reads one event, as "kind id data".
func (s *stream) next() string {
	s.t.Helper()
	kind, id, data := "", "", ""
	for s.in.Scan() {
		line := s.in.Text()
		key, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "" && kind == "alive": // comes with time alone
			kind, data = "", ""
		case line == "" && kind != "":
			return kind + " " + id + " " + data
		case key == "event":
			kind = value
		case key == "id":
			id = value
		case key == "data":
			data = value
		}
	}
	return "end"
}

func TestStream(t *testing.T) {
	f := server.NewFeed(10, 3)
	reg := prometheus.NewRegistry()
	url, stop := serving(t, server.Options{Feed: f, Registry: reg})
	h := promhttp.HandlerFor(reg, promhttp.HandlerOpts{})
	s := listen(t, url, "")
	if got := s.next(); got != "hello 10.3 {}" {
		t.Fatalf("first: %s", got)
	}
	id := catalog.AssetID(catalog.DatasetName("a", "b").ID())
	f.Touched(catalog.Touched{Assets: []catalog.AssetID{id}, Position: 11})
	if got := s.next(); !strings.HasPrefix(got, `asset 11.3 {"kind":"asset","id":"asset_`) {
		t.Errorf("asset: %s", got)
	}
	f.Decision(catalog.Decision{ID: "d", Seq: 4, Target: id, Outcome: catalog.DecideRun})
	if got := s.next(); !strings.HasPrefix(got, "decision 11.4 ") || !strings.Contains(got, `"state":"RUN"`) {
		t.Errorf("decision: %s", got)
	}
	f.Action(catalog.Action{ID: "x", Seq: 5, Target: id, State: catalog.ActionReady})
	s.next()
	s.resp.Body.Close()
	for open := "1"; open != "0"; { // the handler notices that nobody listens
		_, rest, _ := strings.Cut(do(h, "GET", "/metrics", "").Body.String(), "\nweir_http_streams ")
		open, _, _ = strings.Cut(rest, "\n")
	}

	// Back after a break: what was missed comes, and nothing before it.
	s = listen(t, url, "11.3")
	var kinds []string
	for range 3 {
		kinds = append(kinds, s.next())
	}
	if !strings.HasPrefix(kinds[0], "hello 11.3") || !strings.HasPrefix(kinds[1], "asset 11.3") || !strings.HasPrefix(kinds[2], "decision 11.4") {
		t.Errorf("resumed: %v", kinds)
	}
	if got := listenAt(t, url+"/api/v1/stream?lastEventId=11.4", "").next(); !strings.HasPrefix(got, "hello 11.4") {
		t.Errorf("resumed by a parameter: %s", got)
	}
	// From before the process, from the future, from elsewhere: read it all anew.
	for _, last := range []string{"9.3", "10.2", "99.9", "garbage"} {
		if got := listen(t, url, last).next(); !strings.HasPrefix(got, "resync 11.5") {
			t.Errorf("from %s: %s", last, got)
		}
	}
	began := time.Now()
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("open streams held the stop for %s", took)
	}
}

// TestSlowReader is dropped with a word, and holds up nobody.
func TestSlowReader(t *testing.T) {
	f := server.NewFeed(0, 0)
	pr, pw := io.Pipe()
	w := &pipeWriter{h: http.Header{}, w: pw}
	h := server.New(server.Options{Feed: f}).Handler()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer pw.Close()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/stream", nil))
	}()
	in := bufio.NewReader(pr)
	if _, err := in.ReadString('\n'); err != nil { // it listens, and is read no more
		t.Fatal(err)
	}
	for i := range 2000 {
		f.Decision(catalog.Decision{ID: "d", Seq: int64(i)})
	}
	rest, err := io.ReadAll(in)
	if err != nil || !strings.HasSuffix(string(rest), "event: resync\ndata: {}\n\n") {
		t.Errorf("the last words: %v %q", err, rest[max(0, len(rest)-80):])
	}
	<-done
}

type pipeWriter struct {
	h http.Header
	w io.Writer
}

func (p *pipeWriter) Header() http.Header         { return p.h }
func (p *pipeWriter) WriteHeader(int)             {}
func (p *pipeWriter) Write(b []byte) (int, error) { return p.w.Write(b) }
func (p *pipeWriter) Flush()                      {}

// TestStop lets a request that runs finish.
func TestStop(t *testing.T) {
	started, finish := make(chan struct{}), make(chan struct{})
	ui := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(started)
		<-finish
		fmt.Fprint(w, "done")
	})
	url, stop := serving(t, server.Options{UI: ui, Drain: 10 * time.Second})
	got := make(chan string, 1)
	go func() {
		resp, err := http.Get(url + "/")
		if err != nil {
			got <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		got <- string(b)
	}()
	<-started
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	close(finish)
	if body := <-got; body != "done" {
		t.Errorf("cut off: %s", body)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// TestStopHung does not wait for ever.
func TestStopHung(t *testing.T) {
	started := make(chan struct{})
	ui := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(started)
		<-r.Context().Done()
	})
	url, stop := serving(t, server.Options{UI: ui, Drain: 20 * time.Millisecond})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if resp, err := http.Get(url + "/"); err == nil {
			resp.Body.Close()
		}
	}()
	<-started
	if err := stop(); err != nil {
		t.Error(err)
	}
	<-gone
}

var _ gql.Gate = (*asked)(nil)
