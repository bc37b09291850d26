package policies

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// FreshnessState is how fresh an asset is by one policy.
type FreshnessState string

// The freshness states. Late and failed are different things; unknown is one.
const (
	Fresh        FreshnessState = "FRESH"
	Due          FreshnessState = "DUE"
	AtRisk       FreshnessState = "AT_RISK"
	Late         FreshnessState = "LATE"
	FreshUnknown FreshnessState = "UNKNOWN"
	Exempt       FreshnessState = "EXEMPT"
	NoFreshness  FreshnessState = "NONE"
)

// Freshness is how fresh an asset is, and why.
type Freshness struct {
	State     FreshnessState
	Watermark time.Time
	Lag       time.Duration
	Deadline  time.Time
	Because   catalog.AssetID
	Says      string
	// ExpectedAt is when the data will be there, at the policy's confidence;
	// zero when nobody knows or nothing has to run.
	ExpectedAt time.Time
	// Meet is the chance that the deadline is met, where MeetKnown.
	Meet      float64
	MeetKnown bool
	// Cause is the step that keeps it; nil when nothing has to run.
	Cause *Cause
}

// FreshnessOf reads an evaluation as freshness. A policy without a bound in
// time knows only whether it waits for something.
func FreshnessOf(e Evaluated) Freshness {
	if e.Told != nil {
		return *e.Told
	}
	l := e.Snapshot.Lag
	f := Freshness{Watermark: l.Watermark, Because: l.BecauseID}
	if !l.Watermark.IsZero() {
		f.Lag = e.At.Sub(l.Watermark)
	}
	foresee(&f, e)
	blackout, dark := e.exempt()
	switch {
	case e.Policy.Frozen(e.At):
		f.State, f.Says = Exempt, "the policy is "+e.Policy.frozenSays()
	case dark:
		f.State, f.Says = Exempt, blackout
	case e.Snapshot.NoEvents != "":
		f.State, f.Says = FreshUnknown, "no events from "+e.Snapshot.NoEvents+": it succeeded, and no version was reported"
	case e.Policy.Want.Kind == WantMaxLag:
		lagState(&f, e)
	case e.Policy.Want.Kind == WantMaxAge && e.Snapshot.Produced != nil:
		_, since := e.Snapshot.stands()
		f.Deadline = since.Add(e.Policy.Want.Within)
		boundState(&f, e)
	case e.Policy.Want.Kind == WantBy:
		byState(&f, e)
	case e.Policy.Partition != nil:
		partState(&f, e)
	default:
		dataState(&f, e)
	}
	return f
}

func lagState(f *Freshness, e Evaluated) {
	if f.Watermark.IsZero() {
		f.State, f.Says = FreshUnknown, "how old the data is, is not known"
		return
	}
	f.Deadline = f.Watermark.Add(e.Policy.Want.Within)
	boundState(f, e)
}

func boundState(f *Freshness, e Evaluated) {
	if e.At.After(f.Deadline) {
		late(f)
		return
	}
	f.State, f.Says = Fresh, fmt.Sprintf("fresh until %s", clock(f.Deadline))
	if warn := e.Policy.warnAt(e.Snapshot); !warn.IsZero() && !e.At.Before(warn) {
		f.State, f.Says = AtRisk, fmt.Sprintf("older than %s: late from %s on", short(e.Policy.Timing.Warn), clock(f.Deadline))
	}
	if (e.Outcome == catalog.DecideWait || e.Outcome == catalog.DecideHold) && !e.underWay() {
		f.State, f.Says = AtRisk, "a run is wanted and cannot begin: "+e.Tree.Says
	}
}

func byState(f *Freshness, e Evaluated) {
	tick, next, ok := ticks(e.Policy.Want, e.At)
	f.Deadline = next
	switch {
	case ok && wantsTick(e.Policy, e.Snapshot, e.At):
		f.Deadline = tick
		late(f)
	case risky(f, e):
		f.State = AtRisk
		f.Says = fmt.Sprintf("at risk because of %s: the deadline of %s %s", f.Cause.sentence(), clock(next), f.chance())
	case e.Want == catalog.True:
		f.State, f.Says = Due, e.Tree.Says
	default:
		f.State, f.Says = Fresh, "covers the last tick"
	}
}

// dataState: wanted by data alone.
func dataState(f *Freshness, e Evaluated) {
	switch e.Outcome {
	case catalog.DecideRun:
		f.State, f.Says = Due, e.Tree.Says
	case catalog.DecideWait, catalog.DecideHold:
		if f.State, f.Says = AtRisk, e.Tree.Says; e.underWay() {
			f.State = Due
		}
	default:
		f.State, f.Says = NoFreshness, "no policy asks for freshness in time"
	}
}

// underWay: what makes the asset runs, so what waits is the run after it.
func (e Evaluated) underWay() bool {
	return len(e.Snapshot.Running) > 0 || slices.ContainsFunc(e.Snapshot.Open, func(a catalog.Action) bool {
		return a.Kind.StartsRun() && (a.State == catalog.ActionDispatching || a.State == catalog.ActionAccepted || a.State == catalog.ActionRunning)
	})
}

// severity orders standings: worst first.
var severity = map[FreshnessState]int{Late: 0, AtRisk: 1, FreshUnknown: 2, Due: 3, Exempt: 4, Fresh: 5, NoFreshness: 6}

// LateOnes lists what is late, at risk or unknown, worst and oldest first.
func LateOnes(all []Evaluated) []Evaluated {
	return slices.DeleteFunc(Standings(all), func(e Evaluated) bool { return severity[FreshnessOf(e).State] > severity[FreshUnknown] })
}

// Standings orders evaluations by how their assets stand, worst and oldest
// first.
func Standings(all []Evaluated) []Evaluated {
	list := make([]standing, len(all))
	for i, e := range all {
		list[i] = standing{e, FreshnessOf(e)}
	}
	slices.SortStableFunc(list, func(a, b standing) int {
		return cmp.Or(cmp.Compare(severity[a.f.State], severity[b.f.State]), a.f.Deadline.Compare(b.f.Deadline), a.e.Name.Compare(b.e.Name))
	})
	out := make([]Evaluated, len(list))
	for i, s := range list {
		out[i] = s.e
	}
	return out
}

type standing struct {
	e Evaluated
	f Freshness
}

// NextOnes lists what waits, runs or comes by itself, soonest first.
func NextOnes(all []Evaluated) []Evaluated {
	var out []Evaluated
	for _, e := range all {
		if e.Outcome != catalog.DecideNothing || len(e.Snapshot.Open) > 0 || !e.WakeAt.IsZero() {
			out = append(out, e)
		}
	}
	rank := map[catalog.DecisionOutcome]int{catalog.DecideRun: 0, catalog.DecideWait: 1, catalog.DecideHold: 2, catalog.DecideNothing: 3}
	slices.SortStableFunc(out, func(a, b Evaluated) int {
		return cmp.Or(cmp.Compare(rank[a.Outcome], rank[b.Outcome]), a.WakeAt.Compare(b.WakeAt), a.Name.Compare(b.Name))
	})
	return out
}
