package gql

import (
	"maps"

	"github.com/weirhq/weir/server/auth"
)

// MutationNeeds are the verbs of all mutations.
func MutationNeeds() map[string]auth.Verb {
	out := map[string]auth.Verb{}
	for name, n := range maps.All(mutationNeeds) {
		out[name] = n.verb
	}
	return out
}

// AddReaders says who reads datasets, of so many at most.
var AddReaders = addReaders
