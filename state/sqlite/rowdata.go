package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	jsonx "github.com/go-json-experiment/json"

	"github.com/weirhq/weir/catalog"
)

// rowData is what the tables hold of some names, by the names' keys. It is read
// with a few statements however many names there are: a statement a name was
// half the cost of following what grows.
type rowData struct {
	props     map[int64][]catalog.StampedProperty
	evidence  map[int64][]catalog.Evidence
	relations map[int64][]relationRow
	// orders are relations of other jobs that mention a job: it may own some.
	orders map[int64][]relationRow
}

type relationRow struct {
	kind, origin int
	body         []byte
}

// readParts reads what assets are built of.
func (h *History) readParts(ctx context.Context, q querier, members []nameRec) (*rowData, error) {
	d := &rowData{props: map[int64][]catalog.StampedProperty{}, evidence: map[int64][]catalog.Evidence{},
		relations: map[int64][]relationRow{}, orders: map[int64][]relationRow{}}
	keys := pkList(members)
	if err := d.readProps(ctx, q, pkList(h.notRecent(members, d.props))); err != nil {
		return nil, fmt.Errorf("read facets: %w", err)
	}
	if err := d.readEvidence(ctx, q, h.names, keys); err != nil {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	return d, nil
}

// readEdges reads what their edges follow from, too.
func (d *rowData) readEdges(ctx context.Context, q querier, members []nameRec) error {
	const relations = `SELECT r.job, r.kind, r.origin, r.body FROM json_each(?) j CROSS JOIN relations r ON r.job = j.value`
	if err := readRelations(ctx, q, d.relations, relations, pkList(members)); err != nil {
		return fmt.Errorf("read relations: %w", err)
	}
	var jobs []nameRec
	for _, r := range members {
		if r.name.Type == catalog.TypeJob {
			jobs = append(jobs, r)
		}
	}
	const orders = `SELECT m.name, r.kind, r.origin, r.body FROM json_each(?1) j CROSS JOIN mentions m ON m.name = j.value
		CROSS JOIN relations r ON r.job = m.job AND r.kind = ?2`
	if err := readRelations(ctx, q, d.orders, orders, pkList(jobs), setOrders); err != nil {
		return fmt.Errorf("read orders: %w", err)
	}
	return nil
}

func readRelations(ctx context.Context, q querier, into map[int64][]relationRow, query string, args ...any) error {
	return each(ctx, q, query, args, func(rows *sql.Rows) error {
		var pk int64
		var r relationRow
		err := rows.Scan(&pk, &r.kind, &r.origin, &r.body)
		into[pk] = append(into[pk], r)
		return err
	})
}

// notRecent takes the facets that are at hand, and gives the names whose are not.
func (h *History) notRecent(members []nameRec, into map[int64][]catalog.StampedProperty) []nameRec {
	var rest []nameRec
	for _, r := range members {
		if list, ok := h.recent.get(r.pk); ok {
			into[r.pk] = list
		} else {
			rest = append(rest, r)
		}
	}
	return rest
}

func (d *rowData) readProps(ctx context.Context, q querier, keys string) error {
	const stamps = `SELECT s.name, s.body FROM json_each(?) j CROSS JOIN stamps s ON s.name = j.value`
	at := map[int64]map[string]int64{}
	if err := each(ctx, q, stamps, []any{keys}, func(rows *sql.Rows) error {
		var pk int64
		var raw sql.RawBytes
		var body stampBody
		if err := rows.Scan(&pk, &raw); err != nil {
			return err
		}
		err := jsonx.Unmarshal(raw, &body)
		at[pk] = body.At
		return err
	}); err != nil {
		return err
	}
	const props = `SELECT p.name, p.key, p.raw, p.value, p.deleted FROM json_each(?) j CROSS JOIN props p ON p.name = j.value`
	return each(ctx, q, props, []any{keys}, func(rows *sql.Rows) error {
		var pk int64
		var p catalog.StampedProperty
		var raw, value []byte
		if err := rows.Scan(&pk, &p.Key, &raw, &value, &p.Deleted); err != nil {
			return err
		}
		p.Raw, p.At = raw, fromNano(at[pk][p.Key])
		if len(value) > 0 {
			p.Value = value
		}
		d.props[pk] = append(d.props[pk], p)
		return nil
	})
}

// readEvidence reads the evidence that touches the names. Both ends need not be
// of one asset: a symlink that never merges is still shown.
func (d *rowData) readEvidence(ctx context.Context, q querier, names *nameTable, keys string) error {
	const evidence = `SELECT j.value, e.a, e.b, e.origin, e.detail, e.since FROM json_each(?1) j CROSS JOIN evidence e ON e.a = j.value
		UNION ALL SELECT j.value, e.a, e.b, e.origin, e.detail, e.since FROM json_each(?1) j CROSS JOIN evidence e ON e.b = j.value`
	return each(ctx, q, evidence, []any{keys}, func(rows *sql.Rows) error {
		var pk, a, b, since int64
		var e catalog.Evidence
		if err := rows.Scan(&pk, &a, &b, &e.Origin, &e.Detail, &since); err != nil {
			return err
		}
		ra, rb := names.pk(a), names.pk(b)
		if !ra.known() || !rb.known() {
			return nil // newer than the names this reader holds
		}
		e.A, e.B, e.Since = ra.name, rb.name, fromNano(since)
		d.evidence[pk] = append(d.evidence[pk], e)
		return nil
	})
}

// pkList writes the keys of names as JSON: one parameter for any number.
func pkList(members []nameRec) string {
	b := make([]byte, 1, 8*len(members)+2)
	b[0] = '['
	for i, r := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, r.pk, 10)
	}
	return string(append(b, ']'))
}
