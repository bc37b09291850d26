package gql_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql"
)

// counting counts how often rows are read.
type counting struct {
	gql.History
	assets atomic.Int32
}

func (c *counting) Assets(ctx context.Context, ids []catalog.AssetID) ([]catalog.Asset, error) {
	c.assets.Add(1)
	return c.History.Assets(ctx, ids)
}

// TestBatches: siblings are read together, however many they are.
func TestBatches(t *testing.T) {
	w := newWorld(t)
	for name, q := range map[string]string{
		"lineage":   fill(`{ lineage(roots: ["{{dataset:` + wh + ` shop.stg.orders}}"], direction: BOTH) { nodes { asset { id } } } }`),
		"runs":      `{ runs { nodes { job { id } action { id } } } }`,
		"decisions": `{ decisions { nodes { target { id } } } }`,
	} {
		w.history.assets.Store(0)
		if a := w.ask(t, q, nil); len(a.Errors) > 0 {
			t.Fatalf("%s: %s", name, a.body)
		}
		if n := w.history.assets.Load(); n != 1 {
			t.Errorf("%s: rows read %d times", name, n)
		}
	}
}
