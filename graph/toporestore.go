package graph

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// Restore replaces all that the topology holds by a snapshot of the projection.
// The error of one that cannot be used wraps ErrSnapshot, and the topology is
// as it was. A snapshot behind end is brought up to date by following; one that
// is ahead of it saw what this projection never did.
func (t *Topology) Restore(b []byte, projection int64, end catalog.Position) error {
	h, err := readSnapHeader(b, projection, end)
	if err != nil {
		return err
	}
	g := newPacked()
	over := t.Limit > 0 && h.size > t.Limit
	switch {
	case over:
	case h.dropped:
		return fmt.Errorf("%w: it was too large for the limit that held then", ErrSnapshot)
	default:
		r := snapReader{b: b[snapHeader : len(b)-4], g: g}
		if r.read(); r.bad {
			return fmt.Errorf("%w: its content does not hold together", ErrSnapshot)
		}
	}
	g.pos, g.counts = h.pos, projection
	t.writer.Lock()
	defer t.writer.Unlock()
	if !over {
		g = t.overlay.under(g)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.g, t.over, t.dropped = g, over, h.size
	return nil
}

type snapHead struct {
	pos     catalog.Position
	size    int64
	dropped bool
}

func readSnapHeader(b []byte, projection int64, end catalog.Position) (h snapHead, err error) {
	refuse := func(why string) (snapHead, error) { return h, fmt.Errorf("%w: %s", ErrSnapshot, why) }
	if len(b) < snapHeader+4 || string(b[:len(snapMagic)]) != snapMagic {
		return refuse("it is none, or torn")
	}
	rest := b[len(snapMagic):]
	if binary.LittleEndian.Uint32(rest) != snapFormat {
		return refuse("it is of another format")
	}
	if crc32.Checksum(b[:len(b)-4], castagnoli) != binary.LittleEndian.Uint32(b[len(b)-4:]) {
		return refuse("it is torn or damaged")
	}
	if int64(binary.LittleEndian.Uint64(rest[4:])) != projection {
		return refuse("it is of another graph, or from before a rebuild")
	}
	h.pos = catalog.Position(binary.LittleEndian.Uint64(rest[12:]))
	h.size = int64(binary.LittleEndian.Uint64(rest[20:]))
	h.dropped = rest[28] != 0
	if h.pos > end {
		return refuse(fmt.Sprintf("it is at position %s and the state at %s", h.pos, end))
	}
	return h, nil
}

// snapReader builds the graph of a snapshot. What does not hold together makes
// it bad, never a panic.
type snapReader struct {
	b   []byte
	at  int
	bad bool
	g   *packed
	n   int // assets
	// blobs gather the packed field edges of all rows in one string.
	blobs strings.Builder
	cuts  []blobCut
}

type blobCut struct {
	row      *packedRow
	from, to int
}

func (r *snapReader) read() {
	r.n = r.count(18) // an id and two flags each
	r.g.keys = make([]catalog.AssetID, r.n)
	r.g.ids = make(map[catalog.AssetID]int32, r.n)
	r.g.grow(r.n)
	for n := 0; n < r.n && !r.bad; n++ {
		r.asset(int32(n))
	}
	r.cutBlobs()
	r.edges()
	if r.bad || r.at != len(r.b) {
		r.bad = true
		return
	}
	r.g.derive()
	r.g.bytes = r.g.measure()
}

// number reads one number; a bad one is 0.
func (r *snapReader) number() uint64 {
	v, n := binary.Uvarint(r.b[r.at:])
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.at += n
	return v
}

// count reads how many things of at least so many bytes each follow.
func (r *snapReader) count(each int) int {
	v := r.number()
	if v > uint64((len(r.b)-r.at)/each) {
		r.bad = true
		return 0
	}
	return int(v)
}

func (r *snapReader) bytes(n int) []byte {
	if r.bad || n > len(r.b)-r.at {
		r.bad = true
		return make([]byte, min(n, 16))
	}
	r.at += n
	return r.b[r.at-n : r.at]
}

func (r *snapReader) text() string { return string(r.bytes(r.count(1))) }

// index reads a number below a bound.
func (r *snapReader) index(bound int) int32 {
	v := r.number()
	if v >= uint64(bound) {
		r.bad = true
		return 0
	}
	return int32(v)
}

func (r *snapReader) asset(n int32) {
	id := catalog.AssetID(r.bytes(16))
	flags := r.bytes(2)
	r.g.keys[n], r.g.ids[id] = id, n
	if r.g.internal[n] = flags[0] != 0; flags[1] != 0 {
		r.row(n)
	}
}

func (r *snapReader) row(n int32) {
	row := &packedRow{}
	if c := r.count(4); c > 0 {
		row.metas = make([]edgeMeta, c)
	}
	for i := range row.metas {
		r.meta(n, &row.metas[i])
	}
	if c := r.count(1); c > 0 {
		row.ends = make([]int32, c)
	}
	for i := range row.ends {
		row.ends[i] = r.index(r.n)
	}
	from := r.blobs.Len()
	r.blobs.Write(r.bytes(r.count(1)))
	if to := r.blobs.Len(); to > from {
		r.cuts = append(r.cuts, blobCut{row, from, to})
	}
	r.g.rows[n], r.g.metas[n] = row, row.metas
}

func (r *snapReader) cutBlobs() {
	all := r.blobs.String()
	for _, c := range r.cuts {
		c.row.packed = all[c.from:c.to]
	}
}

func (r *snapReader) meta(owner int32, m *edgeMeta) {
	bits := r.number()
	origin := bits / metaOrigin
	if origin >= byPolicy {
		r.bad = true
		return
	}
	m.origin, m.jobs = uint8(origin), bits&metaJobs != 0
	sec, n := binary.Varint(r.b[r.at:])
	if n <= 0 {
		r.bad = true
		return
	}
	r.at += n
	m.sec, m.nano, m.ordinal, m.run = sec, int32(r.number()), int32(r.number()), r.text()
	if bits&metaOwnJob != 0 {
		m.job = r.g.keys[owner]
	}
	if bits&metaOtherJob != 0 {
		m.job = catalog.AssetID(r.bytes(16))
	}
	if bits&metaTransformation != 0 {
		m.transformation = &catalog.Transformation{Type: r.text(), Subtype: r.text(), Description: r.text(), Masking: bits&metaMasking != 0}
	}
}

func (r *snapReader) edges() {
	// One array for all: the lists of neighbours lie side by side.
	var arena []halfEdge
	begin := make([]int, r.n+1)
	for n := 0; n < r.n && !r.bad; n++ {
		for range r.count(3) {
			arena = append(arena, r.edge(int32(n)))
		}
		begin[n+1] = len(arena)
	}
	if r.bad {
		return
	}
	for n := range r.n {
		if a, b := begin[n], begin[n+1]; b > a {
			r.g.lists[down][n] = arena[a:b:b]
		}
	}
}

func (r *snapReader) edge(n int32) halfEdge {
	h := halfEdge{to: r.index(r.n), own: n}
	switch own := r.number(); {
	case own == 1:
		h.own = h.to
	case own > 1 && own-2 < uint64(r.n):
		h.own = int32(own - 2)
	case own > 1:
		r.bad = true
	}
	ref := r.number()
	if ref&7 >= storedKinds || r.bad || ref>>3 >= uint64(len(r.g.metas[h.own])) {
		r.bad = true
		return h
	}
	h.ref = refOf(int(ref&7), int(ref>>3))
	return h
}

// derive makes of the edges by source, with sources in the order of their ids,
// the edges by target and by owner, and of the rows the owners of field edges.
func (g *packed) derive() {
	counts := make([]int32, len(g.keys))
	owned := make([]int32, len(g.keys))
	total := 0
	for _, list := range g.lists[down] {
		for _, h := range list {
			counts[h.to]++
			owned[h.own]++
		}
		total += len(list)
	}
	ins, edges := make([]halfEdge, total), make([]ownedEdge, total)
	for n := range g.keys {
		c, o := counts[n], owned[n]
		g.lists[up][n], ins = ins[:0:c], ins[c:]
		if g.rows[n] != nil {
			g.rows[n].edges, edges = edges[:0:o], edges[o:]
		}
	}
	for kind := range uint32(storedKinds) {
		g.transpose(kind)
	}
	for n, list := range g.lists[down] {
		for _, h := range list {
			row := g.rows[h.own]
			row.edges = append(row.edges, ownedEdge{int32(n), h.to, h.ref})
		}
	}
	for n, row := range g.rows {
		if row != nil {
			for _, end := range row.ends {
				g.fieldRows[end] = append(g.fieldRows[end], int32(n))
			}
		}
	}
}

// transpose files the edges of a kind under their targets.
func (g *packed) transpose(kind uint32) {
	for n, list := range g.lists[down] {
		for _, h := range list {
			if h.kind() == kind {
				g.lists[up][h.to] = append(g.lists[up][h.to], halfEdge{to: int32(n), own: h.own, ref: h.ref})
			}
		}
	}
}

// measure counts the bytes of everything.
func (g *packed) measure() (n int64) {
	n = int64(nodeBytes * len(g.keys))
	for i := range g.keys {
		n += g.rows[i].size() + sizeOf(g.lists[up][i], 12) + sizeOf(g.lists[down][i], 12) + sizeOf(g.fieldRows[i], 4)
	}
	return n
}
