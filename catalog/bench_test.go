package catalog

import (
	"fmt"
	"runtime"
	"testing"
)

// million gives a million names as a company has them: tables, half of them
// spelled by producers in two ways, and paths.
func million() []Name {
	out := make([]Name, 0, 1_000_000)
	for i := range 250_000 {
		table := fmt.Sprintf("db%d.schema%d.table_%d", i%7, i%50, i)
		out = append(out, DatasetName("postgres://warehouse.example:5432", table), DatasetName("postgresql+psycopg2://Warehouse.example", table),
			DatasetName("bigquery", table), DatasetName("s3://lake", "warehouse/"+table))
	}
	return out
}

func filled(names []Name) (r *Resolver, perName float64) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r = NewResolver()
	for _, n := range names {
		r.AddName(n)
		if canonical, rule := Normalise(n); canonical != n {
			r.AddEvidence(Evidence{A: n, B: canonical, Origin: OriginNormalised, Detail: rule})
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	return r, float64(after.HeapAlloc-before.HeapAlloc) / float64(len(names))
}

// BenchmarkResolver looks up names among a million, and adds as many.
func BenchmarkResolver(b *testing.B) {
	names := million()
	b.Run("lookup", func(b *testing.B) {
		r, perName := filled(names)
		b.ResetTimer()
		i := 0
		for b.Loop() {
			if r.Asset(names[i%len(names)].ID()).IsZero() {
				b.Fatal("no asset")
			}
			i += 7919
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lookups/s")
		b.ReportMetric(perName, "B/name")
		runtime.KeepAlive(r)
	})
	b.Run("add", func(b *testing.B) {
		r, i := NewResolver(), 0
		for b.Loop() {
			n := names[i%len(names)]
			r.AddName(n)
			if canonical, rule := Normalise(n); canonical != n {
				r.AddEvidence(Evidence{A: n, B: canonical, Origin: OriginNormalised, Detail: rule})
			}
			i++
		}
	})
}

func BenchmarkNormalise(b *testing.B) {
	names, i := million()[:4096], 0
	b.ReportAllocs()
	for b.Loop() {
		Normalise(names[i%len(names)])
		i++
	}
}
