package neo4j_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/weirhq/weir/graph/neo4j"
)

// TestStatementsAreConstants: Cypher stands in cypher/ alone and is never put
// together: what varies is a parameter.
func TestStatementsAreConstants(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		for _, fault := range built(t, f, nil) {
			t.Error(fault)
		}
	}
	for _, name := range neo4j.StatementNames() {
		if s := neo4j.Statement(name); strings.ContainsAny(s, "%`") {
			t.Errorf("%s.cypher has a place to fill in", name)
		}
	}
}

// TestBuiltStatementsAreFound is the negative control.
func TestBuiltStatementsAreFound(t *testing.T) {
	for _, src := range []string{
		"func f() { q := fmt.Sprintf(\"%s\", x) }",
		"func f() { run(`MATCH (n:` + label + `) RETURN n`) }",
		"const q = \"CALL db.awaitIndexes(300)\"",
		"func f() { run(statement(\"find\") + order) }",
	} {
		if len(built(t, "x.go", "package x\n"+src)) == 0 {
			t.Errorf("not found: %s", src)
		}
	}
}

var cypherWords = regexp.MustCompile(`\b(MATCH|MERGE|UNWIND|RETURN|DETACH|CALL \w|CREATE \(|SET \w+\.)`)

// built lists where a file holds Cypher or puts text together that may be some.
func built(t *testing.T, name string, src any) (out []string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	say := func(n ast.Node, what string) { out = append(out, fmt.Sprintf("%s: %s", set.Position(n.Pos()), what)) }
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if n.Kind == token.STRING && cypherWords.MatchString(n.Value) {
				say(n, "Cypher in a string: put it into cypher/")
			}
		case *ast.SelectorExpr:
			if strings.HasPrefix(n.Sel.Name, "Sprintf") {
				say(n, "Sprintf in the package that holds Cypher")
			}
		case *ast.BinaryExpr:
			if call, ok := n.X.(*ast.CallExpr); ok && n.Op == token.ADD {
				if id, ok := call.Fun.(*ast.Ident); ok && id.Name == "statement" {
					say(n, "a statement is lengthened")
				}
			}
		}
		return true
	})
	return out
}
