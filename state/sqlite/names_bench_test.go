package sqlite

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// BenchmarkNames looks names up among a million held in memory, as every event
// and every question does.
func BenchmarkNames(b *testing.B) {
	const count = 1_000_000
	name := func(i int) catalog.Name {
		return catalog.DatasetName("postgres://warehouse.example:5432", fmt.Sprintf("db%d.schema%d.table_%d", i%7, i%50, i))
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	t := newNameTable()
	for i := range count {
		t.add(name(i), 1, true)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.Run("collect", func(b *testing.B) { // what one collection costs while they are held
		for b.Loop() {
			runtime.GC()
		}
		runtime.KeepAlive(t)
	})
	b.Run("lookup", func(b *testing.B) {
		i := 0
		for b.Loop() {
			if r := t.get(name(i % count)); !r.known() || t.asset(r.pk).IsZero() {
				b.Fatal("not found")
			}
			i += 7919
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lookups/s")
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/count, "B/name")
		runtime.KeepAlive(t)
	})
}
