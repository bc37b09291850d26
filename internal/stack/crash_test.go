package stack_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/embedded"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/internal/stack"
	"github.com/weirhq/weir/state/sqlite"
)

// The variables by which a crash test speaks to the process that it kills.
const (
	crashDir  = "WEIR_TEST_CRASH_DIR"
	crashAt   = "WEIR_TEST_CRASH_AT"
	crashStep = "WEIR_TEST_CRASH_STEP"
)

// raceChecks is how many random cases the models try under the race detector,
// which slows them and looks for races, not for orders: without it all are tried.
const raceChecks = "25"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		step, err := strconv.Atoi(os.Getenv(crashStep))
		if err == nil {
			err = story(dir, &failpoints{at: os.Getenv(crashAt), left: step})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if raceDetector && os.Getenv("RAPID_CHECKS") == "" {
		if err := flag.Set("rapid.checks", raceChecks); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// failpoints kill the process the n-th time that it passes one place.
type failpoints struct {
	at   string
	left int
}

func (f *failpoints) pass(place string) {
	if place != f.at {
		return
	}
	if f.left--; f.left == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until the signal arrives
	}
}

// The places: around each commit there is.
var places = []string{"journal", "state before", "state", "graph before", "graph"}

// pointedState and pointedTarget pass the failpoints around a real commit.
type pointedState struct {
	*sqlite.History
	points *failpoints
}

func (s pointedState) Project(ctx context.Context, entries []catalog.Projected) (catalog.Touched, error) {
	s.points.pass("state before")
	t, err := s.History.Project(ctx, entries)
	s.points.pass("state")
	return t, err
}

type pointedTarget struct {
	ingest.Target
	points *failpoints
}

func (s pointedTarget) Apply(ctx context.Context, c graph.Change) error {
	s.points.pass("graph before")
	err := s.Target.Apply(ctx, c)
	s.points.pass("graph")
	return err
}

// crashEntries tell a small story in which one table goes by two names and is
// merged by a symlink, then by a person.
func crashEntries() []catalog.Entry {
	event := func(hour int, typ, job, run, in, out, facets string) catalog.Entry {
		body := fmt.Sprintf(`{"eventTime":%q,"eventType":%q,"producer":"t","run":{"runId":%q},"job":{"namespace":"p","name":%q},"inputs":[%s],"outputs":[%s]}`,
			day0.Add(time.Duration(hour)*time.Hour).Format(time.RFC3339), typ, run, job, in, strings.TrimSuffix(out, "}")+facets+"}")
		return catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: day0, Body: []byte(body)}
	}
	const raw, path, table = `{"namespace":"s3://lake","name":"raw"}`, `{"namespace":"s3://lake","name":"a"}`, `{"namespace":"hive://m:9083","name":"d.a"}`
	const link = `,"facets":{"symlinks":{"identifiers":[{"namespace":"hive://m:9083","name":"d.a","type":"TABLE"}]}}`
	return []catalog.Entry{
		event(0, "START", "load", "r1", "", raw, ""), event(1, "COMPLETE", "load", "r1", "", raw, ""),
		event(2, "COMPLETE", "build", "r2", raw, path, ""), event(3, "COMPLETE", "report", "r3", table, `{"namespace":"s3://lake","name":"report"}`, ""),
		event(4, "COMPLETE", "build", "r4", raw, path, link), event(5, "FAIL", "report", "r5", table, `{"namespace":"s3://lake","name":"report"}`, ""),
		{Kind: catalog.EntryOperator, ReceivedAt: day0, Body: []byte(`{"verb":"merge","at":"2026-03-01T06:00:00Z","names":[{"type":1,"namespace":"s3://lake","name":"raw"},{"type":1,"namespace":"kafka://k","name":"raw"}]}`)},
		event(7, "COMPLETE", "load", "r6", "", `{"namespace":"kafka://k","name":"raw"}`, ""),
	}
}

// story appends what is not yet there, projects entry by entry and lets the
// graph follow now and then, so that the merges happen while it lags.
func story(dir string, points *failpoints) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	j, err := sqlite.OpenJournal(ctx, filepath.Join(dir, "events.db"))
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- j.Run(ctx) }()
	s, err := stack.Open(ctx, dir)
	if err != nil {
		return err
	}
	target := pointedTarget{s.Graph, points}
	for i, e := range crashEntries() {
		if catalog.Position(i) >= j.End() {
			if _, err := j.Append(ctx, e); err != nil {
				return err
			}
			points.pass("journal")
		}
		if err := project(ctx, j, pointedState{s.History, points}); err != nil {
			return err
		}
		if i%5 == 2 || i == len(crashEntries())-1 {
			if err := follow(ctx, s.History, target); err != nil {
				return err
			}
		}
	}
	cancel()
	return errors.Join(<-done, s.Close(), j.Close())
}

// project carries the journal into the state, at its own pace.
func project(ctx context.Context, j *sqlite.Journal, state ingest.State) error {
	pos, err := state.Position(ctx)
	if err != nil {
		return err
	}
	for pos < j.End() {
		entries, err := j.After(ctx, pos, 1)
		if err != nil {
			return err
		}
		pos = entries[0].Position
		if _, err := state.Project(ctx, []catalog.Projected{ingest.InterpretEntry(entries[0])}); err != nil {
			return err
		}
	}
	return nil
}

func follow(ctx context.Context, h *sqlite.History, target ingest.Target) error {
	f := ingest.NewFollower("graph", h, target, nil)
	for {
		if n, err := f.RunOnce(ctx); err != nil || n == 0 {
			return err
		}
	}
}

// TestKilledAtEveryCommit kills a process at each commit of the story, once
// before and once after it; what a second process makes of the directory is
// what an uninterrupted run makes, and the events alone.
func TestKilledAtEveryCommit(t *testing.T) {
	whole := t.TempDir()
	must(t, story(whole, &failpoints{}))
	want := exportOf(t, whole)
	if m := newModel(crashEntries()).export(t); m != want {
		t.Fatalf("the uninterrupted run differs from the model:\n%s", lineDiff(m, want))
	}
	for _, place := range places {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			for step := 1; killed(t, place, step, want); step++ {
				if step > 50 {
					t.Fatal("the story has no end")
				}
			}
		})
	}
}

// killed runs the story until it dies at the step, and then to its end; false
// when there is no such step.
func killed(t *testing.T, place string, step int, want string) bool {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashDir+"="+dir, crashAt+"="+place, crashStep+"="+strconv.Itoa(step))
	out, err := cmd.CombinedOutput()
	if err == nil {
		if step == 1 {
			t.Fatal("the place was never passed")
		}
		return false
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("step %d: %v\n%s", step, err, out)
	}
	must(t, story(dir, &failpoints{}))
	if got := exportOf(t, dir); got != want {
		t.Fatalf("killed at step %d of %q, the export differs:\n%s", step, place, lineDiff(want, got))
	}
	return true
}

// exportOf writes what the graph store of a directory holds by itself.
func exportOf(t *testing.T, dir string) string {
	t.Helper()
	s, err := stack.Open(t.Context(), dir)
	must(t, err)
	defer s.Close()
	var b bytes.Buffer
	must(t, stack.Export(t.Context(), s.Graph, s.History, &b))
	return b.String()
}

// TestWipedStoreStartsAgain: a graph store that lost everything is filled from
// position 0; one that is ahead of its own change refuses a gap.
func TestWipedStoreStartsAgain(t *testing.T) {
	dir := t.TempDir()
	must(t, story(dir, &failpoints{}))
	want := exportOf(t, dir)
	for _, name := range []string{"graph.db", "graph.db-wal", "graph.db-shm"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	s, err := stack.Open(t.Context(), dir)
	must(t, err)
	defer s.Close()
	must(t, s.Follow(t.Context()))
	var b bytes.Buffer
	must(t, stack.Export(t.Context(), s.Graph, s.History, &b))
	if b.String() != want {
		t.Errorf("the refilled store differs:\n%s", lineDiff(want, b.String()))
	}
	fresh, err := embedded.Open(t.Context(), filepath.Join(t.TempDir(), "graph.db"))
	must(t, err)
	defer fresh.Close()
	if err := fresh.Apply(t.Context(), graph.Change{After: 3, Position: 4}); !errors.Is(err, graph.ErrGap) {
		t.Errorf("a change after 3 on an empty store: %v, want ErrGap", err)
	}
}
