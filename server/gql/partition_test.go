package gql_test

import (
	"fmt"
	"testing"
)

// partitionPage is the answer about partitions.
type partitionPage struct {
	Dataset struct {
		Partitions struct {
			Nodes []struct {
				Key, State, Says, Deadline string
				PolicyName                 *string
				Inputs                     []struct {
					Wanted, There int
					Missing       []string
				}
			}
			TotalCount int
			Complete   bool
			PageInfo   struct {
				HasNextPage bool
				EndCursor   string
			}
		}
	}
}

// TestPartitions: by state and page, with what is missing.
func TestPartitions(t *testing.T) {
	w := build(t, nil, policyYAML+partitionYAML)
	const q = `query($s: [PartitionState!], $n: Int, $after: String) { dataset(namespace: "postgres://wh:5432", name: "shop.raw.orders") { partitions(states: $s, first: $n, after: $after) {
		nodes { key state says deadline policyName inputs { wanted there missing } } totalCount complete pageInfo { hasNextPage endCursor } } } }`
	all := data[partitionPage](t, w.ask(t, q, nil)).Dataset.Partitions
	if len(all.Nodes) != 3 || all.TotalCount != 3 || !all.Complete {
		t.Fatalf("%+v", all)
	}
	newest := all.Nodes[0]
	if newest.Key != "2026-02-28" || newest.State != "LATE" || newest.Deadline != "2026-03-01T02:00:00Z" || *newest.PolicyName != "sessions" || newest.Says == "" {
		t.Errorf("the newest is %+v", newest)
	}
	if in := newest.Inputs[0]; in.Wanted != 24 || in.There != 0 || len(in.Missing) != 3 {
		t.Errorf("of its input there is %+v", in)
	}
	var keys []string
	for after := ""; ; {
		page := data[partitionPage](t, w.ask(t, q, map[string]any{"s": []string{"LATE"}, "n": 2, "after": after})).Dataset.Partitions
		for _, p := range page.Nodes {
			keys = append(keys, p.Key)
		}
		if after = page.PageInfo.EndCursor; !page.PageInfo.HasNextPage {
			break
		}
	}
	if got := fmt.Sprint(keys); got != "[2026-02-28 2026-02-27 2026-02-26]" {
		t.Errorf("page by page %s", got)
	}
	if none := data[partitionPage](t, w.ask(t, q, map[string]any{"s": []string{"COMPLETE"}})).Dataset.Partitions; len(none.Nodes) != 0 || none.TotalCount != 0 {
		t.Errorf("complete are %+v", none)
	}
}
