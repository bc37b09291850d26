// Package catalog holds the words of weir: names and identity of assets, the
// facts an event states, assets, edges, runs, versions, decisions and actions.
//
// It has no I/O and imports nothing of weir, so every other room can speak
// these words without importing one another. What the words mean is decided
// in docs/glossary.md; identity rules live in resolver.go, the life of an edge
// in intervals.go, the state of a run in runstate.go.
package catalog
