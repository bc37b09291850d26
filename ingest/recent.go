package ingest

import (
	"context"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
)

// The recent window: equal bodies within it are one event. Clients that time
// out send the same bytes again.
const (
	recentAge = 10 * time.Minute
	recentMax = 200_000
)

type bodyHash = [32]byte

// recent remembers the bodies of the last minutes and where they went. A twin
// of a body that is being committed waits for its commit.
type recent struct {
	mu    sync.Mutex
	seen  map[bodyHash]*recentEntry
	order []bodyHash // oldest first
}

type recentEntry struct {
	at   time.Time
	done chan struct{} // closed when pos or err is set
	pos  catalog.Position
	err  error
}

func newRecent() *recent { return &recent{seen: map[bodyHash]*recentEntry{}} }

// do runs commit once for equal bodies and gives its position to all; dup
// tells those that did not commit.
func (r *recent) do(ctx context.Context, key bodyHash, now time.Time, commit func() (catalog.Position, error)) (pos catalog.Position, dup bool, err error) {
	r.mu.Lock()
	r.expire(now)
	e, twin := r.seen[key]
	if !twin {
		e = &recentEntry{at: now, done: make(chan struct{})}
		r.seen[key] = e
		r.order = append(r.order, key)
	}
	r.mu.Unlock()
	if twin {
		return e.wait(ctx)
	}
	e.err = catalog.ErrUnavailable // what twins hear if commit panics
	defer func() {
		if e.err != nil { // nothing was kept, or nobody knows: the next one tries
			r.forget(key, e)
		}
		close(e.done)
	}()
	e.pos, e.err = commit()
	return e.pos, false, e.err
}

func (e *recentEntry) wait(ctx context.Context) (catalog.Position, bool, error) {
	select {
	case <-e.done:
		return e.pos, true, e.err
	case <-ctx.Done():
		return 0, true, catalog.ErrUnavailable
	}
}

func (r *recent) forget(key bodyHash, e *recentEntry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen[key] == e {
		delete(r.seen, key)
	}
}

// expire drops what is too old or too much. A forgotten key may still stand in
// the order; it is dropped there when its turn comes.
func (r *recent) expire(now time.Time) {
	for len(r.order) > 0 {
		e, ok := r.seen[r.order[0]]
		if ok && now.Sub(e.at) < recentAge && len(r.order) < recentMax {
			return
		}
		if ok {
			delete(r.seen, r.order[0])
		}
		r.order = r.order[1:]
	}
}
