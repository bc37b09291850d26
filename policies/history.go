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

	// Follow gives the asset that a dataset was renamed to, over several
	// renames, while the old name is not written again; else the id itself.
	Follow(ctx context.Context, id catalog.AssetID) (catalog.AssetID, error)

	// Canonical maps any id an asset ever had to its present one; an id never
	// given maps to itself.
	Canonical(ctx context.Context, id catalog.AssetID) (catalog.AssetID, error)

	// Assets returns canonical rows; unknown ids are left out.
	Assets(ctx context.Context, ids []catalog.AssetID) ([]catalog.Asset, error)

	// Select lists assets whose preferred or other name matches, for globs
	// ("*" any run of characters) in policies; at most limit, by name.
	Select(ctx context.Context, t catalog.AssetType, glob string, limit int) ([]catalog.Asset, error)

	// Tagged lists assets that carry a tag of this key as a whole, whatever its
	// value; OfTool jobs that a tool reports (catalog.Asset.Integration, in any
	// case). At most limit, by name.
	Tagged(ctx context.Context, t catalog.AssetType, key string, limit int) ([]catalog.Asset, error)
	OfTool(ctx context.Context, tool string, limit int) ([]catalog.Asset, error)

	// Versions lists versions newest first (catalog.Version.Before reversed).
	Versions(ctx context.Context, q VersionQuery) ([]catalog.Version, error)

	// Runs lists runs newest first by StartedAt, then runId.
	Runs(ctx context.Context, q RunQuery) ([]catalog.Run, error)

	// Checks lists check results of a dataset newest first.
	Checks(ctx context.Context, q CheckQuery) ([]catalog.Check, error)

	// LastLook is the newest verified look that saw no data newer than a time
	// (zero: any look); zero values when nobody looked. What was written by then
	// was the newest until the look, whatever came later.
	LastLook(ctx context.Context, dataset catalog.AssetID, upTo time.Time) (Look, error)
}

// The queries of a History.
type (
	VersionQuery = catalog.VersionQuery
	RunQuery     = catalog.RunQuery
	CheckQuery   = catalog.CheckQuery
	Look         = catalog.Look
)
