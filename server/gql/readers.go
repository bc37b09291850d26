package gql

import (
	"context"
	"log/slog"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/search"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/attention"
	"github.com/weirhq/weir/server/gql/model"
)

// History reads names, runs, versions and checks (state/sqlite.History).
type History interface {
	Position(ctx context.Context) (catalog.Position, error)
	Resolve(ctx context.Context, n catalog.Name) (id catalog.AssetID, seen bool, err error)
	Canonical(ctx context.Context, id catalog.AssetID) (catalog.AssetID, error)
	Assets(ctx context.Context, ids []catalog.AssetID) ([]catalog.Asset, error)
	Named(ctx context.Context, ids []catalog.AssetID) ([]catalog.NamedAsset, error)
	LastSeen(ctx context.Context, id catalog.AssetID) (time.Time, error)
	AssetFacets(ctx context.Context, id catalog.AssetID, keys []string) ([]catalog.Facet, error)
	RunFacets(ctx context.Context, k catalog.RunKey, keys []string) ([]catalog.Facet, error)
	Versions(ctx context.Context, q catalog.VersionQuery) ([]catalog.Version, error)
	Runs(ctx context.Context, q catalog.RunQuery) ([]catalog.Run, error)
	// LatestRuns reads the newest run of each job.
	LatestRuns(ctx context.Context, jobs []catalog.AssetID) ([]catalog.Run, error)
	// FailedJobs are those whose newest run failed.
	FailedJobs(ctx context.Context) (map[catalog.AssetID]struct{}, error)
	// RunDays sums up what retention removed, newest day first.
	RunDays(ctx context.Context, job catalog.AssetID, limit int) ([]catalog.RunDay, error)
	Checks(ctx context.Context, q catalog.CheckQuery) ([]catalog.Check, error)
	Statements(ctx context.Context, id catalog.AssetID) ([]catalog.Statement, error)
	StatementsAbout(ctx context.Context, names []catalog.Name) ([]catalog.Statement, error)
	StatementAt(ctx context.Context, pos catalog.Position) (catalog.Statement, error)
	Conflicts(ctx context.Context) ([]catalog.Conflict, error)
	Suggestions(ctx context.Context) (list []catalog.Suggestion, complete bool, err error)
	// Foresee names the assets that a merge or split would end, and those that
	// would come of it; the first name of each has its id.
	Foresee(ctx context.Context, op catalog.OperatorFact) (now, then [][]catalog.Name, err error)
}

// Graph walks what is connected now (graph.Topology).
type Graph interface {
	graph.Neighbourer
	Position(ctx context.Context) (catalog.Position, error)
	// Stated lists the edges between other assets that a job states.
	Stated(job catalog.AssetID) []catalog.Edge
}

// Walker walks, and says where it stands.
type Walker interface {
	graph.Neighbourer
	Position(ctx context.Context) (catalog.Position, error)
}

// Store answers for other times (graph.Store).
type Store interface {
	graph.Neighbourer
	Position(ctx context.Context) (catalog.Position, error)
}

// Search lists and finds assets (search.Index).
type Search interface {
	Find(ctx context.Context, q search.Query) (search.Page, error)
	Counts(ctx context.Context, q search.Query) (search.Counts, error)
	// Short is how many assets are not searched whole.
	Short(ctx context.Context) (int, error)
	Position(ctx context.Context) (catalog.Position, error)
}

// Ledger reads what was decided and done (policies.Ledger).
type Ledger interface {
	Decisions(ctx context.Context, q catalog.DecisionQuery) ([]catalog.Decision, error)
	Actions(ctx context.Context, q catalog.ActionQuery) ([]catalog.Action, error)
	Breaches(ctx context.Context, q catalog.BreachQuery) ([]catalog.Breach, error)
	Alerts(ctx context.Context, q catalog.AlertQuery) ([]catalog.Alert, error)
	GateAnswers(ctx context.Context, q catalog.GateQuery) ([]catalog.GateAnswer, error)
	Switches(ctx context.Context) ([]catalog.Switch, error)
	SetSwitch(ctx context.Context, s catalog.Switch) (catalog.Switch, error)
	Switched(ctx context.Context, q catalog.SwitchQuery) ([]catalog.Switch, error)
}

// Judge says what policies make of the present (policies.Evaluator).
type Judge interface {
	Evaluations() []policies.Evaluated
	EvaluationsOf(ids ...catalog.AssetID) []policies.Evaluated
	Why(ctx context.Context, id catalog.AssetID) ([]catalog.Decision, error)
}

// Policies are those in force (policies.Live).
type Policies interface {
	Get() *policies.Set
}

// Selector lists what a policy is about (policies.Gatherer).
type Selector interface {
	Selected(ctx context.Context, p *policies.Policy) ([]catalog.AssetID, error)
	Shadow(ctx context.Context, q policies.ShadowQuery) (policies.ShadowReport, error)
}

// Gate answers whether a job may run (policies.Gate).
type Gate interface {
	Ask(ctx context.Context, q policies.GateRequest) (catalog.GateAnswer, error)
}

// Requests is how people act (policies.Requests).
type Requests interface {
	Run(ctx context.Context, q policies.RunRequest) (catalog.Action, error)
	Backfill(ctx context.Context, q policies.BackfillRequest) (catalog.Action, error)
	Cancel(ctx context.Context, q policies.Ask, id string) (catalog.Action, error)
	CancelRun(ctx context.Context, q policies.Ask, run catalog.RunKey) (catalog.Action, error)
	Rerun(ctx context.Context, q policies.RerunRequest) (catalog.Action, error)
	Pause(ctx context.Context, q policies.Ask, p policies.Place) (catalog.Action, error)
	Resume(ctx context.Context, q policies.Ask, p policies.Place) (catalog.Action, error)
	// Preview, Touches, SwitchTouches and Waits say what an act would do.
	Preview(ctx context.Context, p policies.Place) ([]policies.CatchupView, error)
	Touches(ctx context.Context, a catalog.Action) ([]policies.Touched, error)
	SwitchTouches(ctx context.Context, s catalog.Switch) ([]policies.Touched, error)
	Waits(ctx context.Context, a catalog.Action) ([]string, error)
	Skip(ctx context.Context, q policies.Ask, asset catalog.AssetID) (catalog.Action, error)
	Hold(ctx context.Context, q policies.Ask, asset catalog.AssetID) (catalog.Action, error)
	Release(ctx context.Context, q policies.Ask, asset catalog.AssetID) (catalog.Action, error)
}

// Approvals is where people answer what weir asks (policies.Approvals).
type Approvals interface {
	Approve(ctx context.Context, w policies.Answer) ([]catalog.Action, error)
	Reject(ctx context.Context, w policies.Answer) ([]catalog.Action, error)
	Resolve(ctx context.Context, f policies.Finding) (catalog.Action, error)
}

// Desk files what people state (ingest.Desk).
type Desk interface {
	State(ctx context.Context, decide func(context.Context) (catalog.OperatorFact, error)) (catalog.Statement, error)
	// Draft is State up to where that files: what would be stated, or what says so
	// already.
	Draft(ctx context.Context, decide func(context.Context) (catalog.OperatorFact, error)) (f catalog.OperatorFact, stands *catalog.Statement, err error)
}

// Status is how weir itself is.
type Status struct {
	Version string
	// Ready: decisions are being made. Reasons say why not.
	Ready   bool
	Reasons []string
	// Degraded lists what does not work as it should.
	Degraded []string
	// Position is what is projected, End the journal's end.
	Position, End catalog.Position
	GraphBackend  string
	// StartedAt is when this weir was started; zero unknown.
	StartedAt time.Time
	// Faults is what is wrong with a store, by its name: journal, history, graph
	// or search.
	Faults map[string]error
}

// Options are all readers of the resolvers. All are needed, save those that
// say otherwise.
type Options struct {
	History History
	Graph   Graph
	// Lineage is Graph with what policies declare: what lineage, paths, scenes and
	// impact of the present walk; nil: Graph.
	Lineage Walker
	Store   Store
	// StoreWait returns when Store has passed pos, or with ctx; nil: Store is
	// never behind.
	StoreWait func(ctx context.Context, pos catalog.Position) error

	Search   Search
	Ledger   Ledger
	Judge    Judge
	Selector Selector
	Policies Policies
	Gate     Gate
	// Waiting lists who waits at the gate, of any namespace; nil: nobody.
	Waiting  func() []policies.Waiter
	Requests Requests
	// Approvals takes answers to actions that wait for approval.
	Approvals Approvals
	// Drafts and DraftApprovals are Requests and Approvals that write nothing;
	// told is given what would have been written.
	Drafts         func(told func(catalog.Decision, catalog.Action)) Requests
	DraftApprovals func(told func(catalog.Action)) Approvals
	// Outbox lists what people were told.
	Outbox Outbox
	// Acks keeps who looks after what is wrong; Acked is told of a new word
	// and of what it is about.
	Acks  Acks
	Acked func(catalog.Ack, attention.Group)
	Desk  Desk
	// PolicyDesk plans policies and puts them in force.
	PolicyDesk PolicyDesk
	// Quarantine keeps what made no facts.
	Quarantine Quarantine
	// Tools lists the connectors as last seen; nil: none.
	Tools func(ctx context.Context) []model.Tool
	// Status says how weir is; nil: ready, of unknown version.
	Status func(ctx context.Context) Status

	// Configuration lists the settings as they were loaded, without secrets; nil:
	// none.
	Configuration func(ctx context.Context) []model.Setting

	// Doctor looks whether weir and what it talks to are well; nil: it finds
	// nothing.
	Doctor func(ctx context.Context) (model.DoctorReport, error)

	// Intake says how events come in; nil: not known.
	Intake func(ctx context.Context) (model.Intake, error)

	// Liveness says how long a run without an end is believed to go on; zero:
	// for ever.
	Liveness catalog.Liveness

	Now    func() time.Time
	Logger *slog.Logger

	// veil lies before the readers of a caller who may not read everything.
	veil *veil
}
