package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Statements reads what people stated before (state/sqlite.History).
type Statements interface {
	StatementsAbout(ctx context.Context, names []catalog.Name) ([]catalog.Statement, error)
	LastStatement(ctx context.Context) (time.Time, error)
}

// Desk is where people's statements come in: the way of operator entries into
// the journal, as Receiver is that of events.
//
// It takes one at a time. Each is judged by a state that has seen the one
// before, so that what depends on it (is this a name of that asset? was it said
// already?) is answered rightly; and each is stamped later than all before it,
// whatever the clock does, so that their order can be told from them alone.
type Desk struct {
	log   DeskLog
	past  Statements
	seen  func(ctx context.Context, pos catalog.Position) error
	now   func() time.Time
	turn  chan struct{}
	open  bool
	after catalog.Position // what must be projected before the next is judged
	last  time.Time
}

// DeskLog is what the desk needs of the journal.
type DeskLog interface {
	Append(ctx context.Context, e Entry) (catalog.Position, error)
	End() catalog.Position
}

// DeskOptions configure a Desk; zero values are useful.
type DeskOptions struct {
	// Seen waits until the state has passed a position (Projector.WaitFor);
	// nil: an append is seen when it returns.
	Seen func(ctx context.Context, pos catalog.Position) error
	Now  func() time.Time
}

// NewDesk returns a desk that files statements in log.
func NewDesk(log DeskLog, past Statements, o DeskOptions) *Desk {
	if o.Seen == nil {
		o.Seen = func(context.Context, catalog.Position) error { return nil }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Desk{log: log, past: past, seen: o.Seen, now: o.Now, turn: make(chan struct{}, 1)}
}

// State files what decide makes of the state as it is now. What was said
// already, and stands, is not said again: the statement that stands is the
// answer then.
func (d *Desk) State(ctx context.Context, decide func(context.Context) (catalog.OperatorFact, error)) (catalog.Statement, error) {
	leave, err := d.enter(ctx)
	if err != nil {
		return catalog.Statement{}, err
	}
	defer leave()
	f, stands, err := d.judge(ctx, decide)
	if err != nil || stands != nil {
		return deref(stands), err
	}
	return d.file(ctx, f)
}

// Draft is State up to where that files: what would be stated, or the statement
// that says it already.
func (d *Desk) Draft(ctx context.Context, decide func(context.Context) (catalog.OperatorFact, error)) (f catalog.OperatorFact, stands *catalog.Statement, err error) {
	leave, err := d.enter(ctx)
	if err != nil {
		return f, nil, err
	}
	defer leave()
	return d.judge(ctx, decide)
}

func deref(s *catalog.Statement) catalog.Statement {
	if s == nil {
		return catalog.Statement{}
	}
	return *s
}

// enter waits for the turn of one statement.
func (d *Desk) enter(ctx context.Context) (leave func(), err error) {
	select {
	case d.turn <- struct{}{}:
		return func() { <-d.turn }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("state: %w: others are being heard: %w", catalog.ErrUnavailable, ctx.Err())
	}
}

// judge is what decide makes of the state as it is now, stamped; or what stands
// and says it already.
func (d *Desk) judge(ctx context.Context, decide func(context.Context) (catalog.OperatorFact, error)) (f catalog.OperatorFact, stands *catalog.Statement, err error) {
	if err := d.catchUp(ctx); err != nil {
		return f, nil, err
	}
	if f, err = decide(ctx); err != nil {
		return f, nil, err
	}
	if f.At = d.now().UTC(); !f.At.After(d.last) {
		f.At = d.last.Add(time.Nanosecond)
	}
	if err := f.Validate(); err != nil {
		return f, nil, err
	}
	past, err := d.past.StatementsAbout(ctx, f.Names)
	if err != nil {
		return f, nil, err
	}
	if s, ok := catalog.Repeated(past, f); ok {
		return f, &s, nil
	}
	return f, nil, bounded(past, f)
}

// maxStatements of one name bound what a row holds and what its making costs.
const maxStatements = 2000

func bounded(past []catalog.Statement, f catalog.OperatorFact) error {
	n := 0
	for _, s := range past {
		if s.Standing() && s.Fact.Names[0] == f.Names[0] {
			n++
		}
	}
	if n < maxStatements || f.Verb == catalog.OperatorUndo {
		return nil
	}
	return catalog.WithHint(fmt.Errorf("%w: %d statements about %s stand", catalog.ErrConflict, n, f.Names[0]), "take some back")
}

// catchUp waits until the state has seen what was stated. The first time that
// is the whole journal: statements of an earlier process may be behind.
func (d *Desk) catchUp(ctx context.Context) error {
	if !d.open {
		d.after = d.log.End()
	}
	if err := d.seen(ctx, d.after); err != nil {
		return fmt.Errorf("state: what was stated before is not seen yet: %w", err)
	}
	if d.open {
		return nil
	}
	last, err := d.past.LastStatement(ctx)
	if err != nil {
		return err
	}
	if last.After(d.last) {
		d.last = last
	}
	d.open = true
	return nil
}

func (d *Desk) file(ctx context.Context, f catalog.OperatorFact) (catalog.Statement, error) {
	body, err := json.Marshal(f)
	if err != nil {
		return catalog.Statement{}, fmt.Errorf("encode statement: %w", err)
	}
	d.last = f.At
	pos, err := d.log.Append(ctx, Entry{Kind: EntryOperator, ReceivedAt: f.At, Body: body})
	if err != nil {
		d.open = false // it may yet be kept: look at the journal's end again
		return catalog.Statement{}, fmt.Errorf("append statement: %w", err)
	}
	d.after = pos
	return catalog.Statement{ID: f.ID(), Fact: f, Position: pos}, nil
}
