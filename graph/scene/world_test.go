package scene_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
	"github.com/weirhq/weir/graph/scene"
)

// world is a graph written as steps: "a b > j > c" is a job that reads two
// datasets and writes one. Names that begin with "/tmp/" are throw-aways.
type world struct {
	topo    *graph.Topology
	edges   []catalog.Edge
	names   map[catalog.AssetID]catalog.Name
	concern map[string]int
	schemas map[catalog.AssetID][]string
	rows    map[catalog.AssetID]graph.Row
}

func newWorld(t testing.TB, steps ...string) *world {
	t.Helper()
	w := &world{topo: graph.NewTopology(), names: map[catalog.AssetID]catalog.Name{}, concern: map[string]int{}, schemas: map[catalog.AssetID][]string{}}
	rows := map[catalog.AssetID]graph.Row{}
	w.rows = rows
	dataset := func(name string) catalog.Asset {
		d := graphtest.Dataset(name)
		w.names[d.ID] = d.Name
		rows[d.ID] = graph.Row{Asset: d}
		return d
	}
	for _, step := range steps {
		parts := strings.Split(step, ">")
		j := graphtest.Job(strings.TrimSpace(parts[1]))
		w.names[j.ID] = j.Name
		row := rows[j.ID]
		row.Asset = j
		for _, name := range strings.Fields(parts[0]) {
			row.Edges = append(row.Edges, graphtest.Reads(dataset(name), j))
		}
		for _, name := range strings.Fields(parts[2]) {
			row.Edges = append(row.Edges, graphtest.Writes(j, dataset(name)))
		}
		rows[j.ID] = row
	}
	w.apply(t, slices.Collect(maps.Values(rows)))
	return w
}

func (w *world) apply(t testing.TB, rows []graph.Row) {
	t.Helper()
	slices.SortFunc(rows, func(a, b graph.Row) int { return a.Asset.ID.Compare(b.Asset.ID) })
	pos, _ := w.topo.Position(t.Context())
	if err := w.topo.Apply(t.Context(), graph.Change{After: pos, Position: pos + 1, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		w.edges = append(w.edges, r.Edges...)
	}
}

// column adds a column edge that a job states.
func (w *world) column(t testing.TB, job, from, to string) {
	t.Helper()
	a, x, _ := strings.Cut(from, "#")
	b, y, _ := strings.Cut(to, "#")
	j := graphtest.Job(job)
	e := catalog.Edge{Type: catalog.EdgeDerives, Source: graphtest.Dataset(a).ID, SourceField: x, Target: graphtest.Dataset(b).ID, TargetField: y, Job: j.ID, Origin: catalog.EdgeObserved, From: graphtest.T0}
	row := w.rows[j.ID]
	row.Edges = append(row.Edges, e)
	w.rows[j.ID] = row
	w.apply(t, []graph.Row{row})
}

func (w *world) reader() scene.Reader {
	return scene.Reader{Graph: w.topo, Labels: w.labels, Columns: func(_ context.Context, ids []catalog.AssetID) (map[catalog.AssetID][]string, error) {
		return w.schemas, nil
	}}
}

func (w *world) labels(_ context.Context, ids []catalog.AssetID) ([]scene.Label, error) {
	out := make([]scene.Label, len(ids))
	for i, id := range ids {
		out[i] = scene.Label{Name: w.names[id], Concern: w.concern[w.names[id].Name]}
	}
	return out, nil
}

func (w *world) draw(t testing.TB, a scene.Ask) *scene.Scene {
	t.Helper()
	s, err := w.reader().Draw(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// through is what a question folds, said again.
func (w *world) through(a scene.Ask, id catalog.AssetID) bool {
	if slices.Contains(a.Focus, id) || slices.Contains(a.Show, id) || id == a.To {
		return false
	}
	n := w.names[id]
	return a.Band == scene.ByDataset && n.Type == catalog.TypeJob || a.Band == scene.ByJob && n.Type == catalog.TypeDataset ||
		!a.Whole && strings.HasPrefix(n.Name, "/tmp/")
}

// near finds the neighbours of an asset on a side by trying every edge until
// nothing is new.
func (w *world) near(a scene.Ask, id catalog.AssetID, side graph.Direction) map[catalog.AssetID]bool {
	inside, out := map[catalog.AssetID]bool{id: true}, map[catalog.AssetID]bool{}
	for grown := true; grown; {
		grown = false
		for _, e := range w.edges {
			from, to := e.Source, e.Target
			if side == graph.Upstream {
				from, to = to, from
			}
			switch {
			case e.FieldLevel() || !inside[from]:
			case w.through(a, to):
				grown = grown || !inside[to]
				inside[to] = true
			default:
				out[to] = true
			}
		}
	}
	return out
}

func dataset(name string) catalog.AssetID { return graphtest.Dataset(name).ID }
func job(name string) catalog.AssetID     { return graphtest.Job(name).ID }

// text is a scene for people: a line for each drawable, then the edges.
func (w *world) text(s *scene.Scene) string {
	var b strings.Builder
	name := func(d *scene.Drawable) string {
		if d.Bundle() {
			return fmt.Sprintf("%d more of %s", len(d.Bundled), w.names[d.Asset].Name)
		}
		return d.Name.Name
	}
	for _, d := range s.Drawables {
		fmt.Fprintf(&b, "%3d %3d  %s  distance %d", d.Rank, d.Row, name(d), d.Distance)
		for _, h := range []struct {
			n    int
			what string
		}{{d.HiddenUp, "up"}, {d.HiddenDown, "down"}, {d.HiddenColumns, "columns"}} {
			if h.n > 0 {
				fmt.Fprintf(&b, "  +%d %s", h.n, h.what)
			}
		}
		for _, c := range d.Columns {
			fmt.Fprintf(&b, "  %s%s", c.Name, map[bool]string{true: "*"}[c.Related])
		}
		if d.Focus {
			b.WriteString("  focus")
		}
		if d.SelfLoop {
			b.WriteString("  made of itself")
		}
		if d.Ways != nil {
			fmt.Fprintf(&b, "  ways %v", d.Ways)
		}
		b.WriteByte('\n')
	}
	for _, e := range s.Edges {
		fmt.Fprintf(&b, "%s -> %s", name(s.Drawables[e.Source])+at(e.SourceColumn), name(s.Drawables[e.Target])+at(e.TargetColumn))
		if e.Through > 0 {
			fmt.Fprintf(&b, "  over %d", e.Through)
		}
		if e.Back {
			b.WriteString("  back")
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "complete %v %s\n", s.Complete, s.Cut)
	return b.String()
}

func at(column string) string {
	if column == "" {
		return ""
	}
	return "#" + column
}
