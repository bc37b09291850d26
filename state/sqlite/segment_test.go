package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// small runs a journal whose segments take a few entries each.
func small(t *testing.T, path string) (*Journal, func()) {
	t.Helper()
	return runJournalWith(t, path, JournalOptions{SegmentBytes: 400})
}

// appendEach appends bodies from..to-1 in groups of their own, every third a
// statement.
func appendEach(t *testing.T, j *Journal, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		kind := catalog.EntryEvent
		if i%3 == 0 {
			kind = catalog.EntryOperator
		}
		pos, err := j.Append(t.Context(), catalog.Entry{Kind: kind, ReceivedAt: at0.Add(time.Duration(i) * time.Minute), Body: body(i)})
		if err != nil || pos != catalog.Position(i+1) {
			t.Fatalf("entry %d at %s: %v", i, pos, err)
		}
	}
}

// readAll pages through a journal, and says which positions are damaged.
func readAll(t *testing.T, j *Journal, page int) (bodies map[catalog.Position]string, broken map[catalog.Position]string) {
	t.Helper()
	bodies, broken = map[catalog.Position]string{}, map[catalog.Position]string{}
	for pos := catalog.Position(0); ; {
		entries, err := j.After(t.Context(), pos, page)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			return bodies, broken
		}
		for _, e := range entries {
			if e.Position <= pos {
				t.Fatalf("%s follows %s", e.Position, pos)
			}
			pos = e.Position
			if len(e.Flags) > 0 && e.Flags[0].Code == catalog.FlagDamaged {
				broken[pos] = e.Flags[0].Message
			} else {
				bodies[pos] = string(e.Body)
			}
		}
	}
}

func wantBodies(t *testing.T, bodies map[catalog.Position]string, from, to int) {
	t.Helper()
	if len(bodies) != to-from {
		t.Errorf("%d entries, want %d", len(bodies), to-from)
	}
	for i := from; i < to; i++ {
		if got := bodies[catalog.Position(i+1)]; got != string(body(i)) {
			t.Errorf("position %d holds %q", i+1, got)
		}
	}
}

// TestJournalRotates: entries go on from file to file, pages and statements are
// read across them, and a journal opens on all of them.
func TestJournalRotates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	j, stop := small(t, path)
	appendEach(t, j, 0, 60)
	if n := len(j.segments); n < 5 {
		t.Fatalf("%d segments of 60 entries", n)
	}
	stop()
	j, _ = small(t, path)
	appendEach(t, j, 60, 70)
	for _, page := range []int{1, 4, 7, 1000} {
		bodies, broken := readAll(t, j, page)
		wantBodies(t, bodies, 0, 70)
		if len(broken) > 0 {
			t.Errorf("pages of %d: damaged %v", page, broken)
		}
	}
	statements, err := j.Operators(t.Context(), 10, 9)
	if err != nil || len(statements) != 9 || statements[0].Position != 13 || statements[8].Position != 37 {
		t.Errorf("%d statements: %v", len(statements), err)
	}
}

// TestJournalRotatesByAge: an old segment takes no more entries.
func TestJournalRotatesByAge(t *testing.T) {
	j, _ := runJournalWith(t, filepath.Join(t.TempDir(), "events.db"), JournalOptions{SegmentAge: 10 * time.Minute})
	appendEach(t, j, 0, 25)
	if n := len(j.segments); n != 3 {
		t.Errorf("25 entries a minute apart lie in %d segments, want 3 of 10 minutes", n)
	}
}

// TestJournalTrimsWhatCannotBeRead: a segment that lost its entries, or that is no
// database any more, is as old as what follows it, and is named.
func TestJournalTrimsWhatCannotBeRead(t *testing.T) {
	for name, spoil := range map[string]func(*testing.T, string){
		"empty": func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", path)
			if err == nil {
				_, err = db.Exec(`DELETE FROM events`)
				err = errors.Join(err, db.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
		},
		"damaged": func(t *testing.T, path string) {
			if err := os.WriteFile(path, bytes.Repeat([]byte("x"), 8192), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "events.db")
			j, stop := small(t, path)
			appendEach(t, j, 0, 60)
			want, _, _, err := j.Trimmable(t.Context(), at0.Add(50*time.Minute))
			second := j.segments[1]
			stop()
			if err != nil || len(j.segments) < 4 {
				t.Fatalf("%d segments, %v", len(j.segments), err)
			}
			spoil(t, second.path)
			j, _ = small(t, path)
			pos, ok, unread, err := j.Trimmable(t.Context(), at0.Add(50*time.Minute))
			if pos != want || !ok || err != nil || !slices.Equal(unread, []string{filepath.Base(second.path)}) {
				t.Errorf("up to %s (%v, unread %v, %v), want %s", pos, ok, unread, err, want)
			}
			if pos, ok, _, err := j.Trimmable(t.Context(), at0); pos != 0 || ok || err != nil {
				t.Errorf("of nothing old: up to %s, %v", pos, err)
			}
		})
	}
}

// TestJournalTrims: whole segments go, oldest first, never the last, and what
// is asked of before begins at what is left.
func TestJournalTrims(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	j, stop := small(t, path)
	if _, ok, _, err := j.Trimmable(t.Context(), at0.Add(time.Minute)); ok || err != nil {
		t.Errorf("an empty journal can be trimmed: %v", err)
	}
	appendEach(t, j, 0, 60)
	pos, ok, _, err := j.Trimmable(t.Context(), at0.Add(30*time.Minute))
	if !ok || err != nil || pos > 30 || pos < 20 {
		t.Fatalf("up to %s of what came before entry 31: %v", pos, err)
	}
	if n, err := j.Trim(pos - 1); err != nil || n == 0 || j.First() > pos {
		t.Errorf("%d segments removed, the first entry is %s: %v", n, j.First(), err)
	}
	if _, err := j.Trim(pos); err != nil || j.First() != pos+1 {
		t.Errorf("the first entry is %s, want %s: %v", j.First(), pos+1, err)
	}
	check := func() {
		t.Helper()
		bodies, broken := readAll(t, j, 7)
		if len(broken) > 0 {
			t.Errorf("what was removed on purpose is no damage: %v", broken)
		}
		wantBodies(t, bodies, int(pos), 60)
	}
	check()
	if all, _, _, _ := j.Trimmable(t.Context(), at0.AddDate(1, 0, 0)); all >= j.segments[len(j.segments)-1].first {
		t.Error("the segment that is written to can be removed")
	}
	stop()
	j, _ = small(t, path)
	check()
	if j.First() != pos+1 || j.End() != 60 {
		t.Errorf("reopened from %s to %s", j.First(), j.End())
	}
}

// spoil rewrites a file.
func spoil(t *testing.T, path string, how func(b []byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, how(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

// flip changes one byte of a file where a text lies.
func flip(t *testing.T, path string, at func(b []byte) int) {
	t.Helper()
	spoil(t, path, func(b []byte) []byte {
		i := at(b)
		if i < 0 {
			t.Fatal("nothing to flip")
		}
		b[i] ^= 0x10
		return b
	})
}

// TestJournalBitFlip: one flipped bit in the middle of a body costs that entry,
// which is given as damaged; the rest is served and new entries are taken. The
// control reads the same bytes without the checksum.
func TestJournalBitFlip(t *testing.T) {
	for _, part := range []string{"body", "time"} {
		t.Run(part, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "events.db")
			j, stop := runJournal(t, path)
			appendEach(t, j, 0, 200)
			stop()
			// 100 is written as "body 100" in a zstd frame with a raw block;
			// the time lies right before the frame.
			flip(t, path, func(b []byte) int {
				i := strings.Index(string(b), "body 100")
				if part == "time" {
					return strings.LastIndex(string(b[:i]), "\x28\xb5\x2f\xfd") - 3
				}
				return i + 6
			})
			j, _ = runJournal(t, path)
			bodies, broken := readAll(t, j, 50)
			if len(broken) != 1 || !strings.Contains(broken[101], "not what was written") {
				t.Errorf("damaged: %v, want entry 101 alone", broken)
			}
			if len(bodies) != 199 || bodies[102] != "body 101" {
				t.Errorf("%d entries are served", len(bodies))
			}
			appendEach(t, j, 200, 201)
			if _, err := j.db.Exec(`UPDATE events SET sum = NULL`); err != nil {
				t.Fatal(err)
			}
			if _, broken := readAll(t, j, 50); part == "time" && len(broken) > 0 {
				t.Errorf("without checksums the wrong time is noticed: the control says nothing: %v", broken)
			}
		})
	}
}

// TestJournalDamagedPage: a page of zeros hides what lies on it and no more.
func TestJournalDamagedPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	j, stop := runJournal(t, path)
	appendEach(t, j, 0, 500)
	stop()
	spoil(t, path, func(b []byte) []byte {
		page := strings.Index(string(b), "body 250") / 4096 * 4096
		clear(b[page : page+4096])
		return b
	})
	j, _ = runJournal(t, path)
	bodies, broken := readAll(t, j, 64)
	if bodies[251] != "" || len(broken) == 0 || len(bodies) < 350 || bodies[1] != "body 0" || bodies[500] != "body 499" {
		t.Errorf("%d entries are served, damaged: %d", len(bodies), len(broken))
	}
	appendEach(t, j, 500, 510)
	if statements, err := j.Operators(t.Context(), 0, 1000); err != nil || len(statements) < 100 {
		t.Errorf("%d statements: %v", len(statements), err)
	}
}

// TestJournalTornTail: a file that lost its end opens, keeps what can be read,
// and goes on in a new file behind what was projected.
func TestJournalTornTail(t *testing.T) {
	for name, cut := range map[string]func(b []byte) []byte{
		"half a page":            func(b []byte) []byte { return b[:len(b)-2048] },
		"many pages":             func(b []byte) []byte { return b[:len(b)*4/5/4096*4096] },
		"all but the first page": func(b []byte) []byte { return b[:4096] },
		"no database":            func(b []byte) []byte { return append([]byte("no such luck"), b[12:]...) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "events.db")
			j, stop := runJournal(t, path)
			appendEach(t, j, 0, 500)
			stop()
			spoil(t, path, cut)
			j, err := OpenJournal(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			kept := j.End()
			if err := j.Resume(t.Context(), 500); err != nil {
				t.Fatal(err)
			}
			stop = running(t, j)
			if notes := j.Notes(); kept < 500 && len(notes) == 0 {
				t.Error("nothing was said of it")
			}
			appendEach(t, j, 500, 510)
			bodies, broken := readAll(t, j, 64)
			t.Logf("kept %d of 500, %d notes, %d damaged; %s", kept, len(j.Notes()), len(broken), fmt.Sprint(j.Notes()))
			if bodies[501] != "body 500" || bodies[510] != "body 509" {
				t.Error("what came afterwards is not served")
			}
			if len(bodies)+len(broken) < 11 && kept < 500 {
				t.Errorf("the gap is not shown: %v", broken)
			}
			stop()
			j, stop = runJournal(t, path)
			defer stop()
			if again, _ := readAll(t, j, 64); len(again) != len(bodies) || j.End() != 510 {
				t.Errorf("reopened: %d entries to %s, want %d", len(again), j.End(), len(bodies))
			}
		})
	}
}

// TestJournalAbandons: a file that cannot be written to any more is left, and
// the entries go on behind what it holds.
func TestJournalAbandons(t *testing.T) {
	j, _ := runJournal(t, filepath.Join(t.TempDir(), "events.db"))
	appendEach(t, j, 0, 5)
	if err := j.abandon(); err != nil {
		t.Fatal(err)
	}
	appendEach(t, j, 5, 8)
	if err := errors.Join(j.abandon(), j.abandon(), j.abandon()); err != nil { // the second and third find an empty file
		t.Fatal(err)
	}
	appendEach(t, j, 8, 10)
	bodies, broken := readAll(t, j, 3)
	wantBodies(t, bodies, 0, 10)
	if len(broken) > 0 || len(j.segments) != 3 {
		t.Errorf("%d segments, damaged %v", len(j.segments), broken)
	}
}

// TestJournalFormats: the file of an earlier weir is taken over, one of a newer
// is refused with what to do.
func TestJournalFormats(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	j, stop := runJournal(t, path)
	appendEach(t, j, 0, 3)
	for _, q := range []string{`ALTER TABLE events DROP COLUMN sum`, `PRAGMA user_version = 0`} {
		if _, err := j.db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	j, stop = runJournal(t, path)
	appendEach(t, j, 3, 5)
	bodies, broken := readAll(t, j, 3)
	wantBodies(t, bodies, 0, 5)
	if len(broken) > 0 {
		t.Errorf("damaged: %v", broken)
	}
	if _, err := j.db.Exec(fmt.Sprintf(`PRAGMA user_version = %d`, journalFormat+1)); err != nil {
		t.Fatal(err)
	}
	stop()
	if _, err := OpenJournal(context.Background(), path); !errors.Is(err, catalog.ErrConflict) || catalog.HintOf(err) == "" {
		t.Errorf("a newer journal: %v, hint %q", err, catalog.HintOf(err))
	}
}

// block lies a directory in the way of a segment's shared memory, so that its
// file is made, and then fails.
func block(t *testing.T, segment string) {
	t.Helper()
	if err := os.MkdirAll(segment+"-shm", 0o700); err != nil {
		t.Fatal(err)
	}
}

// TestJournalRotationFails: a segment that could not begin leaves no file that
// would hide, after a start, what went on in the one before.
func TestJournalRotationFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	j, stop := small(t, path)
	appendEach(t, j, 0, 1)
	j.o.SegmentBytes = 1 // full from now on
	for n := 2; n < 5; n++ {
		block(t, j.segmentName(catalog.Position(n)))
	}
	appendEach(t, j, 1, 4)
	stop()
	j, _ = runJournal(t, path)
	appendEach(t, j, 4, 6)
	bodies, broken := readAll(t, j, 3)
	wantBodies(t, bodies, 0, 6)
	if len(broken) > 0 {
		t.Errorf("damaged: %v", broken)
	}
}

// TestJournalAbandonsAgain: a disk that fails from the first entry on refuses
// entries, for as long as it fails.
func TestJournalAbandonsAgain(t *testing.T) {
	j, _ := runJournal(t, filepath.Join(t.TempDir(), "events.db"))
	for range 3 {
		if err := j.leave(); err != nil { // and no new file can be made
			t.Fatal(err)
		}
		if entries, err := j.After(t.Context(), 0, 10); err != nil || len(entries) > 0 || j.First() != 1 {
			t.Errorf("%d entries, %v", len(entries), err)
		}
	}
	appendEach(t, j, 0, 3)
	bodies, _ := readAll(t, j, 3)
	wantBodies(t, bodies, 0, 3)
	if len(j.segments) != 1 {
		t.Errorf("%d segments", len(j.segments))
	}
}
