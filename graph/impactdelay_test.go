package graph_test

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
)

// flow is a small random graph, by numbers: datasets first, then jobs.
type flow struct {
	assets []catalog.Asset
	jobs   int // from which number on they are jobs
	next   map[int][]int
}

func anyFlow(rt *rapid.T) (flow, *graph.Topology) {
	f := flow{next: map[int][]int{}, jobs: rapid.IntRange(1, 6).Draw(rt, "datasets")}
	var rows []graph.Row
	for i := range f.jobs {
		f.assets = append(f.assets, graphtest.Dataset(fmt.Sprintf("d%d", i)))
		rows = append(rows, graph.Row{Asset: f.assets[i]})
	}
	for j := f.jobs; j < f.jobs+rapid.IntRange(1, 5).Draw(rt, "jobs"); j++ {
		job := graphtest.Job(fmt.Sprintf("j%d", j))
		f.assets = append(f.assets, job)
		row := graph.Row{Asset: job}
		for d := range f.jobs {
			if rapid.Bool().Draw(rt, "reads") {
				row.Edges, f.next[d] = append(row.Edges, graphtest.Reads(f.assets[d], job)), append(f.next[d], j)
			}
			if rapid.Bool().Draw(rt, "writes") {
				row.Edges, f.next[j] = append(row.Edges, graphtest.Writes(job, f.assets[d])), append(f.next[j], d)
			}
		}
		rows = append(rows, row)
	}
	topo := graph.NewTopology()
	if err := topo.Apply(context.Background(), graph.Change{Position: 1, Rows: rows}); err != nil {
		rt.Fatal(err)
	}
	return f, topo
}

// reach is all that can be reached, by going on until nothing is new.
func (f flow) reach(from int) map[int]bool {
	seen := map[int]bool{}
	for more := append([]int{}, f.next[from]...); len(more) > 0; more = more[1:] {
		if !seen[more[0]] {
			seen[more[0]] = true
			more = append(more, f.next[more[0]]...)
		}
	}
	return seen
}

var worse = map[graph.Severity]int{graph.Degrading: 3, graph.Uncertain: 2, graph.Safe: 1}

// want is the severity by brute force: a dataset has its deadlines', UNKNOWN
// without any; a job the worst of what it makes.
func (f flow) want(at, changed int, verdicts map[catalog.AssetID]graph.Verdict) graph.Severity {
	if at < f.jobs {
		switch v, ok := verdicts[f.assets[at].ID]; {
		case ok && v.Use == graph.UseMissed:
			return graph.Degrading
		case ok && v.Use == graph.UseMet:
			return graph.Safe
		}
		return graph.Uncertain
	}
	var worst graph.Severity
	for _, d := range f.next[at] {
		_, judged := verdicts[f.assets[d].ID]
		if s := f.want(d, changed, verdicts); (d != changed || judged) && worse[s] > worse[worst] {
			worst = s
		}
	}
	if worst == "" {
		return graph.Uncertain
	}
	return worst
}

// TestDelayEqualsBruteForce: all that lies downstream is there, judged by its
// deadlines, and nothing without one that is met is safe.
func TestDelayEqualsBruteForce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f, topo := anyFlow(rt)
		verdicts := map[catalog.AssetID]graph.Verdict{}
		for _, a := range f.assets[:f.jobs] {
			if use := rapid.SampledFrom([]graph.Use{"", graph.UseMissed, graph.UseUnclear, graph.UseMet}).Draw(rt, "deadline"); use != "" {
				verdicts[a.ID] = graph.Verdict{Use: use, Says: string(use)}
			}
		}
		changed := rapid.IntRange(0, len(f.assets)-1).Draw(rt, "changed")
		var late map[catalog.AssetID]bool
		im, err := graph.FindImpact(rt.Context(), topo, graph.ImpactQuery{Depth: 50, MaxNodes: 100, Changes: []graph.PlannedChange{{Asset: f.assets[changed].ID, Kind: graph.DelayData}},
			Deadlines: func(_ context.Context, n int, of, _ []catalog.AssetID) (map[catalog.AssetID]graph.Verdict, error) {
				late = map[catalog.AssetID]bool{}
				for _, id := range of {
					late[id] = true
				}
				return verdicts, nil
			}})
		if err != nil || !im.Complete {
			rt.Fatal(im, err)
		}
		got := map[catalog.AssetID]graph.Severity{}
		for _, i := range im.Affected {
			got[i.Asset] = i.Severity
		}
		want := map[catalog.AssetID]graph.Severity{}
		for at := range f.reach(changed) {
			if at != changed {
				want[f.assets[at].ID] = f.want(at, changed, verdicts)
			}
		}
		if _, judged := verdicts[f.assets[changed].ID]; judged {
			want[f.assets[changed].ID] = f.want(changed, changed, verdicts)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("%v, by brute force %v", got, want)
		}
		if !late[f.assets[changed].ID] {
			rt.Fatal("what is delayed is not late")
		}
		for _, d := range f.next[changed] {
			if changed >= f.jobs && !late[f.assets[d].ID] {
				rt.Fatal("what a delayed job makes is not late")
			}
		}
	})
}
