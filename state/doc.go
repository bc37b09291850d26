// Package state is the relational state behind the journal, the history of
// runs and versions, and the ledger of decisions and actions. One backend, one
// folder: state/sqlite is the embedded default.
package state
