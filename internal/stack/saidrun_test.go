package stack_test

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
)

// TestRunsEqualRules: what weir knows of a run, its versions and its checks is
// what the rules of semantics 1.2 and 3.1 say of the set of its events, written
// down here a second time, whatever the order, batches and restarts.
func TestRunsEqualRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		entries := make([]catalog.Entry, rapid.IntRange(1, 14).Draw(t, "entries"))
		said := saidRuns{}
		for i := range entries {
			entries[i] = said.some(t)
		}
		dir, err := os.MkdirTemp("", "weir-said")
		must(t, err)
		defer os.RemoveAll(dir)
		w := &walker{t: t, dir: dir}
		w.open()
		defer func() { _ = w.s.Close() }()
		w.deliver(entries)
		said.compare(w)
	})
}

// saidRuns is what was said of each run.
type saidRuns map[string]*saidRun

type saidRun struct {
	events                           []saidEvent
	error, external, code, parent    stampedText
	root, nominal, version, outcomes stampedText
	query                            stampedText
	lifecycle                        stampedText
	output, statistics, checked      bool
}

type saidEvent struct {
	at   time.Time
	word string // an event type, or "tool" and the tool's word
	tool catalog.RunState
}

var (
	saidJob    = catalog.JobName("p", "said")
	saidOutput = catalog.DatasetName("s3://lake", "out")
	saidInput  = catalog.DatasetName("s3://lake", "in")
	// Near to and far from each other by the rules' measure of 60 s.
	saidTimes = []time.Duration{0, 5 * time.Millisecond, 30 * time.Second, 60 * time.Second, 61 * time.Second, 2 * time.Hour, 3 * time.Hour}
)

// some makes an entry and notes what it says.
func (s saidRuns) some(t *rapid.T) catalog.Entry {
	id := pick(t, []string{"r1", "r2"}, "run")
	r := s[id]
	if r == nil {
		r = &saidRun{}
		s[id] = r
	}
	at := day0.Add(pick(t, saidTimes, "time"))
	kind, body := catalog.EntryEvent, any(nil)
	if chance(t, 6, "tool") {
		kind, body = catalog.EntryTool, r.someAnswer(t, id, at)
	} else {
		body = r.someEvent(t, id, at)
	}
	raw, err := json.Marshal(body)
	must(t, err)
	t.Logf("entry: %s", raw)
	return catalog.Entry{Kind: kind, ReceivedAt: day0, Body: raw}
}

func (r *saidRun) someAnswer(t *rapid.T, id string, at time.Time) catalog.ToolAnswer {
	state := pick(t, []catalog.RunState{catalog.RunQueued, catalog.RunRunning, catalog.RunSucceeded, catalog.RunFailed, catalog.RunCancelled}, "answer")
	r.events = append(r.events, saidEvent{at, "tool", state})
	return catalog.ToolAnswer{Job: saidJob, RunID: id, State: state, At: at, Connector: "c"}
}

func (r *saidRun) someEvent(t *rapid.T, id string, at time.Time) object {
	word := pick(t, []string{"START", "RUNNING", "COMPLETE", "FAIL", "ABORT", "OTHER", ""}, "type")
	r.events = append(r.events, saidEvent{at: at, word: word})
	job, run := ref(saidJob), object{}
	say := func(what string, into *stampedText, of ...string) (string, bool) {
		if !chance(t, 4, what) {
			return "", false
		}
		v := pick(t, of, what)
		into.put(at, v)
		return v, true
	}
	if v, ok := say("error", &r.error, "x", "y"); ok {
		run["errorMessage"] = object{"message": v}
	}
	if v, ok := say("external", &r.external, "manual__1", "manual__2"); ok {
		run["airflowDagRun"] = object{"dagRun": object{"run_id": v}}
	}
	if v, ok := say("code", &r.code, "abc", "def"); ok {
		job["facets"] = object{"sourceCodeLocation": object{"version": v}}
	}
	if v, ok := say("query", &stampedText{}, "select 1", "select 1 -- one", "select 2"); ok {
		if job["facets"] == nil {
			job["facets"] = object{}
		}
		job["facets"].(object)["sql"] = object{"query": v}
		r.query.put(at, catalog.CodeOfSQL(v, ""))
	}
	if v, ok := say("nominal", &r.nominal, "2026-02-28T00:00:00Z", "2026-02-27T00:00:00Z"); ok {
		run["nominalTime"] = object{"nominalStartTime": v}
	}
	if v, ok := say("parent", &r.parent, "p1", "p2"); ok {
		parent := object{"run": object{"runId": v}, "job": ref(jobs[0])}
		if v, ok := say("root", &r.root, "q1", "q2"); ok {
			parent["root"] = object{"run": object{"runId": v}, "job": ref(jobs[1])}
		}
		run["parent"] = parent
	}
	e := object{"eventTime": at.Format(time.RFC3339Nano), "producer": "test", "job": job, "run": object{"runId": id, "facets": run}}
	if word != "" {
		e["eventType"] = word
	}
	r.someData(t, at, say, e)
	return e
}

func (r *saidRun) someData(t *rapid.T, at time.Time, say func(string, *stampedText, ...string) (string, bool), e object) {
	if chance(t, 2, "output") {
		out, facets := ref(saidOutput), object{}
		r.output = true
		if v, ok := say("lifecycle", &r.lifecycle, "CREATE", "ALTER", "OVERWRITE"); ok {
			facets["lifecycleStateChange"] = object{"lifecycleStateChange": v}
		}
		if v, ok := say("version", &r.version, "7", "8"); ok {
			facets["version"] = object{"datasetVersion": v}
		}
		out["facets"] = facets
		if chance(t, 3, "statistics") {
			r.statistics = true
			out["outputFacets"] = object{"outputStatistics": object{"rowCount": 1}}
		}
		e["outputs"] = []object{out}
	}
	if chance(t, 4, "check") {
		passed := rapid.Bool().Draw(t, "passed")
		in := ref(saidInput)
		in["inputFacets"] = object{"dataQualityAssertions": object{"assertions": []object{{"assertion": "a", "success": passed}}}}
		e["inputs"] = []object{in}
		// The latest result counts; of two at one instant, the failure.
		r.checked = true
		r.outcomes.put(at, map[bool]string{true: "1 PASS", false: "2 FAIL"}[passed])
	}
}

// saidAttempt is an attempt by the words of the rules.
type saidAttempt struct {
	events           []saidEvent
	state            catalog.RunState
	started          time.Time
	startKnown       bool
	ended, completed time.Time
}

var terminalRanks = map[string]int{"COMPLETE": 1, "ABORT": 2, "FAIL": 3}

// attempts: a START later than a terminal of the attempt before opens the next.
func (r *saidRun) attempts() (out []saidAttempt) {
	sorted := slices.Clone(r.events)
	slices.SortFunc(sorted, func(a, b saidEvent) int {
		// At one instant a START comes first: what happens then is its attempt's.
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(b2i(a.word != "START"), b2i(b.word != "START")), cmp.Compare(a.tool, b.tool))
	})
	out = []saidAttempt{{}}
	for _, e := range sorted {
		cur := &out[len(out)-1]
		later := slices.ContainsFunc(cur.events, func(t saidEvent) bool { return terminalRanks[t.word] > 0 && t.at.Before(e.at) })
		if e.word == "START" && later {
			out = append(out, saidAttempt{})
			cur = &out[len(out)-1]
		}
		cur.events = append(cur.events, e)
	}
	for i := range out {
		out[i].fold()
	}
	return out
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (a *saidAttempt) fold() {
	a.state, a.started = catalog.RunQueued, a.events[0].at
	var tool catalog.RunState
	var toolAt time.Time
	for _, e := range a.events {
		switch {
		case e.word == "START" && !a.startKnown:
			a.started, a.startKnown = e.at, true
		case e.word == "tool":
			tool, toolAt = e.tool, e.at
		case terminalRanks[e.word] > 0:
			a.ended = e.at
		}
		if e.word == "START" || e.word == "RUNNING" {
			a.state = catalog.RunRunning
		}
		if e.word == "COMPLETE" {
			a.completed = e.at
		}
	}
	best := 0
	for _, e := range a.events {
		if a.ended.Sub(e.at) <= time.Minute {
			best = max(best, terminalRanks[e.word])
		}
	}
	if best > 0 {
		a.state = []catalog.RunState{"", catalog.RunSucceeded, catalog.RunCancelled, catalog.RunFailed}[best]
	}
	a.outrank(tool, toolAt)
}

// outrank: a tool's own word on the end holds against the events.
func (a *saidAttempt) outrank(tool catalog.RunState, at time.Time) {
	switch {
	case tool.Terminal() && tool != a.state:
		a.state = tool
		if a.ended.IsZero() {
			a.ended = at
		}
		if tool == catalog.RunSucceeded && a.completed.IsZero() {
			a.completed = at
		}
	case tool != "" && !tool.Terminal() && a.state == catalog.RunQueued:
		a.state = tool
	}
}

func (s saidRuns) compare(w *walker) {
	t, ctx := w.t, context.Background()
	runs, err := w.s.History.Runs(ctx, catalog.RunQuery{Jobs: []catalog.AssetID{catalog.AssetID(saidJob.ID())}, Limit: 10})
	must(t, err)
	if len(runs) != len(s) {
		t.Fatalf("%d runs, want %d", len(runs), len(s))
	}
	want := []catalog.Version{}
	for _, got := range runs {
		s[got.Key.RunID].compare(t, got)
		want = append(want, s[got.Key.RunID].versions(got.Key)...)
	}
	slices.SortFunc(want, func(a, b catalog.Version) int {
		if b.Before(a) {
			return -1
		}
		return 1
	})
	id := catalog.AssetID(saidOutput.ID())
	versions, err := w.s.History.Versions(ctx, catalog.VersionQuery{Dataset: id, Limit: 100})
	must(t, err)
	for i := range versions {
		versions[i].Asset = catalog.AssetID{}
	}
	if d := gocmp.Diff(want, versions, cmpEmpty); d != "" {
		t.Fatalf("versions (-rules +got):\n%s", d)
	}
	s.compareChecks(w)
}

func (r *saidRun) compare(t *rapid.T, got catalog.Run) {
	t.Helper()
	all := r.attempts()
	last := all[len(all)-1]
	have := saidAttempt{state: got.State, started: got.StartedAt, startKnown: got.StartKnown}
	if got.EndedAt != nil {
		have.ended = *got.EndedAt
	}
	if got.Attempt != len(all) || have.state != last.state || !have.started.Equal(last.started) || have.startKnown != last.startKnown || !have.ended.Equal(last.ended) {
		t.Fatalf("run %s: attempt %d %+v, by the rules attempt %d %+v", got.Key.RunID, got.Attempt, have, len(all), last)
	}
	texts := map[string][2]string{"error": {got.Error, r.error.text}, "external id": {got.ExternalID, r.external.text}, "code": {got.CodeVersion, r.code.text}, "query": {got.CodeHash, r.query.text},
		"parent": {"", r.parent.text}, "root": {"", r.root.text}, "nominal": {"", r.nominal.text}}
	if got.Parent != nil {
		texts["parent"] = [2]string{got.Parent.RunID, r.parent.text}
	}
	if got.Root != nil {
		texts["root"] = [2]string{got.Root.RunID, r.root.text}
	}
	if got.NominalStart != nil {
		texts["nominal"] = [2]string{got.NominalStart.Format(time.RFC3339), r.nominal.text}
	}
	for what, v := range texts {
		if v[0] != v[1] {
			t.Fatalf("run %s: %s %q, want %q", got.Key.RunID, what, v[0], v[1])
		}
	}
}

// versions: a success writes at its COMPLETE; a failure that also completed, or
// sent statistics, leaves a tainted one.
func (r *saidRun) versions(key catalog.RunKey) (out []catalog.Version) {
	if !r.output || r.lifecycle.text == "ALTER" {
		return nil
	}
	for i, a := range r.attempts() {
		v := catalog.Version{Dataset: saidOutput, Run: key, Attempt: i + 1, ProducedAt: a.completed, RunStartedAt: a.started, DataVersion: r.version.text, CodeVersion: r.code.text, CodeHash: r.query.text}
		if r.statistics {
			rows := int64(1) // all that any event says
			v.RowCount = &rows
		}
		switch {
		case a.state == catalog.RunFailed && (r.statistics || !a.completed.IsZero()):
			v.ProducedAt, v.Tainted = a.ended, true
		case a.state != catalog.RunSucceeded:
			continue
		case v.ProducedAt.IsZero():
			v.ProducedAt = a.ended
		}
		out = append(out, v)
	}
	return out
}

func (s saidRuns) compareChecks(w *walker) {
	checks, err := w.s.History.Checks(context.Background(), catalog.CheckQuery{Dataset: catalog.AssetID(saidInput.ID())})
	must(w.t, err)
	got := map[string]string{}
	for _, c := range checks {
		got[c.Run.RunID] = c.At.Format(time.RFC3339Nano) + " " + string(c.Outcome)
	}
	want := map[string]string{}
	for id, r := range s {
		if r.checked {
			want[id] = r.outcomes.at.Format(time.RFC3339Nano) + " " + r.outcomes.text[2:]
		}
	}
	if d := gocmp.Diff(want, got); d != "" {
		w.t.Fatalf("checks (-rules +got):\n%s", d)
	}
}
