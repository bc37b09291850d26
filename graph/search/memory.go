package search

import (
	"bytes"
	"hash/maphash"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/weirhq/weir/catalog"
)

// texts are pieces of folded text, one behind the other in one buffer, so that
// a word is looked for in all of them at once. Each has an owner.
type texts struct {
	buf    []byte
	starts []int // where each piece starts, and the end of the last
	owners []int32
	dead   int // bytes of pieces that nobody owns
}

// gone owns a piece that was replaced.
const gone = -1

// add appends a piece and gives its number. A line feed ends it, for its last
// line ends like all others.
func (t *texts) add(piece string, owner int32) int32 {
	t.buf = append(append(t.buf, piece...), '\n')
	if len(t.starts) == 0 {
		t.starts = append(t.starts, 0)
	}
	t.starts = append(t.starts, len(t.buf))
	t.owners = append(t.owners, owner)
	return int32(len(t.owners) - 1)
}

func (t *texts) drop(piece int32) {
	t.owners[piece] = gone
	t.dead += t.starts[piece+1] - t.starts[piece]
}

// piece is a text with its last line feed.
func (t *texts) piece(n int32) []byte { return t.buf[t.starts[n]:t.starts[n+1]] }

// each calls do with every owned piece that has the text, once.
func (t *texts) each(text []byte, do func(owner int32, piece []byte)) {
	for n, at := 0, 0; ; n++ {
		i := bytes.Index(t.buf[at:], text)
		if i < 0 {
			return
		}
		n = t.holder(n, at+i)
		if at = t.starts[n+1]; t.owners[n] != gone {
			do(t.owners[n], t.piece(int32(n)))
		}
	}
}

// holder is the piece that holds a byte, at from or behind: near by when hits
// are many, so the look gets wider.
func (t *texts) holder(from, at int) int {
	step := 1
	for from+step < len(t.starts) && t.starts[from+step] <= at {
		from += step
		step *= 2
	}
	rest := t.starts[from:min(from+step+1, len(t.starts))]
	i, found := slices.BinarySearch(rest, at)
	if !found {
		i--
	}
	return from + i
}

// dictionary holds lines that recur, each once for all entries that have it:
// what a column is called, and what is said of it, is alike in many tables.
type dictionary struct {
	texts
	seed maphash.Seed
	ids  map[uint64]int32 // by the hash of the line, or behind that of another line
	uses []int32          // entries that have the line
}

func newDictionary(seed maphash.Seed) dictionary {
	return dictionary{seed: seed, ids: map[uint64]int32{}}
}

// id gives the number of a line, which is there from now on.
func (d *dictionary) id(line string) int32 {
	hash := maphash.String(d.seed, line)
	for {
		id, ok := d.ids[hash]
		if ok && d.owners[id] != gone && string(d.line(id)) == line {
			return id
		}
		if !ok {
			id = d.add("\n"+line, int32(len(d.owners)))
			d.ids[hash], d.uses = id, append(d.uses, 0)
			return id
		}
		hash++
	}
}

func (d *dictionary) line(id int32) []byte {
	p := d.piece(id)
	return p[1 : len(p)-1]
}

// take are the lines of a column, each once, for an entry that has them from now on.
func (d *dictionary) take(column string) (out []int32) {
	for line := range strings.SplitSeq(strings.TrimPrefix(column, "\n"), "\n") {
		if line != "" {
			out = append(out, d.id(line))
		}
	}
	slices.Sort(out)
	out = slices.Clip(slices.Compact(out))
	for _, id := range out {
		d.uses[id]++
	}
	return out
}

// leave gives up the lines of an entry; one that no other has is gone.
func (d *dictionary) leave(ids []int32) {
	for _, id := range ids {
		if d.uses[id]--; d.uses[id] > 0 {
			continue
		}
		// A line behind the hash of this one is not found any more: it is held twice
		// when it comes again, and found in both.
		for hash := maphash.Bytes(d.seed, d.line(id)); ; hash++ {
			if at, ok := d.ids[hash]; !ok {
				break
			} else if at == id {
				delete(d.ids, hash)
				break
			}
		}
		d.drop(id)
	}
}

// compact leaves out what nobody has, once that is half of it, and numbers the
// others anew in the lists of the entries.
func (d *dictionary) compact(entries []entry, list func(*entry) []int32) {
	if !d.wasteful() {
		return
	}
	fresh, moved := newDictionary(d.seed), make([]int32, len(d.owners))
	for id, owner := range d.owners {
		if owner != gone {
			to := fresh.id(string(d.line(int32(id))))
			moved[id] = to
			fresh.uses[to] += d.uses[id]
		}
	}
	for n := range entries {
		ids := list(&entries[n])
		for i, id := range ids {
			ids[i] = moved[id]
		}
	}
	*d = fresh
}

// entry is a document in memory.
type entry struct {
	id     catalog.AssetID
	sum    uint64 // of the document; equal means unchanged
	name   catalog.Name
	length int // of the name, in characters
	hidden hidden
	short  bool // not all of it is searched
	used   bool
	names  int32 // piece of memory.names
	spaces []int32
	labels []int32 // columns, tags and owners
	notes  []int32 // descriptions
	facts  []int32 // what filters ask for
}

// memory is the index as it is searched.
type memory struct {
	seed    maphash.Seed
	entries []entry
	free    []int32
	byID    map[catalog.AssetID]int32
	names   texts
	spaces  dictionary
	labels  dictionary
	notes   dictionary
	facts   map[fact]int32
	values  []string // of facts, by number
	short   int      // entries that are
	pos     catalog.Position
	counts  int64 // the projection of positions
}

func newMemory() *memory {
	seed := maphash.MakeSeed()
	return &memory{seed: seed, byID: map[catalog.AssetID]int32{}, facts: map[fact]int32{},
		spaces: newDictionary(seed), labels: newDictionary(seed), notes: newDictionary(seed)}
}

func (m *memory) sum(encoded []byte) uint64 { return maphash.Bytes(m.seed, encoded) }

// same reports whether the asset is indexed with this document already.
func (m *memory) same(id catalog.AssetID, sum uint64) bool {
	n, ok := m.byID[id]
	return ok && m.entries[n].sum == sum
}

func (m *memory) remove(id catalog.AssetID) {
	n, ok := m.byID[id]
	if !ok {
		return
	}
	m.leave(&m.entries[n])
	delete(m.byID, id)
	m.entries[n] = entry{}
	m.free = append(m.free, n)
	m.compact()
}

// leave gives up the texts of an entry.
func (m *memory) leave(e *entry) {
	m.names.drop(e.names)
	m.spaces.leave(e.spaces)
	m.labels.leave(e.labels)
	m.notes.leave(e.notes)
	if e.short {
		m.short--
	}
}

func (m *memory) put(id catalog.AssetID, d *document, sum uint64) {
	n, ok := m.byID[id]
	switch {
	case ok:
	case len(m.free) > 0:
		n = m.free[len(m.free)-1]
		m.free = m.free[:len(m.free)-1]
	default:
		n = int32(len(m.entries))
		m.entries = append(m.entries, entry{})
	}
	m.byID[id] = n
	before := m.entries[n]
	m.entries[n] = m.entry(id, d, sum, n)
	if ok { // last: what it still has stays where it is
		m.leave(&before)
	}
	m.compact()
}

func (m *memory) entry(id catalog.AssetID, d *document, sum uint64, n int32) entry {
	e := entry{id: id, sum: sum, name: d.name, length: utf8.RuneCountInString(d.name.Name), hidden: d.hidden, short: d.short, used: true}
	if e.short {
		m.short++
	}
	e.names = m.names.add(d.names, n)
	e.spaces, e.labels, e.notes = m.spaces.take(d.spaces), m.labels.take(d.fields+d.labels), m.notes.take(d.notes)
	for _, f := range d.facts() {
		e.facts = append(e.facts, m.fact(f))
	}
	e.name.Namespace = m.values[e.facts[0]] // held once
	return e
}

// fact is a filter with a value that an asset passes.
type fact struct{ filter, value string }

// facts begin with the namespace.
func (d *document) facts() []fact {
	out := []fact{{"namespace", d.name.Namespace}, {"kind", string(d.kind)}, {"tool", d.tool}}
	for _, o := range d.owners {
		out = append(out, fact{"owner", o})
	}
	for _, t := range d.tags {
		out = append(out, fact{"tag", t})
	}
	return out
}

func (m *memory) fact(f fact) int32 {
	id, ok := m.facts[f]
	if !ok {
		id = int32(len(m.values))
		m.facts[f] = id
		m.values = append(m.values, f.value)
	}
	return id
}

// compact writes the texts anew once half of them is owned by nobody.
func (m *memory) compact() {
	if t := &m.names; t.wasteful() {
		t.rewrite(func(n, piece int32) { m.entries[n].names = piece })
	}
	m.spaces.compact(m.entries, func(e *entry) []int32 { return e.spaces })
	m.labels.compact(m.entries, func(e *entry) []int32 { return e.labels })
	m.notes.compact(m.entries, func(e *entry) []int32 { return e.notes })
}

func (t *texts) wasteful() bool { return t.dead > 1<<20 && t.dead > len(t.buf)/2 }

func (t *texts) rewrite(moved func(owner, piece int32)) {
	fresh := texts{buf: make([]byte, 0, len(t.buf)-t.dead)}
	for n, owner := range t.owners {
		if owner != gone {
			p := t.piece(int32(n))
			moved(owner, fresh.add(string(p[:len(p)-1]), owner))
		}
	}
	*t = fresh
}
