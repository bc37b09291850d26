package main

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// TestSchema: what is printed says the same as the file of the repository, words
// included, and policy files have theirs.
func TestSchema(t *testing.T) {
	w := &world{t: t}
	printed, err := gqlparser.LoadSchema(&ast.Source{Name: "printed", Input: w.must(exitOK, "schema")})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := gqlparser.LoadSchema(&ast.Source{Name: "kept", Input: readFile(t, filepath.Join(packageDir, "../../schema.graphql"))})
	if err != nil {
		t.Fatal(err)
	}
	for name, of := range kept.Types {
		got := printed.Types[name]
		if got == nil || got.Description != of.Description || len(got.Fields) != len(of.Fields) {
			t.Errorf("%s is not printed as it is", name)
			continue
		}
		for i, f := range of.Fields {
			if g := got.Fields[i]; g.Name != f.Name || g.Type.String() != f.Type.String() || g.Description != f.Description || len(g.Arguments) != len(f.Arguments) {
				t.Errorf("%s.%s is not printed as it is", name, f.Name)
			}
		}
	}
	if !json.Valid([]byte(w.must(exitOK, "schema", "policy"))) {
		t.Error("no JSON Schema")
	}
	w.must(exitUsage, "schema", "avro")
}
