package model

import (
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// Policy is the view of a policy in force.
type Policy struct{ P *policies.Policy }

// IsNode marks it.
func (*Policy) IsNode() {}

// ID is the node id.
func (p *Policy) ID() string { return PolicyID(p.P.Name) }

// Name of the policy.
func (p *Policy) Name() string { return p.P.Name }

// Mode of the policy.
func (p *Policy) Mode() catalog.Mode { return p.P.Mode }

// Trial is the trial that it is on; nil: none.
func (p *Policy) Trial() *catalog.PolicyTrial { return p.P.Trial }

// Owner who answers for it.
func (p *Policy) Owner() *string { return opt(p.P.Owner) }

// Source is file:line.
func (p *Policy) Source() string { return fmt.Sprintf("%s:%d", p.P.File, p.P.Line) }

// YAML is what the file says.
func (p *Policy) Yaml() string { return p.P.YAML }

// Freshness is the view of how an asset stands.
type Freshness struct {
	F      policies.Freshness
	Policy *Policy
	At     *time.Time
	now    time.Time
}

// NewFreshness reads an evaluation.
func NewFreshness(e policies.Evaluated) *Freshness {
	return &Freshness{F: policies.FreshnessOf(e), Policy: &Policy{e.Policy}, At: at(e.At), now: e.At}
}

// NoFreshness is that of an asset no policy selects.
func NoFreshness() *Freshness {
	return &Freshness{F: policies.Freshness{State: policies.NoFreshness, Says: "no policy selects it"}}
}

// State of the asset.
func (f *Freshness) State() policies.FreshnessState { return f.F.State }

// Watermark is the oldest data in it.
func (f *Freshness) Watermark() *time.Time { return at(f.F.Watermark) }

// Lag is how old that is.
func (f *Freshness) Lag() *time.Duration {
	if f.F.Watermark.IsZero() {
		return nil
	}
	return &f.F.Lag
}

// Deadline is when it is late, or since when.
func (f *Freshness) Deadline() *time.Time { return at(f.F.Deadline) }

// LateBy is null unless it is late.
func (f *Freshness) LateBy() *time.Duration {
	if f.F.State != policies.Late || f.F.Deadline.IsZero() {
		return nil
	}
	d := f.now.Sub(f.F.Deadline)
	return &d
}

// Says is a sentence.
func (f *Freshness) Says() string { return f.F.Says }

// Decision is the view of a decision.
type Decision struct{ D catalog.Decision }

// IsNode marks it.
func (*Decision) IsNode() {}

// ID is the node id.
func (d *Decision) ID() string { return PrefixDecision + d.D.ID }

// At is when it was made.
func (d *Decision) At() time.Time { return d.D.At }

// PolicyName is null when no policy selects the asset.
func (d *Decision) PolicyName() *string { return opt(d.D.Policy) }

// Mode of the policy then.
func (d *Decision) Mode() catalog.Mode { return d.D.Mode }

// TargetName the asset had.
func (d *Decision) TargetName() AssetName { return nameOf(d.D.Name) }

// Outcome of the decision.
func (d *Decision) Outcome() catalog.DecisionOutcome { return d.D.Outcome }

// Tree says why.
func (d *Decision) Tree() *Reason { return &Reason{d.D.Tree} }

// Position says how much had been seen.
func (d *Decision) Position() catalog.Position { return d.D.Position }

// Gate says whether it answered a question.
func (d *Decision) Gate() bool { return d.D.Gate != nil }

// Reason is one node of an evaluated tree.
type Reason struct{ R catalog.Reason }

// Atom is what was asked.
func (r *Reason) Atom() string { return r.R.Atom }

// Value is the answer.
func (r *Reason) Value() catalog.Ternary { return r.R.Value }

// Says is a sentence.
func (r *Reason) Says() string { return r.R.Says }

// Evidence is what it rests on.
func (r *Reason) Evidence() []string { return each(r.R.Evidence, func(s string) string { return s }) }

// MayChangeAt is null when only events can change it.
func (r *Reason) MayChangeAt() *time.Time { return at(r.R.MayChangeAt) }

// Children are what it was concluded from.
func (r *Reason) Children() []*Reason {
	return each(r.R.Children, func(c catalog.Reason) *Reason { return &Reason{c} })
}

// Evidence is what a reason rests on.
type Evidence struct {
	ID string
	// Node is nil when it cannot be found again.
	Node Node
	Says string
}

// FlatReason is one node of an evaluated tree, in a list.
type FlatReason struct {
	Depth       int
	Atom        string
	Value       catalog.Ternary
	Says        string
	MayChangeAt *time.Time
	Evidence    []string
}

// Reasons is the tree as a list, each node before its children.
func (d *Decision) Reasons() []FlatReason { return flatten(nil, d.D.Tree, 0) }

func flatten(out []FlatReason, r catalog.Reason, depth int) []FlatReason {
	out = append(out, FlatReason{depth, r.Atom, r.Value, r.Says, at(r.MayChangeAt), append([]string{}, r.Evidence...)})
	for _, c := range r.Children {
		out = flatten(out, c, depth+1)
	}
	return out
}

// Pin is the version of an input.
type Pin struct {
	Input      string
	Name       AssetName
	Partition  *string
	ProducedAt time.Time
}

// PinsOf makes the views.
func PinsOf(list []catalog.Pin) []Pin {
	return each(list, func(p catalog.Pin) Pin { return Pin{AssetID(p.Input), nameOf(p.Name), opt(p.Partition), p.ProducedAt} })
}

// Action is the view of an action, or of one that is expected (PROPOSED).
type Action struct {
	A catalog.Action
	// Expected and Sentence are set for a proposal; Proposal is its id.
	Expected time.Time
	Sentence string
	Proposal string
	// Freshness is how the asset stands; only set where it is asked for.
	Freshness *Freshness
}

// IsNode marks it.
func (*Action) IsNode() {}

// ID is the node id.
func (a *Action) ID() string {
	if a.Proposal != "" {
		return a.Proposal
	}
	return PrefixAction + a.A.ID
}

// Kind of the action.
func (a *Action) Kind() catalog.ActionKind { return a.A.Kind }

// State of the action.
func (a *Action) State() catalog.ActionState { return a.A.State }

// TargetName the asset had.
func (a *Action) TargetName() AssetName { return nameOf(a.A.Name) }

// Connector it goes through.
func (a *Action) Connector() string { return a.A.Connector }

// ToolJob is the tool's own name.
func (a *Action) ToolJob() string { return a.A.ToolJob }

// Policies behind it.
func (a *Action) Policies() []string { return each(a.A.Policies, func(s string) string { return s }) }

// Key of the intent.
func (a *Action) Key() *string { return opt(a.A.Key) }

// Pins it was decided on.
func (a *Action) Pins() []Pin { return PinsOf(a.A.Pins) }

// ExternalID of the run.
func (a *Action) ExternalID() *string { return opt(a.A.ExternalID) }

// URL where the tool shows it.
func (a *Action) URL() *string { return opt(a.A.URL) }

// CreatedAt is when it was decided.
func (a *Action) CreatedAt() time.Time { return a.A.CreatedAt }

// ValidUntil is when it expires.
func (a *Action) ValidUntil() time.Time { return a.A.ValidUntil }

// ExpectedAt is null when only events can tell.
func (a *Action) ExpectedAt() *time.Time { return at(a.Expected) }

// Says is the cause of the last step, or why it is expected.
func (a *Action) Says() string {
	if a.Sentence != "" || len(a.A.Transitions) == 0 {
		return a.Sentence
	}
	return a.A.Transitions[len(a.A.Transitions)-1].Cause
}

// Transitions are its history.
func (a *Action) Transitions() []ActionTransition {
	return each(a.A.Transitions, func(t catalog.ActionTransition) ActionTransition {
		v := ActionTransition{To: t.To, At: t.At, Actor: t.Actor, Cause: t.Cause, Evidence: opt(t.Evidence)}
		if t.From != "" {
			v.From = &t.From
		}
		return v
	})
}

// AskedBy is who asked.
func (a *Action) AskedBy() *string { return asked(a, func(q catalog.Asked) string { return q.Actor }) }

// Reason is why they did.
func (a *Action) Reason() *string { return asked(a, func(q catalog.Asked) string { return q.Reason }) }

// RequestKey is the key they gave.
func (a *Action) RequestKey() *string { return asked(a, func(q catalog.Asked) string { return q.Key }) }

func asked(a *Action, field func(catalog.Asked) string) *string {
	if a.A.Asked == nil {
		return nil
	}
	return opt(field(*a.A.Asked))
}

// NominalTime is the time that the run is for.
func (a *Action) NominalTime() *time.Time { return at(a.A.Nominal) }

// ActionTransition is one step.
type ActionTransition struct {
	From     *catalog.ActionState
	To       catalog.ActionState
	At       time.Time
	Actor    string
	Cause    string
	Evidence *string
}

// Tool is a configured connector as last seen.
type Tool struct {
	Kind, Instance string
	Reachable      catalog.Ternary
	HeartbeatAt    *time.Time
	Version        *string
	Error          *string
	Capabilities   []Capability
	// ClockOffset is its clock minus ours; nil when it does not tell its time.
	ClockOffset *time.Duration
}

// IsNode marks it.
func (*Tool) IsNode() {}

// ID is the node id.
func (t *Tool) ID() string { return ToolID(t.Instance) }

// Capability is something a connector can do.
type Capability struct {
	Name      string
	Available catalog.Ternary
	Note      *string
}

// System is weir itself.
type System struct {
	Version       string
	Position      catalog.Position
	ProjectorLag  int
	GraphPosition *catalog.Position
	// SearchPosition is nil when the search index cannot say.
	SearchPosition *catalog.Position
	SearchShort    *int
	GraphBackend   string
	Degraded       []string
	KillSwitch     bool
	// Switches are those that are on, of all scopes.
	Switches []KillSwitch
	Ready    bool

	StartedAt   *time.Time
	Intake      Intake
	Stores      []StoreState
	Quarantined int
	Drift       []string
}

// Intake is how events come in.
type Intake struct {
	// PerMinute is nil until it was watched for long enough.
	PerMinute *float64
	LastAt    *time.Time
	// Lag is the age of the oldest entry that is not projected; nil when all are.
	Lag *time.Duration
}

// StoreState is how far a store is.
type StoreState struct {
	Name, Kind string
	// Position is nil when the store cannot say.
	Position *catalog.Position
	// End is the end of the journal.
	End   catalog.Position
	Error *string
}

// Behind is how many entries it has not seen.
func (s StoreState) Behind() *int {
	if s.Position == nil {
		return nil
	}
	n := int(s.End - min(*s.Position, s.End))
	return &n
}
