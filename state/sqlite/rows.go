package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// Changes reads the final rows of assets dirtied behind after, at most about
// limit of them. The rows may be newer than Position says; applying them again
// later does no harm.
func (h *History) Changes(ctx context.Context, after catalog.Position, limit int) (Final, error) {
	if pos := h.position.Load(); h.dirtied.Load() <= uint64(after) { // in this order: rows are dirtied before the position moves
		return Final{Position: catalog.Position(pos)}, nil
	}
	h.following.Lock()
	defer h.following.Unlock()
	h.rest.RLock()
	defer h.rest.RUnlock()
	tx, err := h.db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return Final{}, fmt.Errorf("read changes: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // read only
	var pos int64
	if err := tx.QueryRowContext(ctx, `SELECT coalesce((SELECT value FROM meta WHERE key = 'position'), 0)`).Scan(&pos); err != nil {
		return Final{}, fmt.Errorf("read changes: %w", err)
	}
	list, cut, err := h.dirtyAfter(tx, after, limit)
	if err != nil {
		return Final{}, fmt.Errorf("read changes: %w", err)
	}
	f := Final{Position: catalog.Position(pos)}
	if cut > 0 {
		f.Position = cut
	}
	return f, h.fill(ctx, tx, list, &f)
}

// fill adds the rows of assets. They are shared with whoever asks for the same:
// nobody may change them.
func (h *History) fill(ctx context.Context, tx *sql.Tx, list []dirtyAsset, f *Final) error {
	built := make([]builtRow, len(list))
	var missing []int
	for i, d := range list {
		var ok bool
		if built[i], ok = h.rows.get(d); !ok {
			missing = append(missing, i)
		}
	}
	if len(missing) > 0 {
		if err := h.build(ctx, tx, list, missing, built); err != nil {
			return fmt.Errorf("read rows: %w", err)
		}
	}
	for i, b := range built {
		if b.ok {
			f.Rows = append(f.Rows, b.row)
		} else {
			f.Removed = append(f.Removed, list[i].id)
		}
	}
	return nil
}

// build makes the rows that are missing.
func (h *History) build(ctx context.Context, tx *sql.Tx, list []dirtyAsset, missing []int, built []builtRow) error {
	members := make([][]nameRec, len(missing))
	var all []nameRec
	for n, i := range missing {
		members[n] = h.rowMembers(list[i].id)
		all = append(all, members[n]...)
	}
	data, err := h.readParts(ctx, tx, all)
	if err == nil {
		err = data.readEdges(ctx, tx, all)
	}
	if err != nil {
		return err
	}
	for n, i := range missing {
		b := builtRow{at: list[i].at}
		if b.row, b.ok, err = h.finalRow(ctx, tx, data, list[i].id, members[n]); err != nil {
			return fmt.Errorf("asset %s: %w", list[i].id, err)
		}
		built[i] = b
		h.rows.put(list[i].id, b)
	}
	return nil
}

// Row is the canonical row of an asset as it is now; ok is false when there is
// none.
func (h *History) Row(ctx context.Context, id catalog.AssetID) (row catalog.Row, ok bool, err error) {
	tx, err := h.db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return row, false, fmt.Errorf("read row: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // read only
	members := h.rowMembers(id)
	data, err := h.readParts(ctx, tx, members)
	if err == nil {
		err = data.readEdges(ctx, tx, members)
	}
	if err == nil {
		row, ok, err = h.finalRow(ctx, tx, data, id, members)
	}
	if err != nil {
		return row, false, fmt.Errorf("read row of %s: %w", id, err)
	}
	return row, ok, nil
}

// rowMembers lists the names of an asset that has a row; none for an id that
// merged into another asset, and for names that occur only as evidence.
func (h *History) rowMembers(id catalog.AssetID) []nameRec {
	members := h.names.members(id)
	known := slices.ContainsFunc(members, func(r nameRec) bool { return r.observed.Load() || r.curated.Load() })
	if !known || h.names.asset(members[0].pk) != id {
		return nil
	}
	return members
}

// finalRow builds the canonical row of an asset; ok is false when it has none.
func (h *History) finalRow(ctx context.Context, q querier, data *rowData, id catalog.AssetID, members []nameRec) (catalog.Row, bool, error) {
	if len(members) == 0 {
		return catalog.Row{}, false, nil
	}
	parts, err := h.assetParts(ctx, q, data, id, members)
	if err != nil || !parts.Known() {
		return catalog.Row{}, false, err
	}
	row := catalog.Row{Asset: catalog.BuildAsset(parts)}
	row.Edges, err = h.ownedEdges(ctx, q, data, row.Asset, members, parts.Statements)
	return row, true, err
}

func (h *History) assetParts(ctx context.Context, q querier, data *rowData, id catalog.AssetID, members []nameRec) (parts catalog.AssetParts, err error) {
	parts.ID, parts.Naming = id, h.naming
	for _, r := range members {
		parts.Names = append(parts.Names, catalog.NameRecord{Name: r.name, FirstSeen: fromNano(r.firstSeen.Load()), Observed: r.observed.Load()})
		parts.Properties = append(parts.Properties, data.props[r.pk]...)
		parts.Evidence = append(append(parts.Evidence, data.evidence[r.pk]...), h.names.shortNames(r)...)
	}
	changes, err := h.changesOf(ctx, q, members)
	if err != nil {
		return parts, err
	}
	if parts.Gone, parts.Back, err = h.whereabouts(ctx, q, id, members, changes); err != nil {
		return parts, err
	}
	former, err := h.former(ctx, q, id, changes, map[catalog.AssetID]bool{id: true})
	if err != nil {
		return parts, err
	}
	for _, r := range former {
		parts.Former = append(parts.Former, r.name)
	}
	parts.Statements, err = h.statementsOf(ctx, q, slices.Concat(members, former))
	return parts, err
}

// ownedEdges unites the intervals of all names of an asset into its edges: a
// job's, those that DatasetEvents state, and those that people declared.
func (h *History) ownedEdges(ctx context.Context, q querier, data *rowData, asset catalog.Asset, members []nameRec, list []catalog.Statement) ([]catalog.Edge, error) {
	g, id := edgeGroups{}, asset.ID
	if err := h.declaredEdges(ctx, q, g, id, list); err != nil {
		return nil, err
	}
	for _, r := range members {
		for _, rel := range data.relations[r.pk] {
			if err := h.relationInto(g, id, rel, false); err != nil {
				return nil, err
			}
		}
		for _, rel := range data.orders[r.pk] {
			if err := h.relationInto(g, id, rel, true); err != nil {
				return nil, err
			}
		}
	}
	changes, err := h.changesOf(ctx, q, members)
	h.renames(g, id, changes)
	return g.edges(), err
}

// relationInto adds the edges of a relation. Of one that another job stated
// only orders can be owned by this one, not what contains what.
func (h *History) relationInto(g edgeGroups, id catalog.AssetID, r relationRow, foreign bool) error {
	spans, err := decodeSpans(r.body)
	for key, list := range spans {
		if foreign {
			if contains, _, _ := parseOrderKey(key); contains {
				continue
			}
		}
		h.addEdges(g, id, r.kind, r.origin, key, list)
	}
	return err
}

// edgeGroups gathers the intervals of one relation between two assets, from
// whatever names.
type edgeGroups map[catalog.Edge][]catalog.Interval

func (h *History) addEdges(g edgeGroups, id catalog.AssetID, kind, origin int, key string, list []catalog.Interval) {
	if key == explicitKey {
		return
	}
	e := catalog.Edge{Origin: catalog.EdgeObserved}
	if origin == declared {
		e.Origin = catalog.EdgeDeclared
	}
	switch kind {
	case setInputs:
		e.Type, e.Source, e.Target = catalog.EdgeReads, h.names.asset(parseNameKey(key)), id
	case setOutputs:
		e.Type, e.Source, e.Target = catalog.EdgeWrites, id, h.names.asset(parseNameKey(key))
	case setColumns:
		c := parseColumnKey(key)
		e.Source, e.Target = h.names.asset(c.src), h.names.asset(c.dst)
		e.Type, e.Jobs = h.flowType(c)
		e.SourceField, e.TargetField, e.Transformation = c.srcField, c.dstField, c.transformation
		if e.Owner() != id {
			e.Job = id
		}
	case setOrders:
		contains, up, down := parseOrderKey(key)
		e.Type, e.Source, e.Target = catalog.EdgeControls, h.names.asset(up), h.names.asset(down)
		e.Transformation = orderDetail(key)
		if contains {
			e.Type, e.Target = catalog.EdgeContains, id
		}
		if e.Target != id || e.Source == id { // owned by another job, or a job within itself
			return
		}
	}
	g[e] = append(g[e], list...)
}

// flowType: between unlike ends data is read or written, as a whole; jobs says
// that both ends are jobs.
func (h *History) flowType(c columnEdge) (t catalog.EdgeType, jobs bool) {
	src, dst := h.names.pk(c.src), h.names.pk(c.dst)
	switch {
	case c.srcField != "" || c.dstField != "" || !src.known() || !dst.known():
		return catalog.EdgeDerives, false
	case src.name.Type == dst.name.Type:
		return catalog.EdgeDerives, dst.name.Type == catalog.TypeJob
	case dst.name.Type == catalog.TypeJob:
		return catalog.EdgeReads, false
	}
	return catalog.EdgeWrites, false
}

// edges unites the intervals and numbers them per relation between two ends,
// so that (type, ends, fields, job, ordinal) is a key.
func (g edgeGroups) edges() []catalog.Edge {
	var out []catalog.Edge
	for e, list := range g {
		for _, iv := range catalog.UnionIntervals(list) {
			e.From, e.To, e.Run = iv.From, iv.To, iv.Run
			out = append(out, e)
		}
	}
	slices.SortFunc(out, compareEdges)
	for i := 1; i < len(out); i++ {
		if sameEnds(out[i], out[i-1]) {
			out[i].Ordinal = out[i-1].Ordinal + 1
		}
	}
	return out
}

func sameEnds(a, b catalog.Edge) bool {
	return a.Type == b.Type && a.Source == b.Source && a.Target == b.Target &&
		a.SourceField == b.SourceField && a.TargetField == b.TargetField && a.Job == b.Job
}

func compareEdges(a, b catalog.Edge) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), a.Source.Compare(b.Source), a.Target.Compare(b.Target),
		cmp.Compare(a.SourceField, b.SourceField), cmp.Compare(a.TargetField, b.TargetField), a.Job.Compare(b.Job),
		a.From.Compare(b.From), cmp.Compare(a.Origin, b.Origin),
		cmp.Compare(a.Transformation.Type, b.Transformation.Type), cmp.Compare(a.Transformation.Subtype, b.Transformation.Subtype),
		cmp.Compare(a.Transformation.Description, b.Transformation.Description), compareBools(a.Transformation.Masking, b.Transformation.Masking),
		cmp.Compare(a.Run, b.Run), a.To.Compare(b.To))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func pksOf(members []nameRec) []int64 {
	out := make([]int64, len(members))
	for i, r := range members {
		out[i] = r.pk
	}
	return out
}
