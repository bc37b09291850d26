package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// stands says where the target stands. One that holds something else than what
// the source projects is emptied first.
func (f *Follower) stands(ctx context.Context) (catalog.Position, error) {
	at, err := f.target.Position(ctx)
	if err != nil || f.met {
		return at, err
	}
	if f.projection.ID == 0 {
		if f.projection, err = f.source.Projection(ctx); err != nil {
			return 0, err
		}
	}
	counts, err := f.target.Projection(ctx)
	if err != nil {
		return 0, err
	}
	if at, err = f.meet(ctx, at, counts); err != nil {
		return 0, err
	}
	f.met, f.bounded = true, false
	return at, nil
}

// meet empties a target that holds another history or another projection, and
// lets one that does not say whose positions it counts say it from now on.
func (f *Follower) meet(ctx context.Context, at catalog.Position, counts int64) (catalog.Position, error) {
	if why := f.stranger(at, counts); why != "" {
		f.slog.Warn(why+"; it is filled anew", "position", at, "end", f.end)
		if err := f.target.Apply(ctx, graph.Change{Reset: true}); err != nil {
			return 0, fmt.Errorf("begin again: %w", err)
		}
		f.refill = refill{end: f.end, told: time.Now()}
		return 0, nil
	}
	if at == 0 || counts == f.projection.ID {
		return at, nil
	}
	return at, f.target.Apply(ctx, graph.Change{After: at, Position: at, Projection: f.projection.ID})
}

// stranger says why a target cannot go on with what the source projects, "" if
// it can.
func (f *Follower) stranger(at catalog.Position, counts int64) string {
	switch {
	case at == 0 || counts == f.projection.ID:
	case counts != 0:
		return "target follows another projection of the journal: it was rebuilt or restored without it"
	case f.projection.Anew:
		return "target does not say which projection it follows, and the journal was rebuilt or restored"
	}
	if f.bounded && at > f.end {
		return "target is ahead of the journal, so it holds another history"
	}
	return ""
}

// refill tells how far a target is that is filled anew.
type refill struct {
	end  catalog.Position // 0: nothing is filled
	told time.Time
}

// refillSaid is how often it is told.
const refillSaid = 10 * time.Second

func (r *refill) step(log *slog.Logger, at catalog.Position) {
	switch {
	case r.end == 0:
	case at >= r.end:
		log.Info("target is filled", "position", at)
		*r = refill{}
	case time.Since(r.told) >= refillSaid:
		log.Info("target is being filled", "position", at, "end", r.end)
		r.told = time.Now()
	}
}
