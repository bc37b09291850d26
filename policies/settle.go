package policies

import (
	"context"
	"fmt"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// Resolution is what a person found out about an action of which weir does not
// know what became.
type Resolution string

// The resolutions.
const (
	// ResolvedSucceeded, ResolvedFailed: its run, or what was asked of one,
	// ended so. The demand is spent as if the tool had said it.
	ResolvedSucceeded Resolution = "SUCCEEDED"
	ResolvedFailed    Resolution = "FAILED"
	// ResolvedNotSent: it never reached the tool. It spends nothing: what wanted
	// it is decided anew, and would be sent under the same key.
	ResolvedNotSent Resolution = "NOT_SENT"
)

var resolutions = map[Resolution]Happening{ResolvedSucceeded: SaidSucceeded, ResolvedFailed: SaidFailed, ResolvedNotSent: SaidNotSent}

// Finding is what somebody says became of an action, and how they know.
type Finding struct {
	Action, Actor, Reason string
	As                    Resolution
}

// Resolve closes an action that is lost or in doubt, and frees what it holds.
// ErrNotFound: no such action; ErrConflict: weir knows what became of it, or
// learned it meanwhile. What its events say later is recorded with their run and
// moves nothing.
func (s *Approvals) Resolve(ctx context.Context, f Finding) (catalog.Action, error) {
	h, known := resolutions[f.As]
	switch {
	case !known:
		return catalog.Action{}, fmt.Errorf("%w: an action is resolved as SUCCEEDED, FAILED or NOT_SENT", catalog.ErrInvalid)
	case f.Reason == "" || len(f.Reason) > 500:
		return catalog.Action{}, fmt.Errorf("%w: reason must be 1 to 500 bytes", catalog.ErrInvalid)
	}
	a, err := actionByID(ctx, s.Ledger, f.Action)
	if err != nil {
		return a, err
	}
	from := a.State
	if from != catalog.ActionLost && from != catalog.ActionAmbiguous {
		return a, catalog.WithHint(fmt.Errorf("%w: action %s is %s: weir knows what became of it", catalog.ErrConflict, a.ID, from), "weir cancel ends what runs or was not sent yet")
	}
	if f.As == ResolvedFailed {
		a.Admission.Failure = catalog.FailureUnknown
	}
	person(&a, h, s.Now().UTC(), f.Actor, "resolved as "+strings.ToLower(strings.ReplaceAll(string(f.As), "_", " "))+": "+f.Reason)
	if a, err = s.Ledger.Update(ctx, from, a); err != nil {
		return a, fmt.Errorf("resolve %s: %w", a.ID, err)
	}
	s.OnMove(a)
	return a, nil
}

// stops: a person wants less to go on. No kill switch is in the way of that.
func stops(a catalog.Action) bool {
	return a.Asked != nil && (a.Kind == catalog.ActionCancel || a.Kind == catalog.ActionPause)
}
