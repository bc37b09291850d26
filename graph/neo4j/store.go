package neo4j

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// Store is one Neo4j database.
type Store struct {
	driver    neo4j.DriverWithContext
	bookmarks neo4j.BookmarkManager // a cluster's readers see what was written here
	uri       string
	database  string
	history   string // whose graph it is, "" is anybody's
	takeOver  bool
	closed    atomic.Bool
	patience  patience
	// readers has a place for each read that may run: a slow server must not
	// take the writer's connections.
	readers chan struct{}
	turns   *turns
	// schema holds a token while the schema was not seen to stand.
	schema chan struct{}
	ready  atomic.Bool

	mu sync.Mutex
	// epoch is the number this store writes under, 0 before its first change:
	// the first change of another store fences this one out.
	epoch   int64
	written Written
}

var _ graph.Store = (*Store)(nil)

// patience is how long calls may take.
type patience struct {
	read, rows, write time.Duration
}

// maxReaders is how many reads run at a time; the pool holds more.
const maxReaders = 32

// ErrFenced: another weir writes to this database now.
var ErrFenced = errors.New("neo4j: another weir writes to this graph")

// Close ends all connections.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	return s.driver.Close(context.Background())
}

// enter checks that the store is open and its schema stands.
func (s *Store) enter(ctx context.Context) error {
	if s.closed.Load() {
		return fmt.Errorf("neo4j graph: %w", catalog.ErrClosed)
	}
	if s.ready.Load() {
		return nil
	}
	select {
	case s.schema <- struct{}{}:
		defer func() { <-s.schema }()
	case <-ctx.Done():
		return s.wrap("wait for the schema", ctx.Err())
	}
	if s.ready.Load() {
		return nil
	}
	if err := s.acquaint(ctx); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	s.ready.Store(true)
	return nil
}

func (s *Store) session(ctx context.Context, mode neo4j.AccessMode) neo4j.SessionWithContext {
	return s.driver.NewSession(ctx, neo4j.SessionConfig{DatabaseName: s.database, AccessMode: mode, FetchSize: 1000, BookmarkManager: s.bookmarks})
}

// wrap names the operation; what is not the statement's fault is
// ErrUnavailable, with a hint.
func (s *Store) wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	var server *neo4j.Neo4jError
	denied := errors.As(err, &server) && strings.HasPrefix(server.Code, "Neo.ClientError.Security")
	switch {
	case denied:
		return catalog.WithHint(fmt.Errorf("neo4j: %s: %w: %w", op, catalog.ErrUnavailable, err), "are user and password right, and may the user do this? docs/neo4j.md lists the permissions")
	case server != nil && strings.HasPrefix(server.Code, "Neo.ClientError.Database"):
		return catalog.WithHint(fmt.Errorf("neo4j: %s: %w: %w", op, catalog.ErrUnavailable, err), "is there a database of this name, and is it online? SHOW DATABASES says so; --neo4j-database names it")
	case errors.Is(err, context.DeadlineExceeded) || server != nil && strings.Contains(server.Code, "TransactionTimedOut"):
		return catalog.WithHint(fmt.Errorf("neo4j: %s: %w: no answer in time: %w", op, catalog.ErrUnavailable, err), "the Neo4j server is slow or the question too large: look at SHOW TRANSACTIONS, memory and disk of the server")
	case server != nil && !server.IsRetriableTransient() && !server.IsRetriableCluster() && !strings.HasPrefix(server.Code, "Neo.DatabaseError"):
		return fmt.Errorf("neo4j: %s: %w", op, err)
	}
	return catalog.WithHint(fmt.Errorf("neo4j: %s: %w: %w", op, catalog.ErrUnavailable, err), "is the Neo4j server up, has it disk and memory, and is the address right?")
}

// Ready reports whether the server answers.
func (s *Store) Ready(ctx context.Context) error {
	_, err := s.Position(ctx)
	return err
}

// Position is that of the last applied change. A store that was fenced out
// answers ErrFenced, and one of another history ErrForeign: what the graph holds
// is not its doing.
func (s *Store) Position(ctx context.Context) (catalog.Position, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	c, err := s.readCursor(ctx)
	if err != nil {
		return 0, err
	}
	if err := s.ours(c); err != nil {
		s.ready.Store(false) // what it holds is looked at again before anything is read
		return 0, err
	}
	s.mu.Lock()
	mine := s.epoch
	s.mu.Unlock()
	if mine != 0 && c.epoch > mine {
		return 0, fenced(c.epoch, mine)
	}
	return c.position(), nil
}

// fenced is ErrFenced with the numbers and what to do.
func fenced(found, mine int64) error {
	return catalog.WithHint(fmt.Errorf("%w: %w: its epoch is %d, ours is %d", catalog.ErrUnavailable, ErrFenced, found, mine), "give each weir a database of its own; this one writes again after a restart")
}

// read runs a reading statement. It waits for one of the places of readers.
func (s *Store) read(ctx context.Context, name string, params map[string]any) ([]*neo4j.Record, error) {
	return s.readFor(ctx, s.patience.read, name, params)
}

func (s *Store) readFor(ctx context.Context, limit time.Duration, name string, params map[string]any) ([]*neo4j.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case s.readers <- struct{}{}:
		defer func() { <-s.readers }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	sess := s.session(ctx, neo4j.AccessModeRead)
	defer s.release(ctx, sess)
	records, err := neo4j.ExecuteRead(ctx, sess, func(tx neo4j.ManagedTransaction) ([]*neo4j.Record, error) {
		res, err := tx.Run(ctx, statement(name), params)
		if err != nil {
			return nil, err
		}
		return res.Collect(ctx)
	}, neo4j.WithTxTimeout(limit), neo4j.WithTxMetadata(map[string]any{"app": "weir", "statement": name}))
	return records, late(ctx, err)
}

// late says that time was up, which the driver's errors do not.
func late(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// release gives a session's connection back. It may outlive the caller's
// context, but not for long.
func (s *Store) release(ctx context.Context, sess neo4j.SessionWithContext) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = sess.Close(ctx) // the result decides
}

// text and integer read a column; what is not of weir's making is empty.
func text(rec *neo4j.Record, name string) string {
	v, _ := rec.Get(name)
	s, _ := v.(string)
	return s
}

func integer(rec *neo4j.Record, name string) int64 {
	v, _ := rec.Get(name)
	n, _ := v.(int64)
	return n
}
