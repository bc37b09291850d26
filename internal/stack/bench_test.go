package stack_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/weirhq/weir/bench/load"
	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/internal/stack"
)

// BenchmarkFile files events that are interpreted already, 1,000 a batch, and
// prints processor time an event, which other load does not change much: known
// are new runs of 500 jobs, grown are new jobs with new datasets.
func BenchmarkFile(b *testing.B) {
	c := load.Company{Seed: 1, Assets: 1_500, Edges: 1_500}
	for name, event := range map[string]func(int) []byte{"known": c.Repeat, "grown": c.Growth} {
		b.Run(name, func(b *testing.B) {
			s, err := stack.Open(b.Context(), b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			n := 0
			batch := func() (out []catalog.Projected) {
				for range 1000 {
					n++
					out = append(out, ingest.InterpretEntry(catalog.Entry{Position: catalog.Position(n), Kind: catalog.EntryEvent, ReceivedAt: time.Now(), Body: event(n)}))
				}
				return out
			}
			file := func(entries []catalog.Projected) {
				if _, err := s.History.Project(b.Context(), entries); err != nil {
					b.Fatal(err)
				}
			}
			file(batch())
			var used time.Duration
			for b.Loop() {
				entries := batch()
				before := cpuTime(b)
				file(entries)
				used += cpuTime(b) - before
			}
			b.ReportMetric(float64(used.Microseconds())/float64(b.N)/1000, "cpu-µs/event")
		})
	}
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
