// Command peer sends the events of a made-up company to any OpenLineage
// receiver and says how it bore them: the same events for the same seed, so
// that receivers can be compared.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/weirhq/weir/bench/load"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

// run sends both workloads, or one, and prints a line for each.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("peer", flag.ContinueOnError)
	target := flags.String("url", "", "the receiver; without a path /api/v1/lineage is meant")
	workload := flags.String("workload", "", "repeat (500 jobs, new runs) or growth (each event a new job and new datasets); empty: both")
	events := flags.Int("events", 20_000, "events to send, a quarter of it in growth")
	producers := flags.Int("producers", 64, "producers, each with its connection")
	seed := flags.Uint64("seed", 1, "what the events follow from; another seed has other runs")
	if err := flags.Parse(args); err != nil {
		return err
	}
	at, err := endpoint(*target)
	if err != nil {
		return err
	}
	s := load.Sending{URL: at, Producers: *producers}
	company := load.Company{Seed: *seed, Assets: 1_500, Edges: 1_500}
	failed := 0
	for _, w := range []struct {
		name   string
		events int
		body   func(int) []byte
	}{{"repeat", *events, company.Repeat}, {"growth", *events / 4, company.Growth}} {
		if *workload != "" && *workload != w.name {
			continue
		}
		s.Events, s.Body = w.events, w.body
		report := load.Send(ctx, s)
		failed += w.events - report.Accepted
		tell(out, w.name, report)
	}
	if failed > 0 {
		return fmt.Errorf("%d events were not accepted", failed)
	}
	return ctx.Err()
}

// endpoint completes the address of a receiver.
func endpoint(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("-url %q is no address of a receiver: give one as http://127.0.0.1:8080", text)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/api/v1/lineage"
	}
	return u.String(), nil
}

func tell(out io.Writer, name string, r load.Report) {
	ms := func(p float64) float64 { return float64(r.Percentile(p)) / float64(time.Millisecond) }
	fmt.Fprintf(out, "%-8s %d accepted in %.1f s, %.0f/s; latency p50 %.1f ms, p95 %.1f ms, p99 %.1f ms\n",
		name, r.Accepted, r.Took.Seconds(), r.Rate(), ms(0.5), ms(0.95), ms(0.99))
	for _, status := range slices.Sorted(maps.Keys(r.Refused)) {
		fmt.Fprintf(out, "%-8s %d refused with status %d\n", "", r.Refused[status], status)
	}
	if r.Failed > 0 {
		fmt.Fprintf(out, "%-8s %d without an answer: %v\n", "", r.Failed, r.Failure)
	}
}
