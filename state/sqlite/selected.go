package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// Tagged lists assets of a type that carry a tag of this key as a whole, stated
// by a producer or a person, by preferred name; at most limit.
func (h *History) Tagged(ctx context.Context, t catalog.AssetType, key string, limit int) ([]catalog.Asset, error) {
	const q = `SELECT name FROM props WHERE key = ? AND deleted = 0 AND instr(CAST(value AS TEXT), ?) > 0
		UNION SELECT c.name FROM operators o JOIN curations c ON c.position = o.position WHERE o.verb = ?`
	return h.selected(ctx, limit, func(a catalog.Asset) bool {
		return a.Type == t && slices.ContainsFunc(a.Tags, func(tag catalog.Tag) bool { return tag.Key == key && tag.Field == "" })
	}, q, catalog.PropTags, plain(key), catalog.OperatorTag)
}

// OfTool lists jobs that a tool reports, in any case, by preferred name; at most
// limit.
func (h *History) OfTool(ctx context.Context, tool string, limit int) ([]catalog.Asset, error) {
	const q = `SELECT name FROM props WHERE key = ? AND deleted = 0 AND instr(lower(CAST(value AS TEXT)), ?) > 0`
	return h.selected(ctx, limit, func(a catalog.Asset) bool {
		return a.Type == catalog.TypeJob && strings.EqualFold(a.Integration, tool)
	}, q, catalog.PropJobType, plain(strings.ToLower(tool)))
}

// plain is a text that stands in JSON as it is, or nothing: then every value is
// looked at.
func plain(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"\<>&/`, r) }) {
		return ""
	}
	return s
}

// selected reads the assets that a query of names finds, and keeps what fits.
func (h *History) selected(ctx context.Context, limit int, fits func(catalog.Asset) bool, query string, args ...any) ([]catalog.Asset, error) {
	seen := map[catalog.AssetID]bool{}
	var ids []catalog.AssetID
	err := each(ctx, h.db.read, query, args, func(rows *sql.Rows) error {
		var pk int64
		if err := rows.Scan(&pk); err != nil {
			return err
		}
		if id := h.names.asset(pk); h.names.exists(pk) && !seen[id] {
			seen[id], ids = true, append(ids, id)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("select assets: %w", err)
	}
	assets, err := h.Assets(ctx, ids)
	assets = slices.DeleteFunc(assets, func(a catalog.Asset) bool { return !fits(a) })
	slices.SortFunc(assets, func(a, b catalog.Asset) int { return a.Name.Compare(b.Name) })
	return assets[:min(limit, len(assets))], err
}
