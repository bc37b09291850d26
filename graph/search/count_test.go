package search_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph/search"
)

// set gives a query with one property asked for.
func set(q search.Query, property, value string) search.Query {
	switch property {
	case "type":
		q.Type, _ = catalog.ParseAssetType(value)
	case "kind":
		q.Kind = catalog.DatasetKind(value)
	case "tool":
		q.Tool = value
	case "namespace":
		q.Namespace = value
	case "owner":
		q.Owner = value
	case "tag":
		q.Tag = value
	default:
		q.Told = slices.Clone(q.Told)
		for i := range q.Told {
			if q.Told[i].Property == property {
				q.Told[i].Only = []string{value}
			}
		}
	}
	return q
}

// TestCounts: whatever is asked, the numbers are those of the lists.
func TestCounts(t *testing.T) {
	i := open(t, t.TempDir()+"/search.db")
	all := shop()
	apply(t, i, change(0, 1, all...))
	of := map[catalog.AssetID]catalog.Asset{}
	for _, a := range all {
		of[a.ID] = a
	}
	state := func(id catalog.AssetID) string {
		if len(of[id].Name.Name)%2 == 0 {
			return "LATE"
		}
		return "NONE"
	}
	mode := func(id catalog.AssetID) string { return []string{"", "GATE", "ACT"}[len(of[id].Name.Name)%3] }
	told := []search.Told{{Property: "state", Of: state}, {Property: "mode", Of: mode}}
	values := map[string][]string{
		"type": {"dataset", "job"}, "kind": {"TABLE", "FILE", "nothing"}, "tool": {"airflow"}, "namespace": {"postgres://wh:5432", "kafka://k:9092"},
		"owner": {"team:analytics", "nobody"}, "tag": {"pii", "tier"}, "state": {"LATE", "NONE"}, "mode": {"GATE", "SHADOW"},
	}
	rapid.Check(t, func(rt *rapid.T) {
		q := search.Query{Text: rapid.SampledFrom([]string{"", "orders", "order", "email", "e", "shop raw", "gibtesnicht"}).Draw(rt, "text"), Removed: rapid.Bool().Draw(rt, "removed"), Told: told}
		for property, list := range values {
			if rapid.IntRange(0, 3).Draw(rt, property) == 0 {
				q = set(q, property, rapid.SampledFrom(list).Draw(rt, "value"))
			}
		}
		c, err := i.Counts(t.Context(), q)
		if err != nil {
			rt.Fatal(err)
		}
		if n := len(names(t, i, q, of)); n != c.Total {
			rt.Fatalf("%+v: %d in all, %d listed", q, c.Total, n)
		}
		for property, list := range c.By {
			for _, v := range list {
				if n := len(names(t, i, set(q, property, v.Value), of)); n != v.N {
					rt.Fatalf("%+v: %s %s has %d, %d listed", q, property, v.Value, v.N, n)
				}
			}
		}
		for property, list := range values {
			for _, v := range list {
				n := len(names(t, i, set(q, property, v), of))
				counted := 0
				for _, c := range c.By[property] {
					if c.Value == v {
						counted = c.N
					}
				}
				if n != counted {
					rt.Fatalf("%+v: %s %s has %d, %d listed", q, property, v, counted, n)
				}
			}
		}
	})
}
