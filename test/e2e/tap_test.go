//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// A tap stands between two programs, hears what passes and can cut the line at
// a chosen moment: before a request is passed on, or after its answer came back
// and before it is handed over.
type tap struct {
	server *httptest.Server
	mu     sync.Mutex
	target *url.URL
	before func(passing) (cut bool)
	after  func(passing) (cut bool)
	heard  []passing
}

// passing is one request with its answer.
type passing struct {
	method, path string
	body         []byte
	status       int // 0 before the answer
	// when it was heard, and answered.
	heardAt, answeredAt time.Time
}

func newTap() *tap {
	p := &tap{}
	p.server = httptest.NewServer(http.HandlerFunc(p.serve))
	return p
}

func (p *tap) addr() string { return p.server.Listener.Addr().String() }

// to sets where requests go, and forgets what was heard and asked before.
func (p *tap) to(target string) {
	u, err := url.Parse(target)
	if err != nil {
		panic(err) // a target is always ours
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target, p.heard, p.before, p.after = u, nil, nil, nil
}

// cutBefore cuts the line of the first request that fits, after doing what is
// asked, and closes the channel then. The request is not passed on.
func (p *tap) cutBefore(fits func(passing) bool, do func()) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	done := make(chan struct{})
	p.before = once(fits, do, done)
	return done
}

// cutAfter does so after the answer came, which is not handed over.
func (p *tap) cutAfter(fits func(passing) bool, do func()) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	done := make(chan struct{})
	p.after = once(fits, do, done)
	return done
}

func once(fits func(passing) bool, do func(), done chan struct{}) func(passing) bool {
	var o sync.Once
	return func(q passing) (cut bool) {
		if fits(q) {
			o.Do(func() { do(); close(done); cut = true })
		}
		return cut
	}
}

// all gives what was heard.
func (p *tap) all() []passing {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]passing(nil), p.heard...)
}

func (p *tap) hooks() (target *url.URL, before, after func(passing) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.target, p.before, p.after
}

func (p *tap) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	q := passing{method: r.Method, path: r.URL.Path, body: body, heardAt: time.Now()}
	target, before, after := p.hooks()
	if before != nil && before(q) {
		hangUp(w)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	proxy.ServeHTTP(answer, r)
	q.status, q.answeredAt = answer.Code, time.Now()
	p.mu.Lock()
	p.heard = append(p.heard, q)
	p.mu.Unlock()
	if answer.Code == http.StatusBadGateway || after != nil && after(q) {
		hangUp(w)
		return
	}
	for k, v := range answer.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// hangUp closes the connection without an answer, as a dead server does.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// An event is what the tests look at in an OpenLineage event.
type event struct {
	EventType string `json:"eventType"`
	Job       struct{ Namespace, Name string }
	Run       struct{ RunID string }
}

func (q passing) event() (e event) {
	_ = json.Unmarshal(q.body, &e)
	return e
}

// isEvent fits an event of a job.
func isEvent(eventType, job string) func(passing) bool {
	return func(q passing) bool {
		e := q.event()
		return e.EventType == eventType && e.Job.Name == job
	}
}

// isCall fits a request of a tool's API.
func isCall(method, path string) func(passing) bool {
	return func(q passing) bool { return q.method == method && q.path == path }
}
