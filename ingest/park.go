package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest/openlineage"
)

// The codes of entries that weir itself is at fault for; the others are flags
// of the event.
const (
	// ParkPanic: the entry breaks the interpreter.
	ParkPanic = "panic"
	// ParkProjection: the state store refuses the entry's facts.
	ParkProjection = "projection"
)

// tries is how often an entry that fails for itself alone is tried.
const tries = 3

// parked says why an entry makes no facts, and what readers see of it.
func parked(e Entry, code, where, reason string) Projected {
	p := Projected{Position: e.Position, ParkCode: code, ParkReason: clipText(reason, 1000), About: about(e)}
	p.About.Where = where
	if !isDamaged(e) {
		e.Read = nil // it says no more than the body
		p.Entry = &e
	}
	return p
}

// about reads what an entry names, as far as it can be read.
func about(e Entry) (a catalog.Parked) {
	a = catalog.Parked{Position: e.Position, ReceivedAt: e.ReceivedAt, Bytes: len(e.Body)}
	if e.Kind != EntryEvent {
		return a
	}
	defer func() { recover() }() //nolint:errcheck // what breaks the decoder has no names
	ev, err := openlineage.Decode(e.Body)
	if err != nil {
		return a
	}
	a.Producer = clipText(ev.Producer, 200)
	if ev.Job != nil {
		n := catalog.JobName(clipText(ev.Job.Namespace, openlineage.MaxName), clipText(ev.Job.Name, openlineage.MaxName))
		a.Job = &n
	}
	for _, list := range [][]openlineage.Dataset{ev.Inputs, ev.Outputs} {
		for _, d := range list {
			a.Datasets = appendName(a.Datasets, d)
		}
	}
	if ev.Dataset != nil {
		a.Datasets = appendName(a.Datasets, *ev.Dataset)
	}
	return a
}

func appendName(list []catalog.Name, d openlineage.Dataset) []catalog.Name {
	if len(list) == catalog.MaxParkedNames {
		return list
	}
	return append(list, catalog.DatasetName(clipText(d.Namespace, openlineage.MaxName), clipText(d.Name, openlineage.MaxName)))
}

// guarded parks an entry that breaks its reader, each of a few times.
func guarded(e Entry, read func(Entry) Projected) (p Projected) {
	for range tries {
		reason := ""
		func() {
			defer func() {
				if r := recover(); r != nil {
					reason = fmt.Sprint(r)
				}
			}()
			p = read(e)
		}()
		if reason == "" {
			return p
		}
		p = parked(e, ParkPanic, "", reason)
	}
	return p
}

// lookAhead finds, once, what operators drop further on in the journal: a
// rebuild must not bring it back, though this version could read it.
func (p *Projector) lookAhead(ctx context.Context) error {
	if p.dropped != nil {
		return nil
	}
	dropped, at := map[catalog.Position]bool{}, p.Position()
	for {
		entries, err := p.log.Operators(ctx, at, maxBatch)
		if err != nil {
			return fmt.Errorf("look for dropped entries: %w", err)
		}
		for _, e := range entries {
			var op catalog.OperatorFact
			if json.Unmarshal(e.Body, &op) == nil && op.Verb == catalog.OperatorDrop {
				dropped[op.Position] = true
			}
			at = e.Position
		}
		if len(entries) < maxBatch {
			p.dropped = dropped
			return nil
		}
	}
}

// interpret reads one entry; an operator's replay brings the entry that it is
// about. The error is the journal's.
func (p *Projector) interpret(ctx context.Context, e Entry) (Projected, error) {
	if p.dropped[e.Position] {
		return Projected{Position: e.Position}, nil
	}
	out := p.noted(guarded(e, p.read))
	if out.Facts == nil || out.Facts.Operator == nil || out.Facts.Operator.Verb != catalog.OperatorReplay {
		return out, nil
	}
	at := out.Facts.Operator.Position
	again, err := parkedEntry(ctx, p.log, p.state, at)
	if errors.Is(err, catalog.ErrNotFound) || err == nil && at >= e.Position {
		return out, nil
	}
	if err != nil {
		return out, fmt.Errorf("read entry %s: %w", at, err)
	}
	// Somebody has looked at it: the clock says nothing any more.
	again.Flags = slices.DeleteFunc(again.Flags, func(f catalog.Flag) bool { return f.Code == openlineage.FlagFuture })
	r := p.noted(guarded(again, p.read))
	out.Again = &r
	return out, nil
}

// parkedEntry reads an entry of the journal; where retention or damage took it,
// what the state keeps of what is parked.
func parkedEntry(ctx context.Context, log interface {
	After(ctx context.Context, pos catalog.Position, limit int) ([]Entry, error)
}, state interface {
	ParkedEntry(ctx context.Context, pos catalog.Position) (Entry, error)
}, pos catalog.Position) (Entry, error) {
	found, err := log.After(ctx, pos-1, 1)
	if err != nil {
		return Entry{}, err
	}
	there := len(found) == 1 && found[0].Position == pos
	if there && !isDamaged(found[0]) {
		return found[0], nil
	}
	e, err := state.ParkedEntry(ctx, pos)
	switch {
	case errors.Is(err, catalog.ErrNotFound) && there:
		return found[0], nil
	case errors.Is(err, catalog.ErrNotFound):
		return e, catalog.WithHint(err, "retention has removed it from the journal; weir dlq drop lays it aside for good")
	}
	return e, err
}

func isDamaged(e Entry) bool {
	return len(e.Flags) > 0 && e.Flags[0].Code == catalog.FlagDamaged
}

// noted adds the version to what is parked.
func (p *Projector) noted(x Projected) Projected {
	if x.ParkCode == ParkPanic {
		p.slog.Error("an entry breaks the interpreter: it is set aside (weir dlq list)", "position", x.Position, "panic", x.ParkReason)
	}
	if x.ParkCode != "" {
		x.About.Version = p.version
	}
	return x
}

// isolate files a batch entry by entry, because one of them spoils it: what
// fails for itself alone, each of a few times, is parked.
func (p *Projector) isolate(ctx context.Context, batch []Projected) (int, error) {
	for i, e := range batch {
		var err error
		for range tries {
			if err = p.file(ctx, []Projected{e}); !errors.Is(err, catalog.ErrPoison) {
				break
			}
		}
		if errors.Is(err, catalog.ErrPoison) {
			err = p.bury(ctx, e, err)
		}
		if err != nil {
			return i, err
		}
	}
	return len(batch), nil
}

// bury parks an entry whose facts the store refuses; of a replay, the entry
// that was read again.
func (p *Projector) bury(ctx context.Context, e Projected, cause error) error {
	p.slog.Error("an entry cannot be filed: it is set aside (weir dlq list)", "position", e.Position, "error", cause)
	at := e.Position
	if e.Again != nil {
		at = e.Again.Position
	}
	entry, err := parkedEntry(ctx, p.log, p.state, at)
	if err != nil {
		return errors.Join(cause, err)
	}
	dead := p.noted(parked(entry, ParkProjection, "", cause.Error()))
	if e.Again == nil {
		return p.file(ctx, []Projected{dead})
	}
	e.Again = &dead
	return p.file(ctx, []Projected{e})
}
