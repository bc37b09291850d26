package catalog

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func ds(name string) Name { return DatasetName("postgres://wh:5432", name) }

func link(a, b string) Evidence {
	return Evidence{A: ds(a), B: ds(b), Origin: OriginSymlink, Detail: "TABLE"}
}

func together(r *Resolver, a, b string) bool { return r.Asset(ds(a).ID()) == r.Asset(ds(b).ID()) }

func TestResolverMergesAndSplits(t *testing.T) {
	r := NewResolver()
	r.AddEvidence(link("a", "b"))
	if !together(r, "a", "b") {
		t.Fatal("a symlink does not merge")
	}
	r.AddOperator(OperatorFact{Verb: OperatorSplit, At: at(1), Names: []Name{ds("b")}, Rest: []Name{ds("a")}})
	if together(r, "a", "b") {
		t.Fatal("a split does not part")
	}
	r.AddEvidence(link("b", "c"))
	r.AddEvidence(link("c", "a"))
	if together(r, "a", "b") {
		t.Fatal("a third name brings together what a split parts")
	}
	r.AddOperator(OperatorFact{Verb: OperatorMerge, At: at(2), Names: []Name{ds("a"), ds("b")}})
	if !together(r, "a", "b") {
		t.Fatal("an operator merge does not end the split")
	}
}

func TestResolverNeverThrough(t *testing.T) {
	r := NewResolver()
	shared := DatasetName("file", "/data/x")
	r.AddEvidence(Evidence{A: ds("a"), B: shared, Origin: OriginSymlink})
	r.AddEvidence(Evidence{A: ds("b"), B: shared, Origin: OriginSymlink})
	if together(r, "a", "b") {
		t.Error("two datasets merged through a name in namespace file")
	}
}

func TestResolverConflictOfTwoPrimaries(t *testing.T) {
	r := NewResolver()
	r.AddEvidence(link("a", "shared"))
	if !together(r, "a", "shared") {
		t.Fatal("one claim merges")
	}
	r.AddEvidence(link("b", "shared"))
	if together(r, "a", "b") || together(r, "a", "shared") {
		t.Error("a name claimed by two primaries still merges")
	}
	want := []Conflict{{Name: ds("shared"), Claimants: []Name{ds("a"), ds("b")}}}
	if got := r.Conflicts(); !reflect.DeepEqual(got, want) {
		t.Errorf("conflicts %v, want %v", got, want)
	}
}

// step is one thing that happens to a resolver.
type step struct {
	evidence *Evidence
	op       *OperatorFact
}

func (s step) apply(r *Resolver) {
	if s.evidence != nil {
		r.AddEvidence(*s.evidence)
		return
	}
	r.AddOperator(*s.op)
}

// someNames: four that are no tables, and a short name with two meanings.
var someNames = []string{"a", "b", "c", "d", "s.t", "x.s.t", "y.s.t"}

func genStep(i int) *rapid.Generator[step] {
	name := rapid.Custom(func(t *rapid.T) Name { return ds(rapid.SampledFrom(someNames).Draw(t, "name")) })
	return rapid.Custom(func(t *rapid.T) step {
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		switch rapid.IntRange(0, 3).Draw(t, "what") {
		case 0:
			return step{op: &OperatorFact{Verb: OperatorSplit, At: at(i), Names: []Name{a}, Rest: []Name{b}}}
		case 1:
			return step{op: &OperatorFact{Verb: OperatorMerge, At: at(i), Names: []Name{a, b}}}
		}
		origin := rapid.SampledFrom([]NameOrigin{OriginSymlink, OriginNormalised}).Draw(t, "origin")
		return step{evidence: &Evidence{A: a, B: b, Origin: origin, Since: time.Time{}}}
	})
}

// TestResolverAnyOrder: whatever the order and repetition of evidence and
// operator facts, the same names are one asset, and the id is their smallest.
func TestResolverAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var steps []step
		for i := range rapid.IntRange(1, 12).Draw(t, "n") {
			steps = append(steps, genStep(i).Draw(t, fmt.Sprint("step ", i)))
		}
		want, got := NewResolver(), NewResolver()
		for _, s := range steps {
			s.apply(want)
		}
		for _, s := range rapid.Permutation(append(steps, steps[0])).Draw(t, "order") {
			s.apply(got)
		}
		if a, b := want.Conflicts(), got.Conflicts(); !reflect.DeepEqual(a, b) {
			t.Fatalf("conflicts %v in one order, %v in another", a, b)
		}
		var all []NameID
		for n := range got.names.Len() {
			all = append(all, got.names.ID(uint32(n+1)))
		}
		if changed := got.regroup(all); len(changed) != 0 {
			t.Fatalf("computed as a whole, %v are other groups", changed)
		}
		for _, n := range someNames {
			id := ds(n).ID()
			if want.Asset(id) != got.Asset(id) {
				t.Fatalf("%s is asset %s in one order and %s in another", n, want.Asset(id), got.Asset(id))
			}
			if m := got.Members(got.Asset(id)); AssetID(m[0]) != got.Asset(id) || !slices.IsSortedFunc(m, NameID.Compare) {
				t.Fatalf("the id of %s is not the smallest of its names", n)
			}
		}
	})
}

// TestResolverDrops: a statement that is dropped again leaves what would be
// known without it.
func TestResolverDrops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, got := NewResolver(), NewResolver()
		for _, n := range someNames { // a name once mentioned is known for good
			want.AddName(ds(n))
			got.AddName(ds(n))
		}
		var dropped []OperatorFact
		for i := range rapid.IntRange(1, 10).Draw(t, "n") {
			s := genStep(i).Draw(t, fmt.Sprint("step ", i))
			s.apply(got)
			if s.op != nil && rapid.Bool().Draw(t, "dropped") {
				dropped = append(dropped, *s.op)
			} else {
				s.apply(want)
			}
		}
		for _, op := range rapid.Permutation(dropped).Draw(t, "order") {
			got.DropOperator(op)
		}
		if a, b := want.Conflicts(), got.Conflicts(); !reflect.DeepEqual(a, b) {
			t.Fatalf("conflicts %v in one order, %v in another", a, b)
		}
		var all []NameID
		for n := range got.names.Len() {
			all = append(all, got.names.ID(uint32(n+1)))
		}
		if changed := got.regroup(all); len(changed) != 0 {
			t.Fatalf("computed as a whole, %v are other groups", changed)
		}
		for _, n := range someNames {
			if id := ds(n).ID(); want.Asset(id) != got.Asset(id) {
				t.Fatalf("%s is asset %s, and %s after others were dropped", n, want.Asset(id), got.Asset(id))
			}
		}
	})
}
