package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestColumnsBesideSilentJob: what is said of columns beside a job that states no
// column lineage is never passed off as the whole.
func TestColumnsBesideSilentJob(t *testing.T) {
	w := start(t, t.TempDir())
	resp, err := http.Post(w.url+"/api/v1/lineage", "application/json", strings.NewReader(`{"eventTime":"2026-03-01T00:00:00Z","eventType":"COMPLETE","producer":"https://example.com/unlit","run":{"runId":"0198c0de-0000-7000-8000-000000000001"},
		"job":{"namespace":"prod","name":"silent"},"inputs":[{"namespace":"postgres://wh:5432","name":"shop.raw.a"}],"outputs":[{"namespace":"postgres://wh:5432","name":"shop.raw.b"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	const a, b = "dataset:postgres://wh:5432/shop.raw.a", "dataset:postgres://wh:5432/shop.raw.b"
	waitUntil(t, "the event is projected", func() bool { _, _, code := w.weir("", "lineage", b); return code == exitOK })
	holds(t, w.must(exitOK, "lineage", a, "--columns"), "downstream may lack columns: a job there states no column lineage; without --columns it is shown")
	holds(t, w.must(exitOK, "lineage", a, "--columns", "-u", "1", "-d", "1", "-o", "mermaid"), "the picture may lack columns: a job beside it states no column lineage")
	if out := w.must(exitOK, "lineage", a); strings.Contains(out, "may lack") || strings.Contains(out, "is cut") {
		t.Errorf("lineage of assets says\n%s", out)
	}
	_, words, code := w.weir("", "paths", a, b, "--columns")
	if code == exitOK || code == exitFindings || !strings.Contains(words, "no way over columns is known, but jobs without column lineage lie between") {
		t.Errorf("paths over columns: exit code %d\n%s", code, words)
	}
	holds(t, w.must(exitOK, "paths", a, b), "silent")
}
