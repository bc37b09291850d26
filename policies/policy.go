package policies

import (
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/weirhq/weir/catalog"
)

// Policy is one document of the policies directory, checked.
type Policy struct {
	Name  string
	Mode  catalog.Mode
	Owner string
	// File and Line say where it stands, YAML what it says.
	File string
	Line int
	YAML string
	body ast.Node

	Select  Selector
	Target  *Target
	Want    Want
	Inputs  []Input
	Ready   Ready
	OnFirst OnFirst
	// Partition is set for want: partition alone.
	Partition *Partitioning
	// OnUnknown: hold (default), run or skip.
	OnUnknown OnUnknown
	OnLate    OnLate

	// MinInterval and Quiet damp data-driven wants.
	MinInterval, Quiet time.Duration
	LeaseTTL           time.Duration
	StartTimeout       time.Duration
	RunTimeout         time.Duration
	EventGrace         time.Duration
	ValidFor           time.Duration
	SkipUnchanged      bool
	// Freeze: nothing is started before FreezeUntil, for FreezeReason.
	Freeze       bool
	FreezeUntil  time.Time
	FreezeReason string

	// Calendars apply to it by their names, Blackout is its own; OnBlackout is
	// how late it is meanwhile.
	Calendars  []string
	Blackout   Spans
	OnBlackout OnBlackout
	// Catchup: what becomes of what a pause left out.
	Catchup Catchup
	Timing  Timing
	Admit   Admit
	// Notify lists who hears of each kind of incident; nil: the policy does not
	// say.
	Notify map[catalog.IncidentKind][]string
	// Gives is the policy that it gives to what its assets are made of, where
	// that has none of its own; nil: none.
	Gives *Policy
	// Trial is set while a mode that rose is tried: Mode is then the one before.
	Trial *catalog.PolicyTrial
}

// Selector names what the policy is about: one asset, or all that match a glob
// over "NAMESPACE/NAME".
type Selector struct {
	Type catalog.AssetType
	// Text is what stands behind "dataset:" or "job:"; Exact is set when it
	// was given as namespace and name.
	Text  string
	Exact *catalog.Name
	// Tag (a key, or key=value) and Tool narrow a pattern.
	Tag, Tool string
	// Upstreams names a policy: what its assets are made of is selected, as far
	// as no policy that somebody wrote is about it.
	Upstreams string
}

// Glob reports whether the selector is a pattern.
func (s Selector) Glob() bool {
	return s.Upstreams != "" || s.Exact == nil && strings.Contains(s.Text, "*")
}

// rank orders selectors by how narrow they are: exact names before patterns,
// patterns by how much of the name they spell out, then by tag and tool. What
// another policy gives comes last.
func (s Selector) rank() int {
	if s.Upstreams != "" {
		return 0
	}
	if !s.Glob() {
		return 1 << 20
	}
	rank := 4 * (1 + len(strings.ReplaceAll(s.Text, "*", "")))
	if s.Tag != "" {
		rank += 2
	}
	if s.Tool != "" {
		rank++
	}
	return rank
}

// String is the form of the file.
func (s Selector) String() string {
	if s.Exact != nil {
		return s.Exact.String()
	}
	if s.Upstreams != "" {
		return "upstreams of " + s.Upstreams
	}
	out := s.Type.String() + ":" + s.Text
	if s.Tag != "" {
		out += " tag " + s.Tag
	}
	if s.Tool != "" {
		out += " tool " + s.Tool
	}
	return out
}

// Target is what is started to make the asset true.
type Target struct {
	Connector string
	// Job is the tool's own name.
	Job    string
	Params map[string]any
}

// WantKind is the form of a want.
type WantKind string

// The wants. Data: only inputs with trigger: true.
const (
	WantData   WantKind = "data"
	WantManual WantKind = "manual"
	WantMaxLag WantKind = "max_lag"
	WantMaxAge WantKind = "max_age"
	WantBy     WantKind = "by"
	// WantBehind: so many changed versions of its inputs may be unread.
	WantBehind WantKind = "versions_behind"
	// WantInherit: what the deadlines of its consumers ask for.
	WantInherit WantKind = "inherit"
	// WantPartition: every partition that is over is made.
	WantPartition WantKind = "partition"
)

// Want says when the asset is not as it should be.
type Want struct {
	Kind WantKind
	// Within is the bound of max_lag and max_age.
	Within time.Duration
	// Behind is that of versions_behind.
	Behind int
	// Cron (five fields) in TZ, and Covers, are those of by.
	Cron   string
	TZ     string
	Covers time.Duration
}

// Require is what an input must be before a run.
type Require string

// The requirements.
const (
	RequireNone    Require = "none"
	RequireExists  Require = "exists"
	RequireUpdated Require = "updated"
	RequireFresh   Require = "fresh"
	// RequireComplete: every mapped partition is there.
	RequireComplete Require = "complete"
)

// ChecksMode says which checks hold a consumer.
type ChecksMode string

// The check modes.
const (
	ChecksNone     ChecksMode = "none"
	ChecksBlocking ChecksMode = "blocking"
	ChecksAll      ChecksMode = "all"
)

// Input is a declared dependency.
type Input struct {
	Selector Selector
	Trigger  bool
	// Counted: versions_behind is about it.
	Counted bool
	Require Require
	// Fresh is the bound of require: {fresh: D}; 0: the input's own policy.
	Fresh time.Duration
	// Map says which of its partitions a partition of the asset is made of; nil:
	// it has none. Complete bounds require: complete.
	Map      *Map
	Complete Complete
	Checks   ChecksMode
	// Static inputs do not age the asset.
	Static bool
}

// Ready is the policy's own condition beside its inputs'.
type Ready struct {
	SelfIdle bool
	// Of are further conditions, all of which must hold.
	Of      []Condition
	MaxWait time.Duration
}

// OnFirst: what to do while nothing was ever made.
type OnFirst string

// The choices for a first run.
const (
	FirstWait OnFirst = "wait"
	FirstRun  OnFirst = "run"
)

// OnUnknown: what an unknown condition means.
type OnUnknown string

// The choices for the unknown.
const (
	UnknownHold OnUnknown = "hold"
	UnknownRun  OnUnknown = "run"
	UnknownSkip OnUnknown = "skip"
)

// Bounded reports whether the want is a bound in time, so that the asset can be
// late.
func (p *Policy) Bounded() bool {
	return p.Want.Kind == WantBy || p.Want.Kind == WantMaxLag || p.Want.Kind == WantMaxAge
}

// asksAge reports whether a decision may look at how old the data of any input is:
// of one that is required fresh it does in any case. What is upstream of an
// input may be most of a company, and is read for nobody else.
func (p *Policy) asksAge() bool {
	return p.timed() || p.Want.Kind == WantInherit || p.Ready.asks("fresh") || p.Ready.asks("same_time")
}

// Acts reports whether the policy may start things.
func (p *Policy) Acts() bool { return p.Mode == catalog.ModeAct || p.Mode == catalog.ModeActCancel }

// Gates reports whether the policy's gate answers bind.
func (p *Policy) Gates() bool { return p.Mode == catalog.ModeGate || p.Acts() }

// fault is what is wrong at a place of the policy's document.
func (p *Policy) fault(at place, code, hint, format string, args ...any) *FileError {
	e := &FileError{File: p.File, Line: p.Line, Code: code, What: fmt.Sprintf(format, args...), Hint: hint}
	if p.body != nil {
		e.Line, e.Column = at.in(p.body)
	}
	return e
}
