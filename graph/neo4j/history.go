package neo4j

import (
	"context"
	"errors"
	"fmt"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/weirhq/weir/catalog"
)

// ErrForeign: the graph follows another history than this store's. Positions of
// two journals mean nothing to each other: going on would mix two graphs, and
// filling it anew would take away somebody else's.
var ErrForeign = errors.New("neo4j: the graph is that of another weir")

// cursor is the node that says how far the graph is, and whose it is.
type cursor struct {
	offset, epoch int64
	history       string // "" for a cursor that an older weir wrote, and for none
	projection    int64  // of the offset; 0 for the same
}

func cursorOf(rec *neo4j.Record) cursor {
	return cursor{integer(rec, "offset"), integer(rec, "epoch"), text(rec, "history"), integer(rec, "projection")}
}

func (s *Store) readCursor(ctx context.Context) (cursor, error) {
	records, err := s.read(ctx, "read_cursor", nil)
	if err != nil {
		return cursor{}, s.wrap("read position", err)
	}
	return cursorOf(records[0]), nil
}

// acquaint refuses a graph of another history before its schema is touched.
func (s *Store) acquaint(ctx context.Context) error {
	if s.history == "" || s.takeOver {
		return nil
	}
	c, err := s.readCursor(ctx)
	if err != nil {
		return err
	}
	return s.ours(c)
}

// ours reports whether the graph is this store's to go on with. A cursor without
// a history is adopted by the next change.
func (s *Store) ours(c cursor) error {
	if s.history == "" || c.history == "" || c.history == s.history {
		return nil
	}
	return s.foreign(fmt.Errorf("it follows history %s and is at position %d, and the data directory holds history %s", c.history, c.offset, s.history))
}

// resettable reports whether the graph is this store's to empty. Where a cursor
// does not say whose it is, who stands behind it cannot tell.
func (s *Store) resettable(c cursor) error {
	switch {
	case s.history == "" || s.takeOver || c.history == s.history:
		return nil
	case c.history == "" && c.offset > 0:
		return s.foreign(fmt.Errorf("an older weir filled it up to position %d, which the journal of the data directory has not reached", c.offset))
	}
	return s.ours(c)
}

func (s *Store) foreign(how error) error {
	return catalog.WithHint(fmt.Errorf("%w: %w: database %s at %s: %w; nothing of it was changed", catalog.ErrUnavailable, ErrForeign, s.database, s.uri, how),
		"name another database (--neo4j-database) or server (--neo4j-uri); or, where what is there may go, stop this weir and run weir rebuild graph --graph neo4j --neo4j-uri "+s.uri+" --neo4j-database "+s.database)
}

// Filled says which history filled the graph, "" when that is not known, and up
// to where. It changes nothing, whosever the graph is.
func (s *Store) Filled(ctx context.Context) (history string, at catalog.Position, err error) {
	c, err := s.readCursor(ctx)
	return c.history, c.position(), err
}

// position is where the graph stands: one that is being emptied passes for
// nothing.
func (c cursor) position() catalog.Position { return catalog.Position(max(c.offset, 0)) }

// Projection is whose positions the cursor counts.
func (s *Store) Projection(ctx context.Context) (int64, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	c, err := s.readCursor(ctx)
	if err == nil {
		err = s.ours(c)
	}
	return c.projection, err
}
