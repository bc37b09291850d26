package ingest

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/state/sqlite"
)

// refusing is a state store that breaks on one entry, as a defect would.
type refusing struct {
	State
	poison catalog.Position
	tried  int
}

func (s *refusing) Project(ctx context.Context, batch []Projected) (Touched, error) {
	for _, e := range batch {
		if e.Position == s.poison && e.Facts != nil || e.Again != nil && e.Again.Position == s.poison && e.Again.Facts != nil {
			s.tried++
			return Touched{}, catalog.ErrPoison
		}
	}
	return s.State.Project(ctx, batch)
}

// letters are the dead letters of a chain whose projector is driven by hand.
func (c *chain) letters(p *Projector, version string) *DeadLetters {
	return &DeadLetters{Log: c.journal, Parked: c.history, Version: version, Now: time.Now, Settle: func(ctx context.Context, pos catalog.Position) error {
		return c.drain(ctx, p)
	}}
}

func (c *chain) drain(ctx context.Context, p *Projector) error {
	for {
		if n, err := p.RunOnce(ctx); n == 0 || err != nil {
			return err
		}
	}
}

func (c *chain) parkedCodes() []string {
	c.t.Helper()
	list, err := c.history.Parked(context.Background(), catalog.ParkedQuery{Limit: 100})
	must(c.t, err)
	var out []string
	for _, p := range list {
		out = append(out, p.Position.String()+" "+p.Code+" "+p.Version)
	}
	return out
}

// TestPoisonIsIsolated: an entry that the store refuses for itself alone is
// tried three times and set aside; the others flow; after an upgrade it is
// tried again, and a rebuild gives the same.
func TestPoisonIsIsolated(t *testing.T) {
	c, ctx, stop := newChain(t)
	defer stop()
	state := &refusing{State: c.history, poison: 3}
	p := NewProjector(c.journal, state, ProjectorOptions{Version: "v1"})
	for range 5 {
		c.event("")
	}
	must(t, c.drain(ctx, p))
	if p.Position() != 5 || c.runs() != 4 || state.tried != 1+tries {
		t.Errorf("position %s, %d runs, %d tries", p.Position(), c.runs(), state.tried)
	}
	if got := c.parkedCodes(); !slices.Equal(got, []string{"3 projection v1"}) {
		t.Errorf("parked %v", got)
	}
	letters := c.letters(p, "v1")
	_, err := letters.Replay(ctx, "me", []catalog.Position{3}) // not mended yet
	must(t, err)
	must(t, c.drain(ctx, p))
	if got := c.parkedCodes(); !slices.Equal(got, []string{"3 projection v1"}) || p.Position() != 6 {
		t.Errorf("parked %v at %s after a replay in vain", got, p.Position())
	}
	if n, err := letters.RetryOlder(ctx); n != 0 || err != nil {
		t.Errorf("the same version tries %d again, %v", n, err)
	}
	state.poison = 0
	p.version = "v2"
	if n, err := c.letters(p, "v2").RetryOlder(ctx); n != 1 || err != nil {
		t.Fatalf("%d tried again, %v", n, err)
	}
	must(t, c.drain(ctx, p))
	if c.runs() != 5 || len(c.parkedCodes()) != 0 {
		t.Errorf("%d runs and %v parked after the upgrade", c.runs(), c.parkedCodes())
	}
	if again := c.rebuilt(); again.runs() != 5 {
		t.Errorf("%d runs after a rebuild", again.runs())
	}
}

// rebuilt projects the same journal into an empty state.
func (c *chain) rebuilt() *chain {
	c.t.Helper()
	ctx := context.Background()
	db, err := sqlite.Open(ctx, filepath.Join(c.t.TempDir(), "state.db"))
	must(c.t, err)
	h, err := sqlite.NewHistory(ctx, db)
	must(c.t, err)
	c.t.Cleanup(func() { errors.Join(h.Close(), db.Close()) }) //nolint:errcheck // the test is over
	out := &chain{t: c.t, journal: c.journal, history: h}
	must(c.t, out.drain(ctx, NewProjector(c.journal, h, ProjectorOptions{Version: "v9"})))
	return out
}

// TestStoreTroubleIsNoPoison: a store that is down parks nothing.
func TestStoreTroubleIsNoPoison(t *testing.T) {
	c, ctx, stop := newChain(t)
	defer stop()
	state := &downState{State: c.history, err: catalog.ErrUnavailable}
	p := NewProjector(c.journal, state, ProjectorOptions{})
	c.event("")
	if _, err := p.RunOnce(ctx); !errors.Is(err, catalog.ErrUnavailable) || p.Position() != 0 {
		t.Errorf("%v at %s", err, p.Position())
	}
	state.err = nil
	must(t, c.drain(ctx, p))
	if c.runs() != 1 || len(c.parkedCodes()) != 0 {
		t.Errorf("%d runs, parked %v", c.runs(), c.parkedCodes())
	}
}

type downState struct {
	State
	err error
}

func (s *downState) Project(ctx context.Context, batch []Projected) (Touched, error) {
	if s.err != nil {
		return Touched{}, s.err
	}
	return s.State.Project(ctx, batch)
}

// TestDropSurvivesRebuild: what was dropped stays away though a rebuild's
// version could read it; what was replayed comes back.
func TestDropSurvivesRebuild(t *testing.T) {
	c, ctx, stop := newChain(t)
	defer stop()
	p := NewProjector(c.journal, c.history, ProjectorOptions{Version: "v1"})
	sound := p.read
	p.read = func(e Entry) Projected {
		if e.Position <= 2 && c.n < 100 {
			panic("no such facet")
		}
		return sound(e)
	}
	c.event("")
	c.event("")
	c.event("")
	must(t, c.drain(ctx, p))
	letters := c.letters(p, "v1")
	_, err := letters.Drop(ctx, "me", []catalog.Position{1})
	must(t, err)
	must(t, c.drain(ctx, p))
	c.n = 100 // mended
	_, err = letters.Replay(ctx, "me", []catalog.Position{2})
	must(t, err)
	must(t, c.drain(ctx, p))
	if c.runs() != 2 || len(c.parkedCodes()) != 0 {
		t.Errorf("%d runs, parked %v", c.runs(), c.parkedCodes())
	}
	if again := c.rebuilt(); again.runs() != 2 || len(again.parkedCodes()) != 0 {
		t.Errorf("after a rebuild %d runs, parked %v", again.runs(), again.parkedCodes())
	}
	for name, positions := range map[string][]catalog.Position{"dropped": {1}, "replayed": {2}, "sound": {3}, "none such": {99}} {
		if _, err := letters.Drop(ctx, "me", positions); !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("drop of one %s: %v", name, err)
		}
	}
	if _, err := letters.Replay(ctx, "me", nil); !errors.Is(err, catalog.ErrInvalid) {
		t.Errorf("a replay of nothing: %v", err)
	}
}

// TestFutureIsReplayedOnDemand: an event of tomorrow counts once somebody says
// so, and not because weir was upgraded.
func TestFutureIsReplayedOnDemand(t *testing.T) {
	c, ctx, stop := newChain(t)
	defer stop()
	p := NewProjector(c.journal, c.history, ProjectorOptions{Version: "v1"})
	body := `{"eventTime":"2026-03-03T00:00:00Z","eventType":"COMPLETE","producer":"https://x","run":{"runId":"r"},"job":{"namespace":"p","name":"j"},"outputs":[{"namespace":"kafka://k","name":"d"}]}`
	_, err := c.journal.Append(ctx, Entry{Kind: EntryEvent, ReceivedAt: time.Now(), Body: []byte(body), Flags: []catalog.Flag{{Code: "future", Where: "/eventTime", Message: "m"}}})
	must(t, err)
	must(t, c.drain(ctx, p))
	list, err := c.history.Parked(ctx, catalog.ParkedQuery{Limit: 1})
	must(t, err)
	if len(list) != 1 || list[0].Code != "future" || list[0].Where != "/eventTime" || list[0].Job.Name != "j" || list[0].Datasets[0].Name != "d" || list[0].Producer != "https://x" || list[0].Bytes != len(body) {
		t.Fatalf("parked %+v", list)
	}
	if got, err := c.letters(p, "v1").Body(ctx, 1); string(got) != body || err != nil {
		t.Errorf("body %q, %v", got, err)
	}
	if n, err := c.letters(p, "v2").RetryOlder(ctx); n != 0 || err != nil {
		t.Errorf("an upgrade replays %d, %v", n, err)
	}
	_, err = c.letters(p, "v1").Replay(ctx, "me", []catalog.Position{1})
	must(t, err)
	must(t, c.drain(ctx, p))
	if c.runs() != 1 || len(c.parkedCodes()) != 0 || c.rebuilt().runs() != 1 {
		t.Errorf("%d runs, parked %v", c.runs(), c.parkedCodes())
	}
}
