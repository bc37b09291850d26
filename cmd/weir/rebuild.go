package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/state/sqlite"
)

func (a *app) rebuildCommand() *cobra.Command {
	var o rebuildOptions
	c := &cobra.Command{
		Use: "rebuild", Short: "Drop what was derived and replay the journal", Args: cobra.NoArgs,
		Long: `Replays the journal of --data into empty projections, an empty graph store and an
empty search index.
What weir decided and did (the ledger) is not touched, and nothing is started. The
server of that directory must be stopped. A changed naming section of the configuration
takes effect by it. Where retention has removed the beginning of the journal, the rebuild
starts at the newest snapshot that is whole and that the rest continues.`,
		Example: "  weir rebuild --data ./weir-data\n  weir rebuild --data ./copy --graph neo4j --neo4j-uri bolt://127.0.0.1:7687",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.config(c)
			if err != nil {
				return err
			}
			return a.rebuild(c.Context(), cfg, o)
		},
	}
	addSettings(c.Flags(), "data", "graph", "neo4j_uri", "neo4j_user", "neo4j_password_file", "neo4j_database", "neo4j_ca_file", "neo4j_insecure", "keep_environment")
	c.Flags().BoolVar(&o.fromSnapshot, "from-snapshot", false, "start at the newest snapshot although the journal is whole")
	c.Flags().BoolVar(&o.keepNames, "keep-names", false, "take a snapshot that was made by other naming rules: its names stay as they were filed")
	c.AddCommand(a.rebuildGraphCommand())
	return c
}

// rebuildOptions say where a rebuild starts.
type rebuildOptions struct{ fromSnapshot, keepNames bool }

func (a *app) rebuild(ctx context.Context, cfg Config, o rebuildOptions) (err error) {
	if kept, _ := filepath.Glob(filepath.Join(cfg.Data, "*.db")); len(kept) == 0 {
		return withCode(exitNotFound, catalog.WithHint(fmt.Errorf("no journal in %s", cfg.Data), "--data names the directory of a weir server"))
	}
	cfg.rebuilding, cfg.rebuildingGraph = true, true
	st, err := openStores(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if err := st.reset(ctx, cfg, o, a.say); err != nil {
		return err
	}
	started, end := time.Now(), st.journal.End()
	pos, err := st.catchUp(ctx, cfg, func(p catalog.Position) { a.say("replayed %s of %s", p, end) })
	if err != nil {
		return err
	}
	if _, err := st.history.RemoveRuns(ctx); err != nil { // the journal brought back what retention removed
		return err
	}
	if err := follow(ctx, ingest.NewFollower("search", st.history, st.search, nil), nil); err != nil {
		return err
	}
	a.say("rebuilt to position %s in %s", pos, time.Since(started).Round(time.Millisecond))
	return nil
}

// reset empties everything that the journal can give again, or puts in its
// place what a snapshot has of it.
func (s *stores) reset(ctx context.Context, cfg Config, o rebuildOptions, say func(string, ...any)) error {
	horizon := s.history.Horizon()
	if err := s.history.Close(); err != nil {
		return err
	}
	s.history = nil
	snap, err := s.snapshotFor(ctx, cfg, o, say)
	if err != nil {
		return err
	}
	if err := s.emptyFollowers(ctx, cfg); err != nil {
		return err
	}
	if snap.Path == "" {
		err = s.db.DropProjection(ctx)
	} else {
		err = s.db.LoadProjection(ctx, snap)
	}
	if err != nil {
		return fmt.Errorf("drop projections: %w", err)
	}
	if s.history, err = sqlite.OpenHistory(ctx, s.db, sqlite.HistoryOptions{Naming: cfg.naming, AnyNaming: true}); err != nil {
		return err
	}
	if err := errors.Join(s.history.AdoptNaming(ctx), s.history.SetHorizon(ctx, horizon)); err != nil {
		return err
	}
	return nil
}

// emptyFollowers empties what follows from the state. It comes before the state
// is dropped: a follower that keeps its position beside a new state would take
// old rows for good ones.
func (s *stores) emptyFollowers(ctx context.Context, cfg Config) error {
	if err := s.graph.Apply(ctx, graph.Change{Reset: true}); err != nil {
		return fmt.Errorf("empty the %s graph store: %w", cfg.Graph, err)
	}
	if err := s.search.Apply(ctx, graph.Change{Reset: true}); err != nil {
		return fmt.Errorf("empty the search index: %w", err)
	}
	return errors.Join(dropTopologyFile(cfg.Data), forgetGraphRebuild(cfg.Data))
}

// snapshotFor is where a rebuild starts: nowhere while the journal is whole
// and nobody asks for more, else at the newest snapshot that is what was written
// and that the rest of the journal continues.
func (s *stores) snapshotFor(ctx context.Context, cfg Config, o rebuildOptions, say func(string, ...any)) (none sqlite.Snapshot, err error) {
	first := s.journal.First()
	if first == 1 && !o.fromSnapshot {
		return none, nil
	}
	list, err := sqlite.Snapshots(snapshotDir(cfg.Data))
	if err != nil {
		return none, err
	}
	damaged := 0
	for _, snap := range list {
		if snap.Position+1 < first || snap.Position > s.journal.End() {
			continue
		}
		sealed, err := snap.Check(ctx)
		if err != nil {
			damaged++
			say("not taken: %v", err)
			continue
		}
		if !sealed {
			say("snapshot %s is of an earlier weir and has no checksum: SQLite finds it whole", snap.Position)
			if err := snap.Seal(); err != nil {
				return none, err
			}
		}
		same, err := snap.MadeBy(ctx, cfg.naming)
		if err == nil && !same && !o.keepNames {
			err = catalog.WithHint(fmt.Errorf("rebuild from the snapshot at %s: %w: it was made by other naming rules", snap.Position, catalog.ErrConflict),
				"events that retention removed cannot be read again; weir rebuild --keep-names keeps the names in it as they were filed and takes the present rules for new ones")
		}
		return snap, err
	}
	if damaged > 0 {
		return none, catalog.WithHint(fmt.Errorf("rebuild: the journal begins at %s, and what reaches it is damaged (%s in %s): %w", first, count(damaged, "snapshot", "snapshots"), snapshotDir(cfg.Data), catalog.ErrInvalid),
			"nothing was changed, and the state is as good as it was; weir restore brings back a backup with its snapshots")
	}
	return none, catalog.WithHint(fmt.Errorf("rebuild: the journal begins at %s, and %s has no snapshot that reaches it: %w", first, snapshotDir(cfg.Data), catalog.ErrNotFound),
		"nothing was changed; weir restore brings back a backup with its snapshots")
}

func snapshotDir(data string) string { return filepath.Join(data, "snapshots") }
