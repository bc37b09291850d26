package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/state/sqlite"
)

// TestIncarnation: a projection keeps its name over starts, and another has
// another.
func TestIncarnation(t *testing.T) {
	name := func(path string) int64 {
		db, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		h, err := sqlite.NewHistory(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		n, err := h.Incarnation(t.Context())
		if err != nil || n == 0 {
			t.Fatalf("incarnation %d, %v", n, err)
		}
		if _, ok, err := h.Row(t.Context(), catalog.AssetID{1}); ok || err != nil {
			t.Errorf("a row of nothing: %v, %v", ok, err)
		}
		return n
	}
	dir := t.TempDir()
	one := name(filepath.Join(dir, "a.db"))
	if again, other := name(filepath.Join(dir, "a.db")), name(filepath.Join(dir, "b.db")); again != one || other == one {
		t.Errorf("%d, again %d, another %d", one, again, other)
	}
}
