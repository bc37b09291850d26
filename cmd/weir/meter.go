package main

import (
	"context"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/model"
)

// Of the rate of events: how often the journal's end is looked at, and over how
// long.
const (
	meterEvery  = 5 * time.Second
	meterWindow = 5 * time.Minute
	// meterLeast is the shortest time that says anything: what comes in a burst
	// of some seconds is no rate of a minute.
	meterLeast = time.Minute
)

// meterJournal is what a meter looks at (state/sqlite.Journal).
type meterJournal interface {
	End() catalog.Position
	After(ctx context.Context, pos catalog.Position, limit int) ([]catalog.Entry, error)
}

// meter tells people how fast events come in, and how long ago.
type meter struct {
	journal   meterJournal
	projected func() catalog.Position
	now       func() time.Time

	mu      sync.Mutex
	samples []meterSample // oldest first
}

type meterSample struct {
	at  time.Time
	end catalog.Position
}

// Run looks until ctx ends.
func (m *meter) Run(ctx context.Context) error {
	t := time.NewTicker(meterEvery)
	defer t.Stop()
	for {
		m.look()
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

func (m *meter) look() {
	now := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.samples = append(m.samples, meterSample{now, m.journal.End()})
	for now.Sub(m.samples[0].at) > meterWindow {
		m.samples = m.samples[1:]
	}
}

// perMinute is nil as long as the window is too short to say.
func (m *meter) perMinute() *float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.samples) == 0 {
		return nil
	}
	first, last := m.samples[0], m.samples[len(m.samples)-1]
	if last.at.Sub(first.at) < meterLeast {
		return nil
	}
	rate := float64(last.end-first.end) / last.at.Sub(first.at).Minutes()
	return &rate
}

// Intake says how events come in.
func (m *meter) Intake(ctx context.Context) (model.Intake, error) {
	in := model.Intake{PerMinute: m.perMinute()}
	end, seen := m.journal.End(), m.projected()
	if end > 0 {
		last, err := m.journal.After(ctx, end-1, 1)
		if err != nil {
			return in, err
		}
		if len(last) == 1 {
			in.LastAt = &last[0].ReceivedAt
		}
	}
	if seen >= end {
		return in, nil
	}
	waiting, err := m.journal.After(ctx, seen, 1)
	if err != nil || len(waiting) == 0 {
		return in, err
	}
	lag := m.now().Sub(waiting[0].ReceivedAt)
	in.Lag = &lag
	return in, nil
}
