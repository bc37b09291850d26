package sqlite

import (
	"fmt"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// TestJournalTail: what is read behind any position is the same from memory and
// from disk, but for what the door made of it.
func TestJournalTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	j, stop := runJournal(t, path)
	big := make([]byte, maxTailBytes/10)
	const n = 40 // more than the tail holds
	for i := range n {
		e := catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: at0, Body: append(big, fmt.Sprint(i)...), Flags: []catalog.Flag{{Code: "c"}}, Read: i}
		if _, err := j.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	first := j.tail.entries[0].Position
	if first == 1 || len(j.tail.entries) < 8 {
		t.Fatalf("the tail has %d entries from %s", len(j.tail.entries), first)
	}
	live := pages(t, j, first)
	stop()
	again, _ := runJournal(t, path)
	cold := pages(t, again, first)
	for _, e := range live {
		if e.Position > first+2 && e.Read != int(e.Position-1) { // the page across the beginning is from disk
			t.Errorf("entry %s lost its reading: %v", e.Position, e.Read)
		}
	}
	for i := range live {
		live[i].Read = nil
	}
	if len(live) != n || !reflect.DeepEqual(live, cold) {
		t.Error("memory and disk differ")
	}
}

// pages reads the journal in small pages, and asks once across the beginning of
// the tail.
func pages(t *testing.T, j *Journal, first catalog.Position) (out []catalog.Entry) {
	t.Helper()
	across, err := j.After(t.Context(), first-2, 4)
	if err != nil || len(across) == 0 || across[0].Position != first-1 {
		t.Fatalf("across the beginning: %v, %v", across, err)
	}
	for pos := catalog.Position(0); pos < j.End(); {
		page, err := j.After(t.Context(), pos, 3)
		if err != nil || len(page) == 0 || len(page) > 3 {
			t.Fatalf("%d entries behind %s: %v", len(page), pos, err)
		}
		out, pos = append(out, page...), page[len(page)-1].Position
	}
	return out
}

// TestJournalTailBehindGap: what a failed write left open is read from disk.
func TestJournalTailBehindGap(t *testing.T) {
	var tl tail
	entry := func(pos catalog.Position) *appending { return &appending{rec: catalog.Entry{Position: pos}} }
	tl.add([]*appending{entry(1), entry(2)})
	tl.add([]*appending{entry(5), entry(6)})
	for pos, want := range map[catalog.Position]bool{2: false, 4: false, 5: true, 7: true} {
		p := pageReader{next: pos, limit: 10}
		if got := tl.page(&p, 6); got != want {
			t.Errorf("from %s: in memory %v, want %v", pos, got, want)
		}
	}
}
