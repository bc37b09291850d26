package policies

import (
	"context"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
)

// alert raises what a person should hear of, once for each occasion: the id of
// an alert is made from what it is about, so that neither a sweep nor a restart
// says it again.
func (e *Evaluator) alert(ctx context.Context, p *Policy, s Snapshot, ev Evaluation, now time.Time) error {
	if !p.Acts() {
		return nil
	}
	a := catalog.Alert{At: now.UTC(), Policy: p.Name, Owner: p.Owner, Asset: catalog.AssetID(s.Written.ID()), Name: s.Name}
	if b := s.breaker(p, now); b.State != BreakerClosed {
		a.ID, a.Kind, a.Evidence = "breaker/"+p.Name+"/"+b.Opener, catalog.AlertBreaker, []string{b.Opener}
		a.Says = fmt.Sprintf("%s failed %d times in a row: nothing is started for it before %s, or until somebody releases it", s.Name.Name, b.Failures, clock(b.Until))
		if err := e.raise(ctx, a); err != nil {
			return err
		}
	}
	if ev.Outcome != catalog.DecideRun || len(s.Open) > 0 || !fansOut(p, s) {
		return nil
	}
	a.ID, a.Kind, a.Evidence = "fan_out/"+s.Origin.Root, catalog.AlertFanOut, []string{s.Origin.Root}
	a.Says = fmt.Sprintf("%s has led to %d actions: all others that it leads to wait for approval", s.Origin.Says, s.FanOut)
	return e.raise(ctx, a)
}

func (e *Evaluator) raise(ctx context.Context, a catalog.Alert) error {
	if e.raised[a.ID] {
		return nil
	}
	raised, err := e.g.Ledger.RaiseAlert(ctx, a)
	if err != nil {
		return err
	}
	e.raised[a.ID] = true
	if raised {
		e.slog.Warn("alert", "kind", a.Kind, "policy", a.Policy, "asset", a.Name.String(), "says", a.Says)
		e.onWarn(a)
	}
	return nil
}
