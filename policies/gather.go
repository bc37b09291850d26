package policies

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/graph"
)

// Graph answers what is connected now (graph.Topology).
type Graph interface {
	Neighbours(ctx context.Context, q graph.NeighbourQuery) (edges []catalog.Edge, more bool, err error)
}

// Gatherer reads snapshots. All of its sources are interfaces that this room
// declares; of its own it remembers only which tools hang.
type Gatherer struct {
	History    History
	Graph      Graph
	Ledger     Ledger
	Connectors []connectors.Connector
	Policies   *Live
	// Recall, when set, is asked in place of History, and told by the evaluator
	// what events touch.
	Recall *Recall

	// of is the gatherer that remembers for this one; nil: it does itself.
	of       *Gatherer
	hung     sync.Map // connector instance -> until when it is not asked
	measured measured
	slots    slots
	closed   closed
	actors   actors
	related  related
	ordered  ordered
	matched  matched
}

func (g *Gatherer) root() *Gatherer {
	if g.of != nil {
		return g.of
	}
	return g
}

// Snapshot reads everything that Decide looks at. asker is the run tree that
// asks a gate: it does not count as running.
func (g *Gatherer) Snapshot(ctx context.Context, p *Policy, asset catalog.AssetID, now time.Time, asker string) (Snapshot, error) {
	return g.snapshot(ctx, p, asset, now, asker, nil, untilAdmission)
}

// extent is how much of a snapshot is read.
type extent int

// The extents: how old the data is, what else says whether a run is ready, and
// what admits it.
const (
	untilAge extent = iota
	untilReady
	untilAdmission
)

// snapshot is Snapshot; with a key, of a policy with want: partition, its only
// partition is that one, however old it is.
func (g *Gatherer) snapshot(ctx context.Context, p *Policy, asset catalog.AssetID, now time.Time, asker string, key *string, reads extent) (Snapshot, error) {
	r := newReader(ctx, g.History)
	if g.root().Recall != nil {
		r.memo = g.root().Recall.marks
	}
	s := Snapshot{Asset: asset, IDs: []catalog.AssetID{asset}, Spent: map[catalog.DemandElement]bool{}, dated: p.asksAge()}
	a, seen, err := r.asset(asset)
	if err != nil {
		return s, err
	}
	if seen {
		s.Name, s.IDs = a.Name, a.IDs()
	}
	s.Written = s.Name
	if !p.Select.Glob() {
		if _, s.Written, err = g.resolve(ctx, p.Select); err != nil {
			return s, err
		}
	}
	if !seen {
		s.Name = s.Written
	}
	for at, steps := range [][]func() error{{
		func() error { return g.produced(r, &s) },
		func() error { return g.target(ctx, r, p, &s) },
		func() error { return g.orders(ctx, &s) },
		func() error { return g.actions(ctx, p, &s) },
		func() error { return g.inputs(ctx, r, p, &s) },
		func() error { return g.lag(ctx, r, p, &s) },
	}, {
		func() error { return g.behind(r, p, &s) },
		func() error { return g.running(ctx, r, p, &s, now, asker) },
		func() error { return g.leases(ctx, r, &s, now, asker) },
		func() error { return g.timing(r, p, &s, now) },
		func() error { return g.calendars(ctx, r, p, &s) },
		func() error { return g.parts(ctx, r, p, &s, now, key) },
		func() error { return g.asked(ctx, r, p, &s, now, asker) },
	}, {
		func() error { return g.reuse(ctx, r, p, &s) },
		func() error { return g.admission(ctx, r, p, &s, now) },
	}} {
		if extent(at) > reads {
			break
		}
		for _, step := range steps {
			if err := step(); err != nil {
				return s, fmt.Errorf("snapshot of %s for %s: %w", s.Name, p.Name, err)
			}
		}
	}
	return s, nil
}

// produced finds the asset's newest untainted version; a job's is its last
// successful run.
func (g *Gatherer) produced(r *reader, s *Snapshot) error {
	if s.Name.Type == catalog.TypeDataset {
		list, err := g.History.Versions(r.ctx, VersionQuery{Dataset: s.Asset, Untainted: true, Limit: 1})
		if err == nil && len(list) > 0 {
			s.Produced = &list[0]
			s.StartedAt = list[0].RunStartedAt
		}
		return err
	}
	runs, err := g.History.Runs(r.ctx, RunQuery{Jobs: []catalog.AssetID{s.Asset}, States: []catalog.RunState{catalog.RunSucceeded}, Limit: 1})
	if err != nil || len(runs) == 0 {
		return err
	}
	run := runs[0]
	v := catalog.Version{Dataset: run.Key.Job, Asset: s.Asset, Run: run.Key, Attempt: run.Attempt, RunStartedAt: run.StartedAt, ProducedAt: run.LastEventAt, CodeVersion: run.CodeVersion, CodeHash: run.CodeHash}
	if run.EndedAt != nil {
		v.ProducedAt = *run.EndedAt
	}
	s.Produced, s.StartedAt = &v, run.StartedAt
	return nil
}

// maxClosed bounds how many closed actions are looked at for spent demands.
const maxClosed = 200

// actions reads what is open on the target and which demands are spent.
func (g *Gatherer) actions(ctx context.Context, p *Policy, s *Snapshot) error {
	var err error
	if s.ResolveErr == "" {
		if s.Open, err = g.Ledger.Actions(ctx, ActionQuery{Connector: s.Resolved.Connector, ToolJob: s.Resolved.ToolJob, Open: true, Undated: true, Limit: maxClosed}); err != nil {
			return err
		}
		s.Open = slices.DeleteFunc(s.Open, func(a catalog.Action) bool { return !a.Kind.StartsRun() })
	}
	if err = g.spent(ctx, p, s); err != nil {
		return err
	}
	done, err := g.Ledger.Actions(ctx, ActionQuery{Assets: s.IDs, Kinds: spenders, Undated: true, States: []catalog.ActionState{catalog.ActionSucceeded}, Limit: 1})
	if err != nil || len(done) == 0 {
		return err
	}
	if s.Done = &done[0]; s.Done.Kind == catalog.ActionSkip {
		return nil
	}
	if s.Produced == nil || s.Produced.ProducedAt.Before(done[0].RunAfter) {
		s.NoEvents = done[0].ToolJob
	}
	return nil
}

func (g *Gatherer) inputs(ctx context.Context, r *reader, p *Policy, s *Snapshot) error {
	list := p.Inputs
	if p.readsObserved() {
		var err error
		if list, s.ObservedCut, err = g.observedInputs(ctx, r, s.Asset); err != nil {
			return err
		}
	}
	s.Inputs = make([]InputView, 0, len(list))
	for i, in := range list {
		v, err := g.inputAt(ctx, r, p, i, in, s)
		if err != nil {
			return err
		}
		if p.readsObserved() && v.Newest == nil {
			v.Require = RequireNone // a source that nobody reports: there is nothing to wait for
		}
		s.Inputs = append(s.Inputs, v)
	}
	return nil
}

// input is an input as it stands for a snapshot.
func (g *Gatherer) input(ctx context.Context, r *reader, in Input, s *Snapshot) (InputView, error) {
	v, x, err := g.view(ctx, r, in, s)
	if err != nil {
		return v, err
	}
	v.Own = v.Newest != nil && g.own(r, v.Asset, x.asset, s)
	return v, nil
}

// view is input without whether it is the target's own work; with it comes what is
// known of the asset.
func (g *Gatherer) view(ctx context.Context, r *reader, in Input, s *Snapshot) (InputView, *fact, error) {
	v := InputView{Input: in}
	var err error
	if v.Asset, v.Name, err = g.resolve(ctx, in.Selector); err != nil {
		return v, nil, err
	}
	v.Written = v.Name
	x, err := g.assetFact(r, v.Asset)
	if err == nil {
		err = g.see(ctx, r, &v, x.asset, s)
	}
	return v, x, err
}

// see fills in what is known of an input.
func (g *Gatherer) see(ctx context.Context, r *reader, v *InputView, f *assetFacts, s *Snapshot) error {
	if v.Seen = f.seen; f.seen {
		v.Name = f.row.Name
	}
	if v.Newest = f.newest; v.Newest == nil {
		return nil
	}
	v.newestID, v.Tainted = f.newestID, f.tainted
	if s.dated || v.Require == RequireFresh {
		age, err := g.ageOf(r, v.Asset)
		if err != nil {
			return err
		}
		v.Watermark = age.at
	}
	if err := g.pinned(ctx, r, v, s); err != nil {
		return err
	}
	v.pinnedID = identify(v.Pinned)
	if err := g.boundOf(ctx, v); err != nil {
		return err
	}
	var err error
	if v.Checks != ChecksNone {
		v.Checked, err = r.checksOK(v.Asset, v.Checks)
	}
	return err
}

// pinned is what the last success read: by its own run, or, where the tool's
// events name no input, by the pins of the action that started it.
func (g *Gatherer) pinned(ctx context.Context, r *reader, v *InputView, s *Snapshot) error {
	reached := false
	if s.Produced != nil {
		var err error
		if v.Pinned, reached, err = r.pinnedThrough(*s.Produced, v.Asset); err != nil {
			return err
		}
	}
	if s.Name.Type == catalog.TypeJob && !reached {
		if err := g.gatePinned(ctx, r, v, s); err != nil {
			return err
		}
	}
	v.Read = v.Pinned
	if s.Done == nil {
		return nil
	}
	if err := g.donePinned(r, v, s, reached); err != nil {
		return err
	}
	if s.Done.Kind != catalog.ActionSkip || s.Done.Reuse != nil {
		v.Read = v.Pinned
	}
	return nil
}

// donePinned applies the pins of the newest action that succeeded; reached: the
// last success tells what it read.
func (g *Gatherer) donePinned(r *reader, v *InputView, s *Snapshot, reached bool) error {
	pin, err := g.pinIn(r, s.Done.Pins, v)
	if err != nil || pin == nil {
		return err
	}
	blind, err := r.blind(*s.Done, s.Produced)
	switch {
	case err != nil:
		return err
	case v.Pinned == nil, blind && v.Pinned.Before(*pin):
		v.Pinned = pin
	case reached && s.Produced.RunStartedAt.After(s.Done.CreatedAt): // the run itself says it better
	case !reached && madeBy(*s.Done, s.Produced), v.Pinned.Before(*pin):
		v.Pinned = pin
	}
	return nil
}

// blind: the action's own run, which does not name the versions it read. It
// began after weir knew the pins, whatever the clocks of the tools say.
func (r *reader) blind(a catalog.Action, v *catalog.Version) (bool, error) {
	if v == nil || a.Run.IsZero() || a.Run != v.Run {
		return false, nil
	}
	run, ok, err := r.run(v.Run)
	return ok && len(run.Reads) == 0, err
}

// gatePinned: a run that the gate let through began before it asked; what it was
// told to read counts as read.
func (g *Gatherer) gatePinned(ctx context.Context, r *reader, v *InputView, s *Snapshot) error {
	if s.Produced == nil {
		return nil
	}
	refs := []string{s.Produced.Run.RunID}
	if run, ok, err := r.run(s.Produced.Run); err != nil {
		return err
	} else if ok && run.ExternalID != "" {
		refs = append(refs, run.ExternalID)
	}
	given, err := g.Ledger.GateAnswers(ctx, GateQuery{RunRefs: refs, Limit: 5})
	if err != nil {
		return err
	}
	for _, a := range given {
		if id, _, err := g.History.Resolve(ctx, a.Job); err != nil || id != s.Asset || a.Decision != catalog.DecideRun {
			continue
		}
		pin, err := g.pinIn(r, a.Pins, v)
		if err != nil {
			return err
		}
		if pin != nil && (v.Pinned == nil || v.Pinned.Before(*pin)) {
			v.Pinned = pin
		}
	}
	return nil
}

// madeBy: the version came from the run of the action, or after it began.
func madeBy(a catalog.Action, v *catalog.Version) bool {
	return v != nil && (a.Run == v.Run || !v.RunStartedAt.Before(a.CreatedAt))
}

// pinIn is the version that pins name of an input.
func (g *Gatherer) pinIn(r *reader, pins []catalog.Pin, v *InputView) (*catalog.Version, error) {
	input := v.Asset
	for _, p := range pins {
		now, err := g.History.Canonical(r.ctx, p.Input)
		if err != nil || now != input {
			continue
		}
		if v.Newest != nil && v.Newest.ID() == p.Version {
			// A run that says again that it is complete moves its version, which
			// stays the same (semantics 3.1).
			return v.Newest, nil
		}
		for _, many := range []int{1, maxTwins} {
			list, err := g.History.Versions(r.ctx, VersionQuery{Dataset: input, Before: p.ProducedAt.Add(1), Untainted: true, Limit: many})
			if err != nil {
				return nil, err
			}
			for i := range list {
				if list[i].ID() == p.Version {
					return &list[i], nil
				}
			}
		}
		// The pinned version came through a view: its time says enough.
		return &catalog.Version{Asset: input, ProducedAt: p.ProducedAt}, nil
	}
	return nil, nil
}

// maxTwins bounds how many versions of about one time a pin is looked for among.
const maxTwins = 20

// own: a version made inside a run tree of the target is never new for it; nor is
// what it reads of itself, perhaps since a merge.
func (g *Gatherer) own(r *reader, input catalog.AssetID, f *assetFacts, s *Snapshot) bool {
	if input == s.Asset || slices.Contains(f.makers, s.Asset) {
		return true
	}
	c := g.connector(s.Resolved.Connector)
	if c == nil || s.ResolveErr != "" {
		return false
	}
	for _, run := range f.chain {
		if run.Key.Job.Namespace == catalog.InternalNamespace { // no tool's
			continue
		}
		if job, ok := g.claims(r.ctx, c, run.Key.Job); ok && job == s.Resolved.ToolJob {
			return true
		}
	}
	return false
}

// boundOf finds the input's bound where the policy gave none: the input's own
// max_lag.
func (g *Gatherer) boundOf(ctx context.Context, v *InputView) error {
	if v.Require != RequireFresh || v.Fresh > 0 || g.Policies == nil {
		return nil
	}
	for _, p := range g.Policies.Get().Policies {
		if p.Want.Kind != WantMaxLag || p.Select.Glob() {
			continue
		}
		if id, _, err := g.resolve(ctx, p.Select); err == nil && id == v.Asset {
			v.Fresh = p.Want.Within
		}
	}
	return nil
}

// lag reads how old the asset's data is, and which versions a run would take
// in. With listed inputs only the roots reached through them count.
func (g *Gatherer) lag(_ context.Context, r *reader, p *Policy, s *Snapshot) error {
	if len(s.Inputs) == 0 {
		return g.lagOfRoots(r, s)
	}
	var oldest mark
	for _, in := range s.Inputs {
		if in.Static || in.Newest == nil {
			continue
		}
		if !in.Own && (in.Pinned == nil || in.Pinned.Before(*in.Newest)) {
			s.Lag.News = append(s.Lag.News, in.newestID.of(in.Newest))
		}
		if in.Pinned == nil {
			continue
		}
		m, err := in.pinnedAge(r)
		if err != nil {
			return err
		}
		oldest = oldest.orOlder(m)
	}
	if s.Produced != nil {
		s.Lag.Watermark, s.Lag.Because, s.Lag.BecauseID = oldest.at, oldest.name, oldest.asset
	}
	return nil
}

// lagOfRoots: without listed inputs the oldest root decides. Data that the last
// success had before it when it began is no news: running again would not take
// it in either.
func (g *Gatherer) lagOfRoots(r *reader, s *Snapshot) error {
	if s.Produced == nil || s.Name.Type == catalog.TypeJob {
		return nil
	}
	m, err := r.watermark(*s.Produced, 0)
	if err != nil || m.at.IsZero() {
		return err
	}
	s.Lag.Watermark, s.Lag.Because, s.Lag.BecauseID = m.at, m.name, m.asset
	if m.asset == s.Asset { // it is its own root: a run makes new data
		s.Lag.News = append(s.Lag.News, "replace:"+s.Produced.ID())
		return nil
	}
	v, err := r.newest(m.asset, time.Time{})
	if err == nil && v != nil && v.ProducedAt.After(s.Produced.RunStartedAt) {
		s.Lag.News = append(s.Lag.News, v.ID())
	}
	return err
}

// notFound reports whether err is catalog.ErrNotFound.
func notFound(err error) bool { return errors.Is(err, catalog.ErrNotFound) }
