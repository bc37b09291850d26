package gql_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
)

const declaringYAML = `---
kind: Policy
name: pricing
mode: observe
select: { asset: "job:prod/report" }
inputs: { "dataset:vault/rates": {} }
---
kind: Policy
name: costs
mode: observe
select: { asset: "dataset:postgres://wh:5432/shop.marts.orders" }
inputs: { "dataset:vault/rates": {} }
`

// newDeclaring is a world where policies list what no run read.
func newDeclaring(t *testing.T) *world {
	w := build(t, nil, policyYAML+declaringYAML)
	for _, e := range run("publish", uid(50), noon.Add(-1), "COMPLETE", nil, []map[string]any{{"namespace": "vault", "name": "rates", "facets": map[string]any{}}}) {
		if _, err := w.journal.Append(t.Context(), catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: noon, Body: e}); err != nil {
			t.Fatal(err)
		}
	}
	w.lay()
	return w
}

const declaredQuery = `{
  lineage(roots: ["{{dataset:vault rates}}"], direction: DOWNSTREAM, granularity: GRAIN) { nodes { id distance asset { name { name } } } edges { type origin policy run } complete cut }
  then: lineage(roots: ["{{dataset:vault rates}}"], direction: DOWNSTREAM, asOf: "2026-03-01T12:00:00Z") { edges { policy } }
  paths(from: "{{dataset:vault rates}}", to: "{{dataset:postgres://wh:5432 shop.marts.orders}}") { edges { type origin policy } }
  impact(changes: [{ kind: DROP_DATASET, dataset: { namespace: "vault", name: "rates" } }]) { affected { asset { name { name } } severity } }
  lineageScene(focus: ["{{dataset:vault rates}}"], band: DATASET) { edges { type origin policy } marks }
}`

// What policies list stands in lineage, ways, pictures and impact of the present,
// with the policy as its evidence, and in no answer about the past.
func TestDeclaredByPolicy(t *testing.T) {
	w := newDeclaring(t)
	for grain, want := range map[string]string{
		"ASSET":   `[{"type":"DERIVES","origin":"DECLARED","policy":"costs","run":null},{"type":"READS","origin":"DECLARED","policy":"pricing","run":null}]`,
		"DATASET": `[{"type":"DERIVES","origin":"DECLARED","policy":"costs","run":null}]`,
	} {
		a := w.ask(t, fill(strings.ReplaceAll(declaredQuery, "GRAIN", grain)), nil)
		var got struct {
			Lineage struct{ Edges json.RawMessage }
			Then    struct{ Edges json.RawMessage }
			Paths   json.RawMessage
			Impact  struct{ Affected json.RawMessage }
			Scene   struct{ Edges, Marks json.RawMessage } `json:"lineageScene"`
		}
		if err := json.Unmarshal(a.Data, &got); err != nil {
			t.Fatalf("%v: %s", err, a.body)
		}
		for what, is := range map[string][2]string{
			"lineage": {byPolicyOnly(t, got.Lineage.Edges), want},
			"then":    {string(got.Then.Edges), `[]`},
			"paths":   {string(got.Paths), `[{"edges":[{"type":"DERIVES","origin":"DECLARED","policy":"costs"}]}]`},
			"impact":  {string(got.Impact.Affected), `[{"asset":{"name":{"name":"report"}},"severity":"BREAKING"},{"asset":{"name":{"name":"shop.marts.orders"}},"severity":"BREAKING"}]`},
			"scene":   {string(got.Scene.Edges), `[{"type":"DERIVES","origin":"DECLARED","policy":"costs"}]`},
			"marks":   {string(got.Scene.Marks), `[]`},
		} {
			if is[0] != is[1] {
				t.Errorf("%s by %s:\n%s\nwant\n%s", what, grain, is[0], is[1])
			}
		}
	}
}

// byPolicyOnly leaves out what runs show.
func byPolicyOnly(t *testing.T, edges json.RawMessage) string {
	t.Helper()
	var list []map[string]any
	if err := json.Unmarshal(edges, &list); err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, e := range list {
		if e["policy"] != nil {
			out = append(out, `{"type":"`+e["type"].(string)+`","origin":"`+e["origin"].(string)+`","policy":"`+e["policy"].(string)+`","run":null}`)
		}
	}
	return "[" + strings.Join(out, ",") + "]"
}

// An input that the caller may not read is a hidden asset, and the edge to it does
// not say which policy lists it.
func TestDeclaredIsVeiled(t *testing.T) {
	w := newDeclaring(t)
	w.as = auth.Principal{Name: "v", Grants: []auth.Grant{{Role: catalog.RoleViewer, Namespaces: []string{wh, "prod"}}}}
	a := w.ask(t, fill(`{ lineage(roots: ["{{job:prod report}}"], direction: UPSTREAM, depth: 1) { deniedByRole edges { origin policy } nodes { asset { name { name } } } } }`), nil)
	if body := string(a.body); strings.Contains(body, "rates") || strings.Contains(body, "pricing") || !strings.Contains(body, `"deniedByRole":1`) || !strings.Contains(body, `{"origin":"DECLARED","policy":null}`) {
		t.Errorf("%s", body)
	}
	w.as.Grants[0].Namespaces = []string{"*"}
	if a := w.ask(t, fill(`{ lineage(roots: ["{{job:prod report}}"], direction: UPSTREAM, depth: 1) { edges { origin policy } } }`), nil); !strings.Contains(string(a.body), `"policy":"pricing"`) {
		t.Errorf("%s", a.body)
	}
}
