package search

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/weirhq/weir/catalog"
)

// Bounds of what is searched of one asset, in bytes of each column: a table of
// 2,000 columns, each with a sentence and a tag, is whole. What is cut off is
// not found, and counted (Index.Short); the preferred name never is.
const (
	maxNames        = 32 << 10
	maxFields       = 512 << 10
	maxLabels       = 512 << 10
	maxDescriptions = 1 << 20
)

// document is what the index keeps of an asset. Columns are folded lines, each
// begun by a line feed, which no folded text has.
type document struct {
	name   catalog.Name // the preferred one, as it is
	hidden hidden
	short  bool // a column was cut off
	kind   catalog.DatasetKind
	tool   string

	names, spaces, fields, labels, notes string
	// owners and tags are what filters compare.
	owners, tags []string
}

// hidden are the states that keep an asset out of answers, as bits.
type hidden uint8

func hiddenBits(removed, internal, ephemeral bool) (h hidden) {
	for i, is := range [...]bool{removed, internal, ephemeral} {
		if is {
			h |= 1 << i
		}
	}
	return h
}

func newDocument(a *catalog.Asset) document {
	d := document{name: a.Name, hidden: hiddenBits(a.RemovedAt != nil, a.Internal, a.Ephemeral), kind: a.Kind, tool: strings.ToLower(a.Integration)}
	names, spaces := column{max: maxNames + len(a.Name.Name)}, column{max: maxNames}
	seen := map[string]bool{}
	for _, n := range knownNames(a) {
		names.add(forms(n.Name)...)
		if !seen[n.Namespace] {
			seen[n.Namespace] = true
			spaces.add(fold(n.Namespace))
		}
	}
	fields, notes := column{max: maxFields}, column{max: maxDescriptions}
	notes.add(fold(a.Description))
	for _, f := range a.Fields {
		fields.add(forms(f.Name)...)
		notes.add(fold(f.Description))
	}
	labels := column{max: maxLabels}
	for _, o := range a.Owners {
		labels.add(forms(o.Name)...)
		d.owners = append(d.owners, o.Name)
	}
	for _, t := range a.Tags {
		labels.add(forms(tagText(t))...)
		d.tags = append(d.tags, t.Key)
	}
	d.names, d.spaces, d.fields, d.labels, d.notes = names.String(), spaces.String(), fields.String(), labels.String(), notes.String()
	d.short = names.short || spaces.short || fields.short || labels.short || notes.short
	return d
}

// knownNames begins with the preferred name.
func knownNames(a *catalog.Asset) []catalog.Name {
	out := []catalog.Name{a.Name}
	for _, n := range a.Names {
		if n.Name != a.Name {
			out = append(out, n.Name)
		}
	}
	return out
}

// tagText is a tag as people write it.
func tagText(t catalog.Tag) string {
	if t.Value == "" {
		return t.Key
	}
	return t.Key + "=" + t.Value
}

// column builds the lines of a column, as long as there is room.
type column struct {
	strings.Builder
	max   int
	short bool // there was none
}

func (c *column) add(lines ...string) {
	for _, s := range lines {
		whole := len(s)
		s = head(s, c.max-c.Len())
		c.short = c.short || len(s) < whole
		if s != "" {
			c.WriteString("\n" + s)
		}
	}
}

// head is the beginning of a text, of at most n bytes.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n = max(n, 0); n > 0 && !utf8.RuneStart(s[n]); n-- {
	}
	return s[:n]
}

// encode writes a document as search.db keeps it: texts, each behind its length.
func (d *document) encode() []byte {
	b := []byte{byte(d.name.Type), byte(d.hidden), 0}
	if d.short {
		b[2] = 1
	}
	for _, s := range []string{d.name.Namespace, d.name.Name, string(d.kind), d.tool, d.names, d.spaces, d.fields, d.labels, d.notes} {
		b = appendText(b, s)
	}
	for _, list := range [][]string{d.owners, d.tags} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, s := range list {
			b = appendText(b, s)
		}
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

var errDocument = errors.New("a document in the search index cannot be read")

func decodeDocument(b []byte) (d document, err error) {
	if len(b) < 3 {
		return d, errDocument
	}
	r := reader{rest: b[3:]}
	d.name.Type, d.hidden, d.short = catalog.AssetType(b[0]), hidden(b[1]), b[2] == 1
	d.name.Namespace, d.name.Name = r.text(), r.text()
	d.kind, d.tool = catalog.DatasetKind(r.text()), r.text()
	d.names, d.spaces, d.fields, d.labels, d.notes = r.text(), r.text(), r.text(), r.text(), r.text()
	d.owners, d.tags = r.list(), r.list()
	if r.bad || len(r.rest) > 0 {
		return d, errDocument
	}
	return d, nil
}

// reader takes texts off a buffer; bad says that it ended too soon.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) number() int {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > uint64(len(r.rest)-n) { // whatever it counts takes a byte at least
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[n:]
	return int(v)
}

func (r *reader) text() string {
	n := r.number()
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}

func (r *reader) list() (out []string) {
	for range r.number() {
		out = append(out, r.text())
	}
	return out
}
