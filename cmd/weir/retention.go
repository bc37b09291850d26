package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/state/sqlite"
)

const (
	// minRetentionRuns: an edge ends once 24 hours lie between the runs that
	// decide it, and clocks may be a day off.
	minRetentionRuns = 48 * time.Hour
	// retentionEvery is how often it is looked whether something may go.
	retentionEvery = time.Hour
	// keptSnapshots: the one that the journal continues, and the one before.
	keptSnapshots = 2
)

// retention removes what is older than the configuration says: files of the
// journal once a snapshot of the state covers them, and runs, which leave their
// sums by day behind. What edges follow from stays for ever.
type retention struct {
	*stores
	// settle returns when all that the journal has now is projected.
	settle       func(context.Context) error
	data         string
	events, runs time.Duration
	now          func() time.Time
	log          *slog.Logger

	mu  sync.Mutex
	err error // of the last time
	odd []string
}

// Run removes at once and then every hour, until ctx ends.
func (r *retention) Run(ctx context.Context) error {
	tick := time.NewTicker(retentionEvery)
	defer tick.Stop()
	for {
		err := r.runOnce(ctx)
		if ctx.Err() == nil {
			r.mu.Lock()
			r.err = err
			r.mu.Unlock()
		}
		if err != nil && ctx.Err() == nil {
			r.log.Error("retention failed; nothing was removed that is not covered", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Err is what is wrong with what retention looks at, for who reads a status.
func (r *retention) Err() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil || len(r.odd) == 0 {
		return r.err
	}
	return catalog.WithHint(fmt.Errorf("nothing can be read of %s of the journal: by what follows, not by its own entries, is decided when it goes", strings.Join(r.odd, ", ")),
		"weir doctor says what is damaged; a backup may have it whole: weir restore")
}

// unread notes the files of the journal that cannot be read.
func (r *retention) unread(files []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range files {
		if !slices.Contains(r.odd, f) {
			r.log.Warn("nothing can be read of a file of the journal: it is as old as what follows it", "file", f)
		}
	}
	r.odd = files
}

func (r *retention) runOnce(ctx context.Context) error {
	if r.runs > 0 {
		if err := r.removeRuns(ctx); err != nil {
			return err
		}
	}
	if r.events > 0 {
		return r.trim(ctx)
	}
	return nil
}

// removeRuns first lets nothing more in from before the horizon, then waits for
// what is in, so that what is removed is all that there ever is of that time.
func (r *retention) removeRuns(ctx context.Context) error {
	if err := r.history.SetHorizon(ctx, r.now().Add(-r.runs)); err != nil {
		return err
	}
	if err := r.settle(ctx); err != nil {
		return err
	}
	n, err := r.history.RemoveRuns(ctx)
	if n > 0 {
		r.log.Info("old runs were summed up by day and removed", "runs", n, "before", r.history.Horizon())
	}
	return err
}

// trim removes files of the journal. In this order: the snapshot is on disk and
// was read back before anything that it covers goes.
func (r *retention) trim(ctx context.Context) error {
	pos, ok, unread, err := r.journal.Trimmable(ctx, r.now().Add(-r.events))
	r.unread(unread)
	if err != nil || !ok {
		return err
	}
	if at, err := r.history.Position(ctx); err != nil || at < pos {
		return err // not all of it is projected yet: the next time
	}
	given, err := r.history.KeepParked(ctx, pos, r.journal)
	if err != nil {
		return err
	}
	if given > 0 {
		r.log.Warn("too much is in quarantine: the oldest of it can be read only as long as the journal has it", "events", given, "hint", "weir dlq list; weir dlq replay or drop")
	}
	snap, err := r.db.Snapshot(ctx, snapshotDir(r.data))
	if err != nil {
		return err
	}
	if snap.Position < pos {
		return fmt.Errorf("the snapshot at %s does not cover the journal up to %s", snap.Position, pos)
	}
	if _, err := snap.Check(ctx); err != nil { // what goes now can be read nowhere else
		return err
	}
	removed, err := r.journal.Trim(pos)
	if err != nil {
		return err
	}
	r.log.Info("old events were removed; a snapshot covers them", "files", removed, "up to", pos, "snapshot", snap.Path)
	return r.pruneSnapshots(ctx)
}

// pruneSnapshots keeps the newest that are whole, gives those of an earlier weir a
// checksum, and leaves what is damaged to who looks into it as long as nothing
// newer covers for it.
func (r *retention) pruneSnapshots(ctx context.Context) error {
	list, err := sqlite.Snapshots(snapshotDir(r.data))
	if err != nil {
		return err
	}
	whole := 0
	for _, s := range list {
		if whole == keptSnapshots {
			if err := s.Remove(); err != nil {
				return fmt.Errorf("remove an old snapshot: %w", err)
			}
			continue
		}
		sealed, err := s.Check(ctx)
		switch {
		case err != nil:
			r.log.Error("a snapshot is damaged: the one before it is kept", "snapshot", s.Path, "error", err)
			continue
		case !sealed:
			if err := s.Seal(); err != nil {
				return err
			}
			r.log.Info("a snapshot of an earlier weir was whole and has a checksum now", "snapshot", s.Path)
		}
		whole++
	}
	return nil
}
