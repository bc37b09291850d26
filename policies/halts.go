package policies

import (
	"context"
	"slices"
	"sync"

	"github.com/weirhq/weir/catalog"
)

// inForce are the orders of people that stand: holds of assets, by the id that was
// held, and pauses of jobs. Both may name more than stand, for a hold may have been
// ended under another id of its asset: whoever is among them looks for itself.
type inForce struct {
	held   map[catalog.AssetID]struct{}
	paused map[[2]string]struct{} // connector, job
	// cut: so many stand that each looks for itself.
	cut bool
}

// maxInForce bounds how many orders are listed.
const maxInForce = 200

func (o *inForce) holds() bool  { return o.cut || len(o.held) > 0 }
func (o *inForce) pauses() bool { return o.cut || len(o.paused) > 0 }

// mayHold: one of the ids of an asset may be held.
func (o *inForce) mayHold(ids []catalog.AssetID) bool {
	for _, id := range ids {
		if _, held := o.held[id]; held {
			return true
		}
	}
	return o.cut
}

func (o *inForce) mayPause(t ResolvedTarget) bool {
	_, paused := o.paused[[2]string{t.Connector, t.ToolJob}]
	return o.cut || paused
}

// ordered remembers the orders that stand until somebody gives another. A gatherer
// without Recall is told nothing, and remembers nothing.
type ordered struct {
	mu   sync.Mutex
	told uint64
	is   *inForce
}

// stale says that an order was given, or was followed.
func (x *ordered) stale() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.told++
	x.is = nil
}

func (x *ordered) get() (*inForce, uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.is, x.told
}

// keep remembers what was read, unless an order was given meanwhile.
func (x *ordered) keep(is *inForce, told uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.told == told {
		x.is = is
	}
}

// inForce lists the orders that stand. A snapshot says itself which it rests on.
func (g *Gatherer) inForce(ctx context.Context) (*inForce, error) {
	root := g.root()
	is, told := root.ordered.get()
	if is != nil {
		return is, nil
	}
	list, err := root.Ledger.Actions(ctx, ActionQuery{Standing: true, Limit: maxInForce + 1})
	if err != nil {
		return nil, err
	}
	is = &inForce{map[catalog.AssetID]struct{}{}, map[[2]string]struct{}{}, len(list) > maxInForce}
	for _, a := range list {
		if a.Kind == catalog.ActionHold {
			is.held[a.Target] = struct{}{}
		} else {
			is.paused[[2]string{a.Connector, a.ToolJob}] = struct{}{}
		}
	}
	if root.Recall != nil {
		root.ordered.keep(is, told)
	}
	return is, nil
}

// halts are the words of people that stop assets until they are taken back: holds,
// pauses of jobs, kill switches. Nobody knows when that will be, so what is stopped
// so asks for nothing. A freeze and a blackout have an end: they are hours.
type halts struct {
	g        *Gatherer
	r        *reader
	orders   *inForce
	switches []catalog.Switch
	said     map[halted]string
}

// halted is an asset, by the policy on it.
type halted struct {
	policy *Policy
	asset  catalog.AssetID
}

// halts reads whether there is anything that stops. Where nothing stands, that
// something may is all that is depended on.
func (g *Gatherer) halts(r *reader) (*halts, error) {
	h := &halts{g: g, r: r, said: map[halted]string{}}
	var err error
	if h.orders, err = g.inForce(r.ctx); err != nil {
		return nil, err
	}
	if !h.orders.holds() {
		g.note(thing{kind: anyHold})
	}
	if !h.orders.pauses() {
		g.note(thing{kind: anyPause})
	}
	h.switches, err = g.Ledger.Switches(r.ctx)
	return h, err
}

// of is what keeps an asset from being run, by the policy on it; "" when nothing
// does.
func (h *halts) of(p *Policy, id catalog.AssetID, name catalog.Name) (string, error) {
	if !h.orders.holds() && !h.orders.pauses() && len(h.switches) == 0 {
		return "", nil
	}
	if why, known := h.said[halted{p, id}]; known {
		return why, nil
	}
	why, err := h.judge(p, Snapshot{Asset: id, Name: name, Written: name, IDs: []catalog.AssetID{id}})
	if err == nil {
		h.said[halted{p, id}] = why
	}
	return why, err
}

func (h *halts) judge(p *Policy, s Snapshot) (string, error) {
	a, seen, err := h.r.asset(s.Asset)
	if err != nil {
		return "", err
	}
	if seen {
		s.IDs = a.IDs()
	}
	for _, read := range []func(*Policy, *Snapshot) error{h.held, h.target, h.paused} {
		if err := read(p, &s); err != nil {
			return "", err
		}
	}
	if list := atomsOrders(s); len(list) > 0 {
		return list[0].Says, nil
	}
	return h.switchedOff(p, s)
}

// held reads the hold that an asset is under.
func (h *halts) held(_ *Policy, s *Snapshot) error {
	if !h.orders.holds() {
		return nil
	}
	for _, id := range s.IDs {
		h.g.note(thing{id, theOrders})
	}
	if !h.orders.mayHold(s.IDs) {
		return nil
	}
	return h.g.root().holds(h.r.ctx, s)
}

// target finds what would be started, where that may be stopped.
func (h *halts) target(p *Policy, s *Snapshot) error {
	ofTool := func(sw catalog.Switch) bool { return sw.Scope == catalog.ScopeTool }
	if !h.orders.pauses() && !slices.ContainsFunc(h.switches, ofTool) {
		return nil
	}
	if p.Target == nil {
		if err := h.g.produced(h.r, s); err != nil {
			return err
		}
	}
	return h.g.target(h.r.ctx, h.r, p, s)
}

// paused reads the pause that the job is under.
func (h *halts) paused(_ *Policy, s *Snapshot) error {
	if !h.orders.pauses() || s.ResolveErr != "" {
		return nil
	}
	h.g.note(called(ordersAt, [2]string{s.Resolved.Connector, s.Resolved.ToolJob}))
	if !h.orders.mayPause(s.Resolved) {
		return nil
	}
	return h.g.root().pauses(h.r.ctx, s)
}

// switchedOff says which kill switch stops an asset. One that only asks the gate
// is not stopped: the gate lets it run.
func (h *halts) switchedOff(p *Policy, s Snapshot) (string, error) {
	if p.Mode == catalog.ModeGate || len(h.switches) == 0 {
		return "", nil
	}
	if !p.Select.Glob() {
		var err error
		if _, s.Written, err = h.g.resolve(h.r.ctx, p.Select); err != nil {
			return "", err
		}
	}
	for _, sw := range h.switches {
		if sw.Covers(p.Name, s.Resolved.Connector, s.Name.Namespace, s.Written.Namespace) {
			return sw.String() + " is on", nil
		}
	}
	return "", nil
}
