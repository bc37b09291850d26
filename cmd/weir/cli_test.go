package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write golden files")

// world is one server with some events and a place for files.
type world struct {
	t     *testing.T
	dir   string
	url   string
	words *buffer
	stop  func() int
}

// start runs weir serve in dir until the test ends.
func start(t *testing.T, dir string, args ...string) *world {
	t.Helper()
	w := &world{t: t, dir: dir, words: &buffer{}}
	ctx, cancel := contextOf(t)
	done := make(chan int, 1)
	args = append([]string{"serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data"), "--log-level", "warn"}, args...)
	go func() { done <- run(ctx, args, w.process(nil, w.words, w.words)) }()
	code, stopped := 0, false
	w.stop = func() int {
		if !stopped {
			cancel()
			code, stopped = <-done, true
		}
		return code
	}
	t.Cleanup(func() { w.stop() })
	ready := regexp.MustCompile(`ready url=(\S+)`)
	waitUntil(t, "ready", func() bool {
		m := ready.FindStringSubmatch(w.words.String())
		if m != nil {
			w.url = m[1]
		}
		return m != nil
	})
	return w
}

func (w *world) process(in *strings.Reader, out, words *buffer) process {
	if in == nil {
		in = strings.NewReader("")
	}
	env := map[string]string{"WEIR_URL": w.url, "PATH": os.Getenv("PATH"), "SECRET": "x"}
	return process{getenv: func(k string) string { return env[k] }, in: in, out: out, err: words, environ: func() []string {
		var list []string
		for k, v := range env {
			list = append(list, k+"="+v)
		}
		return list
	}}
}

// weir runs a command in w.dir and gives what it printed and its exit code.
func (w *world) weir(in string, args ...string) (out, words string, code int) {
	var o, e buffer
	ctx, cancel := contextOf(w.t)
	defer cancel()
	code = run(ctx, args, w.process(strings.NewReader(in), &o, &e))
	return o.String(), e.String(), code
}

const shopPolicies = `apiVersion: weir.dev/v1
kind: Policy
name: orders-mart
mode: gate
owner: team-analytics
select: { asset: "dataset:postgres://wh:5432/shop.marts.orders" }
inputs:
  "dataset:postgres://wh:5432/shop.raw.orders": { trigger: true, require: updated }
---
apiVersion: weir.dev/v1
kind: Policy
name: report
mode: gate
select: { asset: "job:prod/report" }
inputs:
  "dataset:postgres://wh:5432/shop.marts.orders": { require: updated }
---
apiVersion: weir.dev/v1
kind: Policy
name: frozen
mode: gate
freeze: { until: 2999-01-01, reason: stocktaking }
select: { asset: "job:prod/frozen" }
`

// TestCommands plays testdata/cli.txt: "$ weir ..." lines with the exit code
// and everything that was printed behind them, stderr marked with "! ".
func TestCommands(t *testing.T) {
	t.Chdir(t.TempDir())
	dir, golden := ".", filepath.Join(packageDir, "testdata", "cli.txt")
	write(t, "policies/shop.yaml", shopPolicies)
	write(t, "bad/policy.yaml", "kind: Policy\nname: x\nmod: act\n")
	write(t, "bad/unknown.yaml", "data: x\nlisen: y\n")
	write(t, "clear.yaml", "connectors:\n  - name: a\n    kind: airflow\n    url: http://127.0.0.1:1\n    auth: { username: u, password: hunter2 }\n")
	write(t, "dead.yaml", "connectors:\n  - name: a\n    kind: airflow\n    url: http://127.0.0.1:1\n    auth: { username: u, password: { env: SECRET } }\n")
	write(t, "timeless.json", `{"eventTime":"never","eventType":"COMPLETE","producer":"https://example.com/odd","schemaURL":"s","run":{"runId":"0195e000-0000-7000-8000-000000000009"},"job":{"namespace":"prod","name":"odd\u202ejob"},"outputs":[{"namespace":"kafka://k","name":"t"}]}`)
	write(t, "assets.yaml", declaredShop)
	write(t, "shop.graphql", "query($first: Int = 2) { assets(search: \"orders\", first: $first) { nodes { name { name } } } }")
	write(t, "bad-assets.yaml", "assets:\n  - { namespace: looker, name: x, kind: picture }\n  - namespace: looker\n    name: y\n    owner: ann\n")
	write(t, "events.ndjson", readFile(t, filepath.Join(packageDir, "testdata", "events.ndjson")))
	w := start(t, dir, "--policies", "policies")
	if _, words, code := w.weir("", "events", "send", "events.ndjson"); code != exitOK {
		t.Fatal(words)
	}
	waitUntil(t, "it is decided", func() bool {
		out, _, _ := w.weir("", "why", "shop.marts.orders")
		return strings.Contains(out, "SHADOWED")
	})
	var got bytes.Buffer
	for line := range strings.Lines(readFile(t, golden)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "# "):
			fmt.Fprintln(&got, line)
		case strings.HasPrefix(line, "$ "):
			w.play(&got, line)
		}
	}
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := readFile(t, golden); got.String() != want {
		t.Errorf("cli.txt differs; run with -update and look at the difference:\n%s", diff(want, got.String()))
	}
}

// play runs "$ weir ARGS" or "$ weir ARGS < FILE" and notes what came.
func (w *world) play(to *bytes.Buffer, line string) {
	text, file, _ := strings.Cut(strings.TrimPrefix(line, "$ weir"), " < ")
	in := ""
	if file != "" {
		in = readFile(w.t, file)
	}
	out, said, code := w.weir(in, words(text)...)
	fmt.Fprintln(to, line)
	to.WriteString(w.plain(out))
	for l := range strings.Lines(w.plain(said)) {
		to.WriteString("! " + l)
	}
	fmt.Fprintf(to, "= %d\n", code)
}

// words splits a line at blanks, with quotes.
func words(s string) []string {
	var out []string
	for i, part := range strings.Split(s, "'") {
		if i%2 == 1 {
			out = append(out, part)
		} else {
			out = append(out, strings.Fields(part)...)
		}
	}
	return out
}

// plain replaces what differs from run to run.
func (w *world) plain(s string) string {
	s = strings.ReplaceAll(s, w.url, "URL")
	s = strings.ReplaceAll(s, strings.TrimPrefix(w.url, "http://"), "ADDRESS")
	s = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ`).ReplaceAllStringFunc(s, func(at string) string {
		if strings.HasPrefix(at, "2026-03-01") { // of the events
			return at
		}
		return "NOW"
	})
	for pattern, to := range map[string]string{
		`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`: "ID",
		`"at": "\d{4}[^"]+"`: `"at": "NOW"`,
		`\(request [^)]+\)`:  "(request ID)", `in \d+(\.\d+)?m?s\n`: "in TIME\n", `go1\.[\w.-]+, \w+/\w+`: "GO, PLATFORM",
	} {
		s = regexp.MustCompile(pattern).ReplaceAllString(s, to)
	}
	return s
}

func diff(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return fmt.Sprintf("line %d:\nwant %s\ngot  %s", i+1, strings.Join(a[min(i, len(a)):min(i+5, len(a))], "\n     "), strings.Join(b[min(i, len(b)):min(i+5, len(b))], "\n     "))
		}
	}
	return ""
}

// TestRestart: a stop and a start keep everything, ready within 3 s; a second
// process on the same directory or port is refused.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	w := start(t, dir)
	if _, words, code := w.weir(readFile(t, "testdata/events.ndjson"), "events", "send", "-"); code != exitOK {
		t.Fatal(words)
	}
	before, _, code := w.weir("", "export", "graph")
	if code != exitOK || before == "" {
		t.Fatalf("export: %d", code)
	}
	_, words, code := w.weir("", "serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data"))
	if code != exitFailed || !strings.Contains(words, "belongs to another weir process") || !strings.Contains(words, "hint: ") {
		t.Errorf("second process: %d %s", code, words)
	}
	_, words, code = w.weir("", "serve", "--listen", strings.TrimPrefix(w.url, "http://"), "--data", t.TempDir())
	if code != exitFailed || !strings.Contains(words, "the port is taken") || !strings.Contains(words, "hint: ") {
		t.Errorf("port taken: %d %s", code, words)
	}
	if code := w.stop(); code != exitOK {
		t.Errorf("stopped with %d: %s", code, w.words.String())
	}
	began := time.Now()
	w = start(t, dir)
	if d := time.Since(began); d > 3*time.Second {
		t.Errorf("ready after %s", d)
	}
	if after, _, _ := w.weir("", "export", "graph"); after != before {
		t.Error("the export differs after a restart")
	}
	w.stop()
	if _, words, code := w.weir("", "rebuild", "--data", filepath.Join(dir, "data")); code != exitOK {
		t.Fatalf("rebuild: %d %s", code, words)
	}
	if rebuilt, words, _ := w.weir("", "export", "graph", "--data", filepath.Join(dir, "data")); rebuilt != before {
		t.Errorf("the export differs after a rebuild: %s", words)
	}
}

// TestReload: a changed policy is in force without a restart, a bad one leaves
// the last good set and is shown.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "policies", "shop.yaml")
	write(t, file, shopPolicies)
	w := start(t, dir, "--policies", filepath.Dir(file))
	doctor := func() string { out, _, _ := w.weir("", "doctor"); return out }
	write(t, file, "kind: Policy\nname: x\nmod: act\n")
	waitUntil(t, "the error is shown", func() bool {
		return strings.Contains(doctor(), "degraded") && strings.Contains(doctor(), "shop.yaml:3")
	})
	if _, _, code := w.weir("", "gate", "--job", "job:prod/frozen"); code != exitDenied {
		t.Errorf("the last good set is not in force: %d", code)
	}
	write(t, file, strings.ReplaceAll(shopPolicies, "freeze: { until: 2999-01-01, reason: stocktaking }", "freeze: false"))
	waitUntil(t, "the new set is in force", func() bool { _, _, code := w.weir("", "gate", "--job", "job:prod/frozen"); return code == exitOK })
	waitUntil(t, "nothing is degraded", func() bool { return !strings.Contains(doctor(), "degraded") })
}

// packageDir is where the test began: one of them changes the directory.
var packageDir, _ = os.Getwd()

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	// In one step: a reader must not see half of it.
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
