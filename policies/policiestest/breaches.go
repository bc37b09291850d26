package policiestest

import (
	"context"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// testBreaches is what every ledger must do with breaches.
func testBreaches(t *testing.T, open func(t *testing.T) (policies.Ledger, func() policies.Ledger)) {
	ctx := context.Background()
	l, reopen := open(t)
	asset := catalog.AssetID(catalog.DatasetName("pg", "a").ID())
	other := catalog.AssetID(catalog.DatasetName("pg", "b").ID())
	end := day.Add(time.Hour)
	put := func(b catalog.Breach) catalog.Breach {
		got, err := l.PutBreach(ctx, b)
		must(t, err)
		return got
	}
	first := put(catalog.Breach{ID: "b1", Policy: "p", Target: asset, Name: catalog.DatasetName("pg", "a"), Since: day, Says: "late"})
	put(catalog.Breach{ID: "b2", Policy: "q", Target: other, Since: day, Until: &end})
	first.Until, first.CauseOwner = &end, "loaders"
	if first = put(first); first.Seq != 3 {
		t.Errorf("sequence number %d, want 3", first.Seq)
	}
	put(catalog.Breach{ID: "b3", Policy: "p", Target: asset, Since: end.Add(time.Hour)})
	if reopen != nil {
		l = reopen()
	}
	for name, c := range map[string]struct {
		q    policies.BreachQuery
		want string
	}{
		"all, written last first": {policies.BreachQuery{}, "b3 b1 b2"},
		"of a policy":             {policies.BreachQuery{Policy: "p"}, "b3 b1"},
		"of assets":               {policies.BreachQuery{Assets: []catalog.AssetID{other}}, "b2"},
		"those that last":         {policies.BreachQuery{Open: true}, "b3"},
		"beyond a time":           {policies.BreachQuery{After: end}, "b3"},
		"reaching beyond it":      {policies.BreachQuery{After: end.Add(-1)}, "b3 b1 b2"},
		"the next page":           {policies.BreachQuery{Before: 4, Limit: 1}, "b1"},
	} {
		list, err := l.Breaches(ctx, c.q)
		must(t, err)
		got := ""
		for i, b := range list {
			if i > 0 {
				got += " "
			}
			got += b.ID
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	list, err := l.Breaches(ctx, policies.BreachQuery{Policy: "p"})
	must(t, err)
	if b := list[1]; b.CauseOwner != "loaders" || b.Until == nil || !b.Until.Equal(end) || !b.Since.Equal(day) || b.Name.Name != "a" {
		t.Errorf("read back: %+v", b)
	}
}
