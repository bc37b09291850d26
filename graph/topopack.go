package graph

import (
	"cmp"
	"encoding/binary"
	"iter"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// The sides of a node: what comes in from upstream, and what goes out.
const (
	up   = 0
	down = 1
)

func sideOf(d Direction) int {
	if d == Upstream {
		return up
	}
	return down
}

// edgeKinds are sorted, so that kinds compare like edge types. A type that is
// not among them is one that this version does not know and nobody asks for. Behind
// those of what is stored stand the types that an Overlay may have, as kinds of
// their own: who asks for what is stored passes them by at no cost.
var edgeKinds = [...]catalog.EdgeType{catalog.EdgeContains, catalog.EdgeControls, catalog.EdgeDerives, catalog.EdgeReads, catalog.EdgeWrites, catalog.EdgeDerives, catalog.EdgeReads}

const storedKinds = 5

// kindRank orders kinds like edge types.
var kindRank = [...]uint32{0, 1, 2, 3, 4, 2, 3}

// kindOf is the kind of an edge; -1: none is known.
func kindOf(e *catalog.Edge) int {
	if e.Policy == "" {
		return slices.Index(edgeKinds[:storedKinds], e.Type)
	}
	if i := slices.Index(edgeKinds[storedKinds:], e.Type); i >= 0 {
		return storedKinds + i
	}
	return -1
}

// packed is the graph in arrays by dense id. Ids are given once and kept. The
// elements of lists, rows and fieldRows are never changed, only exchanged.
type packed struct {
	pos      catalog.Position
	counts   int64 // the projection of positions
	ids      map[catalog.AssetID]int32
	keys     []catalog.AssetID
	internal []bool
	// lists hold the asset-level edges by side, in the order of CompareEdges.
	lists [2][][]halfEdge
	// rows hold the open edges that an asset owns; nil when none. metas are
	// theirs, once more, one step nearer.
	rows  []*packedRow
	metas [][]edgeMeta
	// fieldRows are the owners of field edges that touch a dataset, sorted.
	fieldRows [][]int32
	bytes     int64
}

// halfEdge is an edge seen from one of its ends.
type halfEdge struct {
	to  int32  // the other end
	own int32  // the owner, whose row holds the rest
	ref uint32 // kind, and index of the owner's metas
}

// ref packs a kind and an index of metas.
const metaBits = 28

func refOf(kind, meta int) uint32 { return uint32(kind)<<metaBits | uint32(meta) }

func (h halfEdge) kind() uint32 { return h.ref >> metaBits }
func (h halfEdge) meta() uint32 { return h.ref & (1<<metaBits - 1) }

// packedRow is what an asset owns.
type packedRow struct {
	edges []ownedEdge
	metas []edgeMeta
	// ends are the assets that the field edges touch, and packed those edges;
	// see fields.
	ends   []int32
	packed string
}

type ownedEdge struct {
	src, dst int32
	ref      uint32
}

// edgeMeta is what edges of one owner have in common: most were first named by
// the same run. It fills one line of a processor's cache: who reads a large
// lineage waits for these.
type edgeMeta struct {
	sec            int64 // from, in UTC
	nano           int32
	ordinal        int32
	run            string
	transformation *catalog.Transformation // nil: none
	job            catalog.AssetID
	origin         uint8 // index of origins
	jobs           bool
}

// origins are all that an edge may have; what is not among them is observed. The
// last is that of a policy, whose name then stands in the place of the run.
var origins = [...]catalog.EdgeOrigin{catalog.EdgeObserved, catalog.EdgeDeclared, catalog.EdgeOperator, catalog.EdgeDeclared}

const byPolicy = 3

func newPacked() *packed { return &packed{ids: map[catalog.AssetID]int32{}} }

// edge gives the whole of a half edge of n.
func (g *packed) edge(side int, n int32, h halfEdge) (e catalog.Edge) {
	g.fill(&e, side, n, h)
	return e
}

// fill is edge for an empty one in place: edges are large.
func (g *packed) fill(e *catalog.Edge, side int, n int32, h halfEdge) {
	e.Source, e.Target = g.keys[n], g.keys[h.to]
	if side == up {
		e.Source, e.Target = e.Target, e.Source
	}
	e.Type = edgeKinds[h.kind()]
	g.metas[h.own][h.meta()].into(e)
}

func (m *edgeMeta) into(e *catalog.Edge) {
	e.From, e.Job, e.Run, e.Origin, e.Ordinal, e.Jobs = time.Unix(m.sec, int64(m.nano)).UTC(), m.job, m.run, origins[m.origin], int(m.ordinal), m.jobs
	if m.transformation != nil {
		e.Transformation = *m.transformation
	}
	if m.origin == byPolicy {
		e.Run, e.Policy = "", m.run
	}
}

// owned lists the asset-level edges that n owns.
func (g *packed) owned(n int32) []catalog.Edge {
	out := make([]catalog.Edge, len(g.rows[n].edges))
	for i, o := range g.rows[n].edges {
		out[i] = g.edge(down, o.src, halfEdge{to: o.dst, own: n, ref: o.ref})
	}
	return out
}

// fieldRef is a field edge, its ends as dense ids.
type fieldRef struct {
	src, dst int32
	sf, tf   string
	ref      uint32
}

func (g *packed) fieldEdge(own int32, f fieldRef) catalog.Edge {
	e := catalog.Edge{Type: edgeKinds[f.ref>>metaBits], Source: g.keys[f.src], SourceField: f.sf, Target: g.keys[f.dst], TargetField: f.tf}
	g.metas[own][f.ref&(1<<metaBits-1)].into(&e)
	return e
}

// fields unpacks the field edges of a row: the names of all fields, then of
// each edge its ends as indexes of ends, its fields as indexes of the names,
// and its ref. The names are parts of the packed string and cost nothing.
func (r *packedRow) fields() iter.Seq[fieldRef] {
	return func(yield func(fieldRef) bool) {
		if r.packed == "" {
			return
		}
		u := unpacker{rest: r.packed}
		names := make([]string, u.number())
		for i := range names {
			names[i] = u.text()
		}
		for u.rest != "" {
			f := fieldRef{src: r.ends[u.number()], dst: r.ends[u.number()], sf: names[u.number()], tf: names[u.number()], ref: uint32(u.number())}
			if !yield(f) {
				return
			}
		}
	}
}

// unpacker reads what packer wrote.
type unpacker struct{ rest string }

func (u *unpacker) number() (n uint64) {
	for shift := 0; ; shift += 7 {
		b := u.rest[0]
		u.rest = u.rest[1:]
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
}

func (u *unpacker) text() string {
	n := u.number()
	s := u.rest[:n]
	u.rest = u.rest[n:]
	return s
}

// rowPacker makes a packedRow. number gives the dense id of an asset.
type rowPacker struct {
	number func(catalog.AssetID) int32
	row    packedRow
	metas  map[catalog.Edge]int
	ends   map[int32]int
	names  map[string]int
	order  []string
	fields []byte
}

// packRow packs the open edges of a row; nil when there are none. The order of
// the edges is that of CompareBySource, however the row has them.
func packRow(edges []catalog.Edge, number func(catalog.AssetID) int32) *packedRow {
	p := rowPacker{number: number, metas: map[catalog.Edge]int{}}
	open := make([]*catalog.Edge, 0, len(edges))
	for i := range edges {
		if kindOf(&edges[i]) >= 0 && edges[i].Current() {
			open = append(open, &edges[i])
		}
	}
	slices.SortFunc(open, func(a, b *catalog.Edge) int {
		return cmp.Or(a.Source.Compare(b.Source), compareEdges(Downstream, a, b))
	})
	for _, e := range open {
		p.add(kindOf(e), *e)
	}
	if len(p.row.metas) == 0 {
		return nil
	}
	if len(p.fields) > 0 {
		p.row.packed = p.packNames() + string(p.fields)
	}
	p.row.edges, p.row.metas, p.row.ends = slices.Clip(p.row.edges), slices.Clip(p.row.metas), slices.Clip(p.row.ends)
	return &p.row
}

func (p *rowPacker) add(kind int, e catalog.Edge) {
	ref := refOf(kind, p.meta(e))
	src, dst := p.number(e.Source), p.number(e.Target)
	if !e.FieldLevel() {
		p.row.edges = append(p.row.edges, ownedEdge{src, dst, ref})
		return
	}
	if p.ends == nil {
		p.ends, p.names = map[int32]int{}, map[string]int{}
	}
	for _, n := range []int{p.end(src), p.end(dst), p.name(e.SourceField), p.name(e.TargetField), int(ref)} {
		p.fields = binary.AppendUvarint(p.fields, uint64(n))
	}
}

func (p *rowPacker) meta(e catalog.Edge) int {
	rest := e
	rest.Type, rest.Source, rest.Target, rest.SourceField, rest.TargetField = "", catalog.AssetID{}, catalog.AssetID{}, "", ""
	if i, ok := p.metas[rest]; ok {
		return i
	}
	m := edgeMeta{sec: e.From.Unix(), nano: int32(e.From.Nanosecond()), job: e.Job, run: e.Run, origin: originOf(e.Origin), ordinal: int32(e.Ordinal), jobs: e.Jobs}
	if e.Transformation != (catalog.Transformation{}) {
		m.transformation = &e.Transformation
	}
	if e.Policy != "" {
		m.run, m.origin = e.Policy, byPolicy
	}
	i := len(p.row.metas)
	p.metas[rest], p.row.metas = i, append(p.row.metas, m)
	return i
}

func originOf(o catalog.EdgeOrigin) uint8 { return uint8(max(slices.Index(origins[:], o), 0)) }

func (p *rowPacker) end(n int32) int {
	i, ok := p.ends[n]
	if !ok {
		i = len(p.row.ends)
		p.ends[n], p.row.ends = i, append(p.row.ends, n)
	}
	return i
}

func (p *rowPacker) name(s string) int {
	i, ok := p.names[s]
	if !ok {
		i = len(p.order)
		p.names[s], p.order = i, append(p.order, s)
	}
	return i
}

func (p *rowPacker) packNames() string {
	b := binary.AppendUvarint(nil, uint64(len(p.order)))
	for _, s := range p.order {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return string(b)
}

// equal reports whether two rows hold the same edges.
func (r *packedRow) equal(o *packedRow) bool {
	if r == nil || o == nil {
		return r == o
	}
	return r.packed == o.packed && slices.Equal(r.edges, o.edges) && slices.Equal(r.ends, o.ends) && slices.EqualFunc(r.metas, o.metas, edgeMeta.equal)
}

func (m edgeMeta) equal(o edgeMeta) bool {
	if (m.transformation == nil) != (o.transformation == nil) || m.transformation != nil && *m.transformation != *o.transformation {
		return false
	}
	m.transformation, o.transformation = nil, nil
	return m == o
}

// What things take, in bytes: an estimate that leaves out what a collector
// keeps in reserve.
const (
	nodeBytes = 175 // key, lists, a row, a place in the map
	rowBytes  = 130
	metaBytes = 64
	listBytes = 8
)

func (r *packedRow) size() int64 {
	if r == nil {
		return 0
	}
	n := rowBytes + 12*len(r.edges) + metaBytes*len(r.metas) + 4*len(r.ends) + len(r.packed)
	for _, m := range r.metas {
		n += len(m.run)
		if m.transformation != nil {
			n += metaBytes + len(m.transformation.Description)
		}
	}
	return int64(n)
}

func sizeOf[T any](list []T, each int) int64 {
	if len(list) == 0 {
		return 0
	}
	return int64(listBytes + each*len(list))
}
