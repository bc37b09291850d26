package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// TestStatus: one screen says how the data and weir are, and what stands still.
func TestStatus(t *testing.T) {
	w := start(t, t.TempDir())
	if _, words, code := w.weir("", "events", "send", filepath.Join(packageDir, "testdata", "events.ndjson")); code != exitOK {
		t.Fatal(words)
	}
	out, words, code := w.weir("", "status")
	if code != exitOK {
		t.Fatal(words)
	}
	for _, want := range []string{"data    0 late, 0 at risk, 0 unknown, 0 waiting; 0 runs running, 0 actions open\n", ", ready\n", "all projected\n", "store   journal (sqlite): up to date\n", "page    " + w.url + "/\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	ask := `mutation { setKillSwitch(input: { on: true, scope: NAMESPACE, name: "prod", reason: "a fire" }) { on } }`
	if _, words, code := w.weir(ask, "query", "-"); code != exitOK {
		t.Fatal(words)
	}
	if out, _, _ := w.weir("", "status"); !strings.Contains(out, "switch  namespace prod is stopped by ") || !strings.Contains(out, ": a fire\n") {
		t.Errorf("no switch in\n%s", out)
	}
	out, words, _ = w.weir("", "status", "-o", "json")
	var got struct {
		Schema, Link string
		System       struct {
			Ready    bool
			Stores   []struct{ Name string }
			Switches []struct{ Reason string }
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v: %s%s", err, out, words)
	}
	if got.Schema != schemaVersion || got.Link != w.url+"/" || !got.System.Ready || len(got.System.Stores) != 4 || len(got.System.Switches) != 1 {
		t.Errorf("%+v", got)
	}
}
