package policies

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weirhq/weir/catalog"
)

// facts are what many snapshots read alike: how an asset stands, and how long a
// job takes. Each is kept with what was read for it, like a snapshot of its own,
// and goes when any of that is touched; a snapshot then depends on the fact
// alone. There is nothing in them that time alone could change.
type facts struct {
	mu   sync.Mutex
	by   map[thing]*fact
	uses map[thing]map[*fact]struct{}
	// before are those that were forgotten and not read again since, names those of
	// them that say what a name names.
	before, names map[thing]*fact
	// told counts how often something was touched, renamed how often a name came to
	// name another asset, made how many there have been.
	told, renamed, made uint64
	// lost are facts that went for want of room, to be named with the next batch.
	lost []thing
}

// fact is what the kind of its thing says; kept is false while it is nobody
// else's.
type fact struct {
	of thing
	// is stands for what it says: one that is forgotten, and says the same when it is
	// read again, is the same.
	is thing
	// settled: nothing in it changes by time alone, so that it can be kept.
	settled, kept bool
	uses          footprint
	// Of a kind there is one of these.
	asset *assetFacts
	job   *jobFacts
	took  *durations
	named *named
	stage *stage
	input *inputFacts
	// age is the watermark of an asset's newest version. It is no part of how the
	// asset stands: what is upstream of it may be most of a company, and few ask.
	age mark
	// family is the job that makes an asset, with what contains it and what it
	// contains.
	family []catalog.AssetID
}

// named is the asset that a selector names, by which name.
type named struct {
	asset    catalog.AssetID
	name     catalog.Name
	selector Selector
}

// assetFacts say how an asset stands.
type assetFacts struct {
	row  catalog.Asset
	seen bool
	// newest is the newest untainted version, and tainted whether a failed run
	// wrote after it.
	newest   *catalog.Version
	newestID identified
	tainted  bool
	// chain is the run of the newest version and what that ran in, makers the
	// assets of those jobs; empty where no run is known.
	chain  []catalog.Run
	makers []catalog.AssetID
}

// jobFacts are the newest run of a job; none where it never ran.
type jobFacts struct {
	newest []catalog.Run
}

// durations are what the runs of a job took. They are no part of its newest run: of
// one that goes on nothing is kept.
type durations struct {
	samples []Sample
	// last is the estimate that was asked for last.
	last atomic.Pointer[estimated]
}

type estimated struct {
	expected time.Duration
	at       time.Time
	is       Estimate
}

// maxFacts bounds how many facts are kept.
const maxFacts = 100_000

// factsOf gives how an asset stands.
func (g *Gatherer) factsOf(r *reader, asset catalog.AssetID) (*assetFacts, error) {
	x, err := g.assetFact(r, asset)
	if err != nil {
		return nil, err
	}
	return x.asset, nil
}

func (g *Gatherer) assetFact(r *reader, asset catalog.AssetID) (*fact, error) {
	return g.fact(r, thing{asset, factOfAsset}, func(r *reader, x *fact) (bool, error) {
		x.asset = &assetFacts{}
		return x.asset.read(r, asset)
	})
}

// read fills in how an asset stands. It says whether that can be kept: what goes
// on may fall silent.
func (f *assetFacts) read(r *reader, asset catalog.AssetID) (settled bool, err error) {
	if f.row, f.seen, err = r.asset(asset); err != nil {
		return false, err
	}
	if f.newest, err = r.newest(asset, time.Time{}); err != nil || f.newest == nil {
		return true, err
	}
	f.newestID = identify(f.newest)
	list, err := r.history.Versions(r.ctx, VersionQuery{Dataset: asset, Limit: 1})
	if err != nil {
		return false, err
	}
	f.tainted = len(list) > 0 && list[0].Tainted && f.newest.Before(list[0])
	run, ok, err := r.run(f.newest.Run)
	if err != nil || !ok {
		return true, err
	}
	if f.chain, err = r.chain(run); err != nil {
		return false, err
	}
	settled = true
	for _, c := range f.chain {
		id, _, err := r.history.Resolve(r.ctx, c.Key.Job)
		if err != nil {
			return false, err
		}
		f.makers = append(f.makers, id)
		settled = settled && (c.EndedAt != nil || c.State == catalog.RunUnknown && c.StartedAt.IsZero())
	}
	return settled, nil
}

// ageOf gives the watermark of an asset's newest version; zero where it has none.
func (g *Gatherer) ageOf(r *reader, asset catalog.AssetID) (mark, error) {
	x, err := g.ageFact(r, asset)
	if err != nil {
		return mark{}, err
	}
	return x.age, nil
}

func (g *Gatherer) ageFact(r *reader, asset catalog.AssetID) (*fact, error) {
	return g.fact(r, thing{asset, factOfAge}, func(r *reader, x *fact) (settled bool, err error) {
		v, err := r.newest(asset, time.Time{})
		if err == nil && v != nil {
			x.age, err = r.watermark(*v, 0)
		}
		return true, err
	})
}

// jobFactsOf gives the newest run of a job.
func (g *Gatherer) jobFactsOf(r *reader, job catalog.AssetID) (*fact, error) {
	return g.fact(r, thing{job, factOfJob}, func(r *reader, x *fact) (settled bool, err error) {
		x.job = &jobFacts{}
		x.job.newest, err = r.history.Runs(r.ctx, RunQuery{Jobs: []catalog.AssetID{job}, Limit: 1})
		return len(x.job.newest) == 0 || x.job.newest[0].EndedAt != nil, err
	})
}

// durationsOf gives what the runs of a job took.
func (g *Gatherer) durationsOf(r *reader, job catalog.AssetID) (*fact, error) {
	return g.fact(r, thing{job, factOfDurations}, func(r *reader, x *fact) (settled bool, err error) {
		x.took = &durations{}
		x.took.samples, err = g.samples(r, job)
		return true, err
	})
}

// fact gives what is known, or reads it; r then depends on it, or where it could
// not be kept on all that was read.
func (g *Gatherer) fact(r *reader, of thing, read func(*reader, *fact) (bool, error)) (*fact, error) {
	if known := r.facts[of]; known != nil {
		return known, nil
	}
	x, err := g.lookUp(r, of, read)
	if err != nil {
		return nil, err
	}
	if !r.single {
		memo(&r.facts, of, x)
	}
	if s, ok := r.history.(seenHistory); ok {
		s.f.depend(x)
	}
	return x, nil
}

// kept is a fact that is known, on which whoever gathers depends then; else nil.
func (g *Gatherer) kept(of thing) *fact {
	r := g.root().Recall
	if r == nil {
		return nil
	}
	x, _ := r.facts.get(of)
	if s, ok := g.History.(seenHistory); ok && x != nil {
		s.f.depend(x)
	}
	return x
}

func (f footprint) depend(x *fact) {
	if x.kept {
		f.note(x.is)
		return
	}
	for t := range x.uses {
		f.note(t)
	}
}

func (g *Gatherer) lookUp(r *reader, of thing, read func(*reader, *fact) (bool, error)) (*fact, error) {
	kept := g.root().Recall
	var told uint64
	if kept != nil {
		x, at := kept.facts.get(of)
		if x != nil {
			return x, nil
		}
		told = at
	}
	x := &fact{of: of, uses: footprint{}}
	h := r.history
	if s, ok := h.(seenHistory); ok {
		h = s.h
	}
	side := newReader(r.ctx, seenHistory{h, x.uses})
	side.memo = r.memo
	settled, err := read(side, x)
	if x.settled = settled; err == nil && settled && kept != nil {
		kept.facts.put(x, told)
	}
	return x, err
}

// renames is how often a name came to name another asset, or what it names could
// not be kept. Names that were forgotten are read again for it.
func (g *Gatherer) renames(ctx context.Context) uint64 {
	m := &g.Recall.facts
	for _, x := range m.unsure() {
		if _, err := g.name(ctx, x.of, x.named.selector); err != nil {
			m.rename()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.renamed
}

func (m *facts) rename() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.renamed++
}

// unsure are the names that were forgotten and not read again since.
func (m *facts) unsure() []*fact {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Values(m.names))
}

func (m *facts) get(of thing) (*fact, uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.by[of], m.told
}

// put keeps a fact, unless something was touched while it was read.
func (m *facts) put(x *fact, told uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.told != told || m.by[x.of] != nil || len(x.uses) > broad {
		if x.of.kind == factOfName && m.by[x.of] == nil {
			m.renamed++ // nothing will tell when it is forgotten
		}
		return
	}
	if m.by == nil || len(m.by) >= maxFacts {
		m.all()
	}
	x.kept = true
	m.identify(x)
	m.by[x.of] = x
	for t := range x.uses {
		link(m.uses, t, x)
	}
}

// identify says whether a fact is the one that was forgotten.
func (m *facts) identify(x *fact) {
	old := m.before[x.of]
	delete(m.before, x.of)
	delete(m.names, x.of)
	if old != nil && old.says(x) {
		x.is, x.asset, x.job, x.took, x.stage = old.is, old.asset, old.job, old.took, old.stage
		return
	}
	if old != nil && x.of.kind == factOfName {
		m.renamed++
	}
	m.made++
	x.is = numbered(x.of.kind, m.made)
}

// says reports whether two facts of one kind say the same.
func (x *fact) says(o *fact) bool {
	switch x.of.kind {
	case factOfAsset:
		return x.asset.equal(o.asset)
	case factOfAge:
		return x.age.equal(o.age)
	case factOfJob:
		return reflect.DeepEqual(x.job.newest, o.job.newest)
	case factOfDurations:
		return slices.Equal(x.took.samples, o.took.samples)
	case factOfName:
		return x.named.asset == o.named.asset && x.named.name == o.named.name
	case factOfInput:
		return x.input.equal(o.input)
	case factOfStage:
		return reflect.DeepEqual(x.stage, o.stage)
	}
	return slices.Equal(x.family, o.family)
}

func (f *assetFacts) equal(o *assetFacts) bool {
	return f.seen == o.seen && f.tainted == o.tainted && slices.Equal(f.makers, o.makers) &&
		sameVersion(f.newest, o.newest) && reflect.DeepEqual(f.row, o.row) && reflect.DeepEqual(f.chain, o.chain)
}

// sameVersion reports whether two versions are equal in all that they say.
func sameVersion(a, b *catalog.Version) bool {
	return a == b || a != nil && b != nil && (*a == *b || reflect.DeepEqual(a, b))
}

// clear forgets every fact, and what is being read.
func (m *facts) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told++
	m.all()
}

// all forgets every fact.
func (m *facts) all() {
	for _, x := range m.by {
		m.lost = append(m.lost, x.is)
	}
	m.renamed++
	m.by, m.uses = map[thing]*fact{}, map[thing]map[*fact]struct{}{}
	m.before, m.names = map[thing]*fact{}, map[thing]*fact{}
}

// forget takes away what depends on things, and what depends on that: it may say
// something else now. lost are those that went before.
func (m *facts) forget(things []thing) (gone []*fact, lost []thing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told++
	lost, m.lost = m.lost, nil
	things = slices.Concat(things, []thing{{kind: anything}})
	for i := 0; i < len(things); i++ {
		for x := range m.uses[things[i]] {
			gone, things = append(gone, x), append(things, x.is)
			m.drop(x)
		}
	}
	return gone, lost
}

// outdate takes a fact away that is about something else by now.
func (m *facts) outdate(of thing, other func(*fact) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if x := m.by[of]; x != nil && other(x) {
		m.drop(x)
	}
}

func (m *facts) drop(x *fact) {
	delete(m.by, x.of)
	if len(m.before) >= maxBefore {
		m.renamed += uint64(len(m.names)) // nothing will tell any more
		clear(m.before)
		clear(m.names)
	}
	m.before[x.of] = x
	if x.of.kind == factOfName {
		m.names[x.of] = x
	}
	for u := range x.uses {
		unlink(m.uses, u, x)
	}
	x.uses = nil // whoever still looks at it depends on it alone
}

// estimate is how long a run of the job takes that begins about a time.
func (d *durations) estimate(expected time.Duration, at time.Time) Estimate {
	if last := d.last.Load(); last != nil && last.expected == expected && last.at.Equal(at) && last.at.Location() == at.Location() {
		return last.is
	}
	e := EstimateOf(d.samples, expected, at)
	d.last.Store(&estimated{expected, at, e})
	return e
}
