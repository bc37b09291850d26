package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// known says of policies what a server would that knows a catalogue: an export
// in a file, or what the server at an address knows.
func (a *app) known(ctx context.Context, cfg Config, from string, set *policies.Set, files []catalog.PolicyFile) ([]catalog.FileError, error) {
	if strings.HasPrefix(from, "http://") || strings.HasPrefix(from, "https://") {
		cfg.URL = strings.TrimRight(from, "/")
		return askedOf(ctx, cfg, files)
	}
	f, err := os.Open(from)
	if err != nil {
		return nil, usageError("weir export graph > catalog.ndjson, or the address of a server", "read catalogue: %w", err)
	}
	defer f.Close()
	world, err := virtual.ReadExport(f)
	if err != nil {
		return nil, usageError("write it with weir export graph", "read catalogue %s: %w", from, err)
	}
	live := &policies.Live{}
	live.Put(set)
	conns, err := a.offline(ctx, cfg)
	if err != nil {
		return nil, err
	}
	g := &policies.Gatherer{History: world, Graph: world, Ledger: virtual.NewLedger(), Policies: live, Connectors: conns}
	said, err := g.Check(ctx, time.Now())
	if err != nil {
		return nil, fmt.Errorf("check policies against %s: %w", from, err)
	}
	return said, nil
}

// offline are the connectors of the configuration, where it names any: they say
// which jobs are theirs.
func (a *app) offline(ctx context.Context, cfg Config) ([]connectors.Connector, error) {
	if cfg.Connectors == "" {
		return nil, nil
	}
	return openConnectors(ctx, cfg.Connectors, a.getenv)
}

// askedOf asks a server: a plan changes nothing, and says it.
func askedOf(ctx context.Context, cfg Config, files []catalog.PolicyFile) ([]catalog.FileError, error) {
	list := make([]policyFile, len(files))
	for i, f := range files {
		list[i] = policyFile(f)
	}
	var out struct {
		PlanPolicies struct{ Warnings []catalog.FileError }
	}
	err := newClient(cfg).graphql(ctx, `mutation($f: [PolicyFileInput!]!) { planPolicies(input: { files: $f }) { warnings { file line column code what hint } } }`, map[string]any{"f": list}, &out)
	return out.PlanPolicies.Warnings, err
}
