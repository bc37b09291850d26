package scene

import "slices"

// grid is the graph of a scene by places, while it is laid out.
type grid struct {
	s *Scene
	// next and prev leave out loops; order is the order of names.
	next, prev [][]int
	order      []int
	rank, row  []int
}

func newGrid(s *Scene, order []int) *grid {
	n := len(s.Drawables)
	g := &grid{s: s, next: make([][]int, n), prev: make([][]int, n), order: order, rank: make([]int, n), row: make([]int, n)}
	for _, e := range s.Edges {
		if e.Source != e.Target && !slices.Contains(g.next[e.Source], e.Target) {
			g.next[e.Source] = append(g.next[e.Source], e.Target)
			g.prev[e.Target] = append(g.prev[e.Target], e.Source)
		}
	}
	by := make([]int, n)
	for i, v := range order {
		by[v] = i
	}
	for v := range n {
		slices.SortFunc(g.next[v], func(a, b int) int { return by[a] - by[b] })
		slices.SortFunc(g.prev[v], func(a, b int) int { return by[a] - by[b] })
	}
	return g
}

// open takes out the edges that close cycles, marks them as back edges, and
// gives the topological order of what is left. Only an edge within a strongly
// connected component can be one; of each cycle it is the one that a depth first
// search ends at which begins with what lies farthest upstream.
func (g *grid) open() []int {
	back := map[[2]int]bool{}
	state := make([]int, len(g.next))
	var post []int
	var visit func(v int)
	visit = func(v int) {
		state[v] = 1
		for _, to := range g.next[v] {
			switch state[to] {
			case 0:
				visit(to)
			case 1:
				back[[2]int{v, to}] = true
			}
		}
		state[v] = 2
		post = append(post, v)
	}
	begin := slices.Clone(g.order)
	slices.SortStableFunc(begin, func(a, b int) int { return g.s.Drawables[a].Distance - g.s.Drawables[b].Distance })
	for _, v := range begin {
		if state[v] == 0 {
			visit(v)
		}
	}
	for v := range g.next {
		g.next[v] = slices.DeleteFunc(g.next[v], func(to int) bool { return back[[2]int{v, to}] })
		g.prev[v] = slices.DeleteFunc(g.prev[v], func(from int) bool { return back[[2]int{from, v}] })
	}
	for i, e := range g.s.Edges {
		g.s.Edges[i].Back = back[[2]int{e.Source, e.Target}]
	}
	slices.Reverse(post)
	return post
}

// ranks puts the focus on 0, what it is made of as near on its left as the
// longest path allows, what is made of it on its right, and the rest where its
// edges still lead to the right.
func (g *grid) ranks(order []int) {
	const none = 1 << 30
	n := len(order)
	left := make([]bool, n) // of a focus, or one
	for v := range n {
		g.rank[v] = none
		left[v] = g.s.Drawables[v].Focus
	}
	for _, v := range slices.Backward(order) {
		best := none
		for _, to := range g.next[v] {
			if left[to] {
				best = min(best, g.rank[to]-1)
			}
		}
		switch {
		case best != none:
			left[v], g.rank[v] = true, best
		case left[v]:
			g.rank[v] = 0
		}
	}
	for _, v := range order {
		if left[v] {
			continue
		}
		for _, from := range g.prev[v] {
			if g.rank[from] != none && (g.rank[v] == none || g.rank[v] < g.rank[from]+1) {
				g.rank[v] = g.rank[from] + 1
			}
		}
	}
	for _, v := range slices.Backward(order) {
		if g.rank[v] != none {
			continue
		}
		for _, to := range g.next[v] {
			g.rank[v] = min(g.rank[v], g.rank[to]-1)
		}
		if g.rank[v] == none {
			g.rank[v] = 0
		}
	}
}
