// Package policiestest holds what tests of policies need: a World that answers
// as history, graph, ledger and tool from plain values in memory, and the suite
// that every Ledger passes.
package policiestest
