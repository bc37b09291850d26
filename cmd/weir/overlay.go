package main

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/policies"
)

// overlayer keeps what policies declare laid over the topology: in step with the
// policies in force, with names, and with what is observed meanwhile.
type overlayer struct {
	gatherer *policies.Gatherer
	topology *graph.Topology
	now      func() time.Time
	log      *slog.Logger
	// laid is told of what is new.
	laid   func()
	wakeup chan struct{}

	mu sync.Mutex
	// set is what was in force when it was laid, since when.
	set   *policies.Set
	since time.Time
}

func newOverlayer(g *policies.Gatherer, t *graph.Topology, laid func(), log *slog.Logger) *overlayer {
	return &overlayer{gatherer: g, topology: t, now: time.Now, laid: laid, log: log.With("component", "overlay"), wakeup: make(chan struct{}, 1)}
}

// Wake says that what is declared may have changed. It never blocks.
func (o *overlayer) Wake() {
	select {
	case o.wakeup <- struct{}{}:
	default:
	}
}

// Run lays it anew when it is woken, until ctx ends. It rests ten times as long as
// it works: under a stream of events it takes no more than a tenth of a processor.
func (o *overlayer) Run(ctx context.Context) error {
	rest := time.After(0)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-rest:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-o.wakeup:
		}
		began := o.now()
		if err := o.lay(ctx); err != nil && ctx.Err() == nil {
			o.log.Warn("what policies declare stays as it was in lineage", "error", err)
		}
		rest = time.After(10 * o.now().Sub(began))
	}
}

// lay puts what is declared now in the place of what was.
func (o *overlayer) lay(ctx context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if set := o.gatherer.Policies.Get(); set != o.set || o.since.IsZero() {
		o.set, o.since = set, o.now().UTC()
	}
	edges, err := o.gatherer.Declared(ctx, o.since)
	if err != nil {
		return err
	}
	if next := graph.NewOverlay(edges); !slices.Equal(next.Edges(), o.topology.Overlay().Edges()) {
		o.topology.Lay(next)
		o.laid()
	}
	return nil
}
