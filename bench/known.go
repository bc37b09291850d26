package main

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weirhq/weir/bench/load"
	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/state/sqlite"
)

// known is a weir that knows a company.
type known struct {
	*weir
	company load.Company
	dir     string
	rates   []float64
	cpu     []float64
}

// knownJobs is how many jobs send the events that are measured: the same ones,
// with the same events, whatever the size of the company around them.
const knownJobs = 300

// benchKnown shows that an event that repeats what is known costs the same in
// a company of a thousand assets, of a hundred thousand, of a million, and of as
// many as were asked for.
func benchKnown(ctx context.Context, s settings) ([]result, error) {
	var all []*known
	defer func() {
		for _, k := range all {
			k.close()
			os.RemoveAll(k.dir)
		}
	}()
	for _, assets := range []int{1_000, 100_000, 1_000_000, s.Company.Assets} {
		if len(all) > 0 && assets <= all[len(all)-1].company.Assets {
			continue
		}
		k, err := openKnown(ctx, load.Company{Seed: 1, Assets: assets, Edges: assets})
		if err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	for round := range s.Rounds + 1 { // the first one warms up
		for _, k := range all {
			if err := k.round(ctx, round); err != nil {
				return nil, err
			}
		}
	}
	return knownRows(all), nil
}

func openKnown(ctx context.Context, c load.Company) (*known, error) {
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return nil, err
	}
	w, err := openWeir(ctx, dir, false)
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	k := &known{weir: w, company: c, dir: dir}
	began := time.Now()
	if err := w.learn(ctx, c); err != nil {
		k.close()
		os.RemoveAll(dir)
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "learned %d assets in %s\n", c.Assets, time.Since(began).Round(time.Second))
	return k, nil
}

// learn appends one event of each job, and waits until all of it is known.
func (w *weir) learn(ctx context.Context, c load.Company) error {
	if err := learn(ctx, w.journal, c); err != nil {
		return err
	}
	return w.wait(ctx)
}

// learn appends one event of each job of a company.
func learn(ctx context.Context, j *sqlite.Journal, c load.Company) error {
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range 256 {
		g.Go(func() error {
			for i := int(next.Add(1) - 1); i < c.Jobs(); i = int(next.Add(1) - 1) {
				if _, err := j.Append(ctx, catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: time.Now(), Body: c.Event(i, i)}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

func (k *known) round(ctx context.Context, round int) error {
	const n = 8_000
	first := k.company.Jobs() + round*n
	t, err := k.take(ctx, bodies(n, func(i int) []byte { return k.company.Event(i%knownJobs, first+i) }))
	if err == nil && round > 0 {
		k.rates, k.cpu = append(k.rates, t.caughtUp), append(k.cpu, t.cpu)
	}
	return err
}

// name is that of its row.
func (k *known) name() string {
	if k.company.Assets >= 1_000_000 {
		return fmt.Sprintf("ingest.repeat.%dm", k.company.Assets/1_000_000)
	}
	return fmt.Sprintf("ingest.repeat.%dk", k.company.Assets/1_000)
}

// knownRows compares each with the smallest, round by round.
func knownRows(all []*known) []result {
	var out []result
	for _, k := range all {
		r := result{Name: k.name(), Value: median(k.rates), Unit: "events/s", N: len(k.rates),
			Notes: fmt.Sprintf("%d jobs of a company of %d assets, until the state holds it; %.0f µs CPU an event", knownJobs, k.company.Assets, median(k.cpu))}
		if k != all[0] {
			r.Ratio, r.Yardstick, r.YardstickValue = medianRatio(k.rates, all[0].rates), all[0].name(), median(all[0].rates)
		}
		out = append(out, r)
	}
	return out
}

// medianRatio is the median of the ratios of what was measured side by side.
func medianRatio(a, b []float64) float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] / b[i]
	}
	return median(out)
}
