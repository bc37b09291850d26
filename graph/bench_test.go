package graph_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
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

// benchmarkWalk measures a walk from the first dataset of 100,000 assets, in
// turn with the yardstick.
func benchmarkWalk(b *testing.B, nodes int, answer func(*graph.Topology, graph.Traversal) (int, error)) {
	c, next, root := layered(50, 1000)
	topo := graph.NewTopology()
	if err := topo.Apply(b.Context(), c); err != nil {
		b.Fatal(err)
	}
	q := graph.Traversal{Roots: []catalog.AssetID{root}, Direction: graph.Downstream, Depth: 100, MaxNodes: nodes}
	var yard time.Duration
	b.ReportAllocs()
	for b.Loop() {
		if n, err := answer(topo, q); err != nil || n != nodes {
			b.Fatalf("%d nodes, %v", n, err)
		}
		b.StopTimer()
		start := time.Now()
		bfs(next, nodes)
		yard += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(yard), "x-bfs")
}

// BenchmarkLineage and BenchmarkClosure answer from 100,000 assets; x-bfs is how
// many times longer that takes than a bare search over slices.
func BenchmarkLineage(b *testing.B) {
	for _, nodes := range []int{300, 50_000} {
		b.Run(fmt.Sprint(nodes), func(b *testing.B) {
			benchmarkWalk(b, nodes, func(t *graph.Topology, q graph.Traversal) (int, error) {
				l, err := t.Lineage(b.Context(), q)
				return len(l.Nodes), err
			})
		})
	}
}

func BenchmarkClosure(b *testing.B) {
	for _, nodes := range []int{300, 50_000} {
		b.Run(fmt.Sprint(nodes), func(b *testing.B) {
			benchmarkWalk(b, nodes, func(t *graph.Topology, q graph.Traversal) (int, error) {
				c, err := graph.Reach(b.Context(), t, q)
				return len(c.Reached), err
			})
		})
	}
}

// million is 100,000 assets with 1,000,000 edges: each of 33,000 jobs reads 29
// datasets and writes one, named by a run of its own.
func million() graph.Change {
	r := rand.New(rand.NewPCG(1, 2))
	c := graph.Change{Position: 1}
	const jobs = 33_333
	for i := range jobs {
		j := graphtest.Job(fmt.Sprint("j", i))
		row := graph.Row{Asset: j}
		for in := range 29 {
			row.Edges = append(row.Edges, graphtest.Reads(graphtest.Dataset(fmt.Sprint("d", (i+in*997+r.IntN(997))%(2*jobs))), j))
		}
		row.Edges = append(row.Edges, graphtest.Writes(j, graphtest.Dataset(fmt.Sprint("d", i))))
		for e := range row.Edges {
			row.Edges[e].Run = fmt.Sprintf("0195e000-0000-7000-8000-%012d", i)
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

// BenchmarkRestore reads a topology of a million edges as a start does. MB is
// what it takes in memory as it counts it, and on disk; heap-MB what the
// collector finds.
func BenchmarkRestore(b *testing.B) {
	topo := graph.NewTopology()
	if err := topo.Apply(b.Context(), million()); err != nil {
		b.Fatal(err)
	}
	var kept bytes.Buffer
	if _, err := topo.Save(&kept, 1); err != nil {
		b.Fatal(err)
	}
	topo = nil
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		topo = graph.NewTopology()
		if err := topo.Restore(kept.Bytes(), 1, 1); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	size, _ := topo.Size()
	b.ReportMetric(float64(size)/1e6, "MB")
	b.ReportMetric(float64(kept.Len())/1e6, "disk-MB")
	b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/1e6, "heap-MB")
}
