package policies

import (
	"maps"
	"slices"
)

// ConditionWords is the READY vocabulary.
func ConditionWords() []string {
	return append(slices.Sorted(maps.Keys(atoms)), wordAll, wordAny, wordNot, wordAtLeast)
}

// HoldSlots has the slots as the gate has them while it judges, until let go.
func (g *Gatherer) HoldSlots() (letGo func()) {
	g.slots.mu.Lock()
	return g.slots.mu.Unlock
}
