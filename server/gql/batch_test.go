package gql_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql"
)

// counting counts how often rows and newest runs are read.
type counting struct {
	gql.History
	assets, latest atomic.Int32
}

func (c *counting) LatestRuns(ctx context.Context, jobs []catalog.AssetID) ([]catalog.Run, error) {
	c.latest.Add(1)
	return c.History.LatestRuns(ctx, jobs)
}

func (c *counting) Assets(ctx context.Context, ids []catalog.AssetID) ([]catalog.Asset, error) {
	c.assets.Add(1)
	return c.History.Assets(ctx, ids)
}

// TestBatches: siblings are read together, however many they are.
func TestBatches(t *testing.T) {
	w := newWorld(t)
	lineage := `{ lineage(roots: ["{{dataset:` + wh + ` shop.stg.orders}}"], direction: BOTH) { nodes { asset { %s } } } }`
	for name, c := range map[string]struct {
		query string
		reads int32
	}{
		"lineage":               {fill(fmt.Sprintf(lineage, "id description")), 1},
		"lineage in a fragment": {fill(fmt.Sprintf(lineage, "id ... on Dataset { description }")), 1},
		"names of lineage":      {fill(fmt.Sprintf(lineage, "__typename id type ... on Job { name { name } } name { namespace }")), 0},
		"a scene":               {fill(`{ lineageScene(focus: ["{{dataset:` + wh + ` shop.stg.orders}}"]) { drawables { asset { owners { name } } lastRun { state } } } }`), 1},
		"statuses of a scene":   {fill(`{ lineageScene(focus: ["{{dataset:` + wh + ` shop.stg.orders}}"]) { drawables { name { name } freshness { state } lastRun { state } bundle { states { count } } } } }`), 0},
		"runs":                  {`{ runs { nodes { job { id } action { id } } } }`, 1},
		"decisions":             {`{ decisions { nodes { target { id owners { name } } } } }`, 1},
		"names of decisions":    {`{ decisions { nodes { target { id name { name } } } } }`, 0},
	} {
		w.history.assets.Store(0)
		if a := w.ask(t, c.query, nil); len(a.Errors) > 0 {
			t.Fatalf("%s: %s", name, a.body)
		}
		if n := w.history.assets.Load(); n != c.reads {
			t.Errorf("%s: rows read %d times, not %d", name, n, c.reads)
		}
	}
}
