package sqlite

import (
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"syscall"
	"testing"
	"time"

	"github.com/weirhq/weir/bench/load"
	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
)

// BenchmarkFileAmong files new runs of 300 jobs, interpreted already and 1,000 a
// batch, in a process that holds so many other names. It prints the processor
// time of an event, and what of it was spent collecting garbage.
func BenchmarkFileAmong(b *testing.B) {
	for _, names := range []int{1_000, 1_000_000} {
		b.Run(fmt.Sprint(names), func(b *testing.B) {
			h := benchHistory(b)
			for i := range names {
				h.names.add(catalog.DatasetName("postgres://warehouse.example:5432", fmt.Sprintf("db%d.schema%d.table_%d", i%7, i%50, i)), 1, true)
			}
			fileBatches(b, h)
			runtime.KeepAlive(h)
		})
	}
}

func benchHistory(b *testing.B) *History {
	db, err := Open(b.Context(), filepath.Join(b.TempDir(), "state.db"))
	if err != nil {
		b.Fatal(err)
	}
	h, err := NewHistory(b.Context(), db)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { h.Close(); db.Close() })
	return h
}

func fileBatches(b *testing.B, h *History) {
	company := load.Company{Seed: 1, Assets: 900, Edges: 900}
	var cpu time.Duration
	var gc float64
	for n := 0; b.Loop(); n++ {
		entries := make([]catalog.Projected, 1000)
		for i := range entries {
			at := n*len(entries) + i
			entries[i] = ingest.InterpretEntry(catalog.Entry{Position: catalog.Position(at + 1), Kind: catalog.EntryEvent, Body: company.Repeat(at)})
		}
		cpuBefore, gcBefore := spentTime(b)
		if _, err := h.Project(b.Context(), entries); err != nil {
			b.Fatal(err)
		}
		cpuAfter, gcAfter := spentTime(b)
		cpu, gc = cpu+cpuAfter-cpuBefore, gc+gcAfter-gcBefore
	}
	b.ReportMetric(float64(cpu.Microseconds())/float64(b.N)/1000, "cpu-µs/event")
	b.ReportMetric(gc*1e6/float64(b.N)/1000, "gc-µs/event")
}

// spentTime is the processor time of this process, and the seconds of it that
// the garbage collector had.
func spentTime(b *testing.B) (all time.Duration, gc float64) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	s := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/cpu/classes/gc/mark/idle:cpu-seconds"}}
	metrics.Read(s)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), s[0].Value.Float64() - s[1].Value.Float64()
}
