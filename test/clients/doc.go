// Package clients runs the official OpenLineage clients against a real weir,
// through a proxy that drops, delays and refuses.
package clients
