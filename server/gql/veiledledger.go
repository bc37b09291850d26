package gql

import (
	"context"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/model"
)

// pageOf reads pages until there are enough elements that may be read; the
// context bounds it.
func pageOf[T any](want int, read func(limit int, before int64) ([]T, error), before int64, seq func(T) int64, may func(T) bool) (out []T, err error) {
	const page = 1000
	for {
		list, err := read(page, before)
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			if before = seq(x); may(x) {
				if out = append(out, x); len(out) == want {
					return out, nil
				}
			}
		}
		if len(list) < page {
			return out, nil
		}
	}
}

// veiledLedger is the ledger as one caller may read it.
type veiledLedger struct {
	Ledger
	*veil
}

func limitOf(n int) int {
	if n == 0 {
		return 50
	}
	return n
}

func (l veiledLedger) Decisions(ctx context.Context, q catalog.DecisionQuery) ([]catalog.Decision, error) {
	list, err := pageOf(limitOf(q.Limit), func(limit int, before int64) ([]catalog.Decision, error) {
		q.Limit, q.Before = limit, before
		return l.Ledger.Decisions(ctx, q)
	}, q.Before, func(d catalog.Decision) int64 { return d.Seq }, func(d catalog.Decision) bool { return l.mayName(d.Name) })
	return l.decided(list), err
}

// decided withholds sentences of policies that hidden assets take part in.
func (v *veil) decided(list []catalog.Decision) []catalog.Decision {
	clear := v.clear()
	for i := range list {
		d := &list[i]
		if clear[d.Policy] {
			continue
		}
		d.Tree, d.Reuse = veiledTree(d.Tree), nil
		if d.Gate != nil {
			g := *d.Gate
			g.Reasons, g.Pins = []string{withheld}, v.pins(g.Pins)
			d.Gate = &g
		}
	}
	return list
}

// veiledTree keeps the answer of a tree, and when it may change.
func veiledTree(r catalog.Reason) catalog.Reason {
	return catalog.Reason{Atom: "policy", Value: r.Value, Says: withheld, MayChangeAt: r.MayChangeAt}
}

func (l veiledLedger) Actions(ctx context.Context, q catalog.ActionQuery) ([]catalog.Action, error) {
	list, err := pageOf(limitOf(q.Limit), func(limit int, before int64) ([]catalog.Action, error) {
		q.Limit, q.Before = limit, before
		return l.Ledger.Actions(ctx, q)
	}, q.Before, func(a catalog.Action) int64 { return a.Seq }, func(a catalog.Action) bool { return l.mayName(a.Name) })
	clear := l.clear()
	for i := range list {
		list[i] = l.action(ctx, list[i], clear)
	}
	return list, err
}

func (v *veil) action(ctx context.Context, a catalog.Action, clear map[string]bool) catalog.Action {
	a.Pins = v.pins(a.Pins)
	if !a.Job.IsZero() && !v.reads(ctx, a.Job) {
		a.Job = catalog.AssetID{}
	}
	if !v.mayName(a.Run.Job) {
		a.Run = catalog.RunKey{}
	}
	if slices.ContainsFunc(a.Policies, func(p string) bool { return !clear[p] }) {
		a.Reuse, a.Demand, a.Admission.Stale = nil, nil, nil
		if asked := a.Admission.Approval; asked != nil {
			said := *asked
			said.Why = []string{withheld}
			a.Admission.Approval = &said
		}
		a.Transitions = slices.Clone(a.Transitions)
		for i := range a.Transitions {
			a.Transitions[i].Cause = withheld
		}
	}
	return a
}

func (l veiledLedger) Breaches(ctx context.Context, q catalog.BreachQuery) ([]catalog.Breach, error) {
	list, err := pageOf(limitOf(q.Limit), func(limit int, before int64) ([]catalog.Breach, error) {
		q.Limit, q.Before = limit, before
		return l.Ledger.Breaches(ctx, q)
	}, q.Before, func(b catalog.Breach) int64 { return b.Seq }, func(b catalog.Breach) bool { return l.mayName(b.Name) })
	clear := l.clear()
	for i, b := range list {
		if !clear[b.Policy] || !b.Cause.IsZero() && !l.mayName(b.Cause) {
			list[i].Cause, list[i].CauseOwner, list[i].Says = catalog.Name{}, "", withheld
		}
	}
	return list, err
}

func (l veiledLedger) Alerts(ctx context.Context, q catalog.AlertQuery) ([]catalog.Alert, error) {
	list, err := pageOf(limitOf(q.Limit), func(limit int, before int64) ([]catalog.Alert, error) {
		q.Limit, q.Before = limit, before
		return l.Ledger.Alerts(ctx, q)
	}, q.Before, func(a catalog.Alert) int64 { return a.Seq }, func(a catalog.Alert) bool { return l.mayName(a.Name) })
	clear := l.clear()
	for i, a := range list {
		if !clear[a.Policy] {
			list[i].Says = withheld
		}
	}
	return list, err
}

// Switches are those of everything, and of what may be read.
func (l veiledLedger) Switches(ctx context.Context) ([]catalog.Switch, error) {
	list, err := l.Ledger.Switches(ctx)
	return slices.DeleteFunc(slices.Clone(list), func(s catalog.Switch) bool { return !l.maySwitch(s) }), err
}

// Switched are those of everything, and of what may be read.
func (l veiledLedger) Switched(ctx context.Context, q catalog.SwitchQuery) ([]catalog.Switch, error) {
	return pageOf(limitOf(q.Limit), func(limit int, before int64) ([]catalog.Switch, error) {
		q.Limit, q.Before = limit, before
		return l.Ledger.Switched(ctx, q)
	}, q.Before, func(s catalog.Switch) int64 { return s.Seq }, l.maySwitch)
}

func (l veiledLedger) maySwitch(s catalog.Switch) bool {
	return s.Scope != catalog.ScopeNamespace || l.may(s.Name)
}

// veiledJudge says how things stand with what may be read.
type veiledJudge struct {
	Judge
	*veil
}

// Evaluations withholds what hidden assets take part in.
func (j veiledJudge) Evaluations() []policies.Evaluated {
	return j.shown(j.Judge.Evaluations())
}

// EvaluationsOf is Evaluations of some assets.
func (j veiledJudge) EvaluationsOf(ids ...catalog.AssetID) []policies.Evaluated {
	return j.shown(j.Judge.EvaluationsOf(ids...))
}

func (j veiledJudge) shown(list []policies.Evaluated) (out []policies.Evaluated) {
	if len(list) == 0 {
		return nil
	}
	clear := j.clear()
	for _, e := range list {
		if !j.mayName(e.Name) {
			continue
		}
		if !clear[e.Policy.Name] {
			e = j.evaluated(e)
		}
		out = append(out, e)
	}
	return out
}

// withoutText is a policy without what its file says.
func withoutText(p *policies.Policy) *policies.Policy {
	out := *p
	out.YAML = "# " + withheld + "\n"
	return &out
}

func (v *veil) evaluated(e policies.Evaluated) policies.Evaluated {
	f := policies.FreshnessOf(e)
	f.Because, f.Cause, f.Says = catalog.AssetID{}, nil, withheld
	e.Policy = withoutText(e.Policy)
	e.Told, e.Tree, e.Pins = &f, veiledTree(e.Tree), v.pins(e.Pins)
	e.Demand, e.Reuse, e.Stale = nil, nil, nil
	s := e.Snapshot
	e.Snapshot = policies.Snapshot{Asset: s.Asset, Name: s.Name, Written: s.Written, IDs: s.IDs, Produced: s.Produced, StartedAt: s.StartedAt,
		Open: s.Open, KillSwitch: s.KillSwitch, Switch: s.Switch, Resolved: s.Resolved}
	return e
}

// Why is about what may be read alone.
func (j veiledJudge) Why(ctx context.Context, id catalog.AssetID) ([]catalog.Decision, error) {
	list, err := open(ctx, j.veil, id, func() ([]catalog.Decision, error) { return j.Judge.Why(ctx, id) })
	return j.decided(slices.Clone(list)), err
}

// veiledPolicies are those that are about something that may be read. What a
// file says is shown when nothing hidden takes part in it.
type veiledPolicies struct {
	Policies
	*veil
}

// Get gives the set of one caller.
func (p veiledPolicies) Get() *policies.Set {
	clear, about := p.clear(), map[string]bool{}
	for _, e := range p.judge.Evaluations() {
		about[e.Policy.Name] = about[e.Policy.Name] || p.mayName(e.Name)
	}
	out := &policies.Set{}
	for _, x := range p.Policies.Get().Policies {
		switch {
		case clear[x.Name]:
			out.Policies = append(out.Policies, x)
		case about[x.Name]:
			out.Policies = append(out.Policies, withoutText(x))
		}
	}
	return out
}

// veiledSelector lists what may be read of what policies select.
type veiledSelector struct {
	Selector
	*veil
}

func (s veiledSelector) Selected(ctx context.Context, p *policies.Policy) ([]catalog.AssetID, error) {
	ids, err := s.Selector.Selected(ctx, p)
	if err != nil {
		return nil, err
	}
	_, dark, err := s.to(ctx, ids)
	return slices.DeleteFunc(slices.Clone(ids), func(id catalog.AssetID) bool { return dark[id] }), err
}

// veiledOutbox lists what was told of what may be read. A notice is a text about
// many assets: it is for those who may read everything.
type veiledOutbox struct {
	Outbox
	*veil
}

func (o veiledOutbox) Incidents(ctx context.Context) (out []catalog.Incident, err error) {
	list, err := o.Outbox.Incidents(ctx)
	clear := o.clear()
	for _, in := range list {
		var mine []catalog.IncidentSubject
		for _, s := range in.Subjects {
			if !o.reads(ctx, s.ID) {
				continue
			}
			if !clear[in.Policy] {
				s.Says = withheld
			}
			mine = append(mine, s)
		}
		if in.Subjects = mine; len(mine) > 0 {
			out = append(out, in)
		}
	}
	return out, err
}

func (o veiledOutbox) Notices(context.Context, catalog.NoticeQuery) ([]catalog.Notice, error) {
	return nil, nil
}

// veiledDesk counts where policies are not what was put in force.
type veiledDesk struct{ PolicyDesk }

func (d veiledDesk) Drift(ctx context.Context) ([]string, error) {
	list, err := d.PolicyDesk.Drift(ctx)
	if n := len(list); n > 0 {
		list = []string{fmt.Sprintf("%d places; who may read every namespace is told which", n)}
	}
	return list, err
}

// veiledGate gives no sentence about what is hidden.
type veiledGate struct {
	Gate
	*veil
}

func (g veiledGate) Ask(ctx context.Context, q policies.GateRequest) (catalog.GateAnswer, error) {
	a, err := g.Gate.Ask(ctx, q)
	if n := len(a.Pins); n > len(g.pins(a.Pins)) || len(g.clear()) < len(g.live.Get().Policies) {
		a.Pins, a.Reasons = g.pins(a.Pins), []string{withheld}
	}
	return a, err
}

// behind puts the veil before all readers.
func (o Options) behind(v *veil) Options {
	tools, status := o.Tools, o.Status
	all := o
	o.veil = v
	o.History = veiledHistory{all.History, v}
	o.Graph = veiledTopology{veiledGraph{all.Graph, v}, all.Graph}
	o.Lineage = veiledGraph{all.present(), v}
	o.Store = veiledGraph{all.Store, v}
	o.Search = veiledSearch{all.Search, v}
	o.Ledger = veiledLedger{all.Ledger, v}
	o.Judge = veiledJudge{all.Judge, v}
	o.Policies = veiledPolicies{all.Policies, v}
	o.Selector = veiledSelector{all.Selector, v}
	o.Outbox = veiledOutbox{all.Outbox, v}
	o.Gate = veiledGate{all.Gate, v}
	o.PolicyDesk = veiledDesk{all.PolicyDesk}
	if tools != nil {
		o.Tools = func(ctx context.Context) []model.Tool {
			list := slices.Clone(tools(ctx))
			for i := range list {
				if list[i].Error != nil {
					says := withheld
					list[i].Error = &says
				}
			}
			return list
		}
	}
	if status != nil {
		o.Status = func(ctx context.Context) Status { return veiledStatus(status(ctx)) }
	}
	return o
}

// veiledStatus counts what is wrong.
func veiledStatus(s Status) Status {
	if n := len(s.Reasons); n > 0 {
		s.Reasons = []string{fmt.Sprintf("%d things are not done yet; who may read every namespace is told which", n)}
	}
	if n := len(s.Degraded); n > 0 {
		s.Degraded = []string{fmt.Sprintf("%d things do not work as they should; who may read every namespace is told which", n)}
	}
	s.Faults = nil
	return s
}
