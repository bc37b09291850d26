package virtual_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func ds(name string) catalog.Name { return catalog.DatasetName("pg://wh", name) }

// week is a recorded week: raw is loaded at six, on Wednesday at nine; the dag
// "dbt" makes the mart at eight, and again at twelve for nothing.
func week() virtual.Recording {
	var rec virtual.Recording
	run := func(job, id string, at time.Time, took time.Duration, in, out []catalog.Name, parent *catalog.RunRef) catalog.RunRef {
		end := at.Add(took)
		key := catalog.RunKey{Job: catalog.JobName("prod", job), RunID: id}
		rec.Runs = append(rec.Runs, catalog.Run{Key: key, State: catalog.RunSucceeded, Attempt: 1, StartedAt: at, StartKnown: true, EndedAt: &end, LastEventAt: end, Inputs: in, Outputs: out, Parent: parent})
		return catalog.RunRef{RunID: id, Job: key.Job}
	}
	for d := range 7 {
		day := monday.AddDate(0, 0, d)
		load := 6 * time.Hour
		if d == 2 {
			load = 9 * time.Hour
		}
		run("load", fmt.Sprint("load", d), day.Add(load), 20*time.Minute, nil, []catalog.Name{ds("raw")}, nil)
		for _, h := range []int{8, 12} {
			at := day.Add(time.Duration(h) * time.Hour)
			dag := run("dbt", fmt.Sprint("dbt", d, "-", h), at, time.Duration(30+d)*time.Minute, nil, nil, nil)
			run("dbt.mart", fmt.Sprint("mart", d, "-", h), at.Add(time.Minute), 25*time.Minute, []catalog.Name{ds("raw")}, []catalog.Name{ds("mart")}, &dag)
		}
	}
	return rec
}

const martPolicy = `kind: Policy
name: mart
select: { asset: "dataset:pg://wh/mart" }
target: { connector: af, job: dbt }
mode: shadow
owner: ann
inputs:
  "dataset:pg://wh/raw": { trigger: true, require: { fresh: 20h } }
---
kind: Policy
name: report
select: { asset: "dataset:pg://wh/report" }
target: { connector: bi, job: render }
mode: act
owner: bob
on_first: run
want: { by: { cron: "0 10 * * *", covers: 10h } }
inputs:
  "dataset:pg://wh/mart": { trigger: true, require: { fresh: 20h } }
`

func simulate(t *testing.T, yaml string, seed uint64) virtual.Report {
	t.Helper()
	list, err := policies.Parse("p.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	r, err := virtual.Simulate(context.Background(), week(), virtual.Simulation{Policies: &policies.Set{Policies: list}, From: monday.AddDate(0, 0, 1), To: monday.AddDate(0, 0, 7), Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSimulateComparesWithWhatWas(t *testing.T) {
	r := simulate(t, martPolicy, 1)
	mart, report := r.Policies[0], r.Policies[1]
	if got := mart.Recorded; got.Runs != 12 || got.StaleRuns != 1 { // Wednesday at eight, before raw was there
		t.Errorf("as it was: %+v", got)
	}
	if got := mart.Simulated; got.Runs != 6 || got.StaleRuns != 0 || got.BusySeconds == 0 {
		t.Errorf("with the policy: %+v", got)
	}
	if mart.RunsRemoved != 6 || mart.RunsAdded != 0 || mart.SampledRuns != 14 || mart.Mode != catalog.ModeShadow {
		t.Errorf("mart: %+v", mart)
	}
	if got := report.Recorded; got.Deadlines != 6 || got.Missed != 6 {
		t.Errorf("nobody made the report, and it was there: %+v", got)
	}
	if got := report.Simulated; got.Runs < 6 || got.Missed > 1 || report.Note == "" {
		t.Errorf("report: %+v, note %q", got, report.Note)
	}
	if r.Total.Simulated.Runs != mart.Simulated.Runs+report.Simulated.Runs || len(r.Owners) != 2 || r.Owners[0].Owner != "ann" {
		t.Errorf("sums: %+v, %+v", r.Total, r.Owners)
	}
}

func TestSimulateTwiceGivesEqualBytes(t *testing.T) {
	text := func(seed uint64) string {
		b, err := json.Marshal(simulate(t, martPolicy, seed))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	first := text(1)
	for range 5 {
		if again := text(1); again != first {
			t.Fatalf("the same question gave\n%s\nthen\n%s", first, again)
		}
	}
	if text(2) == first {
		t.Error("another seed draws the same durations")
	}
}

func TestSimulateHoldsRunsAtTheGate(t *testing.T) {
	r := simulate(t, `kind: Policy
name: gate
select: { asset: "job:prod/dbt" }
mode: gate
inputs:
  "dataset:pg://wh/raw": { require: { fresh: 20h } }
`, 1)
	// On Wednesday the run of eight waits for the load that ends at 09:20.
	if held := r.Policies[0].Simulated.MinutesHeld; held < 79 || held > 82 {
		t.Errorf("held for %d minutes: %+v", held, r.Policies[0])
	}
}

// flow is a recorded week of a load every third day at six, of the mart made of it
// and the report of that, each a job of its own. On the other days somebody looks
// at six, and finds nothing newer.
func flow() virtual.Recording {
	rec := virtual.Recording{Looks: map[catalog.Name][]catalog.Look{}}
	run := func(job string, at time.Time, in ...catalog.Name) {
		end := at.Add(10 * time.Minute)
		key := catalog.RunKey{Job: catalog.JobName("prod", job), RunID: job + at.Format(time.DateOnly)}
		rec.Runs = append(rec.Runs, catalog.Run{Key: key, State: catalog.RunSucceeded, Attempt: 1, StartedAt: at, StartKnown: true, EndedAt: &end, LastEventAt: end, Inputs: in, Outputs: []catalog.Name{ds(job)}})
	}
	for d := range 7 {
		six := monday.AddDate(0, 0, d).Add(6 * time.Hour)
		if d%3 == 0 {
			run("raw", six)
		} else {
			rec.Looks[ds("raw")] = append(rec.Looks[ds("raw")], catalog.Look{DataTime: six.AddDate(0, 0, -(d % 3)).Add(5 * time.Minute), At: six})
		}
		run("mart", six.Add(time.Hour), ds("raw"))
		run("report", six.Add(2*time.Hour), ds("mart"))
	}
	return rec
}

const flowPolicies = `kind: Policy
name: mart
select: { asset: "dataset:pg://wh/mart" }
target: { connector: af, job: mart }
mode: act
owner: ann
inputs: { "dataset:pg://wh/raw": { trigger: true, require: { fresh: 20h } } }
---
kind: Policy
name: report
select: { asset: "dataset:pg://wh/report" }
target: { connector: af, job: report }
mode: act
owner: ann
want: { by: { cron: "0 9 * * *", covers: 10h } }
inputs: { "dataset:pg://wh/mart": { trigger: true, require: { fresh: 20h } } }
`

// TestSimulateKnowsHowFarTheDataReaches: a run has read what it was started for,
// and a look that found nothing new says so on its own day.
func TestSimulateKnowsHowFarTheDataReaches(t *testing.T) {
	list, err := policies.Parse("p.yaml", []byte(flowPolicies))
	if err != nil {
		t.Fatal(err)
	}
	r, err := virtual.Simulate(context.Background(), flow(), virtual.Simulation{Policies: &policies.Set{Policies: list}, From: monday.AddDate(0, 0, 1), To: monday.AddDate(0, 0, 7), Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if was := r.Total.Recorded; was.Deadlines != 6 || was.Missed != 0 || was.StaleRuns != 0 {
		t.Errorf("as it was: %+v", was)
	}
	if is := r.Total.Simulated; is.Deadlines != 6 || is.Missed != 0 || is.StaleRuns != 0 {
		t.Errorf("with the policies: %+v", is)
	}
}
