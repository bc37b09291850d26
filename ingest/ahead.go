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
	// pageSize and maxBatchBytes bound the memory of a batch of large events: no
	// page is read once the batch has so many bytes.
	pageSize      = 128
	maxBatchBytes = 16 << 20
)

// stretch is a piece of the log, interpreted and not filed yet. It is a function
// of the log alone, so one that turns out not to be wanted is forgotten.
type stretch struct {
	after catalog.Position // what it follows
	batch []Projected
	full  bool // it ends by its size and not where the log did
}

// take gives the stretch behind the projector: the one that was read ahead, if
// that is where the projector got to.
func (p *Projector) take(ctx context.Context) (stretch, error) {
	ahead := p.ahead
	p.ahead = stretch{}
	if at := p.Position(); len(ahead.batch) == 0 || ahead.after != at {
		return p.interpretAfter(ctx, at, maxBatch)
	}
	return ahead, nil
}

// readAhead interprets what follows a full stretch, while that one is filed. An
// error is that of the next call, which reads again.
func (p *Projector) readAhead(ctx context.Context, s stretch) {
	if next, err := p.interpretAfter(ctx, s.batch[len(s.batch)-1].Position, maxBehind); err == nil {
		p.ahead = next
	}
}

// interpretAfter reads the log behind a position and interprets it.
func (p *Projector) interpretAfter(ctx context.Context, after catalog.Position, limit int) (stretch, error) {
	s, at, bytes := stretch{after: after}, after, 0
	for len(s.batch) < limit && bytes < maxBatchBytes {
		page := min(pageSize, limit-len(s.batch))
		entries, err := p.log.After(ctx, at, page)
		if err != nil {
			return stretch{}, err
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
		if len(entries) < page {
			return s, nil
		}
	}
	s.full = true
	return s, nil
}
