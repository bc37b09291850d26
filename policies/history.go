package policies

import (
	"context"
	"time"

	"github.com/weirhq/weir/catalog"
)

// History is what the state store knows of names, runs, versions and checks.
// Every answer covers all names of an asset, so a merge needs no care here.
// It is as new as Position says.
type History interface {
	Position(ctx context.Context) (catalog.Position, error)

	// Resolve gives the asset a name belongs to. A name never seen resolves
	// to the id it would have, with seen false.
	Resolve(ctx context.Context, n catalog.Name) (id catalog.AssetID, seen bool, err error)

	// Canonical maps any id an asset ever had to its present one; an id never
	// given maps to itself.
	Canonical(ctx context.Context, id catalog.AssetID) (catalog.AssetID, error)

	// Assets returns canonical rows; unknown ids are left out.
	Assets(ctx context.Context, ids []catalog.AssetID) ([]catalog.Asset, error)

	// Select lists assets whose preferred or other name matches, for globs
	// ("*" any run of characters) in policies; at most limit, by name.
	Select(ctx context.Context, t catalog.AssetType, glob string, limit int) ([]catalog.Asset, error)

	// Versions lists versions newest first (catalog.Version.Before reversed).
	Versions(ctx context.Context, q VersionQuery) ([]catalog.Version, error)

	// Runs lists runs newest first by StartedAt, then runId.
	Runs(ctx context.Context, q RunQuery) ([]catalog.Run, error)

	// Checks lists check results of a dataset newest first.
	Checks(ctx context.Context, q CheckQuery) ([]catalog.Check, error)

	// LastLook is the newest verified look at the dataset's data time; zero
	// values when nobody looked.
	LastLook(ctx context.Context, dataset catalog.AssetID) (Look, error)
}

// VersionQuery selects versions of one dataset.
type VersionQuery struct {
	Dataset catalog.AssetID
	// Before bounds ProducedAt (exclusive); zero: no bound.
	Before time.Time
	// After bounds ProducedAt (exclusive); zero: no bound.
	After time.Time
	// Untainted leaves out versions of failed runs.
	Untainted bool
	// Run selects the versions one run made.
	Run   catalog.RunKey
	Limit int // 0: 20
}

// RunQuery selects runs; given fields all must hold.
type RunQuery struct {
	Jobs []catalog.AssetID
	// Keys or RunIDs select by identity.
	Keys   []catalog.RunKey
	RunIDs []string
	// ParentRunIDs match the run's parent or root run id.
	ParentRunIDs []string
	// DirectParentRunIDs match the run's parent run id only.
	DirectParentRunIDs []string
	ExternalIDs        []string
	States             []catalog.RunState
	StartedBefore      time.Time
	StartedAfter       time.Time
	Limit              int // 0: 20
}

// CheckQuery selects check results of one dataset.
type CheckQuery struct {
	Dataset catalog.AssetID
	Since   time.Time
	Limit   int // 0: 200
}

// Look is a verified observation of data time without a run.
type Look struct {
	// DataTime is the newest data time seen, At the event time of the look.
	DataTime time.Time
	At       time.Time
}
