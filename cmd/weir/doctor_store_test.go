package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDoctorOfStores: on a whole directory, in use or not, nothing is found;
// each thing that is broken by hand is found, with what to do.
func TestDoctorOfStores(t *testing.T) {
	cfg := localConfig(t)
	look := func() (ok, fails string) {
		for _, f := range checkStore(context.Background(), quiet(), cfg) {
			line := f.what + ": " + f.says + "\n"
			switch {
			case f.state == "ok":
				ok += line
			case f.fix == "":
				t.Errorf("nothing is said to do about: %s", line)
				fallthrough
			default:
				fails += line
			}
		}
		return ok, fails
	}
	if ok, fails := look(); ok+fails != "" {
		t.Errorf("of no directory: %s%s", ok, fails)
	}
	inStores(t, cfg, func(st *stores) {
		st.append(t, dailyEvents(0, 60))
		if ok, fails := look(); fails != "" || strings.Count(ok, "\n") != 3 {
			t.Errorf("in use:\n%s%s", ok, fails)
		}
	})
	if ok, fails := look(); fails != "" || !strings.Contains(ok, "every entry from 1 to 60 is as it was written") {
		t.Errorf("%s%s", ok, fails)
	}
	whole := filepath.Join(t.TempDir(), "whole")
	if err := os.CopyFS(whole, os.DirFS(cfg.Data)); err != nil {
		t.Fatal(err)
	}
	for _, b := range []struct{ file, statement, want string }{
		{"graph.db", `UPDATE meta SET value = 61 WHERE key = 'position'`, "ahead of the state"},
		{"graph.db", `DELETE FROM assets WHERE name = 'd.s.out'`, "edges without one of their ends"},
		{"graph.db", `INSERT INTO edges SELECT owner, type, source, target, sfield, tfield, job, ordinal + 7, vfrom, vto, body FROM edges LIMIT 1`, "intervals overlap"},
		{"graph.db", `UPDATE edges SET vto = vfrom - 1`, "end before they begin"},
		{"state.db", `UPDATE meta SET value = 61 WHERE key = 'position'`, "its end was lost"},
		{"state.db", `DELETE FROM names WHERE name = 'daily'`, "runs are of jobs that exist"},
		{"state.db", `DELETE FROM sets WHERE pk = 1`, "runs name sets that exist"},
		{"state.db", `DELETE FROM runs WHERE run_id = 'r7'`, "versions are of datasets and runs that exist"},
		{"state.db", `UPDATE dirty SET position = 99`, "no row changed after the position"},
		{"state.db", `INSERT INTO names SELECT pk + 1000, type, namespace, name, first_seen, observed, last_seen FROM names LIMIT 1`, "a name is filed once"},
		{"events.db", `DELETE FROM events WHERE position = 3`, "entry 3 is missing"},
		{"events.db", `UPDATE events SET received_at = received_at + 1 WHERE position = 4`, "its checksum differs"},
		{"events.db", `DELETE FROM events WHERE position > 5`, ""}, // its files after the first are whole
	} {
		if err := os.RemoveAll(cfg.Data); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(cfg.Data, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", filepath.Join(cfg.Data, b.file))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(b.statement); err != nil {
			t.Fatal(b.statement, err)
		}
		db.Close()
		if _, fails := look(); !strings.Contains(fails, b.want) || fails == "" {
			t.Errorf("%s: %s found only:\n%s", b.file, b.statement, fails)
		}
	}
	if err := os.Remove(filepath.Join(cfg.Data, "events.db")); err != nil {
		t.Fatal(err)
	}
	if _, fails := look(); !strings.Contains(fails, "no snapshot reaches that") {
		t.Errorf("without the first file of the journal:\n%s", fails)
	}
}

// TestJournalOnDisk: what is in the log beside a file counts; the shared memory
// beside it is no data.
func TestJournalOnDisk(t *testing.T) {
	dir := t.TempDir()
	for name, size := range map[string]int{"events.db": 4 << 10, "events.db-wal": 900 << 10, "events.db-shm": 32 << 10} {
		write(t, filepath.Join(dir, name), strings.Repeat("x", size))
	}
	f := dataFinding(Config{Data: dir}, canWrite)
	if len(f) != 1 || !strings.HasSuffix(f[0].says, "journal of 904 kB") {
		t.Errorf("%+v", f)
	}
}
