// Package ingest is the way in: the Receiver takes OpenLineage events over
// HTTP and acknowledges them when the Log has them on disk; the Projector reads
// the log, interprets each entry (Interpret is pure) and files the facts in the
// state store; Followers carry the final rows on to the graph.
//
// Authority: the journal is the only record of what was observed. State, graph
// and topology are projections with a cursor each; losing one costs a replay.
// An event that breaks the interpreter is parked with its reason and never
// blocks the log.
package ingest
