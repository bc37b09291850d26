package gql_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
)

func data[T any](t *testing.T, a answer) (v T) {
	t.Helper()
	if len(a.Errors) > 0 {
		t.Fatalf("errors: %s", a.body)
	}
	if err := json.Unmarshal(a.Data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestGate(t *testing.T) {
	w := newWorld(t)
	type reply struct {
		Gate struct {
			Decision, DecisionID, Position string
			RetryAfterSeconds              *int
			Reasons                        []string
		}
	}
	const q = `mutation($j: AssetNameInput!) { gate(input: { job: $j, key: "day-1", runRef: "r1" }) { decision decisionId position retryAfterSeconds reasons pins { name { name } } } }`
	free := data[reply](t, w.ask(t, q, map[string]any{"j": map[string]string{"namespace": "prod", "name": "stg_orders"}}))
	if free.Gate.Decision != "RUN" || !strings.Contains(strings.Join(free.Gate.Reasons, " "), "no_policy") || free.Gate.Position == "0" {
		t.Errorf("a job without a policy: %+v", free)
	}
	held := data[reply](t, w.ask(t, q, map[string]any{"j": map[string]string{"namespace": "prod", "name": "report"}}))
	if held.Gate.Decision != "WAIT" || held.Gate.RetryAfterSeconds == nil || len(held.Gate.Reasons) == 0 {
		t.Errorf("a job whose input is old: %+v", held)
	}
	node := w.ask(t, `query($id: ID!) { node(id: $id) { ... on Decision { gate outcome targetName { name } } } }`, map[string]any{"id": held.Gate.DecisionID})
	if !strings.Contains(string(node.Data), `"gate":true`) {
		t.Errorf("the decision is not found by its id: %s", node.body)
	}
	waits := w.ask(t, `{ attention { nodes { members { nodes { policyName gate state since } } } } }`, nil)
	if !strings.Contains(string(waits.Data), `{"policyName":"report","gate":true,"state":"WAIT","since":"2026-03-01T12:00:00Z"}`) {
		t.Errorf("nobody waits at the gate: %s", waits.body)
	}
}

func TestKillSwitch(t *testing.T) {
	w := newWorld(t)
	w.ask(t, `mutation { setKillSwitch(input: { on: true, reason: "drill" }) { on position } }`, nil)
	if a := w.ask(t, `{ system { killSwitch } }`, nil); !strings.Contains(string(a.Data), "true") {
		t.Errorf("not on: %s", a.body)
	}
	if a := w.ask(t, `mutation { setKillSwitch(input: { on: false, reason: "" }) { on } }`, nil); a.code() != "BAD_USER_INPUT" {
		t.Errorf("without a reason: %s", a.body)
	}
}

// TestSwitched: each act has the id that the ledger gave it, and is found by that
// with who did it and why; what is on is the act that turned it on.
func TestSwitched(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for _, in := range []string{`on: true, scope: NAMESPACE, name: "nowhere", reason: "a name mistyped"`, `on: true, reason: "drill"`, `on: false, scope: NAMESPACE, name: "nowhere", reason: "over"`} {
		var out struct {
			SetKillSwitch struct {
				ID     string
				Covers int
			}
		}
		a := w.ask(t, `mutation { setKillSwitch(input: { `+in+` }) { id covers } }`, nil)
		if err := json.Unmarshal(a.Data, &out); err != nil || out.SetKillSwitch.ID == "" {
			t.Fatalf("%s: %s", in, a.body)
		}
		if covers := out.SetKillSwitch.Covers; (covers > 0) == strings.Contains(in, "nowhere") {
			t.Errorf("%s covers %d", in, covers)
		}
		ids = append(ids, out.SetKillSwitch.ID)
	}
	a := w.ask(t, `{ switched(first: 2) { nodes { id on scope name reason } pageInfo { endCursor } } system { switches { id on } } }`, nil)
	want := fmt.Sprintf(`{"switched":{"nodes":[{"id":%q,"on":false,"scope":"NAMESPACE","name":"nowhere","reason":"over"},{"id":%q,"on":true,"scope":"GLOBAL","name":null,"reason":"drill"}],`, ids[2], ids[1])
	if !strings.HasPrefix(string(a.Data), want) || !strings.HasSuffix(string(a.Data), fmt.Sprintf(`"system":{"switches":[{"id":%q,"on":true}]}}`, ids[1])) {
		t.Errorf("%s", a.body)
	}
	var page struct {
		Switched struct{ PageInfo struct{ EndCursor string } }
	}
	if err := json.Unmarshal(a.Data, &page); err != nil {
		t.Fatal(err)
	}
	rest := w.ask(t, `query($after: String) { switched(after: $after) { nodes { id } } }`, map[string]any{"after": page.Switched.PageInfo.EndCursor})
	if want := fmt.Sprintf(`{"switched":{"nodes":[{"id":%q}]}}`, ids[0]); string(rest.Data) != want {
		t.Errorf("%s, want %s", rest.body, want)
	}
}

// TestMergeAndSplit: two names become one asset and two again; both old ids go
// on resolving.
func TestMergeAndSplit(t *testing.T) {
	w := newWorld(t)
	raw, stg := catalog.DatasetName(wh, "shop.raw.orders"), catalog.DatasetName(wh, "shop.stg.orders")
	names := []map[string]string{{"namespace": wh, "name": raw.Name}, {"namespace": wh, "name": stg.Name}}
	a := w.ask(t, `mutation($n: [AssetNameInput!]!) { mergeAssets(input: { type: DATASET, names: $n }) { position } }`, map[string]any{"n": names})
	if len(a.Errors) > 0 {
		t.Fatalf("merge: %s", a.body)
	}
	type pair struct{ A, B struct{ ID string } }
	both := map[string]any{"a": assetID(raw), "b": assetID(stg)}
	const q = `query($a: ID!, $b: ID!) { a: node(id: $a) { id } b: node(id: $b) { id } }`
	p := data[pair](t, w.ask(t, q, both))
	if p.A.ID != p.B.ID || p.A.ID == "" {
		t.Errorf("two assets after a merge: %+v", p)
	}
	a = w.ask(t, `mutation($a: ID!, $n: [AssetNameInput!]!) { splitAsset(input: { asset: $a, names: $n }) { position } }`, map[string]any{"a": p.A.ID, "n": names[:1]})
	if len(a.Errors) > 0 {
		t.Fatalf("split: %s", a.body)
	}
	if p = data[pair](t, w.ask(t, q, both)); p.A.ID == p.B.ID {
		t.Errorf("one asset after a split: %+v", p)
	}
	mart := catalog.DatasetName(wh, "shop.marts.orders")
	for name, c := range map[string]struct {
		asset, code string
		names       []map[string]string
	}{
		"not one of its names": {assetID(raw), "CONFLICT", []map[string]string{{"namespace": "x", "name": "y"}}},
		"all of its names":     {assetID(mart), "CONFLICT", []map[string]string{{"namespace": wh, "name": mart.Name}}},
		"no such asset":        {"asset_aaaaaaaaaaaaaaaaaaaaaaaaaa", "NOT_FOUND", names[:1]},
		"no names":             {assetID(raw), "BAD_USER_INPUT", nil},
		"empty name":           {assetID(raw), "BAD_USER_INPUT", []map[string]string{{"namespace": "", "name": "y"}}},
	} {
		if c.names == nil {
			c.names = []map[string]string{}
		}
		a := w.ask(t, `mutation($a: ID!, $n: [AssetNameInput!]!) { splitAsset(input: { asset: $a, names: $n }) { position } }`, map[string]any{"a": c.asset, "n": c.names})
		if a.code() != c.code {
			t.Errorf("%s: %s, want %s", name, a.body, c.code)
		}
	}
	if a := w.ask(t, `mutation($n: [AssetNameInput!]!) { mergeAssets(input: { type: DATASET, names: $n }) { position } }`, map[string]any{"n": names[:1]}); a.code() != "BAD_USER_INPUT" {
		t.Errorf("a merge of one name: %s", a.body)
	}
}

// TestDecisionsAfterMerge: what was decided under an id that a merge replaced
// is found under the new one.
func TestDecisionsAfterMerge(t *testing.T) {
	w := newWorld(t)
	mart := catalog.DatasetName(wh, "shop.marts.orders")
	other := mart
	for i := 0; other.ID().Compare(mart.ID()) >= 0; i++ {
		other = catalog.DatasetName(wh, "shop.other."+strconv.Itoa(i))
	}
	names := []map[string]string{{"namespace": wh, "name": mart.Name}, {"namespace": wh, "name": other.Name}}
	if a := w.ask(t, `mutation($n: [AssetNameInput!]!) { mergeAssets(input: { type: DATASET, names: $n }) { position } }`, map[string]any{"n": names}); len(a.Errors) > 0 {
		t.Fatalf("merge: %s", a.body)
	}
	type answer struct {
		Node      struct{ ID string }
		Decisions struct {
			Nodes []struct{ Target struct{ ID string } }
		}
		Actions struct{ Nodes []struct{ State string } }
	}
	const q = `query($a: ID!) { node(id: $a) { id } decisions(target: $a) { nodes { target { id } } } actions(filter: { target: $a }) { nodes { state } } }`
	for _, id := range []string{assetID(mart), assetID(other)} {
		got := data[answer](t, w.ask(t, q, map[string]any{"a": id}))
		if got.Node.ID != assetID(other) || len(got.Decisions.Nodes) == 0 || len(got.Actions.Nodes) == 0 || got.Decisions.Nodes[0].Target.ID != assetID(other) {
			t.Errorf("%s: %+v", id, got)
		}
	}
}
