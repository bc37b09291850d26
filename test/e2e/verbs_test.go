//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestVerbs: a person acts on real Airflow from the command line, and each action
// is closed by the tool's own events.
func TestVerbs(t *testing.T) {
	x := newWeir(t, "verbs", "--graph", "embedded")
	a := x.w.airflow
	a.forget(t, "slow", "flaky")
	x.start()

	// A run, asked for twice with one key: one run.
	x.act("run", "--connector", "airflow-main", "--job", "slow", "--key", "r1")
	run := x.act("run", "--connector", "airflow-main", "--job", "slow", "--key", "r1")
	x.awaitAction(run, "SUCCEEDED")
	if n := len(a.runs(t, "slow")); n != 1 {
		t.Errorf("%d runs for one key", n)
	}

	// A cancel.
	slow := x.act("run", "--connector", "airflow-main", "--job", "slow", "--param", "seconds=600")
	x.awaitAction(slow, "RUNNING")
	cancel := x.act("cancel", slow)
	x.awaitAction(slow, "CANCELLED")
	x.awaitAction(cancel, "SUCCEEDED")

	// A rerun of what failed.
	flaky := x.act("run", "--connector", "airflow-main", "--job", "flaky")
	x.awaitAction(flaky, "FAILED")
	again := x.act("rerun", flaky)
	x.awaitAction(again, "SUCCEEDED")
	if runs := a.runs(t, "flaky"); len(runs) != 1 || runs[0].State != "success" {
		t.Errorf("flaky has the runs %v, want the one, ended well", runs)
	}
	if tries := a.tries(t, "flaky", a.runs(t, "flaky")[0].ID); tries["first"] != 1 || tries["second"] != 2 {
		t.Errorf("the tasks were tried %v, want only the failed one again", tries)
	}

	// A backfill of five dates, two at once.
	fill := x.act("backfill", "--connector", "airflow-main", "--job", "slow", "--from", "2026-03-01", "--to", "2026-03-05", "--parallel", "2")
	x.awaitAction(fill, "SUCCEEDED")
	if dates := a.logicalDates(t, "slow"); !slices.Equal(dates, []string{"2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"}) {
		t.Errorf("backfilled %v", dates)
	}

	// Pause and resume.
	pause := x.act("pause", "--connector", "airflow-main", "--job", "slow")
	x.awaitAction(pause, "SUCCEEDED")
	if !a.paused(t, "slow") {
		t.Error("Airflow says that slow is not paused")
	}
	held := x.act("run", "--connector", "airflow-main", "--job", "slow")
	x.awaitAction(held, "HELD")
	resume := x.act("resume", "--connector", "airflow-main", "--job", "slow")
	x.awaitAction(resume, "SUCCEEDED")
	x.awaitAction(held, "SUCCEEDED")
	x.runsClosedByEvents()
}

// act runs a verb and gives the id of its action.
func (x *weir) act(args ...string) string {
	x.t.Helper()
	out := x.ask(append(args, "--reason", "e2e", "--actor", "ann")...)
	id, _, ok := strings.Cut(out, " ")
	if !ok || !strings.HasPrefix(id, "action_") {
		x.t.Fatalf("weir %s says %q", strings.Join(args, " "), out)
	}
	return id
}

func (x *weir) awaitAction(id, state string) {
	x.t.Helper()
	await(x.t, id+" "+state, func() (bool, string) {
		all, err := x.actions()
		for _, a := range all {
			if a.ID == id {
				return a.State == state, fmt.Sprintf("%s %s: %v", a.Kind, a.State, a.Transitions)
			}
		}
		return false, fmt.Sprint("not listed: ", err)
	})
}

// runsClosedByEvents: each run that was started or tried again is known by its
// events, and they closed the action.
func (x *weir) runsClosedByEvents() {
	x.t.Helper()
	all, err := x.actions()
	if err != nil {
		x.t.Fatal(err)
	}
	n := 0
	for _, a := range all {
		last := a.Transitions[len(a.Transitions)-1]
		switch {
		case a.Kind != "TRIGGER" && a.Kind != "RERUN":
			continue
		case a.Run == nil || strings.Contains(last.Cause, "poll") || !strings.HasPrefix(last.Cause, "run "):
			x.t.Errorf("%s %s is %s by %q", a.Kind, a.ID, a.State, last.Cause)
		}
		n++
	}
	if n != 10 {
		x.t.Errorf("%d runs and reruns, want 10", n)
	}
}

// tries is how often each task of a run was tried.
func (a *airflow) tries(t *testing.T, dag, run string) map[string]int {
	t.Helper()
	var got struct {
		Tasks []struct {
			ID  string `json:"task_id"`
			Try int    `json:"try_number"`
		} `json:"task_instances"`
	}
	if err := a.call("GET", "/api/v2/dags/"+dag+"/dagRuns/"+run+"/taskInstances", nil, &got); err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, x := range got.Tasks {
		out[x.ID] = x.Try
	}
	return out
}

// logicalDates are the days of the runs that have one, sorted.
func (a *airflow) logicalDates(t *testing.T, dag string) (out []string) {
	t.Helper()
	var got struct {
		Runs []struct {
			Logical *time.Time `json:"logical_date"`
			State   string     `json:"state"`
		} `json:"dag_runs"`
	}
	if err := a.call("GET", "/api/v2/dags/"+dag+"/dagRuns?limit=100", nil, &got); err != nil {
		t.Fatal(err)
	}
	for _, r := range got.Runs {
		if r.Logical != nil && r.State == "success" {
			out = append(out, r.Logical.UTC().Format(time.DateOnly))
		}
	}
	slices.Sort(out)
	return out
}

func (a *airflow) paused(t *testing.T, dag string) bool {
	t.Helper()
	var got struct {
		Paused bool `json:"is_paused"`
	}
	if err := a.call("GET", "/api/v2/dags/"+dag, nil, &got); err != nil {
		t.Fatal(err)
	}
	return got.Paused
}
