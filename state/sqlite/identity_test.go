package sqlite

import (
	"path/filepath"
	"testing"
	"time"
)

// TestIdentity: a directory has one identity, which a restart, a rebuild and a
// backup keep and which no other directory has.
func TestIdentity(t *testing.T) {
	dir := t.TempDir()
	db := mustOpenState(t, dir)
	if id, err := IdentityOf(t.Context(), filepath.Join(dir, "state.db")); err != nil || id != "" {
		t.Errorf("before the first start: %q, %v", id, err)
	}
	id, err := db.Identity(t.Context())
	if err != nil || len(id) < 20 {
		t.Fatalf("identity %q, %v", id, err)
	}
	if err := db.DropProjection(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	j, err := OpenJournal(t.Context(), filepath.Join(dir, "events.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	backup, restored := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "data")
	m, err := Backup(t.Context(), dir, backup, "test", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Restore(t.Context(), backup, restored); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dir, restored} {
		if got, err := IdentityOf(t.Context(), filepath.Join(d, "state.db")); err != nil || got != id {
			t.Errorf("identity of %s: %q, %v; want %q", d, got, err, id)
		}
	}
	other := mustOpenState(t, t.TempDir())
	defer other.Close()
	if got, err := other.Identity(t.Context()); err != nil || got == id {
		t.Errorf("another directory has %q, %v", got, err)
	}
}

func mustOpenState(t *testing.T, dir string) *DB {
	t.Helper()
	db, err := Open(t.Context(), filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	return db
}
