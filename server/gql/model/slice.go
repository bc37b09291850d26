package model

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// MarshalSlice marshals the elements of a list one after the other. It stands in
// for gqlgen's MarshalSliceConcurrently, which starts a goroutine for each: rows
// are in memory by then, since whatever reads a store is read for the whole list
// at once, and a goroutine with a stack that has to grow costs more than a row.
// Fields of one object that read a store still run beside each other. A panic
// ends in the field that holds the list, as errors do.
func MarshalSlice(ctx context.Context, n int, _ int64, _ bool, element func(ctx context.Context, i int) graphql.Marshaler) graphql.Array {
	list := make(graphql.Array, n)
	for i := range n {
		list[i] = element(graphql.WithFieldContext(ctx, &graphql.FieldContext{Index: &i}), i)
	}
	return list
}

// DeferredPath is the path of an object, when something of it is deferred; else
// nobody asks for it.
func DeferredPath(ctx context.Context, deferred map[string]*graphql.FieldSetView) ast.Path {
	if len(deferred) == 0 {
		return nil
	}
	return graphql.GetPath(ctx)
}
