package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/weirhq/weir/bench/load"
	"github.com/weirhq/weir/catalog"
)

// tableOf is what a job of a company writes.
func tableOf(job int) catalog.AssetID {
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
	data, learned, err := learnedBig(ctx, s.Company, bin, s.Data, dir)
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
	rows, err := benchAsking(ctx, c, s.Company)
	if err != nil {
		return nil, err
	}
	busy, err := c.memory("VmRSS")
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("%d assets, %d edges, %d columns a table", s.Company.Assets, s.Company.Edges, s.Company.Columns)
	return append([]result{
		{Name: "rss." + short(s.Company.Assets), Value: busy, Unit: "MB", N: 1, Notes: what + ": of weir serve that answers while events come in" + rssNotes(idle, learned)},
		{Name: "start." + short(s.Company.Edges), Value: median(started), Unit: "ms", N: len(started), Notes: what + ": from exec to ready"},
	}, rows...), nil
}

func rssNotes(idle, learned float64) string {
	if learned == 0 {
		return fmt.Sprintf("; %.0f just started", idle)
	}
	return fmt.Sprintf("; %.0f just started, %.0f after it learned all from events", idle, learned)
}

// learnedBig gives a data directory that knows the big company: the one kept
// from an earlier run, or a new one in keep, or in dir when none is to be kept.
// rss is what learning took, 0 when it was done before.
func learnedBig(ctx context.Context, big load.Company, bin, keep, dir string) (data string, rss float64, err error) {
	if keep == "" {
		keep = dir
	}
	keep = filepath.Join(keep, short(big.Assets))
	data = filepath.Join(keep, "data")
	done := filepath.Join(keep, "learned")
	if _, err := os.Stat(done); err == nil {
		return data, 0, nil
	}
	if err := os.RemoveAll(data); err != nil {
		return "", 0, err
	}
	if err := os.MkdirAll(keep, 0o700); err != nil {
		return "", 0, err
	}
	if rss, err = learnBig(ctx, big, bin, data); err != nil {
		return "", 0, err
	}
	return data, rss, os.WriteFile(done, nil, 0o600)
}

// learnBig feeds a fresh server, and stops it when all of its stores hold
// everything. It gives what the server took then, in MB.
func learnBig(ctx context.Context, big load.Company, bin, data string) (rss float64, err error) {
	c, err := startChild(ctx, bin, data)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	report := load.Send(ctx, load.Sending{URL: c.url + "/api/v1/lineage", Events: big.Jobs(), Body: func(i int) []byte { return big.Event(i, i) }, Again: true})
	if err := report.All(); err != nil {
		return 0, err
	}
	if err := c.caughtUp(ctx, tableOf(0), big.Jobs()); err != nil {
		return 0, err
	}
	return c.memory("VmRSS")
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
