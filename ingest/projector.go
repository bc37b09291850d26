package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest/openlineage"
)

// State files interpreted entries (state/sqlite.History).
type State interface {
	Project(ctx context.Context, entries []Projected) (Touched, error)
	Position(ctx context.Context) (catalog.Position, error)
	// ParkedEntry gives what is parked as it came; ErrNotFound where it is not
	// kept.
	ParkedEntry(ctx context.Context, pos catalog.Position) (Entry, error)
}

// Source is what the projector reads (the journal).
type Source interface {
	// After, End and Changed are those of Log.
	After(ctx context.Context, pos catalog.Position, limit int) ([]Entry, error)
	End() catalog.Position
	Changed(pos catalog.Position) <-chan struct{}
	// Operators returns at most limit statements of people behind pos, in order.
	Operators(ctx context.Context, pos catalog.Position, limit int) ([]Entry, error)
}

// Projected is one journal entry, interpreted.
type Projected = catalog.Projected

// Touched says what a batch may have changed.
type Touched = catalog.Touched

// Projector carries the journal into the state store.
//
// Authority: the position lives in the state store's own transaction, so a
// crash between two entries repeats at most work. An entry that cannot be
// interpreted, that breaks the interpreter, or that the store refuses for
// itself alone is parked with its reason and never blocks the log. When the
// state store fails (a full disk), the projector waits and tries again: the
// journal keeps what came.
type Projector struct {
	log     Source
	state   State
	wake    func(Touched)
	slog    *slog.Logger
	sleep   func(context.Context, time.Duration)
	read    func(Entry) Projected
	version string
	dropped map[catalog.Position]bool // nil until the journal was looked through
	unfiled stretch                   // its filing failed whole
	ahead   stretch                   // read while the one before it was filed

	mu      sync.Mutex
	pos     catalog.Position
	changed chan struct{}
	lastErr error
}

// ProjectorOptions configure a Projector; zero values are useful.
type ProjectorOptions struct {
	// Wake is told of each batch that was filed, before those who wait for its
	// position: a hint, never the truth.
	Wake func(Touched)
	Log  *slog.Logger
	// Version is noted with what is parked: another version tries again.
	Version string
	// KeepEnvironment names the environment variables of runs that are kept.
	KeepEnvironment []string
}

// NewProjector returns a projector from log to state.
func NewProjector(log Source, state State, o ProjectorOptions) *Projector {
	if o.Wake == nil {
		o.Wake = func(Touched) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	how := reading{newMemo(), environmentOf(o.KeepEnvironment)}
	return &Projector{log: log, state: state, wake: o.Wake, slog: o.Log.With("component", "projector"), changed: make(chan struct{}), sleep: pause, version: o.Version,
		read: func(e Entry) Projected { return readEntry(e, how) }}
}

// Run projects until ctx ends.
func (p *Projector) Run(ctx context.Context) error {
	pos, err := p.state.Position(ctx)
	if err != nil {
		return fmt.Errorf("start projector: %w", err)
	}
	p.advance(pos)
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-p.log.Changed(p.Position()):
			if _, err := p.RunOnce(ctx); err != nil && ctx.Err() == nil {
				p.fail(err)
				p.sleep(ctx, time.Second)
			}
		}
	}
	return nil
}

// RunOnce projects one batch and reports how many entries it took. When there is
// more behind it, that is read and interpreted meanwhile: filing is bound to one
// writer, interpreting is not.
func (p *Projector) RunOnce(ctx context.Context) (int, error) {
	if err := p.lookAhead(ctx); err != nil {
		return 0, err
	}
	s, err := p.take(ctx)
	if err != nil || len(s.batch) == 0 {
		return 0, err
	}
	var beside sync.WaitGroup
	if s.full {
		beside.Go(func() { p.readAhead(ctx, s) })
	}
	defer beside.Wait()
	n, err := p.fileOrIsolate(ctx, s.batch)
	if err != nil && n == 0 {
		p.unfiled = s
	}
	return n, err
}

func (p *Projector) fileOrIsolate(ctx context.Context, batch []Projected) (int, error) {
	err := p.file(ctx, batch)
	if errors.Is(err, catalog.ErrPoison) {
		return p.isolate(ctx, batch)
	}
	if err != nil {
		return 0, err
	}
	return len(batch), nil
}

// file projects a batch whole, and tells of it.
func (p *Projector) file(ctx context.Context, batch []Projected) error {
	touched, err := p.state.Project(ctx, batch)
	if err != nil {
		return err
	}
	touched.Received = batch[0].Received
	p.wake(touched) // first: who waits for the position must not get what somebody remembers
	p.advance(batch[len(batch)-1].Position)
	return nil
}

// Position is how far the projector has got.
func (p *Projector) Position() catalog.Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pos
}

// Err is the last failure while it lasts, nil otherwise.
func (p *Projector) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lastErr
}

// WaitFor returns when the projector has passed pos, or with ErrStale when ctx
// ends first.
func (p *Projector) WaitFor(ctx context.Context, pos catalog.Position) error {
	for {
		p.mu.Lock()
		now, changed := p.pos, p.changed
		p.mu.Unlock()
		if now >= pos {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%w: at position %s, asked for %s", catalog.ErrStale, now, pos)
		}
	}
}

func (p *Projector) advance(pos catalog.Position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pos, p.lastErr = pos, nil
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Projector) fail(err error) {
	p.mu.Lock()
	first := p.lastErr == nil
	p.lastErr = err
	p.mu.Unlock()
	if first {
		p.slog.Error("projection stopped; trying again", "error", err)
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// InterpretEntry turns one journal entry into facts, or says why it has none.
// It never panics: what breaks the interpreter is parked.
func InterpretEntry(e Entry) Projected {
	return guarded(e, func(e Entry) Projected { return readEntry(e, reading{}) })
}

func readEntry(e Entry, how reading) Projected {
	if isDamaged(e) {
		return parked(e, catalog.FlagDamaged, "", e.Flags[0].Message)
	}
	switch e.Kind {
	case EntryEvent:
		return eventEntry(e, how)
	case EntryOperator:
		return operatorEntry(e)
	case EntryTool:
		return toolEntry(e)
	}
	return parked(e, "kind", "", fmt.Sprintf("entry kind %d is of a newer weir", e.Kind))
}

func eventEntry(e Entry, how reading) Projected {
	for _, f := range e.Flags {
		if f.Code == openlineage.FlagFuture || f.Code == openlineage.FlagTooOld {
			return parked(e, f.Code, f.Where, f.Message)
		}
	}
	ev, err := readEvent(e)
	if err != nil {
		where := ""
		var d *openlineage.Error
		if errors.As(err, &d) {
			where = d.Where
		}
		return parked(e, "decode", where, err.Error())
	}
	facts, ok := interpret(ev, how)
	if !ok {
		return parked(e, openlineage.FlagEventTime, "/eventTime", "no usable eventTime")
	}
	return Projected{Position: e.Position, Facts: &facts}
}

// readEvent decodes the body of an entry, unless the door's reading of it is
// still at hand.
func readEvent(e Entry) (openlineage.Event, error) {
	if ev, ok := e.Read.(*openlineage.Event); ok {
		return *ev, nil
	}
	return openlineage.Decode(e.Body)
}

func operatorEntry(e Entry) Projected {
	var op catalog.OperatorFact
	err := json.Unmarshal(e.Body, &op)
	if err == nil {
		err = op.Check()
	}
	if err != nil {
		return parked(e, "operator", "", err.Error())
	}
	return Projected{Position: e.Position, Facts: &catalog.Facts{EventTime: op.At, Operator: &op}}
}

func toolEntry(e Entry) Projected {
	var a ToolAnswer
	if err := json.Unmarshal(e.Body, &a); err != nil {
		return parked(e, "tool", "", err.Error())
	}
	if a.RunID == "" || a.Job.Name == "" {
		return parked(e, "tool", "", "a tool's answer without run or job")
	}
	return Projected{Position: e.Position, Facts: &catalog.Facts{
		EventTime: a.At, Producer: a.Connector,
		Job: &catalog.AssetFact{Name: a.Job},
		Run: &catalog.RunFact{RunID: a.RunID, Type: catalog.EventTool, ToolState: a.State, ExternalID: a.ExternalID},
	}}
}
