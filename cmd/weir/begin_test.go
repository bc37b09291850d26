package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestInitEvent: what is printed to try with is taken, without a finding, and seen.
func TestInitEvent(t *testing.T) {
	w := start(t, t.TempDir())
	event := filepath.Join(w.dir, "event.json")
	w.must(exitOK, "init", "event", "--namespace", "dev", "--write", event)
	w.must(exitOK, "events", "lint", event)
	holds(t, w.must(exitOK, "events", "send", event), "accepted 1 refused 0")
	holds(t, w.must(exitOK, "show", "job:dev/load_orders"), "load_orders")
	first, _, _ := w.weir("", "init", "event")
	second, _, _ := w.weir("", "init", "event")
	if first == second {
		t.Error("two trials are one run")
	}
}

// TestInitTools: each tool is told where weir is, by the settings that the tests
// with the real tools give them.
func TestInitTools(t *testing.T) {
	w := &world{t: t}
	proven := ""
	for _, f := range []string{"../../scripts/airflow.sh", "../../scripts/spark.sh", "../../test/e2e/dbt_test.go"} {
		proven += readFile(t, filepath.Join(packageDir, f))
	}
	setting := regexp.MustCompile(`(?m)^([A-Za-z_.]+)(?:=| +)`)
	for _, tool := range []string{"airflow", "dbt", "spark"} {
		out, words, code := w.weir("", "init", tool, "--url", "https://weir.example/", "--namespace", "prod-eu")
		if code != exitOK || !strings.Contains(out, "https://weir.example") || strings.Contains(out, "example/\"") || !strings.Contains(out, "prod-eu") || !strings.Contains(words, "then: ") {
			t.Errorf("%s: %d\n%s%s", tool, code, out, words)
		}
		found := setting.FindAllStringSubmatch(out, -1)
		if len(found) < 2 {
			t.Errorf("%s has the settings %v", tool, found)
		}
		for _, s := range found {
			if !strings.Contains(proven, s[1]) {
				t.Errorf("%s: no test with the tool itself sets %s", tool, s[1])
			}
		}
	}
	transport := regexp.MustCompile(`TRANSPORT='(.*)'`).FindStringSubmatch(w.must(exitOK, "init", "airflow"))
	if transport == nil || !json.Valid([]byte(transport[1])) {
		t.Errorf("the transport is %v", transport)
	}
}

// TestInitSageMaker: the file of connectors is one that weir takes.
func TestInitSageMaker(t *testing.T) {
	w := &world{t: t}
	path := filepath.Join(t.TempDir(), "connectors.yaml")
	w.must(exitOK, "init", "sagemaker", "--write", path)
	w.must(exitOK, "serve", "--check-config", "--connectors", path)
	before := readFile(t, path)
	holds(t, w.must(exitUsage, "init", "sagemaker", "--write", path), "is there already")
	if readFile(t, path) != before {
		t.Error("a file that was there was written")
	}
}

// TestInitRefuses: what would end a quotation is not written into a file.
func TestInitRefuses(t *testing.T) {
	w := &world{t: t}
	dir := t.TempDir()
	for _, args := range [][]string{{"luigi"}, {}, {"airflow", "dbt"}, {"airflow", "--namespace", "a'b"}, {"dbt", "--namespace", "a\nb"}, {"dbt", "--namespace", ""}, {"spark", "--url", "http://h/$(id)"}} {
		w.must(exitUsage, append([]string{"init", "--write", filepath.Join(dir, "f")}, args...)...)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("written all the same: %v, %v", left, err)
	}
}
