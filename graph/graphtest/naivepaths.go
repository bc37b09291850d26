package graphtest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

func compareSpots(a, b spot) int {
	return cmp.Or(a.id.Compare(b.id), cmp.Compare(a.field, b.field))
}

func compareWays(a, b []spot) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), slices.CompareFunc(a, b, compareSpots))
}

// ways tries every way from a spot of one asset to the first of another.
func (m model) ways(q graph.PathQuery) [][]spot {
	t := graph.Traversal{Granularity: q.Granularity, Direction: graph.Downstream, AsOf: q.AsOf}
	hops := m.hops(t)
	starts := []spot{{id: q.From}}
	if q.Granularity == graph.ByField {
		starts = nil
		for _, h := range hops {
			if h.from.id == q.From && !slices.Contains(starts, h.from) {
				starts = append(starts, h.from)
			}
		}
	}
	var out [][]spot
	var follow func(way []spot)
	follow = func(way []spot) {
		at := way[len(way)-1]
		if at.id == q.To {
			out = append(out, slices.Clone(way))
			return
		}
		for _, to := range m.next(hops, t, graph.Downstream, at) {
			if !slices.Contains(way, to) {
				follow(append(slices.Clone(way), to))
			}
		}
	}
	for _, s := range starts {
		follow([]spot{s})
	}
	slices.SortFunc(out, compareWays)
	return out[:min(len(out), q.K)]
}

func comparePaths(rt *rapid.T, s graph.Store, topo graph.Neighbourer, m model) {
	end := func(label string) catalog.AssetID {
		if rapid.Bool().Draw(rt, label+" is a job") {
			return genJob(rt).ID
		}
		return genDataset(rt).ID
	}
	q := graph.PathQuery{From: end("from"), To: end("to"), K: rapid.IntRange(1, 6).Draw(rt, "k"),
		Granularity: rapid.SampledFrom([]graph.Granularity{"", graph.ByAsset, graph.ByField}).Draw(rt, "path granularity"),
		AsOf:        rapid.SampledFrom([]time.Time{{}, T0, T0.Add(90 * time.Minute)}).Draw(rt, "paths at")}
	if q.From == q.To || m[q.From].Asset.Internal {
		return
	}
	got, err := graph.Paths(rt.Context(), s, q)
	want, cut := m.ways(q), graph.CutReason("")
	if m.unlitWays(q) {
		cut = graph.CutNoColumns
	}
	if unknown := len(want) == 0 && cut != ""; unknown != errors.Is(err, graph.ErrPathsUnlit) || err != nil && !unknown {
		rt.Fatalf("%+v: %v; hidden %q, ways %v", q, err, cut, want)
	}
	if len(got) != len(want) {
		rt.Fatalf("%+v: %d ways, want %v", q, len(got), want)
	}
	for i, l := range got {
		var way []spot
		for _, n := range l.Nodes {
			way = append(way, spot{n.Asset, n.Field})
		}
		if !slices.Equal(way, want[i]) || l.Cut != cut || l.Complete != (cut == "") || len(l.Edges) < len(way)-1 {
			rt.Fatalf("%+v: way %d is %+v, want %v", q, i, l, want[i])
		}
	}
	if !q.AsOf.IsZero() {
		return
	}
	mem, memErr := graph.Paths(rt.Context(), topo, q)
	if !errors.Is(memErr, err) || fmt.Sprint(mem) != fmt.Sprint(got) {
		rt.Fatalf("%+v: the topology answers\n%v\nthe store\n%v\n%v", q, mem, got, memErr)
	}
}
