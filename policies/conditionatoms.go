package policies

import (
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// atom is a word of the READY vocabulary: how its document reads and what it is.
type atom struct {
	// read takes what stands behind the word; nil where nothing may.
	read func(c *checker, at place, v any, into *Condition)
	// keys are those that may stand beside the word.
	keys []string
	eval func(c Condition, p *Policy, s Snapshot, now time.Time) catalog.Reason
}

// atoms is the vocabulary.
var atoms = map[string]atom{
	"self_idle":      {eval: func(_ Condition, _ *Policy, s Snapshot, _ time.Time) catalog.Reason { return atomIdle(s) }},
	"idle":           {read: readSubject, eval: overInputs("idle", "idle", inputIdle)},
	"exists":         {read: readSubject, eval: overInputs("exists", "there", required(RequireExists))},
	"updated":        {read: readSubject, eval: overInputs("updated", "newer than what was read", required(RequireUpdated))},
	"changed":        {read: readSubject, eval: overInputs("changed", "changed", inputChanged)},
	"fresh":          {read: readSubject, keys: []string{"within"}, eval: overInputs("fresh", "fresh", inputFresh)},
	"checks_ok":      {read: readSubject, eval: overInputs("checks_ok", "checked", inputChecked)},
	"same_time":      {read: readSameTime, keys: []string{"within"}, eval: sameTime},
	"tick":           {read: readTick, eval: tickOpen},
	"in_window":      {read: readWindow, eval: inWindow},
	"not_blackout":   {read: readCalendar, eval: notBlackout},
	"min_interval":   {read: readWithin, eval: intervalPassed},
	"quiet":          {read: readWithin, keys: []string{"max_wait"}, eval: quietFor},
	"code_changed":   {eval: codeChanged},
	"config_changed": {eval: configChanged},
	"complete":       {read: readComplete, eval: completeOf},
	"approved":       {read: readWithin, keys: []string{"partition"}, eval: approved},
	"signal":         {read: readSignal, keys: []string{"within", "partition"}, eval: signalled},
}

// perInput judges one input for an atom.
type perInput func(c Condition, p *Policy, s Snapshot, in InputView, now time.Time) catalog.Reason

// overInputs makes an atom of what it says of one input: of the one that is
// named, of all, or of any.
func overInputs(word, is string, one perInput) func(Condition, *Policy, Snapshot, time.Time) catalog.Reason {
	return func(c Condition, p *Policy, s Snapshot, now time.Time) catalog.Reason {
		var list []catalog.Reason
		for _, in := range c.About.of(s) {
			r := one(c, p, s, in, now)
			r.Atom = word + "(" + in.Name.Name + ")"
			list = append(list, r)
		}
		if s.ObservedCut && len(c.About.Names) == 0 {
			list = append(list, catalog.Reason{Atom: word + "(more)", Value: catalog.Unknown, Says: "it read more than weir looks at: list the inputs that count"})
		}
		switch {
		case len(list) == 1 && len(c.About.Names) == 1:
			return list[0]
		case c.About.Any:
			return anyOf(word+"(any)", "", "no input is "+is, list)
		}
		return all(word+"(all)", "every input is "+is, "", list)
	}
}

// of are the inputs that the subject names.
func (a Subject) of(s Snapshot) []InputView {
	list := s.Inputs
	if len(list) == 0 {
		list = s.Observed
	}
	if len(a.Names) == 0 {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(in InputView) bool {
		return !slices.ContainsFunc(a.Names, func(n Selector) bool { return n.String() == in.Selector.String() })
	})
}

// required is what require: says of an input, as an atom.
func required(require Require) perInput {
	return func(_ Condition, p *Policy, s Snapshot, in InputView, now time.Time) catalog.Reason {
		in.Require = require
		return *atomRequire(p, s, in, now)
	}
}

// inputChanged is updated, where the store's own version of the data differs
// as well. An input whose store names no versions counts as changed when it is
// written.
func inputChanged(c Condition, p *Policy, s Snapshot, in InputView, now time.Time) catalog.Reason {
	r := required(RequireUpdated)(c, p, s, in, now)
	if r.Value == catalog.True && (in.Newest.DataVersion == "" || in.Pinned != nil && in.Pinned.DataVersion == "") {
		r.Says += "; no version of its data is reported, so written counts as changed"
	}
	return r
}

func inputFresh(c Condition, p *Policy, s Snapshot, in InputView, now time.Time) catalog.Reason {
	if in.Fresh = c.Within; in.Fresh == 0 {
		in.Fresh = in.Asked.Bound
	}
	return required(RequireFresh)(c, p, s, in, now)
}

func inputChecked(_ Condition, _ *Policy, _ Snapshot, in InputView, _ time.Time) catalog.Reason {
	return catalog.Reason{Value: in.Asked.Checked.Value, Says: in.Asked.Checked.Says, Evidence: in.Asked.Checked.Evidence}
}

// inputIdle: nothing that makes the input runs or is about to.
func inputIdle(_ Condition, _ *Policy, _ Snapshot, in InputView, _ time.Time) catalog.Reason {
	r := atomIdle(Snapshot{Running: in.Asked.Running, Open: in.Asked.Open})
	if r.Value == catalog.True {
		r.Says = fmt.Sprintf("nothing that makes %s runs", in.Name.Name)
	}
	return r
}

// sameTime: the inputs show their sources at about the same time.
func sameTime(c Condition, _ *Policy, s Snapshot, _ time.Time) catalog.Reason {
	r := catalog.Reason{Atom: "same_time", Value: catalog.True, Says: "no two inputs to compare"}
	var first, last InputView
	for i, in := range c.About.of(s) {
		if in.Watermark.IsZero() {
			r.Value, r.Says = catalog.Unknown, fmt.Sprintf("how old the data of %s is, is not known", in.Name.Name)
			return r
		}
		r.Evidence = append(r.Evidence, in.Newest.ID())
		if i == 0 || in.Watermark.Before(first.Watermark) {
			first = in
		}
		if i == 0 || in.Watermark.After(last.Watermark) {
			last = in
		}
	}
	if len(r.Evidence) < 2 {
		return r
	}
	apart := last.Watermark.Sub(first.Watermark)
	r.Value = catalog.Truth(apart <= c.Within)
	r.Says = fmt.Sprintf("%s shows %s and %s shows %s: %s apart, at most %s are asked", first.Name.Name, clock(first.Watermark), last.Name.Name, clock(last.Watermark), apart, c.Within)
	return r
}

// tickOpen: a tick has come that no success has used and that has not expired.
// To look at it uses nothing.
func tickOpen(c Condition, p *Policy, s Snapshot, now time.Time) catalog.Reason {
	r := catalog.Reason{Atom: "tick", Value: catalog.False}
	tick, next, ok := ticks(Want{Cron: c.Cron, TZ: c.TZ}, now)
	r.MayChangeAt = next
	expires := tick.Add(p.ValidFor)
	switch {
	case !ok:
		r.Says = "no tick yet"
	case s.Produced != nil && !begun(*s.Produced).Before(tick):
		r.Says, r.Evidence = fmt.Sprintf("the tick of %s was used by the success of %s", clock(tick), clock(s.Produced.ProducedAt)), []string{s.Produced.ID()}
	case p.ValidFor > 0 && !now.Before(expires):
		r.Says = fmt.Sprintf("the tick of %s expired at %s", clock(tick), clock(expires))
	default:
		r.Value, r.Says = catalog.True, fmt.Sprintf("the tick of %s has come", clock(tick))
		if p.ValidFor > 0 {
			r.MayChangeAt = soonest(expires, next)
		}
	}
	return r
}

// begun is when the run of a version began; without a run, when it was made.
func begun(v catalog.Version) time.Time {
	if v.RunStartedAt.IsZero() {
		return v.ProducedAt
	}
	return v.RunStartedAt
}

func intervalPassed(c Condition, _ *Policy, s Snapshot, now time.Time) catalog.Reason {
	return sinceStart(c.Within, s, now)
}

// quietFor: no input was written for so long, or the first of what is new has
// waited long enough.
func quietFor(c Condition, _ *Policy, s Snapshot, now time.Time) catalog.Reason {
	var last, first time.Time
	for _, in := range c.About.of(s) {
		if in.Newest == nil {
			continue
		}
		if in.Newest.ProducedAt.After(last) {
			last = in.Newest.ProducedAt
		}
		first = soonest(first, in.Asked.FirstNew)
	}
	return quiet(last, first, c.Within, c.MaxWait, now)
}

func quiet(last, first time.Time, within, maxWait time.Duration, now time.Time) catalog.Reason {
	until, limit := last.Add(within), time.Time{}
	if maxWait > 0 && !first.IsZero() {
		limit = first.Add(maxWait)
	}
	switch {
	case !now.Before(until):
		return catalog.Reason{Atom: "quiet", Value: catalog.True, Says: fmt.Sprintf("no input changed for %s", within)}
	case !limit.IsZero() && !now.Before(limit):
		return catalog.Reason{Atom: "quiet", Value: catalog.True, Says: fmt.Sprintf("not quiet, but what came at %s has waited %s", clock(first), maxWait)}
	}
	return catalog.Reason{Atom: "quiet", Value: catalog.False, MayChangeAt: soonest(until, limit), Says: fmt.Sprintf("an input changed at %s: quiet until %s", clock(last), clock(soonest(until, limit)))}
}

// codeChanged: the code that would run now is not that of the last success.
func codeChanged(_ Condition, _ *Policy, s Snapshot, _ time.Time) catalog.Reason {
	r := catalog.Reason{Atom: "code_changed", Value: catalog.Unknown}
	switch {
	case s.Produced == nil:
		r.Says = "nothing was made yet, so there is no code to compare with"
		return r
	case s.Code.Same(s.Produced.Code()) == catalog.Unknown:
		r.Says = "no version of its code is reported that could be compared"
		return r
	}
	r.Value, r.Evidence = s.Code.Same(s.Produced.Code()).Not(), []string{s.Produced.ID()}
	r.Says = fmt.Sprintf("its code is %s, that of the last success %s", s.Code, s.Produced.Code())
	return r
}

// configChanged: the parameters of the target are not those that weir started
// the last success with.
func configChanged(_ Condition, p *Policy, s Snapshot, _ time.Time) catalog.Reason {
	r := catalog.Reason{Atom: "config_changed", Value: catalog.Unknown, Says: "weir has not started it, so it knows no parameters to compare with"}
	if s.Done == nil || p.Target == nil {
		return r
	}
	now, then := paramsText(p.Target.Params), paramsText(p.Partition.without(s.Done.Params))
	r.Value, r.Evidence = catalog.Truth(now != then), []string{s.Done.ID}
	if r.Says = "its parameters are those of the last success"; r.Value == catalog.True {
		r.Says = "its parameters are not those of the last success"
	}
	return r
}

// SignalTag begins the key of a tag that is a signal.
const SignalTag = "signal:"

// signalled: somebody posted the signal, as a tag of the asset, within the time
// that it holds.
func signalled(c Condition, _ *Policy, s Snapshot, now time.Time) catalog.Reason {
	r := catalog.Reason{Atom: "signal(" + c.Name + ")", Value: catalog.False, Says: fmt.Sprintf("nobody posted the signal %s", c.Name)}
	return posted(r, "posted it", c, s, now)
}

// approved: somebody approved of the next run within the time that it holds: the
// signal of that name. A partition needs a word about itself or about all.
func approved(c Condition, _ *Policy, s Snapshot, now time.Time) catalog.Reason {
	c.Name = "approved"
	r := catalog.Reason{Atom: c.Name, Value: catalog.False, Says: "nobody has approved: weir asset tag NAME " + SignalTag + c.Name}
	if s.Part != nil && c.Partition == "" {
		s.Signals = slices.DeleteFunc(slices.Clone(s.Signals), func(t catalog.Tag) bool { return t.Value != "" && t.Value != s.Part.Key })
		r.Says += "=" + s.Part.Key
	}
	return posted(r, "approved", c, s, now)
}

// posted is true while one of the signals holds that a condition asks for.
func posted(r catalog.Reason, did string, c Condition, s Snapshot, now time.Time) catalog.Reason {
	for _, t := range s.Signals {
		if t.Key != SignalTag+c.Name || c.Partition != "" && t.Value != c.Partition || r.Value == catalog.True {
			continue
		}
		end := t.Curated.Since.Add(c.Within)
		r.Value, r.Says = catalog.Truth(now.Before(end)), fmt.Sprintf("%s %s at %s: it holds until %s", t.Curated.By, did, clock(t.Curated.Since), clock(end))
		if r.Value == catalog.True {
			r.MayChangeAt = end
		}
	}
	return r
}
