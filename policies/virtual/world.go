package virtual

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/policies"
)

// World is a policies.History and a policies.Graph over values that a test
// adds. Identity is computed anew at each question from the evidence, so merges
// and splits need no upkeep. Its zero value is not usable: see NewWorld.
type World struct {
	mu       sync.Mutex
	pos      catalog.Position
	names    map[catalog.Name]bool // true: observed
	links    [][2]catalog.Name
	views    map[catalog.Name]bool
	runs     []catalog.Run
	versions []catalog.Version
	checks   []catalog.Check
	looks    map[catalog.Name]catalog.Look
	contains [][2]catalog.Name
}

// NewWorld returns an empty world.
func NewWorld() *World {
	return &World{names: map[catalog.Name]bool{}, views: map[catalog.Name]bool{}, looks: map[catalog.Name]catalog.Look{}}
}

// Merge says that two names are one asset; Split takes it back.
func (w *World) Merge(a, b catalog.Name) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pos++
	w.see(a, b)
	w.links = append(w.links, [2]catalog.Name{a, b})
}

// Split withdraws all evidence that ties a name to others.
func (w *World) Split(n catalog.Name) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pos++
	w.links = slices.DeleteFunc(w.links, func(l [2]catalog.Name) bool { return l[0] == n || l[1] == n })
}

// View makes a dataset a view.
func (w *World) View(n catalog.Name) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.see(n)
	w.views[n] = true
}

// Look records a verified look at a dataset's data time.
func (w *World) Look(n catalog.Name, l catalog.Look) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pos++
	w.looks[n] = l
}

// Check adds a check result.
func (w *World) Check(c catalog.Check) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pos++
	w.checks = append(w.checks, c)
}

// Version adds a version as it is, one without a run for example.
func (w *World) Version(v catalog.Version) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pos++
	w.see(v.Dataset)
	w.versions = append(w.versions, v)
}

// Run adds a run or replaces the one of the same key. A successful run makes a
// version of each output; a failed one with the flag "wrote" a tainted one. A
// parent that is known contains the job.
func (w *World) Run(r catalog.Run) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pos++
	w.see(r.Key.Job)
	w.see(r.Inputs...)
	w.see(r.Outputs...)
	if r.LastEventAt.IsZero() {
		r.LastEventAt = r.StartedAt
		if r.EndedAt != nil {
			r.LastEventAt = *r.EndedAt
		}
	}
	r.Attempt = max(r.Attempt, 1)
	w.runs = slices.DeleteFunc(w.runs, func(o catalog.Run) bool { return o.Key == r.Key })
	w.runs = append(w.runs, r)
	w.versions = slices.DeleteFunc(w.versions, func(v catalog.Version) bool { return v.Run == r.Key })
	tainted := r.State == catalog.RunFailed && slices.Contains(r.Flags, "wrote")
	if r.State == catalog.RunSucceeded || tainted {
		for _, o := range r.Outputs {
			w.versions = append(w.versions, catalog.Version{Dataset: o, Run: r.Key, Attempt: r.Attempt, ProducedAt: *r.EndedAt, RunStartedAt: r.StartedAt, CodeVersion: r.CodeVersion, Tainted: tainted})
		}
	}
	if r.Parent != nil {
		w.contains = append(w.contains, [2]catalog.Name{r.Parent.Job, r.Key.Job})
	}
}

func (w *World) see(names ...catalog.Name) {
	for _, n := range names {
		w.names[n] = true
	}
}

// group is the set of names that are one asset with n, sorted.
func (w *World) group(n catalog.Name) []catalog.Name {
	set := map[catalog.Name]bool{n: true}
	for grown := true; grown; {
		grown = false
		for _, l := range w.links {
			if set[l[0]] != set[l[1]] {
				set[l[0]], set[l[1]], grown = true, true, true
			}
		}
	}
	var out []catalog.Name
	for m := range set {
		out = append(out, m)
	}
	slices.SortFunc(out, catalog.Name.Compare)
	return out
}

func (w *World) id(n catalog.Name) catalog.AssetID {
	var best catalog.NameID
	for i, m := range w.group(n) {
		if id := m.ID(); i == 0 || id.Compare(best) < 0 {
			best = id
		}
	}
	return catalog.AssetID(best)
}

// nameOf finds the name that an id was made from.
func (w *World) nameOf(id catalog.AssetID) (catalog.Name, bool) {
	for n := range w.names {
		if catalog.AssetID(n.ID()) == id {
			return n, true
		}
	}
	return catalog.Name{}, false
}

// ID is the asset a name belongs to now.
func (w *World) ID(n catalog.Name) catalog.AssetID {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.id(n)
}

// Position counts what was added.
func (w *World) Position(context.Context) (catalog.Position, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pos, nil
}

// Resolve gives the asset of a name.
func (w *World) Resolve(_ context.Context, n catalog.Name) (catalog.AssetID, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.id(n), w.names[n], nil
}

// Follow knows of no rename.
func (w *World) Follow(_ context.Context, id catalog.AssetID) (catalog.AssetID, error) {
	return id, nil
}

// Canonical maps a name's id to its asset's.
func (w *World) Canonical(_ context.Context, id catalog.AssetID) (catalog.AssetID, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n, ok := w.nameOf(id); ok {
		return w.id(n), nil
	}
	return id, nil
}

// Assets returns the rows of ids.
func (w *World) Assets(_ context.Context, ids []catalog.AssetID) ([]catalog.Asset, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []catalog.Asset
	for _, id := range ids {
		if n, ok := w.nameOf(id); ok {
			out = append(out, w.asset(n))
		}
	}
	return out, nil
}

func (w *World) asset(n catalog.Name) catalog.Asset {
	a := catalog.Asset{ID: w.id(n), Type: n.Type}
	for _, m := range w.group(n) {
		a.Names = append(a.Names, catalog.KnownName{Name: m, Origin: catalog.OriginObserved})
		a.View = a.View || w.views[m]
	}
	a.Name = catalog.PreferredName(a.Names)
	return a
}

// Select lists assets by a pattern over "NAMESPACE/NAME".
func (w *World) Select(_ context.Context, t catalog.AssetType, glob string, limit int) ([]catalog.Asset, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := map[catalog.AssetID]catalog.Asset{}
	for n := range w.names {
		if n.Type == t && match(glob, n.Namespace+"/"+n.Name) {
			a := w.asset(n)
			found[a.ID] = a
		}
	}
	var out []catalog.Asset
	for _, a := range found {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b catalog.Asset) int { return a.Name.Compare(b.Name) })
	return out[:min(len(out), limit)], nil
}

func match(glob, s string) bool {
	parts := strings.Split(glob, "*")
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	for i, p := range parts[1:] {
		if i == len(parts)-2 {
			return strings.HasSuffix(s, p)
		}
		j := strings.Index(s, p)
		if j < 0 {
			return false
		}
		s = s[j+len(p):]
	}
	return s == ""
}

// Versions lists versions newest first.
func (w *World) Versions(_ context.Context, q policies.VersionQuery) ([]catalog.Version, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []catalog.Version
	for _, v := range w.versions {
		v.Asset = w.id(v.Dataset)
		switch {
		case v.Asset != q.Dataset && !q.Dataset.IsZero(), q.Untainted && v.Tainted, !q.Run.IsZero() && v.Run != q.Run,
			q.DataVersion != "" && v.DataVersion != q.DataVersion, len(q.Partitions) > 0 && !slices.Contains(q.Partitions, v.Partition),
			!q.Before.IsZero() && !v.ProducedAt.Before(q.Before), !q.After.IsZero() && !v.ProducedAt.After(q.After):
			continue
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b catalog.Version) int {
		if b.Before(a) {
			return -1
		}
		return 1
	})
	return out[:min(len(out), limitOr(q.Limit, 20))], nil
}

func limitOr(n, def int) int {
	if n <= 0 {
		return def
	}
	return n
}

// Runs lists runs newest first.
func (w *World) Runs(_ context.Context, q policies.RunQuery) ([]catalog.Run, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []catalog.Run
	for _, r := range w.runs {
		r.Asset = w.id(r.Key.Job)
		if runFits(r, q) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b catalog.Run) int {
		if c := b.StartedAt.Compare(a.StartedAt); c != 0 {
			return c
		}
		return strings.Compare(b.Key.RunID, a.Key.RunID)
	})
	return out[:min(len(out), limitOr(q.Limit, 20))], nil
}

func runFits(r catalog.Run, q policies.RunQuery) bool {
	in := func(list []string, ref *catalog.RunRef) bool { return ref != nil && slices.Contains(list, ref.RunID) }
	switch {
	case len(q.Jobs) > 0 && !slices.Contains(q.Jobs, r.Asset), len(q.Keys) > 0 && !slices.Contains(q.Keys, r.Key),
		len(q.RunIDs) > 0 && !slices.Contains(q.RunIDs, r.Key.RunID), len(q.States) > 0 && !slices.Contains(q.States, r.State),
		len(q.ExternalIDs) > 0 && (r.ExternalID == "" || !slices.Contains(q.ExternalIDs, r.ExternalID)),
		len(q.DirectParentRunIDs) > 0 && !in(q.DirectParentRunIDs, r.Parent),
		len(q.ParentRunIDs) > 0 && !in(q.ParentRunIDs, r.Parent) && !in(q.ParentRunIDs, r.Root),
		!q.StartedAfter.IsZero() && !r.StartedAt.After(q.StartedAfter), !q.StartedBefore.IsZero() && !r.StartedAt.Before(q.StartedBefore):
		return false
	}
	return true
}

// Checks lists check results newest first.
func (w *World) Checks(_ context.Context, q policies.CheckQuery) ([]catalog.Check, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []catalog.Check
	for _, c := range w.checks {
		c.Asset = w.id(c.Dataset)
		if c.Asset == q.Dataset && !c.At.Before(q.Since) {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b catalog.Check) int { return b.At.Compare(a.At) })
	return out[:min(len(out), limitOr(q.Limit, 200))], nil
}

// LastLook is the newest look under any name of the dataset.
func (w *World) LastLook(_ context.Context, dataset catalog.AssetID) (policies.Look, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var best catalog.Look
	for n, l := range w.looks {
		if w.id(n) == dataset && l.At.After(best.At) {
			best = l
		}
	}
	return best, nil
}

// Neighbours answers WRITES, READS and CONTAINS from the runs.
func (w *World) Neighbours(_ context.Context, q graph.NeighbourQuery) ([]catalog.Edge, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []catalog.Edge
	for _, r := range w.runs {
		for _, o := range r.Outputs {
			all = append(all, catalog.Edge{Type: catalog.EdgeWrites, Source: w.id(r.Key.Job), Target: w.id(o)})
		}
		for _, i := range r.Inputs {
			all = append(all, catalog.Edge{Type: catalog.EdgeReads, Source: w.id(i), Target: w.id(r.Key.Job)})
		}
	}
	for _, c := range w.contains {
		all = append(all, catalog.Edge{Type: catalog.EdgeContains, Source: w.id(c[0]), Target: w.id(c[1])})
	}
	var out []catalog.Edge
	for _, e := range all {
		near := e.Target
		if q.Direction == graph.Downstream {
			near = e.Source
		}
		if slices.Contains(q.Frontier, near) && (len(q.Types) == 0 || slices.Contains(q.Types, e.Type)) && !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out, false, nil
}
