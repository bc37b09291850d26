package main

import (
	"context"
	"errors"
	"path/filepath"
	"sync"

	"github.com/weirhq/weir/graph/neo4j"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/internal/stack"
	"github.com/weirhq/weir/state/sqlite"
)

// weir is what stands between an event's arrival and its last projection, with
// its loops running: journal, state, graph.db and topology.
type weir struct {
	stack     *stack.Stack
	journal   *sqlite.Journal
	projector *ingest.Projector
	followers []*ingest.Follower
	receiver  *ingest.Receiver
	stop      context.CancelFunc
	loops     sync.WaitGroup
}

// openWeir opens one and starts its loops; follow says whether graph.db and
// topology are kept in step.
func openWeir(ctx context.Context, dir string, follow bool) (*weir, error) {
	s, err := stack.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	return startWeir(ctx, dir, s, follow)
}

// startWeir starts the loops over an open stack.
func startWeir(ctx context.Context, dir string, s *stack.Stack, follow bool) (*weir, error) {
	j, err := sqlite.OpenJournal(ctx, filepath.Join(dir, "events.db"))
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	w := &weir{stack: s, journal: j, receiver: ingest.NewReceiver(j, ingest.ReceiverOptions{})}
	loops := []func(context.Context) error{j.Run}
	if follow {
		w.followers = []*ingest.Follower{
			ingest.NewFollower("graph", s.History, s.Graph, nil),
			ingest.NewFollower("topology", s.History, s.Topology, nil),
		}
		if _, ok := s.Graph.(*neo4j.Store); ok {
			w.followers[0].Gather = gather
		}
		loops = append(loops, w.followers[0].Run, w.followers[1].Run)
	}
	if _, ok := s.Graph.(*neo4j.Store); ok {
		w.followers[0].Gather = gather
	}
	w.projector = ingest.NewProjector(j, s.History, ingest.ProjectorOptions{Wake: func(ingest.Touched) {
		for _, f := range w.followers {
			f.Wake()
		}
	}})
	ctx, w.stop = context.WithCancel(ctx)
	for _, run := range append(loops, w.projector.Run) {
		w.loops.Go(func() { _ = run(ctx) })
	}
	return w, nil
}

// wait returns when everything that is durable is everywhere.
func (w *weir) wait(ctx context.Context) error {
	end := w.journal.End()
	if err := w.projector.WaitFor(ctx, end); err != nil {
		return err
	}
	for _, f := range w.followers {
		if err := f.WaitFor(ctx, end); err != nil {
			return err
		}
	}
	return nil
}

func (w *weir) close() error {
	w.stop()
	w.loops.Wait()
	return errors.Join(w.journal.Close(), w.stack.Close())
}
