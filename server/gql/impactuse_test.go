package gql_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
)

// uses are what an impact of shop.raw.orders says of when each was last used.
func (w *world) uses(t *testing.T, args string) map[string]string {
	t.Helper()
	var out struct {
		Impact struct {
			Affected []struct {
				Used       catalog.Ternary
				LastUsedAt *time.Time
				Asset      struct {
					Name struct{ Namespace, Name string }
				}
			}
		}
	}
	w.decoded(t, `{ impact(changes: [{ dataset: { namespace: "`+wh+`", name: "shop.raw.orders" }, kind: DROP_DATASET }]`+args+`) { affected { used lastUsedAt asset { name { namespace name } } } } }`, &out)
	said := map[string]string{}
	for _, a := range out.Impact.Affected {
		says := string(a.Used)
		if a.LastUsedAt != nil {
			says = a.LastUsedAt.Format("15:04")
		}
		said[a.Asset.Name.Name] = says
	}
	return said
}

// TestLastUse: a job was used when its newest run began, a dataset when that of a
// job that reads it did; nobody who reads it is not nobody who may be seen to.
func TestLastUse(t *testing.T) {
	w := newWorld(t)
	for _, e := range append(run("stg_orders", uid(7), noon.Add(-2*time.Hour), "COMPLETE", ds("shop.raw.orders", nil), ds("shop.end", nil)),
		run("stg_again", uid(8), noon.Add(-3*time.Hour), "COMPLETE", ds("shop.stg.orders", nil), ds("shop.end", nil))...) {
		w.send(t, string(e))
	}
	w.history.latest.Store(0)
	want := map[string]string{"stg_orders": "10:00", "shop.stg.orders": "09:00", "marts_orders": "06:20", "stg_again": "09:00", "shop.marts.orders": "07:00", "report": "07:00", "shop.end": "FALSE"}
	got := w.uses(t, "")
	delete(got, "churn")
	for n := range got {
		if _, ok := want[n]; !ok {
			delete(got, n)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("used %v, want %v", got, want)
	}
	if n := w.history.latest.Load(); n != 1 {
		t.Errorf("newest runs were asked for %d times", n)
	}
	for name, says := range w.uses(t, fmt.Sprintf(", asOf: %q", noon.Format(time.RFC3339))) {
		if says != "UNKNOWN" {
			t.Errorf("of the past, %s is %s", name, says)
		}
	}
	w.as = auth.Principal{Name: "bi", Grants: []auth.Grant{{Role: catalog.RoleViewer, Namespaces: []string{wh}}}}
	hidden := w.uses(t, "")
	if hidden["shop.stg.orders"] != "UNKNOWN" || hidden["shop.end"] != "FALSE" || hidden["hidden asset"] != "UNKNOWN" {
		t.Errorf("to who may not read the jobs: %v", hidden)
	}
}
