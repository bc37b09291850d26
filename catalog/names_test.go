package catalog

import "testing"

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
