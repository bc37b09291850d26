package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Resolve gives the asset a name belongs to. A name never seen resolves to the
// id it would have, with seen false.
func (h *History) Resolve(_ context.Context, n catalog.Name) (catalog.AssetID, bool, error) {
	if r := h.lookup(n); r.known() {
		return h.names.asset(r.pk), true, nil
	}
	return catalog.AssetID(n.ID()), false, nil
}

// lookup finds a name as written, else in its canonical form; of a job, without
// what is different in each run.
func (h *History) lookup(n catalog.Name) nameRec {
	if r := h.names.get(n); r.known() {
		return r
	}
	if n.Type == catalog.TypeJob {
		stable, _ := catalog.StableJob(n)
		return h.names.get(stable)
	}
	canonical, _ := h.naming.Normalise(n)
	return h.names.get(canonical)
}

// Canonical maps any id an asset ever had to its present one.
func (h *History) Canonical(_ context.Context, id catalog.AssetID) (catalog.AssetID, error) {
	h.names.mu.RLock()
	defer h.names.mu.RUnlock()
	return h.names.resolver.Canonical(id), nil
}

// Foresee names the assets that a merge or split would end, and those that would
// come of it (catalog.Resolver.Foresee).
func (h *History) Foresee(_ context.Context, op catalog.OperatorFact) (now, then [][]catalog.Name, err error) {
	h.names.mu.RLock()
	defer h.names.mu.RUnlock()
	said := map[catalog.NameID]catalog.Name{}
	for _, n := range op.Names {
		said[n.ID()] = n
	}
	names := h.names.resolver.Names()
	named := func(sets [][]catalog.NameID) [][]catalog.Name {
		out := make([][]catalog.Name, len(sets))
		for i, set := range sets {
			for _, id := range set {
				n, ok := said[id]
				if number := names.Find(id); !ok {
					n = names.Name(number)
				}
				out[i] = append(out[i], n)
			}
		}
		return out
	}
	was, is := h.names.resolver.Foresee(op)
	return named(was), named(is), nil
}

// Members lists all names of an asset, sorted.
func (h *History) Members(_ context.Context, id catalog.AssetID) ([]catalog.Name, error) {
	var out []catalog.Name
	for _, r := range h.names.members(id) {
		out = append(out, r.name)
	}
	slices.SortFunc(out, catalog.Name.Compare)
	return out, nil
}

// Conflicts lists names that two primaries claim.
func (h *History) Conflicts(context.Context) ([]catalog.Conflict, error) {
	h.names.mu.RLock()
	defer h.names.mu.RUnlock()
	return h.names.resolver.Conflicts(), nil
}

// Namespaces lists the namespaces of known names of a type, sorted.
func (h *History) Namespaces(t catalog.AssetType) []string {
	h.names.mu.RLock()
	defer h.names.mu.RUnlock()
	out := h.names.resolver.Names().Namespaces(t)
	slices.Sort(out)
	return out
}

// Assets returns the canonical rows of the ids that exist, each once, in the
// order asked; an id of a merged name gives the asset it is now.
func (h *History) Assets(ctx context.Context, ids []catalog.AssetID) ([]catalog.Asset, error) {
	now := make([]catalog.AssetID, 0, len(ids))
	members := map[catalog.AssetID][]nameRec{}
	var all []nameRec
	for _, id := range ids {
		id, _ = h.Canonical(ctx, id)
		if _, seen := members[id]; seen {
			continue
		}
		members[id] = h.names.members(id)
		if len(members[id]) > 0 {
			now, all = append(now, id), append(all, members[id]...)
		}
	}
	data, err := h.readParts(ctx, h.db.read, all)
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	out := make([]catalog.Asset, len(now))
	for i, id := range now {
		parts, err := h.assetParts(ctx, h.db.read, data, id, members[id])
		if err != nil {
			return nil, fmt.Errorf("read asset %s: %w", id, err)
		}
		out[i] = catalog.BuildAsset(parts)
	}
	return out, nil
}

// Named gives the id now and the preferred name of each id asked, in that
// order; zero for what is not known. An asset that goes by one name, as most do,
// is answered from memory.
func (h *History) Named(ctx context.Context, ids []catalog.AssetID) ([]catalog.NamedAsset, error) {
	out := make([]catalog.NamedAsset, len(ids))
	var many []catalog.AssetID
	at := map[catalog.AssetID][]int{}
	for i, id := range ids {
		now, only, n := h.names.only(id)
		switch {
		case n == 1:
			out[i] = catalog.NamedAsset{ID: now, Name: only}
		case n > 1:
			at[now] = append(at[now], i)
			many = append(many, now)
		}
	}
	if len(many) == 0 {
		return out, nil
	}
	rows, err := h.Assets(ctx, many)
	for _, a := range rows {
		for _, i := range at[a.ID] {
			out[i] = catalog.NamedAsset{ID: a.ID, Name: a.Name}
		}
	}
	return out, err
}

// LastSeen is the newest event time that named any name of the asset.
func (h *History) LastSeen(ctx context.Context, id catalog.AssetID) (time.Time, error) {
	var last int64
	for _, r := range h.names.members(id) {
		_, seen, err := readStamps(ctx, h.db.read, r.pk)
		if err != nil {
			return time.Time{}, fmt.Errorf("read last seen: %w", err)
		}
		last = max(last, seen)
	}
	return fromNano(last), nil
}

// Select lists assets that go by a name matching the glob ("*" is any run of
// characters) over "NAMESPACE/NAME", by preferred name; at most limit.
func (h *History) Select(ctx context.Context, t catalog.AssetType, glob string, limit int) ([]catalog.Asset, error) {
	ids := h.match(t, func(text string) bool { return catalog.MatchGlob(glob, text) })
	assets, err := h.Assets(ctx, ids)
	slices.SortFunc(assets, func(a, b catalog.Asset) int { return a.Name.Compare(b.Name) })
	return assets[:min(limit, len(assets))], err
}

// Containing lists assets whose "NAMESPACE/NAME" contains the text.
func (h *History) Containing(ctx context.Context, part string, limit int) ([]catalog.Asset, error) {
	part = strings.ToLower(part)
	contains := func(text string) bool { return strings.Contains(strings.ToLower(text), part) }
	ids := append(h.match(catalog.TypeDataset, contains), h.match(catalog.TypeJob, contains)...)
	assets, err := h.Assets(ctx, ids[:min(len(ids), 4*limit)])
	slices.SortFunc(assets, func(a, b catalog.Asset) int { return a.Name.Compare(b.Name) })
	return assets[:min(limit, len(assets))], err
}

func (h *History) match(t catalog.AssetType, ok func(string) bool) []catalog.AssetID {
	h.names.mu.RLock()
	defer h.names.mu.RUnlock()
	set := map[catalog.AssetID]bool{}
	for r := range h.names.all(t) {
		if ok(r.name.Namespace + "/" + r.name.Name) {
			set[h.names.resolver.AssetOf(r.number)] = true
		}
	}
	out := make([]catalog.AssetID, 0, len(set))
	for id := range set {
		out = append(out, id)
	}
	slices.SortFunc(out, catalog.AssetID.Compare)
	return out
}

// VersionFilter is VersionQuery without the dataset.
type VersionFilter = catalog.VersionQuery

// Versions lists the versions of a dataset newest first, those without a run
// (a newer data time seen by a look) among them.
func (h *History) Versions(ctx context.Context, q catalog.VersionQuery) ([]catalog.Version, error) {
	members := h.names.members(q.Dataset)
	out, err := h.versions(ctx, h.db.read, pksOf(members), q)
	if err != nil {
		return nil, fmt.Errorf("read versions: %w", err)
	}
	return out, nil
}

func (h *History) versions(ctx context.Context, q querier, pks []int64, f VersionFilter) ([]catalog.Version, error) {
	if len(pks) == 0 {
		return nil, nil
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 20
	}
	out, err := h.runVersions(ctx, q, pks, f, limit)
	if err != nil {
		return nil, err
	}
	whole := len(f.Partitions) == 0 || slices.Contains(f.Partitions, "")
	if f.Run.IsZero() && f.DataVersion == "" && whole { // what a look found has neither
		looks, err := h.lookVersions(ctx, q, pks, f, limit)
		if err != nil {
			return nil, err
		}
		out = append(out, looks...)
	}
	slices.SortFunc(out, func(a, b catalog.Version) int {
		if a.Before(b) {
			return 1
		}
		return -1
	})
	return out[:min(limit, len(out))], nil
}

func (h *History) runVersions(ctx context.Context, q querier, pks []int64, f VersionFilter, limit int) ([]catalog.Version, error) {
	w := newWhere()
	w.in("v.dataset", pks)
	w.bounds("v.produced", f.After, f.Before)
	if f.Untainted {
		w.add("v.tainted = 0")
	}
	if f.DataVersion != "" { // the first half lets the partial index serve
		w.add("v.data_version <> '' AND v.data_version = ?", f.DataVersion)
	}
	if len(f.Partitions) > 0 {
		w.inText("v.partition", f.Partitions)
	}
	if !f.Run.IsZero() {
		r := h.lookup(f.Run.Job)
		if !r.known() {
			return nil, nil
		}
		w.add("r.job = ? AND r.run_id = ?", r.pk, f.Run.RunID)
	}
	var out []catalog.Version
	query := `SELECT v.dataset, v.produced, v.attempt, v.partition, v.started, v.data_version, v.code_version, v.code_hash, v.tainted, v.row_count, v.bytes, v.file_count, r.job, r.run_id
		FROM versions v JOIN runs r ON r.pk = v.run JOIN names d ON d.pk = v.dataset JOIN names j ON j.pk = r.job WHERE ` + w.text() + `
		ORDER BY v.produced DESC, r.run_id DESC, v.attempt DESC, d.namespace DESC, d.name DESC, j.namespace DESC, j.name DESC, v.partition DESC LIMIT ?`
	err := each(ctx, q, query, append(w.args, limit), func(rows *sql.Rows) error {
		var v catalog.Version
		var n counts
		var ds, produced, started, job int64
		if err := rows.Scan(&ds, &produced, &v.Attempt, &v.Partition, &started, &v.DataVersion, &v.CodeVersion, &v.CodeHash, &v.Tainted, &n.Rows, &n.Bytes, &n.Files, &job, &v.Run.RunID); err != nil {
			return err
		}
		v.RowCount, v.Bytes, v.FileCount = known(n.Rows), known(n.Bytes), known(n.Files)
		v.ProducedAt, v.RunStartedAt = fromNano(produced), fromNano(started)
		v.Dataset, v.Asset = h.named(ds), h.names.asset(ds)
		v.Run.Job = h.named(job)
		out = append(out, v)
		return nil
	})
	return out, err
}

func known(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

func (h *History) named(pk int64) catalog.Name {
	if r := h.names.pk(pk); r.known() {
		return r.name
	}
	return catalog.Name{}
}

// lookVersions: a data time that no run's version explains is a version
// without a run.
func (h *History) lookVersions(ctx context.Context, q querier, pks []int64, f VersionFilter, limit int) ([]catalog.Version, error) {
	w := newWhere()
	w.in("l.dataset", pks)
	w.bounds("l.data_time", f.After, f.Before)
	in, args := placeholders(pks)
	w.add("NOT EXISTS (SELECT 1 FROM versions v WHERE v.dataset IN ("+in+") AND v.started <= l.data_time AND v.produced >= l.data_time)", args...)
	var out []catalog.Version
	query := `SELECT l.dataset, l.data_time FROM looks l JOIN names d ON d.pk = l.dataset WHERE ` + w.text() + `
		GROUP BY l.dataset, l.data_time ORDER BY l.data_time DESC, d.namespace DESC, d.name DESC LIMIT ?`
	err := each(ctx, q, query, append(w.args, limit), func(rows *sql.Rows) error {
		var ds, at int64
		if err := rows.Scan(&ds, &at); err != nil {
			return err
		}
		t := fromNano(at)
		out = append(out, catalog.Version{Dataset: h.named(ds), Asset: h.names.asset(ds), ProducedAt: t, DataTime: t})
		return nil
	})
	return out, err
}

// LastLook is the newest verified look that saw no data newer than a time (zero:
// any look).
func (h *History) LastLook(ctx context.Context, dataset catalog.AssetID, upTo time.Time) (catalog.Look, error) {
	members := h.names.members(dataset)
	if len(members) == 0 {
		return catalog.Look{}, nil
	}
	w := newWhere()
	w.in("dataset", pksOf(members))
	if !upTo.IsZero() {
		w.add("data_time <= ?", nano(upTo))
	}
	list, err := h.looks(ctx, w, " LIMIT 1")
	if err != nil || len(list) == 0 {
		return catalog.Look{}, err
	}
	return list[0], nil
}

// AllLooks lists the verified looks at a dataset, newest first, without a bound.
func (h *History) AllLooks(ctx context.Context, dataset catalog.AssetID) ([]catalog.Look, error) {
	members := h.names.members(dataset)
	if len(members) == 0 {
		return nil, nil
	}
	w := newWhere()
	w.in("dataset", pksOf(members))
	return h.looks(ctx, w, "")
}

func (h *History) looks(ctx context.Context, w *where, limit string) (out []catalog.Look, err error) {
	err = each(ctx, h.db.read, `SELECT data_time, at FROM looks WHERE `+w.text()+` ORDER BY at DESC, data_time DESC`+limit, w.args,
		func(rows *sql.Rows) error {
			var data, at int64
			err := rows.Scan(&data, &at)
			out = append(out, catalog.Look{DataTime: fromNano(data), At: fromNano(at)})
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read looks: %w", err)
	}
	return out, nil
}

// Checks lists check results of a dataset newest first.
func (h *History) Checks(ctx context.Context, q catalog.CheckQuery) ([]catalog.Check, error) {
	members := h.names.members(q.Dataset)
	if len(members) == 0 {
		return nil, nil
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 200
	}
	w := newWhere()
	w.in("c.dataset", pksOf(members))
	w.bounds("c.at", q.Since, time.Time{})
	var out []catalog.Check
	query := `SELECT c.dataset, c.name, c.field, c.at, c.outcome, c.severity, c.message,
		coalesce(r.job, 0), coalesce(r.run_id, ''), coalesce(r.started, 0), coalesce(r.body, '')
		FROM checks c LEFT JOIN runs r ON r.pk = c.run WHERE ` + w.text() + ` ORDER BY c.at DESC, c.name, c.field, r.run_id DESC, ` + nameText("c.dataset") + `, ` + nameText("r.job") + ` LIMIT ?`
	err := each(ctx, h.db.read, query, append(w.args, limit), func(rows *sql.Rows) error {
		var c catalog.Check
		var ds, at, job, started int64
		var body []byte
		if err := rows.Scan(&ds, &c.Name, &c.Field, &at, &c.Outcome, &c.Severity, &c.Message, &job, &c.Run.RunID, &started, &body); err != nil {
			return err
		}
		c.Dataset, c.Asset, c.At, c.RunStartedAt = h.named(ds), h.names.asset(ds), fromNano(at), fromNano(started)
		c.Run.Job = h.named(job)
		if len(body) > 0 {
			rec := runRec{}
			if err := rec.decode([]byte("[]"), body); err != nil {
				return err
			}
			c.Parent = rec.ref(fieldParent)
		}
		out = append(out, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read checks: %w", err)
	}
	return out, nil
}

// where builds a condition from constant texts; values are always parameters.
type where struct {
	parts []string
	args  []any
}

func newWhere() *where { return &where{} }

func (w *where) add(text string, args ...any) {
	w.parts, w.args = append(w.parts, text), append(w.args, args...)
}

func (w *where) in(column string, values []int64) {
	text, args := placeholders(values)
	w.add(column+" IN ("+text+")", args...)
}

func (w *where) inText(column string, values []string) {
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	w.add(column+" IN ("+marks(len(values))+")", args...)
}

func (w *where) bounds(column string, after, before time.Time) {
	if !after.IsZero() {
		w.add(column+" > ?", nano(after))
	}
	if !before.IsZero() {
		w.add(column+" < ?", nano(before))
	}
}

func (w *where) text() string {
	if len(w.parts) == 0 {
		return "1"
	}
	return strings.Join(w.parts, " AND ")
}

func placeholders(values []int64) (string, []any) {
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	return marks(len(values)), args
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }
