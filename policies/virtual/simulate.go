package virtual

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
)

// Simulation is a set of policies, a time to live through again, and a seed.
type Simulation struct {
	Policies *policies.Set
	From, To time.Time
	Seed     uint64
}

// GCPercent is what a process that does nothing but simulate does well to give to
// debug.SetGCPercent: most of what is made is gone at once, and of what stays the
// collector would look through all of it every second.
const GCPercent = 300

// assumed is how long a run takes of which none was ever recorded.
const assumed = time.Minute

// Simulate lives through a recorded time twice: as it was, and with the policies
// in force from its beginning on. What the policies start is not taken from the
// recording: it runs when the engine starts it, and goes as a recorded run of
// the same job went that the seed draws, with all that ran inside it. All else
// happens when it happened. A shadow policy is taken as one that acts.
func Simulate(ctx context.Context, rec Recording, s Simulation) (Report, error) {
	rec.sort()
	set, lines, err := s.lines(ctx, &rec)
	if err != nil {
		return Report{}, err
	}
	was, err := newLife(ctx, &rec, s, set, lines, false)
	if err != nil {
		return Report{}, err
	}
	is, err := newLife(ctx, &rec, s, set, lines, true)
	if err != nil {
		return Report{}, err
	}
	var both errgroup.Group // each is a world of its own
	for _, l := range []*life{was, is} {
		both.Go(l.live)
	}
	if err := both.Wait(); err != nil {
		return Report{}, err
	}
	return report(s, set, lines, was.judge, is.judge), nil
}

// live lives through the whole time.
func (l *life) live() error {
	l.loop.RunUntil(l.sim.To)
	l.judge.close()
	return l.judge.err
}

// line is one job that policies start, with its recorded runs.
type line struct {
	connector, toolJob string
	// job is its name in the recording; made up when it never ran.
	job catalog.Name
	// policies start it; the first one answers for its runs.
	policies []*policies.Policy
	assets   []catalog.AssetID
	trees    []tree // all that were recorded and ended
}

// lines finds what the policies start, and gives the set as it is played.
func (s Simulation) lines(ctx context.Context, rec *Recording) (*policies.Set, []*line, error) {
	world, _ := rec.begin(s.To)
	all := trees(rec.Runs)
	makers := makersOf(all)
	g := &policies.Gatherer{History: world, Recall: policies.NewRecall(world), Graph: world, Ledger: NewLedger(), Policies: &policies.Live{}}
	set := &policies.Set{Pools: s.Policies.Pools, Calendars: s.Policies.Calendars}
	byTarget := map[[2]string]*line{}
	for _, p := range s.Policies.Policies {
		played := *p
		if p.Mode == catalog.ModeShadow {
			played.Mode = catalog.ModeAct
		}
		set.Policies = append(set.Policies, &played)
		ids, err := g.Selected(ctx, p)
		if err != nil {
			return nil, nil, err
		}
		for _, id := range ids {
			if l := lineOf(&played, world, id, makers); l != nil {
				key := [2]string{l.connector, l.toolJob}
				l = cmp.Or(byTarget[key], l)
				byTarget[key] = l
				l.policies, l.assets = append(l.policies, &played), append(l.assets, id)
			}
		}
	}
	out := slices.Collect(maps.Values(byTarget))
	slices.SortFunc(out, func(a, b *line) int {
		return cmp.Or(cmp.Compare(a.connector, b.connector), cmp.Compare(a.toolJob, b.toolJob))
	})
	ended := map[catalog.Name][]tree{}
	for _, t := range all {
		if t.root.EndedAt != nil {
			ended[t.root.Key.Job] = append(ended[t.root.Key.Job], t)
		}
	}
	for _, l := range out {
		l.trees = ended[l.job]
	}
	return set, out, nil
}

// maker is the outermost job of a tree, and which of all trees that is.
type maker struct {
	tree int
	job  catalog.Name
}

// makersOf finds for each name the newest tree that concerns it.
func makersOf(all []tree) map[catalog.Name]maker {
	makers := map[catalog.Name]maker{}
	for i, t := range all {
		for _, n := range t.names() {
			makers[n] = maker{i, t.root.Key.Job}
		}
	}
	return makers
}

// recorded is the connector of what no policy names a tool for.
const recorded = "recorded"

// lineOf finds the job that makes an asset: the outermost one of the newest tree
// that did. nil: nothing says what a policy without a target would start.
func lineOf(p *policies.Policy, w *World, id catalog.AssetID, makers map[catalog.Name]maker) *line {
	newest := maker{tree: -1}
	w.mu.Lock()
	for _, n := range w.namesOf(id) {
		if m, ok := makers[n]; ok && m.tree > newest.tree {
			newest = m
		}
	}
	w.mu.Unlock()
	root := newest.job
	switch {
	case !p.Acts():
		return nil
	case p.Target != nil && root.IsZero():
		return &line{connector: p.Target.Connector, toolJob: p.Target.Job, job: catalog.JobName(recorded, p.Target.Job)}
	case p.Target != nil:
		return &line{connector: p.Target.Connector, toolJob: p.Target.Job, job: root}
	case root.IsZero():
		return nil
	}
	return &line{connector: recorded, toolJob: root.String(), job: root}
}

// life is one way through the recorded time.
type life struct {
	ctx    context.Context
	rec    *Recording
	sim    Simulation
	lines  []*line
	byJob  map[catalog.Name]*line
	loop   *Loop
	world  *World
	engine *Engine // nil: as it was
	judge  *judge
	// gated are the jobs that have to ask.
	gated  map[catalog.AssetID]bool
	starts map[*line]int
}

// newLife plans all that was recorded, without what the policies start when
// they are in force.
func newLife(ctx context.Context, rec *Recording, s Simulation, set *policies.Set, lines []*line, inForce bool) (*life, error) {
	l := &life{ctx: ctx, rec: rec, sim: s, lines: lines, byJob: map[catalog.Name]*line{}, loop: NewLoop(s.From), gated: map[catalog.AssetID]bool{}, starts: map[*line]int{}}
	for _, ln := range slices.Backward(lines) { // of several the first counts
		l.byJob[ln.job] = ln
	}
	var open []catalog.Run
	l.world, open = rec.begin(s.From)
	conns := l.tools()
	live := &policies.Live{}
	live.Put(set)
	ledger := NewLedger()
	ledger.Brief = true // nobody asks why
	l.judge = newJudge(ctx, l, &policies.Gatherer{History: l.world, Recall: policies.NewRecall(l.world), Graph: l.world, Ledger: ledger, Connectors: conns, Policies: live})
	for _, r := range open {
		l.happen(r, r.Key.RunID, r.Parent, r.StartedAt, false)
	}
	l.planRecorded(inForce)
	if !inForce {
		return l, nil
	}
	if err := l.findGated(set); err != nil {
		return nil, err
	}
	var err error
	if l.engine, err = NewEngine(ctx, l.loop, EngineOptions{World: l.world, Ledger: ledger, Policies: live, Connectors: conns}); err == nil {
		l.judge.g = l.engine.g // what one remembers the other need not read
	}
	return l, err
}

func (l *life) findGated(set *policies.Set) error {
	for _, p := range set.Policies {
		if p.Select.Type != catalog.TypeJob || !p.Gates() {
			continue
		}
		ids, err := l.judge.g.Selected(l.ctx, p)
		if err != nil {
			return err
		}
		for _, id := range ids {
			l.gated[id] = true
		}
	}
	return nil
}

// planRecorded lets everything happen at its time.
func (l *life) planRecorded(inForce bool) {
	replaced := map[catalog.Name]bool{}
	for _, ln := range l.lines {
		replaced[ln.job] = inForce
	}
	for _, t := range trees(l.rec.Runs) {
		if t.root.StartedAt.Before(l.sim.From) || replaced[t.root.Key.Job] {
			continue
		}
		l.loop.At(t.root.StartedAt, func() { l.arrive(t) })
	}
	for _, v := range l.rec.Loose {
		if !v.ProducedAt.Before(l.sim.From) {
			l.loop.At(v.ProducedAt, func() { l.touch(l.world.Version(v)) })
		}
	}
	for _, n := range slices.SortedFunc(maps.Keys(l.rec.Looks), catalog.Name.Compare) {
		for _, look := range l.rec.Looks[n] {
			if !look.At.Before(l.sim.From) {
				l.loop.At(look.At, func() { l.touch(l.world.Look(n, look)) })
			}
		}
	}
}

// arrive is a recorded run that would begin now: its jobs ask the gate, and the
// whole tree waits until all may run.
func (l *life) arrive(t tree) {
	now := l.loop.Now()
	switch d := l.askFor(t); {
	case d == catalog.DecideWait:
		l.loop.After(askAgain, func() { l.arrive(t) })
		return
	case d != catalog.DecideRun:
		return
	}
	shift := now.Sub(t.root.StartedAt)
	for _, r := range t.all() {
		l.loop.At(r.StartedAt.Add(shift), func() { l.happen(r, r.Key.RunID, r.Parent, r.StartedAt.Add(shift), r.Key == t.root.Key) })
	}
}

// askAgain is how long a held run waits before it asks the gate again.
const askAgain = time.Minute

// askFor asks the gate for every job of a tree that has to; the first answer
// that is not run decides.
func (l *life) askFor(t tree) catalog.DecisionOutcome {
	for _, r := range t.all() {
		if !l.gated[l.world.ID(r.Key.Job)] {
			continue
		}
		a, err := l.engine.Ask(policies.GateRequest{Job: r.Key.Job, Key: r.Key.RunID, RunRef: r.Key.RunID})
		if err != nil {
			l.judge.fail(fmt.Errorf("ask the gate for %s: %w", r.Key.Job, err))
			return catalog.DecideDeny
		}
		if a.Decision == catalog.DecideWait {
			l.judge.held(r.Key.Job, askAgain)
		}
		if a.Decision != catalog.DecideRun {
			return a.Decision
		}
	}
	return catalog.DecideRun
}

// happen tells of a run that begins at a time, now or before, and plans its
// end. A recorded run keeps its id, a repeated one has another. counts: it is
// one of the runs that are judged.
func (l *life) happen(r catalog.Run, runID string, parent *catalog.RunRef, at time.Time, counts bool) {
	key := catalog.RunKey{Job: r.Key.Job, RunID: runID}
	l.tell(Event{Key: key, Type: catalog.EventStart, At: at, Parent: parent, ExternalID: r.ExternalID, Inputs: r.Inputs})
	if counts {
		l.judge.began(key, at)
	}
	if r.EndedAt == nil {
		return
	}
	end := at.Add(r.EndedAt.Sub(r.StartedAt))
	l.loop.At(end, func() {
		l.tell(Event{Key: key, Type: endOf(r.State), At: end, Parent: parent, Inputs: r.Inputs, Written: l.written(r, runID == r.Key.RunID)})
		if counts {
			l.judge.ended(key, r.State, end.Sub(at))
		}
		l.checks(r, key, end)
	})
}

func endOf(s catalog.RunState) catalog.EventType {
	switch s {
	case catalog.RunSucceeded:
		return catalog.EventComplete
	case catalog.RunCancelled:
		return catalog.EventAbort
	}
	return catalog.EventFail
}

// written is what a run writes. A repeated one says nothing of versions: what
// they would have been is not known.
func (l *life) written(r catalog.Run, same bool) []Written {
	if same && len(l.rec.Written[r.Key]) > 0 {
		return l.rec.Written[r.Key]
	}
	var out []Written
	for _, n := range r.Outputs {
		out = append(out, Written{Name: n})
	}
	return out
}

// checks are reported as they were in the recorded run.
func (l *life) checks(r catalog.Run, key catalog.RunKey, at time.Time) {
	for _, c := range l.rec.checksOf[r.Key] {
		c.Run, c.At, c.RunStartedAt = key, at, at
		l.touch(l.world.Check(c))
	}
}

func (l *life) tell(e Event) { l.touch(l.world.Tell(e)) }

func (l *life) touch(t catalog.Touched) {
	l.judge.dirty = true
	if l.engine == nil {
		l.judge.heard(l.judge.g.Forget(t))
		return
	}
	l.engine.Touch(t)
}

// reaction is how long a tool takes to begin what it was asked for. With none a
// run would begin in the moment its input was made, and would not have read it.
const reaction = time.Second

// tools are what the policies' targets run in.
func (l *life) tools() (out []connectors.Connector) {
	byTool := map[string]map[string]*line{}
	for _, ln := range l.lines {
		if byTool[ln.connector] == nil {
			byTool[ln.connector] = map[string]*line{}
		}
		byTool[ln.connector][ln.toolJob] = ln
	}
	for _, name := range slices.Sorted(maps.Keys(byTool)) {
		lines := byTool[name]
		out = append(out, NewWorks(l.loop, WorksOptions{
			Name: name, Latency: reaction, Course: l.course(lines), Tell: l.told,
			JobName: func(job string) catalog.Name {
				if ln := lines[job]; ln != nil {
					return ln.job
				}
				return catalog.Name{}
			},
			Claims: jobs(lines),
		}))
	}
	return out
}

// jobs finds what a tool calls a job; of several jobs of that name the first counts.
func jobs(lines map[string]*line) func(catalog.Name) (string, bool) {
	byName := map[catalog.Name]string{}
	for _, job := range slices.Sorted(maps.Keys(lines)) {
		if n := lines[job].job; byName[n] == "" {
			byName[n] = job
		}
	}
	return func(n catalog.Name) (string, bool) { return byName[n], byName[n] != "" }
}

// told hands on what a simulated tool says.
func (l *life) told(e Event) {
	l.tell(e)
	if e.Type == catalog.EventStart {
		l.judge.began(e.Key, e.At)
		return
	}
	run, ok := l.world.runs.byKey[e.Key]
	if ok && run.EndedAt != nil {
		l.judge.ended(e.Key, run.State, run.EndedAt.Sub(run.StartedAt))
	}
}

// course draws a recorded run, and lets what ran inside it run again.
func (l *life) course(lines map[string]*line) func(*Execution) Course {
	return func(x *Execution) Course {
		ln := lines[x.Job]
		l.starts[ln]++
		if len(ln.trees) == 0 {
			return l.unmeasured(ln)
		}
		t := ln.trees[l.draw(ln, len(ln.trees))]
		ids := map[string]string{t.root.Key.RunID: x.RunID}
		for n, r := range t.under {
			ids[r.Key.RunID] = fmt.Sprintf("%s/%d", x.RunID, n)
		}
		for _, r := range t.under {
			parent := *r.Parent
			parent.RunID = cmp.Or(ids[parent.RunID], parent.RunID)
			at := l.loop.Now().Add(max(r.StartedAt.Sub(t.root.StartedAt), 0))
			l.loop.At(at, func() { l.happen(r, ids[r.Key.RunID], &parent, at, false) })
		}
		return Course{Takes: t.root.EndedAt.Sub(t.root.StartedAt), Fails: t.root.State != catalog.RunSucceeded, Reads: t.root.Inputs,
			Writes: func() []Written { return l.written(t.root, false) }}
	}
}

// unmeasured is a run of a job that was never recorded: it reads the policy's
// inputs and writes what the policy is about.
func (l *life) unmeasured(ln *line) Course {
	c := Course{Takes: cmp.Or(ln.policies[0].Timing.Expected, assumed)}
	s, err := l.judge.g.Snapshot(l.ctx, ln.policies[0], ln.assets[0], l.loop.Now(), "")
	if err != nil {
		l.judge.fail(err)
		return c
	}
	for _, in := range s.Inputs {
		c.Reads = append(c.Reads, in.Name)
	}
	if s.Name.Type == catalog.TypeDataset {
		c.Writes = func() []Written { return []Written{{Name: s.Name}} }
	}
	return c
}

// draw is a number below n, by the seed, the job and how often it was drawn.
func (l *life) draw(ln *line, n int) int {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d/%s/%s/%d", l.sim.Seed, ln.connector, ln.toolJob, l.starts[ln])
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return int(x % uint64(n))
}
