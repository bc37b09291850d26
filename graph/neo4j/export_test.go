package neo4j

import (
	"context"
	"io/fs"
	"strings"
)

// Statement and StatementNames let the tests see the constants.
func Statement(name string) string { return statement(name) }

// SchemaVersion is the newest.
func SchemaVersion() int { return len(migrations()) }

// Migrations are the commands of each step.
func Migrations() [][]string { return migrations() }

// Wipe empties the store as a reset does, without marking it before.
func Wipe(ctx context.Context, s *Store) error { return s.wipe(ctx) }

// StatementNames are the names of all statements.
func StatementNames() (out []string) {
	files, _ := fs.Glob(cypher, "cypher/*.cypher") // the pattern is well formed
	for _, f := range files {
		out = append(out, strings.TrimSuffix(strings.TrimPrefix(f, "cypher/"), ".cypher"))
	}
	return out
}
