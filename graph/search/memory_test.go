package search

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"slices"
	"testing"
)

// lines are the texts of an entry, in order.
func lines(d *dictionary, ids []int32) (out []string) {
	for _, id := range ids {
		out = append(out, string(d.line(id)))
	}
	slices.Sort(out)
	return out
}

// found counts the lines that a dictionary finds a text in.
func found(d *dictionary, text string) (n int) {
	d.each([]byte(text), func(int32, []byte) { n++ })
	return n
}

func TestDictionaryHoldsALineForAsLongAsAnyEntryHasIt(t *testing.T) {
	d := newDictionary(maphash.MakeSeed())
	a, b := d.take("\none\ntwo\none"), d.take("\ntwo\nthree")
	if got := lines(&d, a); !slices.Equal(got, []string{"one", "two"}) {
		t.Fatalf("taken: %v", got)
	}
	if !slices.Equal(a[1:], b[:1]) {
		t.Errorf("the line that both have is held as %d and %d", a[1], b[0])
	}
	d.leave(a)
	if found(&d, "one") != 0 || found(&d, "two") != 1 {
		t.Errorf("left by one of two: one in %d lines, two in %d", found(&d, "one"), found(&d, "two"))
	}
	d.leave(b)
	if len(d.ids) != 0 || d.dead != len(d.buf) {
		t.Errorf("left by all: %d lines, %d of %d bytes dead", len(d.ids), d.dead, len(d.buf))
	}
}

// TestDictionaryTellsLinesOfOneHashApart puts a line in the place of another's
// hash, since two such lines cannot be found.
func TestDictionaryTellsLinesOfOneHashApart(t *testing.T) {
	d := newDictionary(maphash.MakeSeed())
	first := d.take("\nfirst")
	delete(d.ids, maphash.String(d.seed, "first"))
	d.ids[maphash.String(d.seed, "second")] = first[0]
	second := d.take("\nsecond")
	if got := lines(&d, append(first, second...)); !slices.Equal(got, []string{"first", "second"}) {
		t.Fatalf("taken: %v", got)
	}
	d.leave(first)
	again := d.take("\nsecond")
	if got := lines(&d, again); !slices.Equal(got, []string{"second"}) || found(&d, "first") != 0 {
		t.Errorf("taken again: %v", got)
	}
	d.leave(again)
	d.leave(second)
	if n := found(&d, "second"); n != 0 {
		t.Errorf("left by all, and found in %d lines", n)
	}
}

func TestCompactKeepsTheLinesOfEachEntry(t *testing.T) {
	m := newMemory()
	long := string(bytes.Repeat([]byte("x"), 4000))
	for i := range 600 {
		e := entry{used: true, notes: m.notes.take(fmt.Sprintf("\nshared\n%d %s", i, long))}
		m.entries = append(m.entries, e)
	}
	full := len(m.notes.buf)
	for i := range 400 {
		m.notes.leave(m.entries[i].notes)
		m.entries[i].notes = nil
		m.notes.compact(m.entries, func(e *entry) []int32 { return e.notes })
	}
	if len(m.notes.buf) > full*2/3 {
		t.Errorf("%d bytes after two thirds of %d were left", len(m.notes.buf), full)
	}
	for i := 400; i < 600; i++ {
		if got := lines(&m.notes, m.entries[i].notes); len(got) != 2 || got[0] != fmt.Sprintf("%d %s", i, long) || got[1] != "shared" {
			t.Fatalf("entry %d has other lines: %d", i, len(got))
		}
	}
	if found(&m.notes, "shared") != 1 || int(m.notes.uses[m.notes.id("shared")]) != 200 {
		t.Errorf("the shared line is found %d times", found(&m.notes, "shared"))
	}
}
