package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// output is a writer that several goroutines share.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestDemoStory tells the whole story without pauses. The story itself fails
// when a training starts early, twice or never, or when an action does not
// close as SUCCEEDED.
func TestDemoStory(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var out, words buffer
	code := run(ctx, []string{"demo", "--listen", "127.0.0.1:0", "--pace", "0", "--days", "4", "--once"},
		process{getenv: os.Getenv, environ: os.Environ, in: strings.NewReader(""), out: &out, err: &words})
	if code != exitOK {
		t.Fatalf("exit code %d:\n%s", code, words.String())
	}
	for _, want := range []string{
		"ready url=http://127.0.0.1:", "4 hours late", "marts.customers is late",
		"waits: features/customers of", "payments_report on airflow-main succeeded", "asks the gate first: WAIT",
		"churn-training on sm-eu succeeded", "asks again: RUN", "Trainings: 1. Reports: 1.", "weir why dataset:sagemaker://sm-eu/model/churn",
	} {
		if !strings.Contains(words.String(), want) {
			t.Errorf("the story does not say %q:\n%s", want, words.String())
		}
	}
	if left, _ := filepath.Glob(filepath.Join(tmp, "weir-demo-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if out.String() != "" {
		t.Errorf("words on stdout: %s", out.String())
	}
}

// TestDemoInterrupted: Ctrl-C in the middle ends it at once, with nothing left.
func TestDemoInterrupted(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var words buffer
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"demo", "--listen", "127.0.0.1:0", "--days", "1"}, process{getenv: os.Getenv, environ: os.Environ, in: strings.NewReader(""), out: &words, err: &words})
	}()
	waitUntil(t, "the story is on", func() bool { return strings.Contains(words.String(), "holds it back") })
	began := time.Now()
	stop()
	if code := <-done; code != exitOK || time.Since(began) > 5*time.Second {
		t.Errorf("exit code %d after %s:\n%s", code, time.Since(began), words.String())
	}
	if left, _ := filepath.Glob(filepath.Join(tmp, "weir-demo-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// inTime is how long what must happen may take on a machine that has much to do.
const inTime = 30 * time.Second

// waitUntil waits for a condition of another goroutine.
func waitUntil(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(inTime)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(10 * time.Millisecond) // polling a condition of another goroutine
	}
}
