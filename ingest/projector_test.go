package ingest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/ingest/openlineage"
	"github.com/weirhq/weir/state/sqlite"
)

// chain is a real journal and a real history in one directory.
type chain struct {
	t       *testing.T
	journal *sqlite.Journal
	history *sqlite.History
	n       int
}

// newChain opens the stores and runs the journal until the test ends. stop
// must be called before a synctest bubble ends.
func newChain(t *testing.T) (c *chain, ctx context.Context, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	dir := t.TempDir()
	c = &chain{t: t}
	db, err := sqlite.Open(ctx, filepath.Join(dir, "state.db"))
	must(t, err)
	c.history, err = sqlite.NewHistory(ctx, db)
	must(t, err)
	c.journal, err = sqlite.OpenJournal(ctx, filepath.Join(dir, "events.db"))
	must(t, err)
	done := make(chan error, 1)
	go func() { done <- c.journal.Run(ctx) }()
	return c, ctx, func() {
		cancel()
		must(t, errors.Join(<-done, c.journal.Close(), c.history.Close(), db.Close()))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (c *chain) append(kind EntryKind, body string) catalog.Position {
	c.t.Helper()
	pos, err := c.journal.Append(context.Background(), Entry{Kind: kind, ReceivedAt: time.Now(), Body: []byte(body)})
	must(c.t, err)
	return pos
}

// event appends a run of a job of its own; facets are the job's.
func (c *chain) event(facets string) catalog.Position {
	c.t.Helper()
	c.n++
	return c.append(EntryEvent, fmt.Sprintf(`{"eventTime":"2026-03-01T00:00:00Z","eventType":"COMPLETE","producer":"t","run":{"runId":"r%d"},
		"job":{"namespace":"p","name":"j%d","facets":{%s}},"outputs":[{"namespace":"kafka://k:9092","name":"d"}]}`, c.n, c.n, facets))
}

func (c *chain) runs() int {
	c.t.Helper()
	runs, err := c.history.Runs(context.Background(), catalog.RunQuery{Limit: 1000})
	must(c.t, err)
	return len(runs)
}

// TestParkedDoesNotBlock: what breaks the interpreter, and what it cannot
// read, is passed over; what follows is filed.
func TestParkedDoesNotBlock(t *testing.T) {
	c, ctx, stop := newChain(t)
	defer stop()
	p := NewProjector(c.journal, c.history, ProjectorOptions{})
	sound := p.read
	p.read = func(e Entry) Projected { // as a bug of the interpreter would
		if e.Position == 2 {
			panic("no such facet")
		}
		return sound(e)
	}
	c.event("")
	c.event("")
	c.append(EntryEvent, `not JSON`)
	c.append(EntryEvent, `{"eventTime":"never","run":{"runId":"x"},"job":{"namespace":"p","name":"x"}}`)
	c.append(EntryOperator, `[]`)
	c.append(EntryTool, `{"state":"FAILED"}`)
	c.append(EntryKind(77), `{}`)
	c.event("")
	n, err := p.RunOnce(ctx)
	if n != 8 || err != nil {
		t.Fatalf("took %d entries, %v", n, err)
	}
	if p.Position() != 8 || c.runs() != 2 {
		t.Errorf("position %s with %d runs, want 8 with the 2 sound ones", p.Position(), c.runs())
	}
}

func TestParkReasons(t *testing.T) {
	for body, want := range map[string]string{
		`not JSON`: "decode",
		`{"eventTime":"never","run":{"runId":"x"},"job":{"namespace":"p","name":"x"}}`: openlineage.FlagEventTime,
	} {
		p := InterpretEntry(Entry{Kind: EntryEvent, Body: []byte(body)})
		if p.Facts != nil || p.ParkCode != want || p.ParkReason == "" {
			t.Errorf("%s: %+v, want parked as %s", body, p, want)
		}
	}
	p := guarded(Entry{Position: 3}, func(Entry) Projected { panic("broken") })
	if p.ParkCode != "panic" || p.Position != 3 || p.ParkReason != "broken" {
		t.Errorf("a broken interpreter: %+v", p)
	}
}

func TestProjectorWaitFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, ctx, stop := newChain(t)
		p := NewProjector(c.journal, c.history, ProjectorOptions{})
		pos := c.event("")
		soon, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if err := p.WaitFor(soon, pos); !errors.Is(err, catalog.ErrStale) {
			t.Errorf("nobody projects: %v, want stale", err)
		}
		loop, end := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- p.Run(loop) }()
		must(t, p.WaitFor(ctx, pos))
		must(t, p.WaitFor(ctx, c.event("")))
		if c.runs() != 2 {
			t.Errorf("%d runs are filed when WaitFor returns, want 2", c.runs())
		}
		end()
		must(t, <-done)
		stop()
	})
}

// failing fails the next calls, as a full disk or a server that is down does.
type failing struct{ left atomic.Int32 }

var errDown = errors.New("down")

func (f *failing) err() error {
	if f.left.Add(-1) >= 0 {
		return errDown
	}
	return nil
}

type failingState struct {
	*sqlite.History
	failing
}

func (s *failingState) Project(ctx context.Context, entries []Projected) (Touched, error) {
	if err := s.err(); err != nil {
		return Touched{}, err
	}
	return s.History.Project(ctx, entries)
}

// TestProjectorTriesAgain: a state store that fails holds up nothing but the
// projection, which goes on where it was.
func TestProjectorTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, ctx, stop := newChain(t)
		state := &failingState{History: c.history}
		state.left.Store(3)
		var woken atomic.Int32
		p := NewProjector(c.journal, state, ProjectorOptions{Wake: func(Touched) { woken.Add(1) }})
		loop, end := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- p.Run(loop) }()
		begin := time.Now()
		pos := c.event("")
		time.Sleep(1500 * time.Millisecond) // in the bubble: between the second and the third try
		if !errors.Is(p.Err(), errDown) || p.Position() != 0 {
			t.Errorf("while it fails: %v at %s", p.Err(), p.Position())
		}
		must(t, p.WaitFor(ctx, pos))
		if took := time.Since(begin); took != 3*time.Second || p.Err() != nil || c.runs() != 1 {
			t.Errorf("after %s: %v, %d runs", took, p.Err(), c.runs())
		}
		end()
		must(t, <-done)
		if woken.Load() != 1 {
			t.Errorf("woken %d times, want once", woken.Load())
		}
		stop()
	})
}

type failingTarget struct {
	*graph.Topology
	failing
}

func (f *failingTarget) Apply(ctx context.Context, c graph.Change) error {
	if err := f.err(); err != nil {
		return err
	}
	return f.Topology.Apply(ctx, c)
}

// What an operator says to keep of an environment is filed, and nothing else.
func TestEnvironmentIsFiled(t *testing.T) {
	c, ctx, stop := newChain(t)
	defer stop()
	c.append(EntryEvent, `{"eventTime":"2026-03-01T00:00:00Z","producer":"t","job":{"namespace":"p","name":"j"},"run":{"runId":"r","facets":
		{"environmentVariables":{"environmentVariables":[{"name":"GIT_SHA","value":"abc"},{"name":"TOKEN","value":"s3cret"}]}}}}`)
	p := NewProjector(c.journal, c.history, ProjectorOptions{KeepEnvironment: []string{"GIT_SHA"}})
	_, err := p.RunOnce(ctx)
	must(t, err)
	facets, err := c.history.RunFacets(ctx, catalog.RunKey{Job: catalog.JobName("p", "j"), RunID: "r"}, nil)
	must(t, err)
	if len(facets) != 1 || string(facets[0].Raw) != `{"environmentVariables":[{"name":"GIT_SHA","value":"abc"}]}` {
		t.Errorf("%+v", facets)
	}
}

func (c *chain) projectAll(ctx context.Context) {
	c.t.Helper()
	p := NewProjector(c.journal, c.history, ProjectorOptions{})
	pos, err := c.history.Position(ctx)
	must(c.t, err)
	p.advance(pos)
	for {
		n, err := p.RunOnce(ctx)
		must(c.t, err)
		if n == 0 {
			return
		}
	}
}

// TestFollowerTriesAgain: a target that is down is caught up once it answers,
// with growing pauses between.
func TestFollowerTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, ctx, stop := newChain(t)
		c.event("")
		pos := c.event("")
		c.projectAll(ctx)
		target := &failingTarget{Topology: graph.NewTopology()}
		target.left.Store(3)
		f := NewFollower("graph", c.history, target, nil)
		var moved atomic.Int32
		f.Moved = func(ids []catalog.AssetID) { moved.Add(int32(len(ids))) }
		if _, known := f.Position(); known {
			t.Error("the position is known before the target was asked")
		}
		soon, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		begin := time.Now()
		loop, end := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- f.Run(loop) }()
		if err := f.WaitFor(soon, pos); !errors.Is(err, catalog.ErrStale) {
			t.Errorf("while it is down: %v, want stale", err)
		}
		if !errors.Is(f.Err(), errDown) {
			t.Errorf("while it is down: %v", f.Err())
		}
		must(t, f.WaitFor(ctx, pos))
		if took := time.Since(begin); took != 700*time.Millisecond || f.Err() != nil {
			t.Errorf("caught up after %s, %v; want 100+200+400 ms", took, f.Err())
		}
		pos = c.event("")
		c.projectAll(ctx)
		f.Wake()
		must(t, f.WaitFor(ctx, pos))
		end()
		must(t, <-done)
		if moved.Load() != 5 { // two jobs and their dataset, then a third job and that dataset, which it is joined to
			t.Errorf("told of %d assets, want 5", moved.Load())
		}
		stop()
	})
}

// TestFollowerAfterAWipe: a target that was emptied is filled from 0, and
// one that moved under the follower is read anew instead of being torn.
func TestFollowerAfterAWipe(t *testing.T) {
	c, ctx, stop := newChain(t)
	defer stop()
	for range 5 {
		c.event("")
	}
	c.projectAll(ctx)
	topo := graph.NewTopology()
	f := NewFollower("graph", c.history, topo, nil)
	followAll(t, f)
	want := neighbours(t, topo)
	must(t, topo.Apply(ctx, graph.Change{Reset: true}))
	if n := neighbours(t, topo); n != 0 {
		t.Fatalf("%d edges after the wipe", n)
	}
	followAll(t, f)
	if got := neighbours(t, topo); got != want || want != 5 {
		t.Errorf("%d edges after the wipe, %d before, want 5", got, want)
	}
	if err := topo.Apply(ctx, graph.Change{After: 1, Position: 99}); !errors.Is(err, graph.ErrGap) {
		t.Errorf("a change that starts elsewhere: %v, want ErrGap", err)
	}
}

// TestFollowerOfAnotherHistory: a target beyond the journal's end, as after an
// older backup was restored, is filled anew; one that is not is believed.
func TestFollowerOfAnotherHistory(t *testing.T) {
	c, ctx, stop := newChain(t)
	defer stop()
	c.event("")
	pos := c.event("")
	c.projectAll(ctx)
	for at, edges := range map[catalog.Position]int{pos: 0, pos + 7: 2} {
		topo := graph.NewTopology()
		must(t, topo.Apply(ctx, graph.Change{Position: at}))
		followAll(t, NewFollower("graph", c.history, topo, nil).Within(pos))
		if got := neighbours(t, topo); got != edges {
			t.Errorf("an empty target at %s of %s has %d edges afterwards, want %d", at, pos, got, edges)
		}
		if now, err := topo.Position(ctx); err != nil || now != pos {
			t.Errorf("a target at %s follows to %s, %v; want %s", at, now, err, pos)
		}
	}
}

// movingTarget says an old position once, as one that another process moved.
type movingTarget struct {
	*graph.Topology
	stale atomic.Bool
}

func (m *movingTarget) Position(ctx context.Context) (catalog.Position, error) {
	if m.stale.CompareAndSwap(true, false) {
		return 1, nil
	}
	return m.Topology.Position(ctx)
}

func TestFollowerGap(t *testing.T) {
	c, ctx, stop := newChain(t)
	defer stop()
	c.event("")
	c.event("")
	c.projectAll(ctx)
	target := &movingTarget{Topology: graph.NewTopology()}
	target.stale.Store(true)
	f := NewFollower("graph", c.history, target, nil)
	if _, err := f.RunOnce(ctx); !errors.Is(err, graph.ErrGap) {
		t.Fatalf("a change behind 1 on a target at 0: %v, want ErrGap", err)
	}
	followAll(t, f)
	if n := neighbours(t, target.Topology); n != 2 {
		t.Errorf("%d edges, want 2", n)
	}
}

func followAll(t *testing.T, f *Follower) {
	t.Helper()
	for {
		n, err := f.RunOnce(t.Context())
		must(t, err)
		if n == 0 {
			return
		}
	}
}

// neighbours counts the jobs that write the one dataset.
func neighbours(t *testing.T, topo *graph.Topology) int {
	t.Helper()
	id := catalog.AssetID(catalog.DatasetName("kafka://k:9092", "d").ID())
	edges, _, err := topo.Neighbours(t.Context(), graph.NeighbourQuery{Frontier: []catalog.AssetID{id}, Direction: graph.Upstream, Types: []catalog.EdgeType{catalog.EdgeWrites}})
	must(t, err)
	return len(edges)
}

// TestWhoRemembersIsToldFirst: who waits for a position is let go when all who
// remember what was before it have been told.
func TestWhoRemembersIsToldFirst(t *testing.T) {
	c, ctx, stop := newChain(t)
	defer stop()
	var p *Projector
	const never = 99
	told := catalog.Position(never)
	p = NewProjector(c.journal, c.history, ProjectorOptions{Wake: func(Touched) { told = p.Position() }})
	pos := c.event("")
	if _, err := p.RunOnce(ctx); err != nil || told != 0 || p.Position() != pos {
		t.Errorf("told at %s, then at %s, want 0 and %s: %v", told, p.Position(), pos, err)
	}
	f := NewFollower("topology", c.history, graph.NewTopology(), nil)
	f.Moved = func([]catalog.AssetID) { told, _ = f.Position() }
	told = never
	if _, err := f.RunOnce(ctx); err != nil || told != 0 {
		t.Errorf("the follower told at %s, want 0: %v", told, err)
	}
	if at, _ := f.Position(); at != pos {
		t.Errorf("the follower is at %s, want %s", at, pos)
	}
}
