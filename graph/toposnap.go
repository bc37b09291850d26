package graph

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/weirhq/weir/catalog"
)

// A snapshot is the topology in one file, so that a start reads a few megabytes
// in sequence instead of every row of the graph. It is a cache: what cannot be
// used is made anew by following from position 0.
//
//	magic, format, projection, position, size, dropped   fixed width
//	assets: ids in their order, with what they own       see snapWriter
//	edges: by source, as CompareBySource orders them
//	checksum                                              CRC-32C of all before
//
// Assets are numbered anew by id: neighbours in an answer lie near each other,
// and assets that nothing touches are left out. What can be derived (the edges
// by target, the rows by owner) is. Field edges stay packed as they are, and
// are unpacked by whoever asks for them.

// snapMagic and snapFormat begin a snapshot; a changed format is another number.
const (
	snapMagic  = "weirtopo"
	snapFormat = 1
	snapHeader = len(snapMagic) + 4 + 8 + 8 + 8 + 1
)

// ErrSnapshot: a snapshot cannot be used. The text says why.
var ErrSnapshot = errors.New("topology snapshot cannot be used")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Save writes a snapshot. projection names what the positions count: a topology
// that followed another projection of the journal is not restored. Of a
// topology that was dropped only its size is kept, so that the next start does
// not build it in vain.
func (t *Topology) Save(w io.Writer, projection int64) (catalog.Position, error) {
	g, over := t.frozen()
	sum := crc32.New(castagnoli)
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16)
	s := snapWriter{w: out, g: g}
	s.header(projection, over)
	if !over {
		s.assets()
		s.edges()
	}
	if err := out.Flush(); err != nil {
		return 0, fmt.Errorf("save topology: %w", err)
	}
	_, err := w.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	return g.pos, err
}

// frozen is the graph as it is now, in arrays of its own. What they hold is
// never changed.
func (t *Topology) frozen() (*packed, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	g := *t.g
	g.internal = append([]bool(nil), g.internal...)
	g.rows = append([]*packedRow(nil), g.rows...)
	g.lists = [2][][]halfEdge{append([][]halfEdge(nil), g.lists[up]...), append([][]halfEdge(nil), g.lists[down]...)}
	g.fieldRows = append([][]int32(nil), g.fieldRows...)
	g.lift()
	g.ids = nil
	if t.over {
		g.bytes = t.dropped
	}
	return &g, t.over
}

// snapWriter writes the parts of a snapshot. The buffer keeps its first error.
type snapWriter struct {
	w     *bufio.Writer
	g     *packed
	order []int32 // dense ids in the order of the snapshot
	place []int32 // where in it, by dense id
}

func (s *snapWriter) header(projection int64, over bool) {
	b := append([]byte(nil), snapMagic...)
	b = binary.LittleEndian.AppendUint32(b, snapFormat)
	b = binary.LittleEndian.AppendUint64(b, uint64(projection))
	b = binary.LittleEndian.AppendUint64(b, uint64(s.g.pos))
	b = binary.LittleEndian.AppendUint64(b, uint64(s.g.bytes))
	s.write(append(b, flag(over)))
}

func flag(is bool) byte {
	if is {
		return 1
	}
	return 0
}

func (s *snapWriter) write(b []byte) { s.w.Write(b) } //nolint:errcheck // Flush reports it

func (s *snapWriter) number(n uint64) {
	var b [binary.MaxVarintLen64]byte
	s.write(b[:binary.PutUvarint(b[:], n)])
}

func (s *snapWriter) text(v string) {
	s.number(uint64(len(v)))
	s.w.WriteString(v) //nolint:errcheck // Flush reports it
}

// assets writes how many there are, then of each its id, flags, and what its
// row says beside the asset-level edges.
func (s *snapWriter) assets() {
	s.place = make([]int32, len(s.g.keys))
	for n := range s.g.keys {
		if s.g.touched(int32(n)) {
			s.order = append(s.order, int32(n))
		}
	}
	s.g.sortByID(s.order)
	for i, n := range s.order {
		s.place[n] = int32(i)
	}
	s.number(uint64(len(s.order)))
	for _, n := range s.order {
		s.write(s.g.keys[n][:])
		s.write([]byte{flag(s.g.internal[n]), flag(s.g.rows[n] != nil)})
		if s.g.rows[n] != nil {
			s.row(n, s.g.rows[n])
		}
	}
}

// touched reports whether there is anything to say of an asset.
func (g *packed) touched(n int32) bool {
	return g.internal[n] || g.rows[n] != nil || len(g.lists[up][n])+len(g.lists[down][n])+len(g.fieldRows[n]) > 0
}

func (s *snapWriter) row(n int32, r *packedRow) {
	s.number(uint64(len(r.metas)))
	for _, m := range r.metas {
		s.meta(n, m)
	}
	s.number(uint64(len(r.ends)))
	for _, end := range r.ends {
		s.number(uint64(s.place[end]))
	}
	s.text(r.packed)
}

// The bits that say what a meta has.
const (
	metaJobs = 1 << iota
	metaOwnJob
	metaOtherJob
	metaTransformation
	metaMasking
	metaOrigin // and above
)

func (s *snapWriter) meta(owner int32, m edgeMeta) {
	bits := uint64(flag(m.jobs))*metaJobs + uint64(m.origin)*metaOrigin
	switch m.job {
	case catalog.AssetID{}:
	case s.g.keys[owner]:
		bits |= metaOwnJob
	default:
		bits |= metaOtherJob
	}
	if m.transformation != nil {
		bits |= metaTransformation | uint64(flag(m.transformation.Masking))*metaMasking
	}
	s.number(bits)
	s.write(binary.AppendVarint(nil, m.sec))
	s.number(uint64(m.nano))
	s.number(uint64(m.ordinal))
	s.text(m.run)
	if bits&metaOtherJob != 0 {
		s.write(m.job[:])
	}
	if tr := m.transformation; tr != nil {
		s.text(tr.Type)
		s.text(tr.Subtype)
		s.text(tr.Description)
	}
}

// edges writes of each asset how many edges leave it, and of each edge its
// target, its owner (0 the source, 1 the target, else 2 and more) and its ref.
func (s *snapWriter) edges() {
	for _, n := range s.order {
		s.number(uint64(len(s.g.lists[down][n])))
		for _, h := range s.g.lists[down][n] {
			s.number(uint64(s.place[h.to]))
			switch h.own {
			case n:
				s.number(0)
			case h.to:
				s.number(1)
			default:
				s.number(uint64(s.place[h.own]) + 2)
			}
			s.number(uint64(h.meta())<<3 | uint64(h.kind()))
		}
	}
}
