package neo4j

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

var (
	// errApplied says that the store is at or past the change.
	errApplied = errors.New("applied before")
	// errWiping says that emptying the store began and did not end.
	errWiping = errors.New("being emptied")
)

// wiping is the offset of a store that is being emptied, which takes several
// transactions; the server sees it as -1.
const wiping = catalog.Position(math.MaxUint64)

// Written counts what the statements of a store's changes did.
type Written struct{ Nodes, Relationships int64 }

// Written is what this store wrote since it was opened: nodes created, deleted
// or given new properties at most once a change, relationships created and
// deleted.
func (s *Store) Written() Written {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written
}

// Apply replaces the rows of the change in one transaction with the cursor. A
// commit whose answer was lost is settled by reading the cursor.
func (s *Store) Apply(ctx context.Context, c graph.Change) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	done, err := s.turns.write(ctx)
	if err != nil {
		return s.wrap("wait for readers", err)
	}
	defer done()
	err = s.applyOnce(ctx, c)
	if errors.Is(err, errWiping) {
		if err = s.wipe(ctx); err == nil {
			err = s.transact(ctx, func(w *writer, _ cursor) error { return w.cursor(0, 0) })
		}
		if err == nil {
			err = s.applyOnce(ctx, c)
		}
	}
	switch {
	case err == nil || errors.Is(err, errApplied):
		return nil
	case errors.Is(err, graph.ErrGap) || errors.Is(err, graph.ErrProjection) || errors.Is(err, ErrFenced) || errors.Is(err, ErrForeign):
		return err
	}
	if pos, perr := s.Position(ctx); perr == nil && pos == c.Position && !c.Reset {
		return nil // committed, the answer was lost
	}
	return s.wrap("apply change "+c.Position.String(), err)
}

// applyOnce runs the transaction. A reset marks the cursor in a first one: a
// half-empty graph passes for nothing.
func (s *Store) applyOnce(ctx context.Context, c graph.Change) error {
	if c.Reset {
		mark := func(w *writer, _ cursor) error { return w.cursor(wiping, 0) }
		if err := s.transactIf(ctx, s.resettable, mark); err != nil {
			return err
		}
		if err := s.wipe(ctx); err != nil {
			return err
		}
	}
	return s.transact(ctx, func(w *writer, found cursor) error {
		at, foreign := catalog.Position(found.offset), c.Foreign(found.position(), found.projection)
		switch {
		case c.Reset:
			found.projection = 0
		case at == wiping:
			return errWiping
		case foreign != nil:
			return foreign
		case c.Names(at):
		case c.Position <= at:
			return errApplied
		case c.After != at:
			return fmt.Errorf("%w: store at %s, change follows %s", graph.ErrGap, at, c.After)
		}
		w.change(c)
		return w.cursor(c.Position, cmp.Or(c.Projection, found.projection))
	})
}

// wipeNodes and wipeEdges are how many one transaction deletes.
const wipeNodes, wipeEdges = 2000, 10_000

// wipe empties the store in batches, each under the fence. A node's
// relationships go first: with very many it could not go in one transaction.
func (s *Store) wipe(ctx context.Context) error {
	for {
		for {
			n, err := s.wipeSome(ctx, "wipe_edges")
			if err != nil {
				return err
			}
			if n < wipeEdges {
				break
			}
		}
		if n, err := s.wipeSome(ctx, "wipe_nodes"); err != nil || n < wipeNodes {
			return err
		}
	}
}

func (s *Store) wipeSome(ctx context.Context, name string) (deleted int64, err error) {
	err = s.transact(ctx, func(w *writer, found cursor) error {
		if recs := w.run(name, map[string]any{"nodes": wipeNodes, "limit": wipeEdges}); w.err == nil {
			deleted = integer(recs[0], "deleted")
		}
		return w.cursor(catalog.Position(found.offset), found.projection)
	})
	return deleted, err
}

// transact runs one write under the lock of the cursor and this store's epoch,
// on a graph of its own history.
func (s *Store) transact(ctx context.Context, write func(*writer, cursor) error) error {
	return s.transactIf(ctx, s.ours, write)
}

// transactIf is transact where something else decides by the cursor found.
func (s *Store) transactIf(ctx context.Context, may func(cursor) error, write func(*writer, cursor) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.patience.write)
	defer cancel()
	s.mu.Lock()
	mine := s.epoch
	s.mu.Unlock()
	sess := s.session(ctx, neo4j.AccessModeWrite)
	defer s.release(ctx, sess)
	w, err := neo4j.ExecuteWrite(ctx, sess, func(tx neo4j.ManagedTransaction) (*writer, error) {
		w := &writer{ctx: ctx, tx: tx, history: s.history}
		found, err := w.lock()
		if err == nil {
			err = errors.Join(may(found), w.enter(found, mine))
		}
		if err != nil {
			return nil, err
		}
		if err := write(w, found); err != nil || !w.changes {
			return w, err
		}
		s.turns.commit()
		return w, nil
	}, neo4j.WithTxTimeout(s.patience.write), neo4j.WithTxMetadata(map[string]any{"app": "weir", "statement": "apply"}))
	s.turns.committed()
	if err == nil {
		s.mu.Lock()
		s.epoch = w.epoch
		s.written.Nodes += w.written.Nodes
		s.written.Relationships += w.written.Relationships
		s.mu.Unlock()
	}
	return late(ctx, err)
}

// writer runs the statements of one transaction and keeps the first error.
type writer struct {
	ctx     context.Context
	tx      neo4j.ManagedTransaction
	epoch   int64
	history string
	err     error
	written Written
	changes bool // something besides the cursor
}

// lock takes the cursor's lock and says where it stands.
func (w *writer) lock() (cursor, error) {
	res, err := w.tx.Run(w.ctx, statement("lock_cursor"), nil)
	if err != nil {
		return cursor{}, err
	}
	rec, err := res.Single(w.ctx)
	if err != nil {
		return cursor{}, err
	}
	for _, name := range []string{"offset", "epoch"} {
		v, _ := rec.Get(name)
		if _, ok := v.(int64); !ok {
			return cursor{}, errors.New("the cursor is not of weir's making; weir rebuild makes the graph anew")
		}
	}
	return cursorOf(rec), nil
}

// enter takes a number to write under. A store without an epoch takes the next
// one: with its commit all others are fenced out.
func (w *writer) enter(found cursor, mine int64) error {
	switch {
	case mine == 0:
		w.epoch = found.epoch + 1
	case found.epoch > mine:
		return fenced(found.epoch, mine)
	default:
		// A lower one is that of a graph that was emptied or restored from a
		// backup by hand: the position says where to go on.
		w.epoch = mine
	}
	return nil
}

func (w *writer) cursor(at catalog.Position, projection int64) error {
	w.run("set_cursor", map[string]any{"offset": int64(at), "epoch": w.epoch, "history": w.history, "projection": projection})
	return w.err
}

// run runs a statement and returns its records.
func (w *writer) run(name string, params map[string]any) []*neo4j.Record {
	if w.err != nil {
		return nil
	}
	records, err := w.collect(name, params)
	if err != nil {
		w.err = fmt.Errorf("%s: %w", name, err)
	}
	return records
}

func (w *writer) collect(name string, params map[string]any) ([]*neo4j.Record, error) {
	res, err := w.tx.Run(w.ctx, statement(name), params)
	if err != nil {
		return nil, err
	}
	records, err := res.Collect(w.ctx)
	if err != nil {
		return nil, err
	}
	sum, err := res.Consume(w.ctx)
	if err != nil {
		return nil, err
	}
	n := sum.Counters()
	w.changes = w.changes || name != "set_cursor" && n.ContainsUpdates()
	w.written.Nodes += int64(n.NodesCreated() + n.NodesDeleted())
	w.written.Relationships += int64(n.RelationshipsCreated() + n.RelationshipsDeleted())
	return records, nil
}

// batch is how many rows one statement takes.
const batch = 1000

func each[T any](w *writer, statement, param string, rows []T) (out []*neo4j.Record) {
	for part := range slices.Chunk(rows, batch) {
		out = append(out, w.run(statement, map[string]any{param: part})...)
	}
	return out
}
