package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weirhq/weir/bench/load"
	"github.com/weirhq/weir/catalog"
)

// big is the company that memory and starts are measured with.
var big = load.Company{Seed: 1, Assets: 100_000, Edges: 1_000_000, Columns: 20}

// bigTable is what a job of it writes.
func bigTable(job int) catalog.AssetID {
	return catalog.AssetID(catalog.DatasetName("postgres://wh:5432", fmt.Sprintf("shop.m%d.table_%d", job%31, job)).ID())
}

// benchServer lets a real server learn the big company from its events, stops
// and starts it, and asks it for lineage while events come in.
func benchServer(ctx context.Context, s settings) (out []result, err error) {
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	bin, err := buildWeir(ctx, dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	learned, err := learnBig(ctx, bin, data)
	if err != nil {
		return nil, err
	}
	c, started, err := starts(ctx, bin, data, s.Rounds)
	if err != nil {
		return nil, err
	}
	defer func() {
		if stopErr := c.stop(); err == nil {
			err = stopErr
		}
	}()
	idle, err := c.memory("VmRSS")
	if err != nil {
		return nil, err
	}
	asked, sent, err := lineageUnderLoad(ctx, c)
	if err != nil {
		return nil, err
	}
	busy, err := c.memory("VmRSS")
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("%d assets, %d edges, %d columns a table", big.Assets, big.Edges, big.Columns)
	return []result{
		{Name: "rss.100k", Value: busy, Unit: "MB", N: 1, Notes: fmt.Sprintf("%s: of weir serve that answers while events come in; %.0f just started, %.0f after it learned all from events", what, idle, learned)},
		{Name: "start.1m", Value: median(started), Unit: "ms", N: len(started), Notes: what + ": from exec to ready"},
		{Name: "lineage.300.p95", Value: ms(percentile(asked, 0.95)), Unit: "ms", N: len(asked),
			Notes: fmt.Sprintf("GraphQL, 8 clients, %d events/s beside; p50 %.3g ms, p99 %.3g ms", sent, ms(percentile(asked, 0.5)), ms(percentile(asked, 0.99)))},
	}, nil
}

// learnBig feeds a fresh server, and stops it when all of its stores hold
// everything. It gives what the server took then, in MB.
func learnBig(ctx context.Context, bin, data string) (float64, error) {
	c, err := startChild(ctx, bin, data)
	if err != nil {
		return 0, err
	}
	report := load.Send(ctx, load.Sending{URL: c.url + "/api/v1/lineage", Events: big.Jobs(), Body: func(i int) []byte { return big.Event(i, i) }})
	if err := report.All(); err != nil {
		return 0, err
	}
	if err := c.caughtUp(ctx, bigTable(0), big.Jobs()); err != nil {
		return 0, err
	}
	rss, err := c.memory("VmRSS")
	if err != nil {
		return 0, err
	}
	return rss, c.stop()
}

// starts starts the server some times; the last one runs on.
func starts(ctx context.Context, bin, data string, rounds int) (c *child, took []float64, err error) {
	for {
		if c, err = startChild(ctx, bin, data); err != nil {
			return nil, nil, err
		}
		if took = append(took, ms(c.ready)); len(took) == rounds {
			return c, took, nil
		}
		if err := c.stop(); err != nil {
			return nil, nil, err
		}
	}
}

// lineageQuery is what a picture of lineage asks for.
const lineageQuery = `query($r: ID!) { lineage(roots: [$r], direction: UPSTREAM, depth: 20, maxNodes: 300) {
	complete cut position nodes { distance hiddenUpstream hiddenDownstream asset { id name { namespace name } } } edges { source target type } } }`

// lineageUnderLoad asks for 300 nodes with 8 clients while known events come in,
// a thousand a second as far as the machine bears it. It gives how long answers
// took and how many events a second were sent.
func lineageUnderLoad(ctx context.Context, c *child) (took []time.Duration, rate int, err error) {
	const clients, questions = 8, 100
	feeding, stop := context.WithCancel(ctx)
	defer stop()
	began := time.Now()
	var sent atomic.Int64
	var feeders, askers sync.WaitGroup
	feeders.Go(func() { feed(feeding, c, &sent) })
	var mu sync.Mutex
	for client := range clients {
		askers.Go(func() {
			for i := range questions {
				start := time.Now()
				answer, askErr := c.answer(ctx, lineageQuery, map[string]any{"r": bigTable(big.Jobs() - 1 - client*questions - i)}, nil)
				d := time.Since(start)
				nodes := bytes.Count(answer, []byte(`"distance":`)) // reading JSON here would take the server's processors
				mu.Lock()
				if took = append(took, d); askErr != nil || nodes != 300 {
					err = errors.Join(askErr, fmt.Errorf("%d nodes, not 300: %.300s", nodes, answer))
				}
				mu.Unlock()
			}
		})
	}
	askers.Wait()
	rate = int(float64(sent.Load()) / time.Since(began).Seconds())
	stop()
	feeders.Wait()
	return took, rate, err
}

// feed sends ten events each hundredth of a second, unless the last ten are
// still on their way.
func feed(ctx context.Context, c *child, sent *atomic.Int64) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for run := big.Jobs(); ; run += 10 {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			report := load.Send(ctx, load.Sending{URL: c.url + "/api/v1/lineage", Producers: 10, Events: 10, Body: func(i int) []byte { return big.Event((run+i)%300, run+i) }})
			sent.Add(int64(report.Accepted))
		}
	}
}
