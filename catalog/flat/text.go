package flat

import (
	"hash/maphash"
	"strings"
)

// The pieces of texts double in bytes as those of a list do. A text that is
// longer has a piece to itself.
const (
	firstText = 1 << 8
	fullText  = 1 << 16
)

// Text says where a text lies in Texts. The zero value is the empty text.
type Text struct{ piece, from, size uint32 }

// Texts keeps texts one behind the other.
type Texts struct {
	pieces []string
	// open is the last of pieces. It never grows beyond what it was made with,
	// so what was cut from it stays good while more is written behind.
	open *strings.Builder
}

// Add keeps a copy of the text.
func (t *Texts) Add(s string) Text {
	if s == "" {
		return Text{}
	}
	if t.open == nil || t.open.Cap()-t.open.Len() < len(s) {
		t.open = &strings.Builder{}
		t.open.Grow(max(len(s), min(fullText, firstText<<min(len(t.pieces), 16))))
		t.pieces = append(t.pieces, "")
	}
	at := Text{uint32(len(t.pieces) - 1), uint32(t.open.Len()), uint32(len(s))}
	t.open.WriteString(s)
	t.pieces[at.piece] = t.open.String()
	return at
}

// At gives the text, without copying it.
func (t *Texts) At(at Text) string {
	if at.size == 0 {
		return ""
	}
	return t.pieces[at.piece][at.from : at.from+at.size]
}

// Words numbers texts that come again and again: equal ones have one number.
// The zero value is ready.
type Words struct {
	texts Texts
	words List[word]
	// heads has the word last added of each hash.
	heads map[uint64]uint32
	hash  func(string) uint64 // nil: as hashOf says; a test's
}

// word is a text, and another one of the same hash.
type word struct {
	text Text
	next uint32
}

var wordSeed = maphash.MakeSeed()

// hashOf is of this process alone, so that nobody makes texts that meet.
func (w *Words) hashOf(s string) uint64 {
	if w.hash != nil {
		return w.hash(s)
	}
	return maphash.String(wordSeed, s)
}

// Number gives the number of a text, a new one to a new text.
func (w *Words) Number(s string) uint32 {
	if n := w.Find(s); n != 0 {
		return n
	}
	if w.heads == nil {
		w.heads = map[uint64]uint32{}
	}
	hash := w.hashOf(s)
	n := w.words.Add(word{w.texts.Add(s), w.heads[hash]})
	w.heads[hash] = n
	return n
}

// Find gives the number of a text; 0 when it has none.
func (w *Words) Find(s string) uint32 {
	n := w.heads[w.hashOf(s)]
	for n != 0 && w.At(n) != s {
		n = w.words.At(n).next
	}
	return n
}

// At gives the text of a number.
func (w *Words) At(n uint32) string { return w.texts.At(w.words.At(n).text) }

// Len is how many texts there are.
func (w *Words) Len() int { return w.words.Len() }
