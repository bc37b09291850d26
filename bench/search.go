package main

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/search"
	"github.com/weirhq/weir/internal/warehouse"
)

// searches are what people type: beginnings, middles, whole names, several
// words, columns, and what is nowhere.
var searches = []search.Query{
	{Text: "ord"}, {Text: "orders"}, {Text: "rders_da"}, {Text: "sales.marts.orders"}, {Text: "finance invoices"}, {Text: "snapshot"}, {Text: "159999"},
	{Text: "user_ag"}, {Text: "nowhere"}, {Text: "orders", Type: catalog.TypeJob}, {Text: "cust", Owner: "team:risk"}, {Text: "warehouse-3:5432/sales"},
}

// benchSearch asks an index of many names for the first 50 of each search, in
// turn with the bare look at all names.
func benchSearch(ctx context.Context, s settings) ([]result, error) {
	dir, err := os.MkdirTemp("", "weir-bench-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	index, err := search.Open(ctx, filepath.Join(dir, "search.db"))
	if err != nil {
		return nil, err
	}
	defer index.Close()
	searched := s.Company.Assets / 5 * 8 // an asset has more than one name
	names, filled, err := indexAll(ctx, index, warehouse.Each(searched, s.Company.Columns))
	if err != nil {
		return nil, err
	}
	var p95, yard []float64
	n := 0
	for range s.Rounds {
		var took, bare []time.Duration
		for range 10 {
			for _, q := range searches {
				start := time.Now()
				if _, err := index.Find(ctx, q); err != nil {
					return nil, err
				}
				took = append(took, time.Since(start))
				start = time.Now()
				bytes.Count(names, []byte(q.Text))
				bare = append(bare, time.Since(start))
			}
		}
		n += len(took)
		p95, yard = append(p95, ms(percentile(took, 0.95))), append(yard, ms(percentile(bare, 0.95)))
	}
	return []result{
		{Name: "search." + short(searched) + ".p95", Value: median(p95), Unit: "ms", Ratio: median(p95) / median(yard), Yardstick: "bytes.Count over all names", YardstickValue: median(yard), N: n, Notes: "times slower; 20 columns each, ranked, first 50"},
		{Name: "search.apply", Value: float64(searched) / filled.Seconds(), Unit: "assets/s", N: searched, Notes: fmt.Sprintf("new assets into the index, in changes of %d", perChange)},
	}, nil
}

const perChange = 500

// indexAll gives the names that it put in, line by line, and how long the index
// took for them.
func indexAll(ctx context.Context, index *search.Index, assets iter.Seq[catalog.Asset]) (names []byte, took time.Duration, err error) {
	c := graph.Change{Position: 1}
	put := func() {
		start := time.Now()
		err = index.Apply(ctx, c)
		took += time.Since(start)
		c = graph.Change{After: c.Position, Position: c.Position + 1, Rows: c.Rows[:0]}
	}
	for a := range assets {
		names = append(names, a.Name.Name+"\n"...)
		if c.Rows = append(c.Rows, graph.Row{Asset: a}); len(c.Rows) < perChange {
			continue
		}
		if put(); err != nil {
			return nil, 0, err
		}
	}
	put()
	return names, took, err
}
