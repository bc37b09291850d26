//go:build e2e

package dbt

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/weirhq/weir/connectors/dbt"
)

var update = flag.Bool("update", false, "write the manifests of connectors/dbt/testdata")

// TestImpactOfManifests: dbt-ol builds the project as it is and tells weir,
// then dbt makes manifest and catalog of both states. What weir says of the
// difference is written down here.
func TestImpactOfManifests(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	url := serve(t, root, dir)
	for _, state := range []string{"before", "after"} {
		p := project{t: t, root: root, dir: filepath.Join(root, "test/dbt/shop", state), out: filepath.Join(dir, state)}
		if state == "before" {
			p.run("OPENLINEAGE_URL="+url, "dbt-ol", "build")
		} else {
			p.run("", "dbt", "build")
		}
		p.run("", "dbt", "docs", "generate")
	}
	after, before := filepath.Join(dir, "after/target"), filepath.Join(dir, "before/target")
	if *update {
		record(t, root, before, "before")
		record(t, root, after, "after")
	}
	args := []string{"impact", "--url", url, "--diff", filepath.Join(after, "manifest.json"), "--against", filepath.Join(before, "manifest.json"), "--fail-on", "breaking", "-o", "json"}
	withoutCatalogs, code := weir(t, root, nil, args...)
	if code != 3 {
		t.Fatalf("exit %d, want 3: %s", code, withoutCatalogs)
	}
	check(t, withoutCatalogs, true)
	withCatalogs, _ := weir(t, root, nil, append(args, "--catalog", filepath.Join(after, "catalog.json"), "--against-catalog", filepath.Join(before, "catalog.json"))...)
	check(t, withCatalogs, false)

	summary := filepath.Join(dir, "summary.md")
	github, _ := weir(t, root, []string{"GITHUB_STEP_SUMMARY=" + summary}, append(args[:len(args)-1], "github")...)
	comment, err := os.ReadFile(summary)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("GitHub's annotations:\n%s\nand summary:\n%s", github, comment)
	for _, want := range []string{"::error file=", "stg_orders.sql", "retype field"} {
		if !strings.Contains(github, want) {
			t.Errorf("no annotation has %q", want)
		}
	}
	if !strings.Contains(string(comment), "exposure.shop.weekly") {
		t.Error("the summary does not name the exposure")
	}
}

// check compares severities and changes.
func check(t *testing.T, text string, documented bool) {
	t.Helper()
	var got struct {
		Impact struct {
			Changes []struct {
				Kind, Asset, Column, To string
				Known                   bool
			}
			Findings []struct {
				Severity, Asset string
				Columns         []string
				Edited          bool
			}
			Complete bool
		}
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	changes := map[string]bool{}
	for _, c := range got.Impact.Changes {
		_, table, _ := strings.Cut(c.Asset, "shop.main.")
		changes[strings.TrimSpace(c.Kind+" "+table+" "+c.Column)] = true
		if !c.Known {
			t.Errorf("%s is not known", c.Asset)
		}
	}
	want := []string{"DROP_FIELD stg_orders note", "RENAME_FIELD stg_orders customer", "RETYPE_FIELD stg_orders amount", "DROP_DATASET old_report", "RENAME_DATASET archive"}
	if !documented { // the warehouse sees what is not documented as well
		want = append(want, "RETYPE_FIELD notes remark")
	}
	for _, w := range want {
		if !changes[w] {
			t.Errorf("no change %s in %v", w, changes)
		}
	}
	severity := map[string]string{}
	for _, f := range got.Impact.Findings {
		name := f.Asset
		if _, table, ok := strings.Cut(f.Asset, "/shop.main."); ok && strings.HasPrefix(f.Asset, "dataset:") {
			name = table
		}
		severity[name] = f.Severity
	}
	for name, s := range map[string]string{"revenue": "BREAKING", "notes": "BREAKING", "states": "SAFE", "archive": "BREAKING",
		"dataset:dbt/exposure.shop.weekly": "DEGRADING", "dataset:dbt/exposure.shop.archive_page": "BREAKING", "dataset:dbt/exposure.shop.state_board": "SAFE"} {
		if severity[name] != s {
			t.Errorf("%s is %q, want %s; all: %v", name, severity[name], s, severity)
		}
	}
	if !got.Impact.Complete {
		t.Error("the answer is cut")
	}
}

// record keeps what weir uses of a manifest for the tests that run without dbt.
func record(t *testing.T, root, target, state string) {
	t.Helper()
	a, err := dbt.Read(os.DirFS(target))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{"manifest": a.Manifest, "catalog": a.Catalog} {
		b, err := json.MarshalIndent(v, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "connectors/dbt/testdata", state+"-"+name+".json"), append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

type project struct {
	t              *testing.T
	root, dir, out string
}

// run runs dbt; both states have a database of the same name of their own.
func (p project) run(env, name string, args ...string) {
	p.t.Helper()
	if err := os.MkdirAll(p.out, 0o755); err != nil {
		p.t.Fatal(err)
	}
	args = append(append([]string{"run", name}, args...), "--project-dir", p.dir, "--profiles-dir", p.dir, "--target-path", filepath.Join(p.out, "target"))
	cmd := exec.CommandContext(p.t.Context(), filepath.Join(p.root, "scripts/dbt.sh"), args...)
	cmd.Env = append(os.Environ(), "SHOP_DB="+filepath.Join(p.out, "shop.duckdb"), "OPENLINEAGE_NAMESPACE=dbt", "DBT_LOG_PATH="+filepath.Join(p.out, "logs"))
	if env != "" {
		cmd.Env = append(cmd.Env, env)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// serve starts weir on an empty data directory and gives its address.
func serve(t *testing.T, root, dir string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, filepath.Join(root, "bin/weir"), "serve", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0")
	words, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start weir: %v", err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	ready := regexp.MustCompile(`ready url=(\S+)`)
	lines := bufio.NewScanner(words)
	for lines.Scan() {
		if m := ready.FindStringSubmatch(lines.Text()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, words) }()
			return m[1]
		}
	}
	t.Fatal("weir ended before it was ready")
	return ""
}

// weir runs a command and gives what it printed and its exit code.
func weir(t *testing.T, root string, env []string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(root, "bin/weir"), args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil && exit.ExitCode() != 3 {
		t.Fatalf("weir %s: %v: %s", strings.Join(args, " "), err, exit.Stderr)
	}
	return string(out), cmd.ProcessState.ExitCode()
}
