package ingest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// uneventful is a state in which nothing happens.
type uneventful struct{}

func (uneventful) Projection(context.Context) (catalog.Projection, error) {
	return catalog.Projection{ID: 1}, nil
}

func (uneventful) Changes(_ context.Context, after catalog.Position, _ int) (catalog.Final, error) {
	return catalog.Final{Position: after}, nil
}

// still is a target that has all of it.
type still struct {
	fails atomic.Pointer[error]
	asked atomic.Int32
}

func (s *still) Projection(context.Context) (int64, error) { return 1, nil }

func (s *still) Apply(context.Context, graph.Change) error { return nil }

func (s *still) Position(context.Context) (catalog.Position, error) {
	s.asked.Add(1)
	if err := s.fails.Load(); err != nil {
		return 0, *err
	}
	return 7, nil
}

// TestFollowerLooksWhileIdle: that a target was taken by another is seen though
// nothing is written, and that it answers again as well.
func TestFollowerLooksWhileIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &still{}
		f := NewFollower("graph", uneventful{}, s, nil)
		f.Look = 10 * time.Second
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- f.Run(ctx) }()
		synctest.Wait()
		if err := f.Err(); err != nil {
			t.Fatal(err)
		}
		fenced := errors.New("another weir writes to this graph")
		s.fails.Store(&fenced)
		time.Sleep(f.Look + time.Second)
		synctest.Wait()
		if err := f.Err(); !errors.Is(err, fenced) {
			t.Errorf("behind the look: %v, want %v", err, fenced)
		}
		s.fails.Store(nil)
		time.Sleep(f.Look)
		synctest.Wait()
		if err := f.Err(); err != nil {
			t.Errorf("it answers again, and is said not to: %v", err)
		}
		stop()
		must(t, <-ended)
	})
}

// TestFollowerRestsWhileIdle: without a time to look a target is left alone.
func TestFollowerRestsWhileIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &still{}
		f := NewFollower("topology", uneventful{}, s, nil)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- f.Run(ctx) }()
		time.Sleep(time.Hour)
		if n := s.asked.Load(); n != 1 {
			t.Errorf("it was asked %d times", n)
		}
		stop()
		must(t, <-ended)
	})
}
