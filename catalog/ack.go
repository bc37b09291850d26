package catalog

import "time"

// AckHolds is how long an acknowledgement holds at most: who looks after
// something for longer says so again.
const AckHolds = 7 * 24 * time.Hour

// Ack is somebody's word that something wrong is known and looked after. It
// starts and stops nothing.
type Ack struct {
	// Cause names what is wrong, by its root cause (attention.Group.ID).
	Cause  string    `json:"cause"`
	Actor  string    `json:"actor"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	// Members are what was wrong because of it then; what joins later is news.
	Members []string `json:"members,omitempty"`
	// Back takes the word back.
	Back bool `json:"back,omitempty"`
}
