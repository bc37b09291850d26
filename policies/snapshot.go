package policies

import (
	"time"

	"github.com/weirhq/weir/catalog"
)

// Snapshot is everything Decide looks at, for one policy and one asset: plain
// values, read at one time. Nothing in it is later than At.
type Snapshot struct {
	// Asset is what the policy selects; Name its preferred name.
	Asset catalog.AssetID
	Name  catalog.Name
	// Written is the name that stands in the ledger: the policy's own word,
	// which no merge or split changes.
	Written catalog.Name
	// IDs are all ids the asset has had, for rows written before a merge.
	IDs []catalog.AssetID
	// Produced is the newest untainted version of the asset, or for a job the
	// last successful run in the form of a version; nil when there is none.
	Produced *catalog.Version
	// StartedAt is the last own start of any outcome; zero when none.
	StartedAt time.Time

	Inputs []InputView
	// Lag is what the roots say; only gathered for max_lag, by and fresh.
	Lag LagView

	// Running are runs that keep the target from being idle.
	Running []RunView
	// Open are actions on the same target that are not closed, without the
	// one being decided.
	Open []catalog.Action
	// Spent holds every demand element of the target's closed actions.
	Spent map[catalog.DemandElement]bool

	// Done is the newest action on the asset that succeeded.
	Done *catalog.Action
	// NoEvents is the target of the newest action that succeeded without any
	// version coming of it: what it made is not known.
	NoEvents string

	// Timing is what is known about durations and deadlines.
	Timing TimingView
	// Unlisted are inputs that the last success read and the policy does not list,
	// and UnlistedCut that there are more: only for skip_unchanged.
	Unlisted    []InputView
	UnlistedCut bool
	// Overwritten: a run that failed wrote the asset after Produced, or for a job
	// ended after it: only for skip_unchanged.
	Overwritten bool
	// Observed are what the last success read, and ObservedCut that it read
	// more; Code is the code that would run, Signals are the tags
	// that are one: only where a condition asks. Calendars are all there are.
	Observed    []InputView
	ObservedCut bool
	Code        catalog.Code
	Signals     []catalog.Tag
	Calendars   []CalendarView

	// Parts are the partitions that may be wanted, in the order of their starts,
	// of a policy with want: partition; EverMade: any was made. Part is the one
	// that a narrowed snapshot is about.
	Parts    []PartView
	PartsCut bool
	EverMade bool
	// Backlog counts the partitions that a backfill is to make, BackfillUntil is
	// until when a person's word to it holds.
	Backlog       int
	BackfillUntil time.Time
	Part          *PartView
	// NoPart says why there is no partition of the key that a gate is asked about.
	NoPart string
	// Gated are runs of a job that the gate let through for a partition, which
	// stand in neither Running nor Leases.
	Gated []GatedRun
	// failed is when a run for a partition failed last.
	failed map[string]time.Time

	// KillSwitch: a switch that covers the policy, the tool or the asset is on;
	// Switch says which.
	KillSwitch bool
	// Standing is what people have ordered.
	Standing Standing
	Switch   string
	// Admission is what the admission looks at.
	AdmissionView
	// Equal names other acting policies of the same rank on the asset: then
	// none of them acts (E103).
	Equal []string
	// Leases are places the gate gave to runs of the asset that have not
	// started yet.
	Leases []catalog.GateAnswer
	// dated: the watermark of every input is read.
	dated bool
	// asking are the ids of the run that asks a gate and of what it runs in.
	asking map[string]bool
	// Resolved is what would be started; ResolveErr why nothing can be.
	Resolved   ResolvedTarget
	ResolveErr string
	// AskAgain: the connectors may answer otherwise in a while.
	AskAgain bool
}

// ResolvedTarget is what an action starts.
type ResolvedTarget struct {
	Connector, ToolJob string
	// Explicit: the policy named it.
	Explicit bool
}

// InputView is one input as it stands.
type InputView struct {
	Input
	Asset catalog.AssetID
	Name  catalog.Name
	// Written is the policy's own word for it, which pins keep.
	Written catalog.Name
	Seen    bool
	// Newest is the newest untainted version; nil when none. Tainted is set
	// when a failed run wrote after it.
	Newest  *catalog.Version
	Tainted bool
	// Pinned is the version the last success read; nil when none did.
	Pinned *catalog.Version
	// Read is Pinned without a person's word that no run is needed: what the last
	// success truly read, as far as is known.
	Read *catalog.Version
	// Own: Newest was made inside a run tree of the target itself.
	Own bool
	// Checked is checks_ok for Newest.
	Checked CheckView
	// Watermark is the oldest root's time in Newest, where somebody asks for it;
	// zero unknown.
	Watermark time.Time
	// SilentSince is set when the connector that should tell of this input
	// has been silent beyond its heartbeat.
	SilentSince time.Time
	// Part is what it has for the partition that a snapshot is narrowed to.
	Part *PartInput
	// Behind is how far the last success is behind it; only for versions_behind.
	Behind Behind
	// Asked is what only some conditions ask of an input.
	Asked Asked

	newestID, pinnedID identified
	// aged is the watermark of Pinned, where it was read already.
	aged *mark
}

// pinnedAge is the watermark of what the last success read.
func (v *InputView) pinnedAge(r *reader) (mark, error) {
	if v.aged != nil {
		return *v.aged, nil
	}
	return r.watermark(*v.Pinned, 0)
}

// identified is the id of a version, which is costly to work out.
type identified struct {
	version *catalog.Version
	id      string
}

func identify(v *catalog.Version) identified {
	if v == nil {
		return identified{}
	}
	return identified{v, v.ID()}
}

// of is the id of a version: the known one, if it is that version's.
func (x identified) of(v *catalog.Version) string {
	if x.version == v {
		return x.id
	}
	return v.ID()
}

// CheckView is the state of the checks on the version to be pinned.
type CheckView struct {
	Value    catalog.Ternary
	Says     string
	Evidence []string
}

// LagView is the freshness of the asset by its roots.
type LagView struct {
	// Watermark is the oldest root's time; zero unknown. Because names it.
	Watermark time.Time
	Because   catalog.Name
	BecauseID catalog.AssetID
	// News are the versions that a run would take in: without them nothing is
	// gained by running.
	News []string
}

// RunView is a run that is going on.
type RunView struct {
	Key       catalog.RunKey
	StartedAt time.Time
	// SilentAt is when it counts as ended for want of a word.
	SilentAt time.Time
}
