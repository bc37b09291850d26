package sqlite

import (
	"database/sql"
	"fmt"

	"github.com/weirhq/weir/catalog"
)

// unstated stands for a set that a declaration says nothing of.
const unstated = -1

// declared files the lineage that a JobEvent or a DatasetEvent states.
func (b *batch) declared(f *catalog.Facts, at int64) error {
	owner, ok := declarer(f)
	if !ok {
		return nil
	}
	name, err := b.name(owner, at, true)
	if err != nil {
		return err
	}
	sets, err := b.fileSets(f, at, nil)
	if err != nil {
		return err
	}
	if err := b.declare(name.pk, at, sets, statedSides(f, sets)); err != nil {
		return fmt.Errorf("file declaration: %w", err)
	}
	for kind := range (relatedSets{}) {
		if err := b.recompute(sideKey{name.pk, kind, declared}); err != nil {
			return err
		}
	}
	return nil
}

// declarer is who declares: the job of a JobEvent, or the dataset of a
// DatasetEvent that says something of lineage.
func declarer(f *catalog.Facts) (catalog.Name, bool) {
	switch {
	case f.Run != nil || f.Operator != nil:
	case f.Job != nil:
		return f.Job.Name, true
	case (f.Explicit || f.ExplicitDeleted || len(f.ColumnsStated) > 0) && len(f.Datasets) > 0:
		return f.Datasets[0].Name, true
	}
	return catalog.Name{}, false
}

// sides marks sets of statedSets.
type sides [setFlows + 1]bool

// statedSides says of which sets the event speaks; one that it is silent about
// stays as it was.
func statedSides(f *catalog.Facts, sets statedSets) sides {
	return sides{f.InputsStated, f.OutputsStated, len(f.ColumnsStated) > 0, sets[setOrders] != 0, f.Explicit || f.ExplicitDeleted}
}

func (b *batch) declare(owner, at int64, sets statedSets, stated sides) error {
	old, err := b.declaration(owner, at)
	if err != nil {
		return err
	}
	args := []any{owner, at}
	for i, s := range sets {
		switch {
		case !stated[i]:
			s = old[i]
		case old[i] > 0: // another event of the same instant: both hold
			if s, err = b.union(s, old[i]); err != nil {
				return err
			}
		}
		args = append(args, s)
	}
	return b.exec(b.st.putDeclaration, args...)
}

const declarationColumns = `inputs, outputs, columns, orders, flows`

func (s *statedSets) places() []any {
	return []any{&s[setInputs], &s[setOutputs], &s[setColumns], &s[setOrders], &s[setFlows]}
}

// declaration reads what was declared at an instant.
func (b *batch) declaration(owner, at int64) (sets statedSets, err error) {
	sets = statedSets{unstated, unstated, unstated, unstated, unstated}
	err = each(b.ctx, b.conn, `SELECT `+declarationColumns+` FROM declarations WHERE job = ? AND at = ?`, []any{owner, at},
		func(rows *sql.Rows) error { return rows.Scan(sets.places()...) })
	return sets, err
}

// declarations gives the declarations that speak of a relation, each with what
// holds by then: a set that one is silent about is that of the one before it.
func (b *batch) declarations(key sideKey) ([]catalog.NamingRun[string], error) {
	var times []int64
	var list []statedSets
	query := `SELECT at, ` + declarationColumns + ` FROM declarations WHERE job = ? ORDER BY at`
	err := each(b.ctx, b.conn, query, []any{key.job}, func(rows *sql.Rows) error {
		var at int64
		var sets statedSets
		err := rows.Scan(append([]any{&at}, sets.places()...)...)
		times, list = append(times, at), append(list, sets)
		return err
	})
	if err != nil {
		return nil, err
	}
	var runs []catalog.NamingRun[string]
	now := statedSets{unstated, unstated, unstated, unstated, unstated}
	for i, sets := range list {
		for j, s := range sets {
			if s != unstated {
				now[j] = s
			}
		}
		if !speaks(key.kind, sets, now) {
			continue
		}
		named, err := b.declaredKeys(key, now)
		if err != nil {
			return nil, err
		}
		at := fromNano(times[i])
		runs = append(runs, catalog.NamingRun[string]{Start: at, End: at, Succeeded: true, Named: named})
	}
	return runs, nil
}

// speaks: a declaration says something of a relation when it states its set,
// or the flows that it follows from.
func speaks(kind int, sets, now statedSets) bool {
	return sets[kind] != unstated && (kind != setColumns || now[setFlows] <= 0) || kind != setOrders && sets[setFlows] != unstated
}

func (b *batch) declaredKeys(key sideKey, now statedSets) ([]string, error) {
	for i, s := range now {
		now[i] = max(s, 0)
	}
	r, err := b.related(key.job, now)
	if err != nil {
		return nil, err
	}
	return b.keys(r[key.kind])
}
