//go:build e2e

package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestKill kills weir at five moments of the loop, as a power cut would, and
// starts it again at once. Each cycle must end as if nothing had happened: one
// dbt run, one training, both actions closed well; and nothing that a producer
// was told is stored may be missing.
func TestKill(t *testing.T) {
	x := newWeir(t, "kill", "--graph", "embedded")
	x.start()
	trigger := isCall("POST", "/api/v2/dags/dbt_build/dagRuns")
	moments := []struct {
		name  string
		gated bool // a report waits at the gate meanwhile
		arm   func(kill func()) <-chan struct{}
	}{
		{"after 201", true, func(kill func()) <-chan struct{} {
			return x.w.events.cutAfter(isEvent("COMPLETE", "ingest.load"), kill)
		}},
		{"before dispatch", false, func(kill func()) <-chan struct{} { return x.w.api.cutBefore(trigger, kill) }},
		{"after dispatch, before the record", false, func(kill func()) <-chan struct{} { return x.w.api.cutAfter(trigger, kill) }},
		{"while waiting", true, func(kill func()) <-chan struct{} {
			return x.w.events.cutAfter(isEvent("START", "dbt-run-shop"), kill)
		}},
		{"while closing", false, func(kill func()) <-chan struct{} {
			return x.w.events.cutAfter(isEvent("COMPLETE", "dbt_build"), kill)
		}},
	}
	for i, m := range moments {
		t.Run(m.name, func(t *testing.T) {
			x.t = t
			cut := m.arm(x.kill)
			var report string
			if m.gated {
				report = x.w.airflow.trigger(t, "report_daily", nil)
			}
			x.w.airflow.trigger(t, "ingest", map[string]any{"amount": i + 1})
			select {
			case <-cut:
			case <-time.After(patience):
				t.Fatal("the moment never came")
			}
			began := time.Now()
			x.start()
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("weir was back after %s, want 3s at most", took)
			}
			x.awaitStates("orders-mart", slices.Repeat([]string{"SUCCEEDED"}, i+1)...)
			x.awaitStates("churn-model", slices.Repeat([]string{"SUCCEEDED"}, i+1)...)
			if m.gated {
				x.w.airflow.awaitState(t, "report_daily", report, "success")
			}
			x.ran(i+1, i+1)
		})
		if t.Failed() {
			return
		}
	}
	x.t = t
	x.nothingLost()
	x.rebuildsEqual()
}

// nothingLost checks that every run of an acknowledged event is known.
func (x *weir) nothingLost() {
	x.t.Helper()
	known := map[string]bool{}
	for line := range strings.Lines(x.ask("export", "graph")) {
		var r struct{ Record, RunID string }
		if json.Unmarshal([]byte(line), &r) == nil && r.Record == "run" {
			known[r.RunID] = true
		}
	}
	acknowledged := 0
	for _, q := range x.w.events.all() {
		if e := q.event(); q.status == 201 && e.Run.RunID != "" {
			acknowledged++
			if !known[e.Run.RunID] {
				x.t.Errorf("the %s of %s (%s) was acknowledged and is lost", e.EventType, e.Job.Name, e.Run.RunID)
			}
		}
	}
	if acknowledged < 50 {
		x.t.Errorf("only %d events were acknowledged", acknowledged)
	}
}
