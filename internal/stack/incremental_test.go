package stack_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/internal/stack"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
	"github.com/weirhq/weir/state/sqlite"
)

// watched are policies of many kinds over the small world.
const watched = `kind: Policy
name: updated
select: { asset: "dataset:postgres://h:5432/d.s.b" }
mode: shadow
on_first: run
inputs:
  "dataset:postgres://h:5432/d.s.a": { trigger: true, require: updated }
  "dataset:s3://lake/a": { trigger: true, require: updated }
---
kind: Policy
name: fresh
select: { asset: "dataset:s3://lake/b" }
mode: shadow
want: { max_lag: 6h }
inputs:
  "dataset:postgres://h:5432/d.s.b": { require: { fresh: 20h } }
---
kind: Policy
name: aged
select: { asset: "dataset:file//x" }
mode: shadow
want: { max_age: 30h }
---
kind: Policy
name: lake
select: { asset: "dataset:s3://lake/*" }
mode: shadow
want: { max_lag: 40h }
---
kind: Policy
name: every-job
select: { asset: "job:p/*" }
mode: gate
inputs:
  "dataset:postgres://h:5432/d.s.a": { require: updated }
---
kind: Policy
name: daily
select: { asset: "job:p/j1" }
mode: shadow
want: { by: { cron: "0 9 * * *", tz: Europe/Berlin, covers: 24h } }
`

// incremental is an evaluator that is told of what each batch touched, beside
// the means to evaluate everything.
type incremental struct {
	*stack.Stack
	g    *policies.Gatherer
	eval *policies.Evaluator
	now  time.Time
	// orders counts what people ordered.
	orders int
}

func newIncremental(t *rapid.T, dir, documents string) *incremental {
	s, err := stack.Open(context.Background(), dir)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "p.yaml"), []byte(documents), 0o600))
	set, err := policies.LoadDir(dir)
	must(t, err)
	live := &policies.Live{}
	live.Put(set)
	in := &incremental{Stack: s, now: day0.Add(12 * time.Hour)}
	in.g = &policies.Gatherer{History: s.History, Recall: policies.NewRecall(s.History), Graph: s.Topology, Ledger: sqlite.NewLedger(s.DB), Policies: live}
	in.eval = policies.NewEvaluator(in.g, &sync.Mutex{}, policies.EvaluatorOptions{Now: func() time.Time { return in.now }})
	s.Touched, s.Moved = in.eval.Touch, func(ids []catalog.AssetID) { in.eval.Wake(ids...) }
	in.eval.Open()
	in.eval.Step(context.Background())
	return in
}

// said is what an evaluation comes to; what merely counts the time that passed
// is no part of it.
func said(p *policies.Policy, id catalog.AssetID, s policies.Snapshot, ev policies.Evaluation) string {
	atoms := policies.Deciding(ev.Tree)
	slices.Sort(atoms)
	marks := []string{s.Lag.Watermark.String()}
	for _, in := range s.Inputs {
		marks = append(marks, in.Watermark.String())
	}
	return fmt.Sprintf("%s on %s: %s, want %s, by %v, demand %v, pins %d, watermarks %v", p.Name, id, ev.Outcome, ev.Want, atoms, ev.Demand, len(ev.Pins), marks)
}

// agrees compares what the evaluator holds with a full evaluation now.
func (in *incremental) agrees(t *rapid.T, after string) {
	ctx := context.Background()
	for next := in.eval.Step(ctx); !next.IsZero() && !next.After(in.now); next = in.eval.Step(ctx) {
	}
	var got, want []string
	for _, e := range in.eval.Evaluations() {
		got = append(got, said(e.Policy, e.Asset, e.Snapshot, e.Evaluation))
	}
	anew := &policies.Gatherer{History: in.History, Graph: in.g.Graph, Ledger: in.g.Ledger, Connectors: in.g.Connectors, Policies: in.g.Policies}
	pairs, err := anew.Matches(ctx)
	must(t, err)
	if known, err := in.g.Matches(ctx); err != nil || !reflect.DeepEqual(known, pairs) {
		t.Fatalf("after %s it remembers that %v, and now it is %v, %v", after, known, pairs, err)
	}
	for _, m := range pairs {
		s, err := anew.Snapshot(ctx, m.Policy, m.Asset, in.now, "")
		must(t, err)
		s.Equal = m.Equal
		want = append(want, said(m.Policy, m.Asset, s, policies.Decide(m.Policy, s, in.now)))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("after %s at %s the evaluator holds\n%v\nand everything evaluated anew is\n%v", after, in.now.Format(time.RFC3339), lines(got, want), lines(want, got))
	}
}

// lines of a that are not in b.
func lines(a, b []string) string {
	out := ""
	for _, l := range a {
		if !slices.Contains(b, l) {
			out += "  " + l + "\n"
		}
	}
	return out
}

// TestIncrementalEqualsFull: whatever happens, what the evaluator holds after
// deciding again only what was touched, or what time made due, equals evaluating
// everything.
func TestIncrementalEqualsFull(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "weir-incremental-")
		must(t, err)
		defer os.RemoveAll(dir)
		in := newIncremental(t, dir, watched)
		defer in.Close()
		for i := range rapid.IntRange(1, 12).Draw(t, "steps") {
			what := rapid.IntRange(0, 9).Draw(t, "what")
			switch {
			case what == 0:
				in.now = in.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour)
			case what == 1:
				e := operatorEntry(t, someOperator(t, i))
				e.Position = in.Next()
				must(t, in.Project(context.Background(), 1, e))
			case what == 2:
				on := rapid.Bool().Draw(t, "switch")
				must(t, in.g.Ledger.SetKillSwitch(context.Background(), on, "ann", "", in.now))
				in.eval.Gated()
			default:
				body, err := json.Marshal(someEvent(t))
				must(t, err)
				must(t, in.Send(context.Background(), 1, body))
				if rapid.Bool().Draw(t, "decides before the topology knows") {
					in.eval.Step(context.Background())
				}
			}
			must(t, in.Follow(context.Background()))
			in.agrees(t, fmt.Sprintf("step %d (%d)", i, what))
		}
	})
}

// flow are the jobs of a diamond: what each reads and writes.
var flow = map[string]struct {
	in  []string
	out string
}{
	"load": {nil, "raw"}, "left": {[]string{"raw"}, "left"}, "right": {[]string{"raw", "side"}, "right"},
	"join": {[]string{"left", "right"}, "joined"}, "top": {[]string{"joined", "raw"}, "top"},
}

// flowEvent is an event of a run of the flow. Runs come in any order and some
// again, with other times.
func flowEvent(t *rapid.T) []byte {
	const ns = "postgres://h:5432"
	job := pick(t, []string{"load", "left", "right", "join", "top"}, "job")
	number := rapid.IntRange(0, 4).Draw(t, "run")
	in, out := []object{}, []object{}
	for _, d := range flow[job].in {
		if chance(t, 6, "not said") {
			continue
		}
		in = append(in, ref(catalog.DatasetName(ns, "d.s."+d)))
	}
	to := ref(catalog.DatasetName(ns, "d.s."+flow[job].out))
	if chance(t, 6, "data time") {
		to["outputFacets"] = object{"icebergCommitReport": object{"snapshotId": number}}
	}
	out = append(out, to)
	kind, minute := pick(t, []string{"START", "COMPLETE", "COMPLETE", "FAIL"}, "type"), 40
	if kind == "START" {
		minute = rapid.IntRange(0, 1).Draw(t, "minute")
	}
	body, err := json.Marshal(object{
		"eventType": kind, "eventTime": day0.Add(time.Duration(number)*time.Hour + time.Duration(minute)*time.Minute).Format(time.RFC3339), "producer": "test",
		"run": object{"runId": fmt.Sprint(job, number), "facets": object{}}, "job": object{"namespace": "p", "name": job}, "inputs": in, "outputs": out,
	})
	must(t, err)
	return body
}

// flowPolicies watch how old each table of the flow is.
func flowPolicies() string {
	var docs []string
	for _, d := range []string{"left", "right", "joined", "top"} {
		docs = append(docs, fmt.Sprintf("kind: Policy\nname: %[1]s\nselect: { asset: \"dataset:postgres://h:5432/d.s.%[1]s\" }\nmode: shadow\nwant: { max_lag: 90m }\n", d))
	}
	return strings.Join(docs, "---\n")
}

// TestWatermarksAreRemembered: what is kept of a settled past is taken away by
// whatever contradicts it, in whatever order runs come.
func TestWatermarksAreRemembered(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "weir-incremental-")
		must(t, err)
		defer os.RemoveAll(dir)
		in := newIncremental(t, dir, flowPolicies())
		defer in.Close()
		for i := range rapid.IntRange(5, 20).Draw(t, "events") {
			must(t, in.Send(context.Background(), 1, flowEvent(t)))
			in.agrees(t, fmt.Sprint("event ", i))
		}
	})
}

// pulling are policies whose demand pulls what lies above: of left by way of its
// own policy, of the rest as top gives it.
const pulling = `kind: Policy
name: top
select: { asset: "dataset:postgres://h:5432/d.s.top" }
mode: shadow
on_first: run
want: { max_lag: 90m }
defaults_for_upstreams: { want: inherit }
---
kind: Policy
name: left
select: { asset: "dataset:postgres://h:5432/d.s.left" }
mode: shadow
want: inherit
---
kind: Policy
name: joined
select: { asset: "dataset:postgres://h:5432/d.s.joined" }
mode: shadow
want: { max_age: 2h }
blackout: { cron: "0 */5 * * *", duration: 2h, tz: UTC }
---
kind: Policy
name: right
select: { asset: "dataset:postgres://h:5432/d.s.rig*" }
mode: observe
want: { max_age: 3h }
defaults_for_upstreams: { want: inherit }
`

// ordered is a person's order about a table of the flow or the job that makes it,
// which is followed at once, or a switch.
func (in *incremental) ordered(t *rapid.T) {
	job := pick(t, []string{"load", "left", "join", "top"}, "job")
	kind := pick(t, []catalog.ActionKind{catalog.ActionHold, catalog.ActionRelease, catalog.ActionPause, catalog.ActionResume, ""}, "order")
	if kind == "" {
		s := catalog.Switch{Scope: catalog.ScopePolicy, Name: pick(t, []string{"left", "joined", "top"}, "policy"), On: rapid.Bool().Draw(t, "on"), At: in.now}
		_, err := in.g.Ledger.SetSwitch(context.Background(), s)
		must(t, err)
		in.eval.Gated()
		return
	}
	n := catalog.DatasetName("postgres://h:5432", "d.s."+flow[job].out)
	a := catalog.Action{ID: fmt.Sprint(kind, in.orders), Kind: kind, State: catalog.ActionSucceeded, Target: catalog.AssetID(n.ID()), Name: n, CreatedAt: in.now,
		Transitions: []catalog.ActionTransition{{To: catalog.ActionSucceeded, At: in.now}}, Asked: &catalog.Asked{Actor: "ann", Key: fmt.Sprint(in.orders)}}
	if in.orders++; kind == catalog.ActionPause || kind == catalog.ActionResume {
		a.Connector, a.ToolJob = "af", job
	}
	_, _, err := in.g.Ledger.Ask(context.Background(), nil, a)
	must(t, err)
	in.eval.Moved(a)
}

// TestPullingIsIncremental: which assets are given a policy, what their consumers
// ask of them and what they read follow the graph as it grows and shrinks.
func TestPullingIsIncremental(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "weir-incremental-")
		must(t, err)
		defer os.RemoveAll(dir)
		in := newIncremental(t, dir, pulling)
		defer in.Close()
		in.g.Connectors = []connectors.Connector{virtual.NewTool("af", "p")}
		for i := range rapid.IntRange(5, 20).Draw(t, "events") {
			if chance(t, 5, "time passes") {
				in.now = in.now.Add(time.Hour)
			}
			if chance(t, 3, "a person") {
				in.ordered(t)
				in.agrees(t, fmt.Sprint("order ", i))
			}
			must(t, in.Send(context.Background(), 1, flowEvent(t)))
			if rapid.Bool().Draw(t, "decides before the topology knows") {
				in.eval.Step(context.Background())
			}
			must(t, in.Follow(context.Background()))
			in.agrees(t, fmt.Sprint("event ", i))
		}
	})
}
