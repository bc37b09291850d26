package policies

import (
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Delay is what keeps data back: the next data of each of Of comes By later than
// it would, or with Never not at all.
type Delay struct {
	Of    map[catalog.AssetID]bool
	By    time.Duration
	Never bool
}

// Strain is what a delay does to one deadline.
type Strain struct {
	Policy *Policy
	Asset  catalog.AssetID
	Name   catalog.Name
	// Met is whether the deadline is met all the same; UNKNOWN where nobody can
	// reckon when the data comes.
	Met catalog.Ternary
	// Deadline is the one looked at; zero not known.
	Deadline time.Time
	// Expected is when the data comes, Delayed when it does with the delay, at
	// the policy's confidence; zero not known, or for Delayed never.
	Expected, Delayed time.Time
	// LateBy is by how much the deadline is missed; zero not known, or for ever.
	LateBy time.Duration
	// Says is the whole in a sentence.
	Says string
}

// Strained reckons what a delay does to the deadline of an evaluation whose
// asset lies downstream of it. gaps is how long after each other its versions
// came. ok is false for a policy that asks for nothing by any time.
func Strained(e Evaluated, gaps Estimate, d Delay) (s Strain, ok bool) {
	s = Strain{Policy: e.Policy, Asset: e.Asset, Name: e.Name, Met: catalog.Unknown}
	f := FreshnessOf(e)
	switch {
	case f.State == Exempt || !e.Policy.Bounded() || e.Policy.Partition != nil:
		return s, false
	case d.Never:
		s.never(e)
	case len(e.Snapshot.Timing.Path.Steps) > 0:
		s.onPath(e, d)
	case e.Policy.Want.Kind == WantBy:
		s.covered(e)
	default:
		s.byHabit(e, gaps, d)
	}
	return s, true
}

// never: no data comes any more, so the first deadline that what there is does
// not cover is missed.
func (s *Strain) never(e Evaluated) {
	s.Deadline = firstUncovered(e)
	if s.Deadline.IsZero() {
		s.Says = "when it is late is not known: " + notReckoned(e)
		return
	}
	s.Met, s.Says = catalog.False, "nothing comes any more: late from "+clock(s.Deadline)+" on"
}

func notReckoned(e Evaluated) string {
	if e.Policy.Want.Kind == WantBy {
		return "no deadline within 14 days"
	}
	return "how old its data is, is not known"
}

// firstUncovered is the first deadline that the data there is does not serve.
func firstUncovered(e Evaluated) (at time.Time) {
	within := e.Policy.Want.Within
	switch {
	case e.Policy.Want.Kind == WantMaxLag && !e.Snapshot.Lag.Watermark.IsZero():
		return e.Snapshot.Lag.Watermark.Add(within)
	case e.Policy.Want.Kind == WantMaxAge && e.Snapshot.Produced != nil:
		return e.Snapshot.Produced.ProducedAt.Add(within)
	case e.Policy.Want.Kind != WantBy:
		return at
	}
	if p := e.Snapshot.Timing.Path; len(p.Steps) > 0 {
		return p.At
	}
	ticks, _ := TicksBetween(e.Policy.Want, e.At, e.At.Add(14*24*time.Hour), 100)
	for _, tick := range ticks {
		if !covers(e.Snapshot, tick.Add(-e.Policy.Want.Covers)) {
			return tick
		}
	}
	return at
}

// onPath: steps have to run before the deadline, and those that are delayed end
// later. A path that was cut may hide one.
func (s *Strain) onPath(e Evaluated, d Delay) {
	p, q := e.Snapshot.Timing.Path, e.Policy.Timing.confidence()
	s.Deadline, s.Expected = p.At, p.ETA(q, e.At)
	switch {
	case s.Expected.IsZero():
		s.Says = "how long takes what has to run before its deadline, is not known"
	default:
		s.compare(p.Delayed(q, e.At, d))
		if p.Cut && s.Met == catalog.True {
			s.Met, s.Says = catalog.Unknown, "more has to run before its deadline than is looked at"
		}
	}
}

// covered: nothing has to run before the next deadline.
func (s *Strain) covered(e Evaluated) {
	if _, next, _ := ticks(e.Policy.Want, e.At); e.Policy.Want.Covers > 0 && !next.IsZero() {
		s.Deadline, s.Met = next, catalog.True
		s.Says = "what the deadline of " + clock(next) + " needs is there"
		return
	}
	s.Says = "when its data comes is not known"
}

// byHabit: data comes as it used to, and with the delay so much later.
func (s *Strain) byHabit(e Evaluated, gaps Estimate, d Delay) {
	s.Deadline = firstUncovered(e)
	if s.Deadline.IsZero() || !gaps.Known() || e.Snapshot.Produced == nil {
		s.Says = "how often its data comes is not known"
		return
	}
	s.Expected = lastOf(e.At, e.Snapshot.Produced.ProducedAt.Add(gaps.Quantile(e.Policy.Timing.confidence())))
	s.compare(s.Expected.Add(d.By))
}

// compare says whether data at a time is in time.
func (s *Strain) compare(at time.Time) {
	s.Delayed = at
	if s.Met = catalog.Truth(!at.After(s.Deadline)); s.Met == catalog.True {
		s.Says = fmt.Sprintf("data by %s, %s before the deadline of %s", clock(at), short(s.Deadline.Sub(at)), clock(s.Deadline))
		return
	}
	s.LateBy = at.Sub(s.Deadline)
	s.Says = fmt.Sprintf("data by %s, %s after the deadline of %s", clock(at), short(s.LateBy), clock(s.Deadline))
	if s.Expected.After(s.Deadline) {
		s.Says += "; without the delay " + short(s.Expected.Sub(s.Deadline)) + " after it"
	}
}

// gapsFrom is how many versions the habit of an asset is read from.
const gapsFrom = 20

// GapQuery asks for the versions that GapsOf wants.
func GapQuery(dataset catalog.AssetID) VersionQuery {
	return VersionQuery{Dataset: dataset, Untainted: true, Limit: gapsFrom + 1}
}

// GapsOf is how long after each other versions came, newest first.
func GapsOf(list []catalog.Version) Estimate {
	var samples []Sample
	for i := 1; i < len(list); i++ {
		samples = append(samples, Sample{Start: list[i].ProducedAt, Took: list[i-1].ProducedAt.Sub(list[i].ProducedAt)})
	}
	if len(samples) == 0 {
		return Estimate{}
	}
	return EstimateOf(samples, 0, list[0].ProducedAt)
}
