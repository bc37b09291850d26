package gql_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql"
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

// TestReadersBound: where there are more readers than are looked at, those of the
// worst datasets are known all the same.
func TestReadersBound(t *testing.T) {
	topo := graph.NewTopology()
	c, datasets := graph.Change{Position: 1}, []catalog.AssetID{}
	for i := range 250 {
		read, reader := graphtest.Dataset(fmt.Sprint("d", i)), graphtest.Job(fmt.Sprint("j", i))
		datasets = append(datasets, read.ID)
		c.Rows = append(c.Rows, graph.Row{Asset: read}, graph.Row{Asset: reader, Edges: []catalog.Edge{graphtest.Reads(read, reader)}})
	}
	if err := topo.Apply(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for most, known := range map[int]int{99: 0, 100: 100, 150: 100, 249: 200, 250: 250} {
		users := map[catalog.AssetID][]catalog.AssetID{}
		if err := gql.AddReaders(t.Context(), topo, datasets, most, users); err != nil {
			t.Fatal(err)
		}
		for i, id := range datasets {
			if by, ok := users[id]; ok != (i < known) || ok && len(by) != 1 {
				t.Errorf("of %d readers: of dataset %d %d are known (%v), want those of the first %d", most, i, len(by), ok, known)
				break
			}
		}
	}
}
