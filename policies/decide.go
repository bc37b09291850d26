package policies

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Evaluation is what Decide concludes.
type Evaluation struct {
	Outcome catalog.DecisionOutcome
	Tree    catalog.Reason
	// Demand is what a run would consume; Pins what it would read.
	Demand []catalog.DemandElement
	Pins   []catalog.Pin
	// WakeAt is when the passing of time alone may change the outcome; zero:
	// only new events can.
	WakeAt time.Time
	// RiskAt is when time alone may put the deadline at risk; zero: never.
	RiskAt time.Time
	// Want, Ready, Admit are the three values.
	Want, Ready, Admit catalog.Ternary
	// Reuse is the proof of a SKIP because nothing has changed.
	Reuse *catalog.Reuse
	// Partition is what it is about, of a policy with want: partition.
	Partition string
	// Stale names the inputs that a run would use though they are not as
	// required (on_late).
	Stale []string
	// same is whether a run would make the same again; nil: the policy does not
	// ask.
	same *catalog.Reason
}

// Decide is the whole rule, pure: WANT x READY x ADMIT over one snapshot. The
// same code decides live, in shadow, for the gate and for tests.
func Decide(p *Policy, s Snapshot, now time.Time) Evaluation {
	if p.Partition != nil && s.Part == nil {
		return decideParts(p, s, now)
	}
	return decideWhole(p, s, now)
}

func decideWhole(p *Policy, s Snapshot, now time.Time) Evaluation {
	want := wantOf(p, s, now)
	ready := readyOf(p, s, now)
	demand := demandOf(p, s, now)
	admit := admitOf(p, s, demand, now)
	e := Evaluation{Want: want.Value, Ready: ready.Value, Admit: admit.Value, Demand: demand, Pins: pinsOf(s), Stale: staleOf(p, s, now), same: atomReuse(p, s)}
	e.Outcome = outcome(p, want.Value, ready.Value, admit.Value)
	e.Tree = catalog.Reason{
		Atom: "decide", Value: want.Value.And(ready.Value).And(admit.Value), Says: sentence(e.Outcome, want, ready, admit),
		Children: []catalog.Reason{want, ready, admit},
	}
	if e.Outcome == catalog.DecideRun && len(e.Stale) > 0 {
		e.Tree.Says += "; on what there is of " + strings.Join(e.Stale, ", ")
	}
	if e.same != nil && e.Outcome == catalog.DecideRun {
		e.Tree.Children = append(e.Tree.Children, *e.same)
		if e.unchanged() {
			e.Outcome, e.Reuse, e.Tree.Says = catalog.DecideSkip, s.reused(), "reused: "+e.same.Says
		}
	}
	if want.Value == catalog.True {
		for _, d := range demand {
			e.Tree.Evidence = append(e.Tree.Evidence, string(d))
		}
	}
	e.Tree.MayChangeAt = earliest(e.Tree.Children)
	e.WakeAt = soonest(e.Tree.MayChangeAt, s.Timing.Changes)
	e.RiskAt = s.Timing.Path.riskAt(p.Timing.confidence(), now)
	if warn := p.warnAt(s); now.Before(warn) {
		e.RiskAt = soonest(e.RiskAt, warn)
	}
	return e
}

// unchanged: a run is proven to make the same again.
func (e Evaluation) unchanged() bool { return e.same != nil && e.same.Value == catalog.True }

// outcome combines the three values. What is unknown holds, unless the policy
// says otherwise.
func outcome(p *Policy, want, ready, admit catalog.Ternary) catalog.DecisionOutcome {
	if want != catalog.True {
		if want == catalog.Unknown {
			return catalog.DecideHold
		}
		return catalog.DecideNothing
	}
	if admit == catalog.False {
		return catalog.DecideHold
	}
	switch ready {
	case catalog.True:
		return catalog.DecideRun
	case catalog.False:
		return catalog.DecideWait
	}
	switch p.OnUnknown {
	case UnknownRun:
		return catalog.DecideRun
	case UnknownSkip:
		return catalog.DecideSkip
	}
	return catalog.DecideHold
}

func sentence(o catalog.DecisionOutcome, want, ready, admit catalog.Reason) string {
	switch o {
	case catalog.DecideRun:
		if admit.Value == catalog.Unknown {
			return "wants to run: " + deciding(admit, catalog.Unknown)
		}
		return "runs: " + deciding(want, catalog.True)
	case catalog.DecideNothing:
		return "nothing to do: " + deciding(want, want.Value)
	case catalog.DecideSkip:
		return "skipped: " + deciding(ready, ready.Value)
	}
	if admit.Value == catalog.False {
		return "held: " + deciding(admit, catalog.False)
	}
	if ready.Value != catalog.True {
		return "waits: " + deciding(ready, ready.Value)
	}
	return "held: " + deciding(want, want.Value)
}

// deciding is the sentence of the first leaf with the value.
func deciding(r catalog.Reason, v catalog.Ternary) string {
	if r.Atom == wordNot || r.Atom == wordAtLeast {
		return r.Says
	}
	for _, c := range r.Children {
		if c.Value == v {
			return deciding(c, v)
		}
	}
	return r.Says
}

// Deciding lists the atoms (leaves) that carry the outcome: those that give the
// tree its value.
func Deciding(r catalog.Reason) []string { return leaves(nil, &r) }

func leaves(out []string, r *catalog.Reason) []string {
	if len(r.Children) == 0 {
		return append(out, r.Atom)
	}
	for i := range r.Children {
		if c := &r.Children[i]; carries(r, c) {
			out = leaves(out, c)
		}
	}
	return out
}

func earliest(list []catalog.Reason) (t time.Time) {
	for _, r := range list {
		if !r.MayChangeAt.IsZero() && (t.IsZero() || r.MayChangeAt.Before(t)) {
			t = r.MayChangeAt
		}
	}
	return t
}

// all is Kleene's conjunction of atoms as a node.
func all(atom, yes, no string, list []catalog.Reason) catalog.Reason {
	r := catalog.Reason{Atom: atom, Value: catalog.True, Says: yes, Children: list, MayChangeAt: earliest(list)}
	for _, c := range list {
		r.Value = r.Value.And(c.Value)
	}
	if r.Value != catalog.True {
		r.Says = no + deciding(r, r.Value)
	}
	return r
}

// anyOf is Kleene's disjunction.
func anyOf(atom, yes, no string, list []catalog.Reason) catalog.Reason {
	r := catalog.Reason{Atom: atom, Value: catalog.False, Says: no, Children: list, MayChangeAt: earliest(list)}
	for _, c := range list {
		r.Value = r.Value.Or(c.Value)
	}
	switch r.Value {
	case catalog.True:
		r.Says = yes + deciding(r, catalog.True)
	case catalog.Unknown:
		r.Says = deciding(r, catalog.Unknown)
	}
	return r
}

// wantOf: the want clause is unmet and a run could improve it, or a trigger
// input is new (damped by min_interval and quiet).
func wantOf(p *Policy, s Snapshot, now time.Time) catalog.Reason {
	var list []catalog.Reason
	switch p.Want.Kind {
	case WantMaxLag:
		list = append(list, atomLag(p, s, p.Want.Within, now))
	case WantMaxAge:
		list = append(list, atomAge(p, s, p.Want.Within, now))
	case WantBy:
		list = append(list, skipLate(p, atomTick(p, s, now), missedCall, s, now))
		if a := atomAhead(p, s, now); a != nil {
			list = append(list, skipLate(p, *a, nextCall, s, now))
		}
	case WantBehind:
		list = append(list, atomBehind(p, s))
	case WantInherit:
		list = append(list, atomsInherit(p, s, now)...)
	case WantPartition:
		list = append(list, atomPartition(p, s, now))
	}
	if data := atomTriggers(p, s, now); data != nil {
		list = append(list, *data)
	}
	if len(list) == 0 {
		return catalog.Reason{Atom: "want", Value: catalog.False, Says: "the policy never wants a run by itself"}
	}
	return anyOf("want", "wanted: ", "as it should be", list)
}

// atomTriggers is nil for a policy without trigger inputs.
func atomTriggers(p *Policy, s Snapshot, now time.Time) *catalog.Reason {
	var list []catalog.Reason
	for _, in := range s.Inputs {
		if in.Trigger {
			list = append(list, atomNew(p, s, in))
		}
	}
	if len(list) == 0 {
		return nil
	}
	r := anyOf("new_input", "", "no trigger input is new", list)
	if r.Value == catalog.True {
		r = damped(p, s, r, now)
	}
	return &r
}

// damped defers a data-driven want; it never drops it.
func damped(p *Policy, s Snapshot, news catalog.Reason, now time.Time) catalog.Reason {
	list := []catalog.Reason{news}
	if p.MinInterval > 0 {
		list = append(list, sinceStart(p.MinInterval, s, now))
	}
	if p.Quiet > 0 {
		list = append(list, atomQuiet(p, s, now))
	}
	if len(list) == 1 {
		return news
	}
	return all("new_input", news.Says, "", list)
}

// sinceStart: the last own start, of any outcome, is so long ago.
func sinceStart(d time.Duration, s Snapshot, now time.Time) catalog.Reason {
	until := s.StartedAt.Add(d)
	if !s.StartedAt.IsZero() && now.Before(until) {
		return catalog.Reason{Atom: "min_interval", Value: catalog.False, MayChangeAt: until, Says: fmt.Sprintf("started at %s, not again before %s", clock(s.StartedAt), clock(until))}
	}
	return catalog.Reason{Atom: "min_interval", Value: catalog.True, Says: fmt.Sprintf("the last start is at least %s ago", d)}
}

func atomQuiet(p *Policy, s Snapshot, now time.Time) catalog.Reason {
	var last time.Time
	for _, in := range s.Inputs {
		if in.Trigger && in.Newest != nil && in.Newest.ProducedAt.After(last) {
			last = in.Newest.ProducedAt
		}
	}
	return quiet(last, time.Time{}, p.Quiet, 0, now)
}

// atomNew is the level-triggered rule: the newest version of the input is newer
// than the one the last success pinned, and its data differs where both say.
func atomNew(p *Policy, s Snapshot, in InputView) catalog.Reason {
	if in.Part != nil {
		return atomLate(s, in)
	}
	r := catalog.Reason{Atom: "new(" + in.Name.Name + ")", Evidence: evidence(in)}
	switch {
	case in.Newest == nil:
		r.Value, r.Says = catalog.False, fmt.Sprintf("%s has no version yet", in.Name.Name)
	case in.Own:
		r.Value, r.Says = catalog.False, fmt.Sprintf("the newest %s was made by a run of the target itself", in.Name.Name)
	case p.leavesOut(s, *in.Newest):
		r.Value, r.Says = catalog.False, fmt.Sprintf("%s changed at %s, while the job was paused: catchup is none", in.Name.Name, clock(in.Newest.ProducedAt))
	case s.Produced == nil && in.Pinned == nil:
		return firstNew(p, in, r)
	case in.Pinned != nil && !in.Pinned.Before(*in.Newest):
		r.Value, r.Says = catalog.False, fmt.Sprintf("%s of %s is what the last success read", in.Name.Name, clock(in.Newest.ProducedAt))
	case in.Pinned != nil && in.Pinned.DataVersion != "" && in.Pinned.DataVersion == in.Newest.DataVersion:
		r.Value, r.Says = catalog.False, fmt.Sprintf("%s ran again with the same data (version %s)", in.Name.Name, in.Newest.DataVersion)
	case in.Pinned == nil:
		r.Value, r.Says = catalog.True, fmt.Sprintf("%s has its first version, of %s", in.Name.Name, clock(in.Newest.ProducedAt))
	default:
		r.Value, r.Says = catalog.True, fmt.Sprintf("%s has a version of %s, the last success read that of %s", in.Name.Name, clock(in.Newest.ProducedAt), clock(in.Pinned.ProducedAt))
	}
	return r
}

// firstNew: nothing was ever made, so there is no pin to compare with.
func firstNew(p *Policy, in InputView, r catalog.Reason) catalog.Reason {
	if p.OnFirst == FirstRun {
		r.Value, r.Says = catalog.True, fmt.Sprintf("nothing was made yet and %s has a version of %s", in.Name.Name, clock(in.Newest.ProducedAt))
		return r
	}
	r.Value, r.Says = catalog.False, "nothing was made yet: on_first is wait"
	return r
}

func evidence(in InputView) []string {
	var out []string
	if in.Newest != nil {
		out = append(out, in.newestID.of(in.Newest))
	}
	if in.Pinned != nil {
		if id := in.pinnedID.of(in.Pinned); !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// atomLag: the oldest root is older than the bound, and a run could help.
// Silence is not "unchanged": without newer data the asset is late all the
// same, but nothing is gained by running.
func atomLag(p *Policy, s Snapshot, d time.Duration, now time.Time) catalog.Reason {
	r := catalog.Reason{Atom: "max_lag", Value: catalog.False}
	if s.Produced == nil && p.OnFirst == FirstRun && len(s.Lag.News) > 0 {
		r.Value, r.Says = catalog.True, "nothing was made yet and its inputs have data"
		return r
	}
	if s.Lag.Watermark.IsZero() {
		r.Says = "how old the data is, is not known: no root has a version"
		return r
	}
	due := s.Lag.Watermark.Add(d)
	switch {
	case now.Before(due) || now.Equal(due):
		r.MayChangeAt = due.Add(time.Nanosecond)
		r.Says = fmt.Sprintf("data of %s (%s) is within %s", clock(s.Lag.Watermark), s.Lag.Because.Name, d)
	case len(s.Lag.News) == 0:
		r.Says = fmt.Sprintf("late: data of %s (%s) is older than %s, but no input has newer", clock(s.Lag.Watermark), s.Lag.Because.Name, d)
	default:
		r.Value = catalog.True
		r.Says = fmt.Sprintf("data of %s (%s) is older than %s", clock(s.Lag.Watermark), s.Lag.Because.Name, d)
	}
	return r
}

func atomAge(p *Policy, s Snapshot, d time.Duration, now time.Time) catalog.Reason {
	r := catalog.Reason{Atom: "max_age", Value: catalog.True}
	if s.Produced == nil {
		if p.OnFirst == FirstWait {
			r.Value = catalog.False
		}
		r.Says = "nothing was made yet: on_first is " + string(p.OnFirst)
		return r
	}
	id, since := s.stands()
	due, what := since.Add(d), "success"
	if id != s.Produced.ID() {
		what = "reuse"
	}
	if now.After(due) {
		r.Says = fmt.Sprintf("the last %s of %s is older than %s", what, clock(since), d)
		return r
	}
	r.Value, r.MayChangeAt = catalog.False, due.Add(time.Nanosecond)
	r.Says = fmt.Sprintf("the last %s of %s is within %s", what, clock(since), d)
	return r
}

// atomTick: since the latest tick, no version covers it.
func atomTick(p *Policy, s Snapshot, now time.Time) catalog.Reason {
	r := catalog.Reason{Atom: "by", Value: catalog.False}
	tick, next, ok := ticks(p.Want, now)
	r.MayChangeAt = next
	need := tick.Add(-p.Want.Covers)
	if a := atomCatchup(p, s, tick, next); a != nil {
		return *a
	}
	switch {
	case !ok:
		r.Says = "no tick yet"
	case s.Produced == nil && p.OnFirst == FirstWait:
		r.Says = "nothing was made yet: on_first is wait"
	case s.Produced != nil && !s.Lag.Watermark.IsZero() && !s.Lag.Watermark.Before(need):
		r.Says = fmt.Sprintf("data of %s covers the tick of %s", clock(s.Lag.Watermark), clock(tick))
	case s.Produced != nil && s.Lag.Watermark.IsZero() && !s.Produced.ProducedAt.Before(need):
		r.Says = fmt.Sprintf("made at %s, which covers the tick of %s", clock(s.Produced.ProducedAt), clock(tick))
	default:
		r.Value, r.Says = catalog.True, fmt.Sprintf("the tick of %s wants data from %s on", clock(tick), clock(need))
	}
	return r
}

// wantsTick is the value of atomTick, for who does not ask why.
func wantsTick(p *Policy, s Snapshot, now time.Time) bool {
	tick, next, ok := ticks(p.Want, now)
	if a := atomCatchup(p, s, tick, next); a != nil {
		return a.Value == catalog.True
	}
	return ok && (s.Produced != nil || p.OnFirst != FirstWait) && !covers(s, tick.Add(-p.Want.Covers))
}

// demandOf is what a run now would consume: the newest version of each trigger
// input that is new, the tick, else the version it would replace.
func demandOf(p *Policy, s Snapshot, now time.Time) []catalog.DemandElement {
	if s.Part != nil {
		return demandOfPart(s)
	}
	if missed := missedTicks(p, s); len(missed) > 0 { // one by one
		return []catalog.DemandElement{tickElement(missed[0])}
	}
	var out []catalog.DemandElement
	for _, in := range s.Inputs {
		if in.Newest != nil && in.Trigger && atomNew(p, s, in).Value == catalog.True {
			out = append(out, catalog.DemandElement(in.newestID.of(in.Newest)))
		}
	}
	if p.Want.Kind == WantBy {
		if tick, _, ok := ticks(p.Want, now); ok && wantsTick(p, s, now) {
			out = append(out, tickElement(tick))
		}
	}
	out = append(out, demandAhead(p, s, now)...)
	out = append(out, demandBehind(p, s)...)
	if d := lagBound(p, s); d > 0 && atomLag(p, s, d, now).Value == catalog.True {
		for _, v := range s.Lag.News {
			out = append(out, catalog.DemandElement(v))
		}
	}
	if len(out) == 0 && s.Produced != nil {
		id, _ := s.stands()
		out = append(out, catalog.DemandElement("replace:"+id))
	}
	if len(out) == 0 {
		out = append(out, "first")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Spent reports whether each element of a demand occurs in a closed action.
func Spent(demand []catalog.DemandElement, closed map[catalog.DemandElement]bool) bool {
	for _, d := range demand {
		if !closed[d] {
			return false
		}
	}
	return len(demand) > 0
}

// pinsOf is what a run now would read: the newest version of each input, for a
// partition that a gate is asked about of each partition of it, newest first.
func pinsOf(s Snapshot) []catalog.Pin {
	var out []catalog.Pin
	for _, in := range s.Inputs {
		if in.Newest == nil {
			continue
		}
		read := []catalog.Version{*in.Newest}
		if in.Part != nil && len(in.Part.Versions) > 0 {
			read = in.Part.Versions
		}
		for _, v := range read {
			out = append(out, catalog.Pin{Input: catalog.AssetID(in.Written.ID()), Name: in.Name, Version: v.ID(), Partition: v.Partition, ProducedAt: v.ProducedAt})
		}
	}
	return out
}

// clock prints a time for people: UTC, to the second. Every sentence has one or
// two, so it is not left to a layout.
func clock(t time.Time) string {
	t = t.UTC()
	y, month, d := t.Date()
	if y < 0 || y > 9999 {
		return t.Format("2006-01-02 15:04:05Z")
	}
	h, m, s := t.Clock()
	b := [20]byte{4: '-', 7: '-', 10: ' ', 13: ':', 16: ':', 19: 'Z'}
	two := func(at, n int) { b[at], b[at+1] = byte('0'+n/10), byte('0'+n%10) }
	two(0, y/100)
	two(2, y%100)
	two(5, int(month))
	two(8, d)
	two(11, h)
	two(14, m)
	two(17, s)
	return string(b[:])
}
