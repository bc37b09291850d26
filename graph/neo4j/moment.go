package neo4j

import (
	"context"
	"math"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// turns lets several queries be of one moment. Neo4j shows each what was committed
// before it, and of a commit under way perhaps a part, so no transaction is one.
// Readers go on and see at their end whether something was committed; who does not
// want that takes a turn, and changes wait. What another weir writes nobody sees
// coming: that one is fenced out.
type turns struct {
	room       *semaphore.Weighted
	committing atomic.Bool
	commits    atomic.Int64 // that were begun, of what is more than a new position
}

func newTurns() *turns { return &turns{room: semaphore.NewWeighted(math.MaxInt64)} }

// read takes a turn of readers, of which there may be many at a time.
func (t *turns) read(ctx context.Context) (done func(), err error) {
	if err := t.room.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	return func() { t.room.Release(1) }, nil
}

// write takes the turn of one change. Who waits for it is before all readers that
// come later.
func (t *turns) write(ctx context.Context) (done func(), err error) {
	if err := t.room.Acquire(ctx, math.MaxInt64); err != nil {
		return nil, err
	}
	return func() { t.room.Release(math.MaxInt64) }, nil
}

// commit says that readers may see something else from now on, committed that
// there is no more to come.
func (t *turns) commit() {
	t.committing.Store(true)
	t.commits.Add(1)
}

func (t *turns) committed() { t.committing.Store(false) }

// freeTries is how often a walk begins without a turn.
const freeTries = 2

// Moment asks while nothing is committed, and again when something was; the last
// time changes wait for it.
func (s *Store) Moment(ctx context.Context, ask func(graph.Behind) error) error {
	for range freeTries {
		m := moment{s, s.turns.commits.Load()}
		if s.turns.committing.Load() {
			continue
		}
		if err := ask(m); m.holds() {
			return err
		}
	}
	done, err := s.turns.read(ctx)
	if err != nil {
		return s.wrap("wait for a change to end", err)
	}
	defer done()
	return ask(moment{s, s.turns.commits.Load()})
}

// moment is the store after a number of commits.
type moment struct {
	s       *Store
	commits int64
}

var _ graph.Behind = moment{}

func (m moment) holds() bool { return m.s.turns.commits.Load() == m.commits }

// Neighbours ends a walk that is not of one moment any more.
func (m moment) Neighbours(ctx context.Context, q graph.NeighbourQuery) ([]catalog.Edge, bool, error) {
	edges, more, err := m.s.Neighbours(ctx, q)
	if !m.holds() {
		return nil, false, graph.ErrMoved
	}
	return edges, more, err
}

// Beyond counts at that moment.
func (m moment) Beyond(ctx context.Context, q graph.NeighbourQuery, taken []catalog.AssetID) (map[catalog.AssetID]int, error) {
	n, err := m.s.Beyond(ctx, q, taken)
	if !m.holds() {
		return nil, graph.ErrMoved
	}
	return n, err
}

func (m moment) Position(ctx context.Context) (catalog.Position, error) { return m.s.Position(ctx) }
