package gql_test

import (
	"slices"
	"testing"
)

// TestDelayReckonedAgain: a graph that moves has the walk begin again, and what
// the first tries reckoned is of no account.
func TestDelayReckonedAgain(t *testing.T) {
	w := newWorld(t)
	once := w.deadlines(t)
	if len(once) == 0 {
		t.Fatal("no deadline is reckoned")
	}
	w.tries = 3
	if got := w.deadlines(t); !slices.Equal(got, once) {
		t.Errorf("tried again: deadlines %v, want %v", got, once)
	}
}

// deadlines are what two delays of one dataset do, by the name of the asset.
func (w *world) deadlines(t *testing.T) (says []string) {
	t.Helper()
	var out struct {
		Impact struct {
			Affected []struct {
				Asset     struct{ Name struct{ Name string } }
				Deadlines []struct {
					Change int
					Policy string
				}
			}
		}
	}
	const delay = `{ dataset: { namespace: "` + wh + `", name: "shop.raw.orders" }, kind: DELAY, by: `
	w.decoded(t, `{ impact(changes: [`+delay+`"PT2H" }, `+delay+`"PT9H" }]) { affected { asset { name { name } } deadlines { change policy } } } }`, &out)
	for _, a := range out.Impact.Affected {
		for _, d := range a.Deadlines {
			says = append(says, a.Asset.Name.Name+" "+d.Policy+" "+string(rune('0'+d.Change)))
		}
	}
	return says
}
