package notify

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// Herald makes incidents of what is.
type Herald struct {
	Over *policies.Gatherer
	// Evaluations lists the newest evaluation of each policy on each asset.
	Evaluations func() []policies.Evaluated
	// Open reports whether decisions may be made yet: before that what is seen
	// may be the past.
	Open   func() bool
	Routes Routes
	Outbox Outbox
	// Rest is the time between two looks: what is wrong for less is no news, and
	// what goes wrong together is told together. 10 s by default.
	Rest time.Duration
	// Told is called when there is something to deliver.
	Told func()
	Now  func() time.Time
	Log  *slog.Logger
}

const heraldRest = 10 * time.Second

// maxFailed bounds the closed actions that one look reads.
const maxFailed = 500

// Run looks until ctx ends.
func (h *Herald) Run(ctx context.Context) error {
	t := time.NewTicker(cmp.Or(h.Rest, heraldRest))
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			if err := h.Look(ctx); err != nil && ctx.Err() == nil {
				h.Log.Warn("incidents cannot be kept", "error", err)
			}
		}
	}
}

// Look compares what is with what was told, once.
func (h *Herald) Look(ctx context.Context) error {
	if !h.Open() {
		return nil
	}
	open, err := h.Outbox.Incidents(ctx)
	if err != nil || len(open) == 0 && !h.anybody() {
		return err
	}
	facts, err := h.facts(ctx, open)
	if err != nil {
		return err
	}
	c, err := Compare(open, facts, h.Now().UTC(), newID)
	if err != nil || c.Empty() {
		return err
	}
	if err := h.Outbox.SettleIncidents(ctx, c.Open, c.Closed, c.Notices, h.Now().UTC()); err != nil {
		return err
	}
	if len(c.Notices) > 0 {
		h.Told()
	}
	return nil
}

// anybody reports whether there is somebody to tell.
func (h *Herald) anybody() bool {
	return len(h.Routes.Owners)+len(h.Routes.Operators) > 0 || slices.ContainsFunc(h.Over.Policies.Get().Policies, func(p *policies.Policy) bool { return len(p.Notify) > 0 })
}

func newID() string {
	id, err := uuid.NewV7()
	if err != nil { // the system has no randomness
		return uuid.NewString()
	}
	return id.String()
}

// pair is a policy on an asset.
type pair struct {
	policy string
	asset  catalog.AssetID
}

// facts lists what is wrong now. A pair that is not evaluated yet, as after a
// start, keeps what was wrong of it.
func (h *Herald) facts(ctx context.Context, open []catalog.Incident) ([]Fact, error) {
	matches, err := h.Over.Matches(ctx)
	if err != nil {
		return nil, err
	}
	pairs := map[pair]*policies.Policy{}
	for _, m := range matches {
		if m.Policy.Gates() {
			pairs[pair{m.Policy.Name, m.Asset}] = m.Policy
		}
	}
	out, judged := h.standing(pairs)
	actions, err := h.actions(ctx, pairs, open)
	if err != nil {
		return nil, err
	}
	switches, err := h.switches(ctx)
	if err != nil {
		return nil, err
	}
	out = slices.Concat(out, actions, switches)
	for _, i := range open {
		for _, s := range i.Subjects {
			p := pair{i.Policy, s.ID}
			if pol := pairs[p]; pol != nil && !judged[p] && slices.Contains(byStanding, i.Kind) {
				out = append(out, h.again(pol, i, s))
			}
		}
	}
	return out, nil
}

func (h *Herald) fact(p *policies.Policy, k catalog.IncidentKind, s catalog.IncidentSubject) Fact {
	return Fact{Policy: p.Name, Owner: p.Owner, Kind: k, To: h.Routes.Of(p, k), Subject: s}
}

// standing reads what is late, at risk or stopped, and which pairs were judged.
func (h *Herald) standing(pairs map[pair]*policies.Policy) (out []Fact, judged map[pair]bool) {
	judged = map[pair]bool{}
	for _, e := range h.Evaluations() {
		p := pair{e.Policy.Name, e.Snapshot.Asset}
		if pairs[p] == nil {
			continue
		}
		judged[p] = true
		out = append(out, h.overdue(e)...)
		out = append(out, h.stopped(e)...)
	}
	return out, judged
}

// bad are the states of an action that somebody should know of.
var bad = map[catalog.ActionState]catalog.IncidentKind{
	catalog.ActionFailed: catalog.IncidentFailed, catalog.ActionRefused: catalog.IncidentFailed, catalog.ActionExpired: catalog.IncidentFailed,
	catalog.ActionLost: catalog.IncidentLost, catalog.ActionAwaitingApproval: catalog.IncidentApproval,
}

// actions finds the pairs whose last action ended badly or waits for a person.
func (h *Herald) actions(ctx context.Context, pairs map[pair]*policies.Policy, open []catalog.Incident) ([]Fact, error) {
	states := make([]catalog.ActionState, 0, len(bad))
	for s := range bad {
		states = append(states, s)
	}
	slices.Sort(states)
	list, err := h.Over.Ledger.Actions(ctx, policies.ActionQuery{States: states, Limit: maxFailed})
	if err != nil {
		return nil, fmt.Errorf("look for failed actions: %w", err)
	}
	if len(list) == maxFailed {
		h.Log.Warn("only the newest failed and waiting actions are looked at", "actions", maxFailed)
	}
	suspects := map[pair]bool{}
	for _, a := range list {
		for _, name := range a.Policies {
			suspects[pair{name, a.Target}] = true
		}
	}
	for _, i := range open {
		for _, s := range i.Subjects {
			suspects[pair{i.Policy, s.ID}] = true
		}
	}
	var out []Fact
	for p := range suspects {
		if pol := pairs[p]; pol != nil {
			facts, err := h.lastAction(ctx, pol, p.asset)
			if err != nil {
				return nil, err
			}
			out = append(out, facts...)
		}
	}
	return out, nil
}

// lastAction reads how weir's last action for a pair stands. One that still runs
// has not made good what failed before it.
func (h *Herald) lastAction(ctx context.Context, p *policies.Policy, asset catalog.AssetID) ([]Fact, error) {
	list, err := h.Over.Ledger.Actions(ctx, policies.ActionQuery{Asset: asset, Limit: 20})
	if err != nil {
		return nil, fmt.Errorf("look for the last action: %w", err)
	}
	var out []Fact
	for _, a := range list {
		if !slices.Contains(a.Policies, p.Name) {
			continue
		}
		if kind := h.kindOf(p, a); kind != "" {
			out = append(out, h.fact(p, kind, subjectOf(a)))
		}
		if settles(a.State) {
			break
		}
	}
	return out, nil
}

// settles: what came before this action no longer matters.
func settles(s catalog.ActionState) bool {
	switch s {
	case catalog.ActionSucceeded, catalog.ActionFailed, catalog.ActionRefused, catalog.ActionExpired, catalog.ActionCancelled, catalog.ActionRejected, catalog.ActionLost:
		return true
	}
	return false
}

func subjectOf(a catalog.Action) catalog.IncidentSubject {
	s := catalog.IncidentSubject{ID: a.Target, Asset: a.Name.String(), Action: a.ID, Says: strings.ToLower(string(a.State)), Since: a.CreatedAt}
	if n := len(a.Transitions); n > 0 {
		s.Says, s.Since = a.Transitions[n-1].Cause, a.Transitions[n-1].At
	}
	return s
}
