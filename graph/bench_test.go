package graph_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
)

// layered makes 2*layers*width assets: a job behind each dataset reads it and
// another of its layer, and writes one of the next. next is the same as slices.
func layered(layers, width int) (c graph.Change, next [][]int32, root catalog.AssetID) {
	r := rand.New(rand.NewPCG(1, 2))
	n := layers * width
	datasets, jobs := make([]catalog.Asset, n), make([]catalog.Asset, n)
	next = make([][]int32, 2*n)
	c.Position = 1
	for i := range n {
		datasets[i], jobs[i] = graphtest.Dataset(fmt.Sprint("d", i)), graphtest.Job(fmt.Sprint("j", i))
		c.Rows = append(c.Rows, graph.Row{Asset: datasets[i]})
	}
	for i := range n {
		row := graph.Row{Asset: jobs[i]}
		for in := range map[int]bool{i: true, i/width*width + r.IntN(width): true} {
			row.Edges = append(row.Edges, graphtest.Reads(datasets[in], jobs[i]))
			next[in] = append(next[in], int32(n+i))
		}
		if out := i + width; out < n {
			row.Edges = append(row.Edges, graphtest.Writes(jobs[i], datasets[out]))
			next[n+i] = append(next[n+i], int32(out))
		}
		c.Rows = append(c.Rows, row)
	}
	return c, next, datasets[0].ID
}

// bfs is the yardstick: breadth first over slices.
func bfs(next [][]int32, limit int) int {
	seen := make([]bool, len(next))
	queue := []int32{0}
	seen[0] = true
	for i := 0; i < len(queue) && len(queue) < limit; i++ {
		for _, to := range next[queue[i]] {
			if !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	return len(queue)
}

func benchmarkLineage(b *testing.B, nodes int) {
	c, next, root := layered(50, 1000)
	topo := graph.NewTopology()
	if err := topo.Apply(b.Context(), c); err != nil {
		b.Fatal(err)
	}
	q := graph.Traversal{Roots: []catalog.AssetID{root}, Direction: graph.Downstream, Depth: 100, MaxNodes: nodes}
	var yard time.Duration
	b.ReportAllocs()
	for b.Loop() {
		l, err := topo.Lineage(b.Context(), q)
		if err != nil || len(l.Nodes) != nodes {
			b.Fatalf("%d nodes, %v", len(l.Nodes), err)
		}
		b.StopTimer()
		start := time.Now()
		bfs(next, nodes)
		yard += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(yard), "x-bfs")
}

// BenchmarkLineage300 and BenchmarkClosure50k answer from 100,000 assets; x-bfs
// is how many times longer that takes than a bare search over slices.
func BenchmarkLineage300(b *testing.B) { benchmarkLineage(b, 300) }
func BenchmarkClosure50k(b *testing.B) { benchmarkLineage(b, 50_000) }
