package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"syscall"
	"time"

	"github.com/weirhq/weir/bench/load"
)

const (
	repeatEvents = 20_000
	growthEvents = 5_000
)

// small is the company of the repeat workload: 500 jobs.
var small = load.Company{Seed: 1, Assets: 1_500, Edges: 1_500}

func benchRepeat(ctx context.Context, s settings) ([]result, error) {
	return benchIngest(ctx, s, "ingest.repeat", bodies(repeatEvents, small.Repeat))
}

func benchGrowth(ctx context.Context, s settings) ([]result, error) {
	return benchIngest(ctx, s, "ingest.growth", bodies(growthEvents, small.Growth))
}

// bodies makes events before the clock runs.
func bodies(n int, body func(int) []byte) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = body(i)
	}
	return out
}

// benchIngest measures a workload against the bare yardstick, in turns.
func benchIngest(ctx context.Context, s settings, name string, events [][]byte) ([]result, error) {
	var yard, acc, caught, accRatio, caughtRatio, cpu []float64
	for range s.Rounds {
		y, err := yardstick(ctx, events)
		if err != nil {
			return nil, err
		}
		t, err := freshIntake(ctx, events)
		if err != nil {
			return nil, err
		}
		yard, acc, caught, cpu = append(yard, y), append(acc, t.accepted), append(caught, t.caughtUp), append(cpu, t.cpu)
		accRatio, caughtRatio = append(accRatio, t.accepted/y), append(caughtRatio, t.caughtUp/y)
	}
	row := result{Unit: "events/s", Yardstick: "the same client on a bare group-commit file", YardstickValue: median(yard), N: len(events)}
	all, doorOnly := row, row
	all.Name, all.Value, all.Ratio = name, median(caught), median(caughtRatio)
	all.Notes = fmt.Sprintf("until state, graph.db and topology hold it; %.0f µs CPU an event with its client", median(cpu))
	doorOnly.Name, doorOnly.Value, doorOnly.Ratio = name+".accepted", median(acc), median(accRatio)
	doorOnly.Notes = "acknowledged"
	return []result{all, doorOnly}, nil
}

// send posts the events from 64 producers and gives how many were accepted a
// second; all must be.
func send(ctx context.Context, url string, events [][]byte) (float64, error) {
	r := load.Send(ctx, load.Sending{URL: url, Events: len(events), Body: func(i int) []byte { return events[i] }})
	return r.Rate(), r.All()
}

// yardstick is the rate of the same client and HTTP server when the handler
// only reads the body and appends it to a group-commit file.
func yardstick(ctx context.Context, events [][]byte) (float64, error) {
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	g, err := newGroupFile(dir)
	if err != nil {
		return 0, err
	}
	defer g.close()
	srv := httptest.NewServer(g)
	defer srv.Close()
	return send(ctx, srv.URL, events)
}

// intake is how fast events went in.
type intake struct {
	accepted float64 // a second
	caughtUp float64 // a second, until everything behind the journal holds them
	cpu      float64 // µs of this process an event, the client's share included
}

func freshIntake(ctx context.Context, events [][]byte) (intake, error) {
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return intake{}, err
	}
	defer os.RemoveAll(dir)
	w, err := openWeir(ctx, dir, true)
	if err != nil {
		return intake{}, err
	}
	defer w.close()
	return w.take(ctx, events)
}

// take sends the events through the door and waits for what is behind it.
func (w *weir) take(ctx context.Context, events [][]byte) (intake, error) {
	srv := httptest.NewServer(http.HandlerFunc(w.receiver.ServeEvent))
	defer srv.Close()
	start, cpu := time.Now(), cpuTime()
	rate, err := send(ctx, srv.URL, events)
	if err != nil {
		return intake{}, err
	}
	if err := w.wait(ctx); err != nil {
		return intake{}, err
	}
	n := float64(len(events))
	return intake{accepted: rate, caughtUp: n / time.Since(start).Seconds(), cpu: float64((cpuTime() - cpu).Microseconds()) / n}, nil
}

// cpuTime is what this process has used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
