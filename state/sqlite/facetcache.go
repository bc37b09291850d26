package sqlite

import (
	"cmp"
	"slices"
	"sync"

	"github.com/weirhq/weir/catalog"
)

// facetCache keeps the facets of the names filed last, all of a name or none: a
// follower builds rows of what has just been filed, and need not read it back.
// They may be newer than what its transaction sees, as the names are: the row is
// built again when it gets there.
type facetCache struct {
	mu         sync.RWMutex
	young, old map[int64][]catalog.StampedProperty // by name, sorted by key
	bytes      int                                 // in young
}

// maxFacetBytes bounds each of the two generations.
const maxFacetBytes = 8 << 20

// get gives all facets of a name; nobody may change them.
func (c *facetCache) get(pk int64) ([]catalog.StampedProperty, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	list, ok := c.young[pk]
	if !ok {
		list, ok = c.old[pk]
	}
	return list, ok
}

// drop forgets what a batch changes, before it is durable.
func (c *facetCache) drop(filed map[int64][]catalog.StampedProperty) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for pk := range filed {
		delete(c.young, pk)
		delete(c.old, pk)
	}
}

// put takes what a batch has filed, once it is durable.
func (c *facetCache) put(filed map[int64][]catalog.StampedProperty) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for pk, list := range filed {
		if list == nil { // it is no longer at hand
			continue
		}
		if c.young == nil || c.bytes > maxFacetBytes {
			c.young, c.old, c.bytes = map[int64][]catalog.StampedProperty{}, c.young, 0
		}
		c.young[pk] = latestOfEach(list)
		for _, p := range list {
			c.bytes += len(p.Key) + len(p.Raw) + len(p.Value) + 100
		}
	}
}

func (c *facetCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.young, c.old, c.bytes = nil, nil, 0
}

// filedNow notes what a batch files of a name, if everything else of that name is
// at hand.
func (b *batch) filedNow(pk int64, p catalog.StampedProperty) {
	list, ok := b.filed[pk]
	if !ok {
		list, ok = b.h.recent.get(pk)
		list = slices.Clip(list) // the next append copies it
	}
	if !ok || list == nil {
		return
	}
	p.Raw, p.Value = slices.Clone(p.Raw), slices.Clone(p.Value) // the rest of the event may go
	b.filed[pk] = append(list, p)
}

// notAtHand has the facets of a name read from disk next time.
func (b *batch) notAtHand(pk int64) {
	if _, ok := b.h.recent.get(pk); ok || b.filed[pk] != nil {
		b.filed[pk] = nil
	}
}

// latestOfEach sorts by key and keeps what was filed last of each.
func latestOfEach(list []catalog.StampedProperty) []catalog.StampedProperty {
	slices.Reverse(list)
	slices.SortStableFunc(list, func(a, b catalog.StampedProperty) int { return cmp.Compare(a.Key, b.Key) })
	return slices.CompactFunc(list, func(a, b catalog.StampedProperty) bool { return a.Key == b.Key })
}
