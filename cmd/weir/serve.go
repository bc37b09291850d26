package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server"
)

func (a *app) serveCommand() *cobra.Command {
	var checkOnly bool
	c := &cobra.Command{
		Use: "serve", Short: "Run the server", Args: cobra.NoArgs,
		Example: `  weir serve
  weir serve --policies ./policies --connectors ./connectors.yaml
  weir serve --graph neo4j --neo4j-uri bolt://127.0.0.1:7687`,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.config(c)
			if err != nil {
				return err
			}
			if checkOnly {
				return a.checkConfig(c.Context(), cfg)
			}
			log, err := a.logger(cfg)
			if err != nil {
				return err
			}
			return serve(c.Context(), cfg, a.process, log, nil)
		},
	}
	addSettings(c.Flags())
	c.Flags().BoolVar(&checkOnly, "check-config", false, "read configuration, policies and connectors, say what is wrong, and stop")
	return c
}

// checkConfig reads everything that is read at a start, and opens nothing.
func (a *app) checkConfig(ctx context.Context, cfg Config) error {
	_, err1 := a.logger(cfg)
	live, err2 := loadPolicies(cfg.Policies)
	conns, err3 := openConnectors(ctx, cfg.Connectors, a.getenv)
	assets, err4 := loadAssets(cfg.Assets)
	err5 := cfg.checkReachable(a.getenv)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return err
	}
	a.say("configuration is fine: %s", inventory(live.Get().Written(), len(conns), len(assets)))
	return nil
}

// inventory says how many there are of what files hold.
func inventory(policies, connectors, assets int) string {
	out := count(policies, "policy", "policies") + ", " + count(connectors, "connector", "connectors")
	if assets > 0 {
		out += ", " + count(assets, "declared asset", "declared assets")
	}
	return out
}

// serve runs weir until ctx ends, and then stops it in reverse order. opened,
// when given, is told once decisions are made.
func serve(ctx context.Context, cfg Config, p process, log *slog.Logger, opened func(*plant, string)) (err error) {
	// Open: what is wrong with the configuration shows before a store is touched.
	live, err := loadPolicies(cfg.Policies)
	if err != nil {
		return err
	}
	conns, err := openConnectors(ctx, cfg.Connectors, p.getenv)
	if err != nil {
		return err
	}
	if _, err := loadAssets(cfg.Assets); err != nil {
		return err
	}
	if err := cfg.checkReachable(p.getenv); err != nil {
		return err
	}
	listener, err := listen(ctx, cfg.Listen)
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // the server closed it
	st, err := openStores(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	access := cfg.access(st.db)
	if err := cfg.checkReach(ctx, access); err != nil {
		return err
	}
	if err := forgetGraphRebuild(cfg.Data); err != nil {
		return diskHint(cfg.Data, err)
	}

	// Build: the loops, then the face.
	w, err := newPlant(ctx, cfg, st, live, conns, p, log)
	if err != nil {
		return err
	}
	defer w.deaf()
	face := w.face()
	face.Access, face.Called = access, cfg.called()
	srv := server.New(face)

	// Run: all loops outlive the last request.
	requests, stopRequests := context.WithCancel(ctx)
	defer stopRequests()
	loops, stopLoops := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLoops()
	group, loops := errgroup.WithContext(loops)
	for _, loop := range append(w.loops(), access.Keys.Run) {
		group.Go(func() error {
			defer stopRequests() // a loop that ends takes the server with it
			return loop(loops)
		})
	}
	group.Go(func() error { return w.open(loops, p, listener.Addr().String(), opened) })
	served := srv.Run(requests, listener)

	// Stop: requests are drained, now the loops, under one deadline.
	stopLoops()
	return errors.Join(served, waitFor(group, cfg.ShutdownTimeout))
}

// waitFor waits for the loops to end; one that does not is a fault.
func waitFor(g *errgroup.Group, limit time.Duration) error {
	done := make(chan error, 1)
	go func() { done <- g.Wait() }()
	select {
	case err := <-done:
		return err
	case <-time.After(limit):
		return fmt.Errorf("stop: loops did not end within %s", limit)
	}
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, catalog.WithHint(fmt.Errorf("listen on %s: the port is taken", addr), "another weir may run there; choose another port with --listen")
	}
	if err != nil {
		return nil, catalog.WithHint(fmt.Errorf("listen on %s: %w", addr, err), "choose another address with --listen HOST:PORT")
	}
	return l, nil
}
