//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// policiesOf the shop, in the order of the story.
var policiesOf = []string{"orders-mart", "report-daily", "churn-model"}

// TestLoop tells the story on each store, live, and compares what was decided
// and what is known.
func TestLoop(t *testing.T) {
	if shared.neo4jURI == "" {
		t.Fatal("WEIR_TEST_NEO4J_URI is not set: run it by make e2e")
	}
	decided := map[string]string{}
	var embedded *weir
	for _, store := range []struct {
		name  string
		flags []string
	}{
		{"embedded", []string{"--graph", "embedded"}},
		{"neo4j", []string{"--graph", "neo4j", "--neo4j-uri", shared.neo4jURI}},
	} {
		t.Run(store.name, func(t *testing.T) {
			x := newWeir(t, "loop-"+store.name, store.flags...)
			x.start()
			x.story()
			decided[store.name] = x.decided()
			x.explains()
			x.rebuildsEqual()
			if store.name == "embedded" {
				embedded = x
			}
		})
	}
	if t.Failed() {
		return
	}
	if decided["embedded"] != decided["neo4j"] {
		t.Errorf("the stores decided differently\nembedded:\n%s\nneo4j:\n%s", decided["embedded"], decided["neo4j"])
	}
	t.Logf("decided on both stores:\n%s", decided["embedded"])
	t.Run("into the other store", func(t *testing.T) {
		embedded.t = t
		embedded.intoNeo4j()
	})
}

// story is acceptance in five steps: trigger once, hold and let go, start the
// training after the tests passed, not after one failed, close from events.
func (x *weir) story() {
	t, a := x.t, x.w.airflow

	// The report asks before there is a mart: it is held.
	report := a.trigger(t, "report_daily", nil)
	x.awaitGate("WAIT")

	// Raw orders arrive; nobody told dbt or SageMaker.
	a.awaitState(t, "ingest", a.trigger(t, "ingest", map[string]any{"amount": 5}), "success")
	x.awaitStates("orders-mart", "SUCCEEDED")
	x.awaitStates("churn-model", "SUCCEEDED")
	a.awaitState(t, "report_daily", report, "success")
	x.ran(1, 1)

	// A row that a dbt test refuses: the mart is built, not believed.
	a.awaitState(t, "ingest", a.trigger(t, "ingest", map[string]any{"amount": nil}), "success")
	x.awaitStates("orders-mart", "SUCCEEDED", "FAILED")
	report = a.trigger(t, "report_daily", nil)
	x.awaitGate("WAIT", "RUN", "WAIT")
	x.ran(2, 1)

	// Good rows again: once each, and the report goes.
	a.awaitState(t, "ingest", a.trigger(t, "ingest", map[string]any{"amount": 7}), "success")
	x.awaitStates("orders-mart", "SUCCEEDED", "FAILED", "SUCCEEDED")
	x.awaitStates("churn-model", "SUCCEEDED", "SUCCEEDED")
	a.awaitState(t, "report_daily", report, "success")
	x.ran(3, 2)
	x.closedByEvents()
}

// awaitGate waits until the answers of the report's gate are these, equal
// neighbours folded.
func (x *weir) awaitGate(want ...string) {
	x.t.Helper()
	await(x.t, fmt.Sprintf("gate answers %v", want), func() (bool, string) {
		list, err := x.decisions("report-daily")
		var got []string
		for _, d := range list {
			// NOTHING is the evaluator's: the policy has no want of its own.
			if d.Outcome != "NOTHING" && (len(got) == 0 || got[len(got)-1] != d.Outcome) {
				got = append(got, d.Outcome)
			}
		}
		return err == nil && slices.Equal(got, want), fmt.Sprint(got, err)
	})
}

// ran checks, by the tools' own count, how often weir started each.
func (x *weir) ran(dbt, training int) {
	x.t.Helper()
	if got := x.w.airflow.ours(x.t, "dbt_build"); len(got) != dbt {
		x.t.Errorf("dbt_build was started %d times (%v), want %d", len(got), got, dbt)
	}
	if got := len(x.w.airflow.runs(x.t, "dbt_build")); got != dbt {
		x.t.Errorf("dbt_build has %d runs, want %d", got, dbt)
	}
	if got := x.sagemaker.Starts(); got != training {
		x.t.Errorf("SageMaker was started %d times, want %d", got, training)
	}
}

// closedByEvents checks that the tool's own events closed each action, and
// that it records what it ran on.
func (x *weir) closedByEvents() {
	x.t.Helper()
	all, err := x.actions()
	if err != nil {
		x.t.Fatal(err)
	}
	for _, a := range all {
		last := a.Transitions[len(a.Transitions)-1]
		if a.Run == nil {
			x.t.Errorf("action %s of %v is %s without a run: %s", a.ID, a.Policies, a.State, last.Cause)
		}
		if strings.Contains(last.Actor, "poll") {
			x.t.Errorf("action %s of %v was closed by %s: %s", a.ID, a.Policies, last.Actor, last.Cause)
		}
		if len(a.Pins) == 0 {
			x.t.Errorf("action %s of %v has no pins", a.ID, a.Policies)
		}
		if a.ExternalID == "" {
			x.t.Errorf("action %s of %v has no id of the tool", a.ID, a.Policies)
		}
	}
}

// decided is what was decided, without ids and times: for each policy its
// runs with their atoms and ends, and the gate's answers. Equal neighbours are
// folded; waits count where a gate was answered.
func (x *weir) decided() string {
	x.t.Helper()
	var out []string
	for _, policy := range policiesOf {
		list, err := x.decisions(policy)
		if err != nil {
			x.t.Fatal(err)
		}
		var last string
		for _, d := range list {
			line := policy + " " + d.Outcome
			switch {
			case d.Outcome == "RUN" && d.Action != nil:
				line += fmt.Sprintf(" %s %s because %s", d.Action.Kind, d.Action.State, strings.Join(d.atoms(), ", "))
			case d.Outcome == "RUN":
				line += " because " + strings.Join(d.atoms(), ", ")
			case policy != "report-daily" || d.Outcome == "NOTHING":
				continue
			}
			if line != last {
				out = append(out, line)
			}
			last = line
		}
	}
	return strings.Join(out, "\n")
}

// explains checks that weir why has a tree for each of the three.
func (x *weir) explains() {
	x.t.Helper()
	for _, name := range []string{x.w.dataset("marts.orders"), "job:prod/report_daily", "dataset:sagemaker://sm-eu/model/churn"} {
		said := x.ask("why", name)
		x.t.Logf("$ weir why %s\n%s", name, said)
		if !strings.Contains(said, "shop.") || strings.Count(said, "\n") < 4 {
			x.t.Errorf("weir why %s says too little:\n%s", name, said)
		}
	}
}

// rebuildsEqual stops the server and replays its journal: the same is known
// before and after.
func (x *weir) rebuildsEqual() {
	x.t.Helper()
	live := x.ask("export", "graph")
	x.stop()
	before := x.cli(slices.Concat([]string{"export", "graph", "--data", x.data}, x.flags)...)
	x.same("live", live, "stopped", before)
	x.cli(slices.Concat([]string{"rebuild", "--data", x.data}, x.flags)...)
	x.same("before", before, "rebuilt", x.cli(slices.Concat([]string{"export", "graph", "--data", x.data}, x.flags)...))
}

// intoNeo4j replays a copy of the embedded weir's journal into Neo4j.
func (x *weir) intoNeo4j() {
	x.t.Helper()
	before := x.cli("export", "graph", "--data", x.data)
	dir := x.data + "-copy"
	if err := os.CopyFS(dir, os.DirFS(x.data)); err != nil {
		x.t.Fatalf("copy the data directory: %v", err)
	}
	store := []string{"--data", dir, "--graph", "neo4j", "--neo4j-uri", x.w.neo4jURI}
	x.cli(slices.Concat([]string{"rebuild"}, store)...)
	x.same("embedded", before, "neo4j", x.cli(slices.Concat([]string{"export", "graph"}, store)...))
}

// same compares two exports byte for byte and shows where they part.
func (x *weir) same(nameA, a, nameB, b string) {
	x.t.Helper()
	if a == b {
		if strings.Count(a, "\n") < 20 {
			x.t.Errorf("the export has only %d records", strings.Count(a, "\n"))
		}
		return
	}
	for name, text := range map[string]string{nameA: a, nameB: b} {
		_ = os.WriteFile(filepath.Join(x.w.dir, filepath.Base(x.data)+"-"+name+".ndjson"), []byte(text), 0o644)
	}
	x.t.Errorf("the exports %s and %s differ:\n%s", nameA, nameB, difference(a, b))
}

// difference lists lines that only one of two exports has.
func difference(a, b string) string {
	in := func(text string) map[string]bool {
		m := map[string]bool{}
		for line := range strings.Lines(text) {
			m[line] = true
		}
		return m
	}
	inA, inB := in(a), in(b)
	var out []string
	for line := range strings.Lines(a) {
		if !inB[line] {
			out = append(out, "- "+line)
		}
	}
	for line := range strings.Lines(b) {
		if !inA[line] {
			out = append(out, "+ "+line)
		}
	}
	return strings.Join(out[:min(len(out), 20)], "")
}
