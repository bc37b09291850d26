package catalog

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// statements makes statements one second apart, in the order given.
func statements(facts ...OperatorFact) (out []Statement) {
	for i, f := range facts {
		f.At, f.Actor = at(i+1), "ann"
		if f.Names == nil {
			f.Names = []Name{ds("t")}
		}
		if f.Verb == OperatorUndo {
			f.Of = out[len(out)-1].ID // the one before
		}
		out = append(out, Statement{ID: f.ID(), Fact: f, Position: Position(i + 1)})
	}
	return out
}

func prop(key string, v any) StampedProperty {
	b, _ := json.Marshal(v)
	return StampedProperty{Property: Property{Key: key, Raw: b, Value: b}, At: at(0)}
}

func own(verb OperatorVerb, name, typ string) OperatorFact {
	return OperatorFact{Verb: verb, Owner: &Owner{Name: name, Type: typ}}
}

func tag(verb OperatorVerb, key, value, field string) OperatorFact {
	return OperatorFact{Verb: verb, Tag: &Tag{Key: key, Value: value, Field: field}}
}

func describe(field, text string) OperatorFact {
	return OperatorFact{Verb: OperatorDescribe, Description: &Description{Field: field, Text: text}}
}

func declare(d Declaration) OperatorFact {
	return OperatorFact{Verb: OperatorDeclare, Declaration: &d}
}

var undo = OperatorFact{Verb: OperatorUndo}

// shown is what a reader sees of owners, tags and descriptions; "*" marks what
// people stated.
func shown(a Asset) string {
	var out []string
	mark := func(c Curated) string {
		if c.IsZero() {
			return ""
		}
		return "*"
	}
	for _, o := range a.Owners {
		out = append(out, "owner "+o.Name+":"+o.Type+mark(o.Curated))
	}
	for _, t := range a.Tags {
		out = append(out, "tag "+t.Field+"#"+t.Key+"="+t.Value+mark(t.Curated))
	}
	out = append(out, "is "+a.Description+mark(a.DescriptionCurated))
	for _, f := range a.Fields {
		out = append(out, f.Name+" is "+f.Description+mark(f.Curated))
	}
	return strings.Join(out, ", ")
}

// TestCurated: what people state is added, wins or hides; each statement can be
// taken back; the last word counts.
func TestCurated(t *testing.T) {
	for name, c := range map[string]struct {
		facts []OperatorFact
		want  string
	}{
		"nothing":                        {nil, "owner dev:A, owner dev:B, tag #pii=no, tag id#key=, is Orders., id is Key."},
		"an owner":                       {[]OperatorFact{own(OperatorOwn, "ann", "")}, "owner dev:A, owner dev:B, owner ann:*, tag #pii=no, tag id#key=, is Orders., id is Key."},
		"an owner producers state too":   {[]OperatorFact{own(OperatorOwn, "dev", "B")}, "owner dev:A, owner dev:B*, tag #pii=no, tag id#key=, is Orders., id is Key."},
		"a producer's owner of one type": {[]OperatorFact{own(OperatorDisown, "dev", "A")}, "owner dev:B, tag #pii=no, tag id#key=, is Orders., id is Key."},
		"a producer's owner, any type":   {[]OperatorFact{own(OperatorDisown, "dev", "")}, "tag #pii=no, tag id#key=, is Orders., id is Key."},
		"a veto that is taken back":      {[]OperatorFact{own(OperatorDisown, "dev", ""), undo}, "owner dev:A, owner dev:B, tag #pii=no, tag id#key=, is Orders., id is Key."},
		"a veto that is talked over":     {[]OperatorFact{own(OperatorDisown, "dev", ""), own(OperatorOwn, "dev", "B")}, "owner dev:B*, tag #pii=no, tag id#key=, is Orders., id is Key."},
		"a tag beside another value":     {[]OperatorFact{tag(OperatorTag, "pii", "yes", "")}, "owner dev:A, owner dev:B, tag #pii=no, tag id#key=, tag #pii=yes*, is Orders., id is Key."},
		"one value for a key":            {[]OperatorFact{tag(OperatorTag, "tier", "1", ""), tag(OperatorTag, "tier", "2", "")}, "owner dev:A, owner dev:B, tag #pii=no, tag id#key=, tag #tier=2*, is Orders., id is Key."},
		"a producer's tag":               {[]OperatorFact{tag(OperatorUntag, "pii", "", "")}, "owner dev:A, owner dev:B, tag id#key=, is Orders., id is Key."},
		"another value of it":            {[]OperatorFact{tag(OperatorUntag, "pii", "yes", "")}, "owner dev:A, owner dev:B, tag #pii=no, tag id#key=, is Orders., id is Key."},
		"replaced and hidden":            {[]OperatorFact{tag(OperatorUntag, "pii", "", ""), tag(OperatorTag, "pii", "yes", "")}, "owner dev:A, owner dev:B, tag id#key=, tag #pii=yes*, is Orders., id is Key."},
		"a tag of a column":              {[]OperatorFact{tag(OperatorTag, "mask", "", "id"), tag(OperatorUntag, "key", "", "id")}, "owner dev:A, owner dev:B, tag #pii=no, tag id#mask=*, is Orders., id is Key."},
		"confirmed, then another":        {[]OperatorFact{tag(OperatorTag, "pii", "no", ""), tag(OperatorTag, "pii", "yes", "")}, "owner dev:A, owner dev:B, tag #pii=no, tag id#key=, tag #pii=yes*, is Orders., id is Key."},
		"a description":                  {[]OperatorFact{describe("", "Ours."), describe("id", "The key.")}, "owner dev:A, owner dev:B, tag #pii=no, tag id#key=, is Ours.*, id is The key.*"},
		"and none":                       {[]OperatorFact{describe("", "Ours."), describe("", "")}, "owner dev:A, owner dev:B, tag #pii=no, tag id#key=, is Orders., id is Key."},
		"the one before comes back":      {[]OperatorFact{describe("", "First."), describe("", "Second."), undo}, "owner dev:A, owner dev:B, tag #pii=no, tag id#key=, is First.*, id is Key."},
		"an undo that is undone":         {[]OperatorFact{describe("", "Ours."), undo, undo}, "owner dev:A, owner dev:B, tag #pii=no, tag id#key=, is Ours.*, id is Key."},
	} {
		t.Run(name, func(t *testing.T) {
			list := statements(c.facts...)
			a := built(list)
			if got := shown(a); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			slices.Reverse(list)
			if got := shown(built(slices.Concat(list, list))); got != c.want {
				t.Errorf("backwards and twice: %s", got)
			}
		})
	}
}

func built(list []Statement) Asset {
	return BuildAsset(AssetParts{Names: []NameRecord{{Name: ds("t"), FirstSeen: at(0), Observed: true}}, Statements: list, Properties: []StampedProperty{
		prop(PropOwnership, []Owner{{Name: "dev", Type: "A"}, {Name: "dev", Type: "B"}}), prop(PropDocumentation, "Orders."),
		prop(PropTags, []Tag{{Key: "pii", Value: "no"}, {Key: "key", Field: "id"}}), prop(PropSchema, []Field{{Name: "id", Description: "Key.", Ordinal: 1}}),
	}})
}

// TestDeclared: a declared asset is there without any event; its end removes
// it, and taking the declaration back leaves no trace.
func TestDeclared(t *testing.T) {
	sheet := DatasetName("sheets", "plan")
	build := func(observed bool, facts ...OperatorFact) (Asset, bool) {
		for i := range facts {
			facts[i].Names = []Name{sheet}
		}
		p := AssetParts{Names: []NameRecord{{Name: sheet, FirstSeen: at(0), Observed: observed}}, Statements: statements(facts...)}
		return BuildAsset(p), p.Known()
	}
	d := declare(Declaration{Kind: KindOther, SubKind: "SHEET", URL: "https://x.example/plan"})
	a, known := build(false, d)
	if !known || a.SubKind != "SHEET" || a.URL == "" || a.Declared.By != "ann" || a.Names[0].Origin != OriginOperator || a.RemovedAt != nil {
		t.Errorf("declared: %+v", a)
	}
	a, known = build(false, d, OperatorFact{Verb: OperatorUndeclare})
	if !known || !a.Declared.IsZero() || a.RemovedAt == nil || !a.RemovedAt.Equal(at(2)) || a.SubKind != "SHEET" {
		t.Errorf("undeclared: %+v", a)
	}
	if a, known = build(true, d, OperatorFact{Verb: OperatorUndeclare}); !known || a.RemovedAt != nil || a.URL != "" {
		t.Errorf("undeclared, and known to producers: %+v", a)
	}
	if _, known = build(false, d, undo); known {
		t.Error("a declaration that was taken back left an asset")
	}
}

// TestDeclaredRelations: each declaration replaces the one before it.
func TestDeclaredRelations(t *testing.T) {
	job := JobName("prod", "j")
	list := statements(
		declare(Declaration{Inputs: []Name{ds("a"), job}}),
		declare(Declaration{Inputs: []Name{ds("b"), job}}),
		OperatorFact{Verb: OperatorUndeclare})
	got := DeclaredRelations(ds("t"), list)
	for rel, want := range map[Relation]Interval{
		{EdgeDerives, ds("a"), ds("t")}: {From: at(1), To: at(2)},
		{EdgeDerives, ds("b"), ds("t")}: {From: at(2), To: at(3)},
		{EdgeWrites, job, ds("t")}:      {From: at(1), To: at(3)},
	} {
		if l := got[rel]; len(l) != 1 || !l[0].From.Equal(want.From) || !l[0].To.Equal(want.To) {
			t.Errorf("%v held %v, want %v", rel, l, want)
		}
	}
	if len(got) != 3 {
		t.Errorf("%d relations", len(got))
	}
	asJob := statements(OperatorFact{Verb: OperatorDeclare, Names: []Name{job}, Declaration: &Declaration{Inputs: []Name{ds("a")}, Outputs: []Name{ds("b")}}})
	if got := DeclaredRelations(job, asJob); got[Relation{EdgeReads, ds("a"), job}] == nil || got[Relation{EdgeWrites, job, ds("b")}] == nil {
		t.Errorf("of a job: %v", got)
	}
}

// TestAlias: an alias is shown as a person's word, and preferred when asked.
func TestAlias(t *testing.T) {
	other := DatasetName("zoo", "orders")
	for _, preferred := range []bool{false, true} {
		list := statements(OperatorFact{Verb: OperatorAlias, Names: []Name{ds("t"), other}, Preferred: preferred})
		a := BuildAsset(AssetParts{Names: []NameRecord{{Name: ds("t"), FirstSeen: at(0), Observed: true}, {Name: other, FirstSeen: at(1)}}, Statements: list})
		if (a.Name == other) != preferred || a.Names[1].Origin != OriginOperator {
			t.Errorf("preferred %v: shown as %s: %+v", preferred, a.Name, a.Names)
		}
	}
}

// TestRepeated: the same statement again is the one that stands, unless
// something came between that may have changed it.
func TestRepeated(t *testing.T) {
	a, b := []Name{ds("a"), ds("t")}, []Name{ds("t")}
	merge, split := OperatorFact{Verb: OperatorMerge, Names: a}, OperatorFact{Verb: OperatorSplit, Names: []Name{ds("a")}, Rest: b}
	for name, c := range map[string]struct {
		before []OperatorFact
		now    OperatorFact
		want   bool
	}{
		"never said":            {nil, own(OperatorOwn, "x", ""), false},
		"said":                  {[]OperatorFact{own(OperatorOwn, "x", ""), own(OperatorOwn, "y", "")}, own(OperatorOwn, "x", ""), true},
		"taken away":            {[]OperatorFact{own(OperatorOwn, "x", ""), own(OperatorDisown, "x", "")}, own(OperatorOwn, "x", ""), false},
		"and said again":        {[]OperatorFact{own(OperatorOwn, "x", ""), own(OperatorDisown, "x", ""), own(OperatorOwn, "x", "")}, own(OperatorOwn, "x", ""), true},
		"taken back":            {[]OperatorFact{own(OperatorOwn, "x", ""), undo}, own(OperatorOwn, "x", ""), false},
		"another value":         {[]OperatorFact{tag(OperatorTag, "k", "1", ""), tag(OperatorTag, "k", "2", "")}, tag(OperatorTag, "k", "1", ""), false},
		"another field":         {[]OperatorFact{tag(OperatorTag, "k", "1", ""), tag(OperatorTag, "k", "2", "f")}, tag(OperatorTag, "k", "1", ""), true},
		"described otherwise":   {[]OperatorFact{describe("", "1"), describe("", "2")}, describe("", "1"), false},
		"declared, and no more": {[]OperatorFact{declare(Declaration{}), {Verb: OperatorUndeclare}}, declare(Declaration{}), false},
		"merged":                {[]OperatorFact{merge, own(OperatorOwn, "x", "")}, merge, true},
		"merged and split":      {[]OperatorFact{merge, split}, merge, false},
		"split and merged":      {[]OperatorFact{split, merge}, split, false},
	} {
		t.Run(name, func(t *testing.T) {
			if c.now.Names == nil {
				c.now.Names = []Name{ds("t")}
			}
			if _, got := Repeated(Settle(statements(c.before...)), c.now); got != c.want {
				t.Errorf("repeated %v, want %v", got, c.want)
			}
		})
	}
}

func TestOperatorFactCheck(t *testing.T) {
	for name, f := range map[string]OperatorFact{
		"no verb": {}, "a verb of later": {Verb: "bless"}, "a merge of one": {Verb: OperatorMerge, Names: []Name{ds("t")}},
		"own without owner": {Verb: OperatorOwn}, "undo of nothing": {Verb: OperatorUndo}, "no name": {Verb: OperatorUndeclare, Names: []Name{}},
	} {
		if f.Names == nil {
			f.Names = []Name{ds("t")}
		}
		f.At = at(1)
		if f.Check() == nil {
			t.Errorf("%s passes", name)
		}
	}
	f := own(OperatorOwn, "x", "")
	f.Names = []Name{ds("t")}
	if f.Check() == nil {
		t.Error("a statement without a time passes")
	}
	f.At = at(1).In(time.FixedZone("", 3600))
	if g := f; f.Check() != nil || g.ID() != f.ID() || f.ID() == own(OperatorOwn, "y", "").ID() {
		t.Error("a whole statement")
	}
}
