package policies_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// memoized asks for a run a day, unless it would make the same again.
const memoized = `kind: Policy
name: mart
select: { asset: "dataset:pg://wh/mart" }
target: { connector: af, job: dbt }
mode: act
owner: team
want: { max_age: 24h }
skip_unchanged: true
inputs:
  "dataset:pg://wh/raw": {}
`

const (
	query    = "select id from raw"
	comments = "-- the key\nselect id\n  from raw /* all */"
	another  = "select id, name from raw"
)

// coded is a run whose producer tells its code: the commit and the query.
func (r *rig) coded(name, in, out, commit, sql string) catalog.Run {
	run := r.began(name, in, out, nil)
	run.CodeVersion, run.CodeHash = commit, catalog.CodeOfSQL(sql, "")
	r.w.Run(run)
	r.after(time.Second)
	return r.ended(run, catalog.RunSucceeded)
}

// source writes raw with a version of its data.
func (r *rig) source(dataVersion string) catalog.Version {
	v := catalog.Version{Dataset: ds("raw"), ProducedAt: time.Now(), DataTime: time.Now(), DataVersion: dataVersion}
	r.w.Version(v)
	r.settle()
	return v
}

// decidedAlike decides every snapshot again in shadow, and from what a record of
// it would give back: outcome and proof must be the same.
func (r *rig) decidedAlike() {
	r.t.Helper()
	r.alike()
	for _, e := range r.eval.Evaluations() {
		shadow := *e.Policy
		shadow.Mode = catalog.ModeShadow
		var again policies.Snapshot
		if err := json.Unmarshal([]byte(jsonOf(r.t, e.Snapshot)), &again); err != nil {
			r.t.Fatal(err)
		}
		for mode, other := range map[string]policies.Evaluation{"shadow": policies.Decide(&shadow, e.Snapshot, e.At), "replay": policies.Decide(e.Policy, again, e.At)} {
			if other.Outcome != e.Outcome || jsonOf(r.t, other.Reuse) != jsonOf(r.t, e.Reuse) {
				r.t.Errorf("%s decides %s with %s, live %s with %s", mode, other.Outcome, jsonOf(r.t, other.Reuse), e.Outcome, jsonOf(r.t, e.Reuse))
			}
		}
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// lastReuse is the newest decision of the policy, which must have skipped.
func (r *rig) lastReuse() *catalog.Reuse {
	r.t.Helper()
	list, err := r.l.Decisions(r.ctx, policies.DecisionQuery{})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, d := range list {
		if d.Outcome == catalog.DecideSkip && d.Reuse != nil {
			return d.Reuse
		}
	}
	r.t.Fatalf("nothing was reused: %s", r.story())
	return nil
}

func TestCase44OnlyCommentsChanged(t *testing.T) {
	inRig(t, memoized, func(r *rig) {
		read := r.source("7")
		made := r.coded("dbt", "raw", "mart", "commit-1", query)
		r.w.Code(job("dbt"), catalog.Code{Version: "commit-2", Hash: catalog.CodeOfSQL(comments, "")})
		r.after(time.Hour)
		again := r.source("7") // written again, with the same data
		r.after(24 * time.Hour)
		a := r.is(1, catalog.ActionSucceeded)
		if a.Kind != catalog.ActionSkip || r.tool.Started() != 0 {
			t.Fatalf("%s, and %d runs started: %s", a.Kind, r.tool.Started(), r.story())
		}
		proof := r.lastReuse()
		want := []catalog.ReusedInput{{Input: catalog.AssetID(ds("raw").ID()), Name: ds("raw"), Version: again.ID(), Read: read.ID(), DataVersion: "7"}}
		if proof.Run != made.Key || proof.Code.Hash != catalog.CodeOfSQL(query, "") || !reflect.DeepEqual(proof.Inputs, want) {
			t.Errorf("the proof is %+v, want run %v and %+v", proof, made.Key, want)
		}
		if !reflect.DeepEqual(a.Reuse, proof) {
			t.Errorf("the action has %+v, the decision %+v", a.Reuse, proof)
		}
		r.outcome("mart", catalog.DecideNothing) // a reuse counts as the success it stands for
		r.decidedAlike()
		r.after(24 * time.Hour)
		r.is(2, catalog.ActionSucceeded)
		r.stop()
		r.start() // a restart adds nothing
		r.is(2, catalog.ActionSucceeded)
		r.decidedAlike()
	})
}

// The decision at the moment itself, alike in live, shadow and replay.
func TestCase44IsDecidedAlike(t *testing.T) {
	inRig(t, strings.Replace(memoized, "mode: act", "mode: shadow", 1), func(r *rig) {
		r.source("7")
		r.coded("dbt", "raw", "mart", "commit-1", query)
		r.w.Code(job("dbt"), catalog.Code{Version: "commit-2", Hash: catalog.CodeOfSQL(comments, "")})
		r.after(25 * time.Hour)
		if e := r.outcome("mart", catalog.DecideSkip); e.Reuse == nil {
			t.Errorf("skipped without a proof: %s", r.story())
		}
		r.decidedAlike()
		if a := r.is(1, catalog.ActionShadowed); a.Kind != catalog.ActionSkip {
			t.Errorf("shadowed a %s", a.Kind)
		}
	})
}

// The negative control: what might make something else runs.
func TestCase44RunsWhenItWouldMakeSomethingElse(t *testing.T) {
	for name, c := range map[string]struct {
		yaml   string
		change func(*rig)
	}{
		"the policy does not ask": {strings.Replace(memoized, "skip_unchanged: true\n", "", 1), func(*rig) {}},
		"another query": {memoized, func(r *rig) {
			r.w.Code(job("dbt"), catalog.Code{Version: "commit-2", Hash: catalog.CodeOfSQL(another, "")})
		}},
		"its code is not comparable": {memoized, func(r *rig) { r.w.Code(job("dbt"), catalog.Code{Hash: catalog.CodeOfSource("x", "r")}) }},
		"other data":                 {memoized, func(r *rig) { r.source("8") }},
		"data of no version":         {memoized, func(r *rig) { r.source("") }},
		"an input that is not listed": {memoized, func(r *rig) {
			r.coded("dbt", "raw side", "mart", "commit-1", query)
			r.w.Version(catalog.Version{Dataset: ds("side"), ProducedAt: time.Now()})
		}},
		"a failed run wrote the input": {memoized, func(r *rig) {
			bad := r.began("load", "", "raw", nil)
			bad.Flags = []string{"wrote"}
			r.ended(bad, catalog.RunFailed)
		}},
		"its own tool wrote the input after it": {memoized, func(r *rig) { r.coded("dbt", "", "raw", "commit-1", query) }},
		"a failed run wrote it since": {memoized, func(r *rig) {
			bad := r.began("dbt", "raw", "mart", nil)
			bad.Flags, bad.CodeVersion, bad.CodeHash = []string{"wrote"}, "commit-1", catalog.CodeOfSQL(query, "")
			r.ended(bad, catalog.RunFailed)
		}},
		"the job failed since": {strings.Replace(memoized, "dataset:pg://wh/mart", "job:prod/dbt", 1), func(r *rig) {
			bad := r.began("dbt", "raw", "mart", nil)
			bad.CodeVersion, bad.CodeHash = "commit-1", catalog.CodeOfSQL(query, "")
			r.ended(bad, catalog.RunFailed)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, strings.Replace(c.yaml, `"dataset:pg://wh/raw": {}`, `"dataset:pg://wh/raw": { require: none }`, 1), func(r *rig) {
				r.source("7")
				r.w.Version(catalog.Version{Dataset: ds("side"), ProducedAt: time.Now()})
				r.coded("dbt", "raw", "mart", "commit-1", query)
				r.after(time.Hour)
				c.change(r)
				r.settle()
				r.after(25 * time.Hour)
				if a := r.is(1, catalog.ActionAccepted); a.Kind != catalog.ActionTrigger {
					t.Errorf("%s instead of a run: %s", a.Kind, r.story())
				}
				r.decidedAlike()
			})
		})
	}
}

// A condition on the code looks at what it means, too.
func TestCase44CodeChangedSeesNoComments(t *testing.T) {
	inRig(t, strings.Replace(memoized, "skip_unchanged: true", "ready: { all: [ code_changed ] }", 1), func(r *rig) {
		r.source("7")
		r.coded("dbt", "raw", "mart", "commit-1", query)
		r.w.Code(job("dbt"), catalog.Code{Version: "commit-2", Hash: catalog.CodeOfSQL(comments, "")})
		r.after(25 * time.Hour)
		r.outcome("mart", catalog.DecideWait)
		r.decidedAlike()
		r.w.Code(job("dbt"), catalog.Code{Version: "commit-3", Hash: catalog.CodeOfSQL(another, "")})
		r.settle()
		r.is(1, catalog.ActionAccepted)
	})
}

// A late upstream that made the same again moves the watermark without a run.
func TestReuseMovesTheWatermark(t *testing.T) {
	inRig(t, strings.Replace(memoized, "max_age: 24h", "max_lag: 2h", 1), func(r *rig) {
		r.source("7")
		r.coded("dbt", "raw", "mart", "commit-1", query)
		r.after(time.Hour)
		r.source("7")
		r.after(90 * time.Minute)
		r.is(1, catalog.ActionSucceeded)
		if f := policies.FreshnessOf(r.outcome("mart", catalog.DecideNothing)); f.State != policies.Fresh || r.tool.Started() != 0 {
			t.Errorf("%s after the reuse: %s", f.State, r.story())
		}
	})
}

// The gate's skip has the same proof, and the same negative control.
func TestGateSkipHasItsProof(t *testing.T) {
	inRig(t, train+"skip_unchanged: true\n", func(r *rig) {
		r.ran("dbt", "raw", "mart")
		made := r.coded("train", "mart", "model", "commit-1", query)
		r.w.Code(job("train"), catalog.Code{Version: "commit-2", Hash: catalog.CodeOfSQL(comments, "")})
		a := r.ask("train", "k", "t", 0)
		r.gateSays(a, catalog.DecideSkip)
		if proof := r.lastReuse(); proof.Run != made.Key || len(proof.Inputs) != 1 || !strings.Contains(a.Reasons[0], made.Key.RunID) {
			t.Errorf("the proof is %+v, said as %v", proof, a.Reasons)
		}
		r.w.Code(job("train"), catalog.Code{Version: "commit-2", Hash: catalog.CodeOfSQL(another, "")})
		r.gateSays(r.ask("train", "k2", "t2", 0), catalog.DecideWait)
	})
}

// A job is reused, too, where its last run succeeded.
func TestReuseOfAJob(t *testing.T) {
	inRig(t, strings.Replace(memoized, "dataset:pg://wh/mart", "job:prod/dbt", 1), func(r *rig) {
		r.source("7")
		r.ended(r.began("dbt", "raw", "mart", nil), catalog.RunFailed)
		r.coded("dbt", "raw", "mart", "commit-1", query)
		r.after(25 * time.Hour)
		if a := r.is(1, catalog.ActionSucceeded); a.Kind != catalog.ActionSkip {
			t.Errorf("%s instead of a reuse: %s", a.Kind, r.story())
		}
		r.decidedAlike()
	})
}

// What a run adds to is no news to it, and the proof says that it is the same.
func TestReuseOfWhatAddsToItself(t *testing.T) {
	inRig(t, memoized, func(r *rig) {
		r.source("7")
		r.coded("dbt", "raw mart", "mart", "commit-1", query)
		r.after(time.Hour)
		r.coded("dbt", "raw mart", "mart", "commit-1", query)
		r.after(25 * time.Hour)
		r.is(1, catalog.ActionSucceeded)
		for _, in := range r.lastReuse().Inputs {
			if in.Read != in.Version {
				t.Errorf("%s is proved by version %s, read as %s", in.Name, in.Version, in.Read)
			}
		}
		r.decidedAlike()
	})
}

// A person's word that no run is needed is no proof of what was read.
func TestReuseAfterAPersonsSkip(t *testing.T) {
	inRig(t, strings.Replace(memoized, "max_age: 24h", `by: { cron: "0 6 * * *", tz: UTC }`, 1), func(r *rig) {
		r.source("7")
		r.coded("dbt", "raw", "mart", "commit-1", query)
		r.after(time.Hour)
		r.source("8")
		r.do(r.requests().Skip(r.ctx, asked("s"), catalog.AssetID(ds("mart").ID())))
		r.after(24 * time.Hour)
		if a := r.is(2, catalog.ActionAccepted); a.Kind != catalog.ActionTrigger {
			t.Errorf("%s instead of a run: %s", a.Kind, r.story())
		}
		r.decidedAlike()
	})
}
