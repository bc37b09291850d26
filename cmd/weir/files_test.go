package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestIngestFiles: a directory of event files is read as it grows, across a
// restart; while it is not there, weir serves and says so.
func TestIngestFiles(t *testing.T) {
	dir := t.TempDir()
	events := filepath.Join(dir, "events")
	w := start(t, dir, "--ingest-files", events)
	waitUntil(t, "it says that the directory is missing", func() bool {
		out, _, _ := w.weir("", "doctor", "--ingest-files", events)
		return strings.Contains(out, "the event files: ") && strings.Contains(out, "fail")
	})
	line := func(n int) string {
		return fmt.Sprintf(`{"eventTime":"2026-03-01T0%d:00:00Z","eventType":"COMPLETE","producer":"p","schemaURL":"s","run":{"runId":"0195e000-0000-7000-8000-00000000000%d"},"job":{"namespace":"prod","name":"filed%d"}}`+"\n", n, n, n)
	}
	write(t, filepath.Join(events, "lineage.log"), line(1)+line(2)[:50])
	seen := func(n int) {
		t.Helper()
		waitUntil(t, fmt.Sprintf("job %d is there", n), func() bool {
			_, _, code := w.weir("", "lineage", fmt.Sprintf("job:prod/filed%d", n))
			return code == exitOK
		})
	}
	seen(1)
	w.stop()
	if err := os.Rename(filepath.Join(events, "lineage.log"), filepath.Join(events, "lineage.log.1")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(events, "lineage.log"), line(3))
	write(t, filepath.Join(events, "lineage.log.1"), line(1)+line(2))
	w = start(t, dir, "--ingest-files", events)
	seen(2)
	seen(3)
	if out, _, _ := w.weir("", "doctor", "--ingest-files", events); strings.Contains(out, "the event files: ") || !strings.Contains(out, "2 files in ") {
		t.Errorf("doctor: %s", out)
	}
	out, _, _ := w.weir("", "export", "graph")
	if n := strings.Count(out, `"record":"run"`); n != 3 {
		t.Errorf("%d runs in the export, want 3:\n%s", n, out)
	}
}
