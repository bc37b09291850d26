package ingest

import (
	"crypto/sha256"
	"encoding/json"

	"github.com/weirhq/weir/catalog"
)

// memo remembers the values of facets by their bytes: most events repeat the
// schema, the owners and the documentation of the event before. It changes no
// answer, only what the answer costs. It is used by one goroutine; nil
// remembers nothing.
type memo struct {
	values map[memoKey]json.RawMessage
}

type memoKey struct {
	key string
	sum [sha256.Size]byte
}

// maxMemo bounds the memory; a full memo is emptied, since what is in use comes
// back at once.
const maxMemo = 20_000

func newMemo() *memo { return &memo{values: map[memoKey]json.RawMessage{}} }

// value gives the canonical value of a facet. One that was flagged is read each
// time, so that its flag is raised each time.
func (m *memo) value(p catalog.Property, read func() any, flags *[]catalog.Flag) json.RawMessage {
	if m == nil {
		return marshalValue(read())
	}
	k := memoKey{p.Key, sha256.Sum256(p.Raw)}
	if v, ok := m.values[k]; ok {
		return v
	}
	before := len(*flags)
	v := marshalValue(read())
	if len(*flags) > before {
		return v
	}
	if len(m.values) >= maxMemo {
		clear(m.values)
	}
	m.values[k] = v
	return v
}

func marshalValue(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	b, _ := json.Marshal(v) // plain structs always marshal
	return b
}
