package search_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/search"
	"github.com/weirhq/weir/internal/warehouse"
)

const many = 160_000

// fill applies assets in changes of the size that a follower makes.
func fill(tb testing.TB, i *search.Index, assets []catalog.Asset) {
	tb.Helper()
	pos, err := i.Position(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	for part := range slices.Chunk(assets, 500) {
		c := graph.Change{After: pos, Position: pos + 1}
		for _, a := range part {
			c.Rows = append(c.Rows, graph.Row{Asset: a})
		}
		if err := i.Apply(tb.Context(), c); err != nil {
			tb.Fatal(err)
		}
		pos++
	}
}

func BenchmarkApply(b *testing.B) {
	assets := warehouse.Assets(20_000, 20)
	for _, known := range []bool{false, true} {
		name := map[bool]string{false: "new", true: "known"}[known]
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				i := open(b, filepath.Join(b.TempDir(), "search.db"))
				if known {
					fill(b, i, assets)
				}
				b.StartTimer()
				fill(b, i, assets)
			}
			b.ReportMetric(float64(len(assets)*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkCount is what the machine can do: one look at all names.
func BenchmarkCount(b *testing.B) {
	var names []byte
	for _, a := range warehouse.Assets(many, 0) {
		names = append(names, a.Name.Name+"\n"...)
	}
	b.SetBytes(int64(len(names)))
	for b.Loop() {
		bytes.Count(names, []byte("nowhere"))
	}
}

func BenchmarkFind(b *testing.B) {
	i := open(b, filepath.Join(b.TempDir(), "search.db"))
	fill(b, i, warehouse.Assets(many, 20))
	for name, q := range map[string]search.Query{
		"name":        {Text: "sales.marts.orders"},
		"whole":       {Text: "orders_daily_159999"},
		"word":        {Text: "orders"},
		"prefix":      {Text: "ord"},
		"infix":       {Text: "rders_da"},
		"common":      {Text: "load"},
		"two words":   {Text: "finance invoices"},
		"three":       {Text: "risk marts snapshot"},
		"column":      {Text: "user_agent"},
		"rare":        {Text: "159999"},
		"absent":      {Text: "nowhere"},
		"scattered":   {Text: "ers_ord"},
		"one letter":  {Text: "o"},
		"two":         {Text: "or"},
		"owner":       {Text: "orders", Owner: "team:risk"},
		"jobs":        {Text: "orders", Type: catalog.TypeJob},
		"namespace":   {Text: "warehouse-3:5432"},
		"description": {Text: "as marts has them"},
		"list":        {},
		"list owner":  {Owner: "team:risk", Tag: "tier"},
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				if _, err := i.Find(b.Context(), q); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[0].Microseconds())/1000, "min-ms")
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
		})
	}
}
