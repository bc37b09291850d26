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
// each in turn so that all have the same company, and prints two tables: the ways,
// and where the time of weir's own way goes.
func TestTimings(t *testing.T) {
	x := newGated(t, "timings")
	var m measured
	for range repetitions(t) {
		x.timeByWeir(&m)
		x.timeGate(&m)
		x.timeByHand(&m)
		x.timeByAsset(&m)
	}
	text := table("Way", m.ways()) + "\n" + table("Step of weir's way", m.steps()) + "\n" + m.shares()
	t.Logf("from cause to task, real Airflow:\n%s", text)
	if err := os.MkdirAll(filepath.Join(x.w.root, "test/e2e/out"), 0o755); err == nil {
		_ = os.WriteFile(filepath.Join(x.w.root, "test/e2e/out/timings.md"), []byte(text), 0o644)
	}
	if got := median(m.each(trip.toCall)); got > maxToCall {
		t.Errorf("COMPLETE to the first call takes %s in the median, want at most %s", got, maxToCall)
	}
	if got := median(m.each(trip.toTrigger)); len(m.trips) >= longForm && got > maxToTrigger {
		t.Errorf("COMPLETE to accepted trigger takes %s in the median, want at most %s", got, maxToTrigger)
	}
}

// measured is all that was measured.
type measured struct {
	trips                    []trip
	byHand, handPost         []time.Duration
	byAsset, gated, gateSays []time.Duration
}

// A trip is when one COMPLETE was where, on its way to a triggered task.
type trip struct {
	sent, durable             time.Time // by the producer, and answered
	decided                   time.Time // the decision to run begins
	looked, sawFree           time.Time // Airflow is asked whether it would take it, and answers
	intent                    time.Time // the intent is written
	called, answered, started time.Time // the trigger
}

func (p trip) toCall() time.Duration    { return p.looked.Sub(p.sent) }
func (p trip) toTrigger() time.Duration { return p.answered.Sub(p.sent) }
func (p trip) toTask() time.Duration    { return p.started.Sub(p.sent) }
func (p trip) journal() time.Duration   { return p.durable.Sub(p.sent) }
func (p trip) project() time.Duration   { return p.decided.Sub(p.durable) }
func (p trip) decide() time.Duration    { return p.looked.Sub(p.decided) }
func (p trip) look() time.Duration      { return p.sawFree.Sub(p.looked) }
func (p trip) again() time.Duration     { return p.intent.Sub(p.sawFree) }
func (p trip) commit() time.Duration    { return p.called.Sub(p.intent) }
func (p trip) post() time.Duration      { return p.answered.Sub(p.called) }
func (p trip) weir() time.Duration      { return p.toTrigger() - p.look() - p.post() }

// each takes one span of all trips.
func (m *measured) each(span func(trip) time.Duration) (out []time.Duration) {
	for _, p := range m.trips {
		out = append(out, span(p))
	}
	return out
}

func (m *measured) ways() []way {
	return []way{
		{"COMPLETE at weir -> weir's first call of Airflow", m.each(trip.toCall)},
		{"COMPLETE at weir -> trigger accepted by Airflow", m.each(trip.toTrigger)},
		{"COMPLETE at weir -> task of the triggered DAG starts", m.each(trip.toTask)},
		{"COMPLETE at weir -> the gate's answer at the triggerer", m.gateSays},
		{"COMPLETE at weir -> task after the deferred gate starts", m.gated},
		{"trigger over Airflow's API -> accepted", m.handPost},
		{"trigger over Airflow's API -> task starts", m.byHand},
		{"Airflow's own asset event -> task starts", m.byAsset},
	}
}

func (m *measured) steps() []way {
	return []way{
		{"event sent -> durable in the journal, answered", m.each(trip.journal)},
		{"-> projected, and its decision begins", m.each(trip.project)},
		{"-> decided and committed; Airflow is asked whether the DAG is paused", m.each(trip.decide)},
		{"-> Airflow answers", m.each(trip.look)},
		{"-> decided once more, the intent is written", m.each(trip.again)},
		{"-> the intent is committed, the trigger arrives", m.each(trip.commit)},
		{"-> Airflow accepts the trigger", m.each(trip.post)},
		{"all of weir's own steps", m.each(trip.weir)},
	}
}

// shares compares weir's own share with what Airflow takes for a bare trigger.
func (m *measured) shares() string {
	weir, hand := median(m.each(trip.weir)), median(m.handPost)
	return fmt.Sprintf("weir's own share: %s in the median, %.2f of a bare trigger over Airflow's API (%s)\n",
		weir.Round(time.Millisecond/10), float64(weir)/float64(hand), hand.Round(time.Millisecond/10))
}

// timeByWeir: an input is complete, weir starts the DAG.
func (x *weir) timeByWeir(m *measured) {
	x.t.Helper()
	a, before := x.w.airflow, len(x.w.api.all())
	var p trip
	p.sent, p.durable = x.complete("load", "raw")
	want := slices.Repeat([]string{"SUCCEEDED"}, len(m.trips)+1)
	x.awaitStates("by-weir", want...)
	calls := x.w.api.all()[before:]
	trigger := isCall("POST", "/api/v2/dags/by_weir/dagRuns")
	k := slices.IndexFunc(calls, trigger)
	first := slices.IndexFunc(calls, func(q passing) bool {
		return q.heardAt.After(p.sent) && strings.Contains(q.path, "/dags/by_weir")
	})
	if k < 0 || first < 0 || calls[k].status != 200 {
		x.t.Fatalf("weir's calls: %+v", calls)
	}
	p.looked, p.sawFree = calls[first].heardAt, calls[first].answeredAt
	p.called, p.answered = calls[k].heardAt, calls[k].answeredAt
	p.decided, p.intent = x.lastAction("by-weir")
	runs := a.ours(x.t, "by_weir")
	p.started = *a.awaitTask(x.t, "by_weir", runs[len(runs)-1].ID, "work", "success").StartDate
	m.trips = append(m.trips, p)
}

// lastAction is when the newest action of a policy was decided, and when its
// intent was written.
func (x *weir) lastAction(policy string) (decided, intent time.Time) {
	x.t.Helper()
	all, err := x.actions()
	if err != nil {
		x.t.Fatal(err)
	}
	for _, a := range all {
		if !slices.Contains(a.Policies, policy) {
			continue
		}
		for _, step := range a.Transitions {
			if step.To == "DISPATCHING" {
				decided, intent = a.CreatedAt, step.At
			}
		}
	}
	return decided, intent
}

// timeGate: a deferred gate lets its DAG run go on.
func (x *weir) timeGate(m *measured) {
	x.t.Helper()
	a := x.w.airflow
	run := a.trigger(x.t, "gated", nil)
	a.awaitTask(x.t, "gated", run, "gate", "deferred")
	x.awaitAsker()
	at, _ := x.complete("load", "gated_input")
	a.awaitState(x.t, "gated", run, "success")
	v := a.awaitTask(x.t, "gated", run, "work", "success")
	m.gated = append(m.gated, v.StartDate.Sub(at))
	m.gateSays = append(m.gateSays, x.gateAnswered(at).Sub(at))
}

// awaitAsker waits until the triggerer's question is held: Airflow says deferred
// some time before its triggerer asks.
func (x *weir) awaitAsker() {
	x.t.Helper()
	await(x.t, "a question held at the gate", sees(func() error {
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
func (x *weir) timeByHand(m *measured) {
	x.t.Helper()
	at := time.Now()
	run := x.w.airflow.trigger(x.t, "by_hand", nil)
	m.handPost = append(m.handPost, time.Since(at))
	v := x.w.airflow.awaitTask(x.t, "by_hand", run, "work", "success")
	m.byHand = append(m.byHand, v.StartDate.Sub(at))
}

// timeByAsset: an asset of Airflow's own has an event, a DAG is scheduled on it.
func (x *weir) timeByAsset(m *measured) {
	x.t.Helper()
	a, n := x.w.airflow, len(m.byAsset)
	var got struct{ Assets []struct{ ID int } }
	if err := a.call("GET", "/api/v2/assets?name_pattern=weir-e2e", nil, &got); err != nil || len(got.Assets) != 1 {
		x.t.Fatalf("asset weir-e2e: %v, %v", got, err)
	}
	at := time.Now()
	if err := a.call("POST", "/api/v2/assets/events", map[string]any{"asset_id": got.Assets[0].ID}, &struct{}{}); err != nil {
		x.t.Fatalf("asset event: %v", err)
	}
	await(x.t, "a run by the asset", func() (bool, string) {
		runs := a.runs(x.t, "by_asset")
		return len(runs) == n+1, fmt.Sprint(runs)
	})
	v := a.awaitTask(x.t, "by_asset", a.runs(x.t, "by_asset")[n].ID, "work", "success")
	m.byAsset = append(m.byAsset, v.StartDate.Sub(at))
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

// A way is one way from a cause to its effect, with what was measured.
type way struct {
	name string
	took []time.Duration
}

func table(of string, ways []way) string {
	text := "| " + of + " | Times | Minimum | Median | Maximum |\n|---|---|---|---|---|\n"
	for _, w := range ways {
		text += fmt.Sprintf("| %s | %d | %s | %s | %s |\n", w.name, len(w.took), ms(slices.Min(w.took)), ms(median(w.took)), ms(slices.Max(w.took)))
	}
	return text
}

func median(took []time.Duration) time.Duration {
	s := slices.Sorted(slices.Values(took))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }
