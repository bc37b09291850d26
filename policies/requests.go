package policies

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// Requests is how people act. Each request becomes one action in the ledger, with
// who asked and why, and the dispatcher carries it from there: nothing here
// calls a tool.
//
// A key is an intent. The same key again is answered with the same action, and
// with something else in the request it is refused.
type Requests struct {
	g     *Gatherer
	now   func() time.Time
	onNew func(catalog.Decision, catalog.Action)
	// kept is where requests are written down.
	kept Ledger
}

// RequestsOptions configure Requests; zero values are useful.
type RequestsOptions struct {
	Now func() time.Time
	// OnNew is told of each new action, after it is durable.
	OnNew func(catalog.Decision, catalog.Action)
}

// NewRequests returns the way in for people.
func NewRequests(g *Gatherer, o RequestsOptions) *Requests {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnNew == nil {
		o.OnNew = func(catalog.Decision, catalog.Action) {}
	}
	return &Requests{g: g, now: o.Now, onNew: o.OnNew, kept: g.Ledger}
}

// Ask is who asks, why, and under which key; "" is a fresh one.
type Ask struct {
	Actor, Reason, Key string
	// May refuses what is acted on once that is found, before anything is
	// written: what is named may lead elsewhere (the run around a task). nil:
	// everything may be acted on.
	May func(catalog.Name) error
}

func (q Ask) may(a catalog.Action) error {
	if q.May == nil {
		return nil
	}
	return q.May(a.Name)
}

// RunRequest asks for a run.
type RunRequest struct {
	Ask
	Place
	// Params are added to those of the policy's target.
	Params    map[string]any
	Partition string
	// Nominal is the time that the run is for; zero: for now.
	Nominal time.Time
	// ValidFor is how long it may wait to be sent; 0: 24 h.
	ValidFor time.Duration
}

// BackfillRequest asks for a run for each of some past times.
type BackfillRequest struct {
	RunRequest
	// Times in the order of the runs.
	Times    []time.Time
	Parallel int
	// Parameter is given the time where the tool's runs have none.
	Parameter string
}

// RerunRequest asks for an ended run once more: of an action, or any.
type RerunRequest struct {
	Ask
	Action string
	Run    catalog.RunKey
	// Whole asks for all tasks, not only for those that failed.
	Whole bool
}

// Run asks for a run now, or for a past time.
func (r *Requests) Run(ctx context.Context, q RunRequest) (catalog.Action, error) {
	a, err := r.start(ctx, catalog.ActionTrigger, q)
	if err != nil {
		return a, err
	}
	if err := r.datable(a, ""); !q.Nominal.IsZero() && err != nil {
		return a, err
	}
	if a.Nominal = q.Nominal.UTC(); !q.Nominal.IsZero() {
		a.Pins = nil // it says nothing of what the newest run has read
	}
	return r.keep(ctx, q.Ask, a)
}

// Backfill asks for a run for each time: one action, of which the runs are
// parts.
func (r *Requests) Backfill(ctx context.Context, q BackfillRequest) (catalog.Action, error) {
	seen := map[time.Time]bool{}
	for _, t := range q.Times {
		if seen[t.UTC()] {
			return catalog.Action{}, fmt.Errorf("%w: the time %s stands twice", catalog.ErrInvalid, clock(t))
		}
		seen[t.UTC()] = true
	}
	switch {
	case len(q.Times) == 0 || len(q.Times) > maxPlan:
		return catalog.Action{}, fmt.Errorf("%w: a backfill has 1 to %d times, not %d", catalog.ErrInvalid, maxPlan, len(q.Times))
	case q.Parallel < 1 || q.Parallel > maxParallel:
		return catalog.Action{}, fmt.Errorf("%w: parallel must be 1 to %d", catalog.ErrInvalid, maxParallel)
	}
	a, err := r.start(ctx, catalog.ActionBackfill, q.RunRequest)
	if err != nil {
		return a, err
	}
	if err := r.datable(a, q.Parameter); err != nil {
		return a, err
	}
	a.Pins = nil
	a.Plan = &catalog.Plan{Times: utc(q.Times), Parallel: q.Parallel, Parameter: q.Parameter}
	return r.keep(ctx, q.Ask, a)
}

// maxParallel bounds how many runs of one backfill go at once.
const maxParallel = 50

func utc(list []time.Time) []time.Time {
	out := make([]time.Time, len(list))
	for i, t := range list {
		out[i] = t.UTC()
	}
	return out
}

// datable: the tool knows a run's time, or has a parameter for it.
func (r *Requests) datable(a catalog.Action, parameter string) error {
	d, ok := r.g.connector(a.Connector).(connectors.Dater)
	if parameter != "" || ok && d.Dates() {
		return nil
	}
	return catalog.WithHint(fmt.Errorf("%w: runs of %s have no time of their own", catalog.ErrInvalid, a.Connector), "name the parameter of the job that takes it")
}

// start makes an action that starts something.
func (r *Requests) start(ctx context.Context, k catalog.ActionKind, q RunRequest) (catalog.Action, error) {
	a, err := r.placed(ctx, k, q.Place)
	if err != nil {
		return a, err
	}
	if len(q.Params) > 0 {
		params := map[string]any{}
		for _, m := range []map[string]any{a.Params, q.Params} {
			for name, v := range m {
				params[name] = v
			}
		}
		a.Params = params
	}
	if a.Partition = q.Partition; q.ValidFor > 0 {
		a.ValidUntil = a.CreatedAt.Add(q.ValidFor)
	}
	return a, nil
}

// Cancel asks for the end of an action: it is taken back when it was not sent,
// else its run is stopped.
func (r *Requests) Cancel(ctx context.Context, q Ask, id string) (catalog.Action, error) {
	if err := q.check(); err != nil {
		return catalog.Action{}, err
	}
	of, err := actionByID(ctx, r.g.Ledger, id)
	if err != nil {
		return of, err
	}
	a := r.about(catalog.ActionCancel, of)
	if old, ok, err := r.before(ctx, q, a); ok || err != nil {
		return old, err
	}
	switch {
	case of.State.Terminal():
		return a, fmt.Errorf("%w: action %s is closed: %s", catalog.ErrConflict, id, of.State)
	case sent(of.State) && of.Kind != catalog.ActionTrigger && of.Kind != catalog.ActionRerun && of.Kind != catalog.ActionBackfill:
		return a, fmt.Errorf("%w: a %s that was sent cannot be taken back", catalog.ErrConflict, of.Kind)
	case sent(of.State) && of.Kind != catalog.ActionBackfill:
		if err := r.can(a); err != nil {
			return a, err
		}
	}
	return r.keep(ctx, q, a)
}

// CancelRun asks for the end of a run, whoever started it.
func (r *Requests) CancelRun(ctx context.Context, q Ask, key catalog.RunKey) (catalog.Action, error) {
	a, err := r.ofRun(ctx, catalog.ActionCancel, key)
	if err != nil {
		return a, err
	}
	if old, ok, err := r.before(ctx, q, a); ok || err != nil {
		return old, err
	}
	open, err := r.g.Ledger.Actions(ctx, ActionQuery{Connector: a.Connector, ToolJob: a.ToolJob, Open: true, Limit: maxClosed})
	if err != nil {
		return a, err
	}
	a.Asked = &catalog.Asked{Digest: digest(a)} // of the run, also when it is an action's
	for _, o := range open {
		if o.Kind.StartsRun() && o.ExternalID == a.ExternalID {
			a.Of = o.ID // it is an action's run: that is what is cancelled
		}
	}
	return r.keep(ctx, q, a)
}

// Rerun asks for an ended run once more, in its place.
func (r *Requests) Rerun(ctx context.Context, q RerunRequest) (catalog.Action, error) {
	var a catalog.Action
	var err error
	if q.Action == "" {
		a, err = r.ofRun(ctx, catalog.ActionRerun, q.Run)
	} else {
		a, err = r.rerunOf(ctx, q.Action)
	}
	if err != nil {
		return a, err
	}
	a.Whole = q.Whole
	return r.keep(ctx, q.Ask, a)
}

func (r *Requests) rerunOf(ctx context.Context, id string) (catalog.Action, error) {
	of, err := actionByID(ctx, r.g.Ledger, id)
	if err != nil {
		return of, err
	}
	a := r.about(catalog.ActionRerun, of)
	a.Pins, a.ExternalID, a.Nominal, a.Partition, a.Attempt = of.Pins, of.ExternalID, of.Nominal, of.Partition, of.Attempt+1
	a.Admission.Pool, a.Admission.Slots, a.Admission.Class = of.Admission.Pool, of.Admission.Slots, of.Admission.Class
	if !of.State.Terminal() || !of.Kind.StartsRun() || of.ExternalID == "" {
		return a, catalog.WithHint(fmt.Errorf("%w: action %s is a %s that is %s: it has no ended run", catalog.ErrConflict, id, of.Kind, of.State), "cancel it first, or ask for a new run")
	}
	return a, r.can(a)
}

// Pause and Resume set the tool's own switch of a job.
func (r *Requests) Pause(ctx context.Context, q Ask, p Place) (catalog.Action, error) {
	return r.order(ctx, q, catalog.ActionPause, p)
}

// Resume is the way back from Pause.
func (r *Requests) Resume(ctx context.Context, q Ask, p Place) (catalog.Action, error) {
	return r.order(ctx, q, catalog.ActionResume, p)
}

func (r *Requests) order(ctx context.Context, q Ask, k catalog.ActionKind, p Place) (catalog.Action, error) {
	a, err := r.placed(ctx, k, p)
	if err != nil {
		return a, err
	}
	return r.keep(ctx, q, a)
}

// about makes an action about another.
func (r *Requests) about(k catalog.ActionKind, of catalog.Action) catalog.Action {
	a := r.blank(k)
	a.Of, a.Target, a.Name, a.Connector, a.ToolJob = of.ID, of.Target, of.Name, of.Connector, of.ToolJob
	a.StartTimeout, a.RunTimeout, a.EventGrace = of.StartTimeout, of.RunTimeout, of.EventGrace
	return a
}

// blank is an action with the times of a policy that says nothing.
func (r *Requests) blank(k catalog.ActionKind) catalog.Action {
	now := r.now().UTC()
	return catalog.Action{
		ID: newID(), Kind: k, State: catalog.ActionReady, Attempt: 1, CreatedAt: now, ValidUntil: now.Add(24 * time.Hour),
		StartTimeout: 10 * time.Minute, RunTimeout: 24 * time.Hour, EventGrace: time.Minute,
	}
}

// can refuses what the tool has no verb for, before anything is written.
func (r *Requests) can(a catalog.Action) error {
	if why := cannot(r.g.connector(a.Connector), a.Kind, a.Connector); why != "" {
		return fmt.Errorf("%w: %s", catalog.ErrInvalid, why)
	}
	return nil
}

// before finds what was kept under the key of a request.
func (r *Requests) before(ctx context.Context, q Ask, a catalog.Action) (catalog.Action, bool, error) {
	if err := q.may(a); err != nil {
		return catalog.Action{}, false, err
	}
	if q.Key == "" {
		return a, false, nil
	}
	list, err := r.g.Ledger.Actions(ctx, ActionQuery{AskKey: q.Key, Limit: 1})
	if err != nil || len(list) == 0 {
		return a, false, err
	}
	return list[0], true, same(list[0], digest(a))
}

// keep writes the action with the decision that explains it, once for its key.
func (r *Requests) keep(ctx context.Context, q Ask, a catalog.Action) (catalog.Action, error) {
	if err := q.may(a); err != nil {
		return catalog.Action{}, err
	}
	if err := q.check(); err != nil {
		return a, err
	}
	if q.Key == "" {
		q.Key = uuid.NewString()
	}
	if a.Asked == nil {
		a.Asked = &catalog.Asked{Digest: digest(a)}
	}
	a.Asked.Actor, a.Asked.Reason, a.Asked.Key = q.Actor, q.Reason, q.Key
	pos, err := r.g.History.Position(ctx)
	if err != nil {
		return a, err
	}
	says := fmt.Sprintf("%s asks for it: %s", q.Actor, q.Reason)
	d := catalog.Decision{
		ID: newID(), At: a.CreatedAt, Mode: catalog.ModeAct, Target: a.Target, Name: a.Name, Outcome: catalog.DecideRun, Action: a.ID, Position: pos,
		Tree: catalog.Reason{Atom: "asked", Value: catalog.True, Says: says},
	}
	a.Cause = d.ID
	a.Transitions = []catalog.ActionTransition{{To: a.State, At: a.CreatedAt, Actor: q.Actor, Cause: q.Reason, Evidence: d.ID}}
	kept, made, err := r.kept.Ask(ctx, &d, a)
	if err != nil {
		return kept, err
	}
	if !made {
		return kept, same(kept, a.Asked.Digest)
	}
	r.onNew(d, kept)
	return kept, nil
}

func (q Ask) check() error {
	switch {
	case q.Actor == "" || len(q.Actor) > 200:
		return fmt.Errorf("%w: say who asks, in at most 200 bytes", catalog.ErrInvalid)
	case strings.TrimSpace(q.Reason) == "" || len(q.Reason) > 500:
		return fmt.Errorf("%w: reason must be 1 to 500 bytes", catalog.ErrInvalid)
	case len(q.Key) > 200 || strings.HasPrefix(q.Key, "part:"):
		return fmt.Errorf("%w: key must be at most 200 bytes, and part: may not begin it", catalog.ErrInvalid)
	}
	return nil
}

// same: what was kept under the key is what is asked now.
func same(kept catalog.Action, digest string) error {
	if kept.Asked != nil && kept.Asked.Digest == digest {
		return nil
	}
	return catalog.WithHint(fmt.Errorf("%w: the key was used for another request (action %s)", catalog.ErrConflict, kept.ID), "take a fresh key for a new intent")
}

// digest is of what is asked, without who, why and when.
func digest(a catalog.Action) string {
	what := struct {
		Kind                       catalog.ActionKind
		Connector, Job, Of, Run    string
		Params, Partition, Nominal string
		Whole                      bool
		Plan                       *catalog.Plan
	}{a.Kind, a.Connector, a.ToolJob, a.Of, "", paramsText(a.Params), a.Partition, a.Nominal.UTC().Format(time.RFC3339Nano), a.Whole, a.Plan}
	if a.Of == "" {
		what.Run = a.ExternalID
	}
	b, err := json.Marshal(what)
	if err != nil { // only texts, times and numbers
		panic(errors.Join(errors.New("a request that is no JSON"), err))
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
