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

	hung sync.Map // connector instance -> until when it is not asked
}

// connector finds a configured connector.
func (g *Gatherer) connector(name string) connectors.Connector {
	for _, c := range g.Connectors {
		if c.Instance() == name {
			return c
		}
	}
	return nil
}

// maxSelected bounds how many assets one policy may select.
const maxSelected = 1000

// Selected lists the assets that a policy is about now. An exact name counts,
// seen or not; it is resolved anew at each look.
func (g *Gatherer) Selected(ctx context.Context, p *Policy) ([]catalog.AssetID, error) {
	if p.Select.Glob() {
		assets, err := g.History.Select(ctx, p.Select.Type, p.Select.Text, maxSelected)
		ids := make([]catalog.AssetID, 0, len(assets))
		for _, a := range assets {
			ids = append(ids, a.ID)
		}
		return ids, err
	}
	id, _, err := g.resolve(ctx, p.Select)
	return []catalog.AssetID{id}, err
}

// Match is a policy and an asset that it is about.
type Match struct {
	Policy *Policy
	Asset  catalog.AssetID
	// Equal names other acting policies of the same rank on the asset.
	Equal []string
}

func (m Match) key() string { return m.Policy.Name + "\x00" + m.Asset.String() }

// Matches lists which policy is about which asset now, in the order of the
// policies. The narrowest selector wins: an exact name over a pattern, a longer
// pattern over a shorter one. Policies of equal rank all match; where two of
// them would act, neither may.
func (g *Gatherer) Matches(ctx context.Context) ([]Match, error) {
	var all []Match
	best := map[catalog.AssetID]int{}
	acting := map[catalog.AssetID][]string{}
	for _, p := range g.Policies.Get().Policies {
		ids, err := g.Selected(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("select for %s: %w", p.Name, err)
		}
		for _, id := range ids {
			all = append(all, Match{Policy: p, Asset: id})
			best[id] = max(best[id], p.Select.rank())
		}
	}
	all = slices.DeleteFunc(all, func(m Match) bool { return m.Policy.Select.rank() < best[m.Asset] })
	for _, m := range all {
		if m.Policy.Acts() {
			acting[m.Asset] = append(acting[m.Asset], m.Policy.Name)
		}
	}
	for i, m := range all {
		if m.Policy.Acts() && len(acting[m.Asset]) > 1 {
			all[i].Equal = slices.DeleteFunc(slices.Clone(acting[m.Asset]), func(n string) bool { return n == m.Policy.Name })
		}
	}
	return all, nil
}

// rivals are other acting policies that name the same asset, since a merge.
func (g *Gatherer) rivals(ctx context.Context, p *Policy, id catalog.AssetID) (out []string, err error) {
	for _, o := range g.Policies.Get().Policies {
		if o == p || !o.Acts() || o.Select.Glob() || p.Select.Glob() {
			continue
		}
		other, _, err := g.resolve(ctx, o.Select)
		if err != nil {
			return nil, err
		}
		if other == id {
			out = append(out, o.Name)
		}
	}
	return out, nil
}

// resolve gives the asset of an exact selector and the name to show. A text is
// split where a known name says so, else as the command line does.
func (g *Gatherer) resolve(ctx context.Context, s Selector) (catalog.AssetID, catalog.Name, error) {
	var first catalog.Name
	for i, n := range s.names() {
		id, seen, err := g.History.Resolve(ctx, n)
		if err != nil {
			return id, n, err
		}
		if i == 0 {
			first = n
		}
		if seen {
			return id, n, nil
		}
	}
	id, _, err := g.History.Resolve(ctx, first)
	return id, first, err
}

// names are the ways to split "NAMESPACE/NAME": the longest namespace first
// would prefer odd names, so the likeliest comes first (after the authority,
// or at the first slash), then every other slash.
func (s Selector) names() []catalog.Name {
	if s.Exact != nil {
		return []catalog.Name{*s.Exact}
	}
	return catalog.SplitName(s.Type, s.Text)
}

// Snapshot reads everything that Decide looks at. asker is the run tree that
// asks a gate: it does not count as running.
func (g *Gatherer) Snapshot(ctx context.Context, p *Policy, asset catalog.AssetID, now time.Time, asker string) (Snapshot, error) {
	r := newReader(ctx, g.History)
	s := Snapshot{Asset: asset, IDs: []catalog.AssetID{asset}, Spent: map[catalog.DemandElement]bool{}}
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
	if s.KillSwitch, err = g.Ledger.KillSwitch(ctx); err != nil {
		return s, err
	}
	for _, step := range []func() error{
		func() error { return g.produced(r, &s) },
		func() error { return g.target(ctx, r, p, &s) },
		func() error { return g.actions(ctx, p, &s) },
		func() error { return g.inputs(ctx, r, p, &s) },
		func() error { return g.lag(ctx, r, p, &s) },
		func() error { return g.running(ctx, r, p, &s, now, asker) },
		func() error { return g.leases(ctx, r, &s, now, asker) },
	} {
		if err := step(); err != nil {
			return s, fmt.Errorf("snapshot of %s for %s: %w", s.Name, p.Name, err)
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
	v := catalog.Version{Dataset: run.Key.Job, Asset: s.Asset, Run: run.Key, Attempt: run.Attempt, RunStartedAt: run.StartedAt, ProducedAt: run.LastEventAt}
	if run.EndedAt != nil {
		v.ProducedAt = *run.EndedAt
	}
	s.Produced, s.StartedAt = &v, run.StartedAt
	return nil
}

// target resolves what would be started: what the policy names, else by the
// run chain of the newest version the innermost job that the outermost
// claiming connector claims.
func (g *Gatherer) target(ctx context.Context, r *reader, p *Policy, s *Snapshot) error {
	if p.Target != nil {
		s.Resolved = ResolvedTarget{p.Target.Connector, p.Target.Job, true}
		if g.connector(p.Target.Connector) == nil {
			s.ResolveErr = fmt.Sprintf("no connector is named %q", p.Target.Connector)
		}
		return nil
	}
	if s.Produced == nil {
		s.ResolveErr = "the asset was never produced, so nothing says what makes it: name a target"
		return nil
	}
	run, ok, err := r.run(s.Produced.Run)
	if err != nil {
		return err
	}
	if !ok {
		s.ResolveErr = "its newest version came without a run: name a target"
		return nil
	}
	chain, err := r.chain(run)
	if err != nil {
		return err
	}
	s.Resolved, ok = g.claim(ctx, chain)
	if !ok {
		s.ResolveErr = fmt.Sprintf("no configured connector claims %s or what contains it: name a target", run.Key.Job.Name)
		s.AskAgain = true // the tool may have been down, or have a new job
	}
	return nil
}

// claim walks the chain from the outside in for the connector, then from the
// inside out for its job.
func (g *Gatherer) claim(ctx context.Context, chain []catalog.Run) (ResolvedTarget, bool) {
	for i := len(chain) - 1; i >= 0; i-- {
		if chain[i].Key.Job.Namespace == catalog.InternalNamespace {
			continue
		}
		for _, c := range g.Connectors {
			if _, ok := g.claims(ctx, c, chain[i].Key.Job); !ok {
				continue
			}
			for _, inner := range chain {
				if job, ok := g.claims(ctx, c, inner.Key.Job); ok {
					return ResolvedTarget{Connector: c.Instance(), ToolJob: job}, true
				}
			}
		}
	}
	return ResolvedTarget{}, false
}

// A connector may ask its tool what it has. It gets claimWait, and one that took
// so long is not asked again for claimRest: a tool that hangs must not hold up
// the gate.
const (
	claimWait = time.Second
	claimRest = time.Minute
)

func (g *Gatherer) claims(ctx context.Context, c connectors.Connector, job catalog.Name) (string, bool) {
	if until, ok := g.hung.Load(c.Instance()); ok && time.Now().Before(until.(time.Time)) { //nolint:errcheck // only times are kept
		return "", false
	}
	short, cancel := context.WithTimeout(ctx, claimWait)
	defer cancel()
	toolJob, ok := c.Claims(short, job)
	if short.Err() != nil && ctx.Err() == nil {
		g.hung.Store(c.Instance(), time.Now().Add(claimRest))
	}
	return toolJob, ok
}

// maxClosed bounds how many closed actions are looked at for spent demands.
const maxClosed = 200

// actions reads what is open on the target and which demands are spent.
func (g *Gatherer) actions(ctx context.Context, p *Policy, s *Snapshot) error {
	var err error
	if s.ResolveErr == "" {
		if s.Open, err = g.Ledger.Actions(ctx, ActionQuery{Connector: s.Resolved.Connector, ToolJob: s.Resolved.ToolJob, Open: true, Limit: maxClosed}); err != nil {
			return err
		}
	}
	// Under any of its names, and for whatever shares its target: a demand
	// that the target was started for is spent for all.
	queries := []ActionQuery{{Assets: s.IDs, Closed: true, Limit: maxClosed}}
	if s.ResolveErr == "" {
		queries = append(queries, ActionQuery{Connector: s.Resolved.Connector, ToolJob: s.Resolved.ToolJob, Closed: true, Limit: maxClosed})
	}
	for _, q := range queries {
		closed, err := g.Ledger.Actions(ctx, q)
		if err != nil {
			return err
		}
		for _, a := range closed {
			if !consumes(a.State) {
				continue
			}
			for _, d := range a.Demand {
				s.Spent[d] = true
			}
			if a.RunAfter.After(s.StartedAt) {
				s.StartedAt = a.RunAfter
			}
		}
	}
	done, err := g.Ledger.Actions(ctx, ActionQuery{Assets: s.IDs, States: []catalog.ActionState{catalog.ActionSucceeded}, Limit: 1})
	if err != nil || len(done) == 0 {
		return err
	}
	s.Done = &done[0]
	if s.Produced == nil || s.Produced.ProducedAt.Before(done[0].RunAfter) {
		s.NoEvents = done[0].ToolJob
	}
	return nil
}

// consumes: an action that never reached the tool spends nothing.
func consumes(s catalog.ActionState) bool {
	switch s {
	case catalog.ActionSucceeded, catalog.ActionFailed, catalog.ActionCancelled, catalog.ActionRefused, catalog.ActionRejected:
		return true
	}
	return false
}

func (g *Gatherer) inputs(ctx context.Context, r *reader, p *Policy, s *Snapshot) error {
	for _, in := range p.Inputs {
		v, err := g.input(ctx, r, in, s)
		if err != nil {
			return err
		}
		s.Inputs = append(s.Inputs, v)
	}
	return nil
}

func (g *Gatherer) input(ctx context.Context, r *reader, in Input, s *Snapshot) (InputView, error) {
	v := InputView{Input: in}
	var err error
	if v.Asset, v.Name, err = g.resolve(ctx, in.Selector); err != nil {
		return v, err
	}
	v.Written = v.Name
	a, seen, err := r.asset(v.Asset)
	if err != nil {
		return v, err
	}
	if v.Seen = seen; seen {
		v.Name = a.Name
	}
	if v.Newest, err = r.newest(v.Asset, time.Time{}); err != nil || v.Newest == nil {
		return v, err
	}
	for _, step := range []func() error{
		func() error { return g.taint(r, &v) },
		func() error { return g.pinned(ctx, r, &v, s) },
		func() error { return g.own(ctx, r, &v, s) },
		func() error { return g.freshOf(ctx, r, &v) },
	} {
		if err := step(); err != nil {
			return v, err
		}
	}
	if in.Checks != ChecksNone {
		v.Checked, err = r.checksOK(v.Asset, in.Checks)
	}
	return v, err
}

// taint: a failed run wrote after the newest good version.
func (g *Gatherer) taint(r *reader, v *InputView) error {
	list, err := g.History.Versions(r.ctx, VersionQuery{Dataset: v.Asset, Limit: 1})
	v.Tainted = err == nil && len(list) > 0 && list[0].Tainted && v.Newest.Before(list[0])
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
	if s.Done == nil {
		return nil
	}
	pin, err := g.pinIn(r, s.Done.Pins, v.Asset)
	if err != nil || pin == nil {
		return err
	}
	switch {
	case v.Pinned == nil:
		v.Pinned = pin
	case reached && s.Produced.RunStartedAt.After(s.Done.CreatedAt): // the run itself says it better
	case !reached && madeBy(*s.Done, s.Produced), v.Pinned.Before(*pin):
		v.Pinned = pin
	}
	return nil
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
		pin, err := g.pinIn(r, a.Pins, v.Asset)
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
func (g *Gatherer) pinIn(r *reader, pins []catalog.Pin, input catalog.AssetID) (*catalog.Version, error) {
	for _, p := range pins {
		now, err := g.History.Canonical(r.ctx, p.Input)
		if err != nil || now != input {
			continue
		}
		list, err := g.History.Versions(r.ctx, VersionQuery{Dataset: input, Before: p.ProducedAt.Add(1), Untainted: true, Limit: 20})
		if err != nil {
			return nil, err
		}
		for i := range list {
			if list[i].ID() == p.Version {
				return &list[i], nil
			}
		}
		// The pinned version came through a view: its time says enough.
		return &catalog.Version{Asset: input, ProducedAt: p.ProducedAt}, nil
	}
	return nil, nil
}

// own: a version made inside a run tree of the target is never new for it.
func (g *Gatherer) own(ctx context.Context, r *reader, v *InputView, s *Snapshot) error {
	if v.Asset == s.Asset { // it reads itself, perhaps since a merge
		v.Own = true
		return nil
	}
	run, ok, err := r.run(v.Newest.Run)
	if err != nil || !ok {
		return err
	}
	chain, err := r.chain(run)
	if err != nil {
		return err
	}
	c := g.connector(s.Resolved.Connector)
	for _, anc := range chain {
		if id, _, err := g.History.Resolve(ctx, anc.Key.Job); err == nil && id == s.Asset {
			v.Own = true
		}
		if c != nil && s.ResolveErr == "" {
			if job, ok := g.claims(ctx, c, anc.Key.Job); ok && job == s.Resolved.ToolJob {
				v.Own = true
			}
		}
	}
	return nil
}

// freshOf reads the input's watermark, and its bound where the policy gave
// none: the input's own max_lag.
func (g *Gatherer) freshOf(ctx context.Context, r *reader, v *InputView) error {
	m, err := r.watermark(*v.Newest, 0)
	if err != nil {
		return err
	}
	v.Watermark = m.at
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
	if len(p.Inputs) == 0 {
		return g.lagOfRoots(r, s)
	}
	var oldest mark
	for _, in := range s.Inputs {
		if in.Static || in.Newest == nil {
			continue
		}
		if !in.Own && (in.Pinned == nil || in.Pinned.Before(*in.Newest)) {
			s.Lag.News = append(s.Lag.News, in.Newest.ID())
		}
		if in.Pinned == nil {
			continue
		}
		m, err := r.watermark(*in.Pinned, 0)
		if err != nil {
			return err
		}
		if !m.at.IsZero() && (oldest.at.IsZero() || m.at.Before(oldest.at)) {
			oldest = m
		}
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

// running finds runs of the target job, its ancestors and children that go on.
func (g *Gatherer) running(ctx context.Context, r *reader, p *Policy, s *Snapshot, now time.Time, asker string) error {
	family, err := g.family(ctx, s)
	if err != nil {
		return err
	}
	runs, err := g.History.Runs(ctx, RunQuery{Jobs: family, States: []catalog.RunState{catalog.RunRunning, catalog.RunQueued}, Limit: 100})
	if err != nil {
		return err
	}
	asking, err := g.askerTree(r, runs, s, asker)
	if err != nil {
		return err
	}
	s.Open = slices.DeleteFunc(s.Open, func(a catalog.Action) bool { return startedBy(a, asking) })
	for _, run := range runs {
		if run.Streaming || now.Sub(run.LastEventAt) > p.RunTimeout {
			continue
		}
		chain, err := r.chain(run)
		if err != nil {
			return err
		}
		if ended(chain) || inTree(chain, asking) {
			continue
		}
		s.Running = append(s.Running, RunView{Key: run.Key, StartedAt: run.StartedAt, SilentAt: run.LastEventAt.Add(p.RunTimeout).Add(time.Nanosecond)})
	}
	return nil
}

func ended(chain []catalog.Run) bool {
	return slices.ContainsFunc(chain[1:], func(r catalog.Run) bool { return r.State.Terminal() })
}

func inTree(chain []catalog.Run, ids map[string]bool) bool {
	return slices.ContainsFunc(chain, func(r catalog.Run) bool { return ids[r.Key.RunID] || r.ExternalID != "" && ids[r.ExternalID] })
}

// startedBy: the asking run is the one that the action started.
func startedBy(a catalog.Action, ids map[string]bool) bool {
	return ids[a.ParentRunID] && a.ParentRunID != "" || ids[a.ExternalID] && a.ExternalID != "" || ids[a.Run.RunID] && a.Run.RunID != "" ||
		slices.ContainsFunc(a.PredictedRunIDs, func(id string) bool { return ids[id] })
}

// askerTree gives the run ids of the run that asks a gate and of what it runs
// in. Without a reference, a single running run of the job is taken
// for the asker.
func (g *Gatherer) askerTree(r *reader, runs []catalog.Run, s *Snapshot, asker string) (map[string]bool, error) {
	ids := map[string]bool{}
	if asker == "" {
		return ids, nil
	}
	var mine []catalog.Run
	for _, run := range runs {
		if asker == anyAsker && run.Asset == s.Asset || run.Key.RunID == asker || run.ExternalID == asker {
			mine = append(mine, run)
		}
	}
	if asker == anyAsker && len(mine) != 1 {
		return ids, nil
	}
	if asker != anyAsker {
		ids[asker] = true
		if len(mine) == 0 { // a task outside the family asks
			var err error
			if mine, err = g.History.Runs(r.ctx, RunQuery{RunIDs: []string{asker}, Limit: 5}); err != nil {
				return nil, err
			}
		}
	}
	for _, run := range mine {
		chain, err := r.chain(run)
		if err != nil {
			return nil, err
		}
		for _, c := range chain {
			ids[c.Key.RunID] = true // up to weir's own, which is one action's
		}
	}
	return ids, nil
}

// leases finds places that the gate gave on the asset to runs that have not
// been heard of yet. A run that started, or started and ended, has used its
// lease; asker's own does not hold it.
func (g *Gatherer) leases(ctx context.Context, r *reader, s *Snapshot, now time.Time, asker string) error {
	if s.Name.Type != catalog.TypeJob {
		return nil
	}
	jobs := []catalog.Name{s.Name}
	if a, ok, err := r.asset(s.Asset); err != nil {
		return err
	} else if ok {
		jobs = jobs[:0]
		for _, n := range a.Names {
			jobs = append(jobs, n.Name)
		}
	}
	given, err := g.Ledger.GateAnswers(ctx, GateQuery{Jobs: jobs, LeasedAt: now})
	if err != nil {
		return err
	}
	for _, a := range given {
		if a.RunRef != "" && a.RunRef == asker {
			continue
		}
		used, err := g.started(ctx, s, a)
		if err != nil {
			return err
		}
		if !used {
			s.Leases = append(s.Leases, a)
		}
	}
	return nil
}

// started: the run that a lease is for was heard of; without a reference, any
// run of the job that began after it.
func (g *Gatherer) started(ctx context.Context, s *Snapshot, a catalog.GateAnswer) (bool, error) {
	queries := []RunQuery{{RunIDs: []string{a.RunRef}, Limit: 1}, {ExternalIDs: []string{a.RunRef}, Limit: 1}}
	if a.RunRef == "" {
		queries = []RunQuery{{Jobs: []catalog.AssetID{s.Asset}, StartedAfter: a.At.Add(-1), Limit: 1}}
	}
	for _, q := range queries {
		runs, err := g.History.Runs(ctx, q)
		if err != nil || len(runs) > 0 {
			return true, err
		}
	}
	return false, nil
}

// anyAsker is a gate question without a run reference.
const anyAsker = "*"

// family is the target job, what contains it and what it contains.
func (g *Gatherer) family(ctx context.Context, s *Snapshot) ([]catalog.AssetID, error) {
	seeds := []catalog.AssetID{s.Asset}
	if s.Name.Type == catalog.TypeDataset {
		edges, _, err := g.Graph.Neighbours(ctx, graph.NeighbourQuery{Frontier: seeds, Direction: graph.Upstream, Types: []catalog.EdgeType{catalog.EdgeWrites}, Limit: 1000})
		if err != nil {
			return nil, err
		}
		seeds = seeds[:0]
		for _, e := range edges {
			seeds = append(seeds, e.Source)
		}
	}
	up, err := g.closure(ctx, seeds, graph.Upstream)
	if err != nil {
		return nil, err
	}
	down, err := g.closure(ctx, seeds, graph.Downstream)
	return unique(slices.Concat(seeds, up, down)), err
}

func (g *Gatherer) closure(ctx context.Context, seeds []catalog.AssetID, d graph.Direction) ([]catalog.AssetID, error) {
	l, err := graph.Walk(ctx, g.Graph, graph.Traversal{Roots: seeds, Direction: d, Depth: maxChain, MaxNodes: 2000, Types: []catalog.EdgeType{catalog.EdgeContains}})
	var out []catalog.AssetID
	for _, n := range l.Nodes {
		out = append(out, n.Asset)
	}
	return out, err
}

func unique(ids []catalog.AssetID) []catalog.AssetID {
	slices.SortFunc(ids, catalog.AssetID.Compare)
	return slices.Compact(ids)
}

// notFound reports whether err is catalog.ErrNotFound.
func notFound(err error) bool { return errors.Is(err, catalog.ErrNotFound) }
