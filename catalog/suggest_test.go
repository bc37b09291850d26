package catalog

import (
	"fmt"
	"slices"
	"testing"
)

func suggested(names ...Name) []SuggestInput {
	var in []SuggestInput
	for i, n := range names {
		in = append(in, SuggestInput{Name: n, Asset: AssetID{byte(i + 1)}})
	}
	return in
}

func never(_, _ Name) bool { return false }

func TestSuggest(t *testing.T) {
	pg := func(host, name string) Name { return DatasetName("postgres://"+host, name) }
	for what, c := range map[string]struct {
		a, b   Name
		fields uint64
		want   SuggestionReason
	}{
		"case":                      {pg("h:5432", "d.s.T"), pg("h:5432", "d.s.t"), 0, SuggestCase},
		"port":                      {pg("h:5432", "d.s.t"), pg("h:6432", "d.s.t"), 0, SuggestHost},
		"short host":                {pg("wh:5432", "d.s.t"), pg("wh.example:5432", "d.s.t"), 0, SuggestHost},
		"two hosts of one name":     {pg("wh.eu:5432", "d.s.t"), pg("wh.us:5432", "d.s.t"), 0, ""},
		"two addresses":             {pg("10.0.0.1:5432", "d.s.t"), pg("10.0.0.2:5432", "d.s.t"), 0, ""},
		"two hosts":                 {pg("a:5432", "d.s.t"), pg("b:5432", "d.s.t"), 0, ""},
		"columns":                   {pg("a:5432", "d.s.orders"), DatasetName("s3://lake", "raw/orders"), 7, SuggestFields},
		"columns, another name":     {pg("a:5432", "d.s.orders"), DatasetName("s3://lake", "raw/clients"), 7, ""},
		"columns in one namespace":  {pg("a:5432", "d.s.orders"), pg("a:5432", "d.stg.orders"), 7, ""},
		"throw-aways":               {DatasetName("file", "/tmp/A"), DatasetName("file", "/tmp/a"), 7, ""},
		"buckets are no hosts":      {DatasetName("s3://a", "t"), DatasetName("s3://b", "t"), 0, ""},
		"one bus, another bus port": {DatasetName("kafka://b:9092", "t"), DatasetName("kafka://b:9093", "t"), 0, SuggestHost},
	} {
		in := suggested(c.a, c.b)
		in[0].Fields, in[1].Fields = c.fields, c.fields
		got, complete := Suggest(in, never, 10)
		if c.want == "" {
			if len(got) != 0 {
				t.Errorf("%s: %+v", what, got)
			}
			continue
		}
		if len(got) != 1 || got[0].Reason != c.want || got[0].Total != 2 || !complete {
			t.Errorf("%s: %+v, want %s", what, got, c.want)
		}
		if parted, _ := Suggest(in, func(_, _ Name) bool { return true }, 10); len(parted) != 0 {
			t.Errorf("%s: suggested though an operator parted them", what)
		}
		in[1].Asset = in[0].Asset
		if one, _ := Suggest(in, never, 10); len(one) != 0 {
			t.Errorf("%s: suggested though they are one", what)
		}
	}
}

// TestSuggestIsBounded: a cut list says so, and a long group is cut.
func TestSuggestIsBounded(t *testing.T) {
	var names []Name
	for i := range 40 {
		names = append(names, DatasetName("postgres://h:5432", fmt.Sprint("d.s.t", i)), DatasetName("postgres://h:5432", fmt.Sprint("d.s.T", i)))
	}
	got, complete := Suggest(suggested(names...), never, 10)
	if len(got) != 10 || complete {
		t.Errorf("%d suggestions, complete %v", len(got), complete)
	}
	slices.Reverse(names)
	if again, _ := Suggest(suggested(names...), never, 10); !slices.EqualFunc(got, again, func(a, b Suggestion) bool { return slices.Equal(a.Names, b.Names) }) {
		t.Error("the order of names decides what is suggested")
	}
	var ports []Name
	for i := range 30 {
		ports = append(ports, DatasetName(fmt.Sprint("postgres://h:", 5000+i), "d.s.t"))
	}
	if got, _ := Suggest(suggested(ports...), never, 10); len(got) != 1 || len(got[0].Names) != MaxSuggestedNames || got[0].Total != 30 {
		t.Errorf("%+v, want one of 30", got)
	}
}

// TestShortNames: a table name of two parts is the one table that it can mean,
// while there is one, and is told of when there are several.
func TestShortNames(t *testing.T) {
	r := NewResolver()
	r.AddName(ds("public.orders"))
	r.AddName(ds("shop.orders"))
	if together(r, "public.orders", "shop.orders") {
		t.Error("two short names are one without a table")
	}
	r.AddName(ds("shop.public.orders"))
	if !together(r, "public.orders", "shop.public.orders") || !together(r, "shop.orders", "shop.public.orders") {
		t.Error("a short name is not the only table that it can mean")
	}
	r.AddName(ds("crm.public.orders"))
	if together(r, "public.orders", "shop.public.orders") || together(r, "public.orders", "crm.public.orders") {
		t.Error("an ambiguous short name is merged")
	}
	if !together(r, "shop.orders", "shop.public.orders") {
		t.Error("what is clear is parted by what is not")
	}
	want := []Name{ds("crm.public.orders"), ds("public.orders"), ds("shop.public.orders")}
	if got := r.Ambiguous(); len(got) != 1 || !slices.Equal(got[0].Names, want) {
		t.Errorf("%+v, want %v", got, want)
	}
	r.AddOperator(OperatorFact{Verb: OperatorMerge, At: at(1), Names: []Name{ds("public.orders"), ds("crm.public.orders")}})
	if !together(r, "public.orders", "crm.public.orders") {
		t.Error("an operator cannot decide")
	}
}

// TestConflictChains: claims that hold together stay, whoever made them, and a
// claim that falls takes with it what stood by it alone.
func TestConflictChains(t *testing.T) {
	r := NewResolver()
	for _, l := range [][2]string{{"path", "hive"}, {"path", "glue"}, {"hive", "glue"}, {"hive", "path"}} {
		r.AddEvidence(link(l[0], l[1]))
	}
	if !together(r, "path", "glue") || len(r.Conflicts()) != 0 {
		t.Fatalf("claims of one primary are a conflict: %v", r.Conflicts())
	}
	r.AddEvidence(link("other", "hive")) // now hive has two primaries, and with it path and hive part
	if together(r, "other", "hive") {
		t.Error("two primaries of one name are one")
	}
	if !together(r, "hive", "path") { // hive itself claims path, and nobody else does
		t.Error("a claim that stands is withdrawn")
	}
	if got := r.Conflicts(); len(got) != 1 || got[0].Name != ds("hive") {
		t.Errorf("%+v, want hive", got)
	}
	r.AddOperator(OperatorFact{Verb: OperatorSplit, At: at(1), Names: []Name{ds("other")}, Rest: []Name{ds("hive")}})
	if len(r.Conflicts()) != 0 || !together(r, "path", "hive") {
		t.Error("a split does not decide the conflict")
	}
}
