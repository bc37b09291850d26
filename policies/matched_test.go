package policies_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// walked counts how often a graph is asked.
type walked struct {
	policies.Graph
	n int
}

func (w *walked) Neighbours(ctx context.Context, q graph.NeighbourQuery) ([]catalog.Edge, bool, error) {
	w.n++
	return w.Graph.Neighbours(ctx, q)
}

// TestUpstreamsAreWalkedOnce: what a policy gives is found once, whoever asks, and
// again once the graph or the set is another.
func TestUpstreamsAreWalkedOnce(t *testing.T) {
	w := virtual.NewWorld()
	end := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	ran := func(name, in string) catalog.Touched {
		return w.Tell(virtual.Event{Key: catalog.RunKey{Job: job(name), RunID: name + in}, Type: catalog.EventComplete, At: end, Inputs: dss(in), Written: []virtual.Written{{Name: ds(name)}}})
	}
	ran("raw", "")
	ran("stg", "raw")
	ran("mart", "stg")
	live := &policies.Live{}
	put := func(yaml string) *policies.Policy {
		set, err := policies.ParseSet("p.yaml", []byte(yaml))
		if err != nil {
			t.Fatal(err)
		}
		live.Put(set)
		return set.Policies[len(set.Policies)-1]
	}
	given := put(pulls("mart", "{ max_lag: 1h }"))
	g := &walked{Graph: w}
	over := &policies.Gatherer{History: w, Recall: policies.NewRecall(w), Graph: g, Ledger: virtual.NewLedger(), Policies: live}
	eval := policies.NewEvaluator(over, &sync.Mutex{}, policies.EvaluatorOptions{})
	selected := func(want int, walks bool) {
		t.Helper()
		before := g.n
		for range 3 {
			ids, err := over.Selected(t.Context(), given)
			if err != nil || len(ids) != want {
				t.Fatalf("%d selected, want %d, %v", len(ids), want, err)
			}
		}
		if many := g.n > before; many != walks {
			t.Errorf("the graph was asked %d times, want walks %t", g.n-before, walks)
		}
	}
	selected(2, true)
	selected(2, false)
	eval.Touch(ran("raw", "")) // nothing new
	selected(2, false)
	eval.Touch(ran("side", ""))
	eval.Touch(ran("stg", "raw side"))
	selected(3, true)
	selected(3, false)
	given = put(pulls("mart", "manual"))
	selected(3, true)
	ran("more", "")
	ran("stg", "raw side more")
	eval.Wake(w.ID(ds("stg"))) // the graph knows of an edge behind the history
	selected(4, true)
	selected(4, false)
}

// TestWhyFindsEachPolicyOfAnAsset: written and given ones, in the midst of others.
func TestWhyFindsEachPolicyOfAnAsset(t *testing.T) {
	inRig(t, pulls("mart", "{ max_lag: 1h }")+"---\n"+timely("other", "manual")+"---\nkind: Policy\nname: watch\nselect: { asset: \"dataset:pg://wh/mart\" }\nwant: manual\n", func(r *rig) {
		r.three()
		for asset, want := range map[string]int{"mart": 2, "stg": 1, "raw": 1} {
			list, err := r.eval.Why(r.ctx, r.w.ID(ds(asset)))
			if err != nil || len(list) != want {
				t.Errorf("%s has %d decisions, want %d, %v", asset, len(list), want, err)
			}
		}
	})
}

// TestEvaluationsOf: of some assets what all evaluations say of them, by every id
// that they had. A policy that is read again counts as last judged; what no policy in
// force is about any more is gone.
func TestEvaluationsOf(t *testing.T) {
	watched := pulls("mart", "{ max_lag: 1h }") + "---\nkind: Policy\nname: watch\nselect: { asset: \"dataset:pg://wh/*\" }\nwant: manual\n"
	inRig(t, watched, func(r *rig) {
		r.three()
		r.w.Merge(ds("mart"), ds("old-mart"))
		r.settle()
		of := func(names ...string) (out []string) {
			var ids []catalog.AssetID
			for _, n := range names {
				ids = append(ids, catalog.AssetID(ds(n).ID()))
			}
			for _, e := range r.eval.EvaluationsOf(ids...) {
				out = append(out, e.Policy.Name+" "+e.Name.Name)
			}
			return out
		}
		for _, c := range []struct{ names, want string }{
			{"mart", "mart mart"}, {"old-mart", "mart mart"}, {"old-mart mart raw", "mart mart,watch raw"}, {"nothing", ""},
		} {
			if got := strings.Join(of(strings.Fields(c.names)...), ","); got != c.want {
				t.Errorf("of %s: %s, want %s", c.names, got, c.want)
			}
		}
		ids := []catalog.AssetID{catalog.AssetID(ds("mart").ID())}
		one := testing.AllocsPerRun(100, func() { r.eval.EvaluationsOf(ids...) })
		more := watched
		for i := range 200 {
			more += fmt.Sprintf("---\nkind: Policy\nname: other-%d\nselect: { asset: \"dataset:pg://elsewhere/t%d\" }\n", i, i)
		}
		r.put(more)
		if many := testing.AllocsPerRun(100, func() { r.eval.EvaluationsOf(ids...) }); many > one {
			t.Errorf("%.0f allocations beside 200 other policies, %.0f without", many, one)
		}
		if all := r.eval.Evaluations(); len(all) != len(of("mart", "stg", "raw")) {
			t.Errorf("%d in all", len(all))
		}
		r.put(watched)
		if got := of("mart", "raw"); !slices.Equal(got, []string{"mart mart", "watch raw"}) {
			t.Errorf("%v of policies that were read again", got)
		}
		r.put(timely("stg", "manual"))
		if got := of("mart", "raw"); len(got) > 0 {
			t.Errorf("%v of policies that are gone", got)
		}
		r.settle()
		if got := of("mart", "stg", "raw"); !slices.Equal(got, []string{"stg stg"}) {
			t.Errorf("%v", got)
		}
	})
}
