//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// What may pass, in the median, from the COMPLETE that weir receives to its call
// of Airflow, and to the trigger that Airflow has accepted. The second holds
// Airflow's own time to answer: it is a limit in the long form, on a machine that
// does nothing else.
const (
	maxToCall    = 100 * time.Millisecond
	maxToTrigger = 100 * time.Millisecond
	longForm     = 20
)

// TestTimings measures the ways from a cause to a started task of one Airflow,
// one after the other, and prints the table.
func TestTimings(t *testing.T) {
	n := repetitions(t)
	x := newGated(t, "timings")
	byWeir, accepted, heard, answering := x.timeByWeir(n)
	gated, answered := x.timeGate(n)
	ways := []way{
		{"COMPLETE at weir -> weir's first call of Airflow", heard},
		{"Airflow's API answers weir's calls for a trigger", answering},
		{"COMPLETE at weir -> trigger accepted by Airflow", accepted},
		{"COMPLETE at weir -> task of the triggered DAG starts", byWeir},
		{"COMPLETE at weir -> the gate's answer at the triggerer", answered},
		{"COMPLETE at weir -> task after the deferred gate starts", gated},
		{"trigger over Airflow's API -> task starts", x.timeByHand(n)},
		{"Airflow's own asset event -> task starts", x.timeByAsset(n)},
	}
	table := "| Way | Times | Minimum | Median | Maximum |\n|---|---|---|---|---|\n"
	for _, w := range ways {
		table += w.String() + "\n"
	}
	t.Logf("from cause to task, real Airflow:\n%s", table)
	if err := os.MkdirAll(filepath.Join(x.w.root, "test/e2e/out"), 0o755); err == nil {
		_ = os.WriteFile(filepath.Join(x.w.root, "test/e2e/out/timings.md"), []byte(table), 0o644)
	}
	if m := ways[0].median(); m > maxToCall {
		t.Errorf("COMPLETE to the first call takes %s in the median, want at most %s", m, maxToCall)
	}
	if m := ways[2].median(); n >= longForm && m > maxToTrigger {
		t.Errorf("COMPLETE to accepted trigger takes %s in the median, want at most %s", m, maxToTrigger)
	}
}

// timeByWeir: an input is complete, weir starts the DAG.
func (x *weir) timeByWeir(n int) (started, accepted, heard, answering []time.Duration) {
	x.t.Helper()
	a, trigger := x.w.airflow, isCall("POST", "/api/v2/dags/by_weir/dagRuns")
	for i := range n {
		before := len(x.w.api.all())
		at := x.complete("load", "raw")
		want := slices.Repeat([]string{"SUCCEEDED"}, i+1)
		x.awaitStates("by-weir", time.Minute, want...)
		calls := x.w.api.all()[before:]
		k := slices.IndexFunc(calls, trigger)
		first := slices.IndexFunc(calls, func(q passing) bool { return q.heardAt.After(at) && strings.Contains(q.path, "/dags/by_weir") })
		if k < 0 || first < 0 || calls[k].status != 200 {
			x.t.Fatalf("weir's calls: %+v", calls)
		}
		var busy time.Duration
		for _, q := range calls[first : k+1] {
			busy += q.answeredAt.Sub(q.heardAt)
		}
		answering = append(answering, busy)
		runs := a.ours(x.t, "by_weir")
		v := a.awaitTask(x.t, "by_weir", runs[len(runs)-1].ID, "work", "success", time.Minute)
		started, accepted, heard = append(started, v.StartDate.Sub(at)), append(accepted, calls[k].answeredAt.Sub(at)), append(heard, calls[first].heardAt.Sub(at))
	}
	return started, accepted, heard, answering
}

// timeGate: a deferred gate lets its DAG run go on.
func (x *weir) timeGate(n int) (started, answered []time.Duration) {
	x.t.Helper()
	a := x.w.airflow
	for range n {
		run := a.trigger(x.t, "gated", nil)
		a.awaitTask(x.t, "gated", run, "gate", "deferred", time.Minute)
		x.awaitAsker()
		at := x.complete("load", "gated_input")
		a.awaitState(x.t, "gated", run, "success", time.Minute)
		v := a.awaitTask(x.t, "gated", run, "work", "success", time.Minute)
		started = append(started, v.StartDate.Sub(at))
		answered = append(answered, x.gateAnswered(at).Sub(at))
	}
	return started, answered
}

// awaitAsker waits until the triggerer's question is held: Airflow says deferred
// some time before its triggerer asks.
func (x *weir) awaitAsker() {
	x.t.Helper()
	await(x.t, "a question held at the gate", 30*time.Second, sees(func() error {
		text, err := x.get("/metrics")
		if err == nil && !strings.Contains(text, "weir_gate_questions 1\n") {
			err = fmt.Errorf("none is held")
		}
		return err
	}))
}

// gateAnswered is when the question that let it go was answered.
func (x *weir) gateAnswered(after time.Time) time.Time {
	x.t.Helper()
	for _, q := range x.w.events.all() {
		if q.path == "/api/v1/gate" && q.answeredAt.After(after) {
			return q.answeredAt
		}
	}
	x.t.Fatal("no answer of the gate was heard")
	return time.Time{}
}

// timeByHand: the API alone.
func (x *weir) timeByHand(n int) (started []time.Duration) {
	x.t.Helper()
	for range n {
		at := time.Now()
		run := x.w.airflow.trigger(x.t, "by_hand", nil)
		v := x.w.airflow.awaitTask(x.t, "by_hand", run, "work", "success", time.Minute)
		started = append(started, v.StartDate.Sub(at))
	}
	return started
}

// timeByAsset: an asset of Airflow's own has an event, a DAG is scheduled on it.
func (x *weir) timeByAsset(n int) (started []time.Duration) {
	x.t.Helper()
	a := x.w.airflow
	var got struct{ Assets []struct{ ID int } }
	if err := a.call("GET", "/api/v2/assets?name_pattern=weir-e2e", nil, &got); err != nil || len(got.Assets) != 1 {
		x.t.Fatalf("asset weir-e2e: %v, %v", got, err)
	}
	for i := range n {
		at := time.Now()
		if err := a.call("POST", "/api/v2/assets/events", map[string]any{"asset_id": got.Assets[0].ID}, &struct{}{}); err != nil {
			x.t.Fatalf("asset event: %v", err)
		}
		await(x.t, "a run by the asset", time.Minute, func() (bool, string) {
			runs := a.runs(x.t, "by_asset")
			return len(runs) == i+1, fmt.Sprint(runs)
		})
		v := a.awaitTask(x.t, "by_asset", a.runs(x.t, "by_asset")[i].ID, "work", "success", time.Minute)
		started = append(started, v.StartDate.Sub(at))
	}
	return started
}

// repetitions is how often each way is measured: 3, and 20 in the long form.
func repetitions(t *testing.T) int {
	t.Helper()
	n := 3
	if text := os.Getenv("WEIR_E2E_REPEAT"); text != "" {
		if _, err := fmt.Sscan(text, &n); err != nil || n < 1 {
			t.Fatalf("WEIR_E2E_REPEAT=%q is no number of repetitions", text)
		}
	}
	return n
}

// A way is one way from a cause to a started task, with what was measured.
type way struct {
	name string
	took []time.Duration
}

func (w way) median() time.Duration {
	s := slices.Sorted(slices.Values(w.took))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

func (w way) String() string {
	return fmt.Sprintf("| %s | %d | %d ms | %d ms | %d ms |", w.name, len(w.took),
		slices.Min(w.took).Milliseconds(), w.median().Milliseconds(), slices.Max(w.took).Milliseconds())
}
