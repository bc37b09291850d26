package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/state/sqlite"
)

// checkups are what weir doctor looks at, in order.
var checkups = []func(context.Context, *app, Config) []finding{checkPolicies, checkAssets, checkData, checkStore, checkFiles, checkGraph, checkTools, checkServer, checkNames, checkSearch}

func result(what, good string, err error) finding {
	if err != nil {
		return finding{what, "fail", err.Error(), hintOf(err)}
	}
	return finding{what: what, state: "ok", says: good}
}

func checkPolicies(_ context.Context, _ *app, cfg Config) []finding {
	if cfg.Policies == "" {
		return []finding{{"policies", "warn", "no directory is configured: weir only watches", "--policies DIR"}}
	}
	live, err := loadPolicies(cfg.Policies)
	if err != nil {
		var out []finding
		for _, e := range split(err) {
			out = append(out, result("policies", "", e))
		}
		return out
	}
	return []finding{result("policies", fmt.Sprintf("%d in %s", live.Get().Written(), cfg.Policies), nil)}
}

// checkAssets says nothing when none are configured: most have none.
func checkAssets(_ context.Context, _ *app, cfg Config) (out []finding) {
	if cfg.Assets == "" {
		return nil
	}
	list, err := loadAssets(cfg.Assets)
	for _, e := range split2(err) {
		out = append(out, result("declared assets", "", e))
	}
	if err == nil {
		out = append(out, result("declared assets", fmt.Sprintf("%d in %s", len(list), cfg.Assets), nil))
	}
	return out
}

// checkData: the directory exists or can be made, and nothing else holds it.
func checkData(_ context.Context, _ *app, cfg Config) []finding {
	return dataFinding(cfg, canWrite)
}

// dataFinding is about the data directory; probe says whether it can be written.
func dataFinding(cfg Config, probe func(dir string) error) []finding {
	info, err := os.Stat(cfg.Data)
	if errors.Is(err, os.ErrNotExist) {
		return []finding{{"data", "ok", cfg.Data + " is made at the first start", ""}}
	}
	if err != nil || !info.IsDir() {
		return []finding{{"data", "fail", cfg.Data + " is no directory that can be read", "--data names a directory that weir may write"}}
	}
	if err := probe(cfg.Data); err != nil {
		return []finding{{"data", "fail", err.Error(), "give weir the right to write in " + cfg.Data}}
	}
	journal, _ := filepath.Glob(filepath.Join(cfg.Data, "events*.db"))
	if len(journal) == 0 {
		return []finding{{"data", "ok", cfg.Data + " is empty", ""}}
	}
	return []finding{{"data", "ok", fmt.Sprintf("%s, journal of %d kB", cfg.Data, onDisk(journal)>>10), ""}}
}

// onDisk is how much databases take. What was written last is in the log beside
// each, and while weir runs that may be all of it.
func onDisk(databases []string) (size int64) {
	for _, path := range databases {
		for _, part := range []string{path, path + "-wal"} {
			if info, err := os.Stat(part); err == nil {
				size += info.Size()
			}
		}
	}
	return size
}

// canWrite makes a file in a directory, and removes it.
func canWrite(dir string) error {
	probe, err := os.CreateTemp(dir, "doctor-*")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// checkFiles: the directory of event files can be read.
func checkFiles(_ context.Context, _ *app, cfg Config) []finding {
	if cfg.IngestFiles == "" {
		return nil
	}
	list, err := os.ReadDir(cfg.IngestFiles)
	if err != nil {
		return []finding{{"event files", "fail", err.Error(), "--ingest-files names a directory that weir may read"}}
	}
	return []finding{{"event files", "ok", fmt.Sprintf("%s in %s", count(len(list), "file", "files"), cfg.IngestFiles), ""}}
}

func checkGraph(ctx context.Context, _ *app, cfg Config) []finding {
	if cfg.Graph == "embedded" {
		return []finding{{"graph", "ok", "embedded, in the data directory", ""}}
	}
	history, _ := sqlite.IdentityOf(ctx, filepath.Join(cfg.Data, "state.db")) // checkStore says what is wrong with it
	g, err := openGraph(ctx, cfg, history)
	if err != nil {
		return []finding{result("graph", "", err)}
	}
	defer g.Close() //nolint:errcheck // only looked
	short, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if history == "" {
		if f := beforehand(short, g, cfg); f.what != "" {
			return []finding{f}
		}
	}
	return append(neo4jFinding(short, cfg, g), neo4jStranger(short, cfg, g)...)
}

// neo4jFinding says whether an open graph store answers.
func neo4jFinding(ctx context.Context, cfg Config, g graph.Store) []finding {
	at := "at " + withoutSecret(cfg.Neo4jURI)
	if err := g.Ready(ctx); err != nil {
		return []finding{{"graph", "fail", "Neo4j " + at + ": " + err.Error(), cmp.Or(catalog.HintOf(err), "look whether it runs, at the address and the password file") + "\nweir serves without it and catches up"}}
	}
	return []finding{{"graph", "ok", "Neo4j answers " + at, ""}}
}

// neo4jStranger tells of a graph that a rebuild or a restore did not reach.
func neo4jStranger(ctx context.Context, cfg Config, g graph.Store) []finding {
	own, err := sqlite.ProjectionOf(ctx, filepath.Join(cfg.Data, "state.db"))
	counts, other := g.Projection(ctx)
	if err != nil || other != nil || own == 0 || counts == 0 || counts == own { // neo4jFinding says what does not answer
		return nil
	}
	return []finding{stranger("graph")}
}

// beforehand tells of a graph that was filled before the data directory was made:
// the first start would refuse it.
func beforehand(ctx context.Context, g graph.Store, cfg Config) (none finding) {
	n, ok := g.(interface {
		Filled(ctx context.Context) (string, catalog.Position, error)
	})
	if !ok {
		return none
	}
	by, at, err := n.Filled(ctx)
	if err != nil || by == "" && at == 0 { // what does not answer is told by who asks next
		return none
	}
	return finding{"graph", "fail", fmt.Sprintf("Neo4j at %s holds the graph of another weir, up to position %s, and %s no history yet", withoutSecret(cfg.Neo4jURI), at, cfg.Data),
		"name another database (--neo4j-database) or server; or --data, if this graph follows another directory"}
}

// noTools is said of a weir without connectors.
var noTools = []finding{{"connectors", "warn", "no file is configured: weir can start nothing", "--connectors FILE"}}

func checkTools(ctx context.Context, a *app, cfg Config) []finding {
	if cfg.Connectors == "" {
		return noTools
	}
	conns, err := openConnectors(ctx, cfg.Connectors, a.getenv)
	if err != nil {
		return []finding{result("connectors", "", err)}
	}
	return toolFindings(ctx, conns)
}

// toolFindings asks all tools at once: one that hangs keeps none waiting.
func toolFindings(ctx context.Context, conns []connectors.Connector) []finding {
	out := make([]finding, len(conns))
	var wg sync.WaitGroup
	for i, c := range conns {
		wg.Go(func() { out[i] = checkTool(ctx, c) })
	}
	wg.Wait()
	return out
}

const clockTolerance = 30 * time.Second

func checkTool(ctx context.Context, c connectors.Connector) finding {
	what := "connector " + c.Instance()
	short, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	p, err := c.Probe(short)
	switch {
	case err != nil:
		return result(what, "", err)
	case p.ClockOffset != nil && p.ClockOffset.Abs() > clockTolerance:
		return finding{what, "warn", fmt.Sprintf("its clock is %s off ours", p.ClockOffset.Round(time.Second)), "let both machines follow a time server: weir compares their times"}
	}
	return finding{what: what, state: "ok", says: c.Kind() + " " + p.Version}
}

func checkServer(ctx context.Context, _ *app, cfg Config) []finding {
	resp, err := newClient(cfg).get(ctx, "/readyz")
	if err != nil {
		return []finding{{"server", "warn", err.Error(), hintOf(err)}}
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	var r struct {
		Status   string
		Reasons  []string
		Position catalog.Position `json:"position,string"`
		Lag      uint64
	}
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
		return []finding{{"server", "fail", cfg.URL + " is not weir: " + err.Error(), "look at --url"}}
	}
	if len(r.Reasons) > 0 {
		return []finding{{"server", "warn", fmt.Sprintf("%s at %s: %v", r.Status, cfg.URL, r.Reasons), "its log says more"}}
	}
	good := finding{"server", "ok", fmt.Sprintf("%s at %s, position %s, %d entries behind", r.Status, cfg.URL, r.Position, r.Lag), ""}
	return append([]finding{good}, checkQuarantine(ctx, cfg)...)
}

// checkQuarantine looks for what made no facts.
func checkQuarantine(ctx context.Context, cfg Config) []finding {
	list, more, err := newClient(cfg).letters(ctx, 100)
	if err != nil {
		return []finding{result("quarantine", "", err)}
	}
	newest := ""
	if len(list) > 0 {
		newest = list[0].Code + ", " + oneLine(list[0].Message)
	}
	return quarantineFinding(len(list), more, newest)
}

// quarantineFinding is about n events that made no facts; more: there are others.
func quarantineFinding(n int, more bool, newest string) []finding {
	if n == 0 {
		return []finding{result("quarantine", "empty", nil)}
	}
	says := count(n, "event", "events")
	if more {
		says = "more than " + says
	}
	return []finding{{"quarantine", "warn", says + " made no facts; the newest: " + newest, "weir dlq list, then weir dlq replay or drop"}}
}
