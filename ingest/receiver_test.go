package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
)

const event = `{"eventTime":"2026-01-02T03:04:05Z","eventType":"COMPLETE","producer":"p","schemaURL":"s",` +
	`"run":{"runId":"0196b1a5-0000-7000-8000-000000000001"},"job":{"namespace":"ns","name":"j"}}`

// memoryLog is a Log whose disk can fail and be slow.
type memoryLog struct {
	mu      sync.Mutex
	entries []ingest.Entry
	err     error
	gate    chan struct{} // an append waits for it when set
	waiting chan struct{} // told of each append that waits
}

func (l *memoryLog) Append(ctx context.Context, e ingest.Entry) (catalog.Position, error) {
	if l.gate != nil {
		l.waiting <- struct{}{}
		select {
		case <-l.gate:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return 0, l.err
	}
	l.entries = append(l.entries, e)
	return catalog.Position(len(l.entries)), nil
}

func (l *memoryLog) After(context.Context, catalog.Position, int) ([]ingest.Entry, error) {
	return nil, nil
}
func (l *memoryLog) End() catalog.Position                    { return catalog.Position(l.len()) }
func (l *memoryLog) Changed(catalog.Position) <-chan struct{} { return nil }

func (l *memoryLog) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

func serve(t *testing.T, log ingest.Log, o ingest.ReceiverOptions) *httptest.Server {
	t.Helper()
	r := ingest.NewReceiver(log, o)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/lineage", r.ServeEvent)
	mux.HandleFunc("POST /api/v1/lineage/batch", r.ServeBatch)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

type answer struct {
	status  int
	body    string
	header  http.Header
	problem ingest.Problem
}

// post sends a body; headers are pairs.
func post(t *testing.T, url string, body io.Reader, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: res.StatusCode, body: string(b), header: res.Header}
	if a.status >= 400 {
		if err := json.Unmarshal(b, &a.problem); err != nil || res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("no problem document: %s", b)
		}
	}
	return a
}

func zipped(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, s) //nolint:errcheck // a buffer
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReceiverStatus(t *testing.T) {
	big := `{"x":"` + strings.Repeat("x", ingest.MaxInflated) + `"}`
	for name, c := range map[string]struct {
		body    string
		headers []string
		want    int
	}{
		"event":                 {event, nil, 201},
		"charset":               {event, []string{"Content-Type", "application/json; charset=utf-8"}, 201},
		"no content type":       {event, []string{"Content-Type", ""}, 201},
		"gzip":                  {zipped(t, event), []string{"Content-Encoding", "gzip"}, 201},
		"identity":              {event, []string{"Content-Encoding", "identity"}, 201},
		"odd but readable":      {`{"job":{"namespace":"n","name":"j"},"inputs":7}`, nil, 201},
		"16 MB less some bytes": {`{"job":{"namespace":"n","name":"j"},"x":"` + strings.Repeat("x", ingest.MaxInflated-100) + `"}`, nil, 201},
		"empty":                 {"", nil, 400},
		"not JSON":              {"hello", nil, 400},
		"no identity":           {"{}", nil, 400},
		"not gzip":              {event, []string{"Content-Encoding", "gzip"}, 400},
		"gzip cut off":          {zipped(t, event)[:60], []string{"Content-Encoding", "gzip"}, 400},
		"gzip twice":            {zipped(t, zipped(t, event)), []string{"Content-Encoding", "gzip, gzip"}, 415},
		"gzip twice, one said":  {zipped(t, zipped(t, event)), []string{"Content-Encoding", "gzip"}, 400},
		"unknown encoding":      {event, []string{"Content-Encoding", "br"}, 415},
		"text":                  {event, []string{"Content-Type", "text/plain"}, 415},
		"more than 16 MB":       {big, nil, 413},
		"40 MB":                 {strings.Repeat("x", 40<<20), nil, 413},
		"gzip over the limit":   {zipped(t, big), []string{"Content-Encoding", "gzip"}, 413},
		"gzip bomb":             {zipped(t, strings.Repeat("\x00", 24<<20)), []string{"Content-Encoding", "gzip"}, 413},
	} {
		t.Run(name, func(t *testing.T) {
			log := &memoryLog{}
			s := serve(t, log, ingest.ReceiverOptions{})
			a := post(t, s.URL+"/api/v1/lineage?x=1", strings.NewReader(c.body), c.headers...)
			if a.status != c.want {
				t.Fatalf("status %d, want %d: %s", a.status, c.want, a.body)
			}
			if c.want == 201 && (strings.TrimSpace(a.body) != `{"position":"1"}` || log.len() != 1) {
				t.Errorf("answer %s, %d entries", a.body, log.len())
			}
			if c.want != 201 && (log.len() != 0 || a.problem.Hint == "" || a.problem.Detail == "" || a.problem.Status != c.want) {
				t.Errorf("problem %+v, %d entries", a.problem, log.len())
			}
			if a.header.Get("Retry-After") != "" {
				t.Error("Retry-After on an answer that is final")
			}
		})
	}
}

func TestReceiverTakesChunked(t *testing.T) {
	log := &memoryLog{}
	s := serve(t, log, ingest.ReceiverOptions{})
	// An io.Reader of unknown length is sent in chunks.
	a := post(t, s.URL+"/api/v1/lineage", io.MultiReader(strings.NewReader(event[:40]), strings.NewReader(event[40:])))
	if a.status != 201 || string(log.entries[0].Body) != event {
		t.Errorf("status %d, body %s", a.status, log.entries[0].Body)
	}
}

func TestReceiverUnavailable(t *testing.T) {
	log := &memoryLog{err: catalog.WithHint(fmt.Errorf("%w: no space left", catalog.ErrUnavailable), "free some space")}
	s := serve(t, log, ingest.ReceiverOptions{})
	a := post(t, s.URL+"/api/v1/lineage", strings.NewReader(event))
	if a.status != 503 || a.header.Get("Retry-After") != "1" || a.problem.Hint != "free some space" {
		t.Errorf("%d %v %+v", a.status, a.header, a.problem)
	}
	log.err = nil // a failed body is not remembered
	if a := post(t, s.URL+"/api/v1/lineage", strings.NewReader(event)); a.status != 201 || log.len() != 1 {
		t.Errorf("after the disk came back: %d, %d entries", a.status, log.len())
	}
}

func TestReceiverFlagsTheFuture(t *testing.T) {
	log := &memoryLog{}
	now := func() time.Time { return time.Date(2026, 1, 1, 3, 4, 4, 0, time.UTC) }
	s := serve(t, log, ingest.ReceiverOptions{Now: now})
	if a := post(t, s.URL+"/api/v1/lineage", strings.NewReader(event)); a.status != 201 {
		t.Fatal(a.status)
	}
	e := log.entries[0]
	if len(e.Flags) != 1 || e.Flags[0].Code != "future" {
		t.Fatalf("flags %v", e.Flags)
	}
	if p := ingest.InterpretEntry(e); p.ParkCode != "future" || p.Facts != nil {
		t.Errorf("%+v, want it parked", p)
	}
}

// A clock that is a little off is flagged, and the event counts.
func TestReceiverFlagsClocks(t *testing.T) {
	log := &memoryLog{}
	now := func() time.Time { return time.Date(2026, 1, 2, 2, 50, 0, 0, time.UTC) }
	reg := prometheus.NewRegistry()
	s := serve(t, log, ingest.ReceiverOptions{Now: now, Registry: reg})
	post(t, s.URL+"/api/v1/lineage", strings.NewReader(event))
	e := log.entries[0]
	if len(e.Flags) != 1 || e.Flags[0].Code != "clock_ahead" {
		t.Fatalf("flags %v", e.Flags)
	}
	if p := ingest.InterpretEntry(e); p.Facts == nil {
		t.Errorf("%+v, want facts", p)
	}
	if got := counts(t, reg, "weir_ingest_flags_total"); got["clock_ahead"] != 1 || len(got) != 1 {
		t.Errorf("counted %v", got)
	}
}

// Twins that come while the first is being committed wait for its commit and
// get its position; none is appended twice.
func TestReceiverTwins(t *testing.T) {
	log := &memoryLog{gate: make(chan struct{}), waiting: make(chan struct{}, 100)}
	reg := prometheus.NewRegistry()
	s := serve(t, log, ingest.ReceiverOptions{Registry: reg})
	const twins = 8
	answers := make(chan answer, twins)
	for range twins {
		go func() { answers <- post(t, s.URL+"/api/v1/lineage", strings.NewReader(event)) }()
	}
	<-log.waiting
	close(log.gate)
	for range twins {
		if a := <-answers; a.status != 201 || strings.TrimSpace(a.body) != `{"position":"1"}` {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if log.len() != 1 {
		t.Errorf("%d entries, want 1", log.len())
	}
	if got := outcomes(t, reg); got["accepted"] != 1 || got["duplicate"] != twins-1 || len(got) != 2 {
		t.Errorf("metrics %v", got)
	}
}

// outcomes reads weir_ingest_events_total.
func outcomes(t *testing.T, reg *prometheus.Registry) map[string]int {
	t.Helper()
	return counts(t, reg, "weir_ingest_events_total")
}

// counts reads a counter by its only label.
func counts(t *testing.T, reg *prometheus.Registry, name string) map[string]int {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, f := range families {
		if f.GetName() == name {
			for _, m := range f.GetMetric() {
				out[m.GetLabel()[0].GetValue()] = int(m.GetCounter().GetValue())
			}
		}
	}
	return out
}

type batchAnswer struct {
	Status  string
	Summary struct {
		Received, Successful, Failed, Retriable int
		NonRetriable                            int `json:"non_retriable"`
	}
	Failed []struct {
		Index     int
		Reason    string
		Retriable bool
	} `json:"failed_events"`
}

func TestReceiverBatch(t *testing.T) {
	other := strings.Replace(event, `"j"`, `"k"`, 1)
	for name, c := range map[string]struct {
		body         string
		status       int
		good, failed int
	}{
		"array":             {"[" + event + "," + other + "]", 200, 2, 0},
		"object":            {`{"events":[` + event + `]}`, 200, 1, 0},
		"one poison event":  {"[" + event + `,{},7,` + other + "]", 200, 2, 2},
		"duplicate keys":    {"[" + event + `,{"job":{"namespace":"a","name":"b","name":"c"}}]`, 200, 1, 1},
		"none":              {"[]", 200, 0, 0},
		"a single event":    {event, 400, 0, 0},
		"not JSON":          {"hello", 400, 0, 0},
		"cut off":           {"[" + event, 400, 0, 0},
		"trailing":          {"[]7", 400, 0, 0},
		"too many elements": {"[" + strings.Repeat("1,", 2_000_000) + "1]", 413, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			log := &memoryLog{}
			s := serve(t, log, ingest.ReceiverOptions{})
			a := post(t, s.URL+"/api/v1/lineage/batch", strings.NewReader(c.body))
			if a.status != c.status {
				t.Fatalf("status %d, want %d: %s", a.status, c.status, a.body)
			}
			if c.status != 200 {
				return
			}
			var got batchAnswer
			if err := json.Unmarshal([]byte(a.body), &got); err != nil {
				t.Fatal(err)
			}
			wantStatus := "success"
			if c.failed > 0 {
				wantStatus = "partial_success"
			}
			if got.Status != wantStatus || got.Summary.Successful != c.good || got.Summary.NonRetriable != c.failed || len(got.Failed) != c.failed || log.len() != c.good {
				t.Errorf("%s, %d entries", a.body, log.len())
			}
		})
	}
}

func TestReceiverBatchRetriable(t *testing.T) {
	s := serve(t, &memoryLog{err: catalog.ErrUnavailable}, ingest.ReceiverOptions{})
	var got batchAnswer
	a := post(t, s.URL+"/api/v1/lineage/batch", strings.NewReader("["+event+",{}]"))
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		t.Fatal(err)
	}
	if a.status != 200 || got.Summary.Retriable != 1 || got.Summary.NonRetriable != 1 || !got.Failed[0].Retriable || got.Failed[1].Retriable {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// A bomb costs no more memory than the limit of a body.
func TestBombIsBounded(t *testing.T) {
	bomb := zipped(t, strings.Repeat("\x00", 64<<20))
	r := ingest.NewReceiver(&memoryLog{}, ingest.ReceiverOptions{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	req := httptest.NewRequest(http.MethodPost, "/api/v1/lineage", strings.NewReader(bomb))
	req.Header.Set("Content-Encoding", "gzip")
	w := httptest.NewRecorder()
	r.ServeEvent(w, req)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; w.Code != 413 || used > 4*ingest.MaxInflated {
		t.Errorf("status %d, %d bytes allocated", w.Code, used)
	}
}

func FuzzReceiver(f *testing.F) {
	f.Add([]byte(event), false)
	f.Add([]byte("[{}]"), true)
	f.Add([]byte{0x1f, 0x8b, 8, 0}, true)
	r := ingest.NewReceiver(&memoryLog{}, ingest.ReceiverOptions{})
	f.Fuzz(func(t *testing.T, body []byte, packed bool) {
		for _, h := range []http.HandlerFunc{r.ServeEvent, r.ServeBatch} {
			req := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
			if packed {
				req.Header.Set("Content-Encoding", "gzip")
			}
			w := httptest.NewRecorder()
			h(w, req)
			if w.Code >= 500 || w.Code == 429 {
				t.Fatalf("status %d for %q", w.Code, body)
			}
		}
	})
}

// TestReceiverCorpus posts the whole corpus: no 5xx, and the one file that is
// no event is the only 400.
func TestReceiverCorpus(t *testing.T) {
	root := os.Getenv("WEIR_CORPUS")
	if root == "" {
		return
	}
	t.Run("events", func(t *testing.T) { postCorpus(t, root) })
}

func postCorpus(t *testing.T, root string) {
	table, err := os.ReadFile("openlineage/testdata/corpus.txt")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, &memoryLog{}, ingest.ReceiverOptions{})
	for _, line := range strings.Split(strings.TrimSpace(string(table)), "\n") {
		name, outcome, _ := strings.Cut(line, " ")
		want := 201
		if strings.HasPrefix(outcome, "refused") {
			want = 400
		}
		body, err := corpusEvent(root, name)
		if err != nil {
			t.Fatal(err)
		}
		if a := post(t, s.URL+"/api/v1/lineage", bytes.NewReader(body)); a.status != want {
			t.Errorf("%s: %d, want %d: %s", name, a.status, want, a.body)
		}
		if p := ingest.InterpretEntry(ingest.Entry{Kind: ingest.EntryEvent, Position: 1, Body: body}); want == 201 && (p.ParkCode != "" || p.Facts == nil) {
			t.Errorf("%s: parked %s %s", name, p.ParkCode, p.ParkReason)
		}
	}
}

// corpusEvent reads "path" or "path:line".
func corpusEvent(root, name string) ([]byte, error) {
	path, line, many := strings.Cut(name, ":")
	body, err := os.ReadFile(filepath.Join(root, path))
	if err != nil || !many {
		return body, err
	}
	var n int
	if _, err := fmt.Sscan(line, &n); err != nil {
		return nil, errors.Join(err, fs.ErrInvalid)
	}
	return bytes.Split(bytes.TrimSpace(body), []byte("\n"))[n-1], nil
}
