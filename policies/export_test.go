package policies

import (
	"maps"
	"slices"
)

// ConditionWords is the READY vocabulary.
func ConditionWords() []string {
	return append(slices.Sorted(maps.Keys(atoms)), wordAll, wordAny, wordNot, wordAtLeast)
}
