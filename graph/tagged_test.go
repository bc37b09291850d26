package graph_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
)

// shelf is rows by id.
type shelf map[catalog.AssetID]catalog.Asset

func (s shelf) Assets(_ context.Context, ids []catalog.AssetID) (out []catalog.Asset, err error) {
	for _, id := range ids {
		if a, ok := s[id]; ok {
			out = append(out, a)
		}
	}
	return out, nil
}

// people is a warehouse with personal data: crm (email and phone tagged) goes
// by columns to users (mail as it is, phone masked, a count by phone), from
// there by a job without column lineage to the board; logs (tagged as a whole)
// reach the board directly; audit is tagged too and goes nowhere.
func people(t *testing.T) (*graph.Topology, shelf, map[string]catalog.AssetID) {
	t.Helper()
	s, ids := shelf{}, map[string]catalog.AssetID{}
	put := func(a catalog.Asset, tags ...catalog.Tag) catalog.Asset {
		a.Tags = tags
		s[a.ID], ids[a.Name.Name] = a, a.ID
		return a
	}
	pii := func(field string) catalog.Tag { return catalog.Tag{Key: "pii", Field: field} }
	crm, logs, audit := put(graphtest.Dataset("crm"), pii("email"), pii("phone")), put(graphtest.Dataset("logs"), pii("")), put(graphtest.Dataset("audit"), pii(""))
	users, board := put(graphtest.Dataset("users")), put(graphtest.Dataset("board"))
	load, draw, look := put(graphtest.Job("load")), put(graphtest.Job("draw")), put(graphtest.Job("look"))
	field := func(from, to, typ, sub string, masking bool) catalog.Edge {
		return catalog.Edge{Type: catalog.EdgeDerives, Source: crm.ID, SourceField: from, Target: users.ID, TargetField: to, Job: load.ID, Origin: catalog.EdgeObserved, From: graphtest.T0,
			Transformation: catalog.Transformation{Type: typ, Subtype: sub, Masking: masking}}
	}
	topo := graph.NewTopology()
	err := topo.Apply(t.Context(), graph.Change{Position: 1, Rows: []graph.Row{{Asset: crm}, {Asset: logs}, {Asset: audit}, {Asset: users}, {Asset: board},
		{Asset: load, Edges: []catalog.Edge{graphtest.Reads(crm, load), graphtest.Reads(audit, load), graphtest.Writes(load, users),
			field("email", "mail", "DIRECT", "IDENTITY", false), field("phone", "phone", "DIRECT", "TRANSFORMATION", true), field("phone", "", "INDIRECT", "GROUP_BY", false)}},
		{Asset: draw, Edges: []catalog.Edge{graphtest.Reads(users, draw), graphtest.Writes(draw, board)}},
		{Asset: look, Edges: []catalog.Edge{graphtest.Reads(logs, look), graphtest.Writes(look, board)}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return topo, s, ids
}

// TestFindTaggedSaysWhereMoreWaysLeadFrom: of ten ways from one source three
// are listed, and the others are not passed over in silence.
func TestFindTaggedSaysWhereMoreWaysLeadFrom(t *testing.T) {
	topo, s := graph.NewTopology(), shelf{}
	from, single, to := graphtest.Dataset("from"), graphtest.Dataset("single"), graphtest.Dataset("to")
	from.Tags, single.Tags = []catalog.Tag{{Key: "pii"}}, []catalog.Tag{{Key: "pii"}}
	rows := []graph.Row{{Asset: from}, {Asset: single}, {Asset: to}}
	for i := range 11 {
		j, read := graphtest.Job(fmt.Sprint("copy", i)), from
		if i == 10 {
			read = single
		}
		rows = append(rows, graph.Row{Asset: j, Edges: []catalog.Edge{graphtest.Reads(read, j), graphtest.Writes(j, to)}})
	}
	for _, a := range []catalog.Asset{from, single, to} {
		s[a.ID] = a
	}
	if err := topo.Apply(t.Context(), graph.Change{Position: 1, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	for k, more := range map[int]bool{0: true, 9: true, 10: false, 50: false} {
		got, err := graph.FindTagged(t.Context(), topo, s, graph.TagQuery{Tag: "pii", To: to.ID, K: k})
		want := min(cmp.Or(k, graph.DefaultPaths), 10) + 1
		if err != nil || len(got.Ways) != want || got.Complete == more {
			t.Errorf("k %d: %d ways, complete %v, %v; want %d, %v", k, len(got.Ways), got.Complete, err, want, !more)
		}
		switch {
		case !more && (got.Cut != "" || got.MoreFrom != nil):
			t.Errorf("k %d: all ways, and cut %q, more from %v", k, got.Cut, got.MoreFrom)
		case more && (got.Cut != graph.CutWays || len(got.MoreFrom) != 1 || got.MoreFrom[0].Asset != from.ID):
			t.Errorf("k %d: cut %q, more from %v", k, got.Cut, got.MoreFrom)
		}
	}
}

func TestFindTagged(t *testing.T) {
	topo, s, ids := people(t)
	got, err := graph.FindTagged(t.Context(), topo, s, graph.TagQuery{Tag: "pii", To: ids["board"]})
	if err != nil || !got.Complete {
		t.Fatalf("%v, complete %v", err, got.Complete)
	}
	have := map[string]bool{}
	for _, w := range got.Ways {
		var steps []string
		for i, n := range w.Nodes {
			name := s[n.Asset].Name.Name
			if n.Field != "" {
				name += "#" + n.Field
			}
			if steps = append(steps, name); n.Distance != i {
				t.Errorf("step %d is at %d", i, n.Distance)
			}
		}
		if len(w.Edges) == 0 {
			t.Errorf("%v has no edges", steps)
		}
		have[fmt.Sprint(strings.Join(steps, " > "), " ", w.Masked)] = true
	}
	want := []string{"crm#email > users#mail > draw > board false", "logs > look > board false", "crm#phone > users#phone true"}
	for _, w := range want {
		if !have[w] {
			t.Errorf("no way %q", w)
		}
	}
	if len(have) != len(want) {
		t.Errorf("ways %v", have)
	}
	for name, q := range map[string]graph.TagQuery{"another tag": {Tag: "secret", To: ids["board"]}, "upstream of the source": {Tag: "pii", To: ids["crm"]}} {
		if none, err := graph.FindTagged(t.Context(), topo, s, q); err != nil || len(none.Ways) != 0 || !none.Complete {
			t.Errorf("%s: %v, %v", name, none, err)
		}
	}
}

// TestTaggedAside: column lineage that no job states says nothing of another
// source, whoever declared that one.
func TestTaggedAside(t *testing.T) {
	a, b, dash := graphtest.Dataset("a"), graphtest.Dataset("b"), graphtest.Dataset("dash")
	b.Tags = []catalog.Tag{{Key: "pii", Field: "y"}}
	column := derives(a, dash)
	column.SourceField, column.TargetField = "x", "x"
	topo := graph.NewTopology()
	if err := topo.Apply(t.Context(), graph.Change{Position: 1, Rows: []graph.Row{{Asset: a}, {Asset: b},
		{Asset: dash, Edges: []catalog.Edge{derives(a, dash), derives(b, dash), column}}}}); err != nil {
		t.Fatal(err)
	}
	got, err := graph.FindTagged(t.Context(), topo, shelf{a.ID: a, b.ID: b, dash.ID: dash}, graph.TagQuery{Tag: "pii", To: dash.ID})
	if err != nil || !got.Complete || len(got.Ways) != 1 || got.Ways[0].Nodes[0].Asset != b.ID {
		t.Errorf("ways of what is tagged: %+v, %v; want one, from b", got, err)
	}
}

// TestFilteredWalk: what does not match is walked through.
func TestFilteredWalk(t *testing.T) {
	topo, s, ids := people(t)
	for name, c := range map[string]struct {
		f    graph.Filter
		want string
	}{
		"none":        {graph.Filter{}, "audit load users draw board"},
		"a tag":       {graph.Filter{Tag: "pii"}, "audit"},
		"a namespace": {graph.Filter{Namespace: "postgres://wh:5432"}, "audit users board"},
		"a kind":      {graph.Filter{Kind: catalog.KindTable}, "audit users board"},
		"jobs":        {graph.Filter{Namespace: "prod"}, "audit load draw"},
		"a tool":      {graph.Filter{Tool: "dbt"}, "audit"},
		"both":        {graph.Filter{Tag: "pii", Namespace: "prod"}, "audit"},
	} {
		l, err := graph.FilteredWalk(t.Context(), topo, s, graph.Traversal{Roots: []catalog.AssetID{ids["audit"]}, Direction: graph.Downstream}, c.f)
		if err != nil || !l.Complete {
			t.Fatalf("%s: %v", name, err)
		}
		var names []string
		for _, n := range l.Nodes {
			names = append(names, s[n.Asset].Name.Name)
		}
		if got := strings.Join(names, " "); got != c.want || len(l.Edges) != len(names)-1 {
			t.Errorf("%s: %s with edges %v, want %s", name, got, l.Edges, c.want)
		}
	}
	cut, err := graph.FilteredWalk(t.Context(), topo, s, graph.Traversal{Roots: []catalog.AssetID{ids["audit"]}, Direction: graph.Downstream, MaxNodes: 2}, graph.Filter{Kind: catalog.KindTable})
	if err != nil || len(cut.Nodes) != 2 || cut.Cut != graph.CutNodes {
		t.Errorf("%+v, %v", cut, err)
	}
}

func TestPathsBounds(t *testing.T) {
	topo, _, ids := people(t)
	if _, err := graph.Paths(t.Context(), topo, graph.PathQuery{From: ids["crm"], To: ids["crm"]}); err == nil {
		t.Error("a path from an asset to itself")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := graph.Paths(ctx, topo, graph.PathQuery{From: ids["crm"], To: ids["board"]}); err == nil {
		t.Error("a search goes on after it was given up")
	}
	got, err := graph.Paths(t.Context(), topo, graph.PathQuery{From: ids["crm"], To: ids["board"]})
	if err != nil || len(got) != 1 || len(got[0].Nodes) != 5 || len(got[0].Edges) != 4 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := graph.Paths(t.Context(), topo, graph.PathQuery{From: ids["crm"], To: ids["board"], AsOf: time.Unix(0, 0)}); err == nil {
		t.Error("the topology answers for the past")
	}
}

// TestPathsSayWhichBound: a line of 211 nodes is longer than what is looked at from
// both ends, and is not said to be wide.
func TestPathsSayWhichBound(t *testing.T) {
	first := graphtest.Dataset("d0")
	last, list := first, []graph.Row{{Asset: first}}
	for i := range 105 {
		j, d := graphtest.Job(fmt.Sprint("j", i)), graphtest.Dataset(fmt.Sprint("d", i+1))
		list = append(list, graph.Row{Asset: d}, graph.Row{Asset: j, Edges: []catalog.Edge{graphtest.Reads(last, j), graphtest.Writes(j, d)}})
		last = d
	}
	topo := graph.NewTopology()
	if err := topo.Apply(t.Context(), graph.Change{Position: 1, Rows: list}); err != nil {
		t.Fatal(err)
	}
	_, err := graph.Paths(t.Context(), topo, graph.PathQuery{From: first.ID, To: last.ID})
	if !errors.Is(err, graph.ErrPathsCut) || !strings.Contains(err.Error(), "100 hops") || strings.Contains(err.Error(), "nodes") {
		t.Errorf("a long way: %v; want ErrPathsCut by hops", err)
	}
}

// TestFilteredCutIsCounted: what matches and is over the bound is counted where it
// is hidden, next to what is shown as the answer is folded.
func TestFilteredCutIsCounted(t *testing.T) {
	root, j, k := graphtest.Dataset("root"), graphtest.Job("j"), graphtest.Job("k")
	s := shelf{root.ID: root, j.ID: j, k.ID: k}
	down, up, list := graph.Row{Asset: j, Edges: []catalog.Edge{graphtest.Reads(root, j)}}, graph.Row{Asset: k, Edges: []catalog.Edge{graphtest.Writes(k, root)}}, []graph.Row{{Asset: root}}
	for i := range 5 {
		to, from := graphtest.Dataset(fmt.Sprint("to", i)), graphtest.Dataset(fmt.Sprint("from", i))
		s[to.ID], s[from.ID] = to, from
		list = append(list, graph.Row{Asset: to}, graph.Row{Asset: from})
		down.Edges, up.Edges = append(down.Edges, graphtest.Writes(j, to)), append(up.Edges, graphtest.Reads(from, k))
	}
	topo := graph.NewTopology()
	if err := topo.Apply(t.Context(), graph.Change{Position: 1, Rows: append(list, down, up)}); err != nil {
		t.Fatal(err)
	}
	for d, want := range map[graph.Direction][2]int{graph.Downstream: {0, 3}, graph.Upstream: {3, 0}} {
		l, err := graph.FilteredWalk(t.Context(), topo, s, graph.Traversal{Roots: []catalog.AssetID{root.ID}, Direction: d, MaxNodes: 3}, graph.Filter{Kind: catalog.KindTable})
		if got := [2]int{l.Nodes[0].HiddenUpstream, l.Nodes[0].HiddenDownstream}; err != nil || len(l.Nodes) != 3 || l.Cut != graph.CutNodes || got != want {
			t.Errorf("%s: %+v, cut %q, %v; want %v hidden at the root", d, l.Nodes, l.Cut, err, want)
		}
	}
	l, err := graph.FilteredWalk(t.Context(), topo, s, graph.Traversal{Roots: []catalog.AssetID{root.ID}, MaxNodes: 1}, graph.Filter{Kind: catalog.KindTable})
	if n := l.Nodes[0]; err != nil || n.HiddenUpstream != 5 || n.HiddenDownstream != 5 {
		t.Errorf("both sides: %+v, %v; want 5 hidden on each", l.Nodes, err)
	}
}
