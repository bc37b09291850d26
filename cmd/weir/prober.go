package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/server/gql/model"
)

// prober looks now and then whether the tools are there, for people to see. No
// decision rests on it.
type prober struct {
	conns []connectors.Connector
	log   *slog.Logger
	mu    sync.Mutex
	seen  map[string]model.Tool
}

func newProber(conns []connectors.Connector, log *slog.Logger) *prober {
	p := &prober{conns: conns, log: log.With("component", "prober"), seen: map[string]model.Tool{}}
	for _, c := range conns {
		p.seen[c.Instance()] = model.Tool{Kind: c.Kind(), Instance: c.Instance(), Reachable: catalog.Unknown}
	}
	return p
}

const (
	probeEvery   = 30 * time.Second
	probeTimeout = 10 * time.Second
)

// Run probes until ctx ends.
func (p *prober) Run(ctx context.Context) error {
	t := time.NewTicker(probeEvery)
	defer t.Stop()
	for {
		p.runOnce(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

func (p *prober) runOnce(ctx context.Context) {
	var wg sync.WaitGroup
	for _, c := range p.conns {
		wg.Go(func() { p.look(ctx, c) })
	}
	wg.Wait()
}

func (p *prober) look(ctx context.Context, c connectors.Connector) {
	short, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	found, err := c.Probe(short)
	if ctx.Err() != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.seen[c.Instance()]
	was := t.Reachable
	if err != nil {
		text := err.Error()
		t.Reachable, t.Error = catalog.False, &text
	} else {
		now := time.Now().UTC()
		t.Reachable, t.Error, t.HeartbeatAt, t.Version = catalog.True, nil, &now, &found.Version
		t.ClockOffset = found.ClockOffset
		t.Capabilities = capabilities(found)
	}
	if was != t.Reachable && err != nil {
		p.log.Warn("a tool does not answer", "connector", c.Instance(), "error", err, "hint", hintOf(err))
	}
	p.seen[c.Instance()] = t
}

func capabilities(found connectors.Probe) []model.Capability {
	var out []model.Capability
	for _, c := range found.Capabilities {
		x := model.Capability{Name: c.Name, Available: catalog.Truth(c.Level != "none")}
		if c.Reason != "" {
			x.Note = &c.Reason
		}
		out = append(out, x)
	}
	return out
}

// Tools lists the tools as last seen, in the order of the file.
func (p *prober) Tools(context.Context) []model.Tool {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []model.Tool
	for _, c := range p.conns {
		out = append(out, p.seen[c.Instance()])
	}
	return out
}
