package gql_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
)

type askedAction struct {
	M struct {
		Action struct {
			ID, Kind, State, AskedBy, Reason, RequestKey, Connector, ToolJob, NominalTime string
			Cause                                                                         struct{ Tree struct{ Says string } }
			Of                                                                            *struct{ ID string }
			Progress                                                                      *struct {
				Planned, Made, Open int
				Waiting             []string
			}
		}
		Position string
	}
}

const askedFields = ` { action { id kind state askedBy reason requestKey connector toolJob nominalTime cause { tree { says } } of { id } progress { planned made open waiting } } position }`

// TestVerbs: each verb is written down with who asked, why and its key; the same
// key is the same action.
func TestVerbs(t *testing.T) {
	w := newWorld(t)
	marts := map[string]any{"a": assetID(catalog.DatasetName(wh, "shop.marts.orders"))}
	do := func(mutation string) askedAction {
		t.Helper()
		return data[askedAction](t, w.ask(t, mutation+askedFields+" }", marts))
	}
	run := do(`mutation($a: ID!) { m: requestRun(input: { asset: $a, params: { full: true }, reason: "late rows", key: "k1" })`)
	a := run.M.Action
	if a.Kind != "TRIGGER" || a.State != "READY" || a.AskedBy == "" || a.Reason != "late rows" || a.RequestKey != "k1" || a.Connector != "airflow-main" ||
		!strings.Contains(a.Cause.Tree.Says, "late rows") || run.M.Position == "0" {
		t.Errorf("%+v", run)
	}
	if again := do(`mutation($a: ID!) { m: requestRun(input: { asset: $a, params: { full: true }, reason: "once more", key: "k1" })`); again.M.Action.ID != a.ID || again.M.Action.Reason != "late rows" {
		t.Errorf("the same key: %+v", again)
	}
	if got := w.ask(t, `mutation($a: ID!) { m: requestRun(input: { asset: $a, reason: "x", key: "k1" })`+askedFields+" }", marts); got.code() != "CONFLICT" {
		t.Errorf("the key for another request: %s", got.body)
	}
	cancel := do(`mutation($a: ID!) { m: cancelAction(input: { action: "` + a.ID + `", reason: "wrong" }) ` + askedFields + ` x: hold(input: { asset: $a, reason: "audit" })`)
	if cancel.M.Action.Kind != "CANCEL" || cancel.M.Action.Of == nil || cancel.M.Action.Of.ID != a.ID {
		t.Errorf("%+v", cancel)
	}
	fill := do(`mutation($a: ID!) { m: backfill(input: { asset: $a, times: ["2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"], parallel: 2, reason: "fix" })`)
	if p := fill.M.Action.Progress; fill.M.Action.Kind != "BACKFILL" || p == nil || p.Planned != 2 || p.Made != 0 || len(p.Waiting) != 2 {
		t.Errorf("%+v", fill)
	}
	for _, verb := range []string{"pauseJob", "resumeJob", "skip", "hold", "release"} {
		if got := do(`mutation($a: ID!) { m: ` + verb + `(input: { asset: $a, reason: "drill" })`); got.M.Action.Reason != "drill" {
			t.Errorf("%s: %+v", verb, got)
		}
	}
	if got := w.ask(t, `mutation($a: ID!) { m: requestRun(input: { asset: $a, params: "x", reason: "x" })`+askedFields+" }", marts); got.code() != "BAD_USER_INPUT" {
		t.Errorf("parameters that are no object: %s", got.body)
	}
	if got := w.ask(t, `mutation { m: rerun(input: { action: "`+a.ID+`", reason: "x" })`+askedFields+" }", nil); got.code() != "CONFLICT" {
		t.Errorf("a rerun of what never ran: %s", got.body)
	}
	var list struct {
		Actions struct{ Nodes []struct{ Kind string } }
	}
	if err := json.Unmarshal(w.ask(t, `{ actions(filter: { kinds: [HOLD, RELEASE] }) { nodes { kind } } }`, nil).Data, &list); err != nil || len(list.Actions.Nodes) != 3 {
		t.Errorf("%+v, %v", list, err)
	}
}
