package virtual

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/policies"
)

// World is a policies.History and a policies.Graph over values that its owner
// adds. Identity is computed from the evidence, so merges and splits need no
// upkeep. Its zero value is not usable: see NewWorld.
type World struct {
	mu       sync.RWMutex
	pos      catalog.Position
	names    map[catalog.Name]bool // true: observed
	byID     map[catalog.AssetID]catalog.Name
	links    [][2]catalog.Name
	groups   map[catalog.Name]*group // of the names
	grouped  map[catalog.AssetID]*group
	views    map[catalog.Name]bool
	runs     runTable
	versions map[catalog.Name][]catalog.Version // oldest first
	checks   map[catalog.Name][]catalog.Check
	looks    map[catalog.Name][]catalog.Look // by time
	edges    edgeTable
	told     map[catalog.RunKey]*telling
	tags     map[catalog.Name][]catalog.Tag
	tools    map[catalog.Name]string
	code     map[catalog.Name]catalog.Code // of jobs, the newest word
}

// group is the set of names that are one asset, sorted, and its id.
type group struct {
	names []catalog.Name
	id    catalog.AssetID
}

var (
	_ policies.History = (*World)(nil)
	_ policies.Graph   = (*World)(nil)
)

// NewWorld returns an empty world.
func NewWorld() *World {
	return &World{
		names: map[catalog.Name]bool{}, byID: map[catalog.AssetID]catalog.Name{}, groups: map[catalog.Name]*group{}, grouped: map[catalog.AssetID]*group{}, views: map[catalog.Name]bool{},
		runs: newRunTable(), versions: map[catalog.Name][]catalog.Version{}, checks: map[catalog.Name][]catalog.Check{}, looks: map[catalog.Name][]catalog.Look{},
		edges: newEdgeTable(), told: map[catalog.RunKey]*telling{}, tags: map[catalog.Name][]catalog.Tag{}, tools: map[catalog.Name]string{}, code: map[catalog.Name]catalog.Code{},
	}
}

// Merge says that two names are one asset; Split takes it back.
func (w *World) Merge(a, b catalog.Name) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pos++
	w.see(a, b)
	w.links = append(w.links, [2]catalog.Name{a, b})
	w.regroup()
}

// Split withdraws all evidence that ties a name to others.
func (w *World) Split(n catalog.Name) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pos++
	w.links = slices.DeleteFunc(w.links, func(l [2]catalog.Name) bool { return l[0] == n || l[1] == n })
	w.regroup()
}

// View makes a dataset a view.
func (w *World) View(n catalog.Name) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.see(n)
	w.views[n] = true
}

// Look records a verified look at a dataset's data time.
func (w *World) Look(n catalog.Name, l catalog.Look) catalog.Touched {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pos++
	at, _ := slices.BinarySearchFunc(w.looks[n], l, func(x, y catalog.Look) int { return x.At.Compare(y.At) })
	w.looks[n] = slices.Insert(w.looks[n], at, l)
	t := w.touched(n, false)
	t.Written = map[catalog.AssetID]time.Time{w.id(n): l.DataTime}
	return t
}

// touched is a batch about one name that wrote nothing.
func (w *World) touched(n catalog.Name, rows bool) catalog.Touched {
	return catalog.Touched{Assets: []catalog.AssetID{w.id(n)}, Rows: rows, Position: w.pos, Sure: true}
}

// Check adds a check result.
func (w *World) Check(c catalog.Check) catalog.Touched {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pos++
	w.checks[c.Dataset] = append(w.checks[c.Dataset], c)
	return w.touched(c.Dataset, false)
}

// Version adds a version as it is, one without a run for example.
func (w *World) Version(v catalog.Version) catalog.Touched {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pos++
	fresh := !w.names[v.Dataset]
	w.see(v.Dataset)
	w.addVersion(v)
	t := w.touched(v.Dataset, fresh)
	t.Written = map[catalog.AssetID]time.Time{w.id(v.Dataset): v.ProducedAt}
	return t
}

// addVersion keeps a dataset's versions in order; most arrive last.
func (w *World) addVersion(v catalog.Version) {
	list := w.versions[v.Dataset]
	i := len(list)
	for i > 0 && v.Before(list[i-1]) {
		i--
	}
	w.versions[v.Dataset] = slices.Insert(list, i, v)
}

// Run adds a run or replaces the one of the same key. A successful run makes a
// version of each output; a failed one with the flag "wrote" a tainted one. A
// parent that is known contains the job.
func (w *World) Run(r catalog.Run) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.put(r, nil)
}

// Written is what a run says of a dataset that it wrote.
type Written struct {
	Name        catalog.Name
	DataVersion string
	DataTime    time.Time
}

// put is Run with what is known of the outputs.
func (w *World) put(r catalog.Run, written []Written) {
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
	if old, ok := w.runs.put(r); ok {
		w.edges.run(old, -1)
		for _, o := range old.Outputs {
			w.versions[o] = slices.DeleteFunc(w.versions[o], func(v catalog.Version) bool { return v.Run == r.Key })
		}
	}
	w.edges.run(r, +1)
	tainted := r.State == catalog.RunFailed && slices.Contains(r.Flags, "wrote")
	if r.State == catalog.RunSucceeded || tainted {
		for _, o := range r.Outputs {
			v := catalog.Version{Dataset: o, Run: r.Key, Attempt: r.Attempt, ProducedAt: *r.EndedAt, RunStartedAt: r.StartedAt, CodeVersion: r.CodeVersion, CodeHash: r.CodeHash, Tainted: tainted}
			for _, said := range written {
				if said.Name == o {
					v.DataVersion, v.DataTime = said.DataVersion, said.DataTime
				}
			}
			w.addVersion(v)
		}
	}
	if r.Code().Known() {
		w.code[r.Key.Job] = r.Code()
	}
	if r.Parent != nil {
		w.edges.add(catalog.EdgeContains, r.Parent.Job, r.Key.Job, 1)
	}
}

func (w *World) see(names ...catalog.Name) {
	for _, n := range names {
		if w.names[n] {
			continue
		}
		w.names[n] = true
		w.byID[catalog.AssetID(n.ID())] = n
		w.file(n)
	}
}

// file keeps the group of a name that was seen: who only reads keeps nothing.
func (w *World) file(n catalog.Name) {
	if w.groups[n] != nil {
		return
	}
	g := w.gather(n)
	for _, m := range g.names {
		w.groups[m], w.grouped[catalog.AssetID(m.ID())] = g, g
	}
}

// group is the set of names that are one asset with n.
func (w *World) group(n catalog.Name) *group {
	if g, ok := w.groups[n]; ok {
		return g
	}
	return w.gather(n)
}

// gather works out a group from the evidence.
func (w *World) gather(n catalog.Name) *group {
	set := map[catalog.Name]bool{n: true}
	for grown := true; grown; {
		grown = false
		for _, l := range w.links {
			if set[l[0]] != set[l[1]] {
				set[l[0]], set[l[1]], grown = true, true, true
			}
		}
	}
	g := &group{}
	for m := range set {
		g.names = append(g.names, m)
		if id := m.ID(); g.id.IsZero() || id.Compare(catalog.NameID(g.id)) < 0 {
			g.id = catalog.AssetID(id)
		}
	}
	slices.SortFunc(g.names, catalog.Name.Compare)
	return g
}

func (w *World) id(n catalog.Name) catalog.AssetID { return w.group(n).id }

// regroup says that the evidence has changed.
func (w *World) regroup() {
	clear(w.groups)
	clear(w.grouped)
	for n := range w.names {
		w.file(n)
	}
}

// namesOf are the names of an asset, by any id it ever had.
func (w *World) namesOf(id catalog.AssetID) []catalog.Name {
	if g := w.grouped[id]; g != nil && g.id == id {
		return g.names
	}
	return nil
}

// ID is the asset a name belongs to now.
func (w *World) ID(n catalog.Name) catalog.AssetID {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.id(n)
}

// Position counts what was added.
func (w *World) Position(context.Context) (catalog.Position, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.pos, nil
}

// Resolve gives the asset of a name.
func (w *World) Resolve(_ context.Context, n catalog.Name) (catalog.AssetID, bool, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.id(n), w.names[n], nil
}

// Follow knows of no rename.
func (w *World) Follow(_ context.Context, id catalog.AssetID) (catalog.AssetID, error) {
	return id, nil
}

// Canonical maps a name's id to its asset's.
func (w *World) Canonical(_ context.Context, id catalog.AssetID) (catalog.AssetID, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if g := w.grouped[id]; g != nil {
		return g.id, nil
	}
	return id, nil
}

// Assets returns the rows of ids.
func (w *World) Assets(_ context.Context, ids []catalog.AssetID) ([]catalog.Asset, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []catalog.Asset
	for _, id := range ids {
		if n, ok := w.byID[id]; ok {
			out = append(out, w.asset(n))
		}
	}
	return out, nil
}

func (w *World) asset(n catalog.Name) catalog.Asset {
	a := catalog.Asset{ID: w.id(n), Type: n.Type}
	for _, m := range w.group(n).names {
		a.Names = append(a.Names, catalog.KnownName{Name: m, Origin: catalog.OriginObserved})
		a.View = a.View || w.views[m]
		a.Tags = append(a.Tags, w.tags[m]...)
		a.Integration = cmp.Or(a.Integration, w.tools[m])
		if c, ok := w.code[m]; ok {
			a.CodeHash, a.SourceCode = c.Hash, &catalog.SourceCodeValue{Version: c.Version}
		}
	}
	a.Name = catalog.PreferredName(a.Names)
	return a
}

// Select lists assets by a pattern over "NAMESPACE/NAME".
func (w *World) Select(_ context.Context, t catalog.AssetType, glob string, limit int) ([]catalog.Asset, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	found := map[catalog.AssetID]catalog.Asset{}
	for n := range w.names {
		if n.Type == t && catalog.MatchGlob(glob, n.Namespace+"/"+n.Name) {
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

// Versions lists versions newest first.
func (w *World) Versions(_ context.Context, q policies.VersionQuery) ([]catalog.Version, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	limit := limitOr(q.Limit, 20)
	var out []catalog.Version
	for _, n := range w.datasets(q.Dataset) {
		found, id := 0, w.id(n)
		list := w.versions[n]
		for i := len(list) - 1; i >= 0 && found < limit; i-- {
			if !q.After.IsZero() && !list[i].ProducedAt.After(q.After) {
				break
			}
			if versionFits(&list[i], q) {
				out = append(out, list[i])
				out[len(out)-1].Asset = id
				found++
			}
		}
	}
	if len(out) > 1 {
		slices.SortFunc(out, func(a, b catalog.Version) int {
			if b.Before(a) {
				return -1
			}
			return 1
		})
	}
	return out[:min(len(out), limit)], nil
}

// datasets are the names of one asset, or all that have versions.
func (w *World) datasets(id catalog.AssetID) []catalog.Name {
	if !id.IsZero() {
		return w.namesOf(id)
	}
	return slices.Collect(maps.Keys(w.versions))
}

func versionFits(v *catalog.Version, q policies.VersionQuery) bool {
	switch {
	case q.Untainted && v.Tainted, !q.Run.IsZero() && v.Run != q.Run, q.DataVersion != "" && v.DataVersion != q.DataVersion,
		len(q.Partitions) > 0 && !slices.Contains(q.Partitions, v.Partition), !q.Before.IsZero() && !v.ProducedAt.Before(q.Before):
		return false
	}
	return true
}

func limitOr(n, def int) int {
	if n <= 0 {
		return def
	}
	return n
}

// Runs lists runs newest first.
func (w *World) Runs(_ context.Context, q policies.RunQuery) ([]catalog.Run, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var jobs []catalog.Name
	for _, id := range q.Jobs {
		jobs = append(jobs, w.namesOf(id)...)
	}
	out := w.runs.find(q, jobs)
	for i := range out {
		out[i].Asset = w.id(out[i].Key.Job)
	}
	return out, nil
}

// Checks lists check results newest first.
func (w *World) Checks(_ context.Context, q policies.CheckQuery) ([]catalog.Check, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []catalog.Check
	for _, n := range w.namesOf(q.Dataset) {
		for _, c := range w.checks[n] {
			if !c.At.Before(q.Since) {
				c.Asset = q.Dataset
				out = append(out, c)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b catalog.Check) int { return b.At.Compare(a.At) })
	return out[:min(len(out), limitOr(q.Limit, 200))], nil
}

// LastLook is the newest look under any name of the dataset.
func (w *World) LastLook(_ context.Context, dataset catalog.AssetID, upTo time.Time) (policies.Look, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var best catalog.Look
	for _, n := range w.namesOf(dataset) {
		for _, l := range slices.Backward(w.looks[n]) {
			if !upTo.IsZero() && l.DataTime.After(upTo) {
				continue
			}
			if l.At.After(best.At) {
				best = l
			}
			break
		}
	}
	return best, nil
}

// Neighbours answers WRITES, READS and CONTAINS from the runs.
func (w *World) Neighbours(_ context.Context, q graph.NeighbourQuery) ([]catalog.Edge, bool, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []catalog.Edge
	for _, id := range q.Frontier {
		for _, n := range w.namesOf(id) {
			for _, e := range w.edges.near(n, q.Direction) {
				edge := catalog.Edge{Type: e.kind, Source: w.id(e.from), Target: w.id(e.to)}
				if (len(q.Types) == 0 || slices.Contains(q.Types, e.kind)) && !slices.Contains(out, edge) {
					out = append(out, edge)
				}
			}
		}
	}
	return out, false, nil
}
