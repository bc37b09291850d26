package gql_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// TestAttentionOf: asked of an asset, only the causes that keep it are given,
// each with all that it keeps; the counts stay those of everything.
func TestAttentionOf(t *testing.T) {
	w := newWorld(t)
	type answer struct {
		Attention struct {
			TotalCount int
			Counts     []struct{ Count int }
			Nodes      []struct {
				ID      string
				Members struct {
					Nodes []struct {
						Name  struct{ Name string }
						Asset struct{ ID string }
					}
				}
			}
		}
	}
	ask := func(vars map[string]any) (out answer) {
		a := w.ask(t, `query($of: ID) { attention(of: $of, first: 50) { totalCount counts { count } nodes { id members(first: 20) { nodes { name { name } asset { id } } } } } }`, vars)
		if err := json.Unmarshal(a.Data, &out); err != nil {
			t.Fatalf("%s, %v", a.body, err)
		}
		return out
	}
	all := ask(nil)
	if all.Attention.TotalCount == 0 {
		t.Fatalf("nothing is wrong: %+v", all)
	}
	want := map[string][]string{assetID(catalog.DatasetName(wh, "shop.raw.orders")): nil, assetID(catalog.DatasetName(wh, "never.seen")): nil}
	for _, g := range all.Attention.Nodes {
		for _, m := range g.Members.Nodes {
			if !slices.Contains(want[m.Asset.ID], g.ID) {
				want[m.Asset.ID] = append(want[m.Asset.ID], g.ID)
			}
		}
	}
	for id, causes := range want {
		got := ask(map[string]any{"of": id})
		if got.Attention.TotalCount != len(causes) || len(got.Attention.Counts) != len(all.Attention.Counts) {
			t.Errorf("%s: %+v, want the causes %v", id, got, causes)
		}
		for _, g := range got.Attention.Nodes {
			if !slices.Contains(causes, g.ID) {
				t.Errorf("%s: %s does not keep it", id, g.ID)
			}
		}
	}
	if a := w.ask(t, `{ attention(of: "nothing") { totalCount } }`, nil); a.code() != "BAD_USER_INPUT" {
		t.Errorf("%s", a.body)
	}
}
