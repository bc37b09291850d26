package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestRunsOfMany: of a dataset that many jobs write, those that can be meant are
// named, as many as one question gives, and it is said when there are more.
func TestRunsOfMany(t *testing.T) {
	dir := t.TempDir()
	var events strings.Builder
	for i := range 201 {
		fmt.Fprintf(&events, `{"eventTime":"2026-03-01T10:00:00Z","eventType":"COMPLETE","producer":"https://example.com/t","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent","run":{"runId":"0195e000-0000-7000-8000-%012d"},"job":{"namespace":"prod","name":"load%03d"},"outputs":[{"namespace":"n","name":"many"}]}`+"\n", i, i)
	}
	write(t, filepath.Join(dir, "events.ndjson"), events.String())
	w := start(t, dir)
	w.must(exitOK, "events", "send", filepath.Join(dir, "events.ndjson"))
	waitUntil(t, "all write it", func() bool {
		_, words, _ := w.weir("", "runs", "dataset:n/many")
		return strings.Contains(words, "201 jobs write")
	})
	holds(t, w.must(exitUsage, "runs", "dataset:n/many"), "job:prod/load199", "these are the first 200")
}
