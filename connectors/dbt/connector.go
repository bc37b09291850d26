package dbt

import (
	"context"
	"fmt"
	"os"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// Connector watches one project's target directory.
type Connector struct {
	naming Naming
	target string
}

// The abilities of this connector.
var (
	_ connectors.Connector  = (*Connector)(nil)
	_ connectors.Poller     = (*Connector)(nil)
	_ connectors.EventMaker = (*Connector)(nil)
)

// New returns a connector on a target directory.
func New(n Naming, target string) *Connector { return &Connector{naming: n, target: target} }

// Kind is "dbt".
func (c *Connector) Kind() string { return "dbt" }

// Instance is the configured name.
func (c *Connector) Instance() string { return c.naming.Instance }

// MakesEvents is true.
func (c *Connector) MakesEvents() bool { return true }

// Claims nothing: dbt is run by its orchestrator.
func (c *Connector) Claims(context.Context, catalog.Name) (string, bool) { return "", false }

// Probe reads the manifest.
func (c *Connector) Probe(context.Context) (connectors.Probe, error) {
	if _, err := Read(os.DirFS(c.target)); err != nil {
		return connectors.Probe{}, &connectors.Error{Class: connectors.Blocked, Op: "read target", Err: err, Hint: "project must name the directory that holds target/manifest.json"}
	}
	return connectors.Probe{Capabilities: []connectors.Capability{{Name: "list.assets", Level: "native"}, {Name: "start", Level: "none", Reason: "dbt has no server: start it through its orchestrator"}}}, nil
}

// Poll gives the events of an invocation once its artifacts are there. The
// cursor names the invocations that were read.
func (c *Connector) Poll(_ context.Context, cursor string) (connectors.Batch, string, error) {
	a, err := Read(os.DirFS(c.target))
	if err != nil {
		return connectors.Batch{}, cursor, &connectors.Error{Class: connectors.Retryable, Op: "read target", Err: err}
	}
	next := fmt.Sprintf("%s/%s", a.Runs.Metadata.InvocationID, a.Sources.Metadata.InvocationID)
	if next == cursor {
		return connectors.Batch{}, cursor, nil
	}
	return connectors.Batch{Events: Events(a, c.naming)}, next, nil
}
