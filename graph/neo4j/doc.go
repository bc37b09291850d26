// Package neo4j keeps the asset graph in a Neo4j 5.26 LTS server or newer, for
// teams that want to ask it themselves. It is a projection: losing it costs a
// rebuild, not data.
//
// Every lineage vertex is an :Asset with one opaque key; all edges point in the
// direction of data, (:Dataset)-[:INPUT_TO]->(:Job)-[:OUTPUTS]->(:Dataset), and
// carry a half-open validity interval whose open end is the greatest integer,
// never null. Fields that take part in column lineage are :Column nodes. The
// statements are constants in cypher/, with parameters only.
package neo4j
