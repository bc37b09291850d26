package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/connectors/connectortest/fakeairflow"
	"github.com/weirhq/weir/server/gql/model"
)

// guarded is a running weir with policies, before an Airflow that speaks the real
// one's protocol. Everything is done over HTTP, as anybody would.
type guarded struct {
	*world
	af   *fakeairflow.Fake
	args []string
}

func guard(t *testing.T, policies string) *guarded {
	t.Helper()
	return guardBehind(t, policies, func(h http.Handler) http.Handler { return h })
}

// guardBehind is guard with something between weir and the tool.
func guardBehind(t *testing.T, policies string, wire func(http.Handler) http.Handler) *guarded {
	t.Helper()
	dags := make([]string, 10)
	for i := range dags {
		dags[i] = fmt.Sprintf("make%d", i)
	}
	g := &guarded{af: fakeairflow.New(fakeairflow.Options{DAGs: dags, Username: "u", Password: "x"})}
	srv := httptest.NewServer(wire(g.af.Handler()))
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "policies", "p.yaml"), policies)
	write(t, filepath.Join(dir, "connectors.yaml"), "connectors:\n  - { name: af, kind: airflow, url: "+srv.URL+", namespace: prod, auth: { username: u, password: { env: SECRET } } }\n")
	g.args = []string{"--policies", filepath.Join(dir, "policies"), "--connectors", filepath.Join(dir, "connectors.yaml")}
	g.world = start(t, dir, g.args...)
	return g
}

// makers are n policies, each of which starts a DAG of its own when raw is new.
func makers(n int, more string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "---\nkind: Policy\nname: t%d\nselect: { asset: \"dataset:kafka://k/t%d\" }\ntarget: { connector: af, job: make%d }\nmode: act\nowner: team\non_first: run\ninputs: { \"dataset:kafka://k/raw\": { trigger: true } }\n%s", i, i, i, more)
	}
	return b.String()
}

func (g *guarded) post(path string, body any) (int, []byte) {
	g.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		g.t.Fatal(err)
	}
	resp, err := http.Post(g.url+path, "application/json", bytes.NewReader(b))
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return resp.StatusCode, out
}

// graphql asks, and fails the test on an error.
func (g *guarded) graphql(query string, into any) {
	g.t.Helper()
	_, b := g.post("/graphql", map[string]any{"query": query})
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(b, &answer); err != nil || len(answer.Errors) > 0 {
		g.t.Fatalf("%s: %s", query, b)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(answer.Data, into); err != nil {
		g.t.Fatal(err)
	}
}

// ran tells of a run that has ended just now.
func (g *guarded) ran(job, output, eventType string, parent *guardedAction) {
	g.t.Helper()
	run := map[string]any{"runId": uuid.NewString()}
	if parent != nil {
		run["facets"] = map[string]any{"parent": map[string]any{"_producer": "https://example.com", "_schemaURL": "https://openlineage.io/spec/facets/1-0-1/ParentRunFacet.json",
			"run": map[string]any{"runId": connectors.ParentRunID(parent.Key)}, "job": map[string]any{"namespace": "weir", "name": parent.Policies[0]}}}
	}
	for _, typ := range []string{"START", eventType} {
		e := map[string]any{"eventType": typ, "eventTime": time.Now().UTC().Format(time.RFC3339Nano), "producer": "https://example.com", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
			"run": run, "job": map[string]any{"namespace": "prod", "name": job}}
		if output != "" {
			e["outputs"] = []any{map[string]any{"namespace": "kafka://k", "name": output}}
		}
		if output != "raw" {
			e["inputs"] = []any{map[string]any{"namespace": "kafka://k", "name": "raw"}}
		}
		if code, b := g.post("/api/v1/lineage", e); code != http.StatusCreated {
			g.t.Fatalf("%d %s", code, b)
		}
	}
}

// begun tells that a run has begun just now.
func (g *guarded) begun(job, runID string) {
	g.t.Helper()
	code, b := g.post("/api/v1/lineage", map[string]any{"eventType": "START", "eventTime": time.Now().UTC().Format(time.RFC3339Nano), "producer": "https://example.com", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
		"run": map[string]any{"runId": runID}, "job": map[string]any{"namespace": "prod", "name": job}})
	if code != http.StatusCreated {
		g.t.Fatalf("%d %s", code, b)
	}
}

// change is a new version of raw.
func (g *guarded) change() { g.ran("ingest", "raw", "COMPLETE", nil) }

type guardedAction struct {
	ID, State, Key, ToolJob string
	Policies                []string
	Admission               struct {
		Change   *string
		Approval *struct {
			Why        []string
			By, Reason *string
		}
	}
}

// actions are all starts, newest first.
func (g *guarded) actions() []guardedAction {
	g.t.Helper()
	var out struct {
		Actions struct{ Nodes []guardedAction }
	}
	g.graphql(`{ actions(first: 50, filter: { kinds: [TRIGGER] }) { nodes { id state key toolJob policies admission { change approval { why by reason } } } } }`, &out)
	return out.Actions.Nodes
}

// in waits until n actions are in a state, and returns them.
func (g *guarded) in(n int, state string) (out []guardedAction) {
	g.t.Helper()
	waitUntil(g.t, fmt.Sprintf("%d actions %s", n, state), func() bool {
		out = slices.DeleteFunc(g.actions(), func(a guardedAction) bool { return a.State != state })
		return len(out) == n
	})
	return out
}

// starts waits until the tool has started n runs in all.
func (g *guarded) starts(n int) {
	g.t.Helper()
	waitUntil(g.t, fmt.Sprintf("%d starts", n), func() bool { return g.af.Starts() >= n })
	if got := g.af.Starts(); got != n {
		g.t.Fatalf("%d starts, want %d", got, n)
	}
}

// t0 is the id of what the first maker makes.
var t0 = model.AssetID(catalog.AssetID(catalog.DatasetName("kafka://k", "t0").ID()))

// held waits until the policy on t0 holds, with a false line of the atom.
func (g *guarded) held(atom string) {
	g.t.Helper()
	var out struct {
		Why *struct {
			Outcome string
			Reasons []struct{ Atom, Value string }
		}
	}
	waitUntil(g.t, "held by "+atom, func() bool {
		g.graphql(`{ why(id: "`+t0+`") { outcome reasons { atom value } } }`, &out)
		return out.Why != nil && out.Why.Outcome == "HOLD" && slices.ContainsFunc(out.Why.Reasons, func(r struct{ Atom, Value string }) bool { return r.Atom == atom && r.Value == "FALSE" })
	})
}

func TestKillSwitchStopsByScope(t *testing.T) {
	g := guard(t, makers(1, ""))
	for i, scope := range []string{"scope: GLOBAL", `scope: TOOL, name: "af"`, `scope: POLICY, name: "t0"`, `scope: NAMESPACE, name: "kafka://k"`} {
		g.graphql(`mutation { setKillSwitch(input: { on: true, reason: "drill", `+scope+` }) { on } }`, nil)
		g.change()
		g.held("kill_switch")
		if code, b := g.post("/api/v1/gate", map[string]any{"job": map[string]any{"namespace": "prod", "name": "other"}, "key": scope}); code != http.StatusOK || !strings.Contains(string(b), `"run"`) {
			t.Errorf("the gate: %d %s", code, b)
		}
		g.starts(i)
		g.graphql(`mutation { setKillSwitch(input: { on: false, reason: "over", `+scope+` }) { on } }`, nil)
		g.starts(i + 1)
		a := g.in(1, "ACCEPTED")[0]
		g.ran("make0", "t0", "COMPLETE", &a)
		g.in(i+1, "SUCCEEDED")
	}
	// A switch of something else stops nothing.
	g.graphql(`mutation { setKillSwitch(input: { on: true, reason: "drill", scope: NAMESPACE, name: "other" }) { on } }`, nil)
	g.change()
	g.starts(5)
	var out struct {
		System struct {
			Switches []struct{ Scope, Name string }
		}
	}
	g.graphql(`{ system { switches { scope name } } }`, &out)
	if len(out.System.Switches) != 1 || out.System.Switches[0].Name != "other" {
		t.Errorf("%+v", out)
	}
}

func TestApprovalOverTheCommandLine(t *testing.T) {
	g := guard(t, makers(1, "approval: always\n"))
	g.change()
	a := g.in(1, "AWAITING_APPROVAL")[0]
	if out, _, _ := g.weir("", "actions", "--awaiting-approval"); !strings.Contains(out, a.ID) {
		t.Errorf("not listed: %s", out)
	}
	if _, _, code := g.weir("", "approve", a.ID); code != exitUsage {
		t.Errorf("without a reason: %d", code)
	}
	if out, words, code := g.weir("", "approve", a.ID, "--actor", "ann", "--reason", "looks right"); code != exitOK {
		t.Fatalf("approve: %d %s%s", code, out, words)
	}
	g.starts(1)
	sent := g.in(1, "ACCEPTED")[0]
	if p := sent.Admission.Approval; p == nil || *p.By != "ann" || *p.Reason != "looks right" {
		t.Errorf("%+v", p)
	}
	if _, words, code := g.weir("", "approve", a.ID, "--reason", "again"); code == exitOK {
		t.Errorf("approved twice: %s", words)
	}
	g.ran("make0", "t0", "COMPLETE", &sent)
	g.in(1, "SUCCEEDED")
	g.change()
	b := g.in(1, "AWAITING_APPROVAL")[0]
	if out, words, code := g.weir("", "reject", b.ID, "--actor", "ann", "--reason", "month end"); code != exitOK {
		t.Fatalf("reject: %d %s%s", code, out, words)
	}
	g.in(1, "REJECTED")
	g.held("demand")
	g.starts(1)
}

func TestBreakerOpensAndIsReleased(t *testing.T) {
	g := guard(t, makers(1, ""))
	for n := range 3 {
		g.change()
		a := g.in(1, "ACCEPTED")[0]
		g.ran("make0", "", "FAIL", &a)
		g.in(n+1, "FAILED")
	}
	g.change()
	g.held("breaker")
	g.starts(3)
	g.stop()
	g.world = start(t, g.dir, g.args...) // the breaker is read off the ledger
	g.held("breaker")
	g.starts(3)
	var out struct {
		Alerts struct {
			Nodes []struct{ Kind, Policy, Owner string }
		}
	}
	g.graphql(`{ alerts { nodes { kind policy owner } } }`, &out)
	if len(out.Alerts.Nodes) != 1 || out.Alerts.Nodes[0].Kind != "BREAKER_OPEN" || out.Alerts.Nodes[0].Owner != "team" {
		t.Errorf("%+v, want one alert", out)
	}
	g.graphql(`mutation { release(input: { asset: "`+t0+`", reason: "mended" }) { action { id } } }`, nil)
	g.starts(4)
}

func TestFanOutIsCapped(t *testing.T) {
	g := guard(t, makers(6, "limits: { fan_out: 2 }\n"))
	g.change()
	waiting := g.in(4, "AWAITING_APPROVAL")
	g.starts(2)
	for _, a := range waiting {
		if a.Admission.Change == nil || *a.Admission.Change != *waiting[0].Admission.Change || !strings.Contains(a.Admission.Approval.Why[0], "2 is the limit") {
			t.Errorf("%+v", a.Admission)
		}
	}
	var out struct {
		Actions struct{ Nodes []struct{ ID string } }
	}
	g.graphql(`{ actions(filter: { states: [AWAITING_APPROVAL], change: "`+*waiting[0].Admission.Change+`" }) { nodes { id } } }`, &out)
	if len(out.Actions.Nodes) != 4 {
		t.Errorf("the list of the change has %d", len(out.Actions.Nodes))
	}
	var answer struct{ ApproveAction struct{ Answered int } }
	g.graphql(`mutation { approveAction(input: { action: "`+waiting[0].ID+`", wholeChange: true, reason: "a planned migration" }) { answered } }`, &answer)
	if answer.ApproveAction.Answered != 4 {
		t.Errorf("%+v", answer)
	}
	g.starts(6)
}

func TestPoolBoundsWhatGoesOn(t *testing.T) {
	g := guard(t, "kind: Pool\nname: wh\nslots: 2\n"+makers(5, "pool: wh\n"))
	g.change()
	g.in(3, "READY")
	going := g.in(2, "ACCEPTED")
	g.starts(2)
	g.stop()
	g.world = start(t, g.dir, g.args...) // slots are taken by states of the ledger
	for n := 3; n <= 5; n++ {
		a := going[0]
		g.ran(a.ToolJob, "t"+strings.TrimPrefix(a.ToolJob, "make"), "COMPLETE", &a)
		g.starts(n)
		g.in(n-2, "SUCCEEDED")
		going = g.in(2, "ACCEPTED")
	}
}
