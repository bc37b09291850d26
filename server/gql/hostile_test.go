package gql_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/server/gql"
)

// TestHostile sends what is known to hurt GraphQL servers: each is refused, or
// answered harmlessly, and quickly.
func TestHostile(t *testing.T) {
	w := newWorld(t)
	doubling := func(n int) string {
		var b strings.Builder
		b.WriteString("{ ...f0 } ")
		for i := range n {
			fmt.Fprintf(&b, "fragment f%d on Query { ...f%d ...f%d } ", i, i+1, i+1)
		}
		fmt.Fprintf(&b, "fragment f%d on Query { system { version } }", n)
		return b.String()
	}
	aliases := func(n int, field string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "a%d: %s ", i, field)
		}
		return b.String()
	}
	nested := strings.Repeat("parent { ", 13) + "id" + strings.Repeat(" }", 13)
	for name, c := range map[string]struct {
		query string
		code  string
	}{
		"fragment doubling":           {doubling(26), "LIMITED"},
		"fragment doubling, priced":   {strings.ReplaceAll(doubling(26), "system { version }", "assets(first: 200) { nodes { id policies { targets { nodes { id } } } } }"), "LIMITED"},
		"many fragments":              {doubling(60), "LIMITED"},
		"500 fragments":               {doubling(500), "BAD_USER_INPUT"},
		"duplicate fields":            {"{ system { " + strings.Repeat("version ", 6000) + "} }", "BAD_USER_INPUT"},
		"aliases":                     {"{ system { " + aliases(31, "version") + "} }", "LIMITED"},
		"aliases of a root field":     {"{ " + aliases(6, "system { version }") + "}", "LIMITED"},
		"depth":                       {`{ run(id: "x") { ` + nested + ` } }`, "LIMITED"},
		"20000 levels":                {strings.Repeat("{a", 20000) + strings.Repeat("}", 20000), "BAD_USER_INPUT"},
		"list fan-out":                {`{ assets(first: 200) { nodes { ... on Dataset { fields(first: 200) { nodes { name } } } } } }`, "LIMITED"},
		"list fan-out by a variable":  {`query($n: Int = 200) { assets(first: $n) { nodes { ... on Dataset { versions(first: $n) { nodes { id } } } } } }`, "LIMITED"},
		"dear fields, not many":       {`mutation { planPolicies(input: { files: [] }) { ` + aliases(4, "simulation { reached }") + `} }`, "LIMITED"},
		"much beside many":            {`{ assets(first: 200) { nodes { ... on Dataset { producers(first: 1) { totalCount } consumers(first: 1) { totalCount } } ... on Job { inputs(first: 1) { totalCount } outputs(first: 1) { totalCount } } } } }`, "LIMITED"},
		"evidence of many":            {`{ a: decisions(first: 200) { nodes { evidence { id } } } b: decisions(first: 200) { nodes { evidence { id } } } }`, "LIMITED"},
		"first beyond the page":       {`{ assets(first: 1000000) { nodes { id } } }`, "LIMITED"},
		"first over 200":              {`{ assets(first: 201) { nodes { id } } }`, "BAD_USER_INPUT"},
		"first negative":              {`{ assets(first: -1) { nodes { id } } }`, "BAD_USER_INPUT"},
		"first zero":                  {`{ runs(first: 0) { nodes { id } } }`, "BAD_USER_INPUT"},
		"unknown directives":          {"{ system { version " + strings.Repeat("@a ", 10000) + "} }", "BAD_USER_INPUT"},
		"circular fragment":           {"{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }", "BAD_USER_INPUT"},
		"circular introspection":      {"{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }", "BAD_USER_INPUT"},
		"no such field":               {"{ sistem { version } }", "BAD_USER_INPUT"},
		"no such enum value":          {`{ lineage(roots: ["x"], direction: SIDEWAYS) { complete } }`, "BAD_USER_INPUT"},
		"not an id":                   {`{ lineage(roots: ["x"], direction: BOTH) { complete } }`, "BAD_USER_INPUT"},
		"foreign cursor":              {`{ actions(after: "!!") { nodes { id } } }`, "BAD_USER_INPUT"},
		"injected cursor":             {`{ assets(after: "JzsgRFJPUCBUQUJMRSBhc3NldHM7AA") { nodes { id } } }`, "BAD_USER_INPUT"},
		"search that is no FTS query": {`{ assets(search: "\" OR NEAR( *:'; --") { nodes { id } } }`, ""},
		"syntax":                      {"{", "BAD_USER_INPUT"},
		"two operations, none named":  {"query a { system { version } } query b { system { version } }", "BAD_USER_INPUT"},
		"subscription":                {"subscription { system { version } }", "BAD_USER_INPUT"},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			a := w.ask(t, c.query, nil)
			if took := time.Since(began); took > 500*time.Millisecond {
				t.Errorf("took %s", took)
			}
			if a.code() != c.code {
				t.Errorf("code %q, want %q: %.300s", a.code(), c.code, a.body)
			}
			if len(a.Errors) > 10 || len(a.body) > 64<<10 {
				t.Errorf("%d errors, %d bytes", len(a.Errors), len(a.body))
			}
			if strings.Contains(string(a.body), "Did you mean") {
				t.Error("suggests names")
			}
		})
	}
}

func TestEnumVariable(t *testing.T) {
	w := newWorld(t)
	a := w.ask(t, `query($d: Direction!) { lineage(roots: ["x"], direction: $d) { complete } }`, map[string]any{"d": "SIDEWAYS"})
	if a.code() != gql.CodeBadUserInput {
		t.Errorf("got %s", a.body)
	}
}

// TestDoor is what stands before GraphQL: transport, size, strict JSON.
func TestDoor(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		contentType, body string
		status            int
	}{
		"plain":              {"application/json", `{"query":"{ system { version } }"}`, 200},
		"charset":            {"application/json; charset=utf-8", `{"query":"{ system { version } }","variables":null,"operationName":null}`, 200},
		"form":               {"application/x-www-form-urlencoded", "query={system{version}}", 415},
		"text":               {"text/plain", `{"query":"{ system { version } }"}`, 415},
		"multipart":          {"multipart/form-data; boundary=x", "--x--", 415},
		"raw query":          {"application/graphql", "{ system { version } }", 415},
		"batch":              {"application/json", `[{"query":"{ system { version } }"}]`, 400},
		"duplicate query":    {"application/json", `{"query":"{ system { version } }","query":"mutation { x }"}`, 400},
		"duplicate variable": {"application/json", `{"query":"{ system { version } }","variables":{"a":1,"a":2}}`, 400},
		"wrong type":         {"application/json", `{"query":1}`, 400},
		"no query":           {"application/json", `{}`, 400},
		"not JSON":           {"application/json", strings.Repeat("x", 60000), 400},
		"too large":          {"application/json", `{"query":"` + strings.Repeat(" ", 65<<10) + `"}`, 413},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.post(t, c.contentType, []byte(c.body))
			if a.status != c.status {
				t.Errorf("status %d, want %d: %.200s", a.status, c.status, a.body)
			}
			if len(a.body) > 1000 {
				t.Errorf("%d bytes: the request is echoed", len(a.body))
			}
		})
	}
}

// TestIntrospection: tools read the schema in one query.
func TestIntrospection(t *testing.T) {
	w := newWorld(t)
	deep := strings.Repeat("ofType { kind name ", 7) + strings.Repeat("}", 7)
	a := w.ask(t, `query { __schema { queryType { name } mutationType { name } subscriptionType { name } types { ...F } directives { name description locations args { ...I } } } }
	fragment F on __Type { kind name description fields(includeDeprecated: true) { name description args { ...I } type { ...T } isDeprecated deprecationReason } inputFields { ...I } interfaces { ...T } enumValues(includeDeprecated: true) { name description } possibleTypes { ...T } }
	fragment I on __InputValue { name description type { ...T } defaultValue }
	fragment T on __Type { kind name `+deep+` }`, nil)
	if len(a.Errors) > 0 {
		t.Fatalf("refused: %s", a.body)
	}
}
