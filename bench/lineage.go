package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// layers of datasets; as many jobs lie between them.
const layers = 50

func benchAsset(t catalog.AssetType, i int) catalog.Asset {
	n := catalog.Name{Type: t, Namespace: "ns", Name: fmt.Sprint("a", i)}
	return catalog.Asset{ID: catalog.AssetID(n.ID()), Type: t, Name: n}
}

// bigGraph has so many assets in layers; each job reads two datasets of its
// layer and writes one of the next. next is the same graph as plain slices.
func bigGraph(assets int) (graph.Change, [][]int32, []catalog.AssetID) {
	r := rand.New(rand.NewPCG(1, 2))
	n := assets / 2
	perLayer := n / layers
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

// timed is how long a question takes, in ms.
func timed(ask func() error) (float64, error) {
	start := time.Now()
	err := ask()
	return ms(time.Since(start)), err
}

// benchLineage asks a topology for half of its assets, in turn with the
// yardstick, which marks and queues and does nothing else.
func benchLineage(ctx context.Context, s settings) ([]result, error) {
	assets, nodes := s.Company.Assets, s.Company.Assets/2
	change, next, ids := bigGraph(assets)
	topo := graph.NewTopology()
	loaded, err := timed(func() error { return topo.Apply(ctx, change) })
	if err != nil {
		return nil, err
	}
	q := graph.Traversal{Roots: ids[:1], Direction: graph.Downstream, Depth: 100, MaxNodes: nodes}
	var yard, closures, lineages []float64
	for range 10 * s.Rounds {
		y, _ := timed(func() error { bfs(next, 0, nodes); return nil })
		c, err := timed(func() error { _, err := graph.Reach(ctx, topo, q); return err })
		if err != nil {
			return nil, err
		}
		l, err := timed(func() error { _, err := graph.Walk(ctx, topo, q); return err })
		if err != nil {
			return nil, err
		}
		yard, closures, lineages = append(yard, y), append(closures, c), append(lineages, l)
	}
	against := func(name string, took []float64, notes string) result {
		return result{Name: name, Value: median(took), Unit: "ms", Ratio: medianRatio(took, yard), Yardstick: "BFS over slices", YardstickValue: median(yard), N: len(took), Notes: notes}
	}
	return []result{
		against("closure."+short(nodes), closures, fmt.Sprintf("the set with distances, of %d assets", assets)),
		against("lineage."+short(nodes), lineages, "nodes and edges in order, budget, hidden counts"),
		{Name: "start." + short(assets), Value: loaded, Unit: "ms", N: 1, Notes: fmt.Sprintf("rows of %d assets into the topology", assets)},
	}, nil
}

// benchFields follows the columns of a chain of a hundred tables to their end,
// where it is looked whether jobs without column lineage stand beside them.
func benchFields(ctx context.Context, s settings) ([]result, error) {
	const tables, columns = 100, 20
	c := graph.Change{Position: 1}
	for i := range tables {
		job, from, to := benchAsset(catalog.TypeJob, i), benchAsset(catalog.TypeDataset, i), benchAsset(catalog.TypeDataset, i+1)
		row := graph.Row{Asset: job, Edges: []catalog.Edge{
			{Type: catalog.EdgeReads, Source: from.ID, Target: job.ID, Origin: catalog.EdgeObserved, From: time.Unix(1, 0)},
			{Type: catalog.EdgeWrites, Source: job.ID, Target: to.ID, Origin: catalog.EdgeObserved, From: time.Unix(1, 0)}}}
		for col := range columns {
			name := fmt.Sprint("column_", col)
			row.Edges = append(row.Edges, catalog.Edge{Type: catalog.EdgeDerives, Source: from.ID, SourceField: name, Target: to.ID, TargetField: name, Job: job.ID, Origin: catalog.EdgeObserved, From: time.Unix(1, 0)})
		}
		c.Rows = append(c.Rows, row)
	}
	topo := graph.NewTopology()
	if err := topo.Apply(ctx, c); err != nil {
		return nil, err
	}
	q := graph.Traversal{Roots: []catalog.AssetID{benchAsset(catalog.TypeDataset, 0).ID}, Direction: graph.Downstream, Depth: 100, MaxNodes: tables*columns + 1, Granularity: graph.ByField}
	var took []float64
	for range 10 * s.Rounds {
		t, err := timed(func() error {
			l, err := graph.Walk(ctx, topo, q)
			if err == nil && (len(l.Nodes) != tables*columns+1 || !l.Complete) {
				err = fmt.Errorf("%d fields, cut %q", len(l.Nodes), l.Cut)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		took = append(took, t)
	}
	return []result{{Name: "fields.2000", Value: median(took), Unit: "ms", N: len(took), Notes: fmt.Sprintf("%d columns through %d tables, with edges", columns, tables)}}, nil
}
