package catalog

import "time"

// IncidentKind is what is wrong.
type IncidentKind string

// The kinds, as policies name them.
const (
	IncidentFailed   IncidentKind = "failed"   // weir's last action failed, was refused or expired
	IncidentLost     IncidentKind = "lost"     // what became of weir's last action is not known
	IncidentLate     IncidentKind = "late"     // a deadline has passed
	IncidentAtRisk   IncidentKind = "at_risk"  // a run is wanted and cannot begin
	IncidentApproval IncidentKind = "approval" // an action waits for a person
	IncidentBreaker  IncidentKind = "breaker"  // too many failures in a row: nothing is started
	IncidentFanOut   IncidentKind = "fan_out"  // a change leads to more than it may: the rest waits for a person
	IncidentSwitch   IncidentKind = "kill_switch"
)

// IncidentKinds are all of them.
var IncidentKinds = []IncidentKind{IncidentFailed, IncidentLost, IncidentLate, IncidentAtRisk, IncidentApproval, IncidentBreaker, IncidentFanOut, IncidentSwitch}

// Incident is something that is wrong now by one policy, with all assets that
// it is wrong of: who is told is told once of the group. Of a kill switch that
// operators are told of, Policy is empty.
type Incident struct {
	// ID is of this incident; the next of the same policy and kind has another.
	ID     string       `json:"id"`
	Policy string       `json:"policy"`
	Kind   IncidentKind `json:"kind"`
	Owner  string       `json:"owner,omitempty"`
	// CausedBy is the owner of the step upstream that holds the assets up, where
	// it is that owner who is told; "": the policy's owner is, and whom it names.
	CausedBy string `json:"causedBy,omitempty"`
	// Destinations are those that were told at its opening; they are told its end.
	Destinations []string          `json:"destinations"`
	Subjects     []IncidentSubject `json:"subjects"`
	OpenedAt     time.Time         `json:"openedAt"`
	// Notices is how often there was something to tell.
	Notices int `json:"notices"`
}

// IncidentSubject is one asset of an incident.
type IncidentSubject struct {
	ID    AssetID `json:"id"`
	Asset string  `json:"asset"`
	// Action is weir's action, where one failed or waits.
	Action string    `json:"action,omitempty"`
	Says   string    `json:"says"`
	Since  time.Time `json:"since"`
}

// NoticeState is how far the delivery of a notice is.
type NoticeState string

// The states of a notice. A dead one is kept, shown and not tried again; a moot
// one is the end of what its destination never heard of.
const (
	NoticePending NoticeState = "PENDING"
	NoticeSent    NoticeState = "SENT"
	NoticeDead    NoticeState = "DEAD"
	NoticeMoot    NoticeState = "MOOT"
)

// Notice is one message to one destination, as the outbox keeps it.
type Notice struct {
	// ID is the same at each attempt: the receiver can drop a second one.
	ID          string
	Incident    string
	Destination string
	State       NoticeState
	At          time.Time
	// Due is when it is tried next.
	Due      time.Time
	Attempts int
	// Thread is what the destination answered to the first of the incident.
	Thread string
	// Unheard: what was to be told before it of the incident was given up, all of
	// it, there.
	Unheard bool
	// Error is why the last attempt failed.
	Error string
	// Body is what is to be told, as JSON.
	Body []byte
	// N orders the notices of a ledger.
	N int64
}

// NoticeQuery selects notices, newest first; given fields all must hold.
type NoticeQuery struct {
	State    NoticeState
	Incident string
	Before   int64 // N, exclusive; 0: newest
	Limit    int   // 0: 100
}
