package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/state/sqlite"
)

func (a *app) backupCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "backup DIR", Short: "Copy the journal and the state of a data directory", Args: cobra.ExactArgs(1),
		Long: `Copies what cannot be made again (events, and what weir decided and did) with what
was made of it into the new directory DIR. The server of --data may run: it is asked
nothing and waits for nothing. The copy holds every event that was acknowledged before
the command began. The graph store and search follow from it and are not copied.`,
		Example: "  weir backup --data /var/lib/weir /backup/weir-$(date +%F)\n  weir restore --verify --data /var/lib/weir /backup/weir-2026-03-01",
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := a.config(c)
			if err != nil {
				return err
			}
			return a.backup(c.Context(), cfg, args[0])
		},
	}
	addSettings(c.Flags(), "data")
	return c
}

func (a *app) backup(ctx context.Context, cfg Config, to string) error {
	if _, err := os.Stat(filepath.Join(cfg.Data, "state.db")); err != nil {
		return withCode(exitNotFound, catalog.WithHint(fmt.Errorf("open data directory: %w", err), "--data names the directory of a weir server"))
	}
	m, err := sqlite.Backup(ctx, cfg.Data, to, version, time.Now())
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	for _, why := range m.LeftOut {
		a.say("left out: %s", why)
	}
	a.say("backed up to %s: events %s to %s, %s", to, m.First, m.Position, sizeOf(m))
	return nil
}

func sizeOf(m sqlite.Manifest) string {
	total := int64(0)
	for _, f := range m.Files {
		total += f.Bytes
	}
	return fmt.Sprintf("%s, %d kB", count(len(m.Files), "file", "files"), total>>10)
}

// restoreOptions say how much is checked and what may be replaced.
type restoreOptions struct{ verify, replace, dryRun bool }

func (a *app) restoreCommand() *cobra.Command {
	var o restoreOptions
	c := &cobra.Command{
		Use: "restore DIR", Short: "Make a data directory of a backup", Args: cobra.ExactArgs(1),
		Long: `Checks the backup in DIR (every file by its sum, every entry of the journal by its
checksum, the positions by each other) and copies it to --data. With --verify it also
rebuilds everything from the copied journal and compares that with the copied state.
Nothing of --data is touched before all of that is done; with --replace a directory that
is there is renamed, not removed. What is restored is the same history to a Neo4j that
followed the original. The server of --data must be stopped.`,
		Example: "  weir restore --dry-run --verify /backup/weir-2026-03-01\n  weir restore --replace --data /var/lib/weir /backup/weir-2026-03-01",
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := a.config(c)
			if err != nil {
				return err
			}
			return a.restore(c.Context(), cfg, args[0], o)
		},
	}
	addSettings(c.Flags(), "data")
	c.Flags().BoolVar(&o.verify, "verify", false, "rebuild from the journal and compare with the state")
	c.Flags().BoolVar(&o.replace, "replace", false, "rename a data directory that is there out of the way")
	c.Flags().BoolVar(&o.dryRun, "dry-run", false, "only check")
	return c
}

func (a *app) restore(ctx context.Context, cfg Config, from string, o restoreOptions) (err error) {
	m, err := sqlite.CheckBackup(ctx, from)
	if err != nil {
		return withCode(exitFailed, fmt.Errorf("restore: %w", err))
	}
	cfg.Data = filepath.Clean(cfg.Data) // what is made beside it must not come to lie in it
	work := cfg.Data + ".restoring"
	if err := os.RemoveAll(work); err != nil { // of a restore that was cut off
		return fmt.Errorf("restore: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	if o.verify {
		if err := a.verifyBackup(ctx, cfg, m, from, filepath.Join(work, "verify")); err != nil {
			return err
		}
	}
	if o.dryRun {
		a.say("%s is whole: events %s to %s, %s", from, m.First, m.Position, sizeOf(m))
		return nil
	}
	data := filepath.Join(work, "data")
	if err := m.Restore(ctx, from, data); err != nil {
		return err
	}
	if err := a.makeRoom(cfg.Data, o.replace); err != nil {
		return err
	}
	if err := os.Rename(data, cfg.Data); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	a.say("restored %s to %s: events %s to %s", from, cfg.Data, m.First, m.Position)
	return nil
}

// makeRoom renames what is in the place of the data directory.
func (a *app) makeRoom(data string, replace bool) error {
	list, err := os.ReadDir(data)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return os.Remove(data)
	}
	if !replace {
		return usageError("--replace renames it out of the way; nothing was changed", "restore: %s is not empty", data)
	}
	lock, err := lockDir(data)
	if err != nil {
		return err
	}
	defer lock.Unlock() //nolint:errcheck // the directory is another one by then
	aside := data + ".replaced-" + time.Now().UTC().Format("20060102T150405.000000000Z")
	if err := os.Rename(data, aside); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	a.say("what was in %s is in %s now", data, aside)
	return nil
}

// verifyBackup makes two things of a copy: what its state and the rest of its
// journal say, and what a rebuild makes of the journal. They must be equal.
func (a *app) verifyBackup(ctx context.Context, cfg Config, m sqlite.Manifest, from, dir string) error {
	if err := m.Restore(ctx, from, dir); err != nil {
		return err
	}
	cfg.Data, cfg.Graph = dir, "embedded"
	kept, err := exportDir(ctx, cfg)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	defer kept.Close() //nolint:errcheck // it was read
	silent := &app{process: a.process, quiet: true}
	if err := silent.rebuild(ctx, cfg, rebuildOptions{}); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	rebuilt, err := exportDir(ctx, cfg)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	defer rebuilt.Close() //nolint:errcheck // it was read
	c, err := graph.Compare(kept, rebuilt, oddsShown)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if n := len(c.First) + c.More; n > 0 {
		a.sayOdds(c)
		return catalog.WithHint(fmt.Errorf("%w: verify: the state of the backup is not what its journal says: %d records are in one of them alone", catalog.ErrConflict, n),
			"weir restore without --verify, then weir rebuild, makes the state anew from the journal")
	}
	a.say("verified: a rebuild from the journal gives the same %d records", c.Equal)
	return nil
}

// oddsShown is how many differing records are named, oddLine how much of each.
const oddsShown, oddLine = 10, 600

// sayOdds names what only the state has, or only what a rebuild made of the journal.
func (a *app) sayOdds(c graph.Compared) {
	for _, o := range c.First {
		line := o.Line
		if len(line) > oddLine {
			line = strings.ToValidUTF8(line[:oddLine], "") + "…"
		}
		a.say("%s: %s", [...]string{"only in the state", "only in the journal"}[o.In], line)
	}
	if c.More > 0 {
		a.say("and %d more", c.More)
	}
}

// exportDir gives the canonical export of a directory that nobody else uses,
// after runs have gone that retention would remove now.
func exportDir(ctx context.Context, cfg Config) (r *graph.Records, err error) {
	st, err := openStores(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if _, err := st.catchUp(ctx, cfg, nil); err != nil {
		return nil, err
	}
	if _, err := st.history.RemoveRuns(ctx); err != nil {
		return nil, err
	}
	return records(ctx, st.graph, st.history)
}
