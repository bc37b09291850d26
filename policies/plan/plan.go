package plan

import (
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// Kind is how something differs between the set in force and the proposed one.
type Kind string

// The kinds.
const (
	Added   Kind = "ADDED"
	Changed Kind = "CHANGED"
	Removed Kind = "REMOVED"
)

// Plan is what a proposed set would change.
type Plan struct {
	// Hash stands for all of it that an effect depends on, and Base for the
	// version in force that it was compared with; 0: none was applied.
	Hash string
	Base int64
	// Changes are the documents that differ, policies first, by name; Unchanged
	// counts the rest.
	Changes   []Change
	Unchanged int
	// Effects are the assets that a changed policy is or was about, and those
	// that came to another policy. Cut: there are more than are shown.
	Effects []Effect
	Cut     bool
	// Warnings are what an operator should hear of the proposed set.
	Warnings []policies.FileError
	// Trials are the policies that would be tried first, each until TrialTime
	// after the plan, were it applied now.
	Trials []catalog.PolicyTrial
	// Drift says where what is in force is not what was put in force last.
	Drift []string
	// From and Until bound what is said of the time to come.
	From, Until time.Time

	before, after *policies.Set
}

// Empty reports whether nothing would change.
func (p Plan) Empty() bool { return len(p.Changes) == 0 && len(p.Effects) == 0 }

// Change is one document that differs.
type Change struct {
	// Of is its kind: Policy or Pool. Policy is its name.
	Of     string
	Policy string
	Kind   Kind
	// Source is where the document stands: of the proposed one, or of the one
	// that goes.
	Source string
	Fields []FieldChange
}

// FieldChange is one key that differs; "" where it is not written.
type FieldChange struct{ Key, Before, After string }

// Effect is what changes for an asset. Before is nil when the policy was not
// about it, After when it will not be.
type Effect struct {
	Policy string
	Asset  catalog.AssetID
	Name   catalog.Name
	Before *Outlook
	After  *Outlook
}

// Outlook is what one policy means for one asset.
type Outlook struct {
	Mode catalog.Mode
	// Starts is the job that would be started, "" when none; Unresolved says
	// why none was found though one is wanted.
	Starts, Connector string
	Unresolved        string
	Edges             []Edge
	// Outcome and Says are what it would decide now.
	Outcome catalog.DecisionOutcome
	Says    string
	// Ticks are those of a schedule in the time to come, MoreTicks that there
	// are others; Deadline is when the want fails next if nothing is done.
	Ticks     []time.Time
	MoreTicks bool
	Deadline  time.Time
	// Runs is how many runs it would decide in the time to come, and Basis
	// what that is reckoned from. Known is false where nothing tells.
	Runs  int
	Known bool
	Basis string
	// Took is how long nine of ten of the last Samples runs took at most.
	Took    time.Duration
	Samples int
}

// Acts reports whether the runs would be started, not only said.
func (o *Outlook) Acts() bool {
	return o != nil && (o.Mode == catalog.ModeAct || o.Mode == catalog.ModeActCancel)
}

// Edge is an input as the policy uses it.
type Edge struct {
	Input   catalog.Name
	Seen    bool
	Trigger bool
	Require policies.Require
	// Fresh is the bound of require fresh; 0: its own policy's.
	Fresh  time.Duration
	Checks policies.ChecksMode
}

// Holds reports whether the input can hold a run.
func (e Edge) Holds() bool {
	return e.Require != policies.RequireNone || e.Checks != policies.ChecksNone
}
