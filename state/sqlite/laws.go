package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/weirhq/weir/catalog"
)

// A law holds in every state that weir leaves, killed or not: the query counts
// what breaks it.
type law struct{ says, count string }

// laws of state.db. Names that relations and edges are about, sets and runs
// that others point to must be there; nothing may claim to be of the future.
var laws = []law{
	{"evidence is about names that exist", `SELECT count(*) FROM evidence e WHERE NOT EXISTS (SELECT 1 FROM names WHERE pk = e.a) OR NOT EXISTS (SELECT 1 FROM names WHERE pk = e.b)`},
	{"facets are of names that exist", `SELECT count(*) FROM props p WHERE NOT EXISTS (SELECT 1 FROM names WHERE pk = p.name)`},
	{"runs are of jobs that exist", `SELECT count(*) FROM runs r WHERE NOT EXISTS (SELECT 1 FROM names WHERE pk = r.job)`},
	{"runs name sets that exist", `SELECT count(*) FROM (SELECT inputs s FROM runs UNION SELECT outputs FROM runs UNION SELECT reads FROM runs UNION SELECT writes FROM runs
		UNION SELECT derives FROM runs UNION SELECT orders FROM runs UNION SELECT columns FROM runs UNION SELECT reads FROM past_runs UNION SELECT writes FROM past_runs) WHERE s > 0 AND s NOT IN (SELECT pk FROM sets)`},
	{"versions are of datasets and runs that exist", `SELECT count(*) FROM versions v WHERE NOT EXISTS (SELECT 1 FROM names WHERE pk = v.dataset) OR NOT EXISTS (SELECT 1 FROM runs WHERE pk = v.run)`},
	{"checks are of datasets and runs that exist", `SELECT count(*) FROM checks c WHERE NOT EXISTS (SELECT 1 FROM names WHERE pk = c.dataset) OR c.run <> 0 AND NOT EXISTS (SELECT 1 FROM runs WHERE pk = c.run)`},
	{"lineage is of jobs that exist", `SELECT count(*) FROM relations r WHERE NOT EXISTS (SELECT 1 FROM names WHERE pk = r.job)`},
	{"mentions are of names that exist", `SELECT count(*) FROM mentions m WHERE NOT EXISTS (SELECT 1 FROM names WHERE pk = m.name) OR NOT EXISTS (SELECT 1 FROM names WHERE pk = m.job)`},
	{"a name is filed once", `SELECT count(*) FROM (SELECT 1 FROM names GROUP BY type, namespace, name HAVING count(*) > 1)`},
	{"no row changed after the position", `SELECT count(*) FROM dirty WHERE position > (SELECT coalesce(max(value), 0) FROM meta WHERE key = 'position')`},
	{"nothing is set aside behind the position", `SELECT count(*) FROM parked WHERE position > (SELECT coalesce(max(value), 0) FROM meta WHERE key = 'position')`},
	{"the ledger's rows are not ahead of its number", `SELECT (SELECT count(*) FROM decisions WHERE seq > (SELECT seq FROM ledger_seq)) + (SELECT count(*) FROM actions WHERE seq > (SELECT seq FROM ledger_seq))`},
}

// Broken is a law that does not hold, and how often.
type Broken struct {
	Says  string
	Times int
}

// CheckLaws looks whether a state file is whole and its laws hold. A server may
// run on it; nothing is changed.
func CheckLaws(ctx context.Context, path string) (pos catalog.Position, broken []Broken, err error) {
	if pos, err = CheckState(ctx, path); err != nil {
		return pos, nil, err
	}
	db, err := readSegment(path)
	if err != nil {
		return pos, nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // all of one moment
	if err != nil {
		return pos, nil, err
	}
	defer tx.Rollback() //nolint:errcheck // only read
	for _, l := range laws {
		var n int
		if err := tx.QueryRowContext(ctx, l.count).Scan(&n); err != nil {
			return pos, broken, fmt.Errorf("check that %s: %w", l.says, err)
		}
		if n > 0 {
			broken = append(broken, Broken{l.says, n})
		}
	}
	return pos, broken, nil
}

// Check looks whether the files of the journal are whole. The error is of the
// first that is not.
func (j *Journal) Check(ctx context.Context) error {
	j.files.RLock()
	defer j.files.RUnlock()
	for _, s := range j.segments {
		if err := checkIntegrity(ctx, s.read); err != nil {
			return fmt.Errorf("%s: %w", s.path, err)
		}
	}
	return nil
}
