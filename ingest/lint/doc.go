// Package lint says how an OpenLineage event differs from the published JSON
// schemas and from what weir can make the most of. It is a report for whoever
// runs the producer and never a gate: the receiver takes what can be read.
package lint
