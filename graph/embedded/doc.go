// Package embedded keeps the asset graph in one SQLite file, so that weir runs
// with no other server. It is the default backend of graph.Store.
//
// synchronous=NORMAL is right here: every transaction stores the position, and
// a follower replays what a power loss took.
package embedded
