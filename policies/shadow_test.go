package policies_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// shadowed is the report of the time since the rig began.
func (r *rig) shadowed(q policies.ShadowQuery) policies.ShadowPolicy {
	r.t.Helper()
	q.To, q.Cases = time.Now().Add(1), max(q.Cases, 10)
	if q.From.IsZero() {
		q.From = q.To.Add(-48 * time.Hour)
	}
	rep, err := r.g.Shadow(r.ctx, q)
	if err != nil || len(rep.Policies) != 1 {
		r.t.Fatalf("%+v, %v", rep, err)
	}
	return rep.Policies[0]
}

// TestShadowReport: an agreed run, one that nobody made, one on an input that
// was not as required and one that nothing asked for, each with its decision.
func TestShadowReport(t *testing.T) {
	yaml := strings.NewReplacer("mode: act", "mode: shadow", `"dataset:pg://wh/raw": { trigger: true, require: updated }`,
		"\"dataset:pg://wh/raw\": { trigger: true }\n  \"dataset:pg://wh/gate\": { require: { fresh: 2h } }").Replace(mart)
	inRig(t, yaml, func(r *rig) {
		r.ran("dbt", "raw gate", "mart") // so that it is known what makes it: saved, too
		r.ran("open", "", "gate")
		r.ran("ingest", "", "raw") // it would run
		r.after(5 * time.Minute)
		r.ran("dbt", "raw gate", "mart") // agreed
		r.after(time.Minute)
		r.ran("dbt", "raw gate", "mart") // nothing asked for it
		r.after(3 * time.Hour)
		r.ran("ingest", "", "raw") // gate is stale now
		r.after(time.Minute)
		r.ran("dbt", "raw gate", "mart") // it would have held
		r.ran("open", "", "gate")
		r.ran("ingest", "", "raw") // nobody runs it
		r.after(time.Hour)
		got := r.shadowed(policies.ShadowQuery{})
		want := map[policies.ShadowKind]int{policies.ShadowAgreed: 1, policies.ShadowSaved: 2, policies.ShadowWouldHold: 1, policies.ShadowWouldRun: 1}
		for kind, n := range want {
			if got.Counts[kind] != n {
				t.Errorf("%s: %d, want %d", kind, got.Counts[kind], n)
			}
		}
		for _, c := range got.Cases {
			if c.Decision == "" || c.Says == "" || (c.Run.IsZero() != (c.Kind == policies.ShadowWouldRun)) {
				t.Errorf("a case without its evidence: %+v", c)
			}
		}
		if t.Failed() {
			t.Logf("%+v\n%s", got.Cases, r.story())
		}
		if cut := r.shadowed(policies.ShadowQuery{Cases: 10, From: time.Now().Add(-time.Minute)}); len(cut.Cases) != 0 {
			t.Errorf("cases of another time: %+v", cut.Cases)
		}
	})
}

func TestShadowReportIsBoundedAndNamesItsPolicy(t *testing.T) {
	inRig(t, strings.Replace(mart, "mode: act", "mode: shadow", 1), func(r *rig) {
		r.ran("dbt", "raw", "mart")
		for range 12 {
			r.ran("ingest", "", "raw")
			r.after(time.Minute)
		}
		if got := r.shadowed(policies.ShadowQuery{Policy: "mart"}); len(got.Cases) != 10 || !got.More || got.Counts[policies.ShadowWouldRun] != 12 {
			t.Errorf("%d cases, more %v, %v: %s", len(got.Cases), got.More, got.Counts, r.story())
		}
		if _, err := r.g.Shadow(r.ctx, policies.ShadowQuery{Policy: "other"}); !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("a policy that is not there: %v", err)
		}
	})
}
