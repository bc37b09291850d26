// Package load makes the events of companies that do not exist, the same ones
// for the same seed, and sends them to any OpenLineage receiver. Benchmarks and
// bench/peer share it, so that what is compared was asked the same questions.
package load
