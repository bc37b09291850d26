//go:build neo4j

package neo4j_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/neo4j"
)

var update = flag.Bool("update", false, "write the golden plans")

const goldenPlans = "testdata/plans.txt"

// wholeGraph are the statements that read everything on purpose, by a label.
var wholeGraph = map[string]bool{"all_ids": true, "find": true, "wipe_edges": true, "wipe_nodes": true}

// TestPlans: every statement, planned by the real server, seeks what it needs.
// testdata/plans.txt holds plans as they were: none may have an Eager more. Their
// other operators move with the server's version and what it knows of the data.
func TestPlans(t *testing.T) {
	rows := shop(t, open(t))
	sess := server(t)
	ask(t, sess, "CALL db.clearQueryCaches()", nil) // plans of fuller graphs
	golden := readPlans(t)
	var text strings.Builder
	version := ""
	for _, name := range neo4j.StatementNames() {
		if name == "await_indexes" {
			continue // a command, not a query
		}
		plan, agent := profile(t, sess, neo4j.Statement(name), planParams(rows))
		version = agent
		ops := operators(plan)
		fmt.Fprintf(&text, "%s: %s\n", name, strings.Join(ops, " "))
		for _, f := range faultsOf(plan, wholeGraph[name]) {
			t.Errorf("%s: %s: %s", name, f, strings.Join(ops, " "))
		}
		if !*update && eagers(ops) > eagers(golden[name]) {
			t.Errorf("%s: an Eager that was not there: %s; it was %s", name, ops, golden[name])
		}
	}
	if *update {
		if err := os.WriteFile(goldenPlans, []byte("version: "+version+"\n"+text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBadPlansAreFound is the negative control of TestPlans.
func TestBadPlansAreFound(t *testing.T) {
	rows := shop(t, open(t))
	sess := server(t)
	for _, tc := range []struct{ query, want string }{
		{"MATCH (a) WHERE a.name = 'x' RETURN a", "AllNodesScan"},
		{"MATCH (a:Asset) WHERE a.body = 'x' RETURN a", "NodeByLabelScan"},
		{"MATCH ()-[e:INPUT_TO]->() WHERE e.run = 'x' RETURN e", "RelationshipTypeScan"},
		{"UNWIND $rows AS r MATCH (s:Asset {name: r.source}) MATCH (t:Asset {name: r.target}) MERGE (s)-[:INPUT_TO]->(t)", "Scan"},
		{"MATCH (a:Asset {namespace: 'x'}), (b:Asset {namespace: 'y'}) RETURN a, b", "CartesianProduct"},
	} {
		plan, _ := profile(t, sess, tc.query, planParams(rows))
		if got := strings.Join(faultsOf(plan, false), "; "); !strings.Contains(got, tc.want) {
			t.Errorf("%s: faults %q, want %s", tc.query, got, tc.want)
		}
	}
	plan, _ := profile(t, sess, "MATCH (a:Asset {id: 'x'}) SET a.name = 'y' WITH a MATCH (b:Asset) WHERE b.name = 'y' RETURN b", nil)
	if ops := operators(plan); eagers(ops) == 0 {
		t.Errorf("a plan that reads what it wrote has no Eager: %s", ops)
	}
}

// planParams are values for every parameter of every statement. Lists hold
// several: the planner treats a list of one as a single value.
func planParams(rows []graph.Row) map[string]any {
	keys := []string{rows[0].Asset.ID.String(), rows[3].Asset.ID.String(), rows[4].Asset.ID.String()}
	var list []map[string]any
	for _, k := range keys {
		list = append(list, map[string]any{"key": k + "x", "asset": k, "field": "f", "owner": k, "id": k + "x", "drop": []string{"x", "y"},
			"source": keys[0], "target": keys[1], "from": 1, "to": 2, "run": "r", "told": k, "body": "{}"})
	}
	return map[string]any{"keys": keys, "ids": keys, "taken": keys, "rows": list, "types": []string{"INPUT_TO", "OUTPUTS"}, "at": 1, "limit": 10, "internal": false,
		"offset": 1, "epoch": 1, "projection": 1, "history": "h", "nodes": 10, "version": 1, "namespace": "", "owner": "", "tag": "", "removed": false, "ephemeral": false,
		"after": false, "afterNamespace": "", "afterName": "", "afterType": 0}
}

// profile plans and runs a statement in a transaction that is rolled back. The
// driver loses parts of a plan that was only explained.
func profile(t *testing.T, sess driver.SessionWithContext, query string, params map[string]any) (driver.ProfiledPlan, string) {
	t.Helper()
	tx, err := sess.BeginTransaction(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context()) //nolint:errcheck // nothing is kept
	res, err := tx.Run(t.Context(), "PROFILE "+query, params)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	sum, err := res.Consume(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return sum.Profile(), sum.Server().Agent()
}

func operator(p driver.ProfiledPlan) string { return strings.SplitN(p.Operator(), "@", 2)[0] }

// operators lists a plan from its root, children in order.
func operators(p driver.ProfiledPlan) []string {
	out := []string{operator(p)}
	for _, c := range p.Children() {
		out = append(out, operators(c)...)
	}
	return out
}

func eagers(ops []string) (n int) {
	for _, op := range ops {
		if op == "Eager" || op == "EagerAggregation" {
			n++
		}
	}
	return n
}

// faultsOf lists what no statement may do; whole allows reading all of a label.
func faultsOf(p driver.ProfiledPlan, whole bool) (out []string) {
	op := operator(p)
	scan := strings.HasSuffix(op, "Scan") && !strings.Contains(op, "Index")
	switch {
	case strings.Contains(op, "AllNodesScan"), strings.Contains(op, "AllRelationshipsScan"), scan && !whole:
		out = append(out, op)
	case op == "CartesianProduct":
		for _, c := range p.Children() {
			if !seeksOne(c) {
				out = append(out, op+" over more than one node a side")
				break
			}
		}
	}
	for _, c := range p.Children() {
		out = append(out, faultsOf(c, whole)...)
	}
	return out
}

// seeksOne: all that the plan begins with is a unique seek or a row given to it.
func seeksOne(p driver.ProfiledPlan) bool {
	if len(p.Children()) == 0 {
		op := operator(p)
		return strings.HasPrefix(op, "NodeUniqueIndexSeek") || op == "Argument"
	}
	for _, c := range p.Children() {
		if !seeksOne(c) {
			return false
		}
	}
	return true
}

// readPlans gives the golden operators by statement, and the version.
func readPlans(t *testing.T) map[string][]string {
	t.Helper()
	b, err := os.ReadFile(goldenPlans)
	if err != nil && !*update {
		t.Fatal(err)
	}
	out := map[string][]string{"version": {""}}
	for line := range strings.Lines(string(b)) {
		name, ops, _ := strings.Cut(strings.TrimSpace(line), ": ")
		out[name] = strings.Fields(ops)
	}
	return out
}
