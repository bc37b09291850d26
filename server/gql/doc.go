// Package gql answers GraphQL: resolvers by type over small readers that it
// declares itself, one error presenter, and one limiter of cost that looks at
// a query before anything runs. The schema is schema.graphql at the root, the
// generated code stands alone in gen, the Go side of the types in model.
//
// It decides nothing and keeps nothing: what it says comes from the catalogue,
// the graph, the ledger and the policies, each read when asked.
package gql

//go:generate go tool gqlgen generate --config gqlgen.yml
//go:generate go run inturn.go
