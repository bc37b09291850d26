package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/weirhq/weir/catalog"
)

// suggestions are the last computed, with the position they hold for.
type suggestions struct {
	mu       sync.Mutex
	position uint64
	known    bool
	list     []catalog.Suggestion
	complete bool
}

// Suggestions lists assets that are probably the same, most of them as names
// only; complete says whether that is all. They are computed when asked for,
// once a position, in time linear in the names known.
func (h *History) Suggestions(ctx context.Context) (list []catalog.Suggestion, complete bool, err error) {
	s := &h.suggested
	s.mu.Lock()
	defer s.mu.Unlock()
	pos := h.position.Load()
	if s.known && s.position == pos {
		return s.list, s.complete, nil
	}
	in, err := h.suggestInput(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("suggest: %w", err)
	}
	s.list, s.complete = catalog.Suggest(in, h.parted, catalog.MaxSuggestions)
	s.list = append(h.ambiguous(), s.list...)
	if len(s.list) > catalog.MaxSuggestions {
		s.list, s.complete = s.list[:catalog.MaxSuggestions], false
	}
	s.position, s.known = pos, true
	return s.list, s.complete, nil
}

func (h *History) parted(a, b catalog.Name) bool {
	h.names.mu.RLock()
	defer h.names.mu.RUnlock()
	return h.names.resolver.Parted(a, b)
}

func (h *History) ambiguous() []catalog.Suggestion {
	h.names.mu.RLock()
	defer h.names.mu.RUnlock()
	out := h.names.resolver.Ambiguous()
	slices.SortFunc(out, func(a, b catalog.Suggestion) int { return slices.CompareFunc(a.Names, b.Names, catalog.Name.Compare) })
	return out
}

// suggestInput reads the names from disk, so that nobody waits for it.
func (h *History) suggestInput(ctx context.Context) ([]catalog.SuggestInput, error) {
	fields, err := h.fieldDigests(ctx)
	if err != nil {
		return nil, err
	}
	var in []catalog.SuggestInput
	err = each(ctx, h.db.read, `SELECT pk, namespace, name FROM names WHERE type = ?`, []any{catalog.TypeDataset}, func(rows *sql.Rows) error {
		var pk int64
		n := catalog.Name{Type: catalog.TypeDataset}
		if err := rows.Scan(&pk, &n.Namespace, &n.Name); err != nil {
			return err
		}
		if canonical, _ := h.naming.Normalise(n); canonical == n && h.names.exists(pk) {
			id := h.names.asset(pk)
			in = append(in, catalog.SuggestInput{Name: n, Asset: id, Fields: fields[id]})
		}
		return nil
	})
	return in, err
}

// fieldDigests are the columns of assets; of several schemas, whichever is the
// least, so that no order decides.
func (h *History) fieldDigests(ctx context.Context) (map[catalog.AssetID]uint64, error) {
	out := map[catalog.AssetID]uint64{}
	err := each(ctx, h.db.read, `SELECT name, value FROM props WHERE key = ? AND deleted = 0`, []any{catalog.PropSchema}, func(rows *sql.Rows) error {
		var pk int64
		var value sql.RawBytes
		if err := rows.Scan(&pk, &value); err != nil {
			return err
		}
		var fields []catalog.Field
		if json.Unmarshal(value, &fields) != nil {
			return nil // kept raw only
		}
		id, d := h.names.asset(pk), catalog.FieldsDigest(fields)
		if old, ok := out[id]; !ok || d < old {
			out[id] = d
		}
		return nil
	})
	return out, err
}
