package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// RowSource gives the final rows that changed (state/sqlite.History).
type RowSource interface {
	Changes(ctx context.Context, after catalog.Position, limit int) (catalog.Final, error)
	// Projection says what the positions count.
	Projection(ctx context.Context) (catalog.Projection, error)
}

// Target is what a follower keeps in step: a graph store, or the topology.
type Target interface {
	Apply(ctx context.Context, c graph.Change) error
	Position(ctx context.Context) (catalog.Position, error)
	Projection(ctx context.Context) (int64, error)
}

// Follower carries final rows from the state store to one target, in its own
// time and with the target's own cursor. A target that is down, slow or wiped
// costs nothing but its own lag: rows are read again from where it stands.
type Follower struct {
	name   string
	source RowSource
	target Target
	slog   *slog.Logger
	wakeup chan struct{}
	sleep  func(context.Context, time.Duration)

	// Moved, when set before Run, is told which rows an applied change replaced, and
	// what their edges lead to.
	Moved func([]catalog.AssetID)
	// Gather, when set before Run, is how long a change waits for others to go
	// with it: what a target across a network pays for each.
	Gather time.Duration

	// Look, when set before Run, is after how long without news the target is looked
	// at all the same: it may have been wiped, or another weir may have taken it.
	Look time.Duration

	// end is where the journal ended when this process began; it bounds the
	// target until that was met for the first time.
	end     catalog.Position
	bounded bool
	// projection is what positions count, once the source was asked; met is
	// whether the target counts the same. What failed is met again: it may have
	// been exchanged meanwhile.
	projection catalog.Projection
	met        bool
	refill     refill

	mu      sync.Mutex
	pos     catalog.Position
	known   bool
	changed chan struct{}
	lastErr error
}

// NewFollower returns a follower; name is for logs and metrics.
func NewFollower(name string, source RowSource, target Target, log *slog.Logger) *Follower {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Follower{name: name, source: source, target: target, slog: log.With("component", "follower", "target", name),
		wakeup: make(chan struct{}, 1), changed: make(chan struct{}), sleep: pause}
}

// Within, said before Run, tells where the journal ended when this process
// began. A target that stands beyond it when it is first met holds another
// history (an older backup was restored, or it belonged to another journal),
// and begins again.
func (f *Follower) Within(end catalog.Position) *Follower {
	f.end, f.bounded = end, true
	return f
}

// Wake says that there may be something new. It never blocks.
func (f *Follower) Wake() {
	select {
	case f.wakeup <- struct{}{}:
	default:
	}
}

// rowBatch is about how many assets one change holds.
const rowBatch = 500

// Run follows until ctx ends. A failing target is tried again with growing
// pauses of at most 5 s.
func (f *Follower) Run(ctx context.Context) error {
	wait := 100 * time.Millisecond
	for ctx.Err() == nil {
		n, err := f.RunOnce(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			f.fail(err)
			f.sleep(ctx, wait)
			wait = min(2*wait, 5*time.Second)
			continue
		case n == 0:
			wait = 100 * time.Millisecond
			f.rest(ctx)
		}
		if n < rowBatch && f.Gather > 0 {
			f.sleep(ctx, f.Gather)
		}
	}
	return nil
}

// rest waits for news.
func (f *Follower) rest(ctx context.Context) {
	var look <-chan time.Time // none: never
	if f.Look > 0 {
		t := time.NewTimer(f.Look)
		defer t.Stop()
		look = t.C
	}
	select {
	case <-ctx.Done():
	case <-f.wakeup:
	case <-look:
	}
}

// RunOnce applies one change; 0 means that the target was up to date.
func (f *Follower) RunOnce(ctx context.Context) (int, error) {
	at, err := f.stands(ctx)
	if err != nil {
		f.met = false
		return 0, fmt.Errorf("%s: read position: %w", f.name, err)
	}
	final, err := f.source.Changes(ctx, at, rowBatch)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", f.name, err)
	}
	if final.Position <= at {
		f.advance(at)
		return 0, nil
	}
	c := graph.Change{After: at, Position: final.Position, Projection: f.projection.ID, Rows: final.Rows, Removed: final.Removed}
	if err := f.target.Apply(ctx, c); err != nil {
		f.met = false
		return 0, fmt.Errorf("%s: apply %s: %w", f.name, final.Position, err)
	}
	f.tell(final) // first: who waits for the position must not get what somebody remembers
	f.advance(final.Position)
	f.refill.step(f.slog, final.Position)
	return 1 + len(final.Rows) + len(final.Removed), nil
}

func (f *Follower) tell(c catalog.Final) {
	if f.Moved == nil || len(c.Rows)+len(c.Removed) == 0 {
		return
	}
	ids := slices.Clone(c.Removed)
	for _, r := range c.Rows {
		ids = append(ids, r.Asset.ID)
		for _, e := range r.Edges {
			ids = append(ids, e.Source, e.Target)
		}
	}
	slices.SortFunc(ids, catalog.AssetID.Compare)
	f.Moved(slices.Compact(ids))
}

// Position is the last position that the target is known to hold; known is
// false until it was asked once.
func (f *Follower) Position() (pos catalog.Position, known bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.pos, f.known
}

// Err is the last failure while it lasts.
func (f *Follower) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lastErr
}

// WaitFor returns when the target has passed pos, or with ErrStale.
func (f *Follower) WaitFor(ctx context.Context, pos catalog.Position) error {
	for {
		f.mu.Lock()
		now, changed, last := f.pos, f.changed, f.lastErr
		f.mu.Unlock()
		if now >= pos {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%w: %s is at position %s, asked for %s", catalog.ErrStale, f.name, now, pos), last)
		}
	}
}

func (f *Follower) advance(pos catalog.Position) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lastErr != nil {
		f.slog.Info("target answers again", "position", pos)
	}
	f.pos, f.known, f.lastErr = pos, true, nil
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *Follower) fail(err error) {
	f.mu.Lock()
	first := f.lastErr == nil
	f.lastErr = err
	f.mu.Unlock()
	if first {
		f.slog.Warn("target does not answer; ingest goes on", "error", err, "hint", catalog.HintOf(err))
	}
}
