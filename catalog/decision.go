package catalog

import "time"

// Mode is how much a policy may do; each includes those before it.
type Mode string

// The modes.
const (
	ModeObserve   Mode = "OBSERVE"
	ModeShadow    Mode = "SHADOW"
	ModeGate      Mode = "GATE"
	ModeAct       Mode = "ACT"
	ModeActCancel Mode = "ACT_CANCEL"
)

// Ternary is Kleene's truth value.
type Ternary string

// The truth values.
const (
	True    Ternary = "TRUE"
	False   Ternary = "FALSE"
	Unknown Ternary = "UNKNOWN"
)

// And is Kleene's conjunction.
func (t Ternary) And(o Ternary) Ternary {
	switch {
	case t == False || o == False:
		return False
	case t == Unknown || o == Unknown:
		return Unknown
	}
	return True
}

// Or is Kleene's disjunction.
func (t Ternary) Or(o Ternary) Ternary {
	switch {
	case t == True || o == True:
		return True
	case t == Unknown || o == Unknown:
		return Unknown
	}
	return False
}

// Not is Kleene's negation.
func (t Ternary) Not() Ternary {
	switch t {
	case True:
		return False
	case False:
		return True
	}
	return Unknown
}

// Truth converts a bool.
func Truth(b bool) Ternary {
	if b {
		return True
	}
	return False
}

// Reason is one node of an evaluated policy tree: what was asked, the answer,
// a sentence for people, the evidence, and when the answer may change by the
// passing of time alone (zero: only by new events).
type Reason struct {
	Atom        string    `json:"atom"`
	Value       Ternary   `json:"value"`
	Says        string    `json:"says"`
	Evidence    []string  `json:"evidence,omitempty"`
	MayChangeAt time.Time `json:"mayChangeAt,omitzero"`
	Children    []Reason  `json:"children,omitempty"`
}

// DecisionOutcome is what weir concluded.
type DecisionOutcome string

// The decision outcomes.
const (
	DecideRun     DecisionOutcome = "RUN"
	DecideWait    DecisionOutcome = "WAIT"
	DecideSkip    DecisionOutcome = "SKIP"
	DecideDeny    DecisionOutcome = "DENY"
	DecideHold    DecisionOutcome = "HOLD"
	DecideNothing DecisionOutcome = "NOTHING"
)

// Pin says which version of an input a version, run or action used.
type Pin struct {
	// Input is the asset, Name its preferred name when the pin was made.
	Input AssetID `json:"input"`
	Name  Name    `json:"name"`
	// Version is Version.ID.
	Version string `json:"version"`
	// Partition is that of the version; "" the whole.
	Partition  string    `json:"partition,omitempty"`
	ProducedAt time.Time `json:"producedAt"`
}

// Decision is one recorded evaluation; kept only when it changed.
type Decision struct {
	ID     string    `json:"id"`
	Seq    int64     `json:"seq"`
	At     time.Time `json:"at"`
	Policy string    `json:"policy"`
	Mode   Mode      `json:"mode"`
	Target AssetID   `json:"target"`
	Name   Name      `json:"name"`
	// Partition is what it is about; "" the whole.
	Partition string          `json:"partition,omitempty"`
	Outcome   DecisionOutcome `json:"outcome"`
	Tree      Reason          `json:"tree"`
	Position  Position        `json:"position"`
	Action    string          `json:"action,omitempty"`
	Gate      *GateAnswer     `json:"gate,omitempty"`
	// Reuse is the proof of a SKIP because nothing has changed.
	Reuse *Reuse `json:"reuse,omitempty"`
}

// ActionKind is what is asked of a tool.
type ActionKind string

// The action kinds.
const (
	ActionTrigger  ActionKind = "TRIGGER"
	ActionRerun    ActionKind = "RERUN"
	ActionBackfill ActionKind = "BACKFILL"
	ActionCancel   ActionKind = "CANCEL"
	ActionPause    ActionKind = "PAUSE"
	ActionResume   ActionKind = "RESUME"
	ActionSkip     ActionKind = "SKIP"
	ActionHold     ActionKind = "HOLD"
	ActionRelease  ActionKind = "RELEASE"
	ActionNotify   ActionKind = "NOTIFY"
)

// ActionState is where an action stands.
type ActionState string

// The action states.
const (
	ActionProposed         ActionState = "PROPOSED"
	ActionAwaitingApproval ActionState = "AWAITING_APPROVAL"
	ActionPlanned          ActionState = "PLANNED"
	ActionHeld             ActionState = "HELD"
	ActionReady            ActionState = "READY"
	ActionDispatching      ActionState = "DISPATCHING"
	ActionAmbiguous        ActionState = "AMBIGUOUS"
	ActionAccepted         ActionState = "ACCEPTED"
	ActionRunning          ActionState = "RUNNING"
	ActionCancelling       ActionState = "CANCELLING"
	ActionSucceeded        ActionState = "SUCCEEDED"
	ActionFailed           ActionState = "FAILED"
	ActionCancelled        ActionState = "CANCELLED"
	ActionRefused          ActionState = "REFUSED"
	ActionRejected         ActionState = "REJECTED"
	ActionSkipped          ActionState = "SKIPPED"
	ActionShadowed         ActionState = "SHADOWED"
	ActionSuperseded       ActionState = "SUPERSEDED"
	ActionExpired          ActionState = "EXPIRED"
	ActionLost             ActionState = "LOST"
)

// Terminal reports whether the action is closed. LOST is not: it holds its
// target until an event, a poll or a person answers.
func (s ActionState) Terminal() bool {
	switch s {
	case ActionSucceeded, ActionFailed, ActionCancelled, ActionRefused, ActionRejected,
		ActionSkipped, ActionShadowed, ActionSuperseded, ActionExpired:
		return true
	}
	return false
}

// DemandElement is one thing a demand wants consumed: a version id of a
// trigger input, a tick, or "replace:<version id>".
type DemandElement string

// Action is something weir does to a tool, with its whole history.
type Action struct {
	ID    string      `json:"id"`
	Kind  ActionKind  `json:"kind"`
	State ActionState `json:"state"`
	// Target is the asset the policy selects; Connector and ToolJob are what
	// is started.
	Target    AssetID `json:"target"`
	Name      Name    `json:"name"`
	Connector string  `json:"connector"`
	ToolJob   string  `json:"toolJob"`
	Job       AssetID `json:"job,omitzero"`
	Partition string  `json:"partition,omitempty"`
	// Period is that of the partition, where it is one in time; Partial: it is
	// made of less than belongs to it.
	Period  *Period        `json:"period,omitempty"`
	Partial bool           `json:"partial,omitempty"`
	Params  map[string]any `json:"params,omitempty"`
	// Nominal is the time that the run is for; zero: for now.
	Nominal time.Time `json:"nominal,omitzero"`
	// Asked is set when a person asked for it; nil: a policy decided.
	Asked *Asked `json:"asked,omitempty"`
	// Of is the action that this one is about: what is cancelled, or run again.
	Of string `json:"of,omitempty"`
	// Parent is the backfill that this one is a part of; Plan is that of a
	// backfill itself.
	Parent string `json:"parent,omitempty"`
	Plan   *Plan  `json:"plan,omitempty"`
	// Whole makes a rerun one of all tasks, not only of those that failed.
	Whole bool `json:"whole,omitempty"`
	// Mark is how the tool told one try of the run from the next, just before
	// a rerun was sent.
	Mark string `json:"mark,omitempty"`
	// Policies are all causes, the deciding one first.
	Policies []string        `json:"policies"`
	Demand   []DemandElement `json:"demand,omitempty"`
	// Key is fixed in the transaction that writes DISPATCHING; "" before.
	Key     string `json:"key,omitempty"`
	Attempt int    `json:"attempt"`
	// Admission is what it was let through by, or waits for.
	Admission Admission `json:"admission,omitzero"`
	// RunAfter is frozen with the key, so that a resend is byte-equal.
	RunAfter time.Time `json:"runAfter,omitzero"`
	Pins     []Pin     `json:"pins,omitempty"`
	// Reuse is the proof of a skip that weir decided; nil: a person did.
	Reuse      *Reuse `json:"reuse,omitempty"`
	ExternalID string `json:"externalId,omitempty"`
	URL        string `json:"url,omitempty"`
	// ParentRunID is weir's own run, the OpenLineage parent of the tool's.
	ParentRunID string `json:"parentRunId,omitempty"`
	// PredictedRunIDs are OpenLineage run ids computed before the call.
	PredictedRunIDs []string           `json:"predictedRunIds,omitempty"`
	CreatedAt       time.Time          `json:"createdAt"`
	ValidUntil      time.Time          `json:"validUntil"`
	StartTimeout    time.Duration      `json:"startTimeout"`
	RunTimeout      time.Duration      `json:"runTimeout"`
	EventGrace      time.Duration      `json:"eventGrace"`
	Cause           string             `json:"cause,omitempty"` // Decision.ID
	Transitions     []ActionTransition `json:"transitions"`
	Run             RunKey             `json:"run"`
	// Seq orders ledger writes; it grows with each transition.
	Seq int64 `json:"seq"`
}

// Period is a time that a partition stands for: From is in it, To is not.
type Period struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Moved reports whether the action ever took the step.
func (a Action) Moved(from, to ActionState) bool { return a.Moves(from, to) > 0 }

// Moves counts how often the action took the step.
func (a Action) Moves(from, to ActionState) (n int) {
	for _, t := range a.Transitions {
		if t.From == from && t.To == to {
			n++
		}
	}
	return n
}

// ActionTransition is one append-only step of an action.
type ActionTransition struct {
	From  ActionState `json:"from"`
	To    ActionState `json:"to"`
	At    time.Time   `json:"at"`
	Actor string      `json:"actor"`
	// Cause is a sentence, Evidence an id (run, decision, poll).
	Cause    string `json:"cause"`
	Evidence string `json:"evidence,omitempty"`
}

// GateAnswer is the answer to "may I run now?".
type GateAnswer struct {
	Decision   DecisionOutcome `json:"decision"`
	DecisionID string          `json:"decisionId"`
	// Key and RunRef are the asker's; with the job they make an answer final.
	Job    Name   `json:"job"`
	Key    string `json:"key,omitempty"`
	RunRef string `json:"runRef,omitempty"`
	// Partition is the one that the run is to make; "": the asker named none.
	// Unnamed: the asker said of none, and the answer is about the one that matters
	// most. Nominal is the time that the run is for, as the asker wrote it.
	Partition string `json:"partition,omitempty"`
	Unnamed   bool   `json:"unnamed,omitempty"`
	Nominal   string `json:"nominal,omitempty"`
	// WouldHave is what an observing or shadow policy would have said.
	WouldHave       DecisionOutcome `json:"wouldHave,omitempty"`
	RetryAfter      time.Duration   `json:"retryAfter,omitempty"`
	ExpectedReadyAt time.Time       `json:"expectedReadyAt,omitzero"`
	Pins            []Pin           `json:"pins,omitempty"`
	Lease           *Lease          `json:"lease,omitempty"`
	Reasons         []string        `json:"reasons"`
	FirstAskedAt    time.Time       `json:"firstAskedAt"`
	At              time.Time       `json:"at"`
}

// Lease holds a place for a run that the gate let through, until it starts or
// the lease lapses.
type Lease struct {
	ID      string    `json:"id"`
	Expires time.Time `json:"expires"`
}
