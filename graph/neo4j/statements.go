package neo4j

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed cypher
var cypher embed.FS

// statement reads one of the constant statements.
func statement(name string) string {
	b, err := cypher.ReadFile("cypher/" + name + ".cypher")
	if err != nil {
		panic(err) // a test reads every name
	}
	return string(b)
}

// migrations are the steps of the schema in their order, each a list of
// commands that may be repeated.
func migrations() (out [][]string) {
	files, _ := fs.Glob(cypher, "cypher/migrations/*.cypher") // the pattern is well formed, the files are sorted
	for _, f := range files {
		b, err := cypher.ReadFile(f)
		if err != nil {
			panic(err) // it was listed
		}
		var commands []string
		for _, c := range strings.Split(string(b), ";") {
			commands = append(commands, strings.TrimSpace(c))
		}
		out = append(out, commands)
	}
	return out
}
