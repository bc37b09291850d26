package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestGateInterrupted: Ctrl-C while the gate waits is 130, and nothing ran.
func TestGateInterrupted(t *testing.T) {
	asked := make(chan struct{}, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{}
		fmt.Fprint(w, `{"decision":"wait","retryAfterSeconds":1,"reasons":["not yet"]}`)
	}))
	defer srv.Close()
	ctx, stop := context.WithCancel(t.Context())
	go func() { <-asked; stop() }()
	var out, words buffer
	code := run(ctx, []string{"gate", "--job", "job:a/b", "--url", srv.URL, "--", "echo", "ran"}, process{getenv: os.Getenv, environ: os.Environ, in: strings.NewReader(""), out: &out, err: &words})
	if code != exitInterrupted || out.String() != "" {
		t.Errorf("code %d, out %q, words %q", code, out.String(), words.String())
	}
}

// TestGateAnswers: what the server says decides what the command does.
func TestGateAnswers(t *testing.T) {
	for _, c := range []struct {
		body, script string
		code         int
		out          string
	}{
		{`{"decision":"run","decisionId":"d1"}`, "echo $WEIR_DECISION_ID", exitOK, "d1\n"},
		{`{"decision":"run","pins":[{"namespace":"wh","name":"raw","version":"v1"}]}`, `echo "$WEIR_PINS $WEIR_KEY"; grep -c v1 "$WEIR_GATE_FILE"`, exitOK, `[{"namespace":"wh","name":"raw","version":"v1"}] k` + "\n1\n"},
		{`{"decision":"run"}`, "exit 42", 42, ""},
		{`{"decision":"run"}`, "kill -TERM $$", 128 + 15, ""},
		{`{"decision":"skip","reasons":["nothing new"]}`, "echo ran", exitSkipped, ""},
		{`{"decision":"deny","reasons":["frozen"]}`, "echo ran", exitDenied, ""},
	} {
		cl := stub(t, 200, c.body)
		var out, words buffer
		code := run(t.Context(), []string{"gate", "--job", "job:a/b", "--key", "k", "--url", cl.base, "--", "sh", "-c", c.script},
			process{getenv: os.Getenv, environ: os.Environ, in: strings.NewReader(""), out: &out, err: &words})
		if code != c.code || out.String() != c.out {
			t.Errorf("%s: code %d, want %d; printed %q, want %q; %s", c.body, code, c.code, out.String(), c.out, words.String())
		}
	}
}

// TestGateOfNoJob: what is no job's name is said before anybody is asked, and how
// to find the name.
func TestGateOfNoJob(t *testing.T) {
	_, words, code := ask(t, "gate", "--job", "nope", "--url", "http://127.0.0.1:1", "--", "echo", "ran")
	if code != exitUsage || !strings.Contains(words, `"nope" is no name of a job`) || !strings.Contains(words, "hint: job:NAMESPACE/NAME; weir search nope") {
		t.Errorf("%d: %s", code, words)
	}
}

// TestGateHandsTheFileOver: it has the whole answer, and is gone afterwards.
func TestGateHandsTheFileOver(t *testing.T) {
	cl := stub(t, 200, `{"decision":"run","decisionId":"d1","pins":[{"version":"v1"}],"lease":{"id":"d1"}}`)
	out, words, code := ask(t, "gate", "--job", "job:a/b", "--url", cl.base, "--", "sh", "-c", `cat "$WEIR_GATE_FILE"; echo "$WEIR_GATE_FILE"`)
	if code != exitOK {
		t.Fatalf("code %d: %s", code, words)
	}
	doc, file, _ := strings.Cut(strings.TrimSpace(out), "\n")
	var got gateAnswer
	if err := json.Unmarshal([]byte(doc), &got); err != nil || got.DecisionID != "d1" || string(got.Pins) != `[{"version":"v1"}]` {
		t.Errorf("%v: %s", err, doc)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", file, err)
	}
}

// TestGateManyPins: what a variable cannot hold is in the file alone.
func TestGateManyPins(t *testing.T) {
	cl := stub(t, 200, `{"decision":"run","pins":[{"version":"`+strings.Repeat("v", 200<<10)+`"}]}`)
	out, words, code := ask(t, "gate", "--job", "job:a/b", "--url", cl.base, "--", "sh", "-c", `echo "<$WEIR_PINS>"; grep -c vvv "$WEIR_GATE_FILE"`)
	if code != exitOK || out != "<>\n1\n" {
		t.Errorf("code %d, %q: %s", code, out, words)
	}
}

// TestGateEndsApart: each way not to run has a code of its own, none of them 0.
func TestGateEndsApart(t *testing.T) {
	dead := httptest.NewServer(nil)
	dead.Close()
	for name, c := range map[string]struct {
		url  string
		args []string
		code int
	}{
		"skip":                {stub(t, 200, `{"decision":"skip"}`).base, nil, exitSkipped},
		"skip, as told":       {stub(t, 200, `{"decision":"skip"}`).base, []string{"--skip-code", "0"}, exitOK},
		"held":                {stub(t, 200, `{"decision":"wait","reasons":["not yet"]}`).base, []string{"--timeout", "1ms"}, exitHeld},
		"denied":              {stub(t, 200, `{"decision":"deny"}`).base, nil, exitDenied},
		"unreachable, fail":   {dead.URL, []string{"--on-unreachable", "fail", "--unreachable-after", "0s"}, exitUnreachable},
		"unreachable, wait":   {dead.URL, []string{"--timeout", "1ms"}, exitUnreachable},
		"unreachable, run":    {dead.URL, []string{"--on-unreachable", "run", "--unreachable-after", "0s"}, exitOK},
		"no such exit code":   {dead.URL, []string{"--skip-code", "256"}, exitUsage},
		"no such unreachable": {dead.URL, []string{"--on-unreachable", "pray"}, exitUsage},
	} {
		_, words, code := ask(t, append([]string{"gate", "--job", "job:a/b", "--url", c.url}, c.args...)...)
		if code != c.code {
			t.Errorf("%s: code %d, want %d: %s", name, code, c.code, words)
		}
	}
}

// TestGateOutlivesARestart: a server that comes back within the patience is
// asked again, whatever --on-unreachable says.
func TestGateOutlivesARestart(t *testing.T) {
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, `{"decision":"deny"}`)
	}))
	defer srv.Close()
	if _, words, code := ask(t, "gate", "--job", "job:a/b", "--url", srv.URL, "--on-unreachable", "run", "--unreachable-after", "1m", "--", "true"); code != exitDenied {
		t.Errorf("code %d, want %d: %s", code, exitDenied, words)
	}
}

// TestGateAsks: what the server is asked; a key alone finds its answer again.
func TestGateAsks(t *testing.T) {
	var got map[string]any
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = nil
		_ = json.NewDecoder(r.Body).Decode(&got)
		fmt.Fprint(w, `{"decision":"run"}`)
	}))
	defer srv.Close()
	for name, c := range map[string]struct {
		args []string
		ref  func(string) bool
	}{
		"nothing": {nil, func(s string) bool { return len(s) == 36 }},
		"key":     {[]string{"--key", "k"}, func(s string) bool { return s == "" }},
		"run":     {[]string{"--key", "k", "--run-ref", "r"}, func(s string) bool { return s == "r" }},
	} {
		if _, words, code := ask(t, append([]string{"gate", "--job", "job:a/b", "--url", srv.URL}, c.args...)...); code != exitOK {
			t.Fatalf("%s: %s", name, words)
		}
		if ref, _ := got["runRef"].(string); got["job"] != "a/b" || !c.ref(ref) || got["waitSeconds"] != 15.0 {
			t.Errorf("%s: asked %v", name, got)
		}
	}
}

// TestGateJSON: the answer is a document on stdout.
func TestGateJSON(t *testing.T) {
	cl := stub(t, 200, `{"decision":"skip","decisionId":"d1","reasons":["nothing new"],"pins":[]}`)
	out, _, code := ask(t, "gate", "--job", "job:a/b", "--url", cl.base, "-o", "json")
	var got struct{ Schema, Decision, DecisionID string }
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitSkipped || got.Schema != schemaVersion || got.Decision != "skip" || got.DecisionID != "d1" {
		t.Errorf("code %d, %v: %s", code, err, out)
	}
}

// TestGateForwardsSignals: a command that cleans up on SIGTERM does, and its
// exit code is ours, however long it takes.
func TestGateForwardsSignals(t *testing.T) {
	cl := stub(t, 200, `{"decision":"run"}`)
	for _, s := range []struct {
		name   string
		signal syscall.Signal
	}{{"TERM", syscall.SIGTERM}, {"HUP", syscall.SIGHUP}, {"INT", syscall.SIGINT}} {
		script := fmt.Sprintf(`trap 'echo cleaned up; exit 7' %s; echo ready; while :; do sleep 0.02; done`, s.name)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, os.Args[0], "gate", "--job", "job:a/b", "--url", cl.base, "--", "sh", "-c", script)
		cmd.Env = append(os.Environ(), asWeir+"=1")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		if !lines.Scan() {
			t.Fatal("the command did not start")
		}
		cmd.Process.Signal(s.signal) //nolint:errcheck // the end says it
		if !lines.Scan() || lines.Text() != "cleaned up" {
			t.Errorf("%s: printed %q", s.name, lines.Text())
		}
		if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 7 {
			t.Errorf("%s: ended with %v", s.name, err)
		}
	}
}

// ask runs a command in this process.
func ask(t *testing.T, args ...string) (out, words string, code int) {
	t.Helper()
	var o, w buffer
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	code = run(ctx, args, process{getenv: os.Getenv, environ: os.Environ, in: strings.NewReader(""), out: &o, err: &w})
	return o.String(), w.String(), code
}
