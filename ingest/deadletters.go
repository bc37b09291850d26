package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest/openlineage"
)

// DeadLetterLog is what DeadLetters reads and writes (the journal).
type DeadLetterLog interface {
	Append(ctx context.Context, e Entry) (catalog.Position, error)
	After(ctx context.Context, pos catalog.Position, limit int) ([]Entry, error)
	End() catalog.Position
}

// ParkedReader lists what was set aside (state/sqlite.History).
type ParkedReader interface {
	Parked(ctx context.Context, q catalog.ParkedQuery) ([]catalog.Parked, error)
	ParkedCount(ctx context.Context) (int, error)
	ParkedEntry(ctx context.Context, pos catalog.Position) (Entry, error)
}

// DeadLetters are the entries that made no facts: each is kept, with its
// reason, until it is replayed or dropped.
//
// A replay and a drop are operator entries of the journal, so that a rebuild
// gives the same state. Each is stated only of an entry that is parked once
// everything before is projected: no drop can overtake a replay.
type DeadLetters struct {
	Log    DeadLetterLog
	Parked ParkedReader
	// Settle waits until the journal up to a position is projected.
	Settle  func(ctx context.Context, pos catalog.Position) error
	Version string
	Now     func() time.Time

	mu sync.Mutex
}

// maxRestated is how many entries one replay or drop may name.
const maxRestated = 200

// settleLimit is how long a statement waits for the projection.
const settleLimit = 4 * time.Second

// List gives what was set aside, newest first.
func (d *DeadLetters) List(ctx context.Context, q catalog.ParkedQuery) ([]catalog.Parked, error) {
	return d.Parked.Parked(ctx, q)
}

// Count is how many there are.
func (d *DeadLetters) Count(ctx context.Context) (int, error) { return d.Parked.ParkedCount(ctx) }

// Body gives the bytes of an entry as they came.
func (d *DeadLetters) Body(ctx context.Context, pos catalog.Position) ([]byte, error) {
	e, err := parkedEntry(ctx, d.Log, d.Parked, pos)
	if err != nil {
		return nil, err
	}
	if isDamaged(e) {
		return nil, catalog.WithHint(fmt.Errorf("entry %s: %s: %w", pos, e.Flags[0].Message, catalog.ErrNotFound), "a backup may have it whole: weir restore")
	}
	return e.Body, nil
}

// Replay has parked entries read again; Drop lays them aside for good. Both
// return the position at which that is stated. One that is not parked refuses
// all (ErrNotFound).
func (d *DeadLetters) Replay(ctx context.Context, actor string, positions []catalog.Position) (catalog.Position, error) {
	return d.state(ctx, catalog.OperatorReplay, actor, positions)
}

// Drop lays parked entries aside for good; see Replay.
func (d *DeadLetters) Drop(ctx context.Context, actor string, positions []catalog.Position) (catalog.Position, error) {
	return d.state(ctx, catalog.OperatorDrop, actor, positions)
}

func (d *DeadLetters) state(ctx context.Context, verb catalog.OperatorVerb, actor string, positions []catalog.Position) (catalog.Position, error) {
	if len(positions) == 0 || len(positions) > maxRestated {
		return 0, fmt.Errorf("%w: name 1 to %d positions", catalog.ErrInvalid, maxRestated)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.settle(ctx); err != nil {
		return 0, err
	}
	if err := d.Draft(ctx, verb, positions); err != nil {
		return 0, err
	}
	return d.append(ctx, verb, actor, positions)
}

// Draft refuses what Replay and Drop refuse, as far as is projected, and states
// nothing.
func (d *DeadLetters) Draft(ctx context.Context, verb catalog.OperatorVerb, positions []catalog.Position) error {
	if len(positions) == 0 || len(positions) > maxRestated {
		return fmt.Errorf("%w: name 1 to %d positions", catalog.ErrInvalid, maxRestated)
	}
	for _, pos := range positions {
		found, err := d.Parked.Parked(ctx, catalog.ParkedQuery{At: pos, Limit: 1})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return catalog.WithHint(fmt.Errorf("entry %s is not set aside: %w", pos, catalog.ErrNotFound), "weir dlq list")
		}
		if verb == catalog.OperatorReplay {
			if _, err := d.Body(ctx, pos); err != nil {
				return fmt.Errorf("nothing is left to replay: %w", err)
			}
		}
	}
	return nil
}

func (d *DeadLetters) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	return d.Settle(ctx, d.Log.End())
}

// append states the verb of each, side by side for the journal's group commit,
// and returns the last position.
func (d *DeadLetters) append(ctx context.Context, verb catalog.OperatorVerb, actor string, positions []catalog.Position) (catalog.Position, error) {
	now := d.Now().UTC()
	stated := make([]catalog.Position, len(positions))
	var g errgroup.Group
	g.SetLimit(batchParallel)
	for i, pos := range positions {
		g.Go(func() error {
			body, err := json.Marshal(catalog.OperatorFact{Verb: verb, At: now, Actor: actor, Names: []catalog.Name{}, Position: pos})
			if err == nil {
				stated[i], err = d.Log.Append(ctx, Entry{Kind: EntryOperator, ReceivedAt: now, Body: body})
			}
			return err
		})
	}
	err := g.Wait()
	var last catalog.Position
	for _, pos := range stated {
		last = max(last, pos)
	}
	if err != nil {
		return last, fmt.Errorf("state %s: %w", verb, err)
	}
	return last, nil
}

// RetryOlder replays what another version set aside for a fault of its own:
// this one may read it. What is odd in the event itself stays.
func (d *DeadLetters) RetryOlder(ctx context.Context) (n int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var again []catalog.Position
	q := catalog.ParkedQuery{Limit: maxRestated, NotBy: d.Version}
	for {
		page, err := d.Parked.Parked(ctx, q)
		if err != nil {
			return 0, err
		}
		for _, p := range page {
			q.Before = p.Position
			readable, err := d.mayReadNow(ctx, p)
			if err != nil {
				return 0, err
			}
			if readable {
				again = append(again, p.Position)
			}
		}
		if len(page) < q.Limit {
			break
		}
	}
	if len(again) > 0 {
		_, err = d.append(ctx, catalog.OperatorReplay, "weir "+d.Version, again)
	}
	return len(again), err
}

// mayReadNow reports whether another version may make facts of what is parked:
// it is not the event itself that is odd, and there is something left to read.
func (d *DeadLetters) mayReadNow(ctx context.Context, p catalog.Parked) (bool, error) {
	switch p.Code {
	case openlineage.FlagFuture, openlineage.FlagTooOld, catalog.FlagDamaged, openlineage.FlagEventTime:
		return false, nil
	}
	_, err := d.Body(ctx, p.Position)
	if errors.Is(err, catalog.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
