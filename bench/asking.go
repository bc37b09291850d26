package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/weirhq/weir/bench/load"
)

const (
	askers = 8
	// paced is how many questions a second each client asks that does not ask
	// without a pause.
	paced = 10
	// beside is how many events a second come in meanwhile, as far as the machine
	// bears it.
	beside = 1_000
)

// lineageQuery is what a picture of lineage asks for.
const lineageQuery = `query($r: ID!) { lineage(roots: [$r], direction: UPSTREAM, depth: 20, maxNodes: 300) {
	complete cut position nodes { distance hiddenUpstream hiddenDownstream asset { id name { namespace name } } } edges { source target type } } }`

// benchAsking asks for lineage of 300 nodes: alone, for what a question costs;
// with events coming in, from clients that ask without a pause; and from clients
// that ask at a rate, as people's pages do.
func benchAsking(ctx context.Context, c *child, of load.Company) ([]result, error) {
	alone, err := c.asked(ctx, asking{of: of, questions: 50})
	if err != nil {
		return nil, err
	}
	full, err := c.asked(ctx, asking{of: of, questions: 500, events: beside})
	if err != nil {
		return nil, err
	}
	slow, err := c.asked(ctx, asking{of: of, questions: 200, rate: paced, events: beside})
	if err != nil {
		return nil, err
	}
	return []result{
		{Name: "lineage.300.cpu", Value: alone.server, Unit: "ms", N: len(alone.took), Notes: fmt.Sprintf("processor time of the server a question, no events; its client's beside: %.2f ms", alone.client)},
		{Name: "lineage.300.p95", Value: ms(percentile(full.took, 0.95)), Unit: "ms", N: len(full.took),
			Notes: fmt.Sprintf("GraphQL, %d clients that ask without a pause: %s", askers, full)},
		{Name: "lineage.300.paced.p95", Value: ms(percentile(slow.took, 0.95)), Unit: "ms", N: len(slow.took),
			Notes: fmt.Sprintf("GraphQL, %d clients that ask %d times a second each, from when a question was due: %s", askers, paced, slow)},
	}, nil
}

// asking is how clients ask.
type asking struct {
	of load.Company // whose tables they ask about
	// questions are what each client asks, rate how many a second; 0: each as
	// soon as the one before is answered.
	questions int
	rate      float64
	// events come in a second meanwhile; 0: none.
	events float64
}

// answered is what came of it.
type answered struct {
	took           []time.Duration
	events         float64 // accepted a second
	slowest        float64 // ms, p95 of an event's acknowledgement
	server, client float64 // ms of processor time, by question; events included
	rate           float64 // questions a second
}

// String is for the notes of a row.
func (a answered) String() string {
	return fmt.Sprintf("p50 %.3g ms, p99 %.3g ms, %.0f questions/s; beside %.0f events/s, acknowledged in p95 %.3g ms",
		ms(percentile(a.took, 0.5)), ms(percentile(a.took, 0.99)), a.rate, a.events, a.slowest)
}

// asked lets clients ask for 300 nodes while known events come in.
func (c *child) asked(ctx context.Context, how asking) (answered, error) {
	feeding, stop := context.WithCancel(ctx)
	defer stop()
	var fed load.Report
	var feeder sync.WaitGroup
	if how.events > 0 {
		feeder.Go(func() { fed = c.feed(feeding, how.of, how.events) })
	}
	server, own, began := c.cpu(), cpuTime(), time.Now()
	took, err := c.askAll(ctx, how)
	server, own = c.cpu()-server, cpuTime()-own
	out := answered{took: took, server: ms(server) / float64(len(took)), client: ms(own) / float64(len(took)), rate: float64(len(took)) / time.Since(began).Seconds()}
	stop()
	feeder.Wait()
	if how.events > 0 {
		out.events, out.slowest = fed.Rate(), ms(fed.Percentile(0.95))
		err = errors.Join(err, fed.All(), c.noneAside(ctx))
	}
	return out, err
}

// feed sends events of 300 known jobs until ctx ends, over connections that are
// kept: runs that a kept company does not know, the last one of which ends now,
// as weir sets aside what says that it comes from the future.
func (c *child) feed(ctx context.Context, big load.Company, rate float64) load.Report {
	big.Since = time.Now().Add(-mostFed * time.Second)
	return load.Send(ctx, load.Sending{URL: c.url + "/api/v1/lineage", Producers: 16, Events: mostFed, Rate: rate,
		Body: func(i int) []byte { return big.Event(i%knownJobs, i) }})
}

// mostFed is more than comes in while questions are asked.
const mostFed = 300_000

func (c *child) askAll(ctx context.Context, how asking) (took []time.Duration, err error) {
	var clients sync.WaitGroup
	var mu sync.Mutex
	start := time.Now()
	for client := range askers {
		clients.Go(func() {
			for i := range how.questions {
				due := how.due(start, client, i)
				load.Until(ctx, due)
				askErr := c.ask300(ctx, how.of, client*how.questions+i)
				mu.Lock()
				took, err = append(took, time.Since(due)), errors.Join(err, askErr)
				mu.Unlock()
			}
		})
	}
	clients.Wait()
	return took, err
}

// due is when a client asks; clients that ask at a rate do not all ask at once.
func (a asking) due(start time.Time, client, i int) time.Time {
	if a.rate == 0 {
		return time.Now()
	}
	turn := float64(i) + float64(client)/askers
	return start.Add(time.Duration(turn / a.rate * float64(time.Second)))
}

// ask300 asks about another table each time. It counts nodes in the text:
// reading JSON here would take the server's processors.
func (c *child) ask300(ctx context.Context, big load.Company, i int) error {
	answer, err := c.answer(ctx, lineageQuery, map[string]any{"r": tableOf(big.Jobs() - 1 - i%10_000)}, nil)
	if err != nil {
		return err
	}
	if n := bytes.Count(answer, []byte(`"distance":`)); n != 300 || bytes.Contains(answer, []byte(`"errors":`)) {
		return fmt.Errorf("%d nodes, not 300: %.300s", n, answer)
	}
	return nil
}

// cpu is the processor time that the process has used so far: utime and stime
// of /proc/PID/stat, in hundredths of a second (proc_pid_stat(5)).
func (c *child) cpu() time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(b), ") ") // the name may hold anything
	var sum int64
	for _, field := range strings.Fields(after)[11:13] {
		ticks, _ := strconv.ParseInt(field, 10, 64)
		sum += ticks
	}
	return time.Duration(sum) * 10 * time.Millisecond
}
