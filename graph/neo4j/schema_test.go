//go:build neo4j

package neo4j_test

import (
	"strings"
	"testing"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
	"github.com/weirhq/weir/graph/neo4j"
)

// TestNewerSchema: an older weir leaves the graph of a newer one alone.
func TestNewerSchema(t *testing.T) {
	open(t)
	sess := server(t)
	ask(t, sess, "MATCH (s:WeirSchema) SET s.version = 1000", nil)
	defer ask(t, sess, "MATCH (s:WeirSchema) SET s.version = $v", map[string]any{"v": neo4j.SchemaVersion()})
	err := another(t).Ready(t.Context())
	if err == nil || !strings.Contains(err.Error(), "1000") {
		t.Errorf("ready on a newer schema: %v", err)
	}
}

// TestOlderSchema: what the first schema held is emptied and filled again, and
// whoever still wrote by it is fenced out.
func TestOlderSchema(t *testing.T) {
	s := open(t)
	rows := shop(t, s)
	sess := server(t)
	ask(t, sess, "MATCH (n:Asset|Column) DETACH DELETE n", nil)
	ask(t, sess, "CREATE (:Asset:Dataset {key: 'a', body: '{}'})-[:INPUT_TO {key: 'e', body: '{}'}]->(:Asset:Job {key: 'j', body: '{}'})", nil)
	ask(t, sess, "MATCH (s:WeirSchema) SET s.version = 1", nil)
	ask(t, sess, "DROP CONSTRAINT asset_id", nil)
	ask(t, sess, "MATCH (c:WeirCursor) SET c.offset = 5", nil)

	now := another(t)
	if pos, err := now.Position(t.Context()); err != nil || pos != 0 {
		t.Fatalf("after the migration at %s, %v; want 0", pos, err)
	}
	if err := s.Apply(t.Context(), graph.Change{After: 5, Position: 6}); err == nil {
		t.Error("who wrote by the older schema writes on")
	}
	if err := now.Apply(t.Context(), graph.Change{Position: 6, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	if got, err := graphtest.Dump(t.Context(), now); err != nil || strings.Count(got, "\n") != len(rows) {
		t.Errorf("holds\n%s\n%v", got, err)
	}
	sameSchema(t, sess)
}

// TestInterruptedMigration: a server whose schema was half made, by any number
// of commands, gets the rest of it.
func TestInterruptedMigration(t *testing.T) {
	open(t)
	sess := server(t)
	var commands []string
	for _, step := range neo4j.Migrations() {
		commands = append(commands, step...)
	}
	for _, done := range []int{0, 1, len(commands) / 2, len(commands) - 1} {
		dropSchema(t, sess)
		ask(t, sess, "MATCH (n:WeirSchema|WeirCursor) DELETE n", nil)
		for _, c := range commands[:done] {
			ask(t, sess, c, nil)
		}
		if err := another(t).Ready(t.Context()); err != nil {
			t.Fatalf("after %d commands: %v", done, err)
		}
		sameSchema(t, sess)
	}
}

// sameSchema: every command of the migrations took effect, and the version says so.
func sameSchema(t *testing.T, sess driver.SessionWithContext) {
	t.Helper()
	have := map[string]bool{}
	for _, q := range []string{"SHOW CONSTRAINTS YIELD name RETURN name", "SHOW INDEXES YIELD name, state WHERE state = 'ONLINE' RETURN name"} {
		for _, rec := range ask(t, sess, q, nil) {
			name, _ := rec.Get("name")
			have[name.(string)] = true
		}
	}
	for _, step := range neo4j.Migrations() {
		for _, c := range step {
			if name := strings.Fields(c)[2]; !have[name] {
				t.Errorf("no %s", name)
			}
		}
	}
	v, _ := ask(t, sess, "MATCH (s:WeirSchema {id: 'graph'}) RETURN s.version AS v", nil)[0].Get("v")
	if v != int64(neo4j.SchemaVersion()) {
		t.Errorf("version %v", v)
	}
}

func dropSchema(t *testing.T, sess driver.SessionWithContext) {
	t.Helper()
	for _, step := range neo4j.Migrations() {
		for _, c := range step {
			words := strings.Fields(c)
			ask(t, sess, "DROP "+words[1]+" "+words[2]+" IF EXISTS", nil)
		}
	}
}
