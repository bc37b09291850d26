package dbt_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirhq/weir/connectors/dbt"
)

// TestSourcesLeaveRunsAlone: a later look at the sources adds its own events
// and leaves those of the build as they were, byte for byte.
func TestSourcesLeaveRunsAlone(t *testing.T) {
	target := fstest.MapFS{"manifest.json": {Data: []byte(manifest)}, "run_results.json": {Data: []byte(results)}}
	before := eventsOf(t, target)
	target["sources.json"] = &fstest.MapFile{Data: []byte(sources)}
	for look := range 2 {
		target["sources.json"].Data = []byte(strings.Replace(sources, "inv-2", "inv-3", look))
		after := eventsOf(t, target)
		if len(after) <= len(before) || !bytes.Equal(bytes.Join(after[:len(before)], nil), bytes.Join(before, nil)) {
			t.Errorf("look %d changed the events of the build", look)
		}
	}
}

func eventsOf(t *testing.T, target fstest.MapFS) [][]byte {
	t.Helper()
	a, err := dbt.Read(target)
	if err != nil {
		t.Fatal(err)
	}
	return dbt.Events(a, naming)
}
