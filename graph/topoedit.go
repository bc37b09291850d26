package graph

import (
	"cmp"
	"maps"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// edit works a change out beside the graph that readers use: new rows, and of
// each list that they touch a new one. Only commit needs readers to wait. A row
// that says what it said before touches nothing.
type edit struct {
	g *packed
	// fresh are assets that the graph does not know yet, in the order of their
	// dense ids, which follow those that it gave.
	fresh    map[catalog.AssetID]int32
	keys     []catalog.AssetID
	internal map[int32]bool
	rows     map[int32]*packedRow
	added    [2]map[int32][]halfEdge // by side
	fields   map[int32][]int32
	lists    [2]map[int32][]halfEdge
	bytes    int64
}

func newEdit(g *packed) *edit {
	e := &edit{g: g, fresh: map[catalog.AssetID]int32{}, internal: map[int32]bool{}, rows: map[int32]*packedRow{}, fields: map[int32][]int32{}}
	for side := range e.lists {
		e.added[side], e.lists[side] = map[int32][]halfEdge{}, map[int32][]halfEdge{}
	}
	return e
}

func (e *edit) change(c Change) {
	for _, id := range c.Removed {
		if n, ok := e.g.ids[id]; ok {
			e.rows[n], e.internal[n] = nil, false
		}
	}
	for _, r := range c.Rows {
		n := e.number(r.Asset.ID)
		e.rows[n], e.internal[n] = packRow(r.Edges, e.number), r.Asset.Internal
	}
	for n, row := range e.rows {
		if row.equal(e.row(n)) {
			delete(e.rows, n)
		}
	}
	for n, row := range e.rows {
		e.touch(e.row(n), n, false)
		e.touch(row, n, true)
	}
	e.merge()
}

// number gives the dense id of an asset.
func (e *edit) number(id catalog.AssetID) int32 {
	if n, ok := e.g.ids[id]; ok {
		return n
	}
	n, ok := e.fresh[id]
	if !ok {
		n = int32(len(e.g.keys) + len(e.keys))
		e.fresh[id], e.keys = n, append(e.keys, id)
	}
	return n
}

func (e *edit) key(n int32) *catalog.AssetID {
	if known := int32(len(e.g.keys)); n >= known {
		return &e.keys[n-known]
	}
	return &e.g.keys[n]
}

// row is what the graph has of an owner.
func (e *edit) row(n int32) *packedRow {
	if int(n) < len(e.g.rows) {
		return e.g.rows[n]
	}
	return nil
}

// touch notes the lists that an old or a new row is in; what a new one adds is
// kept for merge.
func (e *edit) touch(r *packedRow, own int32, add bool) {
	if r == nil {
		return
	}
	for _, o := range r.edges {
		for side, ends := range [2][2]int32{{o.dst, o.src}, {o.src, o.dst}} {
			list := e.added[side][ends[0]]
			if add {
				list = append(list, halfEdge{to: ends[1], own: own, ref: o.ref})
			}
			e.added[side][ends[0]] = list
		}
	}
	for _, end := range r.ends {
		list := e.fields[end]
		if add {
			list = append(list, own)
		}
		e.fields[end] = list
	}
}

// merge makes the new lists: the old without what changed owners had in them,
// and what those have now. Those of neighbours lie side by side in memory.
func (e *edit) merge() {
	for side, touched := range e.added {
		for _, n := range slices.Sorted(maps.Keys(touched)) {
			add := touched[n]
			slices.SortFunc(add, e.compare)
			old := listAt(e.g.lists[side], n)
			e.lists[side][n] = mergeSorted(old, add, func(h halfEdge) bool { return e.replaces(h.own) }, e.compare)
			e.bytes += sizeOf(e.lists[side][n], 12) - sizeOf(old, 12)
		}
	}
	for n, add := range e.fields {
		slices.Sort(add)
		old := listAt(e.g.fieldRows, n)
		e.fields[n] = mergeSorted(old, slices.Compact(add), e.replaces, cmp.Compare[int32])
		e.bytes += sizeOf(e.fields[n], 4) - sizeOf(old, 4)
	}
	for n, row := range e.rows {
		e.bytes += row.size() - e.row(n).size()
	}
	e.bytes += int64(nodeBytes * len(e.keys))
}

func (e *edit) replaces(own int32) bool {
	_, ok := e.rows[own]
	return ok
}

func listAt[T any](lists [][]T, n int32) []T {
	if int(n) < len(lists) {
		return lists[n]
	}
	return nil
}

// mergeSorted merges two sorted lists into a new one, without what is dropped
// of the old.
func mergeSorted[T any](old, add []T, drop func(T) bool, compare func(a, b T) int) []T {
	out := make([]T, 0, len(old)+len(add))
	for _, h := range old {
		if drop(h) {
			continue
		}
		for len(add) > 0 && compare(add[0], h) < 0 {
			out, add = append(out, add[0]), add[1:]
		}
		out = append(out, h)
	}
	if out = append(out, add...); len(out) == 0 {
		return nil
	}
	if cap(out) > len(out)+len(out)/8 {
		out = slices.Clone(out)
	}
	return slices.Clip(out)
}

// compare is the order of CompareEdges for edges of one end.
func (e *edit) compare(a, b halfEdge) int {
	if x, y := kindRank[a.kind()], kindRank[b.kind()]; a.to != b.to || x != y {
		return cmp.Or(cmp.Compare(x, y), e.key(a.to).Compare(*e.key(b.to)))
	}
	x, y := e.meta(a), e.meta(b)
	return cmp.Or(x.job.Compare(y.job), cmp.Compare(x.ordinal, y.ordinal), cmp.Compare(a.own, b.own))
}

func (e *edit) meta(h halfEdge) *edgeMeta {
	row, ok := e.rows[h.own]
	if !ok {
		row = e.g.rows[h.own]
	}
	return &row.metas[h.meta()]
}

// commit puts the new parts in the place of the old.
func (e *edit) commit() {
	g := e.g
	for _, id := range e.keys {
		g.ids[id] = int32(len(g.keys))
		g.keys = append(g.keys, id)
	}
	g.grow(len(g.keys))
	for n, is := range e.internal {
		g.internal[n] = is
	}
	for n, row := range e.rows {
		if g.rows[n], g.metas[n] = row, nil; row != nil {
			g.metas[n] = row.metas
		}
	}
	for side := range e.lists {
		for n, list := range e.lists[side] {
			g.lists[side][n] = list
		}
	}
	for n, list := range e.fields {
		g.fieldRows[n] = list
	}
	g.bytes += e.bytes
}

// grow gives all arrays the length n.
func (g *packed) grow(n int) {
	more := n - len(g.internal)
	g.internal = append(g.internal, make([]bool, more)...)
	g.rows = append(g.rows, make([]*packedRow, more)...)
	g.metas = append(g.metas, make([][]edgeMeta, more)...)
	g.fieldRows = append(g.fieldRows, make([][]int32, more)...)
	for side := range g.lists {
		g.lists[side] = append(g.lists[side], make([][]halfEdge, more)...)
	}
}
