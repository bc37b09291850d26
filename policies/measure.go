package policies

import (
	"slices"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
)

// measured remembers the durations of jobs, so that a snapshot asks only
// whether there is a newer run. It holds nothing that history does not say.
type measured struct {
	mu   sync.Mutex
	jobs map[catalog.AssetID]sampled
}

// sampled are the durations of a job's runs, as of its newest success.
type sampled struct {
	newest  catalog.RunKey
	attempt int
	ended   time.Time
	samples []Sample
	// all: each of the newest runs gave one.
	all bool
}

// Bounds of what is remembered: 2048 jobs of 100 runs are 5 MB.
const (
	maxSamples = 100
	maxSampled = 2048
)

// samples lists the newest successful runs of a job. One more than are known is
// added to them.
func (g *Gatherer) samples(r *reader, job catalog.AssetID) ([]Sample, error) {
	ask := RunQuery{Jobs: []catalog.AssetID{job}, States: []catalog.RunState{catalog.RunSucceeded}, Limit: 2}
	newest, err := r.history.Runs(r.ctx, ask)
	if err != nil || len(newest) == 0 || newest[0].EndedAt == nil {
		return nil, err
	}
	known, ok := g.root().measured.get(job)
	switch {
	case ok && known.isOf(newest[0]):
		return known.samples, nil
	case ok && known.all && len(newest) == 2 && known.isOf(newest[1]) && measurable(newest[0]):
		mark := markOf(newest[0])
		mark.samples, mark.all = append([]Sample{sampleOf(newest[0])}, known.samples[:min(len(known.samples), maxSamples-1)]...), true
		g.root().measured.put(job, mark)
		return mark.samples, nil
	}
	ask.Limit = maxSamples
	runs, err := r.history.Runs(r.ctx, ask)
	if err != nil {
		return nil, err
	}
	mark := markOf(newest[0])
	for _, run := range runs {
		if measurable(run) {
			mark.samples = append(mark.samples, sampleOf(run))
		}
	}
	mark.all = len(mark.samples) == len(runs)
	g.root().measured.put(job, mark)
	return mark.samples, nil
}

func measurable(run catalog.Run) bool {
	return run.StartKnown && run.EndedAt != nil && !run.Streaming
}

func sampleOf(run catalog.Run) Sample { return Sample{run.StartedAt, run.EndedAt.Sub(run.StartedAt)} }

func markOf(run catalog.Run) sampled {
	return sampled{newest: run.Key, attempt: run.Attempt, ended: *run.EndedAt}
}

// isOf reports whether a run is the newest of them, as it was.
func (s sampled) isOf(run catalog.Run) bool {
	return run.EndedAt != nil && s.newest == run.Key && s.attempt == run.Attempt && s.ended.Equal(*run.EndedAt)
}

func (m *measured) get(job catalog.AssetID) (sampled, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.jobs[job]
	return s, ok
}

func (m *measured) put(job catalog.AssetID, s sampled) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.jobs == nil || len(m.jobs) >= maxSampled {
		m.jobs = map[catalog.AssetID]sampled{}
	}
	m.jobs[job] = s
}

// maker is the job whose runs make an asset: of the run chain of its newest
// version the run that a connector would start, else the one that wrote it.
// zero when nothing says.
func (g *Gatherer) maker(r *reader, p *Policy, asset catalog.AssetID) (catalog.AssetID, error) {
	f, err := g.factsOf(r, asset)
	switch {
	case err != nil || !f.seen:
		return catalog.AssetID{}, err
	case f.row.Type == catalog.TypeJob:
		return asset, nil
	case len(f.chain) == 0:
		return catalog.AssetID{}, nil
	}
	return f.makers[g.startable(r, p, f.chain)], nil
}

// startable is the place in a chain of the job whose run an action would begin.
func (g *Gatherer) startable(r *reader, p *Policy, chain []catalog.Run) int {
	var t ResolvedTarget
	if p != nil && p.Target != nil {
		t = ResolvedTarget{Connector: p.Target.Connector, ToolJob: p.Target.Job}
	} else if found, ok := g.claim(r.ctx, chain); ok {
		t = found
	}
	if c := g.connector(t.Connector); c != nil {
		for i, run := range slices.Backward(chain) {
			if i == 0 || run.Key.Job.Namespace == catalog.InternalNamespace { // the last one, and no tool's
				continue
			}
			if job, ok := g.claims(r.ctx, c, run.Key.Job); ok && job == t.ToolJob && run.State != catalog.RunUnknown {
				return i
			}
		}
	}
	return 0
}

// took estimates the step that makes an asset, for a run about a time.
func (g *Gatherer) took(r *reader, p *Policy, asset catalog.AssetID, about time.Time) (Estimate, error) {
	job, err := g.maker(r, p, asset)
	if err != nil {
		return Estimate{}, err
	}
	return g.tookBy(r, p, job, about)
}

// tookBy is took where the job that makes the asset is known; zero: nobody knows.
func (g *Gatherer) tookBy(r *reader, p *Policy, job catalog.AssetID, about time.Time) (Estimate, error) {
	expected := time.Duration(0)
	if p != nil {
		expected = p.Timing.Expected
	}
	if job.IsZero() {
		return EstimateOf(nil, expected, about), nil
	}
	x, err := g.durationsOf(r, job)
	if err != nil {
		return Estimate{}, err
	}
	return x.took.estimate(expected, about), nil
}
