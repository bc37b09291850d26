package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPlanShowsWhatItWouldHaveMade: a plan lives through the recorded days again,
// by the policies in force and by the proposed ones, also where only a pool or a
// calendar differs.
func TestPlanShowsWhatItWouldHaveMade(t *testing.T) {
	dir := t.TempDir()
	events := filepath.Join(dir, "events.ndjson")
	var b strings.Builder
	noon := time.Now().UTC().Truncate(24 * time.Hour).Add(-12 * time.Hour)
	for day := range 10 {
		for _, e := range []struct {
			kind string
			at   time.Time
		}{{"START", noon.AddDate(0, 0, -day)}, {"COMPLETE", noon.AddDate(0, 0, -day).Add(5 * time.Minute)}} {
			fmt.Fprintf(&b, `{"eventType":%q,"eventTime":%q,"producer":"https://x","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent","run":{"runId":"00000000-0000-4000-8000-%012d"},"job":{"namespace":"prod","name":"load"},"outputs":[{"namespace":"pg://wh","name":"raw"}]}`+"\n", e.kind, e.at.Format(time.RFC3339), day)
		}
	}
	write(t, events, b.String())
	w := start(t, dir)
	w.must(exitOK, "events", "send", events)

	file := filepath.Join(dir, "policies", "p.yaml")
	policy := "kind: Policy\nname: load\nmode: act\nowner: team-ingest\nselect: { asset: \"dataset:pg://wh/raw\" }\ntarget: { connector: af, job: load }\nwant: { max_age: 6h }\non_first: run\n"
	write(t, file, policy)
	out, hash := w.planned(file)
	holds(t, out, "lived through again, in force -> proposed:", "load    team-ingest  10 -> ", "compared with what was recorded", "0 policies do the same")
	w.must(exitOK, "apply", file, "--plan", hash)
	out, _ = w.planned(file)
	if strings.Contains(out, "lived through") {
		t.Errorf("nothing changes, and yet\n%s", out)
	}

	write(t, file, policy+"---\nkind: Calendar\nname: never-mind\nblackout: [ { cron: \"0 0 * * *\", duration: 23h, tz: UTC } ]\napplies: all\n")
	out, _ = w.planned(file)
	holds(t, out, "+ calendar never-mind", "RUNS", "load    team-ingest")
	if again := w.must(exitOK, "plan", file, "-o", "json"); !strings.Contains(again, `"complete": true`) {
		t.Errorf("cut:\n%s", again)
	}
}
