package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/state/sqlite"
)

func (a *app) rebuildCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "rebuild", Short: "Drop what was derived and replay the journal", Args: cobra.NoArgs,
		Long: `Replays the journal of --data into empty projections and an empty graph store.
What weir decided and did (the ledger) is not touched, and nothing is started. The
server of that directory must be stopped. A changed naming section of the configuration
takes effect by it.`,
		Example: "  weir rebuild --data ./weir-data\n  weir rebuild --data ./copy --graph neo4j --neo4j-uri bolt://127.0.0.1:7687",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.config(c)
			if err != nil {
				return err
			}
			return a.rebuild(c.Context(), cfg)
		},
	}
	addSettings(c.Flags(), "data", "graph", "neo4j_uri", "neo4j_user", "neo4j_password_file", "neo4j_database", "keep_environment")
	return c
}

func (a *app) rebuild(ctx context.Context, cfg Config) (err error) {
	if _, statErr := os.Stat(filepath.Join(cfg.Data, "events.db")); statErr != nil {
		return withCode(exitNotFound, catalog.WithHint(fmt.Errorf("open journal: %w", statErr), "--data names the directory of a weir server"))
	}
	cfg.rebuilding = true
	st, err := openStores(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if err := st.reset(ctx, cfg); err != nil {
		return err
	}
	started, end := time.Now(), st.journal.End()
	pos, err := st.catchUp(ctx, cfg, func(p catalog.Position) { a.say("replayed %s of %s", p, end) })
	if err != nil {
		return err
	}
	a.say("rebuilt to position %s in %s", pos, time.Since(started).Round(time.Millisecond))
	return nil
}

// reset empties everything that the journal can give again.
func (s *stores) reset(ctx context.Context, cfg Config) error {
	if err := s.history.Close(); err != nil {
		return err
	}
	s.history = nil
	if err := dropProjection(ctx, filepath.Join(cfg.Data, "state.db")); err != nil {
		return fmt.Errorf("drop projections: %w", err)
	}
	if err := dropTopologyFile(cfg.Data); err != nil {
		return err
	}
	var err error
	if s.history, err = sqlite.OpenHistory(ctx, s.db, sqlite.HistoryOptions{Naming: cfg.naming}); err != nil {
		return err
	}
	if err := s.graph.Apply(ctx, graph.Change{Reset: true}); err != nil {
		return fmt.Errorf("empty the %s graph store: %w", cfg.Graph, err)
	}
	return nil
}

// ledgerTables are what a replay cannot give again: decisions, actions, gate
// answers, the switch and poll cursors. All else in state.db is derived.
var ledgerTables = []string{"ledger_seq", "decisions", "actions", "gate_answers", "switches", "cursors"}

// dropProjection empties the derived tables in one transaction.
func dropProjection(ctx context.Context, path string) (err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(30000)&_txlock=immediate")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
	tables, err := tableNames(ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if slices.Contains(ledgerTables, t) || strings.HasPrefix(t, "goose") || strings.HasPrefix(t, "sqlite") {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM "`+t+`"`); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func tableNames(ctx context.Context, tx *sql.Tx) (names []string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		names = append(names, n)
	}
	return names, rows.Err()
}
