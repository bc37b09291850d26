package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

var at0 = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// runJournal opens a journal and runs its committer; stop ends it and closes.
func runJournal(t *testing.T, path string) (j *Journal, stop func()) {
	t.Helper()
	return runJournalWith(t, path, JournalOptions{})
}

func runJournalWith(t *testing.T, path string, o JournalOptions) (j *Journal, stop func()) {
	t.Helper()
	j, err := OpenJournalWith(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	return j, running(t, j)
}

// running runs the committer of a journal until the test or stop ends it.
func running(t *testing.T, j *Journal) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- j.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-done, j.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func body(i int) []byte { return fmt.Appendf(nil, "body %d", i) }

func appendAll(t *testing.T, j *Journal, n int) {
	t.Helper()
	for i := range n {
		if _, err := j.Append(t.Context(), catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: at0, Body: body(i)}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestJournalManyProducers: those who wait together get positions of their
// own, each the place where their body lies, without a gap.
func TestJournalManyProducers(t *testing.T) {
	j, _ := runJournal(t, filepath.Join(t.TempDir(), "events.db"))
	const n = 1500 // more than one group
	positions := make([]catalog.Position, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			pos, err := j.Append(t.Context(), catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: at0, Body: body(i)})
			if err != nil {
				t.Error(err)
			}
			positions[i] = pos
		})
	}
	wg.Wait()
	entries, err := j.After(t.Context(), 0, n+1)
	if err != nil || len(entries) != n || j.End() != n {
		t.Fatalf("%d entries, end %s: %v", len(entries), j.End(), err)
	}
	for i, pos := range positions {
		if got := string(entries[pos-1].Body); got != string(body(i)) {
			t.Errorf("position %s holds %q, want %q", pos, got, body(i))
		}
	}
}

func TestJournalGivesBackWhatCame(t *testing.T) {
	j, _ := runJournal(t, filepath.Join(t.TempDir(), "events.db"))
	want := catalog.Entry{Position: 1, Kind: catalog.EntryOperator, ReceivedAt: at0.Add(123 * time.Nanosecond), Flags: []catalog.Flag{{Code: "future", Message: "x"}}, Body: []byte{0, 1, 0xff}}
	if _, err := j.Append(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	got, err := j.After(t.Context(), 0, 1)
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if fmt.Sprint(got[0]) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got[0], want)
	}
}

func TestJournalPagesAndReopens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	j, stop := runJournal(t, path)
	appendAll(t, j, 7)
	var pages []int
	for pos := catalog.Position(0); ; {
		entries, err := j.After(t.Context(), pos, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			break
		}
		pages, pos = append(pages, len(entries)), entries[len(entries)-1].Position
	}
	if !slices.Equal(pages, []int{3, 3, 1}) {
		t.Errorf("pages of %v entries", pages)
	}
	stop()
	if j, _ = runJournal(t, path); j.End() != 7 {
		t.Errorf("reopened at %s, want 7", j.End())
	}
	if pos, err := j.Append(t.Context(), catalog.Entry{ReceivedAt: at0}); pos != 8 || err != nil {
		t.Errorf("position %s after reopening, %v, want 8", pos, err)
	}
}

// TestJournalPagesAreBounded: what one call gives is bounded by its weight, over
// the end of a file too, and nothing is left out.
func TestJournalPagesAreBounded(t *testing.T) {
	j, _ := runJournalWith(t, filepath.Join(t.TempDir(), "events.db"), JournalOptions{SegmentBytes: 400})
	heavy := bytes.Repeat([]byte("x"), maxPageBytes/2)
	var want, pages []int
	for _, size := range []int{1, len(heavy), 1, len(heavy), len(heavy), 1, len(heavy), 1} {
		if _, err := j.Append(t.Context(), catalog.Entry{ReceivedAt: at0, Body: heavy[:size]}); err != nil {
			t.Fatal(err)
		}
		want = append(want, size)
	}
	var got []int
	for pos := catalog.Position(0); ; {
		entries, err := j.After(t.Context(), pos, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			break
		}
		pages, pos = append(pages, len(entries)), entries[len(entries)-1].Position
		for _, e := range entries {
			got = append(got, len(e.Body))
		}
	}
	if len(j.segments) < 2 {
		t.Error("all lies in one file")
	}
	if !slices.Equal(got, want) || !slices.Equal(pages, []int{4, 3, 1}) {
		t.Errorf("pages of %v entries, of %v bytes, want %v", pages, got, want)
	}
}

func TestJournalChanged(t *testing.T) {
	j, _ := runJournal(t, filepath.Join(t.TempDir(), "events.db"))
	waiting := j.Changed(0)
	select {
	case <-waiting:
		t.Fatal("changed before anything came")
	default:
	}
	appendAll(t, j, 1)
	<-waiting
	<-j.Changed(0) // also for who asks late
	select {
	case <-j.Changed(1):
		t.Error("position 1 has not been passed")
	default:
	}
}

func TestJournalRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	j, err := OpenJournal(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Append(gone, catalog.Entry{}); !errors.Is(err, catalog.ErrUnavailable) {
		t.Errorf("a producer that left: %v", err)
	}
	if err := j.Run(gone); err != nil {
		t.Fatal(err)
	}
	for range 20 { // the queue has room and the journal has stopped: either is seen first
		if _, err := j.Append(t.Context(), catalog.Entry{}); !errors.Is(err, catalog.ErrUnavailable) {
			t.Errorf("after the end: %v, want unavailable", err)
		}
	}
	if j.End() > 1 {
		t.Errorf("end %s: what was refused was kept", j.End())
	}
}

// TestJournalFullDisk: a full disk refuses with a hint and keeps nothing of
// the group; with room again the next position follows the last.
func TestJournalFullDisk(t *testing.T) {
	j, _ := runJournal(t, filepath.Join(t.TempDir(), "events.db"))
	appendAll(t, j, 1)
	limit := func(pages int) {
		t.Helper()
		if _, err := j.db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // SQLite keeps what there is and refuses to grow
	_, err := j.Append(t.Context(), catalog.Entry{ReceivedAt: at0, Body: randomBytes(1 << 16)})
	if !errors.Is(err, catalog.ErrUnavailable) || catalog.HintOf(err) == "" {
		t.Fatalf("full disk: %v, hint %q", err, catalog.HintOf(err))
	}
	if entries, err := j.After(t.Context(), 0, 10); err != nil || len(entries) != 1 || j.End() != 1 {
		t.Fatalf("%d entries, end %s: %v", len(entries), j.End(), err)
	}
	limit(1 << 20)
	if pos, err := j.Append(t.Context(), catalog.Entry{ReceivedAt: at0, Body: body(2)}); pos != 2 || err != nil {
		t.Errorf("with room again: position %s, %v, want 2", pos, err)
	}
}

// TestJournalSyncs: what is committed survives the loss of power, in every
// segment; the projection's connection, which a replay restores, does not
// promise that.
func TestJournalSyncs(t *testing.T) {
	setting := func(db *sql.DB) (n int) {
		t.Helper()
		if err := db.QueryRow("PRAGMA synchronous").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	dir := t.TempDir()
	j, _ := small(t, filepath.Join(dir, "events.db"))
	appendAll(t, j, 30)
	if n := setting(j.db); n != 2 || len(j.segments) < 2 {
		t.Errorf("synchronous is %d in segment %d, want 2 (FULL)", n, len(j.segments))
	}
	db, err := Open(t.Context(), filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if n := setting(db.ledger); n != 2 {
		t.Errorf("the ledger: synchronous is %d, want 2 (FULL)", n)
	}
	if n := setting(db.project); n != 1 {
		t.Errorf("the projection: synchronous is %d, want 1 (NORMAL)", n)
	}
}

// TestJournalTornGroup: a transaction that never committed leaves nothing.
func TestJournalTornGroup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	j, stop := runJournal(t, path)
	appendAll(t, j, 2)
	tx, err := j.db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(`INSERT INTO events (position, kind, received_at, body) VALUES (3, 1, 0, x'00')`); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	stop()
	if j, _ = runJournal(t, path); j.End() != 2 {
		t.Errorf("end %s, want 2", j.End())
	}
}

func TestJournalUnreadableDirectory(t *testing.T) {
	if _, err := OpenJournal(t.Context(), filepath.Join(t.TempDir(), "none", "events.db")); err == nil {
		t.Error("a journal in a directory that does not exist was opened")
	}
}

func randomBytes(n int) []byte {
	out, x := make([]byte, n), uint32(1)
	for i := range out {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		out[i] = byte(x)
	}
	return out
}
