package sqlite

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// TestReadPoolDrops: statements are dropped while they are in use, and rows that
// are open go on.
func TestReadPoolDrops(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	noError(t, err)
	t.Cleanup(func() { noError(t, db.Close()) })
	open, err := db.read.QueryContext(t.Context(), `SELECT 1 UNION SELECT 2`)
	noError(t, err)
	if !open.Next() {
		t.Fatal("no first row")
	}
	var wg sync.WaitGroup
	for worker := range 3 {
		wg.Go(func() {
			for i := range 2 * maxKept {
				query := fmt.Sprintf(`SELECT ? + %d`, i+worker*maxKept/2)
				var got int
				if err := db.read.QueryRowContext(t.Context(), query, 1).Scan(&got); err != nil || got != 1+i+worker*maxKept/2 {
					t.Errorf("%s: %d, %v", query, got, err)
				}
			}
		})
	}
	wg.Wait()
	if n := db.read.recent.Len(); n != maxKept || len(db.read.byText) != n {
		t.Errorf("%d statements are kept, %d by text, of at most %d", n, len(db.read.byText), maxKept)
	}
	if !open.Next() || open.Next() {
		t.Error("the rows that were open did not go on to their end")
	}
	noError(t, open.Close())
}

// TestReadPoolSaysWhatIsWrong: a query that cannot be prepared fails as any.
func TestReadPoolSaysWhatIsWrong(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	noError(t, err)
	t.Cleanup(func() { noError(t, db.Close()) })
	if _, err := db.read.QueryContext(t.Context(), `SELECT nothing FROM nowhere`); err == nil { //nolint:rowserrcheck,sqlclosecheck // it fails
		t.Error("no error")
	}
	if err := db.read.QueryRowContext(t.Context(), `SELECT nothing FROM nowhere`).Scan(new(int)); err == nil || err == sql.ErrNoRows {
		t.Errorf("error %v", err)
	}
}

// BenchmarkVersionsBefore asks for the newest version before a time, as a
// watermark does most.
func BenchmarkVersionsBefore(b *testing.B) {
	db, err := Open(b.Context(), filepath.Join(b.TempDir(), "state.db"))
	noError(b, err)
	b.Cleanup(func() { noError(b, db.Close()) })
	h, err := NewHistory(b.Context(), db)
	noError(b, err)
	b.Cleanup(func() { noError(b, h.Close()) })
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	name := catalog.Name{Type: catalog.TypeDataset, Namespace: "postgres://wh:5432", Name: "raw.orders"}
	var list []Projected
	for i := range 1000 {
		at := start.Add(time.Duration(i) * time.Minute)
		list = append(list, Projected{Position: catalog.Position(i + 1), Facts: &catalog.Facts{
			EventTime: at, Job: &catalog.AssetFact{Name: catalog.Name{Type: catalog.TypeJob, Namespace: "af", Name: "load"}},
			Datasets: []catalog.AssetFact{{Name: name}}, Outputs: []catalog.IOFact{{Dataset: name}},
			Run: &catalog.RunFact{RunID: fmt.Sprint("r", i), Type: catalog.EventComplete}}})
	}
	_, err = h.Project(b.Context(), list)
	noError(b, err)
	q := catalog.VersionQuery{Dataset: catalog.AssetID(name.ID()), Before: start.Add(500*time.Minute + time.Second), Untainted: true, Limit: 1}
	b.ReportAllocs()
	for b.Loop() {
		if got, err := h.Versions(b.Context(), q); err != nil || len(got) != 1 {
			b.Fatal(len(got), err)
		}
	}
}

func noError(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
