package catalog

import "testing"

func TestNormalise(t *testing.T) {
	for _, c := range [][4]string{
		{"postgres://WH.Example:5432", "db.s.t", "postgres://wh.example:5432", "db.s.t"},
		{"postgresql+psycopg2://wh", "db.s.t", "postgres://wh:5432", "db.s.t"},
		{"postgres://workshop-db:None", "db.s.t", "postgres://workshop-db:5432", "db.s.t"},
		{"sqlserver://h", "db.s.t", "mssql://h:1433", "db.s.t"},
		{"mysql://h:3307", "db.t", "mysql://h:3307", "db.t"},
		{"s3a://bucket", "/a/b/", "s3://bucket", "a/b"},
		{"snowflake://X-Y.snowflakecomputing.com", `"poc"."s"."t"`, "snowflake://x-y", "POC.S.T"},
		{"duckdb:///srv/Shop.duckdb", "shop.main.t", "duckdb:///srv/Shop.duckdb", "shop.main.t"},
		{"file", "/tmp/X", "file", "/tmp/X"},
		{"made-up", "T", "made-up", "T"},
	} {
		got, _ := Normalise(DatasetName(c[0], c[1]))
		if want := DatasetName(c[2], c[3]); got != want {
			t.Errorf("%s %s: %s, want %s", c[0], c[1], got, want)
		}
		if again, _ := Normalise(got); again != got {
			t.Errorf("%s: the canonical form has another canonical form %s", got, again)
		}
	}
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
