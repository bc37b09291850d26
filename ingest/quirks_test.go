package ingest_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// TestQuirks states what each rule of quirks.go comes to, on its golden event.
// Rules that need several events have their story in internal/stack's
// testdata/change: drop (Spark's one drop job), parent-cycle (Spark's jobs that
// contain each other), ge-reused-run, streaming (runs that never end).
func TestQuirks(t *testing.T) {
	controls := func(f catalog.Facts) (out []string) {
		for _, c := range f.Controls {
			out = append(out, c.Upstream.Name+">"+c.Downstream.Name)
		}
		return out
	}
	for name, holds := range map[string]func(f catalog.Facts) bool{
		"airflow-masked": func(f catalog.Facts) bool { // masked names make no job, reprs are lists, silent tasks are led through
			return f.Parent == nil && f.Run.Parent.RunID != "" && f.Run.Query == nil &&
				slices.Equal(controls(f), []string{"before>dag", "dag.extract>dag.copy", "dag.extract>dag.load"})
		},
		"dbt-logs-query": func(f catalog.Facts) bool { return f.Parent == nil }, // a parent that dev and prod share
		"dbt-exposures": func(f catalog.Facts) bool { // what uses a model is downstream of it
			return len(f.Columns) == 2 && f.Columns[0].Target == catalog.DatasetName("dbt", "exposure.shop.dashboard")
		},
		"ge-validation": func(f catalog.Facts) bool { return strings.HasSuffix(f.Run.RunID, "@2026-01-02T03:04:05.123456Z") },
		"flink-local": func(f catalog.Facts) bool { // evidence that the resolver never merges through
			return f.Run.Streaming && len(f.Aliases) == 2 && strings.HasPrefix(f.Aliases[0].To.Name, "default_catalog.default_database.")
		},
	} {
		body, err := os.ReadFile("testdata/interpret/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if f := interpret(t, body); !holds(f) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// The environment of a run holds secrets: nothing of it becomes a fact.
func TestEnvironmentIsDropped(t *testing.T) {
	body, err := os.ReadFile("testdata/interpret/airflow-masked.facts")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(body), "environmentVariables") {
		t.Error("the environment is kept")
	}
}
