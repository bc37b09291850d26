package openlineage

import (
	"bytes"
	"hash/maphash"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	jsonx "github.com/go-json-experiment/json"
)

// A scanner reads a JSON text once. It checks the text as strictly as
// checkSyntax does (RFC 8259 with the limits of RFC 7493: valid UTF-8, paired
// surrogates, no name twice in an object) and notes where the members lie that
// Decode looks at, so that nothing is read twice. It says only whether the
// text is right; checkSyntax finds the place and the words for one that is not.
type scanner struct {
	body  []byte
	at    int
	depth int
	// names of the objects that are open; those of the innermost come last.
	names   []span
	escaped bool // the string read last holds an escape
	nodes   []node
	table   []int32 // of unique
	seed    maphash.Seed
}

// span is body[from:to].
type span struct{ from, to int }

// node is a member of an object, or an element of an array, that Decode looks
// at. Those within it follow it, up to end.
type node struct {
	name, value span // the name keeps its quotes; an element has none
	end         int
}

// level says what lies in a value that Decode looks into.
type level uint8

const (
	levelNone   level = iota
	levelEvent        // the event's members
	levelThing        // a run's, job's or dataset's members
	levelList         // datasets
	levelFacets       // facets by key
)

var scanners = sync.Pool{New: func() any { return &scanner{seed: maphash.MakeSeed()} }}

// within is the level of a member's value, and whether the member is noted.
func (l level) within(name []byte) (level, bool) {
	switch l {
	case levelEvent:
		switch string(name) {
		case "run", "job", "dataset":
			return levelThing, true
		case "inputs", "outputs":
			return levelList, true
		case "eventTime", "eventType", "producer", "schemaURL":
			return levelNone, true
		}
	case levelThing:
		switch string(name) {
		case "facets", "inputFacets", "outputFacets":
			return levelFacets, true
		case "namespace", "name", "runId", "run_id":
			return levelNone, true
		}
	case levelFacets:
		return levelNone, true
	}
	return levelNone, false
}

// scan reports whether body is one JSON text. Its node is the first.
func (s *scanner) scan(body []byte) bool {
	s.body, s.at, s.depth, s.names, s.nodes = body, 0, 0, s.names[:0], s.nodes[:0]
	s.space()
	if !s.noted(levelEvent, span{}) {
		return false
	}
	s.space()
	return s.at == len(body)
}

// release gives the scanner back, unless a huge body made it huge.
func (s *scanner) release() {
	if s.body = nil; cap(s.names)+cap(s.nodes)+cap(s.table) < 1<<16 {
		scanners.Put(s)
	}
}

// peek is the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.body) {
		return s.body[s.at]
	}
	return 0
}

func (s *scanner) space() {
	for s.at < len(s.body) {
		switch s.body[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

func (s *scanner) value(l level) bool {
	switch c := s.peek(); c {
	case '"':
		return s.text()
	case '{', '[':
		return s.nested(l, c)
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	default:
		return s.number()
	}
}

func (s *scanner) nested(l level, open byte) bool {
	if s.depth++; s.depth > MaxDepth {
		return false
	}
	s.at++
	ok := false
	if open == '{' {
		ok = s.object(l)
	} else {
		ok = s.array(l)
	}
	s.depth--
	return ok
}

func (s *scanner) object(l level) bool {
	if l == levelList {
		l = levelNone
	}
	first, escaped := len(s.names), false
	for s.space(); s.peek() != '}'; s.space() {
		if len(s.names) > first && !s.separator(',') {
			return false
		}
		name := span{s.at, 0}
		if s.peek() != '"' || !s.text() {
			return false
		}
		name.to = s.at
		s.names = append(s.names, name)
		escaped = escaped || s.escaped
		if s.space(); !s.separator(':') || !s.member(l, name) {
			return false
		}
	}
	s.at++
	ok := s.unique(s.names[first:], escaped)
	s.names = s.names[:first]
	return ok
}

func (s *scanner) separator(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	s.space()
	return true
}

func (s *scanner) member(l level, name span) bool {
	if l == levelNone {
		return s.value(levelNone)
	}
	inner, noted := l.within(s.unquoted(name))
	if !noted {
		return s.value(levelNone)
	}
	return s.noted(inner, name)
}

// noted reads a value and notes where it lies.
func (s *scanner) noted(inner level, name span) bool {
	i, from := len(s.nodes), s.at
	s.nodes = append(s.nodes, node{})
	if !s.value(inner) {
		return false
	}
	s.nodes[i] = node{name, span{from, s.at}, len(s.nodes)}
	return true
}

// array notes the elements of a list of datasets, one more than Decode takes.
func (s *scanner) array(l level) bool {
	n := 0
	for s.space(); s.peek() != ']'; s.space() {
		if n > 0 && !s.separator(',') {
			return false
		}
		ok := false
		if l == levelList && n <= MaxDatasets {
			ok = s.noted(levelThing, span{})
		} else {
			ok = s.value(levelNone)
		}
		if !ok {
			return false
		}
		n++
	}
	s.at++
	return true
}

func (s *scanner) literal(word string) bool {
	if !bytes.HasPrefix(s.body[s.at:], []byte(word)) {
		return false
	}
	s.at += len(word)
	return true
}

func (s *scanner) number() bool {
	if s.peek() == '-' {
		s.at++
	}
	if s.peek() == '0' {
		s.at++
	} else if !s.digits() {
		return false
	}
	if s.peek() == '.' {
		if s.at++; !s.digits() {
			return false
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	from := s.at
	for c := s.peek(); '0' <= c && c <= '9'; c = s.peek() {
		s.at++
	}
	return s.at > from
}

// plain are the bytes of a string that stand for themselves.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// text reads a string.
func (s *scanner) text() bool {
	b, i := s.body, s.at+1
	s.escaped = false
	for {
		for i < len(b) && plain[b[i]] {
			i++
		}
		if i >= len(b) {
			return false
		}
		n := 1
		switch c := b[i]; {
		case c == '"':
			s.at = i + 1
			return true
		case c == '\\':
			s.escaped = true
			n = escape(b[i:])
		case c < ' ':
			return false
		default:
			var r rune
			if r, n = utf8.DecodeRune(b[i:]); r == utf8.RuneError && n == 1 {
				return false
			}
		}
		if n == 0 {
			return false
		}
		i += n
	}
}

// escape is the length of the escape that b begins with; 0 for a wrong one.
func escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		r := hex4(b[2:])
		switch {
		case r < 0:
			return 0
		case !utf16.IsSurrogate(r):
			return 6
		case len(b) >= 12 && b[6] == '\\' && b[7] == 'u' && utf16.DecodeRune(r, hex4(b[8:])) != utf8.RuneError:
			return 12
		}
	}
	return 0
}

// hex4 reads four hexadecimal digits; -1 for anything else.
func hex4(b []byte) (r rune) {
	if len(b) < 4 {
		return -1
	}
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// few is up to how many names are compared one with another.
const few = 12

// unique reports whether no name of an object stands twice.
func (s *scanner) unique(names []span, escaped bool) bool {
	switch {
	case escaped:
		return s.uniqueText(names)
	case len(names) > few:
		return s.uniqueHash(names)
	}
	for i, a := range names {
		for _, b := range names[:i] {
			if a.to-a.from == b.to-b.from && string(s.body[a.from:a.to]) == string(s.body[b.from:b.to]) {
				return false
			}
		}
	}
	return true
}

func (s *scanner) uniqueText(names []span) bool {
	seen := make(map[string]bool, len(names))
	for _, n := range names {
		seen[string(s.unquoted(n))] = true
	}
	return len(seen) == len(names)
}

// uniqueHash uses an open table, at most half full, of positions in names.
func (s *scanner) uniqueHash(names []span) bool {
	size := 64
	for size < 2*len(names) {
		size *= 2
	}
	if cap(s.table) < size {
		s.table = make([]int32, size)
	}
	table := s.table[:size]
	clear(table)
	for i, n := range names {
		name := s.body[n.from:n.to]
		at := int(maphash.Bytes(s.seed, name)) & (size - 1)
		for ; table[at] != 0; at = (at + 1) & (size - 1) {
			if o := names[table[at]-1]; string(s.body[o.from:o.to]) == string(name) {
				return false
			}
		}
		table[at] = int32(i + 1)
	}
	return true
}

// unquoted is the text of a string.
func (s *scanner) unquoted(v span) []byte {
	inner := s.body[v.from+1 : v.to-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	return []byte(unescape(s.body[v.from:v.to]))
}

// unescape reads a string that holds escapes.
func unescape(quoted []byte) (text string) {
	_ = jsonx.Unmarshal(quoted, &text, checked) // its syntax was checked
	return text
}

// find is the node of a member; -1 when it is absent.
func (s *scanner) find(parent int, name string) int {
	for i := parent + 1; i < s.nodes[parent].end; i = s.nodes[i].end {
		if string(s.unquoted(s.nodes[i].name)) == name {
			return i
		}
	}
	return -1
}

// kind is the first byte of a value; null counts as absent, which is 0.
func (s *scanner) kind(n int) byte {
	if n < 0 || s.body[s.nodes[n].value.from] == 'n' {
		return 0
	}
	return s.body[s.nodes[n].value.from]
}

// raw is a value byte for byte, within the body.
func (s *scanner) raw(n int) []byte {
	v := s.nodes[n].value
	return s.body[v.from:v.to:v.to]
}
