// Package search finds assets by words: in names, columns, tags, owners,
// descriptions and namespaces, the same on both graph backends.
//
// Index is a follower like the graph store and the topology: it is handed final
// rows with a position (graph.Change), and can be thrown away at any time,
// because the state store gives every row again. A hit is an id and no row.
//
// # What matches
//
// A query is words between white space; each must occur somewhere in the asset,
// at the start or in the middle of what is written there. Case, accents, width
// and the choice between hyphen and underscore make no difference (fold), and a
// word in camelCase also finds snake_case (snake). A word with slashes may begin
// in the namespace and end in the name. Nothing in a query is an operator.
//
// # In which order
//
// Each word has a Grade in an asset, from Exact to Other, and the asset has the
// grade of its weakest word; among equals the shorter name comes first, then the
// names decide. The order is a function of the asset and the query alone, so a
// page goes on where the last one ended, whatever was added between.
//
// # How it works
//
// Texts lie in memory, folded, one behind the other, and a word is looked for in
// all of them at once (texts). That reads some gigabytes a second, whatever the
// word, while an index of tokens or trigrams is fast for words that are rare and
// slow for those that are made of what is everywhere, as the names of a
// warehouse are. Names of columns, tags, owners, namespaces and descriptions
// recur, so each is held once (dictionary). search.db keeps the folded documents, so that
// a start reads them and derives nothing.
package search
