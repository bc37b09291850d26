package gql_test

import (
	"encoding/json"
	"testing"
)

// TestAssetCounts: the numbers are those of the lists, for what is asked and for
// each value that could be asked for.
func TestAssetCounts(t *testing.T) {
	w := newWorld(t)
	for _, filter := range []string{`{}`, `{type: DATASET}`, `{states: [LATE]}`, `{modes: [ACT, GATE]}`, `{states: [LATE], modes: [OBSERVE, SHADOW, GATE, ACT, ACT_CANCEL]}`, `{namespace: "` + wh + `"}`, `{lastRunFailed: true}`} {
		var got struct {
			AssetCounts struct {
				Total int
				By    []struct {
					Property string
					Values   []struct {
						Value string
						Count int
					}
				}
			}
			Assets struct{ Nodes []struct{ ID string } }
			None   struct{ Total int }
		}
		a := w.ask(t, `query { assetCounts(filter: `+filter+`) { total by { property values { value count } } } assets(first: 200, filter: `+filter+`) { nodes { id } } none: assetCounts(search: "gibtesnicht") { total } }`, nil)
		if len(a.Errors) > 0 {
			t.Fatalf("%s: %s", filter, a.body)
		}
		if err := json.Unmarshal(a.Data, &got); err != nil {
			t.Fatal(err)
		}
		if got.AssetCounts.Total != len(got.Assets.Nodes) || got.AssetCounts.Total == 0 || got.None.Total != 0 {
			t.Errorf("%s: %d counted, %d listed, %d of nothing", filter, got.AssetCounts.Total, len(got.Assets.Nodes), got.None.Total)
		}
		for _, b := range got.AssetCounts.By {
			for _, v := range b.Values {
				if b.Property == "TYPE" && v.Value != "DATASET" && v.Value != "JOB" || v.Count <= 0 {
					t.Errorf("%s: %s %q has %d", filter, b.Property, v.Value, v.Count)
				}
			}
		}
	}
}
