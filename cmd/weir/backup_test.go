package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// TestBackupOfALoadedServer: a backup is taken while events come in, is
// restored with all checks, and knows at its position what the server knew
// there: the events up to it give the same to a directory of their own.
func TestBackupOfALoadedServer(t *testing.T) {
	dir := t.TempDir()
	w := start(t, dir)
	var acked atomic.Int64
	load, stop := context.WithCancel(t.Context())
	var producers sync.WaitGroup
	for i := range 3 {
		producers.Go(func() {
			for seq := i; load.Err() == nil; seq += 3 {
				resp, err := http.Post(w.url+"/api/v1/lineage", "application/json", strings.NewReader(string(killEvent(seq))))
				if err != nil {
					return
				}
				resp.Body.Close()
				if resp.StatusCode == http.StatusCreated {
					acked.Add(1)
				}
			}
		})
	}
	waitUntil(t, "some events are in", func() bool { return acked.Load() > 60 })
	before := acked.Load()
	copied := filepath.Join(dir, "copy")
	if _, words, code := w.weir("", "backup", "--data", filepath.Join(dir, "data"), copied); code != exitOK {
		t.Fatal(words)
	}
	during := acked.Load()
	waitUntil(t, "events came in meanwhile and afterwards", func() bool { return acked.Load() > during+20 })
	stop()
	producers.Wait()
	if _, words, code := w.weir("", "backup", "--data", filepath.Join(dir, "data"), copied); code == exitOK || !strings.Contains(words, "not empty") {
		t.Errorf("a second backup into the same directory: %d %s", code, words)
	}
	if code := w.stop(); code != exitOK {
		t.Fatalf("exit code %d: %s", code, w.words)
	}

	restored := filepath.Join(dir, "restored")
	_, words, code := w.weir("", "restore", "--verify", "--data", restored, copied)
	if code != exitOK || !strings.Contains(words, "verified: ") {
		t.Fatalf("%d: %s", code, words)
	}
	cfg := localConfig(t, "--data", restored)
	inStores(t, cfg, func(st *stores) {
		if end := int64(st.journal.End()); end < before || end > acked.Load() {
			t.Errorf("the backup ends at %d; %d events were acknowledged before it began", end, before)
		}
		got := st.exported(t)
		alone := localConfig(t)
		inStores(t, alone, func(fresh *stores) {
			for at := catalog.Position(0); at < st.journal.End(); {
				entries, err := st.journal.After(t.Context(), at, 1000)
				if err != nil || len(entries) == 0 {
					t.Fatalf("%d entries behind %d of %d: %v", len(entries), at, st.journal.End(), err)
				}
				fresh.append(t, entries)
				at = entries[len(entries)-1].Position
			}
			if want := fresh.exported(t); got != want {
				t.Errorf("the restored directory:\n%s", diff(want, got))
			}
		})
	})
}

// TestRestoreRefuses: what is not what was backed up replaces nothing.
func TestRestoreRefuses(t *testing.T) {
	cfg := localConfig(t)
	inStores(t, cfg, func(st *stores) { st.append(t, dailyEvents(0, 30)) })
	fresh := func() string {
		t.Helper()
		to := filepath.Join(t.TempDir(), "copy")
		if err := quiet().backup(t.Context(), cfg, to); err != nil {
			t.Fatal(err)
		}
		return to
	}
	refused := func(from, want string, o restoreOptions) {
		t.Helper()
		o.replace = true
		mark := filepath.Join(cfg.Data, "mark")
		if err := os.WriteFile(mark, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		err := quiet().restore(t.Context(), cfg, from, o)
		if err == nil || !strings.Contains(err.Error(), want) || exitCode(t.Context(), err) != exitFailed {
			t.Errorf("want %q, got %v (%d)", want, err, exitCode(t.Context(), err))
		}
		if _, err := os.Stat(mark); err != nil {
			t.Errorf("%s: the data directory was replaced", want)
		}
		if left, _ := filepath.Glob(cfg.Data + ".*"); len(left) > 0 {
			t.Errorf("%s: left behind %v", want, left)
		}
	}

	flipped := fresh()
	flip(t, filepath.Join(flipped, "events.db"))
	refused(flipped, "events.db is not what was backed up", restoreOptions{})

	resummed := fresh() // somebody "repaired" the sums: the entries still know
	flip(t, filepath.Join(resummed, "events.db"))
	sumAgain(t, resummed, "events.db")
	refused(resummed, "damaged", restoreOptions{})

	unfinished := fresh()
	if err := os.Remove(filepath.Join(unfinished, "MANIFEST.json")); err != nil {
		t.Fatal(err)
	}
	refused(unfinished, "MANIFEST.json", restoreOptions{})

	lying := fresh() // whole files, of which one says something else than the other
	db, err := sql.Open("sqlite", filepath.Join(lying, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`UPDATE runs SET run_id = 'another' WHERE run_id = 'r7'`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	sumAgain(t, lying, "state.db")
	refused(lying, "the state of the backup is not what its journal says", restoreOptions{verify: true})
	if err := quiet().restore(t.Context(), cfg, lying, restoreOptions{dryRun: true}); err != nil {
		t.Errorf("without a rebuild nothing shows, which is what --verify is for: %v", err)
	}

	wantOdds(t, cfg, lying, `only in the journal: {"attempt":1,"endedAt":"2026-01-08T00:00:00Z"`, `"record":"run","runId":"r7"`, `only in the state: {"attempt":1,"endedAt":"2026-01-08T00:00:00Z"`, `"record":"run","runId":"another"`)

	good := fresh()
	if err := quiet().restore(t.Context(), cfg, good, restoreOptions{}); exitCode(t.Context(), err) != exitUsage {
		t.Errorf("a directory with data was replaced unasked: %v", err)
	}
	inStores(t, cfg, func(*stores) { // it is in use
		if err := quiet().restore(t.Context(), cfg, good, restoreOptions{replace: true}); err == nil || !strings.Contains(err.Error(), "another weir process") {
			t.Errorf("a directory in use was replaced: %v", err)
		}
	})
	if err := quiet().restore(t.Context(), cfg, good, restoreOptions{replace: true, verify: true}); err != nil {
		t.Error(err)
	}
	if aside, _ := filepath.Glob(cfg.Data + ".replaced-*"); len(aside) != 1 {
		t.Errorf("what was replaced is in %v", aside)
	}
}

// wantOdds verifies a backup that lies, and wants what differs to be named.
func wantOdds(t *testing.T, cfg Config, from string, want ...string) {
	t.Helper()
	var words strings.Builder
	a := &app{process: process{out: io.Discard, err: &words}}
	err := a.restore(t.Context(), cfg, from, restoreOptions{verify: true, dryRun: true})
	if err == nil || !strings.Contains(err.Error(), "records are in one of them alone") {
		t.Errorf("verified: %v", err)
	}
	for _, w := range want {
		if !strings.Contains(words.String(), w) {
			t.Errorf("it does not say %s:\n%s", w, words.String())
		}
	}
	if n := strings.Count(words.String(), "\n"); n > oddsShown+1 {
		t.Errorf("it says %d lines", n)
	}
}

// flip flips a bit in the last body of a journal.
func flip(t *testing.T, path string) {
	t.Helper()
	b := []byte(readFile(t, path))
	i := strings.LastIndex(string(b), "\x28\xb5\x2f\xfd")
	if i < 0 {
		t.Fatal("no body")
	}
	b[i+30] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// sumAgain makes the manifest agree with a changed file.
func sumAgain(t *testing.T, dir, name string) {
	t.Helper()
	path := filepath.Join(dir, "MANIFEST.json")
	text, changed := readFile(t, path), readFile(t, filepath.Join(dir, name))
	at := strings.Index(text, fmt.Sprintf("%q", name))
	sum := sha256.Sum256([]byte(changed))
	var n int
	var old string
	rest := text[at:]
	if _, err := fmt.Sscanf(rest[strings.Index(rest, `"bytes"`):], `"bytes": %d,`+"\n"+`      "sha256": %q`, &n, &old); err != nil {
		t.Fatal(err)
	}
	text = strings.Replace(text, old, hex.EncodeToString(sum[:]), 1)
	text = strings.Replace(text, fmt.Sprintf(`"bytes": %d`, n), fmt.Sprintf(`"bytes": %d`, len(changed)), 1)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRestoreAfterARestoreThatWasCutOff: what it left is no obstacle.
func TestRestoreAfterARestoreThatWasCutOff(t *testing.T) {
	cfg := localConfig(t)
	inStores(t, cfg, func(st *stores) { st.append(t, dailyEvents(0, 3)) })
	from := filepath.Join(t.TempDir(), "copy")
	if err := quiet().backup(t.Context(), cfg, from); err != nil {
		t.Fatal(err)
	}
	to := localConfig(t)
	if err := os.MkdirAll(filepath.Join(to.Data+".restoring", "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	to.Data += string(filepath.Separator) // as a shell completes it
	for _, o := range []restoreOptions{{}, {replace: true}} {
		if err := quiet().restore(t.Context(), to, from, o); err != nil {
			t.Fatal(err)
		}
		inStores(t, to, func(st *stores) {
			if st.journal.End() != 3 {
				t.Errorf("%+v: restored to %s", o, st.journal.End())
			}
		})
	}
}
