//go:build ignore

// Command inturn changes what gqlgen wrote: lists are marshalled in turn, and
// the path of an object is made only when something of it is deferred. gqlgen
// has no setting for either (docs/decisions/0025-lists-in-turn.md).
package main

import (
	"bytes"
	"log"
	"os"
)

const file = "gen/exec.go"

var changes = []struct{ from, to string }{
	{"graphql.MarshalSliceConcurrently(", "model.MarshalSlice("},
	{"graphql.GetPath(ctx)", "model.DeferredPath(ctx, deferLabelToView)"},
}

func main() {
	b, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range changes {
		if !bytes.Contains(b, []byte(c.from)) {
			log.Fatalf("%s has no %s: gqlgen writes other code now, see whether the change is still wanted", file, c.from)
		}
		b = bytes.ReplaceAll(b, []byte(c.from), []byte(c.to))
	}
	if err := os.WriteFile(file, b, 0o644); err != nil {
		log.Fatal(err)
	}
}
