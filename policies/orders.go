package policies

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Skip says that what is new needs no run: the present versions of the inputs
// count as read, and the demand as met. It closes at once; no tool is asked.
func (r *Requests) Skip(ctx context.Context, q Ask, asset catalog.AssetID) (catalog.Action, error) {
	p, err := r.policyOn(ctx, asset)
	if err != nil {
		return catalog.Action{}, err
	}
	if p.Name == "" {
		return catalog.Action{}, fmt.Errorf("%w: no policy is about this asset, so there is no demand to skip", catalog.ErrInvalid)
	}
	s, err := r.present(ctx, p, asset)
	if err != nil {
		return catalog.Action{}, err
	}
	a := r.closedAtOnce(catalog.ActionSkip, s)
	ev := Decide(p, s, r.now())
	a.Demand, a.Pins = ev.Demand, ev.Pins
	a.Connector, a.ToolJob = s.Resolved.Connector, s.Resolved.ToolJob
	return r.keep(ctx, q, a)
}

// Hold keeps an asset as it is: nothing is started for it and its gate says
// wait, until Release.
func (r *Requests) Hold(ctx context.Context, q Ask, asset catalog.AssetID) (catalog.Action, error) {
	return r.stand(ctx, q, catalog.ActionHold, asset)
}

// Release ends a hold, and lets demands be acted on again that were spent on
// runs which failed.
func (r *Requests) Release(ctx context.Context, q Ask, asset catalog.AssetID) (catalog.Action, error) {
	return r.stand(ctx, q, catalog.ActionRelease, asset)
}

func (r *Requests) stand(ctx context.Context, q Ask, k catalog.ActionKind, asset catalog.AssetID) (catalog.Action, error) {
	p, err := r.policyOn(ctx, asset)
	if err != nil {
		return catalog.Action{}, err
	}
	s, err := r.present(ctx, p, asset)
	if err != nil {
		return catalog.Action{}, err
	}
	return r.keep(ctx, q, r.closedAtOnce(k, s))
}

// present is how the asset stands for a policy now.
func (r *Requests) present(ctx context.Context, p *Policy, asset catalog.AssetID) (Snapshot, error) {
	id, err := r.g.History.Canonical(ctx, asset)
	if err != nil {
		return Snapshot{}, err
	}
	return r.g.Snapshot(ctx, p, id, r.now(), "")
}

// closedAtOnce is an action that is done when it is written.
func (r *Requests) closedAtOnce(k catalog.ActionKind, s Snapshot) catalog.Action {
	a := r.blank(k)
	a.State, a.Target, a.Name = catalog.ActionSucceeded, catalog.AssetID(s.Written.ID()), s.Name
	return a
}

// Standing is what people have ordered of an asset and of the job that makes it.
type Standing struct {
	// Hold is the order that holds the asset; nil: none.
	Hold *catalog.Action
	// ReleasedAt is when it was last released; what was spent before counts no
	// more.
	ReleasedAt time.Time
	// Pause is the order that the tool's job is paused under; nil: it is not.
	Pause *catalog.Action
	// PausedFrom and ResumedAt are the last pause that ended.
	PausedFrom, ResumedAt time.Time
}

// orders reads the newest of each order.
func (g *Gatherer) orders(ctx context.Context, s *Snapshot) error {
	if err := g.holds(ctx, s); err != nil || s.ResolveErr != "" {
		return err
	}
	return g.pauses(ctx, s)
}

// holds reads the last hold of the asset and its end.
func (g *Gatherer) holds(ctx context.Context, s *Snapshot) error {
	list, err := g.Ledger.Actions(ctx, ActionQuery{Assets: s.IDs, Kinds: []catalog.ActionKind{catalog.ActionHold, catalog.ActionRelease}, States: []catalog.ActionState{catalog.ActionSucceeded}, Limit: 50})
	if err != nil {
		return err
	}
	for _, a := range slices.Backward(list) { // the newest decides
		if a.Kind == catalog.ActionHold {
			s.Standing.Hold = &a
			continue
		}
		s.Standing.Hold, s.Standing.ReleasedAt = nil, a.CreatedAt
	}
	return nil
}

// pauses reads the last pause of the target and its end. An order is in force
// from when the tool was seen to follow it.
func (g *Gatherer) pauses(ctx context.Context, s *Snapshot) error {
	list, err := g.Ledger.Actions(ctx, ActionQuery{Connector: s.Resolved.Connector, ToolJob: s.Resolved.ToolJob,
		Kinds: []catalog.ActionKind{catalog.ActionPause, catalog.ActionResume}, States: []catalog.ActionState{catalog.ActionSucceeded}, Limit: 50})
	if err != nil {
		return err
	}
	for _, a := range slices.Backward(list) {
		switch {
		case a.Kind == catalog.ActionPause && s.Standing.Pause == nil:
			s.Standing.Pause = &a
		case a.Kind == catalog.ActionResume && s.Standing.Pause != nil:
			s.Standing.PausedFrom, s.Standing.ResumedAt = s.Standing.Pause.CreatedAt, a.Transitions[len(a.Transitions)-1].At
			s.Standing.Pause = nil
		}
	}
	return nil
}

// atomsOrders are what people's orders say of a start; none without orders.
func atomsOrders(s Snapshot) (list []catalog.Reason) {
	if h := s.Standing.Hold; h != nil {
		a := truth("hold", false, "", fmt.Sprintf("%s holds it since %s: %s", actorOf(*h), clock(h.CreatedAt), reasonOf(*h)))
		a.Evidence = []string{h.ID}
		list = append(list, a)
	}
	if p := s.Standing.Pause; p != nil {
		a := truth("pause", false, "", fmt.Sprintf("%s paused %s at %s: %s", actorOf(*p), p.ToolJob, clock(p.CreatedAt), reasonOf(*p)))
		a.Evidence = []string{p.ID}
		list = append(list, a)
	}
	return list
}
