//go:build clients

package clients

import (
	"bytes"
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// A fault is what the proxy does with one attempt.
type fault string

const (
	refused    fault = "503"        // 503 with Retry-After: 1, not handed on
	dropped    fault = "dropped"    // the connection is closed, not handed on
	unanswered fault = "unanswered" // handed on, the connection is closed without an answer
	slow       fault = "slow"       // handed on, answered late, within the client's time-out
	hung       fault = "hung"       // handed on, never answered: the client gives up
)

// slowness is less than every client's time-out of 5 s.
const slowness = time.Second

// proxy stands before a weir. The first attempts of each body meet the faults
// of the next plan; what follows passes.
type proxy struct {
	*httptest.Server
	t     *testing.T
	to    string
	plans [][]fault

	mu    sync.Mutex
	todo  map[[32]byte][]fault
	seen  int
	count map[fault]int
}

func newProxy(t *testing.T, to string, plans [][]fault) *proxy {
	p := &proxy{t: t, to: to, plans: plans, todo: map[[32]byte][]fault{}, count: map[fault]int{}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// next is the fault that this attempt meets, "" for none.
func (p *proxy) next(body []byte) fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := sha256.Sum256(body)
	plan, known := p.todo[key]
	if !known {
		plan = p.plans[p.seen%len(p.plans)]
		p.seen++
	}
	if len(plan) == 0 {
		p.todo[key] = nil
		return ""
	}
	p.todo[key] = plan[1:]
	p.count[plan[0]]++
	return plan[0]
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Errorf("read request: %v", err)
		return
	}
	f := p.next(body)
	switch f {
	case refused:
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case dropped:
		panic(http.ErrAbortHandler)
	}
	resp, answer := p.handOn(r, body)
	switch f {
	case unanswered:
		panic(http.ErrAbortHandler)
	case hung:
		<-r.Context().Done()
		return
	case slow:
		select {
		case <-time.After(slowness):
		case <-r.Context().Done():
		}
	}
	for k, v := range resp.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(resp.StatusCode)
	w.Write(answer) //nolint:errcheck // the client has gone
}

func (p *proxy) handOn(r *http.Request, body []byte) (*http.Response, []byte) {
	out, err := http.NewRequest(r.Method, p.to+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	out.Header = r.Header.Clone()
	resp, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		p.t.Errorf("hand on: %v", err)
		panic(http.ErrAbortHandler)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Errorf("read answer: %v", err)
	}
	return resp, answer
}
