package gql

import (
	"context"
	"fmt"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/auth"
)

// For gives the readers and the ways to act as one caller has them.
func (o Options) For(p auth.Principal) Options {
	all := o
	if !p.Everywhere(auth.Read) {
		o = o.behind(&veil{p: p, history: all.History, judge: all.Judge, live: all.Policies})
	}
	o.Gate = boundGate{o.Gate, p}
	o.Desk = boundDesk{o.Desk, p}
	w := where{p, all.History, all.Ledger}
	o.Requests = boundRequests{o.Requests, w}
	o.Approvals = boundApprovals{o.Approvals, w}
	o.Drafts = func(told func(catalog.Decision, catalog.Action)) Requests { return boundRequests{all.Drafts(told), w} }
	o.DraftApprovals = func(told func(catalog.Action)) Approvals { return boundApprovals{all.DraftApprovals(told), w} }
	return o
}

// where finds the namespace of what somebody wants to act on, and says whether
// they may. What is not there and what they may not read is answered alike.
type where struct {
	p       auth.Principal
	history History
	ledger  Ledger
}

func (w where) asset(ctx context.Context, id catalog.AssetID) error {
	list, err := w.history.Named(ctx, []catalog.AssetID{id})
	if err != nil {
		return fmt.Errorf("read names: %w", err)
	}
	if list[0].ID.IsZero() {
		return fmt.Errorf("asset asset_%s: %w", id, catalog.ErrNotFound)
	}
	return w.about("asset asset_"+id.String(), list[0].Name.Namespace)
}

// about refuses to act in a namespace; what says which thing was asked for.
func (w where) about(what, namespace string) error {
	err := w.p.Refuse(auth.Act, namespace)
	if err == catalog.ErrNotFound { //nolint:errorlint // the bare one, of what is hidden
		return fmt.Errorf("%s: %w", what, err)
	}
	return err
}

// place is an asset, or a tool's own job: that has no namespace before the tool
// was asked, so it is for those who may act everywhere.
func (w where) place(ctx context.Context, p policies.Place) error {
	if p.Asset.IsZero() {
		return w.p.RefuseEverywhere(auth.Act)
	}
	return w.asset(ctx, p.Asset)
}

func (w where) action(ctx context.Context, id string) error {
	list, err := w.ledger.Actions(ctx, catalog.ActionQuery{ID: id, Limit: 1})
	if err != nil {
		return fmt.Errorf("read action: %w", err)
	}
	if len(list) == 0 {
		return fmt.Errorf("action %s: %w", id, catalog.ErrNotFound)
	}
	return w.about("action "+id, list[0].Name.Namespace)
}

func (w where) run(k catalog.RunKey) error { return w.about("run", k.Job.Namespace) }

type boundGate struct {
	Gate
	p auth.Principal
}

// Ask refuses before the question is written down.
func (g boundGate) Ask(ctx context.Context, q policies.GateRequest) (catalog.GateAnswer, error) {
	if err := g.p.Refuse(auth.Act, q.Job.Namespace); err != nil {
		return catalog.GateAnswer{}, err
	}
	return g.Gate.Ask(ctx, q)
}

type boundDesk struct {
	Desk
	p auth.Principal
}

// State refuses a statement about names of other namespaces.
func (d boundDesk) State(ctx context.Context, decide func(context.Context) (catalog.OperatorFact, error)) (catalog.Statement, error) {
	return d.Desk.State(ctx, d.bound(decide))
}

// Draft refuses what State would.
func (d boundDesk) Draft(ctx context.Context, decide func(context.Context) (catalog.OperatorFact, error)) (catalog.OperatorFact, *catalog.Statement, error) {
	return d.Desk.Draft(ctx, d.bound(decide))
}

func (d boundDesk) bound(decide func(context.Context) (catalog.OperatorFact, error)) func(context.Context) (catalog.OperatorFact, error) {
	return func(ctx context.Context) (catalog.OperatorFact, error) {
		f, err := decide(ctx)
		if err != nil {
			return f, err
		}
		return f, d.check(f)
	}
}

func (d boundDesk) check(f catalog.OperatorFact) error {
	for _, n := range f.Names {
		if err := d.p.Refuse(auth.Annotate, n.Namespace); err != nil {
			return err
		}
	}
	for _, n := range f.Mentions() { // what it says it is made of
		if err := d.p.Refuse(auth.Read, n.Namespace); err != nil {
			return fmt.Errorf("%s: %w", n, err)
		}
	}
	return nil
}

type boundRequests struct {
	Requests
	where where
}

// bound lets act on what may be acted on alone, also where that is not what was
// named.
func (b boundRequests) bound(q policies.Ask) policies.Ask {
	q.May = func(n catalog.Name) error { return b.where.about("what is to be acted on", n.Namespace) }
	return q
}

func acting(refused error, do func() (catalog.Action, error)) (catalog.Action, error) {
	if refused != nil {
		return catalog.Action{}, refused
	}
	return do()
}

func (b boundRequests) Run(ctx context.Context, q policies.RunRequest) (catalog.Action, error) {
	return acting(b.where.place(ctx, q.Place), func() (catalog.Action, error) { return b.Requests.Run(ctx, q) })
}

func (b boundRequests) Backfill(ctx context.Context, q policies.BackfillRequest) (catalog.Action, error) {
	return acting(b.where.place(ctx, q.Place), func() (catalog.Action, error) { return b.Requests.Backfill(ctx, q) })
}

func (b boundRequests) Cancel(ctx context.Context, q policies.Ask, id string) (catalog.Action, error) {
	return acting(b.where.action(ctx, id), func() (catalog.Action, error) { return b.Requests.Cancel(ctx, b.bound(q), id) })
}

func (b boundRequests) CancelRun(ctx context.Context, q policies.Ask, run catalog.RunKey) (catalog.Action, error) {
	return acting(b.where.run(run), func() (catalog.Action, error) { return b.Requests.CancelRun(ctx, b.bound(q), run) })
}

func (b boundRequests) Rerun(ctx context.Context, q policies.RerunRequest) (catalog.Action, error) {
	refused := b.where.run(q.Run)
	if q.Action != "" {
		refused = b.where.action(ctx, q.Action)
	}
	q.Ask = b.bound(q.Ask)
	return acting(refused, func() (catalog.Action, error) { return b.Requests.Rerun(ctx, q) })
}

func (b boundRequests) Pause(ctx context.Context, q policies.Ask, p policies.Place) (catalog.Action, error) {
	return acting(b.where.place(ctx, p), func() (catalog.Action, error) { return b.Requests.Pause(ctx, q, p) })
}

func (b boundRequests) Resume(ctx context.Context, q policies.Ask, p policies.Place) (catalog.Action, error) {
	return acting(b.where.place(ctx, p), func() (catalog.Action, error) { return b.Requests.Resume(ctx, q, p) })
}

func (b boundRequests) Skip(ctx context.Context, q policies.Ask, asset catalog.AssetID) (catalog.Action, error) {
	return acting(b.where.asset(ctx, asset), func() (catalog.Action, error) { return b.Requests.Skip(ctx, q, asset) })
}

func (b boundRequests) Hold(ctx context.Context, q policies.Ask, asset catalog.AssetID) (catalog.Action, error) {
	return acting(b.where.asset(ctx, asset), func() (catalog.Action, error) { return b.Requests.Hold(ctx, q, asset) })
}

func (b boundRequests) Release(ctx context.Context, q policies.Ask, asset catalog.AssetID) (catalog.Action, error) {
	return acting(b.where.asset(ctx, asset), func() (catalog.Action, error) { return b.Requests.Release(ctx, q, asset) })
}

type boundApprovals struct {
	Approvals
	where where
}

// answer: the actions of one change may lie anywhere.
func (b boundApprovals) answer(ctx context.Context, w policies.Answer) error {
	if w.Whole {
		return b.where.p.RefuseEverywhere(auth.Act)
	}
	return b.where.action(ctx, w.Action)
}

func (b boundApprovals) Approve(ctx context.Context, w policies.Answer) ([]catalog.Action, error) {
	if err := b.answer(ctx, w); err != nil {
		return nil, err
	}
	return b.Approvals.Approve(ctx, w)
}

func (b boundApprovals) Reject(ctx context.Context, w policies.Answer) ([]catalog.Action, error) {
	if err := b.answer(ctx, w); err != nil {
		return nil, err
	}
	return b.Approvals.Reject(ctx, w)
}

func (b boundApprovals) Resolve(ctx context.Context, f policies.Finding) (catalog.Action, error) {
	return acting(b.where.action(ctx, f.Action), func() (catalog.Action, error) { return b.Approvals.Resolve(ctx, f) })
}
