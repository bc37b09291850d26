package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/state/sqlite"
)

// snapshotted is a directory of which retention has removed twice: two snapshots
// cover for it, and both meet the journal. It gives the export.
func snapshotted(t *testing.T) (cfg Config, want string) {
	t.Helper()
	cfg = localConfig(t)
	inStores(t, cfg, func(st *stores) {
		st.append(t, dailyEvents(0, 60))
		st.retain(t, cfg, 60)
		st.append(t, dailyEvents(60, 75))
		if _, err := st.db.Snapshot(t.Context(), snapshotDir(cfg.Data)); err != nil {
			t.Fatal(err)
		}
		st.append(t, dailyEvents(75, 80))
		want = st.exported(t)
	})
	if list := snapshotsOf(t, cfg); len(list) != 2 {
		t.Fatalf("there are %v", list)
	}
	return cfg, want
}

func snapshotsOf(t *testing.T, cfg Config) []sqlite.Snapshot {
	t.Helper()
	list, err := sqlite.Snapshots(snapshotDir(cfg.Data))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// flipName changes one bit of a name wherever the file has it.
func flipName(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, bytes.ReplaceAll(b, []byte("d.s.in0"), []byte("d.s.iN0")), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func sha256Of(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func heard(said *strings.Builder) *app {
	return &app{process: process{out: said, err: said, getenv: func(string) string { return "" }}}
}

// TestDamagedSnapshot: a bit that flipped in a snapshot, where SQLite sees nothing,
// is found by the doctor, left out of a backup and not rebuilt from: a rebuild
// goes on to the one before, and says so.
func TestDamagedSnapshot(t *testing.T) {
	cfg, want := snapshotted(t)
	list := snapshotsOf(t, cfg)
	if said := doctorOf(cfg); !strings.Contains(said, "snapshots ok: 2 snapshots are whole") || strings.Contains(said, "fail") {
		t.Errorf("of two that are whole the doctor says\n%s", said)
	}
	flipName(t, list[0].Path)
	if said := doctorOf(cfg); !strings.Contains(said, "snapshots fail: ") || !strings.Contains(said, "is not what was written") {
		t.Errorf("the doctor says\n%s", said)
	}
	var said strings.Builder
	backup := filepath.Join(t.TempDir(), "b")
	if err := heard(&said).backup(t.Context(), cfg, backup); err != nil || !strings.Contains(said.String(), "left out: ") {
		t.Errorf("a backup: %v\n%s", err, said.String())
	}
	if _, err := os.Stat(filepath.Join(backup, "snapshots", filepath.Base(list[1].Path)+".sha256")); err != nil {
		t.Errorf("the one before is not in the backup with its checksum: %v", err)
	}
	to := localConfig(t)
	if err := quiet().restore(t.Context(), to, backup, restoreOptions{verify: true}); err != nil {
		t.Error(err)
	}
	said.Reset()
	if err := heard(&said).rebuild(t.Context(), cfg, rebuildOptions{}); err != nil || !strings.Contains(said.String(), "not taken: ") {
		t.Fatalf("a rebuild: %v\n%s", err, said.String())
	}
	inStores(t, cfg, func(st *stores) {
		if got := st.exported(t); got != want {
			t.Errorf("rebuilt from the one before: %s", diff(want, got))
		}
	})
	flipName(t, list[1].Path)
	if err := quiet().rebuild(t.Context(), cfg, rebuildOptions{}); !errors.Is(err, catalog.ErrInvalid) || !strings.Contains(err.Error(), "2 snapshots") {
		t.Errorf("a rebuild without any: %v", err)
	}
	inStores(t, cfg, func(st *stores) {
		if got := st.exported(t); got != want {
			t.Errorf("a rebuild that was refused left something else: %s", diff(want, got))
		}
	})
	if said := doctorOf(cfg); !strings.Contains(said, "no snapshot reaches that") {
		t.Errorf("without any the doctor says\n%s", said)
	}
}

// TestBackupWithADamagedSnapshot: a snapshot that was changed with the manifest in
// step is refused all the same.
func TestBackupWithADamagedSnapshot(t *testing.T) {
	cfg, _ := snapshotted(t)
	backup := filepath.Join(t.TempDir(), "b")
	m, err := sqlite.Backup(t.Context(), cfg.Data, backup, version, day1)
	if err != nil {
		t.Fatal(err)
	}
	var manifest []byte
	for _, f := range m.Files {
		if !strings.HasPrefix(f.Name, "snapshots/") || !strings.HasSuffix(f.Name, ".db") {
			continue
		}
		path := filepath.Join(backup, f.Name)
		flipName(t, path)
		if manifest, err = os.ReadFile(filepath.Join(backup, "MANIFEST.json")); err == nil {
			err = os.WriteFile(filepath.Join(backup, "MANIFEST.json"), bytes.ReplaceAll(manifest, []byte(f.SHA256), []byte(sha256Of(t, path))), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := sqlite.CheckBackup(t.Context(), backup); manifest == nil || !errors.Is(err, catalog.ErrInvalid) || !strings.Contains(err.Error(), "is not what was written") {
		t.Errorf("a check of it: %v", err)
	}
}

// TestSnapshotOfAnEarlierWeir: one without a checksum is taken where SQLite finds
// it whole, and gets one; retention does the same.
func TestSnapshotOfAnEarlierWeir(t *testing.T) {
	cfg, want := snapshotted(t)
	unseal := func() {
		for _, s := range snapshotsOf(t, cfg) {
			if err := os.Remove(s.Path + ".sha256"); err != nil {
				t.Fatal(err)
			}
		}
	}
	unseal()
	if said := doctorOf(cfg); !strings.Contains(said, "2 snapshots are whole, 2 of them of an earlier weir without a checksum") {
		t.Errorf("the doctor says\n%s", said)
	}
	var said strings.Builder
	if err := heard(&said).rebuild(t.Context(), cfg, rebuildOptions{}); err != nil || !strings.Contains(said.String(), "has no checksum") {
		t.Fatalf("a rebuild: %v\n%s", err, said.String())
	}
	newest := snapshotsOf(t, cfg)[0]
	if sealed, err := newest.Check(context.Background()); !sealed || err != nil {
		t.Errorf("after it: %v, %v", sealed, err)
	}
	inStores(t, cfg, func(st *stores) {
		if got := st.exported(t); got != want {
			t.Errorf("rebuilt: %s", diff(want, got))
		}
		if err := os.Remove(newest.Path + ".sha256"); err != nil {
			t.Fatal(err)
		}
		st.retain(t, cfg, 90)
	})
	list := snapshotsOf(t, cfg)
	for _, s := range list {
		if sealed, err := s.Check(context.Background()); !sealed || err != nil {
			t.Errorf("after retention %s: %v, %v", s.Path, sealed, err)
		}
	}
	if files, err := os.ReadDir(snapshotDir(cfg.Data)); err != nil || len(list) != 2 || len(files) != 4 {
		t.Errorf("%d snapshots in %d files, %v; want 2 with their checksums", len(list), len(files), err)
	}
}
