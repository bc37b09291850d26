package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/neo4j"
	"github.com/weirhq/weir/ingest"
)

func (a *app) rebuildGraphCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "graph", Short: "Empty the graph store and fill it from the state", Args: cobra.NoArgs,
		Long: `Empties the graph store and fills it from what state.db knows; the journal is not
read. A Neo4j database that another weir filled is taken over. The server of --data
must be stopped. A rebuild that was cut short goes on where
it stopped when it is asked for again, and so does weir serve.`,
		Example: "  weir rebuild graph --graph neo4j --neo4j-uri bolt://127.0.0.1:7687",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.config(c)
			if err != nil {
				return err
			}
			return a.rebuildGraph(c.Context(), cfg)
		},
	}
	addSettings(c.Flags(), "data", "graph", "neo4j_uri", "neo4j_user", "neo4j_password_file", "neo4j_database", "neo4j_ca_file", "neo4j_insecure")
	return c
}

func (a *app) rebuildGraph(ctx context.Context, cfg Config) (err error) {
	if _, statErr := os.Stat(filepath.Join(cfg.Data, "state.db")); statErr != nil {
		return withCode(exitNotFound, catalog.WithHint(fmt.Errorf("open state: %w", statErr), "--data names the directory of a weir server"))
	}
	cfg.rebuildingGraph = true
	st, err := openStores(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	end, err := st.history.Position(ctx)
	if err != nil {
		return err
	}
	mark := rebuildMark{graphRebuildPath(cfg.Data), cfg.Graph + " " + cfg.Neo4jURI + " " + cfg.Neo4jDatabase}
	from, err := mark.begun(ctx, st.graph, end)
	if err != nil {
		return err
	}
	if from > 0 {
		a.say("a rebuild was cut short at position %s of %s: it goes on", from, end)
	} else if err := mark.begin(ctx, st.graph); err != nil {
		return fmt.Errorf("empty the %s graph store: %w", cfg.Graph, err)
	}
	p := &progress{say: a.say, now: time.Now, start: time.Now(), from: from, end: end}
	if err := fill(ctx, ingest.NewFollower("graph", st.history, st.graph, nil), p); err != nil {
		return err
	}
	a.say("the graph is rebuilt to position %s in %s", end, time.Since(p.start).Round(time.Millisecond))
	return os.Remove(mark.path)
}

// fill follows until there is nothing more.
func fill(ctx context.Context, f *ingest.Follower, p *progress) error {
	for {
		n, err := f.RunOnce(ctx)
		if err != nil || n == 0 {
			return err
		}
		at, _ := f.Position()
		p.step(n, at)
	}
}

// rebuildMark says in the data directory that the graph store of a target is
// being rebuilt, so that a rebuild that was cut short is not begun anew.
type rebuildMark struct{ path, target string }

func graphRebuildPath(data string) string { return filepath.Join(data, "graph.rebuild") }

// forgetGraphRebuild removes the mark: who follows from here on, a server or a
// whole rebuild, finishes what was begun.
func forgetGraphRebuild(data string) error {
	if err := os.Remove(graphRebuildPath(data)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// begun gives where a rebuild of this target stopped; 0 when there is none.
func (m rebuildMark) begun(ctx context.Context, g graph.Store, end catalog.Position) (catalog.Position, error) {
	b, err := os.ReadFile(m.path)
	if errors.Is(err, os.ErrNotExist) || err == nil && string(b) != m.target {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	at, err := g.Position(ctx)
	if errors.Is(err, neo4j.ErrForeign) {
		return 0, nil // another weir filled it since
	}
	if at >= end {
		return 0, err // a server finished it
	}
	return at, err
}

// begin marks the rebuild once the store is empty: one that was cut short before
// would go on with what was there.
func (m rebuildMark) begin(ctx context.Context, g graph.Store) error {
	if err := g.Apply(ctx, graph.Change{Reset: true}); err != nil {
		return err
	}
	return os.WriteFile(m.path, []byte(m.target), 0o600)
}

// progress tells how far a long work is, at most once a second.
type progress struct {
	say         func(string, ...any)
	now         func() time.Time
	start, told time.Time
	from, end   catalog.Position
	rows        int
}

// step notes that rows were written and where they lead.
func (p *progress) step(rows int, at catalog.Position) {
	p.rows += rows
	now := p.now()
	if now.Sub(p.told) < time.Second {
		return
	}
	p.told = now
	p.say("graph at position %s of %s, %d rows, %s", at, p.end, p.rows, left(now.Sub(p.start), at-p.from, p.end-at))
}

// left estimates how long the rest takes by what the work so far took.
func left(took time.Duration, done, rest catalog.Position) string {
	if done == 0 {
		return "the end cannot be told yet"
	}
	return fmt.Sprintf("about %s left", (time.Duration(float64(took) * float64(rest) / float64(done))).Round(time.Second))
}
