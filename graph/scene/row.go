package scene

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// sweeps is how often the rows are ordered by their neighbours' on either side.
const sweeps = 6

// place gives every drawable its rank and row. What stood in the scene before
// keeps its row; compare is the order of names.
func place(s *Scene, before *Scene, compare func(a, b catalog.AssetID) int) {
	order := make([]int, len(s.Drawables))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := s.Drawables[a], s.Drawables[b]
		if x.Bundle() != y.Bundle() { // the rest comes last
			if x.Bundle() {
				return 1
			}
			return -1
		}
		return cmp.Or(compare(x.Asset, y.Asset), cmp.Compare(x.Side, y.Side))
	})
	g := newGrid(s, order)
	g.ranks(g.open())
	if before == nil {
		g.rows()
	} else {
		g.around(before)
	}
	for v, d := range s.Drawables {
		d.Rank, d.Row = g.rank[v], g.row[v]
	}
	s.sort()
	s.lanes()
}

// columns are the places of each rank, in order of names.
func (g *grid) columns() map[int][]int {
	out := map[int][]int{}
	for _, v := range g.order {
		out[g.rank[v]] = append(out[g.rank[v]], v)
	}
	return out
}

// rows orders each rank by the mean place of its neighbours, from left to right
// and back, and puts each as a block beside the focus.
func (g *grid) rows() {
	columns := g.columns()
	ranks := slices.Sorted(maps.Keys(columns))
	pos := make([]float64, len(g.order))
	spread := func(list []int) {
		at := -float64(g.height(list)) / 2
		for _, v := range list {
			half := float64(g.s.Drawables[v].Span) / 2
			pos[v] = at + half
			at += 2 * half
		}
	}
	for _, r := range ranks {
		spread(columns[r])
	}
	for pass := range sweeps {
		near := g.prev
		if pass%2 == 1 {
			near = g.next
			slices.Reverse(ranks)
		}
		for _, r := range ranks {
			g.byMean(columns[r], near, pos)
			spread(columns[r])
		}
		if pass%2 == 1 {
			slices.Reverse(ranks)
		}
	}
	for _, list := range columns {
		at := -g.height(list) / 2
		for _, v := range list {
			g.row[v] = at
			at += g.s.Drawables[v].Span
		}
	}
	g.align(columns, ranks)
	g.level()
}

// align moves each rank as a whole to the rows of its neighbours on the side of
// the focus.
func (g *grid) align(columns map[int][]int, ranks []int) {
	for _, r := range ranks {
		if r > 0 {
			g.shift(columns[r], g.prev)
		}
	}
	for _, r := range slices.Backward(ranks) {
		if r < 0 {
			g.shift(columns[r], g.next)
		}
	}
}

func (g *grid) shift(list []int, near [][]int) {
	off, n := 0.0, 0
	for _, v := range list {
		if len(near[v]) == 0 {
			continue
		}
		sum := 0
		for _, u := range near[v] {
			sum += g.row[u]
		}
		off, n = off+float64(sum)/float64(len(near[v]))-float64(g.row[v]), n+1
	}
	if n == 0 {
		return
	}
	by := int(math.Round(off / float64(n)))
	for _, v := range list {
		g.row[v] += by
	}
}

func (g *grid) height(list []int) (n int) {
	for _, v := range list {
		n += g.s.Drawables[v].Span
	}
	return n
}

// byMean sorts a rank by the mean place of the neighbours on one side; what has
// none there stays where it is.
func (g *grid) byMean(list []int, near [][]int, pos []float64) {
	mean := map[int]float64{}
	for _, v := range list {
		mean[v] = meanOf(near[v], pos, pos[v])
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(mean[a], mean[b]) })
}

func meanOf(list []int, pos []float64, none float64) float64 {
	if len(list) == 0 {
		return none
	}
	sum := 0.0
	for _, v := range list {
		sum += pos[v]
	}
	return sum / float64(len(list))
}

// level moves everything so that the first focus is on row 0.
func (g *grid) level() {
	for _, v := range g.order {
		if g.s.Drawables[v].Focus {
			by := g.row[v]
			for i := range g.row {
				g.row[i] -= by
			}
			return
		}
	}
}

// around keeps what stood on its row, and puts what is new on the free row that
// is nearest to its neighbours.
func (g *grid) around(before *Scene) {
	stood := map[string]*Drawable{}
	for _, d := range before.Drawables {
		stood[d.Key()] = d
	}
	t := taken{}
	placed := make([]bool, len(g.order))
	var moved, fresh []int
	for _, v := range g.order {
		old := stood[g.s.Drawables[v].Key()]
		switch {
		case old == nil:
			fresh = append(fresh, v)
		case old.Rank != g.rank[v]:
			g.row[v] = old.Row
			moved = append(moved, v)
		default:
			g.row[v], placed[v] = old.Row, true
			t.put(g.rank[v], old.Row, g.s.Drawables[v].Span)
		}
	}
	for _, v := range moved {
		g.row[v] = t.nearest(g.rank[v], float64(g.row[v]), g.s.Drawables[v].Span)
		placed[v] = true
	}
	for len(fresh) > 0 {
		fresh = g.settle(fresh, placed, t)
	}
}

// settle places those of the new that stand next to what is placed, in the order
// of where they want to be; without any such, the first.
func (g *grid) settle(fresh []int, placed []bool, t taken) (rest []int) {
	type wish struct {
		v  int
		at float64
	}
	var now []wish
	for _, v := range fresh {
		sum, n := 0, 0
		for _, near := range [][]int{g.prev[v], g.next[v]} {
			for _, u := range near {
				if placed[u] {
					sum, n = sum+g.row[u], n+1
				}
			}
		}
		if n > 0 {
			now = append(now, wish{v, float64(sum) / float64(n)})
		} else {
			rest = append(rest, v)
		}
	}
	if len(now) == 0 {
		now, rest = []wish{{rest[0], 0}}, rest[1:]
	}
	slices.SortStableFunc(now, func(a, b wish) int { return cmp.Compare(a.at, b.at) })
	for _, w := range now {
		g.row[w.v] = t.nearest(g.rank[w.v], w.at, g.s.Drawables[w.v].Span)
		placed[w.v] = true
	}
	return rest
}

// taken are the rows of each rank where something stands.
type taken map[[2]int]bool

func (t taken) put(rank, row, span int) {
	for i := range span {
		t[[2]int{rank, row + i}] = true
	}
}

func (t taken) free(rank, row, span int) bool {
	for i := range span {
		if t[[2]int{rank, row + i}] {
			return false
		}
	}
	return true
}

// nearest takes the free row nearest to a wish; of two the lower one on screen.
func (t taken) nearest(rank int, wish float64, span int) int {
	at := int(wish)
	if wish < 0 && float64(at) != wish {
		at-- // down to the whole row
	}
	for by := 0; ; by++ {
		for _, row := range []int{at + by, at - by} {
			if t.free(rank, row, span) {
				t.put(rank, row, span)
				return row
			}
		}
	}
}

// sort orders drawables by place and edges by their ends.
func (s *Scene) sort() {
	order := make([]int, len(s.Drawables))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := s.Drawables[a], s.Drawables[b]
		return cmp.Or(x.Rank-y.Rank, x.Row-y.Row, cmp.Compare(x.Key(), y.Key()))
	})
	to := make([]int, len(order))
	list := make([]*Drawable, len(order))
	for i, v := range order {
		to[v], list[i] = i, s.Drawables[v]
	}
	s.Drawables = list
	for i := range s.Edges {
		s.Edges[i].Source, s.Edges[i].Target = to[s.Edges[i].Source], to[s.Edges[i].Target]
	}
	slices.SortFunc(s.Edges, func(a, b Edge) int {
		return cmp.Or(a.Source-b.Source, a.Target-b.Target, cmp.Compare(a.SourceColumn, b.SourceColumn), cmp.Compare(a.TargetColumn, b.TargetColumn))
	})
}
