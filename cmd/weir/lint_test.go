package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestLintCorpus registers its test only when WEIR_CORPUS names the corpus'
// folder: the report over every event that can be sent as it is.
func TestLintCorpus(t *testing.T) {
	if root := os.Getenv("WEIR_CORPUS"); root != "" {
		t.Run("report", func(t *testing.T) { lintCorpus(t, root) })
	}
}

func lintCorpus(t *testing.T, root string) {
	golden := filepath.Join(packageDir, "testdata", "lint-corpus.txt")
	t.Chdir(root)
	w := &world{t: t}
	out, words, code := w.weir("", "events", "lint", "--schemas", "spec", "compatibility-tests", "marquez", "openlineage/fluentd", "openlineage/python",
		"captured/airflow", "captured/dbt", "captured/spark")
	if code != exitFindings || words != "" {
		t.Errorf("exit code %d: %s", code, words)
	}
	if *update {
		if err := os.WriteFile(golden, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := readFile(t, golden); out != want {
		t.Errorf("the report differs; run with -update and look at the difference:\n%s", diff(want, out))
	}
}
