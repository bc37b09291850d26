package sqlite

import (
	"context"
	"database/sql"
	"hash/maphash"
	"strconv"

	jsonx "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/weirhq/weir/catalog/flat"
)

// stampStore holds, of names that were stated since the start, when each facet
// was last stated and what it was. The projector alone reads and writes it.
type stampStore struct {
	keys  flat.Words
	lists flat.Chains[stamp]
	// far has the stamps of names with very many, but for the first of each.
	far map[stampKey]uint32
}

// stampKey is a facet of a name, by number.
type stampKey struct{ name, key uint32 }

// nearStamps is how many stamps of a name are looked through one by one: few have
// more, and somebody may send one that has a hundred thousand.
const nearStamps = 16

// stamp is of one facet of a name. It has no pointers (package flat).
type stamp struct {
	at   int64
	hash [2]uint64
	key  uint32
}

// of gives the stamp of a facet; nil when the name never had it.
func (s *stampStore) of(r *nameRow, key string) *stamp {
	number, near := s.keys.Find(key), 0
	for x := range s.lists.All(r.stamps) {
		if x.key == number {
			return x
		}
		if near++; near == nearStamps {
			break
		}
	}
	if n := s.far[stampKey{r.number, number}]; n != 0 {
		return s.lists.At(n)
	}
	return nil
}

func (s *stampStore) put(r *nameRow, key string, at int64, hash [2]uint64) {
	if old := s.of(r, key); old != nil {
		old.at, old.hash = at, hash
		return
	}
	number := s.keys.Number(key)
	n := s.lists.Add(&r.stamps, stamp{at, hash, number})
	if r.facets++; r.facets <= nearStamps {
		return
	}
	if s.far == nil {
		s.far = map[stampKey]uint32{}
	}
	s.far[stampKey{r.number, number}] = n
}

// stampBody is the stored form of a name's stamps, as body writes it.
type stampBody struct {
	LastSeen int64            `json:"l"`
	At       map[string]int64 `json:"k,omitempty"`
}

// body writes a name's stamps by hand: it is done for every name of every event.
func (s *stampStore) body(r *nameRow) []byte {
	b := strconv.AppendInt(append(make([]byte, 0, 256), `{"l":`...), r.lastSeen, 10)
	sep := `,"k":{`
	for x := range s.lists.All(r.stamps) {
		b, _ = jsontext.AppendQuote(append(b, sep...), s.keys.At(x.key)) // what is no UTF-8 becomes it, as by any encoder
		b = strconv.AppendInt(append(b, ':'), x.at, 10)
		sep = ","
	}
	if !r.stamps.None() {
		b = append(b, '}')
	}
	return append(b, '}')
}

func readStamps(ctx context.Context, q querier, pk int64) (map[string]int64, int64, error) {
	var body stampBody
	err := each(ctx, q, `SELECT body FROM stamps WHERE name = ?`, []any{pk}, func(rows *sql.Rows) error {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return err
		}
		return jsonx.Unmarshal(raw, &body)
	})
	return body.At, body.LastSeen, err
}

func rawHash(raw []byte) [2]uint64 {
	return [2]uint64{maphash.Bytes(rawSeeds[0], raw), maphash.Bytes(rawSeeds[1], raw)}
}

// rawSeeds are of this process alone, so that nobody makes two facets alike.
var rawSeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}
