package ingest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/state/sqlite"
)

// TestReceiverOnTheJournal sends a batch to the real journal, twice: each event
// is on disk once, byte for byte, and an unavailable journal is a 503.
func TestReceiverOnTheJournal(t *testing.T) {
	journal, err := sqlite.OpenJournal(t.Context(), filepath.Join(t.TempDir(), "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- journal.Run(ctx) }()
	t.Cleanup(func() { journal.Close() }) //nolint:errcheck // the test is over
	s := serve(t, journal, ingest.ReceiverOptions{})
	const n = 300
	var events []string
	for i := range n {
		events = append(events, strings.Replace(event, `"j"`, fmt.Sprintf(`"j%d"`, i), 1))
	}
	for range 2 {
		a := post(t, s.URL+"/api/v1/lineage/batch", strings.NewReader("["+strings.Join(events, ",")+"]"))
		var got batchAnswer
		if err := json.Unmarshal([]byte(a.body), &got); err != nil || got.Summary.Successful != n {
			t.Fatalf("%v %s", err, a.body)
		}
	}
	entries, err := journal.After(t.Context(), 0, 2*n)
	if err != nil || len(entries) != n {
		t.Fatalf("%d entries, want %d: %v", len(entries), n, err)
	}
	want := map[string]bool{}
	for _, e := range events {
		want[e] = true
	}
	for _, e := range entries {
		if !want[string(e.Body)] {
			t.Fatalf("a body changed: %s", e.Body)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("journal: %v", err)
	}
	if a := post(t, s.URL+"/api/v1/lineage", strings.NewReader(event)); a.status != 503 || a.header.Get("Retry-After") != "1" {
		t.Errorf("stopped journal: %d %s", a.status, a.body)
	}
}
