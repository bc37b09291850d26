package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// PathQuery asks for the K shortest ways on which data comes from one asset to
// another, none of which visits a node twice: shorter first, ways of one
// length by the ids they lead over. Granularity is ByAsset or ByField; zero
// means ByAsset.
type PathQuery struct {
	From, To    catalog.AssetID
	K           int
	Granularity Granularity
	AsOf        time.Time
}

// Bounds of a search for paths.
const (
	DefaultPaths = 3
	MaxPaths     = 50
	// pathNodes is how much of the graph on either side is looked at.
	pathNodes = 20_000
)

// ErrPathsCut: not all of the graph around the ends was searched, and no way was
// found in the part that was. What Paths answers says why.
var ErrPathsCut = fmt.Errorf("%w: no way was found, and not all was looked at", catalog.ErrInvalid)

// pathsCut is ErrPathsCut with the bound that was met.
func pathsCut(c CutReason) error {
	bound := fmt.Sprintf("more than %d nodes lie on the way", pathNodes)
	switch c {
	case CutDepth:
		bound = fmt.Sprintf("a way may be longer than the %d hops that are looked at from each end", maxDepth)
	case CutMemory:
		bound = "more edges lie on the way than are read at once"
	}
	return fmt.Errorf("%w: %s; ask for ends that are nearer to each other", ErrPathsCut, bound)
}

// ErrPathsUnlit: no way over columns is known, and data may get from one end to
// the other through jobs that do not state their columns.
var ErrPathsUnlit = fmt.Errorf("%w: no way over columns is known, but jobs without column lineage lie between, so that there may be one; ask for ways over assets (granularity ASSET)", catalog.ErrInvalid)

// Paths answers a PathQuery over any source of neighbours. Each way is a
// Lineage of its nodes, numbered from From, with all edges between one and the
// next; it is not complete when there may be ways that were not looked at. No
// way is an empty answer.
func Paths(ctx context.Context, src Neighbourer, q PathQuery) ([]Lineage, error) {
	if q.From == q.To {
		return nil, fmt.Errorf("%w: from and to are the same asset, and a way leads from one asset to another; ask lineage what it is made of and what it feeds", catalog.ErrInvalid)
	}
	q.K = min(cmp.Or(max(q.K, 0), DefaultPaths), MaxPaths)
	return atOnce(ctx, src, func(at Neighbourer) ([]Lineage, error) { return pathsAt(ctx, at, q) })
}

func pathsAt(ctx context.Context, src Neighbourer, q PathQuery) ([]Lineage, error) {
	between, d, err := between(ctx, src, q)
	if err != nil {
		return nil, err
	}
	if q.Granularity == ByField && between.Complete {
		if between.Cut, err = unlitWays(ctx, src, q, between, d); err != nil {
			return nil, err
		}
		between.Complete = between.Cut == ""
	}
	m := mazeOf(between.Edges, q.Granularity == ByField)
	ways, err := m.shortest(ctx, m.leaving(q.From, between.Edges, q.Granularity == ByField), m.of(q.To), q.K)
	if err != nil {
		return nil, err
	}
	switch {
	case len(ways) > 0 || between.Complete:
	case between.Cut == CutNoColumns:
		return nil, ErrPathsUnlit
	default:
		return nil, pathsCut(between.Cut)
	}
	out := make([]Lineage, len(ways))
	for i, w := range ways {
		out[i] = Lineage{Nodes: pathOf(w), Edges: m.along(w), Complete: between.Complete, Cut: between.Cut, AsOf: q.AsOf}
	}
	return out, nil
}

// between is a part of the graph with every way from one end to the other, and
// on which side it was looked for: what lies downstream of the one, or upstream
// of the other where that is less. When both are too large it is what is near
// either of them, and not complete.
func between(ctx context.Context, src Neighbourer, q PathQuery) (Lineage, Direction, error) {
	t := Traversal{Roots: []catalog.AssetID{q.From}, Direction: Downstream, Depth: maxDepth, MaxNodes: pathNodes, Granularity: q.Granularity, AsOf: q.AsOf, within: true}
	down, err := Walk(ctx, src, t)
	if err != nil || down.Complete {
		return down, Downstream, err
	}
	t.Roots, t.Direction = []catalog.AssetID{q.To}, Upstream
	up, err := Walk(ctx, src, t)
	if err != nil || up.Complete {
		return up, Upstream, err
	}
	up.Edges = append(up.Edges, down.Edges...)
	up.Cut.add(down.Cut)
	slices.SortFunc(up.Edges, CompareBySource)
	up.Edges = slices.CompactFunc(up.Edges, func(a, b catalog.Edge) bool { return idOf(a) == idOf(b) })
	return up, "", nil
}

// unlitWays says whether jobs without column lineage may hide a way: one that
// leaves what lies between over such a job and gets to the other end over assets.
func unlitWays(ctx context.Context, src Neighbourer, q PathQuery, between Lineage, d Direction) (CutReason, error) {
	ids := make([]catalog.AssetID, len(between.Nodes))
	for i, n := range between.Nodes {
		ids[i] = n.Asset
	}
	slices.SortFunc(ids, catalog.AssetID.Compare)
	k := newDark(ctx, src, q.AsOf, between.Edges)
	far, err := k.beyond(d, slices.Compact(ids))
	if err != nil || len(far) == 0 {
		return k.reason(), err
	}
	t := Traversal{Roots: []catalog.AssetID{q.To}, Direction: Upstream, MaxNodes: pathNodes, AsOf: q.AsOf}
	if d == Upstream {
		t.Roots, t.Direction = []catalog.AssetID{q.From}, Downstream
	}
	end, err := Reach(ctx, src, t)
	if err != nil {
		return "", err
	}
	for _, r := range end.Reached {
		if far[r.Asset] {
			return CutNoColumns, nil
		}
	}
	if !end.Complete {
		return CutNoColumns, nil
	}
	return k.reason(), nil
}

// maze is a graph of places for finding ways through it: a place is a dense
// number, in the order of places, so that comparing numbers compares ids.
type maze struct {
	places []place
	index  map[place]int
	// next and prev are sorted and without repetition.
	next, prev [][]int
	edges      map[[2]int][]catalog.Edge
}

// mazeOf takes edges between assets, or between fields: there an edge or a
// place without a field stands for all of the dataset, as in a walk.
func mazeOf(edges []catalog.Edge, fields bool) *maze {
	links := make([]link, 0, len(edges))
	if !fields {
		for _, e := range edges {
			links = append(links, link{place{asset: e.Source}, place{asset: e.Target}, e})
		}
		return newMaze(links)
	}
	known := map[catalog.AssetID]map[string]bool{}
	add := func(id catalog.AssetID, field string) {
		if known[id] == nil {
			known[id] = map[string]bool{}
		}
		known[id][field] = true
	}
	for _, e := range edges {
		add(e.Source, e.SourceField)
		add(e.Target, e.TargetField)
	}
	for _, e := range edges {
		for field := range known[e.Source] {
			if field == "" || e.SourceField == "" || field == e.SourceField {
				links = append(links, link{place{e.Source, field}, place{e.Target, e.TargetField}, e})
			}
		}
	}
	return newMaze(links)
}

// link is one step of a maze, by an edge (zero: by definition).
type link struct {
	from, to place
	edge     catalog.Edge
}

func newMaze(links []link) *maze {
	m := &maze{index: map[place]int{}, edges: map[[2]int][]catalog.Edge{}}
	for _, l := range links {
		m.places = append(m.places, l.from, l.to)
	}
	slices.SortFunc(m.places, comparePlaces)
	m.places = slices.Compact(m.places)
	for i, p := range m.places {
		m.index[p] = i
	}
	m.next, m.prev = make([][]int, len(m.places)), make([][]int, len(m.places))
	for _, l := range links {
		from, to := m.index[l.from], m.index[l.to]
		key := [2]int{from, to}
		if m.edges[key] == nil && from != to {
			m.next[from], m.prev[to] = append(m.next[from], to), append(m.prev[to], from)
		}
		m.edges[key] = append(m.edges[key], l.edge)
	}
	for i := range m.places {
		slices.Sort(m.next[i])
		slices.Sort(m.prev[i])
	}
	return m
}

// leaving are the places of an asset by which edges leave it. Fields that edges
// only enter are none: which of these are known depends on where the search
// looked.
func (m *maze) leaving(id catalog.AssetID, edges []catalog.Edge, fields bool) (out []int) {
	for _, e := range edges {
		p := place{asset: e.Source}
		if fields {
			p.field = e.SourceField
		}
		if i := m.index[p]; e.Source == id && !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	return out
}

// of are the places of an asset, each field of it its own.
func (m *maze) of(id catalog.AssetID) []int {
	first, _ := slices.BinarySearchFunc(m.places, place{asset: id}, comparePlaces)
	var out []int
	for i := first; i < len(m.places) && m.places[i].asset == id; i++ {
		out = append(out, i)
	}
	return out
}

// along lists the edges of a way, sorted.
func (m *maze) along(way []place) []catalog.Edge {
	var out []catalog.Edge
	for i := 1; i < len(way); i++ {
		for _, e := range m.edges[[2]int{m.index[way[i-1]], m.index[way[i]]}] {
			if e.Type != "" {
				out = append(out, e)
			}
		}
	}
	slices.SortFunc(out, CompareBySource)
	return out
}

// candidate is the best way of one cell of Yen's partition: it begins with the
// first spur+1 places of the way it was split from and leaves them by none of
// the barred places.
type candidate struct {
	way    []int
	spur   int
	barred []int
}

// shortest finds the k shortest ways from any start to any goal that visit no
// place twice, by Yen's algorithm in Lawler's form: the best way of each cell is
// the smallest by (length, places), so that their order is that of all ways.
func (m *maze) shortest(ctx context.Context, starts, goals []int, k int) ([][]place, error) {
	s := search{m: m, goal: make([]bool, len(m.places)), dist: make([]int, len(m.places))}
	for _, g := range goals {
		s.goal[g] = true
	}
	var heap []candidate
	for _, from := range starts {
		if way := s.best([]int{from}, nil); way != nil {
			heap = append(heap, candidate{way: way})
		}
	}
	var out [][]place
	for len(heap) > 0 && len(out) < k {
		at := smallest(heap)
		c := heap[at]
		heap = slices.Delete(heap, at, at+1)
		out = append(out, m.named(c.way))
		for spur := c.spur; spur < len(c.way)-1; spur++ {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			barred := []int{c.way[spur+1]}
			if spur == c.spur {
				barred = append(barred, c.barred...)
			}
			if way := s.best(c.way[:spur+1], barred); way != nil {
				heap = append(heap, candidate{way, spur, barred})
			}
		}
	}
	return out, nil
}

func smallest(heap []candidate) int {
	at := 0
	for i, c := range heap {
		if cmp.Or(len(c.way)-len(heap[at].way), slices.Compare(c.way, heap[at].way)) < 0 {
			at = i
		}
	}
	return at
}

func (m *maze) named(way []int) []place {
	out := make([]place, len(way))
	for i, n := range way {
		out[i] = m.places[n]
	}
	return out
}

type search struct {
	m    *maze
	goal []bool
	dist []int // steps to a goal; -1 unknown, -2 not to be entered
}

// best is the smallest way by (length, places) that begins with a prefix and
// does not go on to a barred place; nil when there is none.
func (s *search) best(prefix, barred []int) []int {
	at := prefix[len(prefix)-1]
	if s.goal[at] {
		return slices.Clone(prefix)
	}
	s.measure(prefix)
	way := slices.Clone(prefix)
	for {
		to := -1
		for _, n := range s.m.next[at] {
			if s.dist[n] >= 0 && (to < 0 || s.dist[n] < s.dist[to]) && !(len(way) == len(prefix) && slices.Contains(barred, n)) {
				to = n
			}
		}
		if to < 0 {
			return nil
		}
		way = append(way, to)
		if at = to; s.goal[at] {
			return way
		}
	}
}

// measure fills the steps from each place to the nearest goal, without entering
// the prefix. A way ends at the first goal.
func (s *search) measure(prefix []int) {
	for i := range s.dist {
		s.dist[i] = -1
	}
	for _, n := range prefix {
		s.dist[n] = -2
	}
	var queue []int
	for n, goal := range s.goal {
		if goal && s.dist[n] == -1 {
			s.dist[n] = 0
			queue = append(queue, n)
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, n := range s.m.prev[at] {
			if s.dist[n] == -1 && !s.goal[n] {
				s.dist[n] = s.dist[at] + 1
				queue = append(queue, n)
			}
		}
	}
}
