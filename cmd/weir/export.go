package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/state/sqlite"
)

// fileAnswer journals what only a tool's poll told.
func (w *plant) fileAnswer(ctx context.Context, a catalog.ToolAnswer) error {
	body, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("file tool answer: %w", err)
	}
	_, err = w.journal.Append(ctx, catalog.Entry{Kind: catalog.EntryTool, ReceivedAt: time.Now().UTC(), Body: body})
	return err
}

// export prepares the canonical export at the journal's end as of now.
func (w *plant) export(ctx context.Context) (io.WriterTo, catalog.Position, error) {
	end := w.journal.End()
	if err := (waiter{w.projector, w.toGraph}).WaitFor(ctx, end); err != nil {
		return nil, 0, catalog.WithHint(fmt.Errorf("export: %w", err), "the graph store is behind: /readyz says why")
	}
	pos, err := w.graph.Position(ctx)
	if err != nil {
		return nil, 0, err
	}
	r, err := records(ctx, w.graph, w.history)
	if err != nil {
		return nil, 0, err
	}
	return r, pos, nil
}

// records gathers asset, name, field and edge records from the graph store
// itself, and runs and versions from history.
func records(ctx context.Context, g graph.Store, h *sqlite.History) (*graph.Records, error) {
	r := &graph.Records{}
	err := r.AddGraph(ctx, g)
	if err == nil {
		err = r.AddHistory(ctx, h)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (a *app) exportCommand() *cobra.Command {
	graphCmd := &cobra.Command{
		Use: "graph", Short: "Print all that weir knows, one record a line", Args: cobra.NoArgs,
		Long: `Prints assets, names, fields, edges, runs and versions as NDJSON, sorted, so that
two stores know the same if and only if the two exports are equal. With --data
the directory is read without a server; otherwise the server of --url answers.`,
		Example: "  weir export graph > graph.ndjson\n  weir export graph --data ./weir-data",
		RunE:    func(c *cobra.Command, _ []string) error { return a.exportGraph(c) },
	}
	addSettings(graphCmd.Flags(), "url", "timeout", "data", "graph", "neo4j_uri", "neo4j_user", "neo4j_password_file", "neo4j_database", "neo4j_ca_file", "neo4j_insecure", "keep_environment")
	graphCmd.Flags().StringP("output", "o", "ndjson", "ndjson is the only form")
	return group("export", "Print what weir knows", graphCmd)
}

func (a *app) exportGraph(c *cobra.Command) error {
	if o, _ := c.Flags().GetString("output"); o != "ndjson" {
		return usageError("-o ndjson", "unknown output %q", o)
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	if c.Flags().Changed("data") {
		return a.exportOffline(c.Context(), cfg)
	}
	resp, err := newClient(cfg).get(c.Context(), "/api/v1/export/graph")
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	if _, err := io.Copy(a.out, resp.Body); err != nil {
		return withCode(exitUnreachable, fmt.Errorf("the export broke off: %w", err))
	}
	a.say("position %s", resp.Header.Get("Weir-Position"))
	return nil
}

// exportOffline brings projections to the journal's end and prints.
func (a *app) exportOffline(ctx context.Context, cfg Config) (err error) {
	if _, statErr := os.Stat(cfg.Data); statErr != nil {
		return withCode(exitNotFound, catalog.WithHint(fmt.Errorf("open data directory: %w", statErr), "--data names the directory of a weir server"))
	}
	st, err := openStores(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	pos, err := st.catchUp(ctx, cfg, nil)
	if err != nil {
		return err
	}
	r, err := records(ctx, st.graph, st.history)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // what was written decides
	if _, err := r.WriteTo(a.out); err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	a.say("position %s", pos)
	return nil
}

// catchUp projects the journal to its end and lets the graph store follow.
// step is told of each batch.
func (s *stores) catchUp(ctx context.Context, cfg Config, step func(catalog.Position)) (catalog.Position, error) {
	p := ingest.NewProjector(s.journal, s.history, ingest.ProjectorOptions{Version: version, KeepEnvironment: cfg.variables})
	said := func() {
		if step != nil {
			step(p.Position())
		}
	}
	for _, part := range []stepper{p, ingest.NewFollower("graph", s.history, s.graph, nil).Within(s.journal.End())} {
		if err := follow(ctx, part, said); err != nil {
			return 0, err
		}
	}
	return s.history.Position(ctx)
}

// stepper does a part of what is left, and says how much; 0 is the end.
type stepper interface {
	RunOnce(ctx context.Context) (int, error)
}

// follow goes on to the end; said, when given, is told of each step.
func follow(ctx context.Context, s stepper, said func()) error {
	for {
		n, err := s.RunOnce(ctx)
		if err != nil || n == 0 {
			return err
		}
		if said != nil {
			said()
		}
	}
}

// get asks for a path and refuses any answer but 200.
func (c *client) get(ctx context.Context, path string) (*http.Response, error) {
	return c.do(ctx, http.MethodGet, path, "", nil)
}
