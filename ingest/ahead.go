package ingest

import (
	"context"

	"github.com/weirhq/weir/catalog"
)

// The sizes of a batch. What a job's events repeat is written once for all of
// them in a batch, so large ones are cheap; decisions are written to the same
// file and wait for one batch, so while the projector is in step it takes small
// ones.
const (
	maxBatch = 512
	// maxBehind is a batch of a projector that is behind: decisions wait for
	// what it has not read yet anyway.
	maxBehind = 2 * maxBatch
	// maxBatchBytes bounds the memory of a batch of large events, up to the page
	// that reaches it; the log bounds its pages.
	maxBatchBytes = 16 << 20
	pageSize      = 128
)

// stretch is a piece of the log, interpreted and not filed yet. It is a function
// of the log alone, so one that turns out not to be wanted is forgotten.
type stretch struct {
	after catalog.Position // what it follows
	batch []Projected
	full  bool // it ends by its size and not where the log did
}

func (s stretch) end() catalog.Position { return s.batch[len(s.batch)-1].Position }

// begins reports whether a stretch is there and is what follows a position.
func (s stretch) begins(after catalog.Position) bool { return len(s.batch) > 0 && s.after == after }

// take gives the stretch behind the projector: the one that could not be filed,
// or the one that was read ahead, if that is where the projector got to.
func (p *Projector) take(ctx context.Context) (stretch, error) {
	at, unfiled, ahead := p.Position(), p.unfiled, p.ahead
	p.unfiled, p.ahead = stretch{}, stretch{}
	switch {
	case unfiled.begins(at):
		p.ahead = ahead
		return unfiled, nil
	case ahead.begins(at):
		return ahead, nil
	}
	return p.interpretAfter(ctx, at, maxBatch)
}

// readAhead interprets what follows a full stretch, while that one is filed,
// unless it was read when the same was tried before. An error is that of the
// next call, which reads again.
func (p *Projector) readAhead(ctx context.Context, s stretch) {
	if p.ahead.begins(s.end()) {
		return
	}
	if next, err := p.interpretAfter(ctx, s.end(), maxBehind); err == nil {
		p.ahead = next
	}
}

// interpretAfter reads the log behind a position and interprets it, up to where
// the log ends now: what comes in meanwhile would make the first ones wait.
func (p *Projector) interpretAfter(ctx context.Context, after catalog.Position, limit int) (stretch, error) {
	s, at, bytes := stretch{after: after}, after, 0
	end := p.log.End()
	for len(s.batch) < limit && bytes < maxBatchBytes {
		if at >= end {
			return s, nil
		}
		entries, err := p.log.After(ctx, at, min(pageSize, limit-len(s.batch)))
		if err != nil {
			return stretch{}, err
		}
		if len(entries) == 0 {
			return s, nil
		}
		for _, e := range entries {
			x, err := p.interpret(ctx, e)
			if err != nil {
				return stretch{}, err
			}
			x.Received = e.ReceivedAt
			s.batch = append(s.batch, x)
			bytes += len(e.Body)
			at = e.Position
		}
	}
	s.full = true
	return s, nil
}
