package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// A set is a sorted list of keys, stored once: most runs of a job name the
// same inputs and outputs, so a run holds a number. Set 0 is the empty set.
//
// Keys are strings: the number of a name in base 36, or for columns and orders
// the parts of the edge.
type setStore struct {
	byHash map[[32]byte]int64
	byPK   map[int64]string // the keys, joined: one object each, that few ask for
}

func newSetStore() *setStore {
	return &setStore{byHash: map[[32]byte]int64{}, byPK: map[int64]string{}}
}

const setSep = "\n"

// maxCachedSets bounds the memory of the cache; it is emptied when full, since
// the sets in use come back at once.
const maxCachedSets = 200_000

func (s *setStore) remember(pk int64, hash [32]byte, body string) {
	if len(s.byPK) >= maxCachedSets {
		clear(s.byPK)
		clear(s.byHash)
	}
	s.byHash[hash], s.byPK[pk] = pk, body
}

// set gives the number of a set of keys, storing it when it is new.
func (b *batch) set(keys []string) (int64, error) {
	if len(keys) == 0 {
		return 0, nil
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	body := strings.Join(keys, setSep)
	hash := sha256.Sum256([]byte(body))
	if pk, ok := b.h.sets.byHash[hash]; ok {
		return pk, nil
	}
	pk, err := b.addOrFind(b.st.addSet, b.st.findSet, hash[:], []byte(body))
	if err != nil {
		return 0, fmt.Errorf("file set: %w", err)
	}
	b.h.sets.remember(pk, hash, body)
	return pk, nil
}

// addOrFind adds a row that is stored once by its hash, and gives its number or
// that of the one that is there. What is not remembered is new, nearly always.
func (b *batch) addOrFind(add, find *sql.Stmt, hash []byte, rest ...any) (pk int64, err error) {
	res, err := add.ExecContext(b.ctx, slices.Concat([]any{hash}, rest)...)
	if err != nil {
		return 0, err
	}
	added, err := res.RowsAffected()
	if err != nil {
		return 0, err
	}
	if added > 0 {
		return res.LastInsertId()
	}
	err = find.QueryRowContext(b.ctx, hash).Scan(&pk)
	return pk, err
}

// keys gives the members of a set.
func (b *batch) keys(pk int64) ([]string, error) {
	if pk == 0 {
		return nil, nil
	}
	if body, ok := b.h.sets.byPK[pk]; ok {
		return membersOf(body), nil
	}
	body, hash, err := readSet(b.ctx, b.conn, pk)
	if err != nil {
		return nil, err
	}
	b.h.sets.remember(pk, hash, body)
	return membersOf(body), nil
}

// membersOf are the keys of a set's body; no key is empty.
func membersOf(body string) []string {
	if body == "" {
		return nil
	}
	return strings.Split(body, setSep)
}

func readSet(ctx context.Context, q querier, pk int64) (body string, hash [32]byte, err error) {
	err = each(ctx, q, `SELECT hash, body FROM sets WHERE pk = ?`, []any{pk}, func(rows *sql.Rows) error {
		var h, raw []byte
		if err := rows.Scan(&h, &raw); err != nil {
			return err
		}
		copy(hash[:], h)
		body = string(raw)
		return nil
	})
	if err != nil {
		return "", hash, fmt.Errorf("read set %d: %w", pk, err)
	}
	return body, hash, nil
}

// union is the set of the members of both.
func (b *batch) union(a, c int64) (int64, error) {
	switch {
	case a == c || c == 0:
		return a, nil
	case a == 0:
		return c, nil
	}
	ka, err := b.keys(a)
	if err != nil {
		return 0, err
	}
	kc, err := b.keys(c)
	if err != nil {
		return 0, err
	}
	return b.set(slices.Concat(ka, kc))
}

func nameKey(pk int64) string { return strconv.FormatInt(pk, 36) }

func parseNameKey(s string) int64 {
	v, _ := strconv.ParseInt(s, 36, 64) // weir wrote it
	return v
}

func nameKeys(keys []string) []int64 {
	out := make([]int64, len(keys))
	for i, k := range keys {
		out[i] = parseNameKey(k)
	}
	return out
}

const partSep = "\x1f"

// explicitKey marks that the explicit lineage facet was carried: a set that
// holds it speaks of everything, also of what it does not name.
const explicitKey = "="

// columnKey holds a field edge, or a flow: output, output field, source, source field and
// the transformation.
func columnKey(src, dst int64, c catalog.ColumnFact) string {
	t := c.Transformation
	mask := ""
	if t.Masking {
		mask = "m"
	}
	parts := []string{nameKey(dst), c.TargetField, nameKey(src), c.SourceField, t.Type, t.Subtype, mask, t.Description}
	for i, p := range parts {
		parts[i] = cleanKey.Replace(p)
	}
	return strings.Join(parts, partSep)
}

// cleanKey keeps the separators out of free text.
var cleanKey = strings.NewReplacer(partSep, " ", setSep, " ")

type columnEdge struct {
	dst, src           int64
	dstField, srcField string
	transformation     catalog.Transformation
}

func parseColumnKey(key string) columnEdge {
	p := strings.Split(key, partSep)
	for len(p) < 8 {
		p = append(p, "")
	}
	return columnEdge{
		dst: parseNameKey(p[0]), dstField: p[1], src: parseNameKey(p[2]), srcField: p[3],
		transformation: catalog.Transformation{Type: p[4], Subtype: p[5], Masking: p[6] == "m", Description: p[7]},
	}
}

// Order keys: a parent of the job, or an order between two jobs.
func parentKey(parent int64) string { return "P" + nameKey(parent) }

func controlKey(up, down int64, c catalog.ControlFact) string {
	key := "C" + nameKey(up) + ">" + nameKey(down)
	if c.Type == "" && c.Rule == "" {
		return key
	}
	return key + partSep + cleanKey.Replace(c.Type) + partSep + cleanKey.Replace(c.Rule)
}

// orderDetail is the type and the rules of a control key.
func orderDetail(key string) catalog.Transformation {
	p := strings.Split(key, partSep)
	if len(p) < 3 {
		return catalog.Transformation{}
	}
	return catalog.Transformation{Type: p[1], Subtype: p[2]}
}

func parseOrderKey(key string) (contains bool, up, down int64) {
	if rest, ok := strings.CutPrefix(key, "P"); ok {
		return true, parseNameKey(rest), 0
	}
	ends, _, _ := strings.Cut(strings.TrimPrefix(key, "C"), partSep)
	u, d, _ := strings.Cut(ends, ">")
	return false, parseNameKey(u), parseNameKey(d)
}
