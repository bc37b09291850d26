package scene_test

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/scene"
)

// genSteps are pipelines of a few datasets, some of which are throw-aways.
func genSteps(rt *rapid.T, most int) []string {
	name := rapid.Custom(func(rt *rapid.T) string {
		n := rapid.IntRange(0, most).Draw(rt, "n")
		if n%5 == 4 {
			return fmt.Sprint("/tmp/t", n)
		}
		return fmt.Sprint("d", n)
	})
	side := rapid.Custom(func(rt *rapid.T) string {
		return strings.Join(rapid.SliceOfN(name, 0, rapid.SampledFrom([]int{1, 2, 3, 25}).Draw(rt, "most")).Draw(rt, "names"), " ")
	})
	out := make([]string, rapid.IntRange(1, 14).Draw(rt, "jobs"))
	for i := range out {
		out[i] = fmt.Sprintf("%s > j%d > %s", side.Draw(rt, "in"), i, side.Draw(rt, "out"))
	}
	return out
}

func (w *world) ids() []catalog.AssetID {
	var out []catalog.AssetID
	for id := range w.names {
		out = append(out, id)
	}
	slices.SortFunc(out, catalog.AssetID.Compare)
	return out
}

func genAsk(rt *rapid.T, w *world) scene.Ask {
	id := rapid.SampledFrom(w.ids())
	a := scene.Ask{
		Focus: []catalog.AssetID{id.Draw(rt, "focus")}, Band: rapid.SampledFrom([]scene.Band{scene.ByAsset, scene.ByDataset, scene.ByJob}).Draw(rt, "band"),
		Up: rapid.IntRange(0, 4).Draw(rt, "up"), Down: rapid.IntRange(0, 4).Draw(rt, "down"), Limit: rapid.SampledFrom([]int{3, 10, 40, scene.MaxLimit}).Draw(rt, "limit"),
		Whole: rapid.Bool().Draw(rt, "whole"), Show: rapid.SliceOfN(id, 0, 2).Draw(rt, "show"),
	}
	for range rapid.IntRange(0, 4).Draw(rt, "expansions") {
		a.Expand = append(a.Expand, scene.Expansion{Asset: id.Draw(rt, "expand"), Side: rapid.SampledFrom([]graph.Direction{graph.Upstream, graph.Downstream}).Draw(rt, "side")})
	}
	return a
}

// TestScenesAreTrue compares scenes of random graphs with what trying every
// edge finds.
func TestScenesAreTrue(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := genSteps(rt, 40)
		w := newWorld(t, steps...)
		a := genAsk(rt, w)
		s := w.draw(t, a)
		for _, fault := range slices.Concat(w.counted(a, s), placed(s), free(s), w.within(a, s)) {
			rt.Errorf("%s", fault)
		}
		slices.Reverse(steps)
		if again := newWorld(t, steps...).draw(t, a); !reflect.DeepEqual(s, again) {
			rt.Errorf("the same question twice:\n%s\n%s", w.text(s), w.text(again))
		}
		if rt.Failed() {
			rt.Log(w.text(s))
		}
	})
}

// free: no edge runs over a card that it does not join, found by walking along
// each in small steps.
func free(s *scene.Scene) (faults []string) {
	tall := func(d *scene.Drawable) int {
		lines := len(d.Columns)
		if d.HiddenColumns > 0 {
			lines++
		}
		return scene.CardHeight + lines*scene.LineHeight
	}
	for _, e := range s.Edges {
		a, b := s.Drawables[e.Source], s.Drawables[e.Target]
		x1, y1 := float64(a.Rank*scene.ColumnWidth+scene.CardWidth), float64(a.Row*scene.RowHeight+scene.CardHeight/2)
		x2, y2 := float64(b.Rank*scene.ColumnWidth), float64(b.Row*scene.RowHeight+scene.CardHeight/2)
		for _, d := range s.Drawables {
			if d.Rank <= a.Rank || d.Rank >= b.Rank || e.SourceColumn+e.TargetColumn != "" {
				continue
			}
			left, top := float64(d.Rank*scene.ColumnWidth), float64(d.Row*scene.RowHeight)
			over := func(x, y float64) bool {
				return x > left && x < left+scene.CardWidth && y > top && y < top+float64(tall(d))
			}
			for i := range 401 {
				t := float64(i) / 400
				u, mid := 1-t, (x1+x2)/2
				x, y := u*u*u*x1+3*u*u*t*mid+3*u*t*t*mid+t*t*t*x2, u*u*u*y1+3*u*u*t*y1+3*u*t*t*y2+t*t*t*y2
				if e.Laned {
					x, y = x1+(x2-x1)*t, float64(e.Lane*scene.RowHeight-(scene.RowHeight-scene.CardHeight)/2)
				}
				if over(x, y) {
					faults = append(faults, fmt.Sprintf("%s to %s runs over %s", a.Key(), b.Key(), d.Key()))
					break
				}
			}
		}
	}
	return faults
}

// counted: every neighbour of what is drawn is drawn and joined, bundled, or
// counted, and nothing else is.
func (w *world) counted(a scene.Ask, s *scene.Scene) (faults []string) {
	most := a.Limit
	if len(a.Expand) > 0 {
		most = scene.MaxLimit
	}
	if len(s.Drawables) > most {
		faults = append(faults, fmt.Sprintf("%d drawables, the limit is %d", len(s.Drawables), most))
	}
	drawn, joined, due, bundled := map[catalog.AssetID]bool{}, map[[2]catalog.AssetID]int{}, map[[2]catalog.AssetID]int{}, map[string][]catalog.AssetID{}
	for _, d := range s.Drawables {
		if d.Bundle() {
			bundled[fmt.Sprint(d.Asset, d.Side)] = d.Bundled
		} else {
			drawn[d.Asset] = true
		}
	}
	for _, e := range s.Edges {
		if from, to := s.Drawables[e.Source], s.Drawables[e.Target]; !from.Bundle() && !to.Bundle() {
			joined[[2]catalog.AssetID{from.Asset, to.Asset}]++
		}
	}
	for _, d := range s.Drawables {
		if d.Bundle() {
			continue
		}
		for side, hidden := range map[graph.Direction]int{graph.Upstream: d.HiddenUp, graph.Downstream: d.HiddenDown} {
			rest := map[catalog.AssetID]bool{}
			for id := range w.near(a, d.Asset, side) {
				pair := [2]catalog.AssetID{d.Asset, id}
				if side == graph.Upstream {
					pair = [2]catalog.AssetID{id, d.Asset}
				}
				switch {
				case !drawn[id]:
					rest[id] = true
				case id == d.Asset:
					if !d.SelfLoop {
						faults = append(faults, d.Name.Name+" is made of itself")
					}
				case joined[pair] == 0:
					faults = append(faults, fmt.Sprintf("%s and %s are not joined", d.Name.Name, w.names[id].Name))
				default:
					due[pair] = 1
				}
			}
			for _, id := range bundled[fmt.Sprint(d.Asset, side)] {
				if !rest[id] {
					faults = append(faults, w.names[id].Name+" is in a bundle and should not be")
				}
				delete(rest, id)
			}
			if len(rest) != hidden {
				faults = append(faults, fmt.Sprintf("%s: %d hidden %s, want %d", d.Name.Name, hidden, side, len(rest)))
			}
		}
	}
	for pair, n := range joined {
		if n != due[pair] {
			faults = append(faults, fmt.Sprintf("%s and %s are joined %d times", w.names[pair[0]].Name, w.names[pair[1]].Name, n))
		}
	}
	return faults
}

// placed: no two stand on each other, edges lead to the right, and what leads
// back closes a cycle.
func placed(s *scene.Scene) (faults []string) {
	used := map[[2]int]bool{}
	for _, d := range s.Drawables {
		for i := range d.Span {
			if used[[2]int{d.Rank, d.Row + i}] {
				faults = append(faults, fmt.Sprintf("two stand on rank %d, row %d", d.Rank, d.Row+i))
			}
			used[[2]int{d.Rank, d.Row + i}] = true
		}
	}
	next := map[int][]int{}
	for _, e := range s.Edges {
		next[e.Source] = append(next[e.Source], e.Target)
	}
	for _, e := range s.Edges {
		switch right := s.Drawables[e.Source].Rank < s.Drawables[e.Target].Rank; {
		case !right && !e.Back:
			faults = append(faults, fmt.Sprintf("edge %d to %d leads back", e.Source, e.Target))
		case e.Back && !leads(next, e.Target, e.Source):
			faults = append(faults, fmt.Sprintf("edge %d to %d closes no cycle", e.Source, e.Target))
		}
	}
	return faults
}

func leads(next map[int][]int, from, to int) bool {
	seen := map[int]bool{from: true}
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == to {
			return true
		}
		for _, n := range next[queue[0]] {
			if !seen[n] {
				seen[n] = true
				queue = append(queue, n)
			}
		}
	}
	return false
}

// within: without expansions and where a hop is one step, exactly what lies
// within the hops is drawn, upstream of upstream and downstream of downstream.
func (w *world) within(a scene.Ask, s *scene.Scene) (faults []string) {
	if len(a.Expand) > 0 {
		return nil
	}
	want := map[catalog.AssetID]bool{a.Focus[0]: true}
	for side, hops := range map[graph.Direction]int{graph.Upstream: a.Up, graph.Downstream: a.Down} {
		front, seen := map[catalog.AssetID]bool{a.Focus[0]: true}, map[catalog.AssetID]bool{a.Focus[0]: true}
		for range hops {
			next := map[catalog.AssetID]bool{}
			w.step(a, side, front, func(id catalog.AssetID, part bool) {
				if !seen[id] && !part {
					next[id] = true
				}
				seen[id], want[id] = true, true
			})
			front = next
		}
	}
	cut := !s.Complete
	for _, d := range s.Drawables {
		if d.Bundle() {
			cut = true
			continue
		}
		if !want[d.Asset] {
			faults = append(faults, d.Name.Name+" lies beyond the hops")
		}
		delete(want, d.Asset)
	}
	for id := range want {
		if !cut {
			faults = append(faults, w.names[id].Name+" lies within the hops and is not drawn")
		}
	}
	return faults
}

// step meets what lies one hop behind a front. In the band ASSET a job met from
// a dataset is a part of the hop, and what lies behind it belongs to it.
func (w *world) step(a scene.Ask, side graph.Direction, front map[catalog.AssetID]bool, meet func(id catalog.AssetID, part bool)) {
	for from := range front {
		for id := range w.near(a, from, side) {
			part := a.Band == scene.ByAsset && w.names[from].Type == catalog.TypeDataset && w.names[id].Type == catalog.TypeJob
			meet(id, part)
			if part {
				for behind := range w.near(a, id, side) {
					meet(behind, false)
				}
			}
		}
	}
}

// TestExpandAndCollapse: what is expanded moves nothing that keeps its rank, and
// taking it back gives the picture of before.
func TestExpandAndCollapse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, genSteps(rt, 40)...)
		a := genAsk(rt, w)
		before := w.draw(t, a)
		more := a
		more.Expand = append(slices.Clone(a.Expand), scene.Expansion{Asset: rapid.SampledFrom(w.ids()).Draw(rt, "more"), Side: graph.Downstream})
		after := w.draw(t, more)
		stands := map[string]*scene.Drawable{}
		for _, d := range after.Drawables {
			stands[d.Key()] = d
		}
		for _, d := range before.Drawables {
			switch now := stands[d.Key()]; {
			case now == nil && !d.Bundle():
				rt.Errorf("%s is gone", d.Name.Name)
			case now != nil && now.Rank == d.Rank && now.Row != d.Row:
				rt.Errorf("%s moved from row %d to %d", d.Key(), d.Row, now.Row)
			}
		}
		if again := w.draw(t, a); !reflect.DeepEqual(before, again) {
			rt.Errorf("collapsed it is another picture:\n%s\n%s", w.text(before), w.text(again))
		}
	})
}

// TestWays: the ways of a scene are all simple ways there are, the shortest
// first.
func TestWays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, genSteps(rt, 12)...)
		id := rapid.SampledFrom(w.ids())
		a := scene.Ask{Focus: []catalog.AssetID{id.Draw(rt, "from")}, To: id.Draw(rt, "to"), Ways: rapid.IntRange(1, 10).Draw(rt, "k"), Whole: true, Limit: scene.MaxLimit}
		if a.To == a.Focus[0] {
			return
		}
		s := w.draw(t, a)
		var got [][]catalog.AssetID
		for _, way := range s.Ways {
			got = append(got, way.Assets)
		}
		if want := w.ways(a); !reflect.DeepEqual(got, want) {
			rt.Errorf("ways %v, want %v", got, want)
		}
		for _, fault := range slices.Concat(w.counted(a, s), placed(s)) {
			rt.Errorf("%s", fault)
		}
	})
}

// ways tries every way.
func (w *world) ways(a scene.Ask) (out [][]catalog.AssetID) {
	var follow func(way []catalog.AssetID)
	follow = func(way []catalog.AssetID) {
		at := way[len(way)-1]
		if at == a.To {
			out = append(out, slices.Clone(way))
			return
		}
		for id := range w.near(a, at, graph.Downstream) {
			if !slices.Contains(way, id) {
				follow(append(slices.Clone(way), id))
			}
		}
	}
	follow(a.Focus[:1:1])
	slices.SortFunc(out, func(x, y []catalog.AssetID) int {
		return cmp.Or(len(x)-len(y), slices.CompareFunc(x, y, catalog.AssetID.Compare))
	})
	return slices.Clip(out[:min(len(out), a.Ways)])
}
