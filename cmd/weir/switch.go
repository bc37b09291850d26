package main

import (
	"context"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/state/sqlite"
)

// switchboard is the ledger for those who throw switches: whoever decides,
// dispatches or answers gates looks again at once.
type switchboard struct {
	*sqlite.Ledger
	thrown func()
}

func (s switchboard) SetKillSwitch(ctx context.Context, on bool, actor, reason string, at time.Time) error {
	err := s.Ledger.SetKillSwitch(ctx, on, actor, reason, at)
	s.thrown()
	return err
}

func (s switchboard) SetSwitch(ctx context.Context, c catalog.Switch) (catalog.Switch, error) {
	done, err := s.Ledger.SetSwitch(ctx, c)
	s.thrown()
	return done, err
}

// switched lets everybody look again.
func (w *plant) switched() {
	w.feed.System("switch")
	w.evaluator.Gated()
	w.dispatch.Wake()
	w.gate.Notify()
}
