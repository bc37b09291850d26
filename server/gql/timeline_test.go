package gql_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// decoded asks, and reads the answer into out.
func (w *world) decoded(t *testing.T, query string, out any) {
	t.Helper()
	a := w.ask(t, fill(query), nil)
	if len(a.Errors) > 0 {
		t.Fatalf("%s: %.600s", query, a.body)
	}
	if err := json.Unmarshal(a.Data, out); err != nil {
		t.Fatal(err)
	}
}

type late struct {
	Name       struct{ Name string }
	Job        *struct{ Name struct{ Name string } }
	PolicyName string
	Since      string
	Until      *string
}

type timeline struct {
	Timeline struct {
		Runs []struct {
			Job struct{ Name struct{ Name string } }
		}
		Planned   []struct{ Action struct{ State string } }
		Deadlines []struct {
			Name       struct{ Name string }
			PolicyName string
		}
		Late     []late
		Complete bool
	}
}

func (l timeline) jobs() (out []string) {
	for _, r := range l.Timeline.Runs {
		out = append(out, r.Job.Name.Name)
	}
	return out
}

// TestTimeline: the runs that overlap a window, of all or of a selection.
func TestTimeline(t *testing.T) {
	w := newWorld(t)
	const fields = `{ runs { job { name { name } } } planned { action { state } } deadlines { name { name } policyName } complete }`
	for name, c := range map[string]struct {
		args     string
		want     []string
		complete bool
	}{
		"a morning":             {`from: "2026-03-01T06:00:30Z", to: "2026-03-01T06:15:00Z"`, []string{"stg_orders", "ingest_orders"}, true},
		"what writes a dataset": {`from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z", select: { assets: ["{{dataset:` + wh + ` shop.marts.orders}}"] }`, []string{"marts_orders"}, true},
		"and one hop upstream":  {`from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z", select: { assets: ["{{dataset:` + wh + ` shop.marts.orders}}"], upstream: 1 }`, []string{"stg_orders", "marts_orders", "stg_orders"}, true},
		"a job":                 {`from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z", select: { assets: ["{{job:prod report}}"] }`, []string{"report"}, true},
		"words":                 {`from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z", select: { search: "ingest" }`, []string{"ingest_orders", "ingest_orders"}, true},
		"words within assets":   {`from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z", select: { assets: ["{{dataset:` + wh + ` shop.marts.orders}}"], search: "orders" }`, []string{"marts_orders"}, true},
		"too many":              {`from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z", maxNodes: 1`, []string{"stg_orders"}, false},
	} {
		var got timeline
		w.decoded(t, `{ timeline(`+c.args+`) `+fields+` }`, &got)
		if !slices.Equal(got.jobs(), c.want) || got.Timeline.Complete != c.complete {
			t.Errorf("%s: %v, complete %v", name, got.jobs(), got.Timeline.Complete)
		}
	}
	var day timeline
	w.decoded(t, `{ timeline(from: "2026-02-28T00:00:00Z", to: "2026-03-03T00:00:00Z") `+fields+` }`, &day)
	if len(day.Timeline.Planned) == 0 || day.Timeline.Planned[0].Action.State != "PROPOSED" {
		t.Errorf("planned: %+v", day.Timeline.Planned)
	}
	var past timeline
	w.decoded(t, `{ timeline(from: "2026-02-20T00:00:00Z", to: "2026-02-21T00:00:00Z") `+fields+` }`, &past)
	if len(past.Timeline.Planned) > 0 {
		t.Errorf("planned in the past: %+v", past.Timeline.Planned)
	}
	if !slices.ContainsFunc(day.Timeline.Deadlines, func(d struct {
		Name       struct{ Name string }
		PolicyName string
	}) bool {
		return d.Name.Name == "shop.marts.orders" && d.PolicyName == "mart"
	}) {
		t.Errorf("deadlines: %+v", day.Timeline.Deadlines)
	}
}

// TestTimelineLate: when data was late in a window, of all or of a selection.
func TestTimelineLate(t *testing.T) {
	w := newWorld(t)
	const fields = `{ late { name { name } job { name { name } } policyName since until } complete }`
	for args, want := range map[string]int{
		`from: "2026-03-01T06:00:00Z", to: "2026-03-01T08:00:00Z"`:                                                                   1,
		`from: "2026-03-01T08:00:00Z", to: "2026-03-01T09:00:00Z"`:                                                                   1, // it goes on
		`from: "2026-03-01T06:00:00Z", to: "2026-03-01T07:00:00Z"`:                                                                   0,
		`from: "2026-03-01T06:00:00Z", to: "2026-03-01T08:00:00Z", select: { assets: ["{{dataset:` + wh + ` shop.marts.orders}}"] }`: 1,
		`from: "2026-03-01T06:00:00Z", to: "2026-03-01T08:00:00Z", select: { search: "marts_orders" }`:                               1,
		`from: "2026-03-01T06:00:00Z", to: "2026-03-01T08:00:00Z", select: { search: "ingest" }`:                                     0,
	} {
		var got timeline
		w.decoded(t, `{ timeline(`+args+`) `+fields+` }`, &got)
		late := slices.DeleteFunc(got.Timeline.Late, func(l late) bool { return l.PolicyName != "mart" })
		if len(late) != want || !got.Timeline.Complete {
			t.Fatalf("%s: %+v, complete %v", args, late, got.Timeline.Complete)
		}
		if want > 0 && (late[0].Job == nil || late[0].Job.Name.Name != "marts_orders" || late[0].Since != "2026-03-01T07:00:00Z" || late[0].Until != nil) {
			t.Errorf("%s: %+v", args, late[0])
		}
	}
}

// TestTimelineRefuses: a window is bounded and goes forward.
func TestTimelineRefuses(t *testing.T) {
	w := newWorld(t)
	for _, args := range []string{
		`from: "2026-03-02T00:00:00Z", to: "2026-03-01T00:00:00Z"`, `from: "2025-03-02T00:00:00Z", to: "2026-03-01T00:00:00Z"`,
		`from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z", maxNodes: 1001`,
		`from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z", select: { assets: ["x"] }`,
		`from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z", select: { assets: ["{{job:prod report}}"], upstream: 11 }`,
	} {
		if a := w.ask(t, fill(`{ timeline(`+args+`) { complete } }`), nil); a.code() != "BAD_USER_INPUT" {
			t.Errorf("%s: %s", args, a.body)
		}
	}
}

// TestCriticalPath: each step is the run that wrote the newest thing the next
// one read.
func TestCriticalPath(t *testing.T) {
	w := newWorld(t)
	var got struct {
		CriticalPath struct {
			Steps []struct {
				Run                struct{ RunID string }
				Waited, Took, Says string
			}
			Complete bool
		}
	}
	const fields = `{ steps { run { runId } waited took says } complete }`
	w.decoded(t, `{ criticalPath(id: "{{dataset:`+wh+` shop.marts.orders}}") `+fields+` }`, &got)
	var runs []string
	for _, s := range got.CriticalPath.Steps {
		runs = append(runs, s.Run.RunID)
	}
	if want := []string{uid(3), uid(2), uid(1)}; !slices.Equal(runs, want) || !got.CriticalPath.Complete {
		t.Fatalf("steps %v, complete %v", runs, got.CriticalPath.Complete)
	}
	if s := got.CriticalPath.Steps[0]; s.Waited != "PT9M" || s.Took != "PT1M" || !strings.Contains(s.Says, "shop.stg.orders") {
		t.Errorf("first step: %+v", s)
	}
	w.decoded(t, `{ criticalPath(id: "{{dataset:`+wh+` shop.marts.orders}}", hops: 2) `+fields+` }`, &got)
	if len(got.CriticalPath.Steps) != 2 || got.CriticalPath.Complete {
		t.Errorf("two hops: %d steps, complete %v", len(got.CriticalPath.Steps), got.CriticalPath.Complete)
	}
	if a := w.ask(t, `{ criticalPath(id: "policy_mart") { complete } }`, nil); a.code() != "NOT_FOUND" {
		t.Errorf("of a policy: %s", a.body)
	}
}

// TestEvidence: what reasons name can be opened.
func TestEvidence(t *testing.T) {
	w := newWorld(t)
	var got struct {
		Decisions struct {
			Nodes []struct {
				Reasons  []struct{ Evidence []string }
				Evidence []struct {
					ID, Says string
					Node     *struct {
						Typename string `json:"__typename"`
					}
				}
			}
		}
	}
	w.decoded(t, `{ decisions(policy: "mart") { nodes { reasons { evidence } evidence { id says node { __typename } } } } }`, &got)
	named, opened := 0, 0
	for _, d := range got.Decisions.Nodes {
		for _, r := range d.Reasons {
			for _, id := range r.Evidence {
				named++
				for _, e := range d.Evidence {
					if e.ID == id && e.Node != nil && e.Node.Typename == "Version" && e.Says != "" {
						opened++
					}
				}
			}
		}
	}
	if named == 0 || opened != named {
		t.Errorf("%d of %d can be opened: %+v", opened, named, got.Decisions.Nodes)
	}
}

// TestPolicyStanding: a policy says how its assets stand.
func TestPolicyStanding(t *testing.T) {
	w := newWorld(t)
	var got struct {
		Policies struct {
			Nodes []struct {
				Name     string
				Standing struct {
					Counts []struct {
						State string
						Count int
					}
					Worst *struct{ Name struct{ Name string } }
				}
			}
		}
		PolicySource struct {
			Source   string
			Editable bool
		}
	}
	w.decoded(t, `{ policies { nodes { name standing { counts { state count } worst { name { name } } } } } policySource { source editable } }`, &got)
	for _, p := range got.Policies.Nodes {
		if p.Name == "mart" && (len(p.Standing.Counts) != 1 || p.Standing.Counts[0].State != "LATE" || p.Standing.Worst == nil || p.Standing.Worst.Name.Name != "shop.marts.orders") {
			t.Errorf("mart: %+v", p.Standing)
		}
	}
	if len(got.Policies.Nodes) != 3 || !got.PolicySource.Editable {
		t.Errorf("%+v", got)
	}
}

// TestDecisionsByOutcome: the ledger is filtered by what was concluded.
func TestDecisionsByOutcome(t *testing.T) {
	w := newWorld(t)
	var got struct {
		All, Run, None struct{ Nodes []struct{ Outcome string } }
	}
	w.decoded(t, `{ all: decisions { nodes { outcome } } run: decisions(outcomes: [RUN], modes: [SHADOW]) { nodes { outcome } } none: decisions(until: "2020-01-01T00:00:00Z") { nodes { outcome } } }`, &got)
	want := 0
	for _, d := range got.All.Nodes {
		if d.Outcome == "RUN" {
			want++
		}
	}
	if want == 0 || len(got.Run.Nodes) != want || len(got.None.Nodes) != 0 {
		t.Errorf("%d of %d by outcome, %d of a time before", len(got.Run.Nodes), want, len(got.None.Nodes))
	}
}
