package policies

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/weirhq/weir/catalog"
)

// Evaluator decides again whenever something may have changed: what an event,
// an action or a gate touched, everything at a reload, and at the moment when
// the passing of time alone may flip an atom. There is no ticker: between those
// moments it sleeps. What a change touches is found by what each evaluation
// looked at, so the cost of an event follows from what depends on it.
//
// Authority: a decision exists when the ledger has it. The evaluator keeps in
// memory only what it last recorded, so that an unchanged outcome writes
// nothing; after a restart it reads that again.
type Evaluator struct {
	g      *Gatherer
	decide *sync.Mutex // one decision thread, shared with the gate
	now    func() time.Time
	slog   *slog.Logger
	onNew  func(catalog.Decision, *catalog.Action)
	onWarn func(catalog.Alert)

	mu     sync.Mutex
	wakeup chan struct{}
	open   bool
	last   map[string]string // signature of the last recorded decision
	raised map[string]bool   // alerts raised since the start
	cut    []string          // policies that match more than is decided
	lastAt map[string]Evaluated
	onAt   map[catalog.AssetID][]string // keys of lastAt, by all ids of the asset
	news   news
	// lastParts is last by partition, of policies with want: partition.
	lastParts map[string]map[string]string

	// Of the goroutine of Run alone.
	agenda  *agenda
	pairsOf *Set
	sweepAt time.Time // when the sweep that goes on began; zero when none does
	rest    time.Time // until then neither a sweep nor a look for new pairs
	owed    news      // what waits for that
	room    footprint // empty, for the next evaluation
	// Of the decision thread.
	breaches breaches
}

// Evaluated is the newest evaluation of a policy on an asset, recorded or not.
type Evaluated struct {
	Policy   *Policy
	Asset    catalog.AssetID
	Name     catalog.Name
	At       time.Time
	Snapshot Snapshot
	Evaluation
	// Told is what is said of its freshness to somebody who may not see all that
	// it was worked out from; nil: everything.
	Told *Freshness
}

// EvaluatorOptions configure an Evaluator; zero values are useful.
type EvaluatorOptions struct {
	Now func() time.Time
	Log *slog.Logger
	// OnDecision is told of each recorded decision and the action it made.
	OnDecision func(catalog.Decision, *catalog.Action)
	// OnAlert is told of each alert, once it is recorded.
	OnAlert func(catalog.Alert)
}

// NewEvaluator returns an evaluator that decides nothing until Open.
func NewEvaluator(g *Gatherer, thread *sync.Mutex, o EvaluatorOptions) *Evaluator {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.OnDecision == nil {
		o.OnDecision = func(catalog.Decision, *catalog.Action) {}
	}
	if o.OnAlert == nil {
		o.OnAlert = func(catalog.Alert) {}
	}
	return &Evaluator{g: g, onWarn: o.OnAlert, decide: thread, now: o.Now, slog: o.Log.With("component", "evaluator"), onNew: o.OnDecision,
		wakeup: make(chan struct{}, 1), last: map[string]string{}, raised: map[string]bool{}, lastAt: map[string]Evaluated{}, onAt: map[catalog.AssetID][]string{}, lastParts: map[string]map[string]string{}, agenda: newAgenda(), breaches: breaches{last: map[string]catalog.Breach{}}}
}

// Open lets the evaluator decide: the journal's end as of start is projected
// and the open actions are reconciled.
func (e *Evaluator) Open() {
	e.mu.Lock()
	e.open = true
	e.mu.Unlock()
	e.Wake()
}

// IsOpen reports whether Open was called.
func (e *Evaluator) IsOpen() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.open
}

// Run decides until ctx ends.
func (e *Evaluator) Run(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		var next <-chan time.Time
		if at := e.runOnce(ctx); !at.IsZero() {
			timer.Reset(max(at.Sub(e.now()), 0))
			next = timer.C
		}
		select {
		case <-ctx.Done():
			return nil
		case <-e.wakeup:
		case <-next:
		}
	}
}

// runOnce decides what is due, and returns when time alone may change something;
// zero when only events can. A sweep over everything, and a look for new pairs,
// are followed by a rest of twice their length, during which what is touched is
// decided all the same, so that a stream of events does not keep a core busy.
func (e *Evaluator) runOnce(ctx context.Context) (next time.Time) {
	if !e.IsOpen() {
		return time.Time{}
	}
	for ctx.Err() == nil {
		if err := e.catchUp(ctx); err != nil {
			if ctx.Err() == nil {
				e.slog.Error("policies not evaluated", "error", err)
			}
			return e.now().Add(errorPause)
		}
		it := e.agenda.next(e.now())
		if it == nil && e.endSweep() {
			continue
		}
		if it == nil {
			break
		}
		f := e.room
		if e.room = nil; f == nil {
			f = footprint{}
		}
		e.room = e.agenda.decided(it, f, e.decideOne(ctx, it.Match, f))
		if clear(e.room); len(f) > roomy {
			e.room = nil
		}
	}
	if e.owed.any() {
		return soonest(e.agenda.soonest(), e.rest)
	}
	return e.agenda.soonest()
}

// roomy footprints are not kept for the next evaluation: to empty one takes as
// long as it was large.
const roomy = 256

// decideOne takes the decision thread for one decision, so that a gate never
// waits for a sweep.
func (e *Evaluator) decideOne(ctx context.Context, m Match, f footprint) time.Time {
	e.decide.Lock()
	defer e.decide.Unlock()
	at, err := e.evaluate(ctx, m, f)
	if err != nil && ctx.Err() == nil {
		e.slog.Error("policy not evaluated", "policy", m.Policy.Name, "asset", m.Asset, "error", err)
		return e.now().Add(errorPause)
	}
	return at
}

// errorPause is how long a policy that could not be read rests; a wake ends it.
const errorPause = 5 * time.Second

// forget drops what no policy is about any more.
func (e *Evaluator) forget(removed []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, k := range removed {
		e.unlist(k)
		delete(e.last, k)
		delete(e.lastParts, k)
	}
}

func soonest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// evaluate decides one policy on one asset and records what changed; f gets what
// it looked at.
func (e *Evaluator) evaluate(ctx context.Context, m Match, f footprint) (time.Time, error) {
	now, p, id, key := e.now(), m.Policy, m.Asset, m.key()
	s, err := e.g.seen(f).Snapshot(ctx, p, id, now, "")
	if err != nil {
		return time.Time{}, err
	}
	s.Equal = m.Equal
	ev := Decide(p, s, now)
	whole := Evaluated{Policy: p, Asset: id, Name: s.Name, At: now, Snapshot: s, Evaluation: ev}
	err = e.account(ctx, whole, key) // first, so that who sees it late sees its breach
	e.mu.Lock()
	e.list(key, whole)
	e.mu.Unlock()
	if err != nil {
		return time.Time{}, err
	}
	if err := e.alert(ctx, p, s, ev, now); err != nil {
		return time.Time{}, err
	}
	if p.Partition != nil {
		return soonest(ev.WakeAt, ev.RiskAt), e.recordParts(ctx, p, s, key, now)
	}
	sig := signature(ev.Outcome, ev.Tree)
	known, err := e.lastSignature(ctx, p, s, key)
	again := (ev.Outcome == catalog.DecideRun || ev.Reuse != nil) && p.Acts() && len(s.Open) == 0 // the action before came to nothing
	if err != nil || known == sig && !again || underWay(ev, s) {
		return soonest(ev.WakeAt, ev.RiskAt), err
	}
	if err := e.record(ctx, p, s, ev, now); err != nil {
		return time.Time{}, err
	}
	e.last[key] = sig
	if ev.Reuse != nil && p.Acts() { // it is closed already, which is news
		return now, nil
	}
	return soonest(ev.WakeAt, ev.RiskAt), nil
}

// underWay: an open action on the target serves the whole demand, so that
// waiting for it is nothing new.
func underWay(ev Evaluation, s Snapshot) bool {
	if ev.Want != catalog.True || ev.Outcome == catalog.DecideRun {
		return false
	}
	for _, a := range s.Open {
		covers := true
		for _, d := range ev.Demand {
			covers = covers && slices.Contains(a.Demand, d)
		}
		if covers {
			return true
		}
	}
	return false
}

// signature is what makes an evaluation worth recording: its outcome, the
// atoms that carry it, and the demand (the evidence of the whole).
func signature(o catalog.DecisionOutcome, tree catalog.Reason) string {
	return string(o) + "|" + strings.Join(Deciding(tree), ",") + "|" + strings.Join(tree.Evidence, ",")
}

// lastSignature reads after a restart what was recorded before.
func (e *Evaluator) lastSignature(ctx context.Context, p *Policy, s Snapshot, key string) (string, error) {
	if sig, ok := e.last[key]; ok {
		return sig, nil
	}
	d, err := e.g.Ledger.LastDecision(ctx, p.Name, s.IDs...)
	if notFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return signature(d.Outcome, d.Tree), nil
}

func (e *Evaluator) record(ctx context.Context, p *Policy, s Snapshot, ev Evaluation, now time.Time) error {
	pos, err := e.g.History.Position(ctx)
	if err != nil {
		return err
	}
	d := catalog.Decision{ID: newID(), At: now.UTC(), Policy: p.Name, Mode: p.Mode, Target: catalog.AssetID(s.Written.ID()), Name: s.Name, Partition: ev.Partition, Outcome: ev.Outcome, Tree: ev.Tree, Position: pos, Reuse: ev.Reuse}
	a := actionOf(p, s, ev, d)
	if ev.Reuse != nil {
		a = skipOf(p, s, ev, d)
	}
	if a != nil {
		d.Action = a.ID
	}
	if d, err = e.g.Ledger.Record(ctx, d, a); err != nil {
		return err
	}
	e.slog.Info("decided", "policy", p.Name, "asset", s.Name.String(), "outcome", d.Outcome, "says", d.Tree.Says, "action", d.Action)
	e.onNew(d, a)
	return nil
}

// actionOf makes the intent of a RUN. A policy that may not act leaves a
// shadowed one, to show what it would have done.
func actionOf(p *Policy, s Snapshot, ev Evaluation, d catalog.Decision) *catalog.Action {
	if ev.Outcome != catalog.DecideRun || p.Mode == catalog.ModeObserve || len(s.Open) > 0 {
		return nil
	}
	a := &catalog.Action{
		ID: newID(), Kind: catalog.ActionTrigger, State: catalog.ActionReady, Target: catalog.AssetID(s.Written.ID()), Name: s.Name,
		Connector: s.Resolved.Connector, ToolJob: s.Resolved.ToolJob, Policies: []string{p.Name}, Demand: ev.Demand, Attempt: s.attempt(ev.Demand), Admission: admissionOf(p, s, d.At), Pins: ev.Pins,
		CreatedAt: d.At, ValidUntil: d.At.Add(p.ValidFor), StartTimeout: p.StartTimeout, RunTimeout: p.RunTimeout, EventGrace: p.EventGrace, Cause: d.ID,
	}
	if p.Target != nil {
		a.Params = p.Target.Params
	}
	forPart(p, s, a)
	if _, next, ok := ticks(p.Want, d.At); p.Want.Kind == WantBy && ok && next.Before(a.ValidUntil) {
		a.ValidUntil = next
	}
	switch {
	case !p.Acts():
		a.State = catalog.ActionShadowed
	case a.Admission.Approval != nil:
		a.State = catalog.ActionAwaitingApproval
	}
	a.Transitions = firstSteps(a, p, ev, d)
	return a
}

// newID is a time-ordered id (UUIDv7).
func newID() string {
	id, err := uuid.NewV7()
	if err != nil { // the system has no randomness
		return uuid.NewString()
	}
	return id.String()
}

// list makes an evaluation the newest of its pair, and unlist takes it away; e.mu
// is held.
func (e *Evaluator) list(key string, ev Evaluated) {
	if old, known := e.lastAt[key]; !known || !slices.Equal(old.Snapshot.IDs, ev.Snapshot.IDs) {
		e.unlist(key)
		for _, id := range ev.Snapshot.IDs {
			e.onAt[id] = append(e.onAt[id], key)
		}
	}
	e.lastAt[key] = ev
}

func (e *Evaluator) unlist(key string) {
	for _, id := range e.lastAt[key].Snapshot.IDs {
		rest := slices.DeleteFunc(e.onAt[id], func(k string) bool { return k == key })
		if e.onAt[id] = rest; len(rest) == 0 {
			delete(e.onAt, id)
		}
	}
	delete(e.lastAt, key)
}

// Evaluations lists the newest evaluation of every policy on every asset, by policy
// and name. A policy that was read again counts as it was last judged until it is
// judged anew: nothing is well for a moment because a file was saved.
func (e *Evaluator) Evaluations() []Evaluated {
	e.mu.Lock()
	defer e.mu.Unlock()
	live := e.g.Policies.Get()
	var out []Evaluated
	for _, ev := range e.lastAt {
		if live.ByName(ev.Policy.Name) != nil {
			out = append(out, ev)
		}
	}
	slices.SortFunc(out, byPolicy)
	return out
}

// EvaluationsOf are those of Evaluations that are about assets, by any ids that
// these have had.
func (e *Evaluator) EvaluationsOf(ids ...catalog.AssetID) []Evaluated {
	e.mu.Lock()
	defer e.mu.Unlock()
	live := e.g.Policies.Get()
	var out []Evaluated
	taken := map[string]bool{}
	for _, id := range ids {
		for _, key := range e.onAt[id] {
			ev := e.lastAt[key]
			if !taken[key] && live.ByName(ev.Policy.Name) != nil {
				out = append(out, ev)
			}
			taken[key] = true
		}
	}
	slices.SortFunc(out, byPolicy)
	return out
}

func byPolicy(a, b Evaluated) int {
	return cmp.Or(strings.Compare(a.Policy.Name, b.Policy.Name), a.Name.Compare(b.Name))
}

// Why answers for an asset: the newest decision of each policy on it, with the
// tree as it stands now. ErrNotFound when no policy is about it.
func (e *Evaluator) Why(ctx context.Context, id catalog.AssetID) ([]catalog.Decision, error) {
	now := e.now()
	var out []catalog.Decision
	id, err := e.g.History.Canonical(ctx, id)
	if err != nil {
		return nil, err
	}
	pairs, err := e.g.matchesOn(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, m := range pairs {
		p := m.Policy
		s, err := e.g.Snapshot(ctx, p, id, now, "")
		if err != nil {
			return nil, err
		}
		s.Equal = m.Equal
		ev := Decide(p, s, now)
		d := catalog.Decision{At: now.UTC(), Policy: p.Name, Mode: p.Mode, Target: id, Name: s.Name, Outcome: ev.Outcome, Tree: ev.Tree, Reuse: ev.Reuse}
		if last, err := e.g.Ledger.LastDecision(ctx, p.Name, s.IDs...); err == nil {
			d.ID, d.Seq, d.Action, d.Position = last.ID, last.Seq, last.Action, last.Position
		} else if !notFound(err) {
			return nil, err
		}
		out = append(out, d)
	}
	if len(out) == 0 {
		if err := e.g.leftOut(ctx, id); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("no policy is about this asset: %w", catalog.ErrNotFound)
	}
	return out, nil
}

var errNotOpen = errors.New("starting: the journal is still being read")
