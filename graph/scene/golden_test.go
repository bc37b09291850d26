package scene_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/scene"
)

var update = flag.Bool("update", false, "write the scenes anew")

// chain is a dataset made of one made of one ...
func chain(n int) (steps []string) {
	for i := range n {
		steps = append(steps, fmt.Sprintf("c%03d > step%03d > c%03d", i, i, i+1))
	}
	return steps
}

// hub is a dataset that many jobs read, each of which writes one.
func hub(n int) (steps []string) {
	steps = append(steps, "raw > load > hub")
	for i := range n {
		steps = append(steps, fmt.Sprintf("hub > read%04d > out%04d", i, i))
	}
	return steps
}

// TestGolden keeps how scenes of known shapes look.
func TestGolden(t *testing.T) {
	diamond := []string{"a > left > b", "a > right > c", "b c > join > d", "d > report >"}
	cycle := []string{"in > load > a", "a > one > b", "b > two > c", "c > three > a", "c > out > end"}
	for _, tc := range []struct {
		name  string
		steps []string
		ask   scene.Ask
	}{
		{"diamond", diamond, scene.Ask{Focus: []catalog.AssetID{dataset("d")}, Up: 2, Down: 1}},
		{"diamond of datasets", diamond, scene.Ask{Focus: []catalog.AssetID{dataset("d")}, Up: 2, Down: 1, Band: scene.ByDataset}},
		{"diamond ways", diamond, scene.Ask{Focus: []catalog.AssetID{dataset("a")}, To: dataset("d")}},
		{"no way", diamond, scene.Ask{Focus: []catalog.AssetID{dataset("d")}, To: dataset("a")}},
		{"cycle", cycle, scene.Ask{Focus: []catalog.AssetID{dataset("b")}, Up: 3, Down: 3}},
		{"cycle of jobs", cycle, scene.Ask{Focus: []catalog.AssetID{job("two")}, Up: 3, Down: 3, Band: scene.ByJob}},
		{"self-loop", []string{"t > merge > t", "in > merge > t"}, scene.Ask{Focus: []catalog.AssetID{dataset("t")}, Up: 1, Down: 1}},
		{"self-loop of datasets", []string{"t in > merge > t"}, scene.Ask{Focus: []catalog.AssetID{dataset("t")}, Up: 1, Down: 1, Band: scene.ByDataset}},
		{"throw-aways", []string{"a > one > /tmp/x", "/tmp/x > two > /tmp/y", "/tmp/y > three > b"}, scene.Ask{Focus: []catalog.AssetID{dataset("b")}, Up: 1, Band: scene.ByDataset}},
		{"hub of 5000", hub(5000), scene.Ask{Focus: []catalog.AssetID{dataset("hub")}, Up: 1, Down: 1}},
		{"chain of 500", chain(500), scene.Ask{Focus: []catalog.AssetID{dataset("c250")}, Up: 50, Down: 50, Limit: 12}},
		{"expanded", diamond, scene.Ask{Focus: []catalog.AssetID{dataset("b")}, Expand: []scene.Expansion{{Asset: dataset("b"), Side: graph.Downstream}, {Asset: dataset("d"), Side: graph.Upstream}}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, tc.steps...)
			w.concern["out4321"], w.concern["read0777"] = 3, 2
			golden(t, tc.name+".txt", w.text(w.draw(t, tc.ask)))
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs (look at it, then -update):\n%s", file, got)
	}
}

// columnWorld is a wide table of which a report takes two columns.
func columnWorld(t testing.TB) *world {
	w := newWorld(t, "raw > load > wide", "wide > build > mart", "mart > publish > report")
	for _, id := range []catalog.AssetID{dataset("raw"), dataset("wide"), dataset("mart"), dataset("report")} {
		for i := range 500 {
			w.schemas[id] = append(w.schemas[id], fmt.Sprintf("col%03d", i))
		}
	}
	for i := range 30 {
		w.column(t, "load", fmt.Sprintf("raw#col%03d", i), fmt.Sprintf("wide#col%03d", i))
	}
	w.column(t, "build", "wide#col020", "mart#col001")
	w.column(t, "build", "wide#col021", "mart#col001")
	w.column(t, "publish", "mart#col001", "report#col007")
	w.column(t, "build", "wide#col003", "mart")
	return w
}

func TestColumns(t *testing.T) {
	w := columnWorld(t)
	for _, tc := range []struct {
		name string
		ask  scene.Ask
	}{
		{"columns of a mart", scene.Ask{Focus: []catalog.AssetID{dataset("mart")}, Up: 2, Down: 2}},
		{"one column", scene.Ask{Focus: []catalog.AssetID{dataset("wide")}, Up: 2, Down: 2, Column: "col021"}},
		{"columns one hop", scene.Ask{Focus: []catalog.AssetID{dataset("mart")}, Up: 1}},
		{"columns cut", scene.Ask{Focus: []catalog.AssetID{dataset("wide")}, Up: 2, Down: 2, Limit: 2}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.ask.Band = scene.ByColumn
			s := w.draw(t, tc.ask)
			for _, d := range s.Drawables {
				if len(d.Columns) > scene.MaxColumns {
					t.Errorf("%d columns of %s", len(d.Columns), d.Name.Name)
				}
			}
			for _, fault := range placed(s) {
				t.Error(fault)
			}
			golden(t, tc.name+".txt", w.text(s))
		})
	}
}

// TestColumnsUnlit: a picture of columns is not whole beside a job that does not
// state its columns.
func TestColumnsUnlit(t *testing.T) {
	w := newWorld(t, "raw > load > wide", "wide > build > mart")
	w.column(t, "load", "raw#a", "wide#a")
	ask := scene.Ask{Focus: []catalog.AssetID{dataset("raw")}, Down: 1, Band: scene.ByColumn}
	if s := w.draw(t, ask); s.Complete || s.Cut != graph.CutNoColumns {
		t.Errorf("complete %v, cut %q beside a job without column lineage", s.Complete, s.Cut)
	}
	w.column(t, "build", "wide#b", "mart#b")
	if s := w.draw(t, ask); !s.Complete {
		t.Errorf("cut %q, but every job states its columns", s.Cut)
	}
}

// TestPictures keeps the same scene in each form. The names are hostile.
func TestPictures(t *testing.T) {
	hostile := "<script>alert(1)</script>\"]\u202etxt"
	w := newWorld(t, "a > load > b", "b > load > a")
	d := w.names[dataset("b")]
	d.Name = hostile
	w.names[dataset("b")] = d
	s := w.draw(t, scene.Ask{Focus: []catalog.AssetID{dataset("b")}, Up: 2, Down: 1})
	p := scene.Paint{Title: "Lineage of " + hostile, Status: func(id catalog.AssetID) (string, scene.Tone) {
		if id == dataset("a") {
			return "late", scene.Bad
		}
		return "", scene.Calm
	}}
	golden(t, "picture.svg", s.SVG(p))
	golden(t, "picture.dot", s.Dot(p))
	golden(t, "picture.mmd", s.Mermaid(p))
	golden(t, "columns.svg", columnWorld(t).draw(t, scene.Ask{Focus: []catalog.AssetID{dataset("mart")}, Up: 2, Down: 2, Band: scene.ByColumn}).SVG(scene.Paint{}))
}

// TestRefused: what no scene can be made of is said.
func TestRefused(t *testing.T) {
	w := newWorld(t, "a > j > b")
	focus := []catalog.AssetID{dataset("a")}
	for name, a := range map[string]scene.Ask{
		"no focus": {}, "too many hops": {Focus: focus, Up: scene.MaxHops + 1}, "too large": {Focus: focus, Limit: scene.MaxLimit + 1},
		"no side": {Focus: focus, Expand: []scene.Expansion{{Asset: dataset("a"), Side: graph.Both}}}, "a way to itself": {Focus: focus, To: dataset("a")},
		"too many expansions": {Focus: focus, Expand: make([]scene.Expansion, scene.MaxExpansions+1)},
	} {
		if _, err := w.reader().Draw(t.Context(), a); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// benchmarkScene draws one question again and again.
func benchmarkScene(b *testing.B, w *world, a scene.Ask, drawables int) {
	b.ReportAllocs()
	for b.Loop() {
		if s := w.draw(b, a); len(s.Drawables) != drawables {
			b.Fatalf("%d drawables, want %d", len(s.Drawables), drawables)
		}
	}
}

func BenchmarkHub5000(b *testing.B) {
	benchmarkScene(b, newWorld(b, hub(5000)...), scene.Ask{Focus: []catalog.AssetID{dataset("hub")}, Up: 1, Down: 1}, 26)
}

func BenchmarkScene300(b *testing.B) {
	var steps []string
	for i := range 1000 {
		steps = append(steps, fmt.Sprintf("d%d d%d > j%d > d%d", i, i*7/10, i, i+1+i%10))
	}
	benchmarkScene(b, newWorld(b, steps...), scene.Ask{Focus: []catalog.AssetID{dataset("d500")}, Up: 50, Down: 50, Limit: 300}, 300)
}
