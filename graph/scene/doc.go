// Package scene decides what is drawn of the asset graph. From a focus and a
// few hops it makes a Scene: at most MaxLimit drawables with their places, the
// edges between them, and on every border how much is not drawn. A picture
// never truncates in silence: neighbours of a drawable are drawn, counted in a
// bundle, or counted as hidden.
//
// A scene is a function of the question and the graph alone: the same question
// gives the same picture, whoever asks and how ever they came there. What was
// expanded is part of the question, in order, and each expansion is placed
// around what stands already, so that expanding moves nothing and collapsing
// gives back the picture of before.
//
// Ranks are longest paths over the graph with its cycles opened; rows are
// ordered by barycentres (K. Sugiyama, S. Tagawa, M. Toda: Methods for Visual
// Understanding of Hierarchical System Structures, 1981). Every pass takes
// O(V+E) and a sort.
package scene
