package graph

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
)

// recordsOf are records that hold so many bytes in memory.
func recordsOf(t *rapid.T, hold int, names []string) *Records {
	r := &Records{sorter: sorter{hold: hold}}
	for _, n := range names {
		if err := r.Add(Record{"name": n}); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func written(t *rapid.T, r *Records) []string {
	var b strings.Builder
	if n, err := r.WriteTo(&b); err != nil || n != int64(b.Len()) {
		t.Fatalf("%d of %d bytes, %v", n, b.Len(), err)
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// TestSpilledRecordsAreSorted: what waits in a file comes back as what is held does,
// as often as it is asked for, and compares so.
func TestSpilledRecordsAreSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.SampledFrom([]string{"", "a", "b", "ä", "line\nbreak", "long long long", "{\"", "\u2028"}), 1, 40).Draw(t, "names")
		spilled, held := recordsOf(t, rapid.IntRange(1, 60).Draw(t, "hold"), names), recordsOf(t, 0, names)
		defer spilled.Close()
		if held.file != nil || len(names) > 30 && spilled.file == nil {
			t.Fatalf("held in a file: %v, spilled: %v", held.file != nil, spilled.file != nil)
		}
		want := written(t, held)
		if !slices.IsSorted(want) || len(want) != len(names) {
			t.Fatalf("not sorted, or not all: %q", want)
		}
		for range 2 {
			if got := written(t, spilled); !slices.Equal(got, want) {
				t.Fatalf("spilled\n%q\nwant\n%q", got, want)
			}
		}
		if c, err := Compare(spilled, held, 3); err != nil || c.Equal != len(names) || len(c.First)+c.More > 0 {
			t.Fatalf("compared with itself: %+v, %v", c, err)
		}
	})
}

// TestFewMegabytesAreHeld: whatever is added, the most that is held is what the
// notes on the release promise; lines longer than the room of a part come back whole.
func TestFewMegabytesAreHeld(t *testing.T) {
	var s sorter
	defer s.Close()
	const lines, long = 40, 512 << 10
	for i := range lines {
		if err := s.add(fmt.Sprintf("%02d", lines-1-i) + strings.Repeat("x", long)); err != nil {
			t.Fatal(err)
		}
		if s.size > 5<<20 {
			t.Fatalf("%d lines: %d bytes are held", i+1, s.size)
		}
	}
	n := 0
	for line, err := range s.all() {
		if err != nil || len(line) != 2+long || line[:2] != fmt.Sprintf("%02d", n) {
			t.Fatalf("line %d: %d bytes, %v", n, len(line), err)
		}
		n++
	}
	if n != lines || s.file == nil {
		t.Errorf("%d of %d lines, in a file: %v", n, lines, s.file != nil)
	}
}

// TestCompareNamesWhatDiffers: a record that one has once more, or alone, is named.
func TestCompareNamesWhatDiffers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lists [2][]string
		count := [2]map[string]int{{}, {}}
		var r [2]*Records
		for i := range lists {
			lists[i] = rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), 0, 12).Draw(t, "names")
			for _, n := range lists[i] {
				count[i][n]++
			}
			r[i] = recordsOf(t, 20, lists[i])
			defer r[i].Close()
		}
		var want []Odd
		for _, n := range []string{"a", "b", "c", "d", "e"} {
			line := fmt.Sprintf(`{"name":%q}`, n)
			for range count[0][n] - count[1][n] {
				want = append(want, Odd{0, line})
			}
			for range count[1][n] - count[0][n] {
				want = append(want, Odd{1, line})
			}
		}
		shown := min(2, len(want))
		c, err := Compare(r[0], r[1], 2)
		if err != nil || !slices.Equal(c.First, want[:shown]) || c.More != len(want)-shown || 2*c.Equal+len(want) != len(lists[0])+len(lists[1]) {
			t.Fatalf("%v and %v: %+v, %v; want %v", lists[0], lists[1], c, err, want)
		}
	})
}

// rowsOnly is a store of rows.
type rowsOnly struct {
	Store
	rows []Row
}

func (s rowsOnly) Rows(context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, r := range s.rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// TestEdgesWaitForNames: an edge to an asset that comes later, or never, is the same
// record whether what waits for it is held or in a file.
func TestEdgesWaitForNames(t *testing.T) {
	id := func(n byte) catalog.AssetID { return catalog.AssetID{n} }
	var s rowsOnly
	for n := byte(1); n < 9; n++ {
		r := Row{Asset: catalog.Asset{ID: id(n), Name: catalog.DatasetName("db", fmt.Sprint("t", n))}}
		for to := byte(1); to < 11; to++ { // 9 and 10 have no row
			r.Edges = append(r.Edges, catalog.Edge{Type: catalog.EdgeDerives, Source: id(n), Target: id(to), Job: id(10 - n), Origin: catalog.EdgeDeclared})
		}
		s.rows = append(s.rows, r)
	}
	var texts [2]strings.Builder
	for i, hold := range []int{0, 300} {
		r := &Records{sorter: sorter{hold: hold}, loose: sorter{hold: hold}}
		if err := r.AddGraph(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if spilled := r.file != nil; spilled != (hold > 0) {
			t.Errorf("in a file: %v", spilled)
		}
		if _, err := r.WriteTo(&texts[i]); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	missing := strings.Count(texts[0].String(), `"target":{"missing"`)
	if texts[0].String() != texts[1].String() || strings.Count(texts[0].String(), "\n") != 8+80 || missing != 2*8 {
		t.Errorf("%d targets are missing in\n%s\nspilled\n%s", missing, texts[0].String(), texts[1].String())
	}
}
