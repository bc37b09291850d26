package neo4j

import (
	"context"
	"fmt"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/weirhq/weir/catalog"
)

// refills are the versions whose model differs from the one before: what an
// older weir wrote is emptied, and the follower fills the graph again.
var refills = map[int64]bool{2: true}

// migrate brings the schema from the version found to the newest, step by
// step, before anything is written. A step is noted when all of it is done and
// its commands may be repeated, so that one that was cut short is done again.
func (s *Store) migrate(ctx context.Context) error {
	found, err := s.schemaVersion(ctx)
	if err != nil {
		return s.wrap("read schema version", err)
	}
	steps := migrations()
	newest := int64(len(steps))
	if found > newest {
		return catalog.WithHint(fmt.Errorf("neo4j: the graph is of schema version %d, this weir knows %d", found, newest),
			"a newer weir wrote it: start that one, or give this one a database of its own")
	}
	for version := found + 1; version <= newest; version++ {
		for _, command := range steps[version-1] {
			if err := s.auto(ctx, command); err != nil {
				return s.wrap("create schema", err)
			}
		}
		if err := s.auto(ctx, statement("await_indexes")); err != nil {
			return s.wrap("create schema", err)
		}
		if err := s.note(ctx, version, found > 0 && refills[version]); err != nil {
			return s.wrap("note schema version", err)
		}
	}
	return nil
}

func (s *Store) schemaVersion(ctx context.Context) (int64, error) {
	records, err := s.read(ctx, "schema_version", nil)
	if err != nil {
		return 0, err
	}
	return integer(records[0], "version"), nil
}

// note writes the version down, in one transaction with the mark that the
// graph has to be filled again. It writes under the fence, like every change.
func (s *Store) note(ctx context.Context, version int64, refill bool) error {
	return s.transact(ctx, func(w *writer, found cursor) error {
		w.run("set_schema_version", map[string]any{"version": version})
		if refill {
			return w.cursor(wiping, 0)
		}
		return w.cursor(catalog.Position(found.offset), found.projection)
	})
}

// auto runs a command in a transaction of its own.
func (s *Store) auto(ctx context.Context, command string) error {
	ctx, cancel := context.WithTimeout(ctx, s.patience.write)
	defer cancel()
	sess := s.session(ctx, neo4j.AccessModeWrite)
	defer s.release(ctx, sess)
	res, err := sess.Run(ctx, command, nil)
	if err != nil {
		return err
	}
	_, err = res.Consume(ctx)
	return err
}
