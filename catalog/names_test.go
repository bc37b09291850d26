package catalog

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestNamesAgainstAMap: a name has one number, by which it, its id and its type
// are found, and the namespaces of a type are those of its names.
func TestNamesAgainstAMap(t *testing.T) {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "a", "b", "a/b"}), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		var s Names
		want := map[Name]uint32{}
		for range rapid.IntRange(0, 50).Draw(t, "n") {
			n := Name{AssetType(rapid.IntRange(1, 2).Draw(t, "type")), text.Draw(t, "namespace"), text.Draw(t, "name")}
			if got := s.Find(n.ID()); got != want[n] {
				t.Fatalf("%q has number %d, want %d", n, got, want[n])
			}
			known := want[n] != 0
			if !known {
				want[n] = uint32(len(want) + 1)
			}
			if got, added := s.Add(n); got != want[n] || added == known {
				t.Fatalf("%q gets number %d, added %v; want %d", n, got, added, want[n])
			}
		}
		spaces := map[AssetType]map[string]bool{TypeDataset: {}, TypeJob: {}}
		for n, number := range want {
			spaces[n.Type][n.Namespace] = true
			if s.Name(number) != n || s.ID(number) != n.ID() || s.Type(number) != n.Type {
				t.Fatalf("number %d is %q, want %q", number, s.Name(number), n)
			}
		}
		for kind, want := range spaces {
			if got, all := s.Namespaces(kind), slices.Sorted(maps.Keys(want)); !slices.Equal(slices.Sorted(slices.Values(got)), all) {
				t.Fatalf("namespaces %q of a %s, want %q", got, kind, all)
			}
		}
		if s.Len() != len(want) {
			t.Fatalf("%d names, want %d", s.Len(), len(want))
		}
	})
}

func TestAssetIDText(t *testing.T) {
	id := AssetID(ds("a").ID())
	got, err := ParseAssetID(id.String())
	if err != nil || got != id {
		t.Errorf("%s reads as %s, %v", id, got, err)
	}
	if _, err := ParseAssetID("nonsense"); err == nil {
		t.Error("nonsense is an id")
	}
}

func TestSplitName(t *testing.T) {
	for text, want := range map[string]Name{
		"postgres://wh:5432/shop.raw.orders": DatasetName("postgres://wh:5432", "shop.raw.orders"),
		"s3://lake/a/b":                      DatasetName("s3://lake", "a/b"),
		"prod/report_daily":                  DatasetName("prod", "report_daily"),
	} {
		if got := SplitName(TypeDataset, text)[0]; got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestPreferredName: never first seen, always the least by the rule.
func TestPreferredName(t *testing.T) {
	canonical := KnownName{Name: ds("shop.a.t"), Origin: OriginObserved}
	path := KnownName{Name: DatasetName("s3://lake", "wh/t"), Origin: OriginObserved}
	operator := KnownName{Name: DatasetName("zzz", "zzz"), Origin: OriginOperator, Detail: detailPreferred}
	if got := PreferredName([]KnownName{path, canonical}); got != canonical.Name {
		t.Errorf("%s, want the table in canonical form", got)
	}
	if got := PreferredName([]KnownName{path, operator, canonical}); got != operator.Name {
		t.Errorf("%s, want what the operator set", got)
	}
}
