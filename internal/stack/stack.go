// Package stack puts the whole way of an event together without goroutines:
// journal, projection, graph store, topology and search index in one directory. Tests and
// benchmarks drive it step by step.
package stack

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/embedded"
	"github.com/weirhq/weir/graph/search"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/state/sqlite"
)

// Stack is one weir without its loops.
type Stack struct {
	DB       *sqlite.DB
	History  *sqlite.History
	Graph    graph.Store
	Topology *graph.Topology
	Search   *search.Index
	// Touched and Moved, when set, are told what a batch may have changed, and
	// which rows the topology took.
	Touched func(catalog.Touched)
	Moved   func([]catalog.AssetID)
	pos     catalog.Position
}

// Next is the position that the next entry gets.
func (s *Stack) Next() catalog.Position { return s.pos + 1 }

// Open opens a stack in dir on the embedded store.
func Open(ctx context.Context, dir string) (*Stack, error) {
	g, err := embedded.Open(ctx, filepath.Join(dir, "graph.db"))
	if err != nil {
		return nil, err
	}
	return OpenOn(ctx, dir, g)
}

// OpenNamed is Open by an operator's naming.
func OpenNamed(ctx context.Context, dir string, naming *catalog.Naming) (*Stack, error) {
	g, err := embedded.Open(ctx, filepath.Join(dir, "graph.db"))
	if err != nil {
		return nil, err
	}
	return open(ctx, dir, g, naming)
}

// OpenOn opens a stack in dir on a given graph store.
func OpenOn(ctx context.Context, dir string, g graph.Store) (*Stack, error) {
	return open(ctx, dir, g, nil)
}

func open(ctx context.Context, dir string, g graph.Store, naming *catalog.Naming) (*Stack, error) {
	db, err := sqlite.Open(ctx, filepath.Join(dir, "state.db"))
	if err != nil {
		return nil, err
	}
	h, err := sqlite.OpenHistory(ctx, db, sqlite.HistoryOptions{Naming: naming})
	if err != nil {
		return nil, err
	}
	i, err := search.Open(ctx, filepath.Join(dir, "search.db"))
	if err != nil {
		return nil, err
	}
	pos, err := h.Position(ctx)
	return &Stack{DB: db, History: h, Graph: g, Topology: graph.NewTopology(), Search: i, pos: pos}, err
}

// Close closes everything.
func (s *Stack) Close() error {
	return errors.Join(s.History.Close(), s.DB.Close(), s.Graph.Close(), s.Search.Close())
}

// Send projects bodies as journal entries, in batches of the size given.
func (s *Stack) Send(ctx context.Context, batch int, bodies ...[]byte) error {
	entries := make([]catalog.Entry, len(bodies))
	for i, b := range bodies {
		s.pos++
		entries[i] = catalog.Entry{Position: s.pos, Kind: catalog.EntryEvent, ReceivedAt: time.Now(), Body: b}
	}
	return s.Project(ctx, batch, entries...)
}

// Project projects entries, in batches.
func (s *Stack) Project(ctx context.Context, batch int, entries ...catalog.Entry) error {
	for len(entries) > 0 {
		n := min(batch, len(entries))
		part := make([]catalog.Projected, n)
		for i, e := range entries[:n] {
			part[i] = ingest.InterpretEntry(e)
			s.pos = max(s.pos, e.Position)
		}
		touched, err := s.History.Project(ctx, part)
		if err != nil {
			return err
		}
		if s.Touched != nil {
			s.Touched(touched)
		}
		entries = entries[n:]
	}
	return nil
}

// Follow brings graph store, topology and search index up to date.
func (s *Stack) Follow(ctx context.Context) error {
	for name, target := range map[string]ingest.Target{"graph": s.Graph, "topology": s.Topology, "search": s.Search} {
		f := ingest.NewFollower(name, s.History, target, nil)
		if target == ingest.Target(s.Topology) {
			f.Moved = s.Moved
		}
		for {
			n, err := f.RunOnce(ctx)
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
		}
	}
	return nil
}

// Export follows and writes the canonical export.
func (s *Stack) Export(ctx context.Context, w io.Writer) error {
	if err := s.Follow(ctx); err != nil {
		return err
	}
	return Export(ctx, s.Graph, s.History, w)
}

// Export writes the canonical export of a graph store and the history.
func Export(ctx context.Context, g graph.Store, h *sqlite.History, w io.Writer) error {
	var r graph.Records
	if err := r.AddGraph(ctx, g); err != nil {
		return err
	}
	if err := r.AddHistory(ctx, h); err != nil {
		return err
	}
	_, err := r.WriteTo(w)
	return err
}
