package ingest

import (
	"encoding/json"

	"github.com/weirhq/weir/catalog"
)

// memo remembers the values of facets by their bytes: most events repeat the
// schema, the owners and the documentation of the event before. It changes no
// answer, only what the answer costs. It is used by one goroutine at a time; nil
// remembers nothing.
type memo struct {
	values map[memoKey]json.RawMessage
	bytes  int
}

type memoKey struct{ key, raw string }

// maxMemoBytes bounds the memory; a full memo is emptied, since what is in use
// comes back at once.
const maxMemoBytes = 32 << 20

func newMemo() *memo { return &memo{values: map[memoKey]json.RawMessage{}} }

// value gives the canonical value of a facet. One without a value (of another
// shape, which is flagged) is read each time, so that its flag is raised each
// time.
func (m *memo) value(p catalog.Property, read func() any) json.RawMessage {
	if m == nil {
		return marshalValue(read())
	}
	if v, ok := m.values[memoKey{p.Key, string(p.Raw)}]; ok { // which copies nothing
		return v
	}
	v := marshalValue(read())
	if v == nil {
		return nil
	}
	size := len(p.Raw) + len(v) + 200
	if m.bytes += size; m.bytes > maxMemoBytes {
		clear(m.values)
		m.bytes = size
	}
	m.values[memoKey{p.Key, string(p.Raw)}] = v
	return v
}

func marshalValue(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	b, _ := json.Marshal(v) // plain structs always marshal
	return b
}
