package sqlite

import (
	"sync"

	"github.com/weirhq/weir/catalog"
)

// rowCache keeps the rows built last: every target follows the same changes,
// and building a row costs more than storing it. A row is what it was while the
// asset's dirty position is: that moves with all that the row follows from.
type rowCache struct {
	mu         sync.Mutex
	young, old map[catalog.AssetID]builtRow
}

// builtRow is the row of an asset as of a dirty position; ok is false for an
// asset without one.
type builtRow struct {
	at  catalog.Position
	row catalog.Row
	ok  bool
}

// maxBuiltRows bounds each of the two generations; a row with its columns takes
// some 5 kB.
const maxBuiltRows = 3000

func (c *rowCache) get(d dirtyAsset) (builtRow, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, ok := c.young[d.id]
	if !ok {
		b, ok = c.old[d.id]
	}
	return b, ok && b.at == d.at
}

func (c *rowCache) put(id catalog.AssetID, b builtRow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || len(c.young) >= maxBuiltRows {
		c.young, c.old = map[catalog.AssetID]builtRow{}, c.young
	}
	c.young[id] = b
}

func (c *rowCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.young, c.old = nil, nil
}
