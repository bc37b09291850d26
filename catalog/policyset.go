package catalog

import "time"

// PolicyFile is one file of policies as it was given.
type PolicyFile struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// PolicySet is a set of policies that was put in force over the API, with who
// did it, when and why. Versions count from 1 and are never changed.
type PolicySet struct {
	Version int64     `json:"version"`
	Seq     int64     `json:"seq"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Reason  string    `json:"reason,omitempty"`
	// Plan is the hash of the plan that was applied.
	Plan string `json:"plan"`
	// RollbackTo is the version whose files these are again; 0: none.
	RollbackTo int64        `json:"rollbackTo,omitempty"`
	Files      []PolicyFile `json:"files"`
	// Trials are the policies whose modes rose, NoTrial that whoever applied it
	// wanted the modes to hold at once.
	Trials  []PolicyTrial `json:"trials,omitempty"`
	NoTrial bool          `json:"noTrial,omitempty"`
}

// PolicyTrial is a policy that may do more than before, and does what it did
// until it has been seen what that would be.
type PolicyTrial struct {
	Policy string    `json:"policy"`
	From   Mode      `json:"from"`
	To     Mode      `json:"to"`
	Until  time.Time `json:"until"`
}
