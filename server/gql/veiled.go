package gql

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/search"
)

// veiledHistory is the history as one caller may read it.
type veiledHistory struct {
	History
	*veil
}

// plainFacets cannot name another asset; all others may, in texts of any form.
var plainFacets = []string{"schema", "documentation", "ownership", "tags", "lifecycleStateChange", "version", "dataQualityMetrics", "outputStatistics", "inputStatistics", "jobType", "nominalTime", "processing_engine", "datasetType", "storage", "environmentVariables"}

func plainOnly(in []catalog.Facet, err error) (out []catalog.Facet, _ error) {
	for _, f := range in {
		if slices.Contains(plainFacets, f.Key) {
			out = append(out, f)
		}
	}
	return out, err
}

// Resolve answers for what is hidden as for what was never seen.
func (h veiledHistory) Resolve(ctx context.Context, n catalog.Name) (catalog.AssetID, bool, error) {
	id, known, err := h.History.Resolve(ctx, n)
	if err != nil || !known || h.reads(ctx, id) {
		return id, known, err
	}
	return catalog.AssetID(n.ID()), false, nil
}

// Canonical leaves an unknown id as it is.
func (h veiledHistory) Canonical(ctx context.Context, id catalog.AssetID) (catalog.AssetID, error) {
	s, err := h.one(ctx, id)
	switch {
	case err != nil || !s.known():
		return id, err
	case s.hidden:
		return h.mask(s.id), nil
	}
	return s.id, nil
}

func hidden(t catalog.AssetType) catalog.Name { return catalog.Name{Type: t, Name: hiddenName} }

// Assets are whole rows of what may be read, and of the rest only what they are.
func (h veiledHistory) Assets(ctx context.Context, ids []catalog.AssetID) ([]catalog.Asset, error) {
	list, err := h.from(ctx, ids)
	if err != nil {
		return nil, err
	}
	var want []catalog.AssetID
	for _, s := range list {
		if s.known() && !s.hidden {
			want = append(want, s.id)
		}
	}
	rows, err := h.History.Assets(ctx, want)
	if err != nil {
		return nil, err
	}
	by := map[catalog.AssetID]catalog.Asset{}
	for _, r := range rows {
		by[r.ID] = h.row(r)
	}
	var out []catalog.Asset
	for i, s := range list {
		if r, ok := by[s.id]; ok && !s.hidden {
			out = append(out, r)
		} else if s.hidden {
			out = append(out, catalog.Asset{ID: ids[i], Type: s.name.Type, Name: hidden(s.name.Type)})
		}
	}
	return out, nil
}

// row is a row without its names in other namespaces.
func (h veiledHistory) row(r catalog.Asset) catalog.Asset {
	r.Names = slices.DeleteFunc(slices.Clone(r.Names), func(n catalog.KnownName) bool { return !h.mayName(n.Name) })
	for i := range r.Names {
		r.Names[i].Detail = "" // it may say which other name stated it
	}
	return r
}

// Named gives hidden assets a name that tells nothing.
func (h veiledHistory) Named(ctx context.Context, ids []catalog.AssetID) ([]catalog.NamedAsset, error) {
	list, err := h.from(ctx, ids)
	out := make([]catalog.NamedAsset, len(ids))
	for i, s := range list {
		if s.hidden {
			out[i] = catalog.NamedAsset{ID: ids[i], Name: hidden(s.name.Type)}
		} else if s.known() {
			out[i] = catalog.NamedAsset{ID: s.id, Name: s.name}
		}
	}
	return out, err
}

// open asks about an asset that may be read; of others there is nothing.
func open[T any](ctx context.Context, v *veil, id catalog.AssetID, ask func() (T, error)) (none T, err error) {
	s, err := v.one(ctx, id)
	if err != nil || !s.known() || s.hidden {
		return none, err
	}
	return ask()
}

func (h veiledHistory) LastSeen(ctx context.Context, id catalog.AssetID) (time.Time, error) {
	return open(ctx, h.veil, id, func() (time.Time, error) { return h.History.LastSeen(ctx, id) })
}

func (h veiledHistory) AssetFacets(ctx context.Context, id catalog.AssetID, keys []string) ([]catalog.Facet, error) {
	return open(ctx, h.veil, id, func() ([]catalog.Facet, error) { return plainOnly(h.History.AssetFacets(ctx, id, keys)) })
}

func (h veiledHistory) RunFacets(ctx context.Context, k catalog.RunKey, keys []string) ([]catalog.Facet, error) {
	if !h.mayName(k.Job) {
		return nil, nil
	}
	list, err := plainOnly(h.History.RunFacets(ctx, k, keys))
	return slices.DeleteFunc(list, func(f catalog.Facet) bool { return !f.Dataset.IsZero() && !h.mayName(f.Dataset) }), err
}

func (h veiledHistory) Versions(ctx context.Context, q catalog.VersionQuery) ([]catalog.Version, error) {
	s, err := h.one(ctx, q.Dataset)
	if err != nil || !s.known() || s.hidden {
		return nil, err
	}
	list, err := h.History.Versions(ctx, q)
	for i := range list {
		if !h.mayName(list[i].Dataset) {
			list[i].Dataset = s.name // the name it was written under is of another namespace
		}
		if !h.mayName(list[i].Run.Job) {
			list[i].Run = catalog.RunKey{}
		}
	}
	return list, err
}

// Runs reads on until there are enough that may be read.
func (h veiledHistory) Runs(ctx context.Context, q catalog.RunQuery) ([]catalog.Run, error) {
	want := q.Limit
	if want == 0 {
		want = 20
	}
	for q.Limit = want; ; q.Limit *= 4 {
		list, err := h.History.Runs(ctx, q)
		if err != nil {
			return nil, err
		}
		var out []catalog.Run
		for _, r := range list {
			if h.mayName(r.Key.Job) {
				out = append(out, h.run(r))
			}
		}
		if len(out) >= want || len(list) < q.Limit {
			return out[:min(want, len(out))], nil
		}
	}
}

// run is a run without what it names in other namespaces. Why it failed is in
// its tool's words, which may name anything it used.
func (h veiledHistory) run(r catalog.Run) catalog.Run {
	r.Inputs, r.Outputs = h.names(r.Inputs), h.names(r.Outputs)
	r.Reads = slices.DeleteFunc(slices.Clone(r.Reads), func(x catalog.Read) bool { return !h.mayName(x.Dataset) })
	if r.Error != "" {
		r.Error = withheld
	}
	for _, ref := range []**catalog.RunRef{&r.Parent, &r.Root} {
		if *ref != nil && !h.mayName((*ref).Job) {
			*ref, r.ExternalID = nil, ""
		}
	}
	return r
}

func (h veiledHistory) LatestRuns(ctx context.Context, jobs []catalog.AssetID) ([]catalog.Run, error) {
	list, err := h.History.LatestRuns(ctx, jobs)
	var out []catalog.Run
	for _, r := range list {
		if h.mayName(r.Key.Job) {
			out = append(out, h.run(r))
		}
	}
	return out, err
}

func (h veiledHistory) RunDays(ctx context.Context, job catalog.AssetID, limit int) ([]catalog.RunDay, error) {
	return open(ctx, h.veil, job, func() ([]catalog.RunDay, error) { return h.History.RunDays(ctx, job, limit) })
}

func (h veiledHistory) Checks(ctx context.Context, q catalog.CheckQuery) ([]catalog.Check, error) {
	list, err := open(ctx, h.veil, q.Dataset, func() ([]catalog.Check, error) { return h.History.Checks(ctx, q) })
	for i := range list {
		list[i].Parent = nil
		if !h.mayName(list[i].Dataset) {
			list[i].Dataset = catalog.Name{Type: catalog.TypeDataset, Name: hiddenName}
		}
		if !h.mayName(list[i].Run.Job) {
			list[i].Run = catalog.RunKey{}
		}
	}
	return list, err
}

func (h veiledHistory) stated(list []catalog.Statement, err error) ([]catalog.Statement, error) {
	return slices.DeleteFunc(slices.Clone(list), func(s catalog.Statement) bool {
		n := s.Fact.Mentions()
		return len(h.names(n)) < len(n)
	}), err
}

func (h veiledHistory) Statements(ctx context.Context, id catalog.AssetID) ([]catalog.Statement, error) {
	return open(ctx, h.veil, id, func() ([]catalog.Statement, error) { return h.stated(h.History.Statements(ctx, id)) })
}

func (h veiledHistory) StatementsAbout(ctx context.Context, names []catalog.Name) ([]catalog.Statement, error) {
	return h.stated(h.History.StatementsAbout(ctx, h.names(names)))
}

func (h veiledHistory) StatementAt(ctx context.Context, pos catalog.Position) (catalog.Statement, error) {
	s, err := h.History.StatementAt(ctx, pos)
	if err != nil {
		return s, err
	}
	if list, _ := h.stated([]catalog.Statement{s}, nil); len(list) == 0 {
		return catalog.Statement{}, fmt.Errorf("statement at %s: %w", pos, catalog.ErrNotFound)
	}
	return s, nil
}

func (h veiledHistory) Conflicts(ctx context.Context) ([]catalog.Conflict, error) {
	list, err := h.History.Conflicts(ctx)
	return slices.DeleteFunc(slices.Clone(list), func(c catalog.Conflict) bool {
		return !h.mayName(c.Name) || len(h.names(c.Claimants)) < len(c.Claimants)
	}), err
}

func (h veiledHistory) Suggestions(ctx context.Context) ([]catalog.Suggestion, bool, error) {
	list, complete, err := h.History.Suggestions(ctx)
	return slices.DeleteFunc(slices.Clone(list), func(s catalog.Suggestion) bool { return len(h.names(s.Names)) < len(s.Names) }), complete, err
}

// veiledGraph is a graph in which hidden assets are there and tell nothing: a
// walk goes through them, their ids are masked, their columns are left out.
type veiledGraph struct {
	Walker
	*veil
}

// Neighbours walks in true ids.
func (g veiledGraph) Neighbours(ctx context.Context, q graph.NeighbourQuery) ([]catalog.Edge, bool, error) {
	list, err := g.from(ctx, q.Frontier)
	if err != nil {
		return nil, false, err
	}
	q.Frontier = nil
	for _, s := range list {
		if s.known() {
			q.Frontier = append(q.Frontier, s.id)
		}
	}
	slices.SortFunc(q.Frontier, catalog.AssetID.Compare)
	edges, more, err := g.Walker.Neighbours(ctx, q)
	if err != nil {
		return nil, false, err
	}
	out, err := g.edges(ctx, edges)
	return out, more, err
}

// Moment stands still where the graph can.
func (g veiledGraph) Moment(ctx context.Context, ask func(graph.Behind) error) error {
	s, ok := g.Walker.(graph.Still)
	if !ok {
		return ask(g)
	}
	return s.Moment(ctx, func(at graph.Behind) error { return ask(veiledGraph{at, g.veil}) })
}

// edges gives edges to the caller.
func (g veiledGraph) edges(ctx context.Context, in []catalog.Edge) ([]catalog.Edge, error) {
	var ids []catalog.AssetID
	for _, e := range in {
		ids = append(ids, e.Source, e.Target)
		if !e.Job.IsZero() {
			ids = append(ids, e.Job)
		}
	}
	given, dark, err := g.to(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []catalog.Edge
	for _, e := range in {
		touches := dark[e.Source] || dark[e.Target]
		if touches && e.FieldLevel() {
			continue
		}
		if touches || dark[e.Job] {
			e.Run, e.Policy = "", "" // its origin says enough
		}
		e.Source, e.Target = given[e.Source], given[e.Target]
		if !e.Job.IsZero() {
			e.Job = given[e.Job]
		}
		out = append(out, e)
	}
	return out, nil
}

// veiledTopology also lists what a job states.
type veiledTopology struct {
	veiledGraph
	all Graph
}

// Stated is empty for a job that may not be read.
func (g veiledTopology) Stated(job catalog.AssetID) []catalog.Edge {
	ctx := context.Background() // names are in memory
	if !g.reads(ctx, job) {
		return nil
	}
	edges, err := g.edges(ctx, g.all.Stated(job))
	if err != nil {
		return nil
	}
	return edges
}

// veiledSearch finds what may be read.
type veiledSearch struct {
	Search
	*veil
}

// readable asks for each namespace once.
func (s veiledSearch) readable() func(string) bool {
	known := map[string]bool{}
	return func(ns string) bool {
		may, ok := known[ns]
		if !ok {
			may = s.may(ns)
			known[ns] = may
		}
		return may
	}
}

func (s veiledSearch) Find(ctx context.Context, q search.Query) (search.Page, error) {
	q.Readable = s.readable()
	return s.Search.Find(ctx, q)
}

func (s veiledSearch) Counts(ctx context.Context, q search.Query) (search.Counts, error) {
	q.Readable = s.readable()
	return s.Search.Counts(ctx, q)
}
