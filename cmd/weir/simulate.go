package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/plan"
	"github.com/weirhq/weir/policies/virtual"
	"github.com/weirhq/weir/state/sqlite"
)

// simulateAsk is what the command line asks.
type simulateAsk struct {
	from, to string
	seed     uint64
	json     bool
}

func (a *app) simulateCommand() *cobra.Command {
	var q simulateAsk
	c := &cobra.Command{
		Use: "simulate", Short: "Live through a recorded time again with other policies", Args: cobra.NoArgs,
		Long: `Compares a recorded time as it was with what the policies of --policies would have
made of it: runs added and removed, runs on inputs that were not as required,
deadlines missed and by how long, time taken, by policy and by owner. The engine is
the server's, on a clock of its own; nothing is started. What the policies start goes
as a recorded run of the same job went that --seed draws, all else happens when it
happened. A shadow policy is taken as one that acts. The server of --data may run.`,
		Example: `  weir simulate --policies ./policies --from 2026-03-01 --to 2026-03-15
  weir simulate --policies ./policies --from 2026-03-01 --to 2026-03-15 --seed 2 --json`,
		RunE: func(c *cobra.Command, _ []string) error { return a.simulate(c, q) },
	}
	addSettings(c.Flags(), "data", "policies")
	f := c.Flags()
	f.StringVar(&q.from, "from", "", "the first moment: a day, or an RFC 3339 time")
	f.StringVar(&q.to, "to", "", "the moment to stop before: a day, or an RFC 3339 time")
	f.Uint64Var(&q.seed, "seed", 1, "draws the recorded runs that simulated ones go as; equal seeds give equal bytes")
	f.BoolVar(&q.json, "json", false, "the same as -o json")
	outputFlag(c, "text", "json")
	return c
}

func (a *app) simulate(c *cobra.Command, q simulateAsk) error {
	form, err := output(c, "text", "json")
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	s, err := q.read(cfg)
	if err != nil {
		return err
	}
	if now := time.Now(); s.To.After(now) {
		a.say("warning: --to %s has not come yet: from %s on nothing is recorded, so both sides stand still", q.to, clock(now))
	}
	rec, err := recording(c.Context(), cfg, s)
	if err != nil {
		return err
	}
	if a.getenv("GOGC") == "" {
		debug.SetGCPercent(virtual.GCPercent)
	}
	report, err := virtual.Simulate(c.Context(), rec, s)
	if err != nil {
		return fmt.Errorf("simulate: %w", err)
	}
	if q.json || form == "json" {
		return printJSON(a.out, map[string]any{"simulation": report})
	}
	return a.printSimulation(report)
}

// read checks what was asked.
func (q simulateAsk) read(cfg Config) (s virtual.Simulation, err error) {
	const usage = "weir simulate --policies ./policies --from 2026-03-01 --to 2026-03-15"
	if cfg.Policies == "" || q.from == "" || q.to == "" {
		return s, usageError(usage, "--policies, --from and --to are needed")
	}
	s.Seed = q.seed
	if s.From, err = moment(q.from); err == nil {
		s.To, err = moment(q.to)
	}
	if err != nil {
		return s, usageError(usage, "%w", err)
	}
	if !s.From.Before(s.To) {
		return s, usageError(usage, "--from %s is not before --to %s", q.from, q.to)
	}
	live, err := loadPolicies(cfg.Policies)
	if err == nil {
		s.Policies = live.Get()
	}
	return s, err
}

// moment reads a day, which means its beginning in UTC, or a time.
func moment(text string) (time.Time, error) {
	for _, form := range []string{time.DateOnly, time.RFC3339Nano} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is neither a day (2026-03-01) nor an RFC 3339 time", text)
}

// maxSimulated bounds how many runs are held in memory: some 2 GB.
const maxSimulated = 1_000_000

// recording copies the state, which a server may be writing, and reads of it
// what was known before the end.
func recording(ctx context.Context, cfg Config, s virtual.Simulation) (rec virtual.Recording, err error) {
	if _, err := os.Stat(filepath.Join(cfg.Data, "state.db")); err != nil {
		return rec, withCode(exitNotFound, catalog.WithHint(fmt.Errorf("open data directory: %w", err), "--data names the directory of a weir server"))
	}
	dir, err := os.MkdirTemp("", "weir-simulate-")
	if err != nil {
		return rec, fmt.Errorf("make a place for the copy: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "state.db")
	if err := sqlite.CopyState(ctx, cfg.Data, path); err != nil {
		return rec, err
	}
	db, err := sqlite.Open(ctx, path)
	if err != nil {
		return rec, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	h, err := sqlite.OpenHistory(ctx, db, sqlite.HistoryOptions{Naming: cfg.naming, AnyNaming: true})
	if err != nil {
		return rec, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	return readRecording(ctx, h, s, maxSimulated)
}

func readRecording(ctx context.Context, h *sqlite.History, s virtual.Simulation, most int) (virtual.Recording, error) {
	rec := virtual.Recording{Written: map[catalog.RunKey][]virtual.Written{}, Looks: map[catalog.Name][]catalog.Look{}}
	names := map[catalog.Name]bool{}
	err := h.AllRuns(ctx, func(r catalog.Run) error {
		if !r.StartedAt.Before(s.To) {
			return nil
		}
		if len(rec.Runs) == most {
			return catalog.WithHint(fmt.Errorf("%w: more than %d runs began before %s", plan.ErrLimited, most, s.To.Format(time.RFC3339)), "--retention-runs lets a server sum up old runs")
		}
		rec.Runs = append(rec.Runs, r)
		names[r.Key.Job] = true
		for _, n := range slices.Concat(r.Inputs, r.Outputs) {
			names[n] = true
		}
		return nil
	})
	if err == nil {
		err = readVersions(ctx, h, names, &rec)
	}
	if err == nil {
		err = readAssets(ctx, h, s.Policies, names, &rec)
	}
	if err != nil {
		return rec, fmt.Errorf("read what was recorded: %w", err)
	}
	return rec, nil
}

func readVersions(ctx context.Context, h *sqlite.History, names map[catalog.Name]bool, rec *virtual.Recording) error {
	return h.AllVersions(ctx, func(v catalog.Version) error {
		if v.Run.IsZero() {
			rec.Loose = append(rec.Loose, v)
			names[v.Dataset] = true
			return nil
		}
		rec.Written[v.Run] = append(rec.Written[v.Run], virtual.Written{Name: v.Dataset, DataVersion: v.DataVersion, DataTime: v.DataTime})
		return nil
	})
}

// readAssets reads what the names are, and of datasets the looks and, where
// a policy cares, the checks.
func readAssets(ctx context.Context, h *sqlite.History, set *policies.Set, names map[catalog.Name]bool, rec *virtual.Recording) error {
	ids := map[catalog.AssetID]bool{}
	for n := range names {
		id, _, err := h.Resolve(ctx, n)
		if err != nil {
			return err
		}
		ids[id] = true
	}
	cares := slices.ContainsFunc(set.Policies, func(p *policies.Policy) bool {
		return slices.ContainsFunc(p.Inputs, func(in policies.Input) bool { return in.Checks != policies.ChecksNone })
	})
	for id := range ids {
		list, err := h.Assets(ctx, []catalog.AssetID{id})
		if err != nil {
			return err
		}
		for _, a := range list {
			rec.Assets = append(rec.Assets, a)
			if err := readFacts(ctx, h, a, cares, rec); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxChecks bounds the check results that are read of one dataset.
const maxChecks = 100_000

func readFacts(ctx context.Context, h *sqlite.History, a catalog.Asset, checks bool, rec *virtual.Recording) error {
	if a.Type != catalog.TypeDataset {
		return nil
	}
	looks, err := h.AllLooks(ctx, a.ID)
	if err != nil {
		return err
	}
	rec.Looks[a.Name] = looks
	if !checks {
		return nil
	}
	list, err := h.Checks(ctx, catalog.CheckQuery{Dataset: a.ID, Limit: maxChecks})
	rec.Checks = append(rec.Checks, list...)
	return err
}

func (a *app) printSimulation(r virtual.Report) error {
	fmt.Fprintf(a.out, "%s to %s, seed %d: as it was -> with the policies\n\n", clock(r.From), clock(r.To), r.Seed)
	head := []string{"POLICY", "OWNER", "MODE", "RUNS", "FAILED", "STALE", "DEADLINES MISSED", "MINUTES LATE", "HELD", "SLOT HOURS", ""}
	var rows [][]string
	for _, p := range r.Policies {
		note := p.Note
		if p.Shared != "" {
			note = "its runs count for " + p.Shared
		}
		rows = append(rows, simulationRow(p.Policy, p.Owner, strings.ToLower(string(p.Mode)), p.Comparison, note))
	}
	for _, o := range r.Owners {
		rows = append(rows, simulationRow("all of", o.Owner, "", o.Comparison, ""))
	}
	rows = append(rows, simulationRow("all", "", "", r.Total, ""))
	if err := printTable(a.out, head, rows); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "\n%s added, %s removed\n", count(r.Total.RunsAdded, "run", "runs"), count(r.Total.RunsRemoved, "run", "runs"))
	if r.Cut {
		fmt.Fprintln(a.out, "A policy has more deadlines in that time than were looked at: choose a shorter one.")
	}
	return nil
}

func simulationRow(policy, owner, mode string, c virtual.Comparison, note string) []string {
	was, is := c.Recorded, c.Simulated
	pair := func(a, b int) string { return strconv.Itoa(a) + " -> " + strconv.Itoa(b) }
	return []string{policy, owner, mode, pair(was.Runs, is.Runs), pair(was.Failed, is.Failed), pair(was.StaleRuns, is.StaleRuns),
		fmt.Sprintf("%s of %d", pair(was.Missed, is.Missed), is.Deadlines), pair(was.MinutesLate, is.MinutesLate), strconv.Itoa(is.MinutesHeld),
		fmt.Sprintf("%.1f -> %.1f", was.Busy.Hours(), is.Busy.Hours()), note}
}

// maxPlanned bounds how many runs a server holds in memory to simulate a plan.
const maxPlanned = 50_000

// recorded reads of the server's own state what was known before a time.
func (w *plant) recorded(ctx context.Context, until time.Time, of *policies.Set) (virtual.Recording, error) {
	return readRecording(ctx, w.history, virtual.Simulation{Policies: of, To: until}, maxPlanned)
}
