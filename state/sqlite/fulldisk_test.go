package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// TestFullDiskKeepsBatchesWhole: a batch that the disk has no room for leaves
// nothing, on disk or in memory; sent again with room, it is filed. Readers go
// on meanwhile.
func TestFullDiskKeepsBatchesWhole(t *testing.T) {
	ctx := context.Background()
	h := openHistory(t)
	if _, err := h.Project(ctx, manyRuns(1, 1)); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	readers.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				h.Namespaces(catalog.TypeJob)
			}
		}
	})
	limit(t, h, 1)
	batch := manyRuns(2, 300)
	if _, err := h.Project(ctx, batch); err == nil {
		t.Fatal("a batch was filed on a full disk")
	}
	if pos, _ := h.Position(ctx); pos != 1 || countRuns(t, h) != 1 || h.names.get(catalog.JobName("p", "j2-9")).known() {
		t.Errorf("position %s, %d runs: something of the batch was kept", pos, countRuns(t, h))
	}
	limit(t, h, 1<<20)
	if _, err := h.Project(ctx, batch); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	if pos, _ := h.Position(ctx); pos != 2 || countRuns(t, h) != 301 {
		t.Errorf("position %s, %d runs, want 2 and 301", pos, countRuns(t, h))
	}
	close(stop)
	readers.Wait()
}

// TestUnreadableAfterRollback: when memory cannot be read again after a batch
// was rolled back, nothing is filed by what it has, until it can be.
func TestUnreadableAfterRollback(t *testing.T) {
	ctx := t.Context()
	h := openHistory(t)
	db := h.db
	closed, err := Open(ctx, filepath.Join(t.TempDir(), "closed.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Project(ctx, manyRuns(1, 1)); err != nil {
		t.Fatal(err)
	}
	batch, read := manyRuns(2, 300), db.read
	limit(t, h, 1)
	for range 2 {
		db.read = closed.read
		if _, err := h.Project(ctx, batch); err == nil {
			t.Error("a batch was filed by what memory has of one that was rolled back")
		}
		db.read = read
		limit(t, h, 1<<20)
	}
	if _, err := h.Project(ctx, batch); err != nil {
		t.Fatal(err)
	}
	again, err := NewHistory(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	if name := catalog.JobName("p", "j2-9"); !again.names.get(name).known() || countRuns(t, h) != 301 {
		t.Errorf("%d runs, and the name on disk: %v", countRuns(t, h), again.names.get(name))
	}
}

func limit(t *testing.T, h *History, pages int) {
	t.Helper()
	if _, err := h.conn.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
		t.Fatal(err)
	}
}

func countRuns(t *testing.T, h *History) (n int) {
	t.Helper()
	if err := h.AllRuns(t.Context(), func(catalog.Run) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// manyRuns is a batch of n runs, each of a job of its own, at one position.
func manyRuns(pos catalog.Position, n int) []catalog.Projected {
	var out []catalog.Projected
	for i := range n {
		job := catalog.JobName("p", fmt.Sprintf("j%s-%d", pos, i))
		out = append(out, catalog.Projected{Position: pos, Facts: &catalog.Facts{EventTime: at0.Add(time.Duration(i) * time.Second), Job: &catalog.AssetFact{Name: job},
			Run: &catalog.RunFact{RunID: "r", Type: catalog.EventComplete}, Outputs: []catalog.IOFact{{Dataset: catalog.DatasetName("k", job.Name)}}}})
	}
	return out
}
