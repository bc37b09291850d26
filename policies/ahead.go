package policies

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// TimingView is what a snapshot knows about time.
type TimingView struct {
	// Took is how long the asset's own step takes, as of its next deadline.
	Took Estimate `json:"took"`
	// Waits is how long it waits for a slot of its pool.
	Waits Estimate `json:"waits,omitzero"`
	// Deadlines are those of consumers, for a policy that inherits them.
	Deadlines []Deadline `json:"deadlines,omitempty"`
	// Lag and Age are the strictest max_lag and max_age of consumers.
	Lag *Bound `json:"lag,omitempty"`
	Age *Bound `json:"age,omitempty"`
	// Changes is when time alone brings other demands: a consumer that is closed
	// may begin again, or another of its deadlines comes next; zero: never.
	Changes time.Time `json:"changes,omitzero"`
	// Halted says which consumers ask for nothing because people stopped them.
	Halted []string `json:"halted,omitempty"`
	// HaltedCut: there are more of them than are named.
	HaltedCut bool `json:"haltedCut,omitempty"`
	// Cut: there were more consumers than are looked at.
	Cut bool `json:"cut,omitempty"`
	// Path is what stands between the asset and the deadline in reach.
	Path Path `json:"path,omitzero"`
}

// Bound is how old data may be at most, by the policy that says so.
type Bound struct {
	Policy string        `json:"policy"`
	Within time.Duration `json:"within"`
}

// covers: what there is holds data from need on.
func covers(s Snapshot, need time.Time) bool {
	if s.Produced == nil {
		return false
	}
	if s.Lag.Watermark.IsZero() {
		return !s.Produced.ProducedAt.Before(need)
	}
	return !s.Lag.Watermark.Before(need)
}

// startOf is the start that holds: without one given, a deadline is a window
// only where durations are known.
func startOf(p *Policy, s Snapshot) Start {
	if p.Timing.Start == "" && (p.Want.Kind == WantInherit || p.Want.Covers > 0 && s.Timing.Took.Known()) {
		return StartReady
	}
	return p.Timing.Start
}

// ahead is the window of the policy's own next deadline; ok is false where a
// tick is the time of a start, not a deadline.
func ahead(p *Policy, s Snapshot, now time.Time) (w Window, ok bool) {
	if p.Want.Kind != WantBy || p.Want.Covers == 0 || startOf(p, s) == "" {
		return w, false
	}
	_, next, _ := ticks(p.Want, now)
	if next.IsZero() {
		return w, false
	}
	d := p.deadline(next)
	d.Path = []Leg{{Name: s.Name, Took: s.Timing.Took, Hours: hoursOf(p, s.Calendars), Waits: s.Timing.Waits}}
	return WindowOf(d), true
}

// startIn is when a run of a slot begins.
func startIn(p *Policy, s Snapshot, slot Slot) time.Time {
	at, spread := slot.From, time.Duration(0)
	if p.Timing.Jitter > 0 {
		h := fnv.New64a()
		h.Write([]byte(s.Name.String() + slot.Until.UTC().Format(time.RFC3339)))
		spread = time.Duration(h.Sum64() % uint64(p.Timing.Jitter))
	}
	switch startOf(p, s) {
	case StartNow:
		return at
	case StartLatest:
		if t := slot.Until.Add(-spread); t.After(at) {
			at = t
		}
		return at
	}
	if t := at.Add(spread); !t.After(slot.Until) {
		at = t
	}
	return at
}

// atomAhead: the next deadline wants a run, from its start on; nil without one.
func atomAhead(p *Policy, s Snapshot, now time.Time) *catalog.Reason {
	w, ok := ahead(p, s, now)
	if !ok {
		return nil
	}
	r := catalog.Reason{Atom: "deadline", Value: catalog.False}
	start := w.start(p, s)
	switch {
	case s.Produced == nil && p.OnFirst == FirstWait:
		r.Says = "nothing was made yet: on_first is wait"
	case covers(s, w.Need):
		r.Says = fmt.Sprintf("the data covers the deadline of %s", clock(w.At))
	case now.Before(start):
		r.MayChangeAt = start
		r.Says = fmt.Sprintf("the deadline of %s wants a start at %s: %s", clock(w.At), clock(start), w.says())
	default:
		r.Value = catalog.True
		r.Says = fmt.Sprintf("the deadline of %s wants data from %s on: %s", clock(w.At), clock(w.Need), w.says())
	}
	return &r
}

// start is when a run for the policy's own deadline begins.
func (w Window) start(p *Policy, s Snapshot) time.Time {
	return startIn(p, s, Slot{w.Need, w.Latest, []Window{w}})
}

// wants is the value of atomAhead, for who does not ask why.
func (w Window) wants(p *Policy, s Snapshot, now time.Time) bool {
	return (s.Produced != nil || p.OnFirst != FirstWait) && !covers(s, w.Need) && !now.Before(w.start(p, s))
}

// says is how the window was reckoned.
func (w Window) says() string {
	sum, longest, missing := w.Takes()
	if missing != "" {
		return fmt.Sprintf("just in time is off (how long %s takes, is not known: fewer than %d runs, none expected), it runs when ready", missing, minSamples)
	}
	var steps []string
	for _, l := range w.Path {
		step := fmt.Sprintf("%s %s of %s", l.Name.Name, short(l.Took.Quantile(w.Confidence)), l.Took.From)
		if wait := l.Waits.Quantile(w.Confidence); wait > 0 {
			step += fmt.Sprintf(" after %s for a slot", short(wait))
		}
		steps = append(steps, step)
	}
	text := fmt.Sprintf("latest start %s (p%g: %s; margin %s", clock(w.Latest), 100*w.Confidence, strings.Join(steps, " + "), short(w.Margin))
	if w.Reserve > 0 {
		text += fmt.Sprintf(", %d retry of %s", w.Reserve, short(longest))
	}
	if len(w.Moved) > 0 {
		text += "; moved to when " + strings.Join(w.Moved, " and ") + " may begin"
	}
	if text += ")"; w.Infeasible {
		text += fmt.Sprintf("; it cannot be met: %s from %s on", short(sum), clock(w.Need))
	}
	return text
}

// short prints a duration without zero parts.
func short(d time.Duration) string {
	s := d.Round(time.Second).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// lagBound is how old the data may be at most, by the policy itself or by the
// strictest of its consumers; 0: nobody says.
func lagBound(p *Policy, s Snapshot) time.Duration {
	switch {
	case p.Want.Kind == WantMaxLag:
		return p.Want.Within
	case p.Want.Kind == WantInherit && s.Timing.Lag != nil:
		return s.Timing.Lag.Within
	}
	return 0
}

// atomsInherit are what consumers ask for: deadlines, and how old data may be.
func atomsInherit(p *Policy, s Snapshot, now time.Time) (out []catalog.Reason) {
	if b := s.Timing.Lag; b != nil {
		out = append(out, b.asked(atomLag(p, s, b.Within, now)))
	}
	if b := s.Timing.Age; b != nil {
		out = append(out, b.asked(atomAge(p, s, b.Within, now)))
	}
	if len(out) == 0 || len(s.Timing.Deadlines) > 0 {
		out = append(out, atomInherit(p, s, now))
	}
	if len(s.Timing.Halted) > 0 { // beside the first, which is what is said of all
		out[0].Says += " (" + s.Timing.halted() + ")"
	}
	return out
}

// halted says which consumers people stopped.
func (t TimingView) halted() string {
	says := strings.Join(t.Halted, "; ")
	if t.HaltedCut {
		says += "; and others"
	}
	return says
}

// asked says whose bound an atom is about.
func (b *Bound) asked(r catalog.Reason) catalog.Reason {
	r.Says = "for " + b.Policy + ": " + r.Says
	return r
}

// atomInherit: the deadlines of consumers, shared among as few runs as serve
// them, want one from its start on.
func atomInherit(p *Policy, s Snapshot, now time.Time) catalog.Reason {
	r := catalog.Reason{Atom: "inherit", Value: catalog.False, Says: "no consumer asks for newer data"}
	slots := Share(needed(s))
	if len(slots) == 0 {
		return r
	}
	if s.Produced == nil && p.OnFirst == FirstWait {
		r.Says = "nothing was made yet: on_first is wait"
		return r
	}
	slot := slots[0]
	if startOf(p, s) == StartNow {
		slot.From = slot.Serves[0].Need
	}
	start := startIn(p, s, slot)
	r.Value, r.Says = catalog.Truth(!now.Before(start)), fmt.Sprintf("a run from %s on serves %s", clock(start), slot.says())
	if r.Value == catalog.False {
		r.MayChangeAt = start
	}
	return r
}

// says names whom a slot serves, and how its first window was reckoned.
func (s Slot) says() string {
	var names []string
	for i, w := range s.Serves {
		if i == maxNamed {
			names = append(names, fmt.Sprintf("%d more", len(s.Serves)-i))
			break
		}
		names = append(names, fmt.Sprintf("%s by %s", w.Policy, clock(w.At)))
	}
	return strings.Join(names, ", ") + ": " + s.Serves[0].says()
}

// maxNamed is how many consumers a sentence names.
const maxNamed = 5

// needed are the windows of consumers that what there is does not serve.
func needed(s Snapshot) []Window {
	var out []Window
	for _, d := range s.Timing.Deadlines {
		if !covers(s, d.Need) {
			out = append(out, WindowOf(d))
		}
	}
	return out
}

// demandAhead are the deadlines that a run now serves: the own tick, and of
// consumers each time from which data is needed.
func demandAhead(p *Policy, s Snapshot, now time.Time) (out []catalog.DemandElement) {
	if w, ok := ahead(p, s, now); ok && w.wants(p, s, now) {
		out = append(out, tickElement(w.At))
	}
	if p.Want.Kind != WantInherit || atomInherit(p, s, now).Value != catalog.True {
		return out
	}
	for _, w := range needed(s) {
		if !w.Need.After(now) {
			out = append(out, catalog.DemandElement("need:"+w.Need.UTC().Format(time.RFC3339)))
		}
	}
	return out
}

func tickElement(t time.Time) catalog.DemandElement {
	return catalog.DemandElement("tick:" + t.UTC().Format(time.RFC3339))
}

// inSight is the deadline that a run now is for: one that was missed comes
// before the next. One missed without a start given takes what there is, unless
// the policy has its upstreams made.
func inSight(p *Policy, s Snapshot, now time.Time) (d Deadline, ok bool) {
	if p.Want.Kind == WantInherit {
		return inheritedSight(p, s, now)
	}
	w, ok := ahead(p, s, now)
	if ok && wantsTick(p, s, now) {
		last, _, _ := ticks(p.Want, now)
		return p.deadline(last), p.Timing.Start != "" || p.Gives != nil
	}
	return w.Deadline, ok && !now.Before(w.Need) && !covers(s, w.Need)
}

// inheritedSight is the first deadline of consumers that a run now is for, with
// the time from which data serves all that share it.
func inheritedSight(p *Policy, s Snapshot, now time.Time) (d Deadline, ok bool) {
	slots := Share(needed(s))
	if len(slots) == 0 {
		return d, false
	}
	if d = slots[0].Serves[0].Deadline; startOf(p, s) != StartNow {
		d.Need = slots[0].From
	}
	return d, !now.Before(d.Need)
}

// atomCovers: a run that would not serve the deadline waits for the inputs that
// keep it from serving; nil where none is listed.
func atomCovers(p *Policy, s Snapshot, now time.Time) *catalog.Reason {
	w, ok := inSight(p, s, now)
	if !ok {
		return nil
	}
	var list []catalog.Reason
	for _, in := range s.Inputs {
		if in.Static || in.Own || in.Require == RequireNone || in.Watermark.IsZero() {
			continue
		}
		list = append(list, in.covers(w))
	}
	if len(list) == 0 {
		return nil
	}
	r := all("covers", "the inputs cover the deadline", "", list)
	return &r
}

// covers: an input holds what a deadline needs.
func (in InputView) covers(w Deadline) catalog.Reason {
	r := catalog.Reason{Atom: "covers(" + in.Name.Name + ")", Value: catalog.True, Says: in.Name.Name + " has data of " + clock(in.Watermark)}
	if in.Watermark.Before(w.Need) {
		r.Value = catalog.False
		r.Says += fmt.Sprintf(", the deadline of %s needs it from %s on", clock(w.At), clock(w.Need))
	}
	return r
}
