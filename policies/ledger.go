package policies

import (
	"context"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Ledger is the only record of what weir decided and did. Every method is one
// durable transaction.
type Ledger interface {
	// Record keeps a decision when it says something new, and the action it
	// makes, together. It returns the decision with its sequence number.
	Record(ctx context.Context, d catalog.Decision, a *catalog.Action) (catalog.Decision, error)
	// LastDecision is the newest decision of a policy on an asset, under any of
	// the ids given, without
	// gate answers; ErrNotFound when there is none.
	LastDecision(ctx context.Context, policy string, assets ...catalog.AssetID) (catalog.Decision, error)
	// Decisions and Actions list newest first.
	Decisions(ctx context.Context, q DecisionQuery) ([]catalog.Decision, error)
	Actions(ctx context.Context, q ActionQuery) ([]catalog.Action, error)
	// Update moves an action: it fails with ErrConflict when the stored state
	// is not from, so that two writers cannot both move it.
	Update(ctx context.Context, from catalog.ActionState, a catalog.Action) (catalog.Action, error)

	// Ask keeps an action that was asked for, and the decision that explains it
	// (nil: a part of something that has one), unless its key was used before:
	// then what was kept then comes back, and made is false.
	Ask(ctx context.Context, d *catalog.Decision, a catalog.Action) (kept catalog.Action, made bool, err error)
	// Lead takes or renews the right to carry actions to tools, until now + ttl.
	// term is what the holder has, 0 for none. ErrConflict, with the present
	// Lead: another holder has it; ErrFenced: it was lost.
	Lead(ctx context.Context, holder string, term int64, now time.Time, ttl time.Duration) (catalog.Lead, error)
	// UpdateAs is Update by whoever has the lead: ErrFenced when a newer term
	// has begun.
	UpdateAs(ctx context.Context, term int64, from catalog.ActionState, a catalog.Action) (catalog.Action, error)

	// GateAnswer returns a final answer given before to the job under the name
	// it asked with, which no merge changes; ErrNotFound when none.
	GateAnswer(ctx context.Context, job catalog.Name, key, runRef string) (catalog.GateAnswer, error)
	// GateAnswers lists final answers, newest first.
	GateAnswers(ctx context.Context, q GateQuery) ([]catalog.GateAnswer, error)
	// GateAsked returns when the asker first asked, recording now if never.
	GateAsked(ctx context.Context, job catalog.Name, key, runRef string, now time.Time) (time.Time, error)
	// GateForget forgets that an asker asked, and the answer.
	GateForget(ctx context.Context, job catalog.Name, key, runRef string) error
	// RecordGate keeps a decision of the gate; a final one binds.
	RecordGate(ctx context.Context, d catalog.Decision, final bool) (catalog.Decision, error)

	// PutBreach keeps a breach, or what is new about one of the same id.
	PutBreach(ctx context.Context, b catalog.Breach) (catalog.Breach, error)
	// Breaches lists breaches, those written last first.
	Breaches(ctx context.Context, q BreachQuery) ([]catalog.Breach, error)

	SafetyLedger

	// Seq is the sequence number of the last ledger write.
	Seq(ctx context.Context) (int64, error)

	// Cursor and SetCursor keep a connector's poll cursor.
	Cursor(ctx context.Context, connector string) (string, error)
	SetCursor(ctx context.Context, connector, cursor string) error
}

// The queries of a Ledger.
type (
	DecisionQuery = catalog.DecisionQuery
	ActionQuery   = catalog.ActionQuery
	GateQuery     = catalog.GateQuery
	BreachQuery   = catalog.BreachQuery
)
