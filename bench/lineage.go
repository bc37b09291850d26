package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

const layers, perLayer = 50, 1000 // of datasets; as many jobs between them

func benchAsset(t catalog.AssetType, i int) catalog.Asset {
	n := catalog.Name{Type: t, Namespace: "ns", Name: fmt.Sprint("a", i)}
	return catalog.Asset{ID: catalog.AssetID(n.ID()), Type: t, Name: n}
}

// bigGraph has 100,000 assets in layers; each job reads two datasets of its
// layer and writes one of the next. next is the same graph as plain slices.
func bigGraph() (graph.Change, [][]int32, []catalog.AssetID) {
	r := rand.New(rand.NewPCG(1, 2))
	n := layers * perLayer
	ids := make([]catalog.AssetID, 2*n)
	next := make([][]int32, 2*n)
	c := graph.Change{Position: 1}
	for i := range n {
		a := benchAsset(catalog.TypeDataset, i)
		ids[i] = a.ID
		c.Rows = append(c.Rows, graph.Row{Asset: a})
	}
	for i := range n - perLayer {
		job := benchAsset(catalog.TypeJob, i)
		ids[n+i] = job.ID
		layer := i / perLayer
		row := graph.Row{Asset: job}
		ins := map[int]bool{i: true, layer*perLayer + r.IntN(perLayer): true}
		for in := range ins {
			row.Edges = append(row.Edges, catalog.Edge{Type: catalog.EdgeReads, Source: ids[in], Target: job.ID, Origin: catalog.EdgeObserved, From: time.Unix(1, 0)})
			next[in] = append(next[in], int32(n+i))
		}
		out := (layer+1)*perLayer + i%perLayer
		row.Edges = append(row.Edges, catalog.Edge{Type: catalog.EdgeWrites, Source: job.ID, Target: ids[out], Origin: catalog.EdgeObserved, From: time.Unix(1, 0)})
		next[n+i] = append(next[n+i], int32(out))
		c.Rows = append(c.Rows, row)
	}
	return c, next, ids
}

// bfs is the yardstick: breadth first over slices with one mark each.
func bfs(next [][]int32, root int32, limit int) int {
	seen := make([]bool, len(next))
	queue := []int32{root}
	seen[root] = true
	for i := 0; i < len(queue) && len(queue) < limit; i++ {
		for _, t := range next[queue[i]] {
			if !seen[t] {
				seen[t] = true
				queue = append(queue, t)
			}
		}
	}
	return len(queue)
}

func benchLineage(ctx context.Context, s settings) ([]result, error) {
	change, next, ids := bigGraph()
	topo := graph.NewTopology()
	start := time.Now()
	if err := topo.Apply(ctx, change); err != nil {
		return nil, err
	}
	loaded := time.Since(start)
	small, err := walkTimes(ctx, topo, ids, 300, 200)
	if err != nil {
		return nil, err
	}
	bigN := 50_000
	var big, yard []float64
	for range s.Rounds {
		start = time.Now()
		bfs(next, 0, bigN)
		yard = append(yard, ms(time.Since(start)))
		t, err := walkTimes(ctx, topo, ids[:1], bigN, 1)
		if err != nil {
			return nil, err
		}
		big = append(big, ms(t[0]))
	}
	return []result{
		{Name: "lineage.300.p95", Value: ms(percentile(small, 0.95)), Unit: "ms", N: len(small), Notes: "100,000 assets in memory, downstream, 300 nodes"},
		{Name: "lineage.50k", Value: median(big), Unit: "ms", Ratio: median(big) / median(yard), Yardstick: "BFS over slices", YardstickValue: median(yard), N: s.Rounds, Notes: "times slower; nodes, edges, budgets and counts"},
		{Name: "start.100k", Value: ms(loaded), Unit: "ms", N: 1, Notes: "load of the topology"},
	}, nil
}

func walkTimes(ctx context.Context, topo *graph.Topology, roots []catalog.AssetID, nodes, n int) ([]time.Duration, error) {
	var out []time.Duration
	for i := range n {
		start := time.Now()
		_, err := graph.Walk(ctx, topo, graph.Traversal{Roots: roots[i%len(roots) : i%len(roots)+1], Direction: graph.Downstream, Depth: 100, MaxNodes: nodes})
		if err != nil {
			return nil, err
		}
		out = append(out, time.Since(start))
	}
	return out, nil
}
