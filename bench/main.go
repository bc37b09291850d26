// Command bench measures weir against the physical limit in the same run and
// prints one table; bench/out/results.json holds the same. Each ratio names its
// yardstick: what the machine can do when nothing but the bare work is done.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/bench/load"
)

// settings are what a run was asked for.
type settings struct {
	// Rounds is how many interleaved rounds a ratio is the median of.
	Rounds int
	// Company is what rows of no size of their own are measured in.
	Company load.Company
	// Data is where a real server keeps the big company from one run to the
	// next; "": it learns it anew, which takes minutes.
	Data string
}

// scales are what -scale knows: companies by name.
var scales = map[string]load.Company{
	"100k": {Seed: 1, Assets: 100_000, Edges: 1_000_000, Columns: 20},
	"2m":   {Seed: 1, Assets: 2_000_000, Edges: 10_000_000, Columns: 20},
}

// measurement fills rows of the table. names, separated by spaces, are what
// the names of its rows begin with; -only chooses by them.
type measurement struct {
	names string
	run   func(context.Context, settings) ([]result, error)
}

// measurements are all there are, in the order of the table: one line each.
var measurements = []measurement{
	{"ingest.repeat", benchRepeat},
	{"ingest.growth", benchGrowth},
	{"ingest.repeat.1k ingest.repeat.100k ingest.repeat.1m", benchKnown},
	{"closure.50k lineage.50k start.100k", benchLineage},
	{"fields", benchFields},
	{"rss start.1m lineage.300", benchServer},
	{"ingest.repeat.neo4j", benchNeo4jIntake},
	{"project.repeat.neo4j", benchNeo4jRepeat},
	{"project.growth.neo4j", benchNeo4jGrowth},
	{"closure.50k.neo4j closure.50k.neo4j.asof", benchNeo4jAsOf},
	{"merge.hub100k", benchNeo4jMerge},
	{"project.history", benchHistory},
	{"decide.event decide.cost.growth action.sent", benchAction},
	{"decide.load decide.cost.1k decide.cost.10k decide.cost.100k decide.start", benchDecide},
	{"search", benchSearch},
	{"simulate company", benchSimulate},
}

func main() {
	only := flag.String("only", "", "measure only what begins with one of these, separated by commas")
	rounds := flag.Int("rounds", 3, "interleaved rounds of which the median counts")
	scale := flag.String("scale", "100k", "size of the company: 100k, or 2m, which takes long and much disk")
	data := flag.String("data", "", "directory that keeps the learned company of rss, start.1m and lineage.300 from one run to the next")
	profile := flag.String("cpuprofile", "", "write a CPU profile")
	flag.Parse()
	if err := measure(*profile, *only, *scale, settings{Rounds: *rounds, Data: *data}); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measure runs what was chosen, under a profile if one was asked for.
func measure(profile, only, scale string, s settings) error {
	var ok bool
	if s.Company, ok = scales[scale]; !ok {
		return fmt.Errorf("-scale %q is not known: 100k or 2m", scale)
	}
	stop, err := startProfile(profile)
	if err != nil {
		return err
	}
	defer stop()
	return run(context.Background(), chosen(only), s)
}

func startProfile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	stop = func() { pprof.StopCPUProfile(); f.Close() }
	return stop, pprof.StartCPUProfile(f)
}

// chosen are the measurements that a list of prefixes names: a prefix may be
// shorter than what a measurement is called by, or the name of one of its rows.
func chosen(only string) []measurement {
	var out []measurement
	for _, m := range measurements {
		if slices.ContainsFunc(strings.Split(only, ","), m.chosen) {
			out = append(out, m)
		}
	}
	return out
}

func (m measurement) chosen(prefix string) bool {
	return slices.ContainsFunc(strings.Fields(m.names), func(name string) bool {
		return strings.HasPrefix(name, prefix) || strings.HasPrefix(prefix, name+".")
	})
}

// run measures one after the other. What fails is told at the end, and the rest
// is printed all the same.
func run(ctx context.Context, list []measurement, s settings) error {
	if len(list) == 0 {
		return fmt.Errorf("-only names nothing that is measured")
	}
	on, err := look()
	if err != nil {
		return err
	}
	var all []result
	var failed error
	for _, m := range list {
		start := time.Now()
		fmt.Fprintln(os.Stderr, "measuring", m.names)
		rows, err := m.run(ctx, s)
		if err != nil {
			failed = fmt.Errorf("%s: %w", m.names, err)
			fmt.Fprintln(os.Stderr, "bench:", failed)
		}
		fmt.Fprintf(os.Stderr, "measured %s in %s\n", m.names, time.Since(start).Round(time.Second))
		all = append(all, rows...)
	}
	judge(all)
	printTable(on, all)
	if err := write(on, all); err != nil {
		return err
	}
	return failed
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}

func percentile(v []time.Duration, p float64) time.Duration {
	s := slices.Sorted(slices.Values(v))
	return s[min(int(float64(len(s))*p), len(s)-1)]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
