package policies

import (
	"context"
	"maps"
	"slices"

	"github.com/weirhq/weir/catalog"
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

// SpentBy is what closed actions under these ids have spent for a policy.
func (g *Gatherer) SpentBy(ctx context.Context, p *Policy, ids ...catalog.AssetID) (map[catalog.DemandElement]bool, error) {
	s := Snapshot{Asset: ids[0], IDs: ids, ResolveErr: "no target"}
	err := g.spent(ctx, p, &s)
	return s.Spent, err
}
