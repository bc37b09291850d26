package policies

import (
	"cmp"

	"github.com/weirhq/weir/catalog"
)

// standingOrders are the kinds of people's orders that hold until another one is
// given.
var standingOrders = []catalog.ActionKind{catalog.ActionHold, catalog.ActionRelease, catalog.ActionPause, catalog.ActionResume}

// halts are the words of people that stop assets until they are taken back: holds,
// pauses of jobs, kill switches. Nobody knows when that will be, so what is stopped
// so asks for nothing. A freeze and a blackout have an end: they are hours.
type halts struct {
	g *Gatherer
	r *reader
	// ordered: somebody held or paused something once. Where nobody did, and no
	// switch is on, there is nothing to look at.
	ordered  bool
	switches []catalog.Switch
}

// halts reads whether there is anything that stops.
func (g *Gatherer) halts(r *reader) (*halts, error) {
	h := &halts{g: g.ofOrders(), r: r}
	first, err := h.g.Ledger.Actions(r.ctx, ActionQuery{Kinds: []catalog.ActionKind{catalog.ActionHold, catalog.ActionPause}, Limit: 1})
	if err != nil {
		return nil, err
	}
	h.ordered = len(first) > 0
	h.switches, err = g.Ledger.Switches(r.ctx)
	return h, err
}

// of is what keeps an asset from being run, by the policy on it or for want of
// one; "" when nothing does. A view is as new as what it shows: nothing stops it.
func (h *halts) of(p *Policy, id catalog.AssetID, name catalog.Name) (why string, err error) {
	if !h.ordered && len(h.switches) == 0 {
		return "", nil
	}
	f, err := h.g.factsOf(h.r, id)
	if err != nil || f.row.View {
		return "", err
	}
	s, err := h.stand(p, Snapshot{Asset: id, Name: name, Written: name, IDs: []catalog.AssetID{id}}, f)
	if err != nil {
		return "", err
	}
	if list := atomsOrders(s); len(list) > 0 {
		return list[0].Says, nil
	}
	return h.switchedOff(p, s), nil
}

// stand reads what was ordered of an asset and of what makes it.
func (h *halts) stand(p *Policy, s Snapshot, f *assetFacts) (_ Snapshot, err error) {
	if f.seen {
		s.IDs = f.row.IDs()
	}
	if p != nil && !p.Select.Glob() {
		if _, s.Written, err = h.g.resolve(h.r.ctx, p.Select); err != nil {
			return s, err
		}
	}
	if err := h.g.produced(h.r, &s); err != nil {
		return s, err
	}
	if err := h.g.target(h.r.ctx, h.r, cmp.Or(p, &Policy{}), &s); err != nil || !h.ordered {
		return s, err
	}
	return s, h.g.orders(h.r.ctx, &s)
}

// switchedOff says which kill switch stops an asset. One that only asks the gate
// is not: the gate lets it run.
func (h *halts) switchedOff(p *Policy, s Snapshot) string {
	policy := ""
	if p != nil {
		policy = p.Name
	}
	for _, sw := range h.switches {
		if (p == nil || p.Mode != catalog.ModeGate) && sw.Covers(policy, s.Resolved.Connector, s.Name.Namespace, s.Written.Namespace) {
			return sw.String() + " is on"
		}
	}
	return ""
}
