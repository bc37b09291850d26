package gql_test

import (
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weirhq/weir/server/gql/gen"
)

func schema(t *testing.T) *ast.Schema {
	t.Helper()
	b, err := os.ReadFile("../../schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(b)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestDescribed: every type, field, argument and value says what it is, in a
// sentence.
func TestDescribed(t *testing.T) {
	for _, d := range schema(t).Types {
		if d.BuiltIn {
			continue
		}
		need(t, d.Name, d.Description)
		for _, f := range d.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			need(t, d.Name+"."+f.Name, f.Description)
			for _, a := range f.Arguments {
				need(t, d.Name+"."+f.Name+"("+a.Name+")", a.Description)
			}
		}
		for _, v := range d.EnumValues {
			need(t, d.Name+"."+v.Name, v.Description)
		}
	}
}

func need(t *testing.T, what, description string) {
	t.Helper()
	if !strings.HasSuffix(description, ".") {
		t.Errorf("%s: description %q is no sentence", what, description)
	}
}

// TestBounded: whatever is a list of unbounded length is a connection with
// first, and every connection has the Relay shape with the nodes shortcut.
func TestBounded(t *testing.T) {
	for _, d := range schema(t).Types {
		if d.BuiltIn || d.Kind != ast.Object {
			continue
		}
		for _, f := range d.Fields {
			if strings.HasSuffix(f.Type.Name(), "Connection") && (f.Arguments.ForName("first") == nil || f.Arguments.ForName("after") == nil) {
				t.Errorf("%s.%s: a connection without first and after", d.Name, f.Name)
			}
		}
		if strings.HasSuffix(d.Name, "Connection") {
			for _, n := range []string{"edges", "nodes", "pageInfo"} {
				if d.Fields.ForName(n) == nil {
					t.Errorf("%s has no %s", d.Name, n)
				}
			}
		}
	}
	for _, f := range schema(t).Mutation.Fields {
		if p := schema(t).Types[f.Type.Name()]; f.Type.NonNull && p.Fields.ForName("position") == nil {
			t.Errorf("mutation %s returns no position", f.Name)
		}
	}
}

// TestWalk asks every field of the schema that needs no argument, and every
// root field, on a world with data: none may be internal, unless a mutation is
// sent nonsense, which it must call so.
func TestWalk(t *testing.T) {
	w := newWorld(t)
	s := schema(t)
	args := map[string]string{
		"node": `(id: "policy_mart")`, "dataset": `(namespace: "` + wh + `", name: "shop.marts.orders")`, "job": `(namespace: "prod", name: "report")`,
		"lineage": fill(`(roots: ["{{dataset:` + wh + ` shop.stg.orders}}"], direction: BOTH, maxNodes: 20)`), "run": `(id: "run_x")`,
		"why":             fill(`(id: "{{dataset:` + wh + ` shop.marts.orders}}")`),
		"resumePreview":   `(connector: "airflow-main", job: "dbt_build")`,
		"preview":         `(of: { pauseJob: { connector: "airflow-main", job: "dbt_build", reason: "x" } })`,
		"timeline":        `(from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z", maxNodes: 20)`,
		"criticalPath":    fill("(id: \"{{dataset:" + wh + " shop.marts.orders}}\")"),
		"lineageScene":    fill("(focus: [\"{{dataset:" + wh + " shop.stg.orders}}\"])"),
		"sceneNeighbours": fill("(of: \"{{dataset:" + wh + " shop.stg.orders}}\", side: DOWNSTREAM)"),
		"paths":           fill("(from: \"{{dataset:" + wh + " shop.raw.orders}}\", to: \"{{dataset:" + wh + " shop.marts.orders}}\")"),
		"taggedPaths":     fill("(tag: \"pii\", to: \"{{dataset:" + wh + " shop.marts.orders}}\")"),
		"impact":          `(changes: [{ dataset: { namespace: "` + wh + `", name: "shop.raw.orders" }, kind: DROP_FIELD, field: "id" }], maxNodes: 20)`,
	}
	for _, f := range s.Query.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		q := "{ " + f.Name + args[f.Name] + selection(s, s.Types[f.Type.Name()], 0) + " }"
		a := w.ask(t, q, nil)
		if len(a.Errors) > 0 && a.code() != "UNAVAILABLE" {
			t.Errorf("%s: %.600s", q, a.body)
		}
	}
	nonsense := map[string]string{
		"gate":          `{ job: { namespace: "", name: "" } }`,
		"setKillSwitch": `{ on: true, reason: "" }`,
		"approveAction": `{ action: "x", reason: "" }`, "rejectAction": `{ action: "x", reason: "" }`, "resolveAction": `{ action: "x", as: FAILED, reason: "" }`,
		"mergeAssets": `{ type: JOB, names: [] }`,
		"splitAsset":  `{ asset: "x", names: [] }`,

		"requestRun": `{ reason: "x" }`, "backfill": `{ times: [], reason: "x" }`, "cancelRun": `{ run: "x", reason: "x" }`, "rerun": `{ reason: "x" }`,
		"cancelAction": `{ action: "x", reason: "" }`, "pauseJob": `{ reason: "x" }`, "resumeJob": `{ connector: "x", reason: "x" }`,
		"skip": `{ asset: "x", reason: "x" }`, "hold": `{ asset: "x", reason: "x" }`, "release": `{ asset: "x", reason: "x" }`,

		"replayQuarantined": `{ positions: [] }`,
		"dropQuarantined":   `{ positions: [] }`,

		"planPolicies":     `{ files: [{ path: "p.yaml", text: "never: 1" }] }`,
		"applyPolicies":    `{ files: [{ path: "p.yaml", text: "never: 1" }], hash: "x" }`,
		"rollbackPolicies": `{ version: -1 }`,

		"declareAsset":   `{ asset: { type: DATASET, namespace: "", name: "" } }`,
		"undeclareAsset": `{ asset: "x" }`,
		"addOwner":       `{ asset: "x", name: "" }`,
		"removeOwner":    `{ asset: "x", name: "" }`,
		"addTag":         `{ asset: "x", key: "" }`,
		"removeTag":      `{ asset: "x", key: "" }`,
		"describe":       `{ asset: "x", text: "" }`,
		"addAlias":       `{ asset: "x", name: { namespace: "", name: "" } }`,
		"removeAlias":    `{ asset: "x", name: { namespace: "", name: "" } }`,
		"undoStatement":  `{ statement: "x" }`,
		"acknowledge":    `{ attention: "x", reason: "" }`,
	}
	for name, in := range nonsense {
		f := s.Mutation.Fields.ForName(name)
		a := w.ask(t, "mutation { "+name+"(input: "+in+")"+selection(s, s.Types[f.Type.Name()], 0)+" }", nil)
		if a.code() != "BAD_USER_INPUT" {
			t.Errorf("%s with nonsense: %s", name, a.body)
		}
	}
	if len(s.Mutation.Fields) != len(nonsense) {
		t.Errorf("%d mutations, %d are walked", len(s.Mutation.Fields), len(nonsense))
	}
}

// selection lists the fields of a type two levels down; a type that has none to list
// there says its name.
func selection(s *ast.Schema, d *ast.Definition, depth int) string {
	if d.IsLeafType() {
		return ""
	}
	out := ""
	if d.Name == "Asset" && depth < 3 {
		for _, p := range s.GetPossibleTypes(d) {
			out += " ... on " + p.Name + selection(s, p, 4)
		}
	}
	for _, f := range d.Fields {
		t := s.Types[f.Type.Name()]
		switch {
		case strings.HasPrefix(f.Name, "__") || f.Name == "edges":
		case f.Name == "picture":
			out += " picture(form: DOT)"
		case t.IsLeafType():
			out += " " + f.Name
		case depth < 2:
			first := ""
			if f.Arguments.ForName("first") != nil {
				first = "(first: 2)"
			}
			out += " " + f.Name + first + selection(s, t, depth+1)
		}
	}
	if out == "" {
		out = " __typename"
	}
	return " {" + out + " }"
}

// TestGenerated: the generated code knows the schema as it stands.
func TestGenerated(t *testing.T) {
	got := gen.NewExecutableSchema(gen.Config{}).Schema()
	want := schema(t)
	for name, d := range want.Types {
		g := got.Types[name]
		if g == nil || len(g.Fields) != len(d.Fields) || len(g.EnumValues) != len(d.EnumValues) {
			t.Fatalf("%s differs: run go generate ./server/gql", name)
		}
		for _, f := range d.Fields {
			if o := g.Fields.ForName(f.Name); o == nil || o.Type.String() != f.Type.String() || o.Description != f.Description {
				t.Fatalf("%s.%s differs: run go generate ./server/gql", name, f.Name)
			}
		}
	}
}
