// Package graph is the asset graph: what a store of it must do, and how
// lineage and impact walk it.
//
// A store is a follower of the state store. It receives final canonical rows
// (Change) with a position and replaces what it had; nothing in it is derived
// by comparing an event with what the store holds, so a store that is behind,
// restarted or replayed ends equal. graph/embedded and graph/neo4j implement
// Store, graph/graphtest is the suite that both pass, Topology answers what is
// current from memory for either.
//
// (In gqlgen projects "graph" often means resolvers; here it is the graph of
// assets. GraphQL lives in server/gql.)
package graph
