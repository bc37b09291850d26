//go:build ignore

// Command inturn changes what gqlgen wrote: lists are marshalled in turn, the
// path of an object is made only when something of it is deferred, and long
// lists of lineage are rendered whole when all that is asked for is at hand, and
// answers are written to memory that was used before.
// gqlgen has no setting for these (docs/decisions/0025-lists-in-turn.md and
// 0034-plain-lists.md).
package main

import (
	"bytes"
	"log"
	"os"
)

const file = "gen/exec.go"

type change struct{ from, to string }

var changes = []change{
	{"graphql.MarshalSliceConcurrently(", "model.MarshalSlice("},
	{"graphql.GetPath(ctx)", "model.DeferredPath(ctx, deferLabelToView)"},
	{"var buf bytes.Buffer", "buf := bytes.NewBuffer(model.Room())"},
	{"data.MarshalGQL(&buf)", "data.MarshalGQL(buf)"},
	whole("LineageNode", "PlainNodes"),
	whole("LineageEdge", "PlainEdges"),
}

// whole lets a list be rendered by a function of model, unless that gives nil.
func whole(element, by string) change {
	batch := `	ctx = graphql.WithBatchParents(ctx, "` + element + `", v, nil)` + "\n"
	return change{batch, "	if list := model." + by + "(ec.OperationContext, sel, v); list != nil {\n		return list\n	}\n" + batch}
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
