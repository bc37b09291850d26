package sqlite

import (
	"sync"

	"github.com/weirhq/weir/catalog"
)

// tail keeps the entries committed last as they came, in order and without a
// gap: who follows the journal in step reads nothing back from disk, and does not
// read again what the door has read.
type tail struct {
	mu      sync.RWMutex
	entries []catalog.Entry
	bytes   int // of their bodies
}

// maxTailBytes bounds the bodies in the tail; what was read out of them takes
// about as much again.
const maxTailBytes = 4 << 20

// add takes what was committed. Behind a gap it begins again.
func (t *tail) add(group []*appending) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.entries); n > 0 && t.entries[n-1].Position+1 != group[0].rec.Position {
		t.entries, t.bytes = nil, 0
	}
	for _, a := range group {
		t.entries = append(t.entries, a.rec)
		t.bytes += len(a.rec.Body)
	}
	drop := 0
	for ; t.bytes > maxTailBytes; drop++ {
		t.bytes -= len(t.entries[drop].Body)
		t.entries[drop] = catalog.Entry{} // append moves the slice on, and lets go of it later
	}
	t.entries = t.entries[drop:]
}

// page reads what the tail has of a page that ends at last at the latest; false
// when it begins before the tail.
func (t *tail) page(p *pageReader, last catalog.Position) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if len(t.entries) == 0 || p.next < t.entries[0].Position {
		return false
	}
	p.last = last
	for i := int(p.next - t.entries[0].Position); i < len(t.entries) && t.entries[i].Position <= last; i++ {
		if p.add(t.entries[i]) {
			break
		}
	}
	return true
}
