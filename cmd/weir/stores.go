package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gofrs/flock"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/embedded"
	"github.com/weirhq/weir/graph/neo4j"
	"github.com/weirhq/weir/graph/search"
	"github.com/weirhq/weir/state/sqlite"
)

// stores are what a data directory holds, and the graph store behind it.
type stores struct {
	lock    *flock.Flock
	journal *sqlite.Journal
	db      *sqlite.DB
	history *sqlite.History
	ledger  *sqlite.Ledger
	graph   graph.Store
	search  *search.Index
}

// openStores locks the data directory and opens everything in it. A directory
// left by a killed process opens without help.
func openStores(ctx context.Context, c Config) (s *stores, err error) {
	s = &stores{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.lock, err = lockDir(c.Data); err != nil {
		return s, err
	}
	if s.journal, err = sqlite.OpenJournalWith(ctx, filepath.Join(c.Data, "events.db"), sqlite.JournalOptions{SegmentBytes: int64(c.SegmentMB) << 20}); err != nil {
		return s, diskHint(c.Data, err)
	}
	if s.db, err = sqlite.Open(ctx, filepath.Join(c.Data, "state.db")); err != nil {
		return s, diskHint(c.Data, err)
	}
	if s.history, err = sqlite.OpenHistory(ctx, s.db, sqlite.HistoryOptions{Naming: c.naming, AnyNaming: c.rebuilding}); err != nil {
		return s, diskHint(c.Data, err)
	}
	if err := s.resume(ctx, c.rebuilding); err != nil {
		return s, diskHint(c.Data, err)
	}
	s.ledger = sqlite.NewLedger(s.db)
	history, err := s.db.Identity(ctx)
	if err != nil {
		return s, diskHint(c.Data, err)
	}
	if s.graph, err = openGraph(ctx, c, history); err != nil {
		return s, err
	}
	s.search, err = openSearch(ctx, c, s.journal.End())
	return s, err
}

// resume lets the journal go on behind all that is projected: it may have lost
// its end. A state that ends before the journal begins would go on with a gap
// that nobody sees.
func (s *stores) resume(ctx context.Context, rebuilding bool) error {
	pos, err := s.history.Position(ctx)
	if err != nil {
		return err
	}
	if first := s.journal.First(); pos+1 < first && !rebuilding {
		return catalog.WithHint(fmt.Errorf("%w: the state ends at %s and the journal begins at %s: retention removed what lies between", catalog.ErrConflict, pos, first),
			"weir rebuild starts at the snapshot that covers it")
	}
	return s.journal.Resume(ctx, pos)
}

// openSearch opens the index. One that is ahead of the journal was made from
// another, and begins again.
func openSearch(ctx context.Context, c Config, end catalog.Position) (*search.Index, error) {
	i, err := search.Open(ctx, filepath.Join(c.Data, "search.db"))
	if err != nil {
		return nil, diskHint(c.Data, err)
	}
	pos, err := i.Position(ctx)
	if err == nil && pos > end {
		err = i.Apply(ctx, graph.Change{Reset: true})
	}
	if err != nil {
		return nil, errors.Join(diskHint(c.Data, err), i.Close())
	}
	return i, nil
}

func diskHint(dir string, err error) error {
	if catalog.HintOf(err) != "" {
		return err
	}
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return catalog.WithHint(err, "allow the process more open files (ulimit -n): 64 are enough to start, each connection takes one more")
	}
	return catalog.WithHint(err, "look at the free space and the rights of "+dir)
}

// lockDir makes the directory this process's own.
func lockDir(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, catalog.WithHint(fmt.Errorf("make data directory: %w", err), "--data names a directory that weir may write")
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, diskHint(dir, fmt.Errorf("lock data directory: %w", err))
	}
	if !ok {
		return nil, catalog.WithHint(fmt.Errorf("data directory %s belongs to another weir process", dir), "stop that one, or give this one another directory with --data")
	}
	return lock, nil
}

// openGraph is the switch over backends. Neo4j may be down: it makes no call. The
// graph there has to follow the same history, "" when that is not known; a
// rebuild takes it over.
func openGraph(ctx context.Context, c Config, history string) (graph.Store, error) {
	if c.Graph == "embedded" {
		g, err := embedded.Open(ctx, filepath.Join(c.Data, "graph.db"))
		if err != nil {
			return nil, diskHint(c.Data, err)
		}
		return g, nil
	}
	o := neo4j.Options{URI: c.Neo4jURI, User: c.Neo4jUser, Database: c.Neo4jDatabase, CAFile: c.Neo4jCAFile, Insecure: c.Neo4jInsecure, History: history, TakeOver: c.rebuildingGraph}
	if c.Neo4jPasswordFile != "" {
		b, err := os.ReadFile(c.Neo4jPasswordFile)
		if err != nil {
			return nil, usageError("--neo4j-password-file names a file that weir may read", "read Neo4j password: %w", err)
		}
		o.Password = strings.TrimRight(string(b), "\r\n")
	}
	g, err := neo4j.Open(o)
	if err != nil {
		hint := cmp.Or(catalog.HintOf(err), "docs/neo4j.md says what each setting is for")
		if errors.Is(err, neo4j.ErrInsecure) {
			hint += ": --neo4j-insecure"
		}
		return nil, usageError(hint, "%w", err)
	}
	return g, nil
}

// Close closes in reverse what is open.
func (s *stores) Close() error {
	var errs []error
	if s.search != nil {
		errs = append(errs, s.search.Close())
	}
	if s.graph != nil {
		errs = append(errs, s.graph.Close())
	}
	if s.history != nil {
		errs = append(errs, s.history.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.journal != nil {
		errs = append(errs, s.journal.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Unlock())
	}
	return errors.Join(errs...)
}
