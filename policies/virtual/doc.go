// Package virtual is a world in memory under a clock of its own: history, graph,
// ledger and tools from plain values, and an Engine that runs the real
// evaluator, dispatcher and gate over them, months in seconds. It decides
// nothing by itself: what it shows is what weir would do.
package virtual
