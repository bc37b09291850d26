package flat

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestListKeepsWhatItHolds: each value is where it was put, whatever was added
// behind, beyond the pieces that double and those of full size.
func TestListKeepsWhatItHolds(t *testing.T) {
	var l List[int]
	var at []*int
	for i := range 70*fullPiece + 1 {
		if n := l.Add(i); n != uint32(i+1) || l.Len() != i+1 {
			t.Fatalf("value %d has number %d of %d", i, n, l.Len())
		}
		at = append(at, l.At(uint32(i+1)))
	}
	for i, p := range at {
		if *p != i || l.At(uint32(i+1)) != p {
			t.Fatalf("value %d is %d, or has moved", i, *p)
		}
	}
}

// TestListRefusesPointers: the collector would look into each value.
func TestListRefusesPointers(t *testing.T) {
	type flat struct {
		ID  [16]byte
		N   uint32
		Yes bool
	}
	(&List[flat]{}).Add(flat{})
	for name, add := range map[string]func(){
		"text":  func() { (&List[string]{}).Add("") },
		"field": func() { (&List[struct{ at *int }]{}).Grow() },
		"array": func() { (&List[[2][]byte]{}).Grow() },
		"chain": func() { (&Chains[error]{}).Add(&Chain{}, nil) },
	} {
		if !panics(add) {
			t.Errorf("%s: a pointer is taken", name)
		}
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

// FuzzPlace: places are gone through without a gap.
func FuzzPlace(f *testing.F) {
	for _, i := range []uint32{0, firstPiece - 1, firstPiece, doubled - 1, doubled, doubled + fullPiece - 1, 1<<32 - 2} {
		f.Add(i)
	}
	f.Fuzz(func(t *testing.T, i uint32) {
		i = min(i, 1<<32-2) // there is none behind the last
		piece, at := place(i)
		next, nextAt := place(i + 1)
		if same, new := next == piece && nextAt == at+1, next == piece+1 && nextAt == 0; !same && !new {
			t.Errorf("%d lies at %d in %d, the next one at %d in %d", i, at, piece, nextAt, next)
		} else if full := at+1 == sizeOf(piece); new != full {
			t.Errorf("%d is the last of its piece: %v; the next one begins one: %v", i, full, new)
		}
	})
}

// someText: empty and short ones that come again, now and then one that is
// longer than any piece.
func someText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom([]string{"", "a", "b", "ab", "café"}), rapid.StringN(0, 40, 80),
		rapid.Map(rapid.IntRange(0, 2*fullText), func(n int) string { return strings.Repeat("x", n) }))
}

// TestTextsAgainstASlice: every text reads as it was added.
func TestTextsAgainstASlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var texts Texts
		var at []Text
		want := rapid.SliceOfN(someText(), 0, 60).Draw(t, "texts")
		var early []string
		for _, s := range want {
			at = append(at, texts.Add(s))
			early = append(early, texts.At(at[len(at)-1]))
		}
		for i, s := range want {
			if got := texts.At(at[i]); got != s || early[i] != s {
				t.Fatalf("text %d reads %q, and %q when it was new; want %q", i, got, early[i], s)
			}
		}
	})
}

// TestWordsAgainstAMap: a text has one number, which no other text has.
func TestWordsAgainstAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w Words
		want := map[string]uint32{}
		for _, s := range rapid.SliceOfN(someText(), 0, 60).Draw(t, "texts") {
			if got := w.Find(s); got != want[s] {
				t.Fatalf("%q has number %d, want %d", s, got, want[s])
			}
			if want[s] == 0 {
				want[s] = uint32(len(want) + 1)
			}
			if got := w.Number(s); got != want[s] {
				t.Fatalf("%q gets number %d, want %d", s, got, want[s])
			}
		}
		for s, n := range want {
			if w.At(n) != s {
				t.Fatalf("number %d is %q, want %q", n, w.At(n), s)
			}
		}
		if w.Len() != len(want) {
			t.Fatalf("%d texts, want %d", w.Len(), len(want))
		}
	})
}

// TestWordsOfOneHash: texts whose hashes meet are told apart.
func TestWordsOfOneHash(t *testing.T) {
	w := Words{hash: func(string) uint64 { return 7 }}
	a, b := w.Number("a"), w.Number("b")
	if a == b || w.Find("a") != a || w.Find("b") != b || w.Find("c") != 0 || w.At(a) != "a" || w.At(b) != "b" {
		t.Errorf("a has number %d and is %q, b has %d and is %q, c has %d", w.Find("a"), w.At(a), w.Find("b"), w.At(b), w.Find("c"))
	}
}

// TestChainsAgainstSlices: chains that grow in turns are each in their order,
// and a value is changed where it lies.
func TestChainsAgainstSlices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c Chains[int]
		heads, want := make([]Chain, 4), make([][]int, 4)
		for i := range rapid.IntRange(0, 100).Draw(t, "n") {
			k := rapid.IntRange(0, 3).Draw(t, "chain")
			if n := c.Add(&heads[k], i); *c.At(n) != i {
				t.Fatalf("value %d is %d", i, *c.At(n))
			}
			want[k] = append(want[k], i+1)
		}
		for k, h := range heads {
			for v := range c.All(h) {
				*v++
			}
			var got []int
			for v := range c.All(h) {
				got = append(got, *v)
			}
			if !slices.Equal(got, want[k]) || h.None() != (len(got) == 0) || h.One() != (len(got) == 1) {
				t.Fatalf("chain %d is %v, want %v; none %v, one %v", k, got, want[k], h.None(), h.One())
			}
		}
	})
}

// BenchmarkCollect is one collection with a million short texts by number, and
// with the same in a map of pointers.
func BenchmarkCollect(b *testing.B) {
	const count = 1_000_000
	text := func(i int) string { return fmt.Sprintf("db%d.schema%d.table_%d", i%7, i%50, i) }
	collect := func(b *testing.B) {
		for b.Loop() {
			runtime.GC()
		}
	}
	b.Run("words", func(b *testing.B) {
		var w Words
		for i := range count {
			w.Number(text(i))
		}
		collect(b)
		runtime.KeepAlive(&w)
	})
	b.Run("map", func(b *testing.B) {
		m := maps.Collect(func(yield func(string, *int) bool) {
			for i := range count {
				yield(text(i), new(int))
			}
		})
		collect(b)
		runtime.KeepAlive(m)
	})
}
