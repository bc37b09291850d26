// Package sqlite keeps weir's embedded state in two SQLite files, so that a
// data directory can be read with the tool everybody has.
//
// events.db is the journal: append only, synchronous=FULL, one group commit
// for all producers that wait. state.db holds what the journal says (names,
// merge evidence, facets, runs, versions, checks: a projection that can be
// replayed, synchronous=NORMAL) and what weir did (the ledger: FULL).
//
// The projection works under names, never under asset ids: which names are one
// asset is a view (catalog.Resolver), so merges and splits move no facts. Each
// transaction holds the facts, the position and the dirty asset keys, which
// followers (graph stores, topology) read in their own time.
package sqlite
