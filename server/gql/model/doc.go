// Package model holds the Go side of schema.graphql: thin views over the words
// of catalog, graph and policies, made so that a field the catalogue does not
// know is null on the wire and never an empty string. It reads nothing; what
// needs a reader is a resolver in server/gql.
package model

import "time"

// opt is nil for an empty string.
func opt(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// at is nil for an unknown time.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// each makes a view of every element; never nil, so that lists are lists.
func each[T, V any](list []T, view func(T) V) []V {
	out := make([]V, len(list))
	for i, x := range list {
		out[i] = view(x)
	}
	return out
}

// views is each for long lists: all views are in one piece of memory.
func views[T, V any](list []T, view func(*T) V) []*V {
	all, out := make([]V, len(list)), make([]*V, len(list))
	for i := range list {
		all[i] = view(&list[i])
		out[i] = &all[i]
	}
	return out
}
