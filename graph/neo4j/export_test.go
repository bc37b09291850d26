package neo4j

import (
	"io/fs"
	"strings"
)

// Statement and StatementNames let the tests see the constants.
func Statement(name string) string { return statement(name) }

// SchemaVersion is the newest.
func SchemaVersion() int { return len(migrations()) }

// StatementNames are the names of all statements.
func StatementNames() (out []string) {
	files, _ := fs.Glob(cypher, "cypher/*.cypher") // the pattern is well formed
	for _, f := range files {
		out = append(out, strings.TrimSuffix(strings.TrimPrefix(f, "cypher/"), ".cypher"))
	}
	return out
}
