package policies

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Reuse is memoization, for a policy with skip_unchanged: where the code, the
// parameters and the data of every input are those of the last success, a run
// would make the same again. Then what stands is reused: the outcome is SKIP,
// with the proof, and the demand counts as met. What is unknown proves nothing,
// so the run takes place. Code of which neither side reports anything is not
// compared: skip_unchanged is then about the inputs alone, and the proof says so.

// atomReuse is whether a run would make the same again; nil for a policy that
// does not ask, and for one that decides by partition.
func atomReuse(p *Policy, s Snapshot) *catalog.Reason {
	if !p.SkipUnchanged || p.Partition != nil || s.Produced == nil {
		return nil
	}
	list := []catalog.Reason{codeUnchanged(s)}
	if s.Overwritten {
		list = append(list, catalog.Reason{Atom: "stands", Value: catalog.Unknown, Says: "a failed run wrote it since"})
	}
	if config := configChanged(Condition{}, p, s, time.Time{}); config.Value != catalog.Unknown {
		config.Atom, config.Value = "config_unchanged", config.Value.Not()
		list = append(list, config)
	}
	inputs := s.reads()
	for _, in := range inputs {
		list = append(list, inputUnchanged(s, in))
	}
	if len(inputs) == 0 || s.UnlistedCut {
		list = append(list, catalog.Reason{Atom: "unchanged(more)", Value: catalog.Unknown, Says: "it is not known what else it reads"})
	}
	r := all("reuse", "", "not reused: ", list)
	if r.Value == catalog.True {
		r.Says = fmt.Sprintf("%s, and %s as %s read them", list[0].Says, countOf(len(inputs), "input is", "inputs are"), runSays(*s.Produced))
		r.Evidence = []string{s.Produced.ID()}
	}
	return &r
}

func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// runSays names what made a version.
func runSays(v catalog.Version) string {
	if v.Run.IsZero() {
		return "the version of " + clock(v.ProducedAt)
	}
	return fmt.Sprintf("run %s of %s", v.Run.RunID, clock(v.ProducedAt))
}

// reads are all inputs that a run is known to read: the listed ones, and those
// that the last success read beside them.
func (s Snapshot) reads() []InputView { return slices.Concat(s.Inputs, s.Unlisted) }

func codeUnchanged(s Snapshot) catalog.Reason {
	r := catalog.Reason{Atom: "code_unchanged", Evidence: []string{s.Produced.ID()}}
	then := s.Produced.Code()
	if !then.Known() && !s.Code.Known() {
		r.Value, r.Says = catalog.True, "its code is not reported and was not compared"
		return r
	}
	switch r.Value = s.Code.Same(then); r.Value {
	case catalog.True:
		r.Says = fmt.Sprintf("its code is %s as before", s.Code)
	case catalog.False:
		r.Says = fmt.Sprintf("its code is %s, that of the last success was %s", s.Code, then)
	default:
		r.Says = "what is reported of its code cannot be compared with that of the last success"
	}
	return r
}

// inputUnchanged: the newest version is the one that was read, or has the same
// data by its store's own word.
func inputUnchanged(s Snapshot, in InputView) catalog.Reason {
	r := catalog.Reason{Atom: "unchanged(" + in.Name.Name + ")", Value: catalog.Unknown, Evidence: evidence(in)}
	switch {
	case in.Newest == nil:
		r.Says = fmt.Sprintf("%s has no version to compare", in.Name.Name)
	case in.Tainted:
		r.Says = fmt.Sprintf("the last run that wrote %s failed: its data is not known", in.Name.Name)
	case s.ownBefore(in):
		r.Value, r.Says = catalog.True, fmt.Sprintf("the newest %s was made by a run of the target itself", in.Name.Name)
	case in.Read == nil:
		r.Says = fmt.Sprintf("which %s the last success read is not known", in.Name.Name)
	case !in.Read.Before(*in.Newest):
		r.Value, r.Says = catalog.True, fmt.Sprintf("%s of %s is what the last success read", in.Name.Name, clock(in.Newest.ProducedAt))
	case in.Newest.DataVersion == "" || in.Read.DataVersion == "":
		r.Value, r.Says = catalog.False, fmt.Sprintf("%s was written at %s, and no version of its data says that it is the same", in.Name.Name, clock(in.Newest.ProducedAt))
	default:
		r.Value = catalog.Truth(in.Newest.DataVersion == in.Read.DataVersion)
		r.Says = fmt.Sprintf("%s has data version %s, the last success read %s", in.Name.Name, in.Newest.DataVersion, in.Read.DataVersion)
	}
	return r
}

// ownBefore: the newest version came of the target itself, no later than what
// stands. One that it wrote after that is news to what stands.
func (s Snapshot) ownBefore(in InputView) bool { return in.Own && !s.Produced.Before(*in.Newest) }

// reused is the proof as it is kept, of an atom that is true.
func (s Snapshot) reused() *catalog.Reuse {
	out := &catalog.Reuse{Version: s.Produced.ID(), Run: s.Produced.Run, ProducedAt: s.Produced.ProducedAt, Code: s.Produced.Code()}
	for _, in := range s.reads() {
		one := catalog.ReusedInput{Input: catalog.AssetID(in.Written.ID()), Name: in.Name, Version: in.Newest.ID(), Read: in.Newest.ID(), DataVersion: in.Newest.DataVersion}
		if !s.ownBefore(in) && in.Read != nil && in.Read.Before(*in.Newest) {
			one.Read = in.Read.ID()
		}
		out.Inputs = append(out.Inputs, one)
	}
	return out
}

// stands is what a run would replace, and since when it stands: the newest
// version, or the reuse of it.
func (s Snapshot) stands() (id string, since time.Time) {
	if d := s.Done; d != nil && d.Reuse != nil && d.CreatedAt.After(s.Produced.ProducedAt) {
		return d.ID, d.CreatedAt
	}
	return s.Produced.ID(), s.Produced.ProducedAt
}

// skipOf is the record of a reuse: it closes at once, and no tool is asked.
func skipOf(p *Policy, s Snapshot, ev Evaluation, d catalog.Decision) *catalog.Action {
	if ev.Reuse == nil || p.Mode == catalog.ModeObserve || len(s.Open) > 0 {
		return nil
	}
	a := &catalog.Action{
		ID: newID(), Kind: catalog.ActionSkip, State: catalog.ActionSucceeded, Target: catalog.AssetID(s.Written.ID()), Name: s.Name,
		Connector: s.Resolved.Connector, ToolJob: s.Resolved.ToolJob, Policies: []string{p.Name}, Demand: ev.Demand, Attempt: 1, Pins: ev.Pins, Reuse: ev.Reuse,
		CreatedAt: d.At, ValidUntil: d.At.Add(p.ValidFor), Cause: d.ID,
	}
	if p.Target != nil {
		a.Params = p.Target.Params
	}
	if !p.Acts() {
		a.State = catalog.ActionShadowed
	}
	a.Transitions = []catalog.ActionTransition{{To: a.State, At: d.At, Actor: "weir", Cause: ev.Tree.Says, Evidence: d.ID}}
	return a
}

// reuse reads what a reuse is judged by, of a policy that asks for it.
func (g *Gatherer) reuse(ctx context.Context, r *reader, p *Policy, s *Snapshot) error {
	if !p.SkipUnchanged || p.Partition != nil || s.Produced == nil {
		return nil
	}
	if err := g.code(r, s); err != nil {
		return err
	}
	if err := overwritten(r, s); err != nil {
		return err
	}
	list, cut, err := g.lastRead(ctx, r, s)
	if err != nil {
		return err
	}
	s.UnlistedCut = cut
	for _, in := range list {
		if !slices.ContainsFunc(s.Inputs, func(o InputView) bool { return o.Asset == in.Asset }) {
			s.Unlisted = append(s.Unlisted, in)
		}
	}
	return nil
}

// overwritten notes whether a run that did not succeed came after what stands: it
// wrote it, or for a job may have written what the job makes.
func overwritten(r *reader, s *Snapshot) error {
	if s.Name.Type == catalog.TypeDataset {
		list, err := r.history.Versions(r.ctx, VersionQuery{Dataset: s.Asset, Limit: 1})
		s.Overwritten = len(list) > 0 && list[0].Tainted && s.Produced.Before(list[0])
		return err
	}
	runs, err := r.history.Runs(r.ctx, RunQuery{Jobs: []catalog.AssetID{s.Asset}, States: unmade, Limit: 1})
	s.Overwritten = len(runs) > 0 && runs[0].EndedAt != nil && runs[0].EndedAt.After(s.Produced.ProducedAt)
	return err
}

// unmade are the ends of a run that may leave half of what it makes.
var unmade = []catalog.RunState{catalog.RunFailed, catalog.RunCancelled, catalog.RunPartial}

// lastRead are the inputs that the last success read; cut says that there are
// more.
func (g *Gatherer) lastRead(ctx context.Context, r *reader, s *Snapshot) (out []InputView, cut bool, err error) {
	sources, err := r.inputsOf(*s.Produced)
	if err != nil {
		return nil, false, err
	}
	for _, src := range sources[:min(len(sources), maxObserved)] {
		a, ok, err := r.asset(src.asset)
		if err != nil {
			return nil, false, err
		}
		if !ok {
			continue
		}
		v, err := g.input(ctx, r, Input{Selector: Selector{Type: a.Type, Exact: &a.Name, Text: a.Name.Namespace + "/" + a.Name.Name}, Require: RequireNone}, s)
		if err != nil {
			return nil, false, err
		}
		out = append(out, v)
	}
	return out, len(sources) > maxObserved, nil
}
