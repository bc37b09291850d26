package gql_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// say files a DatasetEvent with facets.
func (w *world) say(t *testing.T, namespace, name, facets string) {
	t.Helper()
	body := fmt.Sprintf(`{"eventTime":"2026-03-01T10:00:00Z","producer":"t","dataset":{"namespace":%q,"name":%q,"facets":{%s}}}`, namespace, name, facets)
	if _, err := w.journal.Append(context.Background(), catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: noon, Body: []byte(body)}); err != nil {
		t.Fatal(err)
	}
}

// TestConflictsAndSuggestions: what a person has to decide is listed, and a
// decision takes it from the list.
func TestConflictsAndSuggestions(t *testing.T) {
	w := newWorld(t)
	const query = `{ conflicts { totalCount nodes { name { namespace name } claimants { namespace name } } }
		suggestions { totalCount complete nodes { reason total names { namespace name } } } }`
	type names []struct{ Namespace, Name string }
	var got struct {
		Conflicts struct {
			TotalCount int
			Nodes      []struct {
				Name      struct{ Namespace, Name string }
				Claimants names
			}
		}
		Suggestions struct {
			TotalCount int
			Complete   bool
			Nodes      []struct {
				Reason string
				Total  int
				Names  names
			}
		}
	}
	ask := func() {
		t.Helper()
		got.Conflicts.Nodes, got.Suggestions.Nodes = nil, nil
		a := w.ask(t, query, nil)
		if len(a.Errors) > 0 {
			t.Fatal(a.Errors)
		}
		if err := json.Unmarshal(a.Data, &got); err != nil {
			t.Fatal(err)
		}
	}
	if ask(); got.Conflicts.TotalCount != 0 || got.Suggestions.TotalCount != 0 {
		t.Fatalf("%+v, want nothing yet", got)
	}
	claim := `"symlinks":{"identifiers":[{"namespace":"arn:aws:glue:eu-west-1:1","name":"table/shop/orders","type":"TABLE"}]}`
	w.say(t, "s3://lake", "orders", claim)
	w.say(t, "s3://lake", "orders_old", claim)
	w.say(t, wh, "shop.raw.Orders", "")
	w.say(t, "postgres://wh:6432", "shop.raw.orders", "")
	w.say(t, "mysql://crm", "shop.orders", `"schema":{"fields":[{"name":"AMOUNT"},{"name":"at"},{"name":"id"}]}`)
	ask()
	if len(got.Conflicts.Nodes) != 1 || got.Conflicts.Nodes[0].Name.Name != "table/shop/orders" || len(got.Conflicts.Nodes[0].Claimants) != 2 {
		t.Errorf("conflicts %+v", got.Conflicts)
	}
	reasons := map[string]int{}
	for _, s := range got.Suggestions.Nodes {
		reasons[s.Reason] += s.Total
	}
	if reasons["CASE"] != 2 || reasons["HOST"] != 2 || reasons["FIELDS"] != 2 || len(got.Suggestions.Nodes) != 3 || !got.Suggestions.Complete {
		t.Errorf("suggestions %+v", got.Suggestions)
	}
	for what, op := range map[string]catalog.OperatorFact{
		"the conflict": {Verb: catalog.OperatorMerge, At: noon, Names: []catalog.Name{catalog.DatasetName("s3://lake", "orders"), catalog.DatasetName("s3://lake", "orders_old")}},
		"a suggestion": {Verb: catalog.OperatorSplit, At: noon, Names: []catalog.Name{catalog.DatasetName(wh, "shop.raw.Orders")}, Rest: []catalog.Name{catalog.DatasetName(wh, "shop.raw.orders")}},
	} {
		body, err := json.Marshal(op)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.journal.Append(context.Background(), catalog.Entry{Kind: catalog.EntryOperator, ReceivedAt: noon, Body: body}); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	if ask(); len(got.Conflicts.Nodes) != 0 || len(got.Suggestions.Nodes) != 2 {
		t.Errorf("after both were decided: %+v", got)
	}
	if a := w.ask(t, `{ dataset(namespace: "arn:aws:glue:eu-west-1:1", name: "shop.orders") { names { name origin evidence } } }`, nil); len(a.Errors) > 0 || string(a.Data) == `{"dataset":null}` {
		t.Errorf("the decided name is nobody's: %s", a.body)
	}
}

// TestAnyName: a dataset is found by every spelling of its name.
func TestAnyName(t *testing.T) {
	w := newWorld(t)
	w.say(t, "s3://lake", "marts/orders/dt=2026-03-01", "")
	for _, n := range [][2]string{{wh, "shop.raw.orders"}, {"postgresql+psycopg2://WH", "shop.raw.orders"}, {"jdbc:postgresql://me@wh:5432", "shop.raw.orders"},
		{"s3a://lake", "/marts/orders/"}, {"s3://lake", "marts/orders/dt=2030-01-01/x.parquet"}} {
		a := w.ask(t, `query ($ns: String!, $n: String!) { dataset(namespace: $ns, name: $n) { name { name } } }`, map[string]any{"ns": n[0], "n": n[1]})
		if want := `{"dataset":{"name":{"name":"shop.raw.orders"}}}`; len(a.Errors) > 0 || string(a.Data) != want && string(a.Data) != `{"dataset":{"name":{"name":"marts/orders"}}}` {
			t.Errorf("%v: %s", n, a.body)
		}
	}
}

// TestThrowAwaysAreHidden: a temporary folder is in no list, unless asked for,
// and is there by its name.
func TestThrowAwaysAreHidden(t *testing.T) {
	w := newWorld(t)
	w.say(t, "file", "/tmp/outputs/1729097570970", "")
	for query, want := range map[string]string{
		`{ assets(search: "/tmp/outputs") { nodes { name { name } } } }`:                                   `{"assets":{"nodes":[]}}`,
		`{ assets(search: "/tmp/outputs", filter: {includeEphemeral: true}) { nodes { name { name } } } }`: `{"assets":{"nodes":[{"name":{"name":"/tmp/outputs"}}]}}`,
		`{ dataset(namespace: "file", name: "/tmp/outputs/1729097599999") { name { name } } }`:             `{"dataset":{"name":{"name":"/tmp/outputs"}}}`,
	} {
		if a := w.ask(t, query, nil); len(a.Errors) > 0 || string(a.Data) != want {
			t.Errorf("%s: %s, want %s", query, a.body, want)
		}
	}
}
