package dbt_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirhq/weir/connectors/dbt"
)

var naming = dbt.Naming{Instance: "dbt-shop", Jobs: "prod", Datasets: "postgres://wh:5432"}

const manifest = `{"metadata":{"project_name":"shop"},
"nodes":{
 "model.shop.orders":{"unique_id":"model.shop.orders","resource_type":"model","package_name":"shop","database":"shop","schema":"marts","name":"orders","alias":"orders",
  "description":"all orders","tags":["gold"],"config":{"materialized":"table","meta":{"owner":"team-a"}},"depends_on":{"nodes":["source.shop.raw.orders"]},
  "columns":{"id":{"name":"id","description":"key"}}},
 "test.shop.not_null":{"unique_id":"test.shop.not_null","resource_type":"test","database":"shop","schema":"audit","name":"not_null","attached_node":"model.shop.orders","column_name":"id","config":{"severity":"ERROR"}}},
"sources":{"source.shop.raw.orders":{"unique_id":"source.shop.raw.orders","resource_type":"source","database":"shop","schema":"raw","name":"orders","identifier":"orders"}}}`

const results = `{"metadata":{"invocation_id":"inv-1","generated_at":"2026-11-24T06:00:09Z","invocation_started_at":"2026-11-24T06:00:00Z"},"args":{"which":"build"},
"results":[
 {"unique_id":"model.shop.orders","status":"success","timing":[{"name":"execute","started_at":"2026-11-24T06:00:01Z","completed_at":"2026-11-24T06:00:02Z"}]},
 {"unique_id":"test.shop.not_null","status":"fail","message":"2 rows","timing":[{"name":"execute","started_at":"2026-11-24T06:00:03Z","completed_at":"2026-11-24T06:00:04Z"}]}]}`

const sources = `{"metadata":{"invocation_id":"inv-2"},"results":[{"unique_id":"source.shop.raw.orders","max_loaded_at":"2026-11-24T05:00:00Z","snapshotted_at":"2026-11-24T06:30:00Z","status":"pass"}]}`

func TestEvents(t *testing.T) {
	target := fstest.MapFS{"manifest.json": {Data: []byte(manifest)}, "run_results.json": {Data: []byte(results)}, "sources.json": {Data: []byte(sources)}}
	a, err := dbt.Read(target)
	if err != nil {
		t.Fatal(err)
	}
	events := dbt.Events(a, naming)
	if len(events) != 8 {
		t.Fatalf("%d events, want 8: wrapper, model, test and a look, two each", len(events))
	}
	all := string(bytes.Join(events, []byte("\n")))
	for _, want := range []string{
		`"name":"shop.marts.shop.orders.build.run"`, `"name":"shop.raw.orders"`, `"name":"shop.marts.orders"`, `"success":false`, `"column":"id"`,
		`"maxLoadedAt":"2026-11-24T05:00:00Z"`, `"unique_id":"model.shop.orders"`, `"name":"team-a"`, `"materialized":"table"`, `"eventType":"FAIL"`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no event holds %s", want)
		}
	}
	if again := dbt.Events(a, naming); !bytes.Equal(bytes.Join(again, nil), bytes.Join(events, nil)) {
		t.Error("equal artifacts give other bytes")
	}
}

// TestOptionalCorpusTargets: real target directories give events for every
// result that ran. The corpus is optional: without WEIR_CORPUS the test says so
// and ends; with it, an absent or empty corpus is a failure.
func TestOptionalCorpusTargets(t *testing.T) {
	root := os.Getenv("WEIR_CORPUS")
	if root == "" {
		t.Log("optional corpus test: WEIR_CORPUS is not set, nothing was read")
		return
	}
	dirs, err := filepath.Glob(filepath.Join(root, "captured/dbt/*-target"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no target directories: %v", err)
	}
	for _, dir := range dirs {
		a, err := dbt.Read(os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		if events := dbt.Events(a, naming); len(events) < 2*len(a.Sources.Results) || len(events) == 0 {
			t.Errorf("%s: %d events", filepath.Base(dir), len(events))
		}
	}
}
