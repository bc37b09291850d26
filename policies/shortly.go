package policies

import (
	"context"
	"sync"
	"time"
)

// brief is a context with a timeout whose timer is made when somebody waits for
// it: most connectors answer from memory and never do.
type brief struct {
	context.Context
	until time.Time
	mu    sync.Mutex
	inner context.Context //nolint:containedctx // this is one
	stop  context.CancelFunc
}

// shortly is context.WithTimeout for calls that hardly ever wait.
func shortly(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	b := &brief{Context: ctx, until: time.Now().Add(d)}
	return b, b.cancel
}

// Deadline is the sooner of its own and the parent's.
func (b *brief) Deadline() (time.Time, bool) {
	if at, ok := b.Context.Deadline(); ok && at.Before(b.until) {
		return at, true
	}
	return b.until, true
}

// Done is closed at the deadline, with the parent or when it is cancelled.
func (b *brief) Done() <-chan struct{} { return b.timed().Done() }

// Err says why it is done.
func (b *brief) Err() error {
	b.mu.Lock()
	inner := b.inner
	b.mu.Unlock()
	if inner == nil && b.Context.Err() == nil && time.Now().Before(b.until) {
		return nil
	}
	return b.timed().Err()
}

func (b *brief) timed() context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.inner == nil {
		b.inner, b.stop = context.WithDeadline(b.Context, b.until)
	}
	return b.inner
}

// over is a context that was cancelled.
var over = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// cancel ends it for whoever waits; who has not waited by then has returned.
func (b *brief) cancel() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.inner == nil {
		b.inner, b.stop = over, func() {}
	}
	b.stop()
}
