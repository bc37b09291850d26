package sqlite

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// TestLogOfChangesStaysSmall: followers that read without a gap between them
// do not let the write-ahead log grow with what is written.
func TestLogOfChangesStaysSmall(t *testing.T) {
	h := openHistory(t)
	stop, followers := make(chan struct{}), sync.WaitGroup{}
	defer followers.Wait()
	defer close(stop)
	for range 2 {
		followers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := h.Changes(t.Context(), 0, 500); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	const batches, entries, facet = 20, 256, 8 << 10
	for b := range batches {
		list := make([]catalog.Projected, entries)
		for i := range list {
			n := b*entries + i + 1
			list[i] = catalog.Projected{Position: catalog.Position(n), Facts: bigFacts(n, facet)}
		}
		if _, err := h.Project(t.Context(), list); err != nil {
			t.Fatal(err)
		}
	}
	wal, err := os.Stat(h.db.path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if written := int64(batches * entries * facet); wal.Size() > written*3/4 {
		t.Errorf("the write-ahead log has %d MB after writing %d MB", wal.Size()>>20, written>>20)
	}
}

// bigFacts state a dataset with a large facet.
func bigFacts(n, size int) *catalog.Facts {
	raw := []byte(fmt.Sprintf(`{"description":"%d %s"}`, n, strings.Repeat("x", size)))
	return &catalog.Facts{EventTime: time.Unix(int64(n), 0), Datasets: []catalog.AssetFact{{
		Name:       catalog.DatasetName("file", fmt.Sprint("big", n)),
		Properties: []catalog.Property{{Key: "large", Raw: raw}},
	}}}
}
