package catalog

import (
	"slices"
	"strconv"
	"time"
)

// Admission is what an action was let through by, or waits for.
type Admission struct {
	// Root is the change that led to the action, through all actions between;
	// "" for a tick. Hops is how many actions of weir's lie between.
	Root string `json:"root,omitempty"`
	Hops int    `json:"hops,omitempty"`
	// Pool is where it takes Slots, and Class its class there; "" none.
	Pool  string `json:"pool,omitempty"`
	Slots int    `json:"slots,omitempty"`
	Class Class  `json:"class,omitempty"`
	// Charged is the class whose share it used: work that has waited for long
	// goes with a higher class.
	Charged Class `json:"charged,omitempty"`
	// SentNano is when it was sent, in nanoseconds since 1970: a number, so
	// that rows can be ordered by it; 0 before.
	SentNano int64 `json:"sentNano,omitempty"`
	// Failure is the class of its failure; "" when it did not fail.
	Failure Failure `json:"failure,omitempty"`
	// Stale names the inputs that were used though they were not as required.
	Stale []string `json:"stale,omitempty"`
	// Approval is what a person was asked; nil when nobody was.
	Approval *Approval `json:"approval,omitempty"`
}

// SentAt is when it was sent; zero before.
func (a Admission) SentAt() time.Time {
	if a.SentNano == 0 {
		return time.Time{}
	}
	return time.Unix(0, a.SentNano).UTC()
}

// Class orders work in a pool.
type Class string

// The classes, highest first.
const (
	ClassCritical Class = "critical"
	ClassNormal   Class = "normal"
	ClassBackfill Class = "backfill"
	// ClassBestEffort has what nobody else waits for.
	ClassBestEffort Class = "best-effort"
)

// Classes lists all, highest first.
var Classes = []Class{ClassCritical, ClassNormal, ClassBackfill, ClassBestEffort}

// Failure says whether trying again may help.
type Failure string

// The classes of failure. Unknown: the run itself failed, and the tool does not
// say of what.
const (
	FailureTransient Failure = "TRANSIENT"
	FailurePermanent Failure = "PERMANENT"
	FailureUnknown   Failure = "UNKNOWN"
)

// Approval is a question to a person and the answer.
type Approval struct {
	// Why is why a person is asked, in sentences.
	Why []string `json:"why"`
	// Until is when the question lapses, and once answered the approval.
	Until time.Time `json:"until"`
	// For is how long an approval holds.
	For time.Duration `json:"for"`
	// By, At and Reason are the answer's; By is "" without one.
	By     string    `json:"by,omitempty"`
	At     time.Time `json:"at,omitzero"`
	Reason string    `json:"reason,omitempty"`
	// FanOut: the change behind the action has led to as many as it may.
	FanOut bool `json:"fanOut,omitempty"`
	// Backfill: it is about all partitions that a backfill is to make.
	Backfill bool `json:"backfill,omitempty"`
}

// Given reports whether somebody approved.
func (a *Approval) Given() bool { return a != nil && a.By != "" }

// AlertKind is what an alert is about.
type AlertKind string

// The kinds of alerts.
const (
	AlertBreaker AlertKind = "BREAKER_OPEN"
	AlertFanOut  AlertKind = "FAN_OUT"
)

// Alert is something that a person should hear of, once.
type Alert struct {
	// ID is made from what it is about, so that it is raised once.
	ID     string    `json:"id"`
	Seq    int64     `json:"seq"`
	Kind   AlertKind `json:"kind"`
	At     time.Time `json:"at"`
	Policy string    `json:"policy"`
	Owner  string    `json:"owner,omitempty"`
	Asset  AssetID   `json:"asset"`
	Name   Name      `json:"name"`
	Says   string    `json:"says"`
	// Evidence are ids: actions, runs, versions.
	Evidence []string `json:"evidence,omitempty"`
}

// AlertQuery selects alerts, newest first; given fields all must hold.
type AlertQuery struct {
	Policy string
	Assets []AssetID
	Before int64 // Seq, exclusive; 0: newest
	Limit  int   // 0: 50
}

// SwitchScope is how much a kill switch stops.
type SwitchScope string

// The scopes. Namespace is that of the asset that a policy selects.
const (
	ScopeGlobal    SwitchScope = "GLOBAL"
	ScopeTool      SwitchScope = "TOOL"
	ScopePolicy    SwitchScope = "POLICY"
	ScopeNamespace SwitchScope = "NAMESPACE"
)

// Switch is a kill switch: on, nothing is sent in its scope and nobody is held.
type Switch struct {
	Scope SwitchScope `json:"scope"`
	// Name is the connector, policy or namespace; "" for all.
	Name   string    `json:"name,omitempty"`
	On     bool      `json:"on"`
	Actor  string    `json:"actor"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	// Seq is its place in the ledger, which gives it; 0: not written down.
	Seq int64 `json:"seq,omitempty"`
}

// SwitchQuery selects what was switched, newest first.
type SwitchQuery struct {
	// Before is the Seq of the last one known; 0: from the newest.
	Before int64
	Limit  int
}

// ID names what the ledger wrote down.
func (s Switch) ID() string { return "switch_" + strconv.FormatInt(s.Seq, 10) }

// String says what it stops.
func (s Switch) String() string {
	switch s.Scope {
	case ScopeTool:
		return "the kill switch of tool " + s.Name
	case ScopePolicy:
		return "the kill switch of policy " + s.Name
	case ScopeNamespace:
		return "the kill switch of namespace " + s.Name
	}
	return "the kill switch"
}

// Covers reports whether it stops what a policy does by a tool to an asset, which
// goes by names of these namespaces.
func (s Switch) Covers(policy, tool string, namespaces ...string) bool {
	switch s.Scope {
	case ScopeGlobal:
		return true
	case ScopeTool:
		return s.Name == tool && tool != ""
	case ScopePolicy:
		return s.Name == policy
	case ScopeNamespace:
		return slices.Contains(namespaces, s.Name)
	}
	return false
}
