package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/connectors/airflow"
	"github.com/weirhq/weir/connectors/dbt"
	"github.com/weirhq/weir/connectors/sagemaker"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/policies"
)

// kinds are the tools that weir acts on.
var kinds = []string{"airflow", "dbt", "sagemaker"}

// ofKind tells what the connectors of a kind can do, without one.
var ofKind = map[string]connectors.Connector{"airflow": (*airflow.Connector)(nil), "dbt": (*dbt.Connector)(nil), "sagemaker": (*sagemaker.Connector)(nil)}

// openConnectors reads the connectors file; no call is made, so that weir
// starts while a tool is down.
func openConnectors(ctx context.Context, path string, getenv func(string) string) ([]connectors.Connector, error) {
	if path == "" {
		return nil, nil
	}
	entries, err := connectors.Load(path, kinds)
	if err != nil {
		return nil, withCode(exitUsage, err)
	}
	var out []connectors.Connector
	for _, e := range entries {
		c, err := openConnector(ctx, e, getenv)
		if err != nil {
			return nil, usageError("look at its entry in "+path, "connector %s: %w", e.Name, err)
		}
		out = append(out, c)
	}
	return out, nil
}

// userAgent is how weir names itself to tools.
func userAgent() string { return "weir/" + version }

// openConnector is the switch over kinds.
func openConnector(ctx context.Context, e connectors.Config, getenv func(string) string) (connectors.Connector, error) {
	switch e.Kind {
	case "airflow":
		o := airflow.Options{Name: e.Name, Namespace: e.Namespace, URL: e.URL, Username: e.Auth.Username, UserAgent: userAgent()}
		if !e.Auth.Password.IsZero() {
			o.Password = func() (string, error) { return e.Auth.Password.Resolve(getenv) }
		}
		return airflow.New(o)
	case "dbt":
		if e.Project == "" || e.Datasets == "" {
			return nil, errors.New("dbt needs project (its directory) and datasets (the namespace of its tables, such as postgres://wh:5432)")
		}
		return dbt.New(dbt.Naming{Instance: e.Name, Jobs: cmp.Or(e.Namespace, "dbt"), Datasets: e.Datasets}, filepath.Join(e.Project, "target")), nil
	case "sagemaker":
		o := sagemaker.Options{Name: e.Name, Region: e.Region, Endpoint: e.Endpoint, UserAgent: userAgent()}
		var err error
		if o.AccessKeyID, err = e.Auth.AccessKeyID.Resolve(getenv); err != nil {
			return nil, err
		}
		if o.SecretAccessKey, err = e.Auth.SecretAccessKey.Resolve(getenv); err != nil {
			return nil, err
		}
		return sagemaker.New(ctx, o)
	}
	return nil, fmt.Errorf("unknown kind %q", e.Kind)
}

// observer looks at tools that send no events of their own and files the
// events their connectors make, through the same journal as everybody's.
type observer struct {
	conn    connectors.Connector
	poller  connectors.Poller
	journal ingest.Log
	ledger  policies.Ledger
	every   time.Duration
	log     *slog.Logger
	// seen holds the events filed since the start: a look repeats them.
	seen map[[sha256.Size]byte]bool
}

// observersOf makes one for each connector that makes events.
func observersOf(list []connectors.Connector, journal ingest.Log, ledger policies.Ledger, every time.Duration, log *slog.Logger) []*observer {
	var out []*observer
	for _, c := range list {
		p, ok := c.(connectors.Poller)
		m, makes := c.(connectors.EventMaker)
		if ok && makes && m.MakesEvents() {
			out = append(out, &observer{conn: c, poller: p, journal: journal, ledger: ledger, every: every, log: log.With("component", "observer", "connector", c.Instance()), seen: map[[sha256.Size]byte]bool{}})
		}
	}
	return out
}

// Run looks until ctx ends.
func (o *observer) Run(ctx context.Context) error {
	t := time.NewTicker(o.every)
	defer t.Stop()
	for {
		if err := o.runOnce(ctx); err != nil && ctx.Err() == nil {
			o.log.Warn("the tool was not looked at", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// maxSeen bounds what is remembered; forgetting costs a harmless duplicate.
const maxSeen = 100_000

func (o *observer) runOnce(ctx context.Context) error {
	cursor, err := o.ledger.Cursor(ctx, o.conn.Instance())
	if err != nil {
		return fmt.Errorf("read poll cursor: %w", err)
	}
	batch, next, err := o.poller.Poll(ctx, cursor)
	if err != nil {
		return err
	}
	if len(o.seen) > maxSeen {
		clear(o.seen)
	}
	for _, body := range batch.Events {
		key := sha256.Sum256(body)
		if o.seen[key] {
			continue
		}
		if _, err := o.journal.Append(ctx, catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: time.Now().UTC(), Body: body}); err != nil {
			return fmt.Errorf("file event: %w", err)
		}
		o.seen[key] = true
	}
	if next == cursor {
		return nil
	}
	if err := o.ledger.SetCursor(ctx, o.conn.Instance(), next); err != nil {
		return fmt.Errorf("keep poll cursor: %w", err)
	}
	return nil
}
