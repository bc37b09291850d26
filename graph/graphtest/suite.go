// Package graphtest is the one suite that every graph.Store passes, and the
// naive model that random scripts compare them with. It is exported so that
// somebody who writes another backend can trust it.
package graphtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// Run runs the suite; open gives a fresh, empty store for each test and closes
// it at the test's end.
func Run(t *testing.T, open func(t *testing.T) graph.Store) {
	for name, test := range map[string]func(*testing.T, graph.Store){
		"empty store":                        emptyStore,
		"rows come back as they went in":     roundTrip,
		"apply is idempotent":                idempotent,
		"a gap is refused":                   gap,
		"reset empties":                      reset,
		"positions are of one projection":    projections,
		"a store says its projection late":   adopts,
		"a row replaces its edges":           replaces,
		"removed assets are gone":            removed,
		"flows between others":               stated,
		"odd names":                          oddNames,
		"times to the nanosecond":            nanoseconds,
		"an edge may come before its end":    edgeFirst,
		"as of":                              asOf,
		"neighbours are ordered and cut":     neighboursCut,
		"a cut answer is the first of it":    cutFirst,
		"what lies beyond is counted":        beyond,
		"field edges":                        fieldEdges,
		"a column flows into itself":         selfFlow,
		"jobs without column lineage":        unlitJobs,
		"cycles and diamonds":                cycles,
		"a hub cannot starve the rest":       fairBudget,
		"hidden neighbours are counted":      hidden,
		"find filters, searches and pages":   find,
		"readers during writes":              concurrent,
		"a closed store says so":             closed,
		"internal jobs are hidden":           internalHidden,
		"a hub of 2000":                      hub,
		"by job and by dataset":              collapsed,
		"by job over datasets":               overDatasets,
		"impossible times do not wrap":       absurdTimes,
		"what nothing touches is gone":       loose,
		"an export names and is equal":       export,
		"reset of a reset":                   resetTwice,
		"assets become one and part again":   merges,
		"what policies declare lies over it": overlay,
		"what becomes one between two hops":  mergedMeanwhile,
		"every answer is of one moment":      oneMoment,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// T0 is the time from which the suite counts.
var T0 = time.Date(2026, 11, 24, 6, 0, 0, 123456789, time.UTC)

// Dataset and Job make assets.
func Dataset(name string) catalog.Asset {
	n := catalog.DatasetName("postgres://wh:5432", name)
	return catalog.Asset{ID: catalog.AssetID(n.ID()), Type: n.Type, Name: n, FirstSeen: T0, Kind: catalog.KindTable,
		Names: []catalog.KnownName{{Name: n, Origin: catalog.OriginObserved, Since: T0}}}
}

// Job makes a job.
func Job(name string) catalog.Asset {
	n := catalog.JobName("prod", name)
	return catalog.Asset{ID: catalog.AssetID(n.ID()), Type: n.Type, Name: n, FirstSeen: T0, Processing: catalog.ProcessingBatch,
		Names: []catalog.KnownName{{Name: n, Origin: catalog.OriginObserved, Since: T0}}}
}

// Reads and Writes make open edges.
func Reads(ds, job catalog.Asset) catalog.Edge {
	return catalog.Edge{Type: catalog.EdgeReads, Source: ds.ID, Target: job.ID, Origin: catalog.EdgeObserved, From: T0, Run: "r1"}
}

// Writes makes an open edge from a job to what it writes.
func Writes(job, ds catalog.Asset) catalog.Edge {
	return catalog.Edge{Type: catalog.EdgeWrites, Source: job.ID, Target: ds.ID, Origin: catalog.EdgeObserved, From: T0, Run: "r1"}
}

func rows(assets ...catalog.Asset) []graph.Row {
	out := make([]graph.Row, len(assets))
	for i, a := range assets {
		out[i] = graph.Row{Asset: a}
	}
	return out
}

// step is a job that reads and writes.
func step(job catalog.Asset, in, out []catalog.Asset) graph.Row {
	r := graph.Row{Asset: job}
	for _, d := range in {
		r.Edges = append(r.Edges, Reads(d, job))
	}
	for _, d := range out {
		r.Edges = append(r.Edges, Writes(job, d))
	}
	return r
}

func apply(t *testing.T, s graph.Store, c graph.Change) {
	t.Helper()
	if err := s.Apply(t.Context(), c); err != nil {
		t.Fatalf("apply %s: %v", c.Position, err)
	}
}

// Dump reads all rows in one canonical text.
func Dump(ctx context.Context, s graph.Store) (string, error) {
	var b strings.Builder
	last := catalog.AssetID{}
	for row, err := range s.Rows(ctx) {
		if err != nil {
			return "", err
		}
		if b.Len() > 0 && row.Asset.ID.Compare(last) <= 0 {
			return "", fmt.Errorf("rows are not ordered by id: %s after %s", row.Asset.ID, last)
		}
		last = row.Asset.ID
		b.WriteString(Canonical(row) + "\n")
	}
	return b.String(), nil
}

// Canonical is a row as text, its edges sorted.
func Canonical(row graph.Row) string {
	edges := slices.Clone(row.Edges)
	slices.SortFunc(edges, func(a, b catalog.Edge) int {
		if c := a.Source.Compare(b.Source); c != 0 {
			return c
		}
		return graph.CompareEdges(graph.Downstream, a, b)
	})
	b, err := json.Marshal(graph.Row{Asset: row.Asset, Edges: edges})
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func wantRows(t *testing.T, s graph.Store, want ...graph.Row) {
	t.Helper()
	want = slices.Clone(want)
	slices.SortFunc(want, func(a, b graph.Row) int { return a.Asset.ID.Compare(b.Asset.ID) })
	var text strings.Builder
	for _, r := range want {
		text.WriteString(Canonical(r) + "\n")
	}
	got, err := Dump(t.Context(), s)
	if err != nil || got != text.String() {
		t.Errorf("the store holds\n%s\nwant\n%s\n%v", got, text.String(), err)
	}
}

func wantPosition(t *testing.T, s graph.Store, want catalog.Position) {
	t.Helper()
	if got, err := s.Position(t.Context()); err != nil || got != want {
		t.Errorf("position %s, %v; want %s", got, err, want)
	}
}

func emptyStore(t *testing.T, s graph.Store) {
	wantPosition(t, s, 0)
	wantRows(t, s)
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("not ready: %v", err)
	}
	if got, err := s.Assets(t.Context(), []catalog.AssetID{Dataset("x").ID}); err != nil || len(got) != 0 {
		t.Errorf("assets of an empty store: %v, %v", got, err)
	}
}

func roundTrip(t *testing.T, s graph.Store) {
	d := Dataset("shop.raw.orders")
	removed := T0.Add(time.Hour)
	d.Description, d.SubKind, d.View, d.RemovedAt = "orders – “raw”", "external", true, &removed
	d.Owners = []catalog.Owner{{Name: "team-a", Type: "dev"}}
	d.Tags = []catalog.Tag{{Key: "pii", Value: "yes", Source: "dbt"}, {Key: "mask", Field: "email"}}
	d.Fields = []catalog.Field{{Name: "id", Type: "int", Ordinal: 1}, {Name: "a.b", Type: "text", Ordinal: 2, Parent: "a"}}
	j := Job("load")
	j.SourceCode = &catalog.SourceCodeValue{URL: "https://example.com/x", Version: "abc"}
	row := step(j, []catalog.Asset{d}, nil)
	row.Edges[0].To = T0.Add(time.Minute)
	again := Reads(d, j)
	again.Ordinal, again.From = 1, T0.Add(2*time.Minute)
	row.Edges = append(row.Edges, again)
	apply(t, s, graph.Change{Position: 7, Rows: []graph.Row{{Asset: d}, row}})
	wantRows(t, s, graph.Row{Asset: d}, row)
	wantPosition(t, s, 7)
	got, err := s.Assets(t.Context(), []catalog.AssetID{j.ID, {}, d.ID})
	if err != nil || len(got) != 2 || got[0].ID != j.ID || got[1].ID != d.ID {
		t.Errorf("assets in the order asked: %v, %v", got, err)
	}
}

func idempotent(t *testing.T, s graph.Store) {
	a, b, j := Dataset("a"), Dataset("b"), Job("j")
	c := graph.Change{Position: 3, Rows: append(rows(a, b), step(j, []catalog.Asset{a}, []catalog.Asset{b}))}
	apply(t, s, c)
	apply(t, s, c)
	apply(t, s, graph.Change{Position: 2, Removed: []catalog.AssetID{a.ID}})
	wantRows(t, s, c.Rows...)
	wantPosition(t, s, 3)
}

func gap(t *testing.T, s graph.Store) {
	apply(t, s, graph.Change{Position: 3, Rows: rows(Dataset("a"))})
	if err := s.Apply(t.Context(), graph.Change{After: 5, Position: 6}); !errors.Is(err, graph.ErrGap) {
		t.Errorf("a change after 5 on a store at 3: %v, want ErrGap", err)
	}
	wantPosition(t, s, 3)
}

func reset(t *testing.T, s graph.Store) {
	apply(t, s, graph.Change{Position: 9, Rows: rows(Dataset("a"), Job("j"))})
	apply(t, s, graph.Change{Reset: true, Position: 2, Rows: rows(Dataset("b"))})
	wantRows(t, s, rows(Dataset("b"))...)
	wantPosition(t, s, 2)
}

func replaces(t *testing.T, s graph.Store) {
	a, b, j := Dataset("a"), Dataset("b"), Job("j")
	apply(t, s, graph.Change{Position: 1, Rows: append(rows(a, b), step(j, []catalog.Asset{a, b}, nil))})
	now := step(j, []catalog.Asset{b}, []catalog.Asset{a})
	apply(t, s, graph.Change{After: 1, Position: 2, Rows: []graph.Row{now}})
	wantRows(t, s, graph.Row{Asset: a}, graph.Row{Asset: b}, now)
}

func removed(t *testing.T, s graph.Store) {
	a, b, j := Dataset("a"), Dataset("b"), Job("j")
	apply(t, s, graph.Change{Position: 1, Rows: append(rows(a, b), step(j, []catalog.Asset{a}, []catalog.Asset{b}))})
	apply(t, s, graph.Change{After: 1, Position: 2, Removed: []catalog.AssetID{j.ID}})
	wantRows(t, s, rows(a, b)...)
	apply(t, s, graph.Change{After: 2, Position: 3, Rows: []graph.Row{step(j, nil, []catalog.Asset{b})}})
	wantRows(t, s, graph.Row{Asset: a}, graph.Row{Asset: b}, step(j, nil, []catalog.Asset{b}))
}

// stated: a job states what flows between others (explicit lineage); the edges
// are its, though it is at neither end.
func stated(t *testing.T, s graph.Store) {
	a, b, j, k := Dataset("a"), Dataset("b"), Job("j"), Job("k")
	by := graph.Row{Asset: k, Edges: []catalog.Edge{
		{Type: catalog.EdgeDerives, Source: a.ID, Target: b.ID, Job: k.ID, Origin: catalog.EdgeObserved, From: T0},
		{Type: catalog.EdgeReads, Source: a.ID, Target: j.ID, Job: k.ID, Origin: catalog.EdgeObserved, From: T0},
		{Type: catalog.EdgeWrites, Source: j.ID, Target: b.ID, Job: k.ID, Origin: catalog.EdgeObserved, From: T0},
	}}
	own := step(j, []catalog.Asset{a}, []catalog.Asset{b})
	apply(t, s, graph.Change{Position: 1, Rows: append(rows(a, b), own, by)})
	wantRows(t, s, graph.Row{Asset: a}, graph.Row{Asset: b}, own, by)
	wantStated(t, s, by.Edges, []catalog.AssetID{j.ID, k.ID}, time.Time{})
	wantStated(t, s, by.Edges, []catalog.AssetID{k.ID}, T0)
	wantStated(t, s, nil, []catalog.AssetID{k.ID}, T0.Add(-1))
	by.Edges = by.Edges[1:]
	apply(t, s, graph.Change{After: 1, Position: 2, Rows: []graph.Row{by}})
	wantRows(t, s, graph.Row{Asset: a}, graph.Row{Asset: b}, own, by)
	apply(t, s, graph.Change{After: 2, Position: 3, Removed: []catalog.AssetID{k.ID}})
	wantRows(t, s, graph.Row{Asset: a}, graph.Row{Asset: b}, own)
}

// wantStated compares what jobs say of others, and that it can be cut.
func wantStated(t *testing.T, s graph.Store, want []catalog.Edge, jobs []catalog.AssetID, asOf time.Time) {
	t.Helper()
	want = slices.Clone(want)
	graph.SortStated(want)
	for limit := range len(want) + 1 {
		got, more, err := s.Neighbours(t.Context(), graph.NeighbourQuery{Frontier: jobs, Stated: true, AsOf: asOf, Limit: limit})
		if limit == 0 {
			limit = len(want) // no limit
		}
		if err != nil || len(got) != limit || more != (limit < len(want)) || fmt.Sprint(got) != fmt.Sprint(want[:limit]) {
			t.Errorf("%d of what is stated at %s: %v, more %v, %v; want %v", limit, asOf, got, more, err, want)
		}
	}
}

func oddNames(t *testing.T, s graph.Store) {
	var list []catalog.Asset
	for _, n := range []string{"", " ", "ü\u202eß", "a'b\"c`d", "{}$x", strings.Repeat("long", 10_000), "..\\../etc", "NULL", "%_*"} {
		list = append(list, Dataset(n))
	}
	apply(t, s, graph.Change{Position: 1, Rows: rows(list...)})
	wantRows(t, s, rows(list...)...)
}

func nanoseconds(t *testing.T, s graph.Store) {
	a, j := Dataset("a"), Job("j")
	row := step(j, []catalog.Asset{a}, nil)
	row.Edges[0].From, row.Edges[0].To = time.Unix(0, 1).UTC(), time.Date(2240, 1, 1, 0, 0, 0, 999999999, time.UTC)
	apply(t, s, graph.Change{Position: 1, Rows: append(rows(a), row)})
	wantRows(t, s, graph.Row{Asset: a}, row)
}

func edgeFirst(t *testing.T, s graph.Store) {
	a, j := Dataset("a"), Job("j")
	row := step(j, []catalog.Asset{a}, nil)
	apply(t, s, graph.Change{Position: 1, Rows: []graph.Row{row}})
	wantRows(t, s, row)
	apply(t, s, graph.Change{After: 1, Position: 2, Rows: rows(a)})
	wantRows(t, s, row, graph.Row{Asset: a})
}

func find(t *testing.T, s graph.Store) {
	var list []catalog.Asset
	for i := range 25 {
		list = append(list, Dataset(fmt.Sprintf("shop.t%02d", i)))
	}
	list[3].Owners, list[4].Tags = []catalog.Owner{{Name: "team-a"}}, []catalog.Tag{{Key: "pii"}}
	gone := T0
	list[6].RemovedAt = &gone
	internal := Job("weir-job")
	internal.Internal = true
	scratch := Job("tmp-job")
	scratch.Ephemeral = true
	apply(t, s, graph.Change{Position: 1, Rows: rows(append(list, Job("shop.load"), internal, scratch)...)})
	for what, c := range map[string]struct {
		q    graph.Query
		want int
	}{
		"all":        {graph.Query{First: 100}, 25},
		"removed":    {graph.Query{First: 100, Removed: true}, 26},
		"internal":   {graph.Query{First: 100, Internal: true}, 26},
		"throw-away": {graph.Query{First: 100, Ephemeral: true}, 26},
		"jobs":       {graph.Query{First: 100, Types: []catalog.AssetType{catalog.TypeJob}}, 1},
		"owner":      {graph.Query{First: 100, Owner: "team-a"}, 1},
		"tag":        {graph.Query{First: 100, Tag: "pii"}, 1},
		"namespace":  {graph.Query{First: 100, Namespace: "prod"}, 1},
	} {
		if p, err := s.Find(t.Context(), c.q); err != nil || len(p.Assets) != c.want {
			t.Errorf("%s: %d assets, %v; want %d", what, len(p.Assets), err, c.want)
		}
	}
	var seen []string
	q := graph.Query{First: 10}
	for {
		p, err := s.Find(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range p.Assets {
			seen = append(seen, a.Name.String())
		}
		if !p.HasNext {
			break
		}
		q.After = p.End
	}
	if slices.Sort(seen); len(slices.Compact(seen)) != 25 {
		t.Errorf("pages give %d different assets, want 25", len(seen))
	}
	if _, err := s.Find(t.Context(), graph.Query{After: "nonsense"}); !errors.Is(err, catalog.ErrInvalid) {
		t.Errorf("a made-up cursor: %v, want ErrInvalid", err)
	}
}

func concurrent(t *testing.T, s graph.Store) {
	a, j := Dataset("a"), Job("j")
	apply(t, s, graph.Change{Position: 1, Rows: append(rows(a), step(j, []catalog.Asset{a}, nil))})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				l, err := graph.Walk(t.Context(), s, graph.Traversal{Roots: []catalog.AssetID{j.ID}, Direction: graph.Upstream})
				if err != nil || len(l.Nodes) != 2 {
					t.Errorf("a reader sees %d nodes, %v", len(l.Nodes), err)
				}
			}
		})
	}
	for i := range 20 {
		apply(t, s, graph.Change{After: catalog.Position(i + 1), Position: catalog.Position(i + 2), Rows: []graph.Row{step(j, []catalog.Asset{a}, nil)}})
	}
	wg.Wait()
}

func closed(t *testing.T, s graph.Store) {
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Position(t.Context()); !errors.Is(err, catalog.ErrClosed) {
		t.Errorf("position of a closed store: %v", err)
	}
	if err := s.Apply(t.Context(), graph.Change{Position: 1}); !errors.Is(err, catalog.ErrClosed) {
		t.Errorf("apply to a closed store: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

func absurdTimes(t *testing.T, s graph.Store) {
	a, b, j := Dataset("a"), Dataset("b"), Job("j")
	row := step(j, []catalog.Asset{a, b}, nil)
	row.Edges[0].From = time.Time{}
	row.Edges[1].From, row.Edges[1].To = time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 0, 0, 0, 1, time.UTC)
	apply(t, s, graph.Change{Position: 1, Rows: append(rows(a, b), row)})
	wantRows(t, s, graph.Row{Asset: a}, graph.Row{Asset: b}, row)
	q := graph.Traversal{Roots: []catalog.AssetID{j.ID}, Direction: graph.Upstream}
	for at, want := range map[time.Time][]string{{}: {"a1", "j0"}, T0: {"a1", "b1", "j0"}} {
		q.AsOf = at
		if got := names(walk(t, s, q), a, b, j); !slices.Equal(got, want) {
			t.Errorf("at %v: %v, want %v", at, got, want)
		}
	}
}

// loose leaves an end without a row and a field, and takes them away again:
// nothing may turn up when the same edge comes back.
func loose(t *testing.T, s graph.Store) {
	a, b, j := Dataset("a"), Dataset("b"), Job("j")
	row := step(j, []catalog.Asset{a}, []catalog.Asset{b})
	row.Edges = append(row.Edges, catalog.Edge{Type: catalog.EdgeDerives, Source: a.ID, SourceField: "x", Target: b.ID, TargetField: "y", Job: j.ID, Origin: catalog.EdgeDeclared, From: T0})
	for i := range 3 {
		at := catalog.Position(2 * i)
		apply(t, s, graph.Change{After: at, Position: at + 1, Rows: []graph.Row{row}})
		wantRows(t, s, row)
		apply(t, s, graph.Change{After: at + 1, Position: at + 2, Removed: []catalog.AssetID{j.ID, b.ID}})
		wantRows(t, s)
		if p, err := s.Find(t.Context(), graph.Query{Removed: true, Internal: true}); err != nil || len(p.Assets) != 0 {
			t.Errorf("find: %d assets of none, %v", len(p.Assets), err)
		}
	}
}

// Export is the canonical export of a store.
func Export(ctx context.Context, s graph.Store) (string, error) {
	var r graph.Records
	var b strings.Builder
	if err := r.AddGraph(ctx, s); err != nil {
		return "", err
	}
	_, err := r.WriteTo(&b)
	return b.String(), err
}

func export(t *testing.T, s graph.Store) {
	a, b, j := Dataset("a"), Dataset("b"), Job("j")
	a.Fields = []catalog.Field{{Name: "x", Type: "int", Ordinal: 1}}
	row := step(j, []catalog.Asset{a}, []catalog.Asset{b})
	row.Edges[0].Origin, row.Edges[0].To = catalog.EdgeDeclared, T0.Add(time.Hour)
	list := append(rows(a, b), row)
	apply(t, s, graph.Change{Position: 1, Rows: list})
	first, err := Export(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(list)
	apply(t, s, graph.Change{Reset: true, Position: 9, Rows: list[:2]})
	apply(t, s, graph.Change{After: 9, Position: 10, Rows: list[2:]})
	if again, err := Export(t.Context(), s); err != nil || again != first {
		t.Errorf("the same rows in another order export\n%s\nwant\n%s\n%v", again, first, err)
	}
	if strings.Count(first, "\n") != 9 || strings.Contains(first, a.ID.String()) {
		t.Errorf("want 3 assets, 3 names, 1 field, 2 edges and no id:\n%s", first)
	}
	for _, want := range []string{`"origin":"DECLARED"`, `"validFrom":"2026-11-24T06:00:00.123456789Z"`, `"validTo":"2026-11-24T07:00:00.123456789Z"`} {
		if !strings.Contains(first, want) {
			t.Errorf("no %s in\n%s", want, first)
		}
	}
}

func resetTwice(t *testing.T, s graph.Store) {
	for i := range 2 {
		apply(t, s, graph.Change{Reset: true})
		apply(t, s, graph.Change{Position: catalog.Position(i + 1), Rows: rows(Dataset("a"))})
		wantPosition(t, s, catalog.Position(i+1))
	}
	wantRows(t, s, rows(Dataset("a"))...)
}
