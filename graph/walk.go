package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// Neighbourer gives the edges of a frontier: a Store, or the Topology.
type Neighbourer interface {
	Neighbours(ctx context.Context, q NeighbourQuery) (edges []catalog.Edge, more bool, err error)
}

// liner is a Neighbourer that answers whole traversals of what is current
// faster than a walk over its Neighbours, and equally.
type liner interface {
	Lineage(ctx context.Context, t Traversal) (Lineage, error)
}

// Defaults and bounds of a Traversal.
const (
	DefaultDepth    = 5
	DefaultMaxNodes = 500
	maxDepth        = 100
	maxMaxNodes     = 100_000
	// chunk is how many frontier assets go into one query; edgeBudget bounds
	// its answer, and what one hop through jobs may multiply to.
	chunk      = 1000
	edgeBudget = 200_000
)

// lineageTypes are the edges of data.
var lineageTypes = []catalog.EdgeType{catalog.EdgeReads, catalog.EdgeWrites, catalog.EdgeDerives}

// normal fills in the defaults and bounds of a traversal, sorts its roots and
// removes repeated ones.
func (t Traversal) normal() Traversal {
	if t.Depth <= 0 {
		t.Depth = DefaultDepth
	}
	if t.MaxNodes <= 0 {
		t.MaxNodes = DefaultMaxNodes
	}
	t.Depth, t.MaxNodes = min(t.Depth, maxDepth), min(t.MaxNodes, maxMaxNodes)
	if len(t.Types) == 0 {
		t.Types = lineageTypes
	}
	if t.Granularity == "" {
		t.Granularity = ByAsset
	}
	if t.Direction == "" {
		t.Direction = Both
	}
	t.Roots = slices.Clone(t.Roots)
	slices.SortFunc(t.Roots, catalog.AssetID.Compare)
	t.Roots = slices.Compact(t.Roots)
	return t
}

// Walk answers a traversal level by level over any source of neighbours. It
// spends the node budget breadth-first and fairly: the assets of one level, of
// both directions, each add one neighbour in turn, so that a hub cannot starve
// the rest. Nodes count the neighbours that exist and are not in the answer.
//
// An upstream walk stays upstream and a downstream walk stays downstream; BOTH
// is the union of two walks from the roots. A source that has a Lineage method
// of its own is asked by it for what is current.
func Walk(ctx context.Context, src Neighbourer, t Traversal) (Lineage, error) {
	if l, ok := src.(liner); ok && t.AsOf.IsZero() {
		return l.Lineage(ctx, t)
	}
	return walk(ctx, src, t.normal())
}

func walk(ctx context.Context, src Neighbourer, t Traversal) (Lineage, error) {
	w := &walker{ctx: ctx, src: src, t: t, nodes: map[place]*Node{}, edges: map[edgeID]catalog.Edge{}}
	w.root()
	for depth := 1; ; depth++ {
		turns, err := w.turns()
		if err != nil {
			return Lineage{}, fmt.Errorf("walk %s: %w", t.Direction, err)
		}
		if len(turns) == 0 {
			if err := w.twilight(); err != nil {
				return Lineage{}, fmt.Errorf("walk %s: %w", t.Direction, err)
			}
			return w.answer(), nil
		}
		w.level(turns, depth)
	}
}

func directions(d Direction) []Direction {
	if d == Both {
		return []Direction{Upstream, Downstream}
	}
	return []Direction{d}
}

// place is what a node stands for: an asset, or one field of it.
type place struct {
	asset catalog.AssetID
	field string
}

func comparePlaces(a, b place) int {
	return cmp.Or(a.asset.Compare(b.asset), cmp.Compare(a.field, b.field))
}

type edgeID struct {
	typ            catalog.EdgeType
	source, target catalog.AssetID
	sf, tf         string
	job            catalog.AssetID
	ordinal        int
}

func idOf(e catalog.Edge) edgeID {
	return edgeID{e.Type, e.Source, e.Target, e.SourceField, e.TargetField, e.Job, e.Ordinal}
}

type walker struct {
	ctx   context.Context
	src   Neighbourer
	t     Traversal
	nodes map[place]*Node
	edges map[edgeID]catalog.Edge
	sides []*side
	cut   CutReason
}

// side is the walk of one direction.
type side struct {
	d        Direction
	frontier []place
	seen     map[place]bool
	// hidden are the neighbours that were not taken, by the place they are
	// next to.
	hidden map[place]map[place]bool
}

// turn is a place of the frontier with the edges that it still has to follow.
type turn struct {
	side *side
	from place
	list []catalog.Edge
}

// root begins the walks. A walk of fields begins at every field of the roots:
// the place with an empty field stands for them.
func (w *walker) root() {
	roots := make([]place, 0, len(w.t.Roots))
	for _, id := range w.t.Roots {
		if len(w.nodes) >= w.t.MaxNodes {
			w.cut.add(CutNodes)
			break
		}
		p := place{asset: id}
		w.nodes[p] = &Node{Asset: id}
		roots = append(roots, p)
	}
	for _, d := range directions(w.t.Direction) {
		s := &side{d: d, frontier: roots, seen: map[place]bool{}, hidden: map[place]map[place]bool{}}
		for _, p := range roots {
			s.seen[p] = true
		}
		w.sides = append(w.sides, s)
	}
}

// turns reads what leaves the frontiers and empties them.
func (w *walker) turns() ([]turn, error) {
	var out []turn
	for _, s := range w.sides {
		slices.SortFunc(s.frontier, comparePlaces)
		lists, err := w.neighbours(s.d, s.frontier)
		if err != nil {
			return nil, err
		}
		for _, p := range s.frontier {
			if l := lists[p]; len(l) > 0 {
				out = append(out, turn{s, p, l})
			}
		}
		s.frontier = nil
	}
	return out, nil
}

// level follows all edges of one hop, one of each place in turn. Beyond the
// depth or the budget it only counts.
func (w *walker) level(turns []turn, depth int) {
	for len(turns) > 0 {
		rest := turns[:0]
		for _, t := range turns {
			w.step(t.side, t.from, t.list[0], depth)
			if t.list = t.list[1:]; len(t.list) > 0 {
				rest = append(rest, t)
			}
		}
		turns = rest
	}
}

// step follows one edge.
func (w *walker) step(s *side, from place, e catalog.Edge, depth int) {
	to := w.otherEnd(s.d, e)
	if !s.seen[to] {
		if reason := w.full(to, depth); reason != "" {
			w.hide(s, from, to, reason)
			return
		}
		if w.nodes[to] == nil {
			w.nodes[to] = &Node{Asset: to.asset, Field: to.field, Distance: depth}
		}
		s.seen[to] = true
		s.frontier = append(s.frontier, to)
	}
	w.edges[idOf(e)] = e
}

// full says why a place cannot be taken; "" when it can.
func (w *walker) full(to place, depth int) CutReason {
	switch {
	case depth > w.t.Depth:
		return CutDepth
	case w.nodes[to] == nil && len(w.nodes) >= w.t.MaxNodes:
		return CutNodes
	}
	return ""
}

func (w *walker) hide(s *side, from, to place, reason CutReason) {
	w.cut.add(reason)
	if s.hidden[from] == nil {
		s.hidden[from] = map[place]bool{}
	}
	s.hidden[from][to] = true
}

func (w *walker) otherEnd(d Direction, e catalog.Edge) place {
	p := place{asset: farOf(d, e)}
	if w.t.Granularity == ByField {
		if p.field = e.TargetField; d == Upstream {
			p.field = e.SourceField
		}
	}
	return p
}

// nearOf and farOf are the ends of an edge, seen in a direction.
func nearOf(d Direction, e catalog.Edge) catalog.AssetID {
	if d == Upstream {
		return e.Target
	}
	return e.Source
}

func farOf(d Direction, e catalog.Edge) catalog.AssetID {
	if d == Upstream {
		return e.Source
	}
	return e.Target
}

// neighbours reads the edges of a sorted frontier, by place, each list sorted.
func (w *walker) neighbours(d Direction, frontier []place) (map[place][]catalog.Edge, error) {
	out := map[place][]catalog.Edge{}
	for part := range slices.Chunk(assetsOf(frontier), chunk) {
		edges, err := w.expand(d, part)
		if err != nil {
			return nil, err
		}
		means := w.spelled(d, edges, frontier)
		for _, e := range edges {
			for _, p := range w.startsAt(d, e, frontier, means) {
				out[p] = append(out[p], leading(d, e, p))
			}
		}
	}
	return out, nil
}

func assetsOf(frontier []place) []catalog.AssetID {
	var out []catalog.AssetID
	for _, p := range frontier {
		if len(out) == 0 || out[len(out)-1] != p.asset {
			out = append(out, p.asset)
		}
	}
	return out
}

// spelled gives, of places of the frontier that no edge begins at by their very
// name, the name that means them.
func (w *walker) spelled(d Direction, edges []catalog.Edge, frontier []place) map[place]string {
	if w.t.Granularity != ByField {
		return nil
	}
	arriving, begins, out := columnsOf{}, beginning(d, edges), map[place]string{}
	for _, p := range frontier {
		arriving.add(p.asset, p.field)
	}
	for _, p := range frontier {
		if name := begins[p.asset].meant(p.field, arriving[p.asset]); name != p.field {
			out[p] = name
		}
	}
	return out
}

// leading is an edge as it leads on from a place: by that place's name.
func leading(d Direction, e catalog.Edge, from place) catalog.Edge {
	if field := nearField(d, &e); from.field != "" && *field != "" {
		*field = from.field
	}
	return e
}

// startsAt is where in the frontier an edge begins: the asset, or for fields
// the field and the place that stands for all fields. An edge of a whole
// dataset (a filter, a join) begins at each of its fields.
func (w *walker) startsAt(d Direction, e catalog.Edge, frontier []place, means map[place]string) []place {
	near, field := nearOf(d, e), *nearField(d, &e)
	if w.t.Granularity != ByField {
		return []place{{asset: near}}
	}
	var out []place
	first, _ := slices.BinarySearchFunc(frontier, place{asset: near}, comparePlaces)
	for _, p := range frontier[first:] {
		if p.asset != near {
			break
		}
		if p.field == "" || field == "" || p.field == field || means[p] == field {
			out = append(out, p)
		}
	}
	return out
}

// expand reads one hop of the granularity: a direct edge, or two edges through
// a job (BY DATASET) or a dataset (BY JOB), which become one DERIVES edge.
func (w *walker) expand(d Direction, ids []catalog.AssetID) ([]catalog.Edge, error) {
	edges, err := w.read(d, ids, w.t.Types)
	if err != nil {
		return nil, err
	}
	switch w.t.Granularity {
	case ByDataset:
		return w.collapse(d, edges, map[Direction][2]catalog.EdgeType{
			Downstream: {catalog.EdgeReads, catalog.EdgeWrites}, Upstream: {catalog.EdgeWrites, catalog.EdgeReads}}[d])
	case ByJob:
		return w.collapse(d, edges, map[Direction][2]catalog.EdgeType{
			Downstream: {catalog.EdgeWrites, catalog.EdgeReads}, Upstream: {catalog.EdgeReads, catalog.EdgeWrites}}[d])
	}
	return edges, nil
}

func (w *walker) read(d Direction, ids []catalog.AssetID, types []catalog.EdgeType) ([]catalog.Edge, error) {
	edges, more, err := w.src.Neighbours(w.ctx, NeighbourQuery{Frontier: ids, Direction: d, Types: types, AsOf: w.t.AsOf, Limit: edgeBudget, Fields: w.t.Granularity == ByField})
	if more {
		w.cut.add(CutMemory)
	}
	return edges, err
}

// passage is an edge into what is collapsed. by is who states how its data gets
// on from there, when somebody does who stands at no end.
type passage struct {
	edge catalog.Edge
	by   catalog.AssetID
}

// links reports whether an edge leads from one asset that is collapsed to
// another.
func (w *walker) links(e catalog.Edge) bool {
	return e.Type == catalog.EdgeDerives && e.Source != e.Target && e.Jobs == (w.t.Granularity == ByDataset)
}

// collapse replaces each edge of the type hop[0] by what continues it with
// hop[1]. Other edges stay: they begin at a root of the kind that is collapsed. Of
// a dataset, what is made of it without a job is no node BY JOB: it leads on.
func (w *walker) collapse(d Direction, first []catalog.Edge, hop [2]catalog.EdgeType) ([]catalog.Edge, error) {
	var out []catalog.Edge
	by := map[catalog.AssetID][]passage{}
	var middle []catalog.AssetID
	for _, e := range first {
		p, mid := passage{edge: e}, farOf(d, e)
		switch {
		case e.Type == hop[0]:
		case w.t.Granularity == ByJob && e.Type == catalog.EdgeDerives && !e.Jobs:
			if p.by = e.Job; !w.links(e) {
				continue
			}
		default:
			out = append(out, e)
			continue
		}
		if by[mid] == nil {
			middle = append(middle, mid)
		}
		by[mid] = append(by[mid], p)
	}
	if !slices.Contains(w.t.Types, hop[1]) {
		middle = nil
	}
	middle, err := w.chain(d, by, middle)
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(middle, chunk) {
		second, err := w.read(d, part, []catalog.EdgeType{hop[1]})
		if err != nil {
			return nil, err
		}
		out = w.join(d, out, by, second)
	}
	slices.SortStableFunc(out, func(a, b catalog.Edge) int {
		return cmp.Or(nearOf(d, a).Compare(nearOf(d, b)), CompareEdges(d, a, b))
	})
	return slices.CompactFunc(out, func(a, b catalog.Edge) bool { return idOf(a) == idOf(b) }), nil
}

// chain adds the jobs that take their data from the jobs in the middle, or the
// datasets that are made of those there, and so on: what reaches one reaches them
// all.
func (w *walker) chain(d Direction, by map[catalog.AssetID][]passage, middle []catalog.AssetID) ([]catalog.AssetID, error) {
	if !slices.Contains(w.t.Types, catalog.EdgeDerives) {
		return middle, nil
	}
	budget := edgeBudget
	for next := middle; len(next) > 0; {
		part := next[:min(chunk, len(next))]
		next = next[len(part):]
		edges, err := w.read(d, part, []catalog.EdgeType{catalog.EdgeDerives})
		if err != nil {
			return nil, err
		}
		for _, e := range edges {
			far := farOf(d, e)
			known, news := by[far] != nil, 0
			if w.links(e) {
				news = reachOn(d, by, e)
			}
			if news == 0 {
				continue
			}
			if next = append(next, far); !known {
				middle = append(middle, far)
			}
			if budget -= news; budget < 0 {
				w.cut.add(CutMemory)
				return middle, nil
			}
		}
	}
	return middle, nil
}

// reachOn lets what reaches one end of an edge reach the other and says how much
// of it is news. What comes back to where it began is none.
func reachOn(d Direction, by map[catalog.AssetID][]passage, e catalog.Edge) (news int) {
	far := farOf(d, e)
	have := map[edgeID]bool{}
	for _, p := range by[far] {
		have[idOf(p.edge)] = true
	}
	for _, p := range by[nearOf(d, e)] {
		if have[idOf(p.edge)] || nearOf(d, p.edge) == far {
			continue
		}
		if p.edge = within(e, p.edge); !e.Jobs && !e.Job.IsZero() {
			p.by = e.Job
		}
		by[far] = append(by[far], p)
		news++
	}
	return news
}

// join adds one edge for every two that meet in the middle.
func (w *walker) join(d Direction, out []catalog.Edge, by map[catalog.AssetID][]passage, second []catalog.Edge) []catalog.Edge {
	for _, s := range second {
		for _, p := range by[nearOf(d, s)] {
			if len(out) >= edgeBudget {
				w.cut.add(CutMemory)
				return out
			}
			out = append(out, joined(d, p, s))
		}
	}
	return out
}

// joined holds while both edges hold.
func joined(d Direction, p passage, s catalog.Edge) catalog.Edge {
	f := p.edge
	e := catalog.Edge{Type: catalog.EdgeDerives, Job: cmp.Or(p.by, nearOf(d, s)), Origin: s.Origin, From: s.From, To: s.To, Run: s.Run, Policy: s.Policy, Source: f.Source, Target: s.Target}
	if d == Upstream {
		e.Source, e.Target = s.Source, f.Target
	}
	return within(f, e)
}

func (w *walker) answer() Lineage {
	l := Lineage{Complete: w.cut == "", Cut: w.cut, AsOf: w.t.AsOf}
	w.countHidden()
	for _, n := range w.nodes {
		l.Nodes = append(l.Nodes, *n)
	}
	for _, e := range w.edges {
		l.Edges = append(l.Edges, e)
	}
	slices.SortFunc(l.Nodes, compareNodes)
	slices.SortFunc(l.Edges, CompareBySource)
	return l
}

// countHidden counts what was not taken and is not in the answer from the
// other side either.
func (w *walker) countHidden() {
	for _, s := range w.sides {
		for from, hidden := range s.hidden {
			count := 0
			for to := range hidden {
				if w.nodes[to] == nil {
					count++
				}
			}
			if s.d == Upstream {
				w.nodes[from].HiddenUpstream = count
			} else {
				w.nodes[from].HiddenDownstream = count
			}
		}
	}
}

func compareNodes(a, b Node) int {
	return cmp.Or(cmp.Compare(a.Distance, b.Distance), a.Asset.Compare(b.Asset), cmp.Compare(a.Field, b.Field))
}

// CompareBySource is the order of edges in an answer: by source, then as
// CompareEdges.
func CompareBySource(a, b catalog.Edge) int {
	return cmp.Or(a.Source.Compare(b.Source), CompareEdges(Downstream, a, b))
}
