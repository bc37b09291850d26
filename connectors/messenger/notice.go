package messenger

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// State is what a notice says of its incident.
type State string

// The states: an incident opens, may spread to more assets, and is resolved.
const (
	Opened   State = "opened"
	Spread   State = "spread"
	Resolved State = "resolved"
)

// Notice is one message about an incident.
type Notice struct {
	// ID is this notice's, the same at each attempt.
	ID string `json:"id"`
	// Incident is the same from the first notice to the last of one incident.
	Incident string `json:"incident"`
	State    State  `json:"state"`
	// Kind is what is wrong, a catalog.IncidentKind.
	Kind   string `json:"kind"`
	Policy string `json:"policy"`
	Owner  string `json:"owner,omitempty"`
	// CausedBy is the owner of the step that holds the assets up, where the
	// notice is for that owner.
	CausedBy string `json:"causedBy,omitempty"`
	// Subjects are the assets concerned, the first few of them; Total counts all.
	Subjects []Subject `json:"subjects"`
	Total    int       `json:"total"`
	At       time.Time `json:"at"`
}

// Subject is one asset of an incident.
type Subject = catalog.IncidentSubject

// headlines say a kind for people.
var headlines = map[string]string{
	"failed": "Failed", "lost": "Out of sight", "late": "Late", "at_risk": "At risk", "approval": "Waits for approval",
	"breaker": "Breaker open", "fan_out": "Too many runs of one change", "kill_switch": "Stopped",
}

// Headline is the notice in one line.
func (n Notice) Headline() string {
	word := headlines[n.Kind]
	if n.State == Resolved {
		word = "Resolved (" + strings.ToLower(word) + ")"
	}
	what := "no asset"
	if len(n.Subjects) > 0 {
		what = n.Subjects[0].Asset
	}
	if n.Total > 1 {
		what += fmt.Sprintf(" and %d more", n.Total-1)
	}
	switch {
	case n.Policy == "":
		return fmt.Sprintf("%s: %s", word, what)
	case n.CausedBy != "":
		return fmt.Sprintf("%s, held up by a step of %s: %s (policy %s of %s)", word, n.CausedBy, what, n.Policy, cmp.Or(n.Owner, "nobody"))
	}
	return fmt.Sprintf("%s: %s (policy %s)", word, what, n.Policy)
}

// text lists what is known of each asset.
func (n Notice) text() string {
	var b strings.Builder
	for _, s := range n.Subjects {
		fmt.Fprintf(&b, "%s: %s\n", s.Asset, s.Says)
	}
	if more := n.Total - len(n.Subjects); more > 0 {
		fmt.Fprintf(&b, "and %d more\n", more)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Messenger hands a notice to one destination.
type Messenger interface {
	// Send delivers it. thread is what the delivery of the incident's first
	// notice gave back, "" for that one itself; the same is given back when the
	// destination knows no threads. Errors are *Refusal.
	Send(ctx context.Context, n Notice, thread string) (string, error)
}

// Refusal is why a notice was not delivered.
type Refusal struct {
	// Final: the same notice will be refused again.
	Final bool
	// RetryAfter is how long the destination asks to wait; 0: it does not say.
	RetryAfter time.Duration
	What       string
	Cause      error
}

// Error says what happened, never where a secret address leads.
func (r *Refusal) Error() string {
	if r.Cause != nil {
		return r.What + ": " + r.Cause.Error()
	}
	return r.What
}

// Unwrap gives the cause.
func (r *Refusal) Unwrap() error { return r.Cause }
