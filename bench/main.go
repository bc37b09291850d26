// Command bench measures weir against the physical limit in the same run and
// prints one table; bench/out/results.json holds the same. Each ratio names its
// yardstick: what the machine can do when nothing but the bare work is done.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

// result is one row of the table.
type result struct {
	Name           string  `json:"name"`
	Value          float64 `json:"value"`
	Unit           string  `json:"unit"`
	Ratio          float64 `json:"ratio,omitempty"`
	Yardstick      string  `json:"yardstick,omitempty"`
	YardstickValue float64 `json:"yardstick_value,omitempty"`
	N              int     `json:"n"`
	Notes          string  `json:"notes,omitempty"`
}

func main() {
	only := flag.String("only", "", "run only names with this prefix")
	rounds := flag.Int("rounds", 3, "interleaved rounds of which the median counts")
	profile := flag.String("cpuprofile", "", "write a CPU profile")
	flag.Parse()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		defer pprof.StopCPUProfile()
	}
	if err := run(context.Background(), *only, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, rounds int) error {
	var all []result
	for _, b := range []struct {
		name string
		fn   func(context.Context, int) ([]result, error)
	}{{"ingest", benchIngest}, {"lineage", benchLineage}, {"action", benchAction}} {
		if !strings.HasPrefix(b.name, only) {
			continue
		}
		fmt.Fprintln(os.Stderr, "measuring", b.name)
		rs, err := b.fn(ctx, rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		all = append(all, rs...)
	}
	printTable(all)
	return write(all)
}

func printTable(all []result) {
	fmt.Printf("machine: %d cores, %s/%s, %s\n", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	fmt.Printf("%-22s %12s %-10s %8s  %s\n", "name", "value", "unit", "ratio", "yardstick")
	for _, r := range all {
		ratio := ""
		if r.Ratio > 0 {
			ratio = fmt.Sprintf("%.2f", r.Ratio)
		}
		yard := r.Yardstick
		if yard != "" {
			yard = fmt.Sprintf("%s: %.4g %s", r.Yardstick, r.YardstickValue, r.Unit)
		}
		fmt.Printf("%-22s %12.4g %-10s %8s  %s %s\n", r.Name, r.Value, r.Unit, ratio, yard, r.Notes)
	}
}

func write(all []result) error {
	path := filepath.Join("bench", "out", "results.json")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	b, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
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
