package declared

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
)

const whole = `# what no tool reports
assets:
  - namespace: looker
    name: dashboards/12
    kind: dashboard
    description: |
      Sales of all shops.
    url: https://bi.example/12
    owners: [team:bi, { name: ann, type: STEWARD }]
    tags: [pii, tier=gold, { key: cost, value: high }]
    inputs:
      - "dataset:postgres://wh:5432/shop.marts.orders"
      - { type: job, namespace: prod, name: a/b }
    aliases: [{ namespace: bi, name: sales }, "dataset:tableau/sales"]
  - { namespace: sheets, name: plan, kind: sheet }
  - type: job
    namespace: people
    name: month end
    inputs: ["dataset:sheets/plan"]
    outputs: ["dataset:sheets/actuals"]
`

func TestParseWhole(t *testing.T) {
	list, err := Parse("assets.yaml", []byte(whole))
	if err != nil || len(list) != 3 {
		t.Fatalf("%d entries: %v", len(list), err)
	}
	a := list[0]
	orders, job := catalog.DatasetName("postgres://wh:5432", "shop.marts.orders"), catalog.JobName("prod", "a/b")
	if a.Line != 3 || a.Description != "Sales of all shops." || a.Declaration.Kind != catalog.KindDashboard || !slices.Equal(a.Declaration.Inputs, []catalog.Name{orders, job}) ||
		!slices.Equal(a.Owners, []catalog.Owner{{Name: "team:bi"}, {Name: "ann", Type: "STEWARD"}}) || a.Tags[1] != (catalog.Tag{Key: "tier", Value: "gold"}) || len(a.Aliases) != 2 {
		t.Errorf("%+v", a)
	}
	if list[1].Declaration.SubKind != "SHEET" || list[2].Name != catalog.JobName("people", "month end") || len(list[2].Declaration.Outputs) != 1 {
		t.Errorf("%+v", list[1:])
	}
	var verbs []catalog.OperatorVerb
	for _, f := range a.Facts() {
		if verbs = append(verbs, f.Verb); f.Actor != "file:assets.yaml" {
			t.Errorf("actor %s", f.Actor)
		}
	}
	if want := []catalog.OperatorVerb{"declare", "describe", "own", "own", "tag", "tag", "tag", "alias", "alias"}; !slices.Equal(verbs, want) {
		t.Errorf("states %v", verbs)
	}
}

func TestFileErrors(t *testing.T) {
	const head = "assets:\n  - namespace: n\n    name: x\n"
	for name, c := range map[string]struct {
		yaml, code string
		line       int
	}{
		"not YAML":           {"assets: [\n", "E101", 1},
		"no list":            {"- namespace: n\n", "E101", 1},
		"half written":       {"", "E101", 1},
		"comments alone":     {"# nothing\n", "E101", 1},
		"list half written":  {"assets:\n", "E101", 1},
		"another key":        {"policies: []\n", "E101", 1},
		"unknown key":        {head + "    owner: ann\n", "E101", 4},
		"entry of text":      {"assets:\n  - plan\n", "E101", 2},
		"no name":            {"assets:\n  - namespace: n\n", "E201", 2},
		"type":               {head + "    type: table\n", "E101", 4},
		"kind":               {head + "    kind: picture\n", "E202", 4},
		"reference":          {head + "    inputs: [orders]\n", "E203", 4},
		"reference half":     {head + "    inputs: [{ type: dataset, name: x }]\n", "E203", 4},
		"url":                {head + "    url: ftp://x\n", "E204", 2},
		"owner":              {head + "    owners: [{ team: x }]\n", "E101", 4},
		"empty owner":        {head + "    owners: [\"\"]\n", "E204", 4},
		"tag":                {head + "    tags: [[a]]\n", "E101", 4},
		"outputs of data":    {head + "    outputs: [\"dataset:n/y\"]\n", "E204", 2},
		"made of itself":     {head + "    inputs: [\"dataset:n/x\"]\n", "E204", 2},
		"job that reads job": {head + "    type: job\n    inputs: [\"job:n/y\"]\n", "E204", 2},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("a.yaml", []byte(c.yaml))
			var e *catalog.FileError
			if !errors.As(err, &e) {
				t.Fatalf("no FileError: %v", err)
			}
			if e.Code != c.code || e.Line != c.line || e.Hint == "" || e.File != "a.yaml" {
				t.Errorf("%v (hint %q), want %s at line %d", e, e.Hint, c.code, c.line)
			}
		})
	}
}

// TestLoad: a directory is read whole, and no name stands in it twice.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.yaml": whole, "b.yml": "assets:\n  - { namespace: bi, name: sales }\n", "notes.txt": "x", "empty.yaml": "assets: []\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := Load(dir)
	var e *catalog.FileError
	if len(list) != 4 || !errors.As(err, &e) || e.Code != "E205" || filepath.Base(e.File) != "b.yml" || e.Line != 2 {
		t.Errorf("%d entries: %v", len(list), err)
	}
	if list, err := Load(filepath.Join(dir, "a.yaml")); len(list) != 3 || err != nil {
		t.Errorf("%d entries: %v", len(list), err)
	}
	if _, err := Load(filepath.Join(dir, "none")); catalog.HintOf(err) == "" {
		t.Error(err)
	}
}

// past is a catalogue that states what it is told to.
type past struct {
	list []catalog.Statement
	at   time.Time
}

func (p *past) apply(assets []Asset) []catalog.OperatorFact {
	facts := Difference(assets, catalog.Settle(p.list))
	for _, f := range facts {
		p.say(f)
	}
	return facts
}

func (p *past) say(f catalog.OperatorFact) {
	p.at = p.at.Add(time.Second)
	f.At = p.at
	p.list = append(p.list, catalog.Statement{ID: f.ID(), Fact: f, Position: catalog.Position(len(p.list) + 1)})
}

// TestDifference: whatever a file said before, after it is applied the
// catalogue says what it says, and applying it again states nothing.
func TestDifference(t *testing.T) {
	some := rapid.Custom(func(t *rapid.T) Asset {
		a := Asset{Name: catalog.DatasetName("sheets", rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name")), File: rapid.SampledFrom([]string{"x.yaml", "y.yaml"}).Draw(t, "file")}
		a.Declaration.Kind = rapid.SampledFrom([]catalog.DatasetKind{"", catalog.KindTable, catalog.KindOther}).Draw(t, "kind")
		a.Description = rapid.SampledFrom([]string{"", "one", "two"}).Draw(t, "description")
		if rapid.Bool().Draw(t, "owned") {
			a.Owners = []catalog.Owner{{Name: "ann"}}
		}
		if rapid.Bool().Draw(t, "tagged") {
			a.Tags = []catalog.Tag{{Key: "tier", Value: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "tier")}}
		}
		return a
	})
	rapid.Check(t, func(t *rapid.T) {
		p := &past{at: time.Unix(1, 0)}
		var now []Asset
		for range rapid.IntRange(1, 5).Draw(t, "loads") {
			now = rapid.SliceOfNDistinct(some, 0, 2, func(a Asset) catalog.Name { return a.Name }).Draw(t, "entries")
			p.apply(now)
			if again := p.apply(now); len(again) > 0 {
				t.Fatalf("applied again it states %+v", again)
			}
		}
		for _, n := range []catalog.Name{catalog.DatasetName("sheets", "a"), catalog.DatasetName("sheets", "b")} {
			same(t, n, now, p)
		}
	})
}

// same compares an asset with one that only the last file made.
func same(t *rapid.T, n catalog.Name, now []Asset, p *past) {
	fresh := &past{at: time.Unix(1, 0)}
	fresh.apply(now)
	of := func(p *past) catalog.Asset {
		var about []catalog.Statement
		for _, s := range p.list {
			if s.Fact.Names[0] == n {
				about = append(about, s)
			}
		}
		a := catalog.BuildAsset(catalog.AssetParts{Names: []catalog.NameRecord{{Name: n}}, Statements: about})
		return a
	}
	want, got := of(fresh), of(p)
	ok := want.Description == got.Description && len(want.Owners) == len(got.Owners) && len(want.Tags) == len(got.Tags) && want.Declared.IsZero() == got.Declared.IsZero()
	if ok && len(want.Tags) > 0 {
		ok = want.Tags[0].Value == got.Tags[0].Value
	}
	if ok && !want.Declared.IsZero() {
		ok = want.Kind == got.Kind
	}
	if !ok {
		t.Fatalf("%s is %+v\nwant %+v", n, got, want)
	}
}

// TestDifferenceIsOfFiles: moving an entry to another file states nothing, and
// what a person took back is stated again.
func TestDifferenceIsOfFiles(t *testing.T) {
	p := &past{at: time.Unix(1, 0)}
	a := Asset{Name: catalog.DatasetName("sheets", "a"), File: "x.yaml", Owners: []catalog.Owner{{Name: "ann"}}}
	p.apply([]Asset{a})
	a.File = "y.yaml"
	if got := p.apply([]Asset{a}); len(got) != 0 {
		t.Errorf("moved: %+v", got)
	}
	undo := p.list[1].Undo()
	undo.Actor = "bob"
	p.say(undo)
	if got := p.apply([]Asset{a}); len(got) != 1 || got[0].Verb != catalog.OperatorOwn {
		t.Errorf("taken back: %+v", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("assets:\n- {namespace: a, name: b, tags: {}}\n---\nassets: [*a]\n"))
	f.Add([]byte("assets:\n !0 #x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := Parse("f.yaml", b)
		for _, a := range list {
			for _, fact := range a.Facts() {
				fact.At = time.Unix(1, 0)
				if e := fact.Validate(); e != nil {
					t.Errorf("%+v passed: %v (%v)", a, e, err)
				}
			}
		}
	})
}
