package policies

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Gate answers "may I run now?" for tools that keep their own scheduler on.
//
// Only run, skip and deny of a policy in mode gate or above are final, for
// (job, key, runRef), over restarts; wait is judged anew at each ask. Where the
// asker gave no key, only run is, and only while its run is awaited or goes on:
// the same partition is asked for again when it is made again. A policy that only
// observes never holds anybody.
type Gate struct {
	g      *Gatherer
	ledger Ledger
	thread *sync.Mutex
	ready  func() bool
	now    func() time.Time
	onNew  func(catalog.Decision)

	mu      sync.Mutex
	changed chan struct{}
	waiting map[string]Waiter // by asker
}

// GateOptions configure a Gate.
type GateOptions struct {
	Now func() time.Time
	// Ready reports whether decisions may be made yet.
	Ready      func() bool
	OnDecision func(catalog.Decision)
}

// NewGate returns a gate that shares the decision thread of the evaluator.
func NewGate(g *Gatherer, thread *sync.Mutex, o GateOptions) *Gate {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Ready == nil {
		o.Ready = func() bool { return true }
	}
	if o.OnDecision == nil {
		o.OnDecision = func(catalog.Decision) {}
	}
	return &Gate{g: g, ledger: g.Ledger, thread: thread, ready: o.Ready, now: o.Now, onNew: o.OnDecision, changed: make(chan struct{}),
		waiting: map[string]Waiter{}}
}

// GateRequest is a question. Key makes answers final; RunRef is the asker's own
// run id, the tool's or OpenLineage's.
type GateRequest struct {
	Job    catalog.Name
	Key    string
	RunRef string
	// Partition is the one that the run is to make; without it Nominal, a time in
	// RFC 3339, says in which period it is. Without a Key they are the key.
	Partition, Nominal string
	// derived: the asker gave no key, it follows from what the run is for.
	derived bool
	MaxWait time.Duration
	// Wait is how long the question may be held, at most 30 s.
	Wait time.Duration
}

const (
	maxGateWait = 30 * time.Second
	gateRetry   = 15 * time.Second
)

// Notify lets waiting questions be judged anew.
func (g *Gate) Notify() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.changed)
	g.changed = make(chan struct{})
}

// Ask answers, holding the question while it would have to wait.
func (g *Gate) Ask(ctx context.Context, q GateRequest) (catalog.GateAnswer, error) {
	if !g.ready() {
		return catalog.GateAnswer{}, fmt.Errorf("gate: %w: %w", catalog.ErrUnavailable, errNotOpen)
	}
	if q.Job.Name == "" || q.Job.Namespace == "" {
		return catalog.GateAnswer{}, fmt.Errorf("gate: %w: name the job with namespace and name", catalog.ErrInvalid)
	}
	if q.Nominal != "" && !understood(q.Nominal) {
		return catalog.GateAnswer{}, catalog.WithHint(fmt.Errorf("gate: %w: nominal time %q is no time", catalog.ErrInvalid, q.Nominal), "write it as 2026-03-01T00:00:00Z, or as a day")
	}
	if q.Key == "" && (q.Nominal != "" || q.Partition != "") {
		q.Key, q.derived = "nominal:"+q.Nominal+"|"+q.Partition, true
	}
	until := g.now().Add(min(max(q.Wait, 0), maxGateWait))
	for {
		g.mu.Lock()
		changed := g.changed
		g.mu.Unlock()
		a, wakeAt, err := g.once(ctx, q)
		if err != nil || a.Decision != catalog.DecideWait || !g.now().Before(until) {
			return a, err
		}
		g.hold(ctx, changed, soonest(wakeAt, until))
		if ctx.Err() != nil {
			return a, nil
		}
	}
}

// hold sleeps until something changed, or a time.
func (g *Gate) hold(ctx context.Context, changed <-chan struct{}, until time.Time) {
	t := time.NewTimer(max(until.Sub(g.now()), time.Millisecond))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-changed:
	case <-t.C:
	}
}

// once judges the question under the decision thread.
func (g *Gate) once(ctx context.Context, q GateRequest) (catalog.GateAnswer, time.Time, error) {
	g.thread.Lock()
	defer g.thread.Unlock()
	job, _, err := g.g.History.Resolve(ctx, q.Job)
	if err != nil {
		return catalog.GateAnswer{}, time.Time{}, err
	}
	asked := g.now().UTC()
	if q.Key != "" || q.RunRef != "" { // who gives neither cannot be known again
		if a, ok, err := g.given(ctx, q, job); ok || err != nil {
			return a, time.Time{}, err
		}
		if asked, err = g.ledger.GateAsked(ctx, q.Job, q.Key, q.RunRef, asked); err != nil {
			return catalog.GateAnswer{}, time.Time{}, err
		}
	}
	g.g.slots.mu.Lock()
	defer g.g.slots.mu.Unlock()
	v, err := g.judge(ctx, q, job, asked)
	if err != nil {
		return catalog.GateAnswer{}, time.Time{}, err
	}
	a, wakeAt, err := g.record(ctx, q, job, asked, v)
	if v.answer == catalog.DecideRun && v.pooled {
		g.g.slots.given.Add(1)
	}
	return a, wakeAt, err
}

// verdict is the strictest answer of the policies that select the job.
type verdict struct {
	answer  catalog.DecisionOutcome
	would   catalog.DecisionOutcome
	binding bool
	policy  *Policy
	// partition is what the answer is about, of a policy with want: partition.
	partition string
	// unnamed: the asker did not say which partition it makes.
	unnamed bool
	eval    Evaluation
	reasons []string
	wakeAt  time.Time
	// pooled: it takes slots of a pool.
	pooled bool
	// reuse is the proof of a skip, and its atom.
	reuse *catalog.Reuse
	proof catalog.Reason
	// expected is when a wait is likely over; zero not known.
	expected time.Time
}

// strictness orders answers: deny over wait over skip over run.
var strictness = map[catalog.DecisionOutcome]int{"": 0, catalog.DecideRun: 1, catalog.DecideSkip: 2, catalog.DecideWait: 3, catalog.DecideDeny: 4}

func (g *Gate) judge(ctx context.Context, q GateRequest, job catalog.AssetID, asked time.Time) (verdict, error) {
	v := verdict{answer: catalog.DecideRun, reasons: []string{"no_policy: no policy selects this job"}}
	first := true
	pairs, err := g.g.matchesOn(ctx, job)
	if err != nil {
		return v, err
	}
	for _, m := range pairs {
		one, err := g.judgeOne(ctx, m.Policy, q, job, asked)
		if err != nil {
			return v, err
		}
		if first || strictness[one.answer] > strictness[v.answer] {
			if !first {
				one.reasons = append(v.reasons, one.reasons...)
				one.binding, one.pooled = v.binding || one.binding, v.pooled || one.pooled
				one.about(v)
				one.wakeAt = soonest(v.wakeAt, one.wakeAt)
			}
			v = one
		} else {
			if one.answer == catalog.DecideWait {
				v.expected = expectBoth(v, one)
			}
			v.reasons = append(v.reasons, one.reasons...)
			v.binding, v.pooled = v.binding || one.binding, v.pooled || one.pooled
			v.about(one)
		}
		first = false
	}
	return v, nil
}

// about takes the partition of another policy's answer where it has none.
func (v *verdict) about(o verdict) {
	if v.partition == "" {
		v.partition, v.unnamed = o.partition, o.unnamed
	}
}

// judgeOne is one policy's answer: its READY decides, since the asker already
// wants to run.
func (g *Gate) judgeOne(ctx context.Context, p *Policy, q GateRequest, job catalog.AssetID, asked time.Time) (verdict, error) {
	asker := q.RunRef
	if asker == "" {
		asker = anyAsker
	}
	now := g.now()
	var key *string
	if named, ok := q.partitionAsked(p); ok {
		key = &named
	}
	s, err := g.g.snapshot(ctx, p, job, now, asker, key, untilAdmission)
	if err != nil {
		return verdict{}, err
	}
	s, ev := judged(p, s, key != nil, now)
	v := verdict{policy: p, eval: ev, binding: p.Gates(), wakeAt: ev.WakeAt}
	v.would = gateOutcome(p, s, ev, now)
	v.reasons = gateReasons(p, s, gateSays(p, s, v.would, ev, now))
	if s.Part != nil {
		v.partition, v.unnamed = s.Part.Key, key == nil
	}
	if v.pooled = s.Pool != nil; v.would == catalog.DecideRun {
		if full := p.noRoom(s); full != "" {
			v.would, v.reasons, v.wakeAt = catalog.DecideWait, []string{p.Name + ": " + full}, soonest(v.wakeAt, s.Pool.Frees)
		}
	}
	if limit := waitLimit(q.MaxWait, p.Ready.MaxWait); v.would == catalog.DecideWait && limit > 0 {
		if now.Sub(asked) > limit {
			v.would, v.reasons = catalog.DecideDeny, append(v.reasons, fmt.Sprintf("asked first at %s, waited longer than %s", clock(asked), limit))
		} else {
			v.wakeAt = soonest(v.wakeAt, asked.Add(limit).Add(time.Nanosecond))
		}
	}
	if v.would == catalog.DecideSkip && ev.unchanged() {
		v.proof, v.reuse = *ev.same, s.reused()
	}
	if v.would == catalog.DecideWait {
		v.expected = s.Timing.Path.begins(p.Timing.confidence(), now)
		if s.Part != nil && s.Part.To.After(now) {
			v.expected = lastOf(v.expected, s.Part.To)
		}
	}
	v.answer = v.would
	switch {
	case s.KillSwitch:
		v.answer, v.binding, v.reasons = catalog.DecideRun, false, []string{p.Name + ": the kill switch is on"}
	case !p.Gates():
		v.answer = catalog.DecideRun
	}
	return v, nil
}

func gateOutcome(p *Policy, s Snapshot, ev Evaluation, now time.Time) catalog.DecisionOutcome {
	switch {
	case p.Frozen(now), s.NoPart != "":
		return catalog.DecideDeny
	case s.Standing.Hold != nil:
		return catalog.DecideWait
	case skips(p, s, ev):
		return catalog.DecideSkip
	case p.OnLate == LateAsk && len(ev.Stale) > 0: // there is no action that a person could approve
		return catalog.DecideWait
	case ev.Ready != catalog.True && p.tooLate(s, now):
		return catalog.DecideSkip
	case ev.Ready == catalog.True, ev.Ready == catalog.Unknown && p.OnUnknown == UnknownRun:
		return catalog.DecideRun
	case ev.Ready == catalog.Unknown && p.OnUnknown == UnknownSkip:
		return catalog.DecideSkip
	}
	return catalog.DecideWait
}

// gateReasons says what decided, and of which partition.
func gateReasons(p *Policy, s Snapshot, says string) []string {
	if s.Part == nil {
		return []string{p.Name + ": " + says}
	}
	out := []string{p.Name + ": " + s.Part.label() + ": " + says}
	for _, more := range s.Part.unpinned() {
		out = append(out, p.Name+": "+more)
	}
	return out
}

// gateSays is the sentence of what decided.
func gateSays(p *Policy, s Snapshot, o catalog.DecisionOutcome, ev Evaluation, now time.Time) string {
	switch {
	case p.Frozen(now):
		return "the policy is " + p.frozenSays()
	case s.NoPart != "":
		return s.NoPart
	case s.Standing.Hold != nil:
		return atomsOrders(s)[0].Says
	case len(ev.Stale) > 0 && o == catalog.DecideRun:
		return "ready on what there is of " + strings.Join(ev.Stale, ", ") + " (on_late)"
	case o == catalog.DecideWait && len(ev.Stale) > 0:
		return strings.Join(ev.Stale, ", ") + " is not as required, and too late: on_late is ask, which a gate cannot"
	case o == catalog.DecideSkip && ev.unchanged():
		return "reused (skip_unchanged): " + ev.same.Says
	case o == catalog.DecideSkip && skips(p, s, ev):
		return "no input has changed since the last success (skip_unchanged)"
	case o == catalog.DecideSkip && ev.Ready != catalog.True && p.tooLate(s, now):
		l, _ := p.lastCall(s, now)
		return l.says() + ": it is skipped (on_late)"
	}
	return ev.Tree.Children[1].Says
}

// skips: the policy says to skip what would make the same again. Of a partition
// only the inputs are looked at: what of it is new since this one was made, in
// time or too late.
// A run of it that failed since may have left it half written.
func skips(p *Policy, s Snapshot, ev Evaluation) bool {
	if s.Part != nil && s.Part.broken() {
		return false
	}
	if ev.same != nil {
		return ev.unchanged()
	}
	return p.SkipUnchanged && s.Part != nil && s.Part.Made != nil && nothingNew(p, s)
}

func nothingNew(p *Policy, s Snapshot) bool {
	return !slices.ContainsFunc(s.Inputs, func(in InputView) bool {
		return atomNew(p, s, in).Value != catalog.False || in.Part != nil && (len(in.Part.TooLate) > 0 || in.Part.Unclear != "")
	})
}

func waitLimit(a, b time.Duration) time.Duration {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

// record keeps the decision and makes the answer. An asker that is told to wait
// again for the same reasons gets the decision it was told before.
func (g *Gate) record(ctx context.Context, q GateRequest, job catalog.AssetID, asked time.Time, v verdict) (catalog.GateAnswer, time.Time, error) {
	now := g.now().UTC()
	a := catalog.GateAnswer{Decision: v.answer, DecisionID: newID(), Job: q.Job, Key: q.Key, RunRef: q.RunRef, Partition: cmp.Or(v.partition, CanonicalPartition(q.Partition)), Unnamed: v.unnamed, Nominal: q.Nominal, Reasons: v.reasons, FirstAskedAt: asked, At: now}
	if v.policy != nil && !v.policy.Gates() {
		a.WouldHave = v.would
	}
	if v.answer == catalog.DecideWait {
		a.RetryAfter, a.ExpectedReadyAt = gateRetry, v.expected
		if d := v.wakeAt.Sub(now); !v.wakeAt.IsZero() && d > 0 && d < a.RetryAfter {
			a.RetryAfter = max(d, time.Second)
		}
	}
	if v.policy != nil {
		a.Pins = v.eval.Pins
	}
	final := v.binding && v.answer != catalog.DecideWait && (q.Key != "" || q.RunRef != "")
	if v.answer == catalog.DecideRun && v.binding {
		a.Lease = &catalog.Lease{ID: a.DecisionID, Expires: now.Add(v.policy.LeaseTTL)}
	}
	if told, ok := g.told(a); ok {
		a.DecisionID = told.DecisionID
		return a, v.wakeAt, nil
	}
	kept := a
	if v.pooled && a.Lease != nil && !final { // nobody can ask for it again, but its slot has to be counted
		kept.Key, kept.FirstAskedAt, final = a.DecisionID, now, true
	}
	d := catalog.Decision{ID: a.DecisionID, At: now, Target: catalog.AssetID(q.Job.ID()), Name: q.Job, Outcome: v.answer, Partition: a.Partition, Tree: gateTree(v), Gate: &kept, Mode: catalog.ModeObserve, Reuse: v.reuse}
	if v.policy != nil {
		d.Policy, d.Mode = v.policy.Name, v.policy.Mode
	}
	if pos, err := g.g.History.Position(ctx); err == nil {
		d.Position = pos
	}
	d, err := g.ledger.RecordGate(ctx, d, final)
	if err == nil {
		g.tell(a, d.Policy, job)
		g.onNew(d)
	}
	return a, v.wakeAt, err
}

func gateTree(v verdict) catalog.Reason {
	if v.policy == nil {
		return catalog.Reason{Atom: "no_policy", Value: catalog.True, Says: "no policy selects this job"}
	}
	r := v.eval.Tree.Children[1]
	r.Atom = "gate"
	if v.reuse != nil {
		r.Value, r.Says, r.Children = catalog.True, v.proof.Says, append(slices.Clone(r.Children), v.proof)
	}
	return r
}
