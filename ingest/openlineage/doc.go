// Package openlineage is weir's own typed model of the OpenLineage wire format
// (spec/OpenLineage.json 2-0-2 and its facets), made for a consumer: the body
// is kept byte for byte, facets stay raw until somebody asks for one, and an
// odd facet never costs the event.
//
// Decode refuses only what is not JSON or names nothing. Everything else that
// is odd is kept and flagged with a stable code. The official Go client is a
// producer's library: it drops unknown facets and refuses times without zone.
package openlineage
