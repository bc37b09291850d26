package embedded

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// CheckLaws looks whether a graph file is whole and holds what every graph
// does: each edge has both its ends, and its intervals lie one after the other.
// It says how far the graph is and what is broken; a server may run on it.
func CheckLaws(ctx context.Context, path string) (pos catalog.Position, broken []string, err error) {
	if _, err := os.Stat(path); err != nil {
		return 0, nil, err
	}
	db, err := look(path)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var whole string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&whole); err != nil {
		return 0, nil, fmt.Errorf("read the file: %w", err)
	}
	if whole != "ok" {
		return 0, nil, fmt.Errorf("the file is damaged: %s", whole)
	}
	var at int64
	if err := db.QueryRowContext(ctx, `SELECT coalesce((SELECT value FROM meta WHERE key = 'position'), 0)`).Scan(&at); err != nil {
		return 0, nil, err
	}
	for says, query := range map[string]string{
		"edges without one of their ends": `SELECT count(*) FROM edges e WHERE NOT EXISTS (SELECT 1 FROM assets WHERE key = e.source) OR NOT EXISTS (SELECT 1 FROM assets WHERE key = e.target)`,
		"edges whose intervals overlap": `SELECT count(*) FROM (SELECT vfrom, lag(vto) OVER w AS before FROM edges
			WINDOW w AS (PARTITION BY owner, type, source, target, sfield, tfield, job ORDER BY vfrom)) WHERE before > vfrom`,
		"edges that end before they begin": `SELECT count(*) FROM edges WHERE vto < vfrom`,
	} {
		var n int
		if err := db.QueryRowContext(ctx, query).Scan(&n); err != nil {
			return 0, nil, fmt.Errorf("look for %s: %w", says, err)
		}
		if n > 0 {
			broken = append(broken, fmt.Sprintf("%d %s", n, says))
		}
	}
	slices.Sort(broken)
	return catalog.Position(at), broken, nil
}

// ProjectionOf is whose positions a graph file counts (Store.Projection); a
// server may run on it.
func ProjectionOf(ctx context.Context, path string) (id int64, err error) {
	db, err := look(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return id, db.QueryRowContext(ctx, selectProjection).Scan(&id)
}

func look(path string) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?_pragma=busy_timeout(30000)")
}
