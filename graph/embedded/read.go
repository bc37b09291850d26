package embedded

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// Assets returns the rows of the ids that exist, in the order asked.
func (s *Store) Assets(ctx context.Context, ids []catalog.AssetID) ([]catalog.Asset, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	found := map[catalog.AssetID]catalog.Asset{}
	for part := range slices.Chunk(ids, 500) {
		query := `SELECT body FROM assets WHERE key IN (` + marks(len(part)) + `)`
		err := each(ctx, s.read, query, keys(part), func(body []byte) error {
			var a catalog.Asset
			err := json.Unmarshal(body, &a)
			found[a.ID] = a
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read assets: %w", err)
		}
	}
	out := make([]catalog.Asset, 0, len(found))
	for _, id := range ids {
		if a, ok := found[id]; ok {
			out = append(out, a)
		}
	}
	return out, nil
}

func keys(ids []catalog.AssetID) []any {
	out := make([]any, len(ids))
	for i := range ids {
		out[i] = ids[i][:]
	}
	return out
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

// querier is the file, or a transaction of it.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func each(ctx context.Context, db querier, query string, args []any, fn func(body []byte) error) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var body sql.RawBytes
		if err := rows.Scan(&body); err != nil {
			return err
		}
		if err := fn(body); err != nil {
			return err
		}
	}
	return rows.Err()
}

// maxFirst bounds a page.
const maxFirst = 1000

// Find lists assets by keyset paging over (namespace, name, type).
func (s *Store) Find(ctx context.Context, q graph.Query) (graph.Page, error) {
	if err := s.open(); err != nil {
		return graph.Page{}, err
	}
	first := q.First
	if first <= 0 || first > maxFirst {
		first = min(max(first, 50), maxFirst)
	}
	where, args, err := findWhere(q)
	if err != nil {
		return graph.Page{}, err
	}
	var page graph.Page
	query := `SELECT body FROM assets WHERE ` + where + ` ORDER BY namespace, name, type LIMIT ?`
	err = each(ctx, s.read, query, append(args, first+1), func(body []byte) error {
		var a catalog.Asset
		err := json.Unmarshal(body, &a)
		page.Assets = append(page.Assets, a)
		return err
	})
	if err != nil {
		return graph.Page{}, fmt.Errorf("find assets: %w", err)
	}
	if page.HasNext = len(page.Assets) > first; page.HasNext {
		page.Assets = page.Assets[:first]
	}
	if n := len(page.Assets); n > 0 {
		page.End = graph.Cursor(page.Assets[n-1].Name)
	}
	return page, nil
}

func findWhere(q graph.Query) (string, []any, error) {
	parts, args := []string{"1"}, []any{}
	add := func(text string, v ...any) { parts, args = append(parts, text), append(args, v...) }
	if len(q.Types) > 0 {
		types := make([]any, len(q.Types))
		for i, t := range q.Types {
			types[i] = t
		}
		add("type IN ("+marks(len(types))+")", types...)
	}
	if q.Namespace != "" {
		add("namespace = ?", q.Namespace)
	}
	if q.Owner != "" {
		add("instr(owners, ?) > 0", "\n"+q.Owner+"\n")
	}
	if q.Tag != "" {
		add("instr(tags, ?) > 0", "\n"+q.Tag+"\n")
	}
	if !q.Removed {
		add("removed = 0")
	}
	if !q.Internal {
		add("internal = 0")
	}
	if !q.Ephemeral {
		add("ephemeral = 0")
	}
	if q.After != "" {
		n, err := graph.ParseCursor(q.After)
		if err != nil {
			return "", nil, err
		}
		add("(namespace, name, type) > (?, ?, ?)", n.Namespace, n.Name, n.Type)
	}
	return strings.Join(parts, " AND "), args, nil
}

// Neighbours reads the edges of the frontier that hold at a time.
func (s *Store) Neighbours(ctx context.Context, q graph.NeighbourQuery) ([]catalog.Edge, bool, error) {
	if err := s.open(); err != nil {
		return nil, false, err
	}
	return neighbours(ctx, s.read, q)
}

// Moment reads in one transaction.
func (s *Store) Moment(ctx context.Context, ask func(graph.Behind) error) error {
	if err := s.open(); err != nil {
		return err
	}
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("read at one moment: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // read only
	return ask(moment{tx})
}

type moment struct{ tx *sql.Tx }

// Position is that of what the transaction sees.
func (m moment) Position(ctx context.Context) (catalog.Position, error) {
	return position(m.tx.QueryRowContext(ctx, selectPosition))
}

func (m moment) Neighbours(ctx context.Context, q graph.NeighbourQuery) ([]catalog.Edge, bool, error) {
	return neighbours(ctx, m.tx, q)
}

func neighbours(ctx context.Context, db querier, q graph.NeighbourQuery) ([]catalog.Edge, bool, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = 1 << 30
	}
	if q.Stated { // the answer is in the order of their ids
		q.Frontier = slices.SortedFunc(slices.Values(q.Frontier), catalog.AssetID.Compare)
	}
	var out []catalog.Edge
	for part := range slices.Chunk(q.Frontier, 500) {
		edges, err := leaving(ctx, db, part, q, limit+1-len(out))
		if err != nil {
			return nil, false, fmt.Errorf("read neighbours: %w", err)
		}
		if out = append(out, edges...); len(out) > limit {
			break
		}
	}
	if q.Stated {
		graph.SortStated(out)
	} else {
		graph.SortNeighbours(q, out)
	}
	if len(out) > limit {
		return out[:limit], true, nil
	}
	return out, false, nil
}

// leaving reads the edges of a part of a frontier, at most limit of them. The file
// tells which are the first of assets in the order of their ids; of others it is
// asked one by one.
func leaving(ctx context.Context, db querier, part []catalog.AssetID, q graph.NeighbourQuery, limit int) (out []catalog.Edge, err error) {
	near, far := ends(q)
	query, args := neighbourQuery(near, far, part, q)
	err = each(ctx, db, query, append(args, limit), func(body []byte) error {
		var e catalog.Edge
		err := json.Unmarshal(body, &e)
		out = append(out, e)
		return err
	})
	if err != nil || len(out) < limit || slices.IsSortedFunc(part, catalog.AssetID.Compare) {
		return out, err
	}
	out = nil
	for i := 0; i < len(part) && len(out) < limit; i++ {
		edges, err := leaving(ctx, db, part[i:i+1], q, limit-len(out))
		if err != nil {
			return nil, err
		}
		out = append(out, edges...)
	}
	return out, nil
}

// ends are the columns of an edge's near and far end.
func ends(q graph.NeighbourQuery) (near, far string) {
	switch {
	case q.Stated:
		return "owner", "target"
	case q.Direction == graph.Upstream:
		return "target", "source"
	}
	return "source", "target"
}

func neighbourQuery(near, far string, part []catalog.AssetID, q graph.NeighbourQuery) (string, []any) {
	cond, args, order := neighbourWhere(near, far, part, q)
	return `SELECT body FROM edges WHERE ` + cond + ` ORDER BY ` + order + `, sfield, tfield, job, ordinal LIMIT ?`, args
}

func neighbourWhere(near, far string, part []catalog.AssetID, q graph.NeighbourQuery) (where string, args []any, order string) {
	args = keys(part)
	cond, order := `vto = 9223372036854775807`, near+`, type, `+far
	if !q.AsOf.IsZero() {
		cond = `vfrom <= ? AND vto > ?`
		args = append(args, graph.Instant(q.AsOf), graph.Instant(q.AsOf))
	}
	switch {
	case q.Stated:
		order = `owner, source, type, target`
		cond += ` AND job = owner AND sfield = '' AND tfield = ''`
	case q.Fields:
		cond += ` AND (sfield <> '' OR tfield <> '')`
	default:
		cond += ` AND sfield = '' AND tfield = '' AND type IN (` + marks(len(q.Types)) + `)`
		for _, t := range q.Types {
			args = append(args, t)
		}
	}
	if !q.Internal && !q.Stated {
		cond += ` AND NOT EXISTS (SELECT 1 FROM assets a WHERE a.key = edges.` + far + ` AND a.internal)`
	}
	return near + ` IN (` + marks(len(part)) + `) AND ` + cond, args, order
}

// Beyond counts what lies next to assets and is not taken.
func (s *Store) Beyond(ctx context.Context, q graph.NeighbourQuery, taken []catalog.AssetID) (map[catalog.AssetID]int, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	return beyond(ctx, s.read, q, taken)
}

func (m moment) Beyond(ctx context.Context, q graph.NeighbourQuery, taken []catalog.AssetID) (map[catalog.AssetID]int, error) {
	return beyond(ctx, m.tx, q, taken)
}

func beyond(ctx context.Context, db querier, q graph.NeighbourQuery, taken []catalog.AssetID) (map[catalog.AssetID]int, error) {
	q.Fields, q.Stated = false, false
	near, far := ends(q)
	list, err := json.Marshal(hexes(taken))
	if err != nil {
		return nil, err
	}
	out := map[catalog.AssetID]int{}
	for part := range slices.Chunk(q.Frontier, 500) {
		where, args, _ := neighbourWhere(near, far, part, q)
		rows, err := db.QueryContext(ctx, `SELECT `+near+`, count(DISTINCT `+far+`) FROM edges WHERE `+where+
			` AND `+far+` NOT IN (SELECT unhex(value) FROM json_each(?)) GROUP BY `+near, append(args, list)...)
		if err == nil {
			err = counts(rows, out)
		}
		if err != nil {
			return nil, fmt.Errorf("count neighbours: %w", err)
		}
	}
	return out, nil
}

func counts(rows *sql.Rows, out map[catalog.AssetID]int) error {
	defer rows.Close()
	for rows.Next() {
		var key sql.RawBytes
		var n int
		if err := rows.Scan(&key, &n); err != nil {
			return err
		}
		out[catalog.AssetID(key)] = n
	}
	return rows.Err()
}

func hexes(ids []catalog.AssetID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = hex.EncodeToString(id[:])
	}
	return out
}

// Rows yields every asset with every edge that it owns, by id.
func (s *Store) Rows(ctx context.Context) iter.Seq2[graph.Row, error] {
	return func(yield func(graph.Row, error) bool) {
		if err := s.open(); err != nil {
			yield(graph.Row{}, err)
			return
		}
		if err := s.rows(ctx, yield); err != nil {
			yield(graph.Row{}, fmt.Errorf("read graph: %w", err))
		}
	}
}

func (s *Store) rows(ctx context.Context, yield func(graph.Row, error) bool) error {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // read only
	assets, err := tx.QueryContext(ctx, `SELECT body FROM assets ORDER BY key`)
	if err != nil {
		return err
	}
	defer assets.Close()
	edges, err := tx.QueryContext(ctx, `SELECT owner, body FROM edges ORDER BY owner, type, source, target, sfield, tfield, job, ordinal`)
	if err != nil {
		return err
	}
	defer edges.Close()
	m := merge{edges: edges}
	for assets.Next() {
		var body sql.RawBytes
		var row graph.Row
		if err := assets.Scan(&body); err != nil {
			return err
		}
		if err := json.Unmarshal(body, &row.Asset); err != nil {
			return err
		}
		if row.Edges, err = m.of(row.Asset.ID); err != nil {
			return err
		}
		if !yield(row, nil) {
			return nil
		}
	}
	return assets.Err()
}

// merge walks the edges beside the assets, both in the order of ids.
type merge struct {
	edges *sql.Rows
	owner []byte
	edge  catalog.Edge
	have  bool
}

func (m *merge) of(id catalog.AssetID) ([]catalog.Edge, error) {
	var out []catalog.Edge
	for {
		if !m.have {
			if !m.edges.Next() {
				return out, m.edges.Err()
			}
			if err := m.scan(); err != nil {
				return nil, err
			}
		}
		switch c := bytes.Compare(m.owner, id[:]); {
		case c > 0:
			return out, nil
		case c == 0:
			out = append(out, m.edge)
		}
		m.have = false
	}
}

func (m *merge) scan() error {
	var body sql.RawBytes
	m.edge, m.owner = catalog.Edge{}, nil
	var owner []byte
	if err := m.edges.Scan(&owner, &body); err != nil {
		return err
	}
	m.owner, m.have = owner, true
	return json.Unmarshal(body, &m.edge)
}
