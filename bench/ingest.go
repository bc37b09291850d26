package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/internal/stack"
	"github.com/weirhq/weir/state/sqlite"
)

const (
	producers  = 64
	repeatJobs = 500
	events     = 20_000
)

// event is a COMPLETE of about 4 kB: two inputs, one output, twenty columns.
func event(job, run int) []byte {
	var cols strings.Builder
	for i := range 20 {
		fmt.Fprintf(&cols, `{"name":"column_%d","type":"VARCHAR","description":"what the column number %d of this table holds"},`, i, i)
	}
	ds := func(n string) string {
		return fmt.Sprintf(`{"namespace":"postgres://wh:5432","name":"shop.s%d.%s","facets":{"schema":{"_producer":"p","_schemaURL":"s","fields":[%s]}}}`, job, n, strings.TrimSuffix(cols.String(), ","))
	}
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(run) * time.Second)
	return fmt.Appendf(nil, `{"eventType":"COMPLETE","eventTime":%q,"producer":"bench","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json","run":{"runId":"%08d-0000-4000-8000-%012d"},"job":{"namespace":"prod","name":"job_%d"},"inputs":[%s],"outputs":[%s]}`,
		at.Format(time.RFC3339Nano), job, run, job, ds("in"), ds("out"))
}

// load posts the events from producers that keep their connections.
func load(url string, bodies [][]byte) (time.Duration, error) {
	tr := &http.Transport{MaxIdleConnsPerHost: producers}
	defer tr.CloseIdleConnections()
	client := &http.Client{Transport: tr, Timeout: 30 * time.Second}
	var next atomic.Int64
	var failed atomic.Pointer[error]
	start := time.Now()
	var wg sync.WaitGroup
	for range producers {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(bodies)); i = next.Add(1) - 1 {
				if err := post(client, url, bodies[i]); err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return time.Since(start), nil
}

func post(c *http.Client, url string, body []byte) error {
	resp, err := c.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("status %s", resp.Status)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// groupFile is the yardstick: read the body, append it to a file, one fsync for
// all that wait.
type groupFile struct {
	file  *os.File
	queue chan groupWrite
}

type groupWrite struct {
	body []byte
	done chan error
}

func (g *groupFile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		gw := groupWrite{body, make(chan error, 1)}
		g.queue <- gw
		err = <-gw.done
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusCreated)
	io.WriteString(w, `{"position":"1"}`) //nolint:errcheck // the client has gone
}

func (g *groupFile) run() {
	for first := range g.queue {
		group := []groupWrite{first}
		for more := true; more && len(group) < 512; {
			select {
			case gw := <-g.queue:
				group = append(group, gw)
			default:
				more = false
			}
		}
		var buf bytes.Buffer
		for _, gw := range group {
			buf.Write(gw.body)
		}
		_, err := g.file.Write(buf.Bytes())
		if err == nil {
			err = g.file.Sync()
		}
		for _, gw := range group {
			gw.done <- err
		}
	}
}

func yardstick(bodies [][]byte) (float64, error) {
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	f, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	g := &groupFile{file: f, queue: make(chan groupWrite, 4096)}
	go g.run()
	srv := httptest.NewServer(g)
	defer close(g.queue)
	defer srv.Close()
	took, err := load(srv.URL, bodies)
	return float64(len(bodies)) / took.Seconds(), err
}

// intake measures weir's door: accepted a second, and a second until the
// projection has caught up too.
func intake(ctx context.Context, bodies [][]byte) (accepted, caughtUp float64, err error) {
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(dir)
	s, err := stack.Open(ctx, dir)
	if err != nil {
		return 0, 0, err
	}
	defer s.Close()
	j, err := sqlite.OpenJournal(ctx, filepath.Join(dir, "events.db"))
	if err != nil {
		return 0, 0, err
	}
	loops, stop := context.WithCancel(ctx)
	p := ingest.NewProjector(j, s.History, ingest.ProjectorOptions{})
	var wg sync.WaitGroup
	wg.Go(func() { _ = j.Run(loops) })
	wg.Go(func() { _ = p.Run(loops) })
	defer func() { stop(); wg.Wait(); j.Close() }()
	srv := httptest.NewServer(http.HandlerFunc(ingest.NewReceiver(j, ingest.ReceiverOptions{}).ServeEvent))
	defer srv.Close()
	start := time.Now()
	took, err := load(srv.URL, bodies)
	if err != nil {
		return 0, 0, err
	}
	if err := p.WaitFor(ctx, j.End()); err != nil {
		return 0, 0, err
	}
	n := float64(len(bodies))
	return n / took.Seconds(), n / time.Since(start).Seconds(), nil
}

func benchIngest(ctx context.Context, s settings) ([]result, error) {
	repeat, growth := make([][]byte, events), make([][]byte, events/4)
	for i := range repeat {
		repeat[i] = event(i%repeatJobs, i)
	}
	for i := range growth {
		growth[i] = event(i, i)
	}
	var out []result
	for _, w := range []struct {
		name   string
		bodies [][]byte
	}{{"ingest.repeat", repeat}, {"ingest.growth", growth}} {
		var yard, acc, caught, ratios, ratiosCaught []float64
		for range s.Rounds {
			y, err := yardstick(w.bodies)
			if err != nil {
				return nil, err
			}
			a, c, err := intake(ctx, w.bodies)
			if err != nil {
				return nil, err
			}
			yard, acc, caught = append(yard, y), append(acc, a), append(caught, c)
			ratios, ratiosCaught = append(ratios, a/y), append(ratiosCaught, c/y)
		}
		const what = "the same client on a bare group-commit file"
		out = append(out,
			result{Name: w.name + ".accepted", Value: median(acc), Unit: "events/s", Ratio: median(ratios), Yardstick: what, YardstickValue: median(yard), N: len(w.bodies), Notes: "acknowledged"},
			result{Name: w.name, Value: median(caught), Unit: "events/s", Ratio: median(ratiosCaught), Yardstick: what, YardstickValue: median(yard), N: len(w.bodies), Notes: "until the projection has caught up, 64 producers"})
	}
	return out, nil
}
