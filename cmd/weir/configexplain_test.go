package main

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"testing"
)

// TestConfigExplain: each setting is there, of the server and of who asks one,
// with what set it; a file that cannot be read is refused as everywhere.
func TestConfigExplain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "weir.yaml")
	write(t, file, "segment_mb: 64\nneo4j_uri: bolt://ann:pass@h:7687\n")
	w := &world{t: t, url: "http://asked:1"}
	out := w.must(exitOK, "config", "explain", "--config", file, "--data", "d", "--timeout", "5s")
	for _, row := range []string{
		`data +d +flag +--data`, `url +http://asked:1 +environment +WEIR_URL`, `timeout +5s +flag +--timeout`,
		`segment_mb +64 +file +` + regexp.QuoteMeta(file), `neo4j_uri +bolt://\*\*\*@h:7687 +file .*`, `poll_interval +15s +default *`,
	} {
		if !regexp.MustCompile(`(?m)^` + row + `$`).MatchString(out) {
			t.Errorf("no %s in\n%s", row, out)
		}
	}
	var doc struct {
		Schema   string
		Settings []struct{ Key, Value, Origin, At string }
	}
	if err := json.Unmarshal([]byte(w.must(exitOK, "config", "explain", "-o", "json")), &doc); err != nil || doc.Schema != schemaVersion || len(doc.Settings) != len(settings) {
		t.Errorf("%v: %+v", err, doc)
	}
	write(t, file, "segment: 64\n")
	w.must(exitUsage, "config", "explain", "--config", file)
}
