package policies

import (
	"context"
	"time"
)

// Step decides once what Run would decide next, and returns when time alone may
// change something; zero when only events can. It is for whoever owns the clock
// and calls instead of Run, never beside it.
func (e *Evaluator) Step(ctx context.Context) time.Time { return e.runOnce(ctx) }

// Step moves every open action as far as it goes, and returns when to look
// again without a wake; zero when only events can. It is for whoever owns the
// clock and calls instead of Run, never beside it.
func (d *Dispatcher) Step(ctx context.Context) time.Time { return d.runOnce(ctx) }
