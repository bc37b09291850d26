// Package demo is a sample company for `weir demo`: a shop with six tools, 30
// days behind it and a morning on which the nightly dbt run is four hours late.
//
// The tools are the fakes of connectors/connectortest, which speak the real
// wire formats; what they do reaches weir as OpenLineage events over HTTP, as
// from anybody. Times are real: what happened "yesterday" carries the time of
// a day ago, what happens now carries now. Nothing in weir knows of the demo.
package demo
