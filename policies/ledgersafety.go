package policies

import (
	"context"
	"time"

	"github.com/weirhq/weir/catalog"
)

// SafetyLedger is the part of a Ledger that says what may be done: switches,
// alerts, and how much was done lately.
type SafetyLedger interface {
	// KillSwitch reports whether the global switch is on.
	KillSwitch(ctx context.Context) (bool, error)
	// SetKillSwitch sets the global switch.
	SetKillSwitch(ctx context.Context, on bool, actor, reason string, at time.Time) error
	// Switches lists the switches that are on, of all scopes.
	Switches(ctx context.Context) ([]catalog.Switch, error)
	// SetSwitch records who set a switch, and why, and gives it with its place.
	SetSwitch(ctx context.Context, s catalog.Switch) (catalog.Switch, error)
	// Switched lists what was turned on and off, newest first.
	Switched(ctx context.Context, q catalog.SwitchQuery) ([]catalog.Switch, error)

	// RaiseAlert keeps an alert; false: its id was raised before.
	RaiseAlert(ctx context.Context, a catalog.Alert) (bool, error)
	// Alerts lists alerts, newest first.
	Alerts(ctx context.Context, q catalog.AlertQuery) ([]catalog.Alert, error)

	// CountActions counts what a query selects, whatever its limit.
	CountActions(ctx context.Context, q ActionQuery) (int, error)
}
