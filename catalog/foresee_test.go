package catalog

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestForesee: what is foreseen of a merge or split is what comes of it, and
// foreseeing it changes nothing.
func TestForesee(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := NewResolver()
		for _, n := range someNames {
			r.AddName(ds(n))
		}
		for i := range rapid.IntRange(0, 10).Draw(t, "n") {
			genStep(i).Draw(t, fmt.Sprint("step ", i)).apply(r)
		}
		var all []NameID
		for n := range r.names.Len() {
			all = append(all, r.names.ID(uint32(n+1)))
		}
		slices.SortFunc(all, NameID.Compare)
		op := OperatorFact{Verb: OperatorMerge, At: at(1000), Names: someOf(t, "names")}
		if rapid.Bool().Draw(t, "split") {
			op.Verb, op.Rest = OperatorSplit, someOf(t, "rest")
		}
		before := r.sets(all)
		now, then := r.Foresee(op)
		if !reflect.DeepEqual(r.sets(all), before) {
			t.Fatal("foreseeing changed what is")
		}
		r.AddOperator(op)
		after := r.sets(all)
		if want := unlike(before, after); !reflect.DeepEqual(now, want) && len(now)+len(want) > 0 {
			t.Fatalf("goes %v, foreseen %v", want, now)
		}
		if want := unlike(after, before); !reflect.DeepEqual(then, want) && len(then)+len(want) > 0 {
			t.Fatalf("comes %v, foreseen %v", want, then)
		}
	})
}

func someOf(t *rapid.T, what string) (out []Name) {
	for _, n := range rapid.SliceOfNDistinct(rapid.SampledFrom(someNames), 1, 3, rapid.ID[string]).Draw(t, what) {
		out = append(out, ds(n))
	}
	return out
}

// TestForeseeStrange: a name that was never seen joins those it is merged with,
// and is not known after it was only looked at.
func TestForeseeStrange(t *testing.T) {
	r := NewResolver()
	r.AddEvidence(link("a", "b"))
	op := OperatorFact{Verb: OperatorMerge, At: at(1), Names: []Name{ds("a"), ds("new")}}
	now, then := r.Foresee(op)
	if len(now) != 1 || len(now[0]) != 2 || len(then) != 1 || len(then[0]) != 3 || r.Known(ds("new").ID()) {
		t.Errorf("%v becomes %v", now, then)
	}
	if now, then = NewResolver().Foresee(op); len(now) != 0 || len(then) != 1 || len(then[0]) != 2 {
		t.Errorf("of nothing: %v becomes %v", now, then)
	}
}
