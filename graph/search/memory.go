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

// dictionary holds lines that recur, each once. Lines stay until the next start:
// one that no document has any more matches none.
type dictionary struct {
	texts
	ids map[string]int32
}

func (d *dictionary) id(line string) int32 {
	if id, ok := d.ids[line]; ok {
		return id
	}
	line = strings.Clone(line)
	id := d.add("\n"+line, int32(len(d.owners)))
	d.ids[line] = id
	return id
}

func (d *dictionary) line(id int32) []byte {
	p := d.piece(id)
	return p[1 : len(p)-1]
}

// entry is a document in memory.
type entry struct {
	id     catalog.AssetID
	sum    uint64 // of the document; equal means unchanged
	name   catalog.Name
	length int // of the name, in characters
	hidden hidden
	used   bool
	names  int32 // piece of memory.names
	notes  int32 // piece of memory.notes, gone for none
	spaces []int32
	labels []int32 // columns, tags and owners
	facts  []int32 // what filters ask for
}

// memory is the index as it is searched.
type memory struct {
	seed    maphash.Seed
	entries []entry
	free    []int32
	byID    map[catalog.AssetID]int32
	names   texts
	notes   texts
	spaces  dictionary
	labels  dictionary
	facts   map[fact]int32
	values  []string // of facts, by number
	pos     catalog.Position
}

func newMemory() *memory {
	return &memory{seed: maphash.MakeSeed(), byID: map[catalog.AssetID]int32{}, facts: map[fact]int32{},
		spaces: dictionary{ids: map[string]int32{}}, labels: dictionary{ids: map[string]int32{}}}
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
	m.leave(n)
	delete(m.byID, id)
	m.entries[n] = entry{}
	m.free = append(m.free, n)
	m.compact()
}

// leave gives up the texts of an entry.
func (m *memory) leave(n int32) {
	m.names.drop(m.entries[n].names)
	if e := m.entries[n]; e.notes != gone {
		m.notes.drop(e.notes)
	}
}

func (m *memory) put(id catalog.AssetID, d *document, sum uint64) {
	n, ok := m.byID[id]
	switch {
	case ok:
		m.leave(n)
	case len(m.free) > 0:
		n = m.free[len(m.free)-1]
		m.free = m.free[:len(m.free)-1]
	default:
		n = int32(len(m.entries))
		m.entries = append(m.entries, entry{})
	}
	m.byID[id] = n
	m.entries[n] = m.entry(id, d, sum, n)
	m.compact()
}

func (m *memory) entry(id catalog.AssetID, d *document, sum uint64, n int32) entry {
	e := entry{id: id, sum: sum, name: d.name, length: utf8.RuneCountInString(d.name.Name), hidden: d.hidden, used: true, notes: gone}
	e.names = m.names.add(d.names, n)
	if d.notes != "" {
		e.notes = m.notes.add(d.notes, n)
	}
	e.spaces = ids(&m.spaces, d.spaces)
	e.labels = ids(&m.labels, d.fields+d.labels)
	for _, f := range d.facts() {
		e.facts = append(e.facts, m.fact(f))
	}
	e.name.Namespace = m.values[e.facts[0]] // held once
	return e
}

// ids are the lines of a column in a dictionary, each once.
func ids(d *dictionary, column string) (out []int32) {
	for line := range strings.SplitSeq(strings.TrimPrefix(column, "\n"), "\n") {
		if line != "" {
			out = append(out, d.id(line))
		}
	}
	slices.Sort(out)
	return slices.Clip(slices.Compact(out))
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
	if t := &m.notes; t.wasteful() {
		t.rewrite(func(n, piece int32) { m.entries[n].notes = piece })
	}
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
