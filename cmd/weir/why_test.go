package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// TestWhyOfWhatWaits: an action that is ready waits for a slot, and next and why say
// so; its asset, which no event has named yet, is found by the name of its policy.
func TestWhyOfWhatWaits(t *testing.T) {
	g := guard(t, "kind: Pool\nname: wh\nslots: 1\n"+makers(2, "pool: wh\n"))
	g.change()
	goes, waits := g.in(1, "ACCEPTED")[0], g.in(1, "READY")[0]
	const full = "1 of 1 slots of wh are taken"
	waitUntil(t, "next says what is waited for", func() bool { return strings.Contains(g.must(exitOK, "next"), full) })
	holds(t, g.must(exitOK, "why", waits.ID), "now: "+full)
	holds(t, g.must(exitOK, "why", "dataset:kafka://k/"+waits.Policies[0]), "by policy "+waits.Policies[0])
	holds(t, g.must(exitOK, "hold", "dataset:kafka://k/"+waits.Policies[0], "--reason", "audit"), "HOLD")
	holds(t, g.must(exitNotFound, "why", "dataset:kafka://k/nobody"), "no event has named it")
	if out := g.must(exitOK, "why", goes.ID); strings.Contains(out, "now:") {
		t.Errorf("what was sent waits for nothing:\n%s", out)
	}
}

// TestWhyThen: what was decided before a time is shown as it was, and nothing of
// before the first decision.
func TestWhyThen(t *testing.T) {
	g := guard(t, makers(1, ""))
	before := time.Now()
	g.change()
	a := g.in(1, "ACCEPTED")[0]
	g.ran(a.ToolJob, "t0", "COMPLETE", &a)
	g.in(1, "SUCCEEDED")
	var then struct{ Why *struct{ At time.Time } }
	g.graphql(`{ why(id: "`+a.ID+`") { at } }`, &then)
	waitUntil(t, "nothing to do", func() bool { return strings.Contains(g.must(exitOK, "why", "dataset:kafka://k/t0"), "NOTHING") })
	holds(t, g.must(exitOK, "why", "dataset:kafka://k/t0", "--at", then.Why.At.Format(time.RFC3339Nano)), "RUN by policy t0", a.ID)
	holds(t, g.must(exitNotFound, "why", "dataset:kafka://k/t0", "--at", before.Add(-time.Hour).Format(time.RFC3339Nano)), "nothing was decided about dataset:kafka://k:9092/t0 until")
	holds(t, g.must(exitNotFound, "why", "dataset:kafka://k/t0", "--at", then.Why.At.Format(time.RFC3339Nano), "--policy", "other"), "nothing was decided")
	holds(t, g.must(exitUsage, "why", "dataset:kafka://k/t0", "--at", "then"), "unreadable time")
	var runs struct {
		Runs struct{ Nodes []struct{ ID string } }
	}
	g.graphql(`{ runs(filter: {}, first: 1) { nodes { id } } }`, &runs)
	holds(t, g.must(exitOK, "why", runs.Runs.Nodes[0].ID), "RUN by policy t0", a.ID)
}

// TestWhyOfTheGate: the decision that the gate answers with is explained by its id,
// and by the run that asked.
func TestWhyOfTheGate(t *testing.T) {
	g := guard(t, "kind: Policy\nname: report\nselect: { asset: \"job:prod/report\" }\nmode: gate\nowner: team\non_first: run\ninputs: { \"dataset:kafka://k/raw\": { require: exists } }\n")
	g.change()
	ref := uuid.NewString()
	_, b := g.post("/api/v1/gate", map[string]any{"job": "job:prod/report", "key": "k", "runRef": ref, "waitSeconds": 10})
	var said struct{ Decision, DecisionID string }
	if err := json.Unmarshal(b, &said); err != nil || said.Decision != "run" {
		t.Fatalf("%s", b)
	}
	holds(t, g.must(exitOK, "why", said.DecisionID), "RUN by policy report")
	holds(t, g.must(exitOK, "why", "decision_"+said.DecisionID), "RUN by policy report")
	g.begun("report", ref)
	waitUntil(t, "the run is there", func() bool { return strings.Contains(g.must(exitOK, "runs"), "report") })
	var runs struct {
		Runs struct {
			Nodes []struct{ ID, RunID string }
		}
	}
	g.graphql(`{ runs(filter: {}, first: 5) { nodes { id runId } } }`, &runs)
	for _, r := range runs.Runs.Nodes {
		if r.RunID != ref {
			continue
		}
		var out struct{ Why struct{ ID string } }
		if g.graphql(`{ why(id: "`+r.ID+`") { id } }`, &out); out.Why.ID != "decision_"+said.DecisionID {
			t.Errorf("the run is explained by %s, the gate decided %s", out.Why.ID, said.DecisionID)
		}
		return
	}
	t.Errorf("no run %s in %v", ref, runs)
}
