package stack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/internal/stack"
)

// longStory is one job that runs for months and reads one to three tables, or
// fails half-way, in spells: edges end and come back. Some runs say when they
// began and are long in ending, some name more at their end than at their start,
// some are never heard of again.
func longStory(t *rapid.T) (bodies [][]byte, times []time.Time, runs int) {
	at, inputs, state, length := day0, 1, "COMPLETE", 0
	list := []object{ref(datasets[2]), ref(datasets[3]), ref(datasets[4])}
	var told []toldRun
	tell := func(run int, at time.Time, state string, inputs int) {
		raw, err := json.Marshal(object{"eventTime": at.Format(time.RFC3339), "producer": "test", "eventType": state, "job": ref(jobs[0]), "run": object{"runId": fmt.Sprint("r", run)},
			"inputs": list[:inputs], "outputs": []object{ref(datasets[5])}})
		must(t, err)
		told = append(told, toldRun{at, raw})
	}
	runs = rapid.IntRange(40, 90).Draw(t, "runs")
	for i := range runs {
		if chance(t, 4, "another spell") {
			inputs = rapid.IntRange(0, 3).Draw(t, "inputs")
		}
		if chance(t, 5, "another end") {
			state = pick(t, []string{"COMPLETE", "COMPLETE", "FAIL", "ABORT"}, "state")
		}
		if chance(t, 6, "another length") {
			length = pick(t, []int{0, 0, 1, 40, 400, 1000}, "length")
		}
		at = at.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour)
		if length > 0 {
			tell(i, at, "START", rapid.IntRange(0, inputs).Draw(t, "inputs at the start"))
		}
		if length < 1000 {
			tell(i, at.Add(time.Duration(length)*time.Hour), state, inputs)
		}
	}
	slices.SortStableFunc(told, func(a, b toldRun) int { return a.at.Compare(b.at) })
	for _, e := range told {
		bodies, times = append(bodies, e.body), append(times, e.at)
	}
	return bodies, times, runs
}

// toldRun is an event of a run.
type toldRun struct {
	at   time.Time
	body []byte
}

// TestRetentionKeepsLineage: whenever runs are removed, the graph stays what it
// would be had they been kept, whatever comes afterwards; and what is left of
// the runs is what one removal at the end leaves of a clean replay.
func TestRetentionKeepsLineage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		bodies, times, runs := longStory(t)
		pruned, whole := freshStack(t), freshStack(t)
		must(t, whole.Send(ctx, 64, bodies...))
		for rest := bodies; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "deliver")
			must(t, pruned.Send(ctx, 64, rest[:n]...))
			rest = rest[n:]
			if next := len(bodies) - len(rest); next < len(times) { // nothing from before the horizon comes any more
				must(t, pruned.History.SetHorizon(ctx, times[next]))
			}
			_, err := pruned.History.RemoveRuns(ctx)
			must(t, err)
		}
		left, all := exportNow(t, pruned), exportNow(t, whole)
		if got, want := withoutRuns(left), withoutRuns(all); got != want {
			t.Fatalf("the graph of which runs were removed differs:\n%s", lineDiff(want, got))
		}
		must(t, whole.History.SetHorizon(ctx, pruned.History.Horizon()))
		removed, err := whole.History.RemoveRuns(ctx)
		must(t, err)
		if got := exportNow(t, whole); got != left {
			t.Fatalf("one removal at the end leaves something else:\n%s", lineDiff(left, got))
		}
		sums := 0
		days, err := pruned.History.RunDays(ctx, catalog.AssetID(jobs[0].ID()), 1000)
		must(t, err)
		for _, d := range days {
			sums += d.Runs
		}
		if sums != removed || strings.Count(left, `"record":"run"`)+removed != runs {
			t.Fatalf("%d runs removed, %d summed up, of %d", removed, sums, runs)
		}
	})
}

func freshStack(t *rapid.T) *stack.Stack {
	dir, err := os.MkdirTemp("", "weir-retention")
	must(t, err)
	s, err := stack.Open(context.Background(), dir)
	must(t, err)
	t.Cleanup(func() {
		must(t, s.Close())
		must(t, os.RemoveAll(dir))
	})
	return s
}

func exportNow(t *rapid.T, s *stack.Stack) string {
	var b bytes.Buffer
	must(t, s.Export(context.Background(), &b))
	return b.String()
}

func withoutRuns(export string) string {
	var b strings.Builder
	for line := range strings.Lines(export) {
		if !strings.Contains(line, `"record":"run"`) && !strings.Contains(line, `"record":"version"`) {
			b.WriteString(line)
		}
	}
	return b.String()
}
