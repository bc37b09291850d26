package gql_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql"
)

const rawOrders = "{{dataset:" + wh + " shop.raw.orders}}"

// mutate runs one mutation and gives its statement, or the code of its error.
func (w *world) mutate(t *testing.T, call string) (s stated, code string) {
	t.Helper()
	a := w.ask(t, fill(`mutation { m: `+call+` { position statement { id verb says by undone position } } }`), nil)
	if len(a.Errors) > 0 {
		if a.code() == "INTERNAL" {
			t.Errorf("%s: %s", call, a.body)
		}
		return s, a.code()
	}
	var out struct {
		M struct {
			Position  string
			Statement stated
		}
	}
	if err := json.Unmarshal(a.Data, &out); err != nil {
		t.Fatal(err)
	}
	if s = out.M.Statement; s.Position != out.M.Position || s.By != "operator" {
		t.Errorf("%s: %s", call, a.body)
	}
	return s, ""
}

type stated struct {
	ID, Verb, Says, By, Position string
	Undone                       bool
}

// curated is what a reader sees of an asset, as one line.
func (w *world) curated(t *testing.T, id string) string {
	t.Helper()
	type by struct{ By string }
	type tag struct {
		Key, Value, Origin string
		Curated            *by
	}
	type answer struct {
		Node struct {
			Description        string
			DescriptionCurated *by
			Owners             []struct {
				Name, Origin string
				Curated      *by
			}
			Tags   []tag
			Fields struct {
				Nodes []struct {
					Name, Description string
					Tags              []tag
				}
			}
		}
	}
	a := data[answer](t, w.ask(t, fill(`{ node(id: "`+id+`") { ... on Dataset { description descriptionCurated { by since } owners { name origin curated { by since } }
		tags { key value origin curated { by since } } fields { nodes { name description descriptionCurated { by } tags { key value origin curated { by } } } } } } }`), nil)).Node
	out := []string{a.Description}
	for _, o := range a.Owners {
		out = append(out, o.Name+" "+o.Origin)
		if (o.Curated == nil) != (o.Origin == "OBSERVED") {
			t.Errorf("owner %+v", o)
		}
	}
	for _, x := range a.Tags {
		out = append(out, "#"+x.Key+"="+x.Value+" "+x.Origin)
	}
	for _, f := range a.Fields.Nodes {
		if f.Name == "amount" {
			out = append(out, f.Name+": "+f.Description)
			for _, x := range f.Tags {
				out = append(out, "#"+x.Key)
			}
		}
	}
	return strings.Join(out, "; ")
}

// TestCuration: what people state is shown beside what producers state, said
// again it is the same, and each statement can be taken back.
func TestCuration(t *testing.T) {
	w := newWorld(t)
	const before = "All orders.; team:shop OBSERVED; amount: in cents"
	for _, c := range []struct{ call, says, want string }{
		{`addOwner(input: { asset: "` + rawOrders + `", name: "ann", type: "STEWARD" })`, "ann (STEWARD) owns dataset:" + wh + "/shop.raw.orders", "All orders.; team:shop OBSERVED; ann OPERATOR; amount: in cents"},
		{`removeOwner(input: { asset: "` + rawOrders + `", name: "team:shop" })`, "does not own", "All orders.; amount: in cents"},
		{`addTag(input: { asset: "` + rawOrders + `", key: "tier", value: "gold" })`, "is tagged tier=gold", "All orders.; team:shop OBSERVED; #tier=gold OPERATOR; amount: in cents"},
		{`addTag(input: { asset: "` + rawOrders + `", key: "pii", field: "amount" })`, "#amount is tagged pii", "All orders.; team:shop OBSERVED; amount: in cents; #pii"},
		{`describe(input: { asset: "` + rawOrders + `", text: "Every order." })`, "is: Every order.", "Every order.; team:shop OBSERVED; amount: in cents"},
		{`describe(input: { asset: "` + rawOrders + `", field: "amount", text: "Cents." })`, "#amount is: Cents.", "All orders.; team:shop OBSERVED; amount: Cents."},
	} {
		s, code := w.mutate(t, c.call)
		if code != "" || !strings.Contains(s.Says, c.says) || s.Undone {
			t.Fatalf("%s: %s %+v", c.call, code, s)
		}
		if got := w.curated(t, rawOrders); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.call, got, c.want)
		}
		if again, _ := w.mutate(t, c.call); again != s {
			t.Errorf("%s again: %+v, first %+v", c.call, again, s)
		}
		undo, _ := w.mutate(t, `undoStatement(input: { statement: "`+s.ID+`" })`)
		if !strings.HasPrefix(undo.Says, "takes back: ") || !strings.Contains(undo.Says, c.says) {
			t.Errorf("undo says %q", undo.Says)
		}
		if got := w.curated(t, rawOrders); got != before {
			t.Errorf("%s undone: %s", c.call, got)
		}
		if again, _ := w.mutate(t, `undoStatement(input: { statement: "`+s.ID+`" })`); again != undo {
			t.Errorf("undone again: %+v, first %+v", again, undo)
		}
		if a := w.ask(t, `{ node(id: "`+s.ID+`") { ... on Statement { undone says names { name } } } }`, nil); !strings.Contains(string(a.Data), `"undone":true`) {
			t.Errorf("%s", a.body)
		}
	}
}

// TestRemovals: what people added is taken away by its removal too, and the
// removal said again is the same.
func TestRemovals(t *testing.T) {
	w := newWorld(t)
	for _, pair := range [][2]string{
		{`addOwner(input: { asset: "` + rawOrders + `", name: "ann" })`, `removeOwner(input: { asset: "` + rawOrders + `", name: "ann" })`},
		{`addTag(input: { asset: "` + rawOrders + `", key: "k", value: "v" })`, `removeTag(input: { asset: "` + rawOrders + `", key: "k" })`},
		{`describe(input: { asset: "` + rawOrders + `", text: "x" })`, `describe(input: { asset: "` + rawOrders + `", text: "" })`},
		{`addAlias(input: { asset: "` + rawOrders + `", name: { namespace: "zoo", name: "orders" }, preferred: true })`, `removeAlias(input: { asset: "` + rawOrders + `", name: { namespace: "zoo", name: "orders" } })`},
	} {
		before := w.curated(t, rawOrders)
		for _, call := range pair {
			first, code := w.mutate(t, call)
			again, _ := w.mutate(t, call)
			if code != "" || first != again {
				t.Errorf("%s: %s %+v, again %+v", call, code, first, again)
			}
		}
		if got := w.curated(t, rawOrders); got != before {
			t.Errorf("%s: %s", pair[1], got)
		}
	}
}

// TestAlias: an alias finds the asset, and is its name when preferred.
func TestAlias(t *testing.T) {
	w := newWorld(t)
	w.mutate(t, `addAlias(input: { asset: "`+rawOrders+`", name: { namespace: "zoo", name: "orders" }, preferred: true })`)
	a := w.ask(t, `{ dataset(namespace: "zoo", name: "orders") { name { name } names { name origin evidence } } }`, nil)
	if got := string(a.Data); !strings.Contains(got, `"name":{"name":"orders"}`) || !strings.Contains(got, `{"name":"orders","origin":"OPERATOR","evidence":"OPERATOR:preferred"}`) || !strings.Contains(got, "shop.raw.orders") {
		t.Errorf("%s", a.body)
	}
}

// TestDeclareAsset: a dashboard nobody reports is found, with what it is made
// of; undeclared it is removed.
func TestDeclareAsset(t *testing.T) {
	w := newWorld(t)
	call := `declareAsset(input: { asset: { type: DATASET, namespace: "looker", name: "sales" }, kind: DASHBOARD, url: "https://bi.example/1",
		inputs: [{ type: JOB, namespace: "prod", name: "report" }, { type: DATASET, namespace: "` + wh + `", name: "shop.marts.orders" }] })`
	s, code := w.mutate(t, call)
	if again, _ := w.mutate(t, call); code != "" || again != s {
		t.Fatalf("%s %+v, again %+v", code, s, again)
	}
	const look = `{ dataset(namespace: "looker", name: "sales") { id kind url removedAt declared { by } producers { nodes { name { name } } } statements { totalCount nodes { verb by } } }
		assets(search: "sales") { nodes { name { name } } } }`
	a := w.ask(t, look, nil)
	for _, want := range []string{`"kind":"DASHBOARD"`, `"url":"https://bi.example/1"`, `"declared":{"by":"operator"}`, `"producers":{"nodes":[{"name":{"name":"report"}}]}`, `"nodes":[{"name":{"name":"sales"}}]`, `"totalCount":1`} {
		if !strings.Contains(string(a.Data), want) {
			t.Errorf("no %s in %s", want, a.body)
		}
	}
	lineage := w.ask(t, fill(`{ lineage(roots: ["{{dataset:looker sales}}"], direction: UPSTREAM, depth: 1) { edges { type origin } } }`), nil)
	for _, want := range []string{`{"type":"DERIVES","origin":"OPERATOR"}`, `{"type":"WRITES","origin":"OPERATOR"}`} {
		if !strings.Contains(string(lineage.Data), want) {
			t.Errorf("no %s in %s", want, lineage.body)
		}
	}
	end := fill(`undeclareAsset(input: { asset: "{{dataset:looker sales}}" })`)
	first, code := w.mutate(t, end)
	if again, _ := w.mutate(t, end); code != "" || first != again {
		t.Errorf("undeclare: %s %+v, again %+v", code, first, again)
	}
	a = w.ask(t, look, nil)
	if got := string(a.Data); strings.Contains(got, `"removedAt":null`) || !strings.Contains(got, `"declared":null`) || !strings.Contains(got, `"assets":{"nodes":[]}`) {
		t.Errorf("undeclared: %s", got)
	}
}

// TestCurationRefused: each refusal has its code, and most a hint.
func TestCurationRefused(t *testing.T) {
	w := newWorld(t)
	const none = `"asset_aaaaaaaaaaaaaaaaaaaaaaaaaa"`
	for call, code := range map[string]string{
		`addOwner(input: { asset: ` + none + `, name: "ann" })`:                                                                                 "NOT_FOUND",
		`addOwner(input: { asset: "` + rawOrders + `", name: "" })`:                                                                             "BAD_USER_INPUT",
		`addOwner(input: { asset: "` + rawOrders + `", name: "a\nb" })`:                                                                         "BAD_USER_INPUT",
		`removeOwner(input: { asset: "` + rawOrders + `", name: "nobody" })`:                                                                    "NOT_FOUND",
		`removeTag(input: { asset: "` + rawOrders + `", key: "none" })`:                                                                         "NOT_FOUND",
		`addTag(input: { asset: "` + rawOrders + `", key: "k", field: "none" })`:                                                                "NOT_FOUND",
		`describe(input: { asset: "{{job:prod report}}", field: "id", text: "x" })`:                                                             "NOT_FOUND",
		`describe(input: { asset: "` + rawOrders + `", text: "` + long(10_001) + `" })`:                                                         "BAD_USER_INPUT",
		`undeclareAsset(input: { asset: "` + rawOrders + `" })`:                                                                                 "CONFLICT",
		`undoStatement(input: { statement: "statement_1" })`:                                                                                    "NOT_FOUND",
		`undoStatement(input: { statement: "statement_x" })`:                                                                                    "BAD_USER_INPUT",
		`addAlias(input: { asset: "` + rawOrders + `", name: ` + named("stg") + ` })`:                                                           "CONFLICT",
		`addAlias(input: { asset: "` + rawOrders + `", name: ` + named("raw") + ` })`:                                                           "CONFLICT",
		`removeAlias(input: { asset: "` + rawOrders + `", name: ` + named("stg") + ` })`:                                                        "CONFLICT",
		`declareAsset(input: { asset: { type: JOB, namespace: "a", name: "b" }, inputs: [{ type: JOB, namespace: "a", name: "c" }] })`:          "BAD_USER_INPUT",
		`declareAsset(input: { asset: { type: DATASET, namespace: "a", name: "b" }, outputs: [{ type: DATASET, namespace: "a", name: "c" }] })`: "BAD_USER_INPUT",
		`declareAsset(input: { asset: { type: DATASET, namespace: "a", name: "b" }, inputs: [{ type: DATASET, namespace: "a", name: "b" }] })`:  "BAD_USER_INPUT",
		`declareAsset(input: { asset: { type: DATASET, namespace: "a", name: "b" }, url: "javascript:alert(1)" })`:                              "BAD_USER_INPUT",
		`declareAsset(input: { asset: { type: JOB, namespace: "weir", name: "b" } })`:                                                           "BAD_USER_INPUT",
	} {
		if s, got := w.mutate(t, call); got != code {
			t.Errorf("%.120s: %s %+v, want %s", call, got, s, code)
		}
	}
	if a := w.ask(t, fill(`{ node(id: "`+rawOrders+`") { ... on Asset { statements { totalCount } } } }`), nil); !strings.Contains(string(a.Data), `"totalCount":0`) {
		t.Errorf("something was filed: %s", a.body)
	}
}

func named(schema string) string {
	return `{ namespace: "` + wh + `", name: "shop.` + schema + `.orders" }`
}

func long(n int) string { return strings.Repeat("x", n) }

// TestActor: a header says who states something, and cannot pass for a file.
func TestActor(t *testing.T) {
	w := newWorld(t)
	for by, status := range map[string]int{"ann": http.StatusOK, "": http.StatusBadRequest, "file:x": http.StatusBadRequest, long(101): http.StatusBadRequest} {
		body, _ := json.Marshal(map[string]string{"query": fill(`mutation { addTag(input: { asset: "` + rawOrders + `", key: "k" }) { statement { by } } }`)})
		r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Weir-Actor", by)
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, r.WithContext(gql.WithRequestID(auth.With(r.Context(), w.as), "req-1")))
		if rec.Code != status || status == http.StatusOK && !strings.Contains(rec.Body.String(), `"by":"ann"`) {
			t.Errorf("%.20q: %d %s", by, rec.Code, rec.Body)
		}
	}
}

// TestCurationSurvivesMergeAndSplit: what was said of a name stays with it.
func TestCurationSurvivesMergeAndSplit(t *testing.T) {
	w := newWorld(t)
	stg := catalog.DatasetName(wh, "shop.stg.orders")
	w.mutate(t, `addOwner(input: { asset: "`+rawOrders+`", name: "ann" })`)
	w.mutate(t, `mergeAssets(input: { type: DATASET, names: [`+named("raw")+`, `+named("stg")+`] })`)
	if got := w.curated(t, assetID(stg)); !strings.Contains(got, "ann OPERATOR") {
		t.Errorf("merged: %s", got)
	}
	w.mutate(t, `splitAsset(input: { asset: "`+rawOrders+`", names: [`+named("stg")+`] })`)
	if raw, other := w.curated(t, rawOrders), w.curated(t, assetID(stg)); !strings.Contains(raw, "ann") || strings.Contains(other, "ann") {
		t.Errorf("split: %s; %s", raw, other)
	}
	again, code := w.mutate(t, `mergeAssets(input: { type: DATASET, names: [`+named("stg")+`, `+named("raw")+`] })`)
	if got := w.curated(t, assetID(stg)); code != "" || again.Verb != "MERGE" || !strings.Contains(got, "ann OPERATOR") {
		t.Errorf("merged again: %s %s", code, got)
	}
}
