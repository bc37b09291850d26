package policies_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/policiestest"
)

// naive is the level-triggered rule said plainly, over sets of names: no ids,
// no caches, no history store.
type naive struct {
	links [][2]string
	runs  []naiveRun
}

type naiveRun struct {
	id         string
	in, out    []string
	start, end time.Duration
	ok, wrote  bool
}

func (n *naive) same(a, b string) bool {
	set := map[string]bool{a: true}
	for grown := true; grown; {
		grown = false
		for _, l := range n.links {
			if set[l[0]] != set[l[1]] {
				set[l[0]], set[l[1]], grown = true, true, true
			}
		}
	}
	return set[b]
}

func (n *naive) touches(list []string, name string) bool {
	return slices.ContainsFunc(list, func(x string) bool { return n.same(x, name) })
}

// newest is the newest good run that wrote name and ended before a time.
func (n *naive) newest(name string, before time.Duration) *naiveRun {
	var best *naiveRun
	for i, r := range n.runs {
		if r.ok && n.touches(r.out, name) && r.end < before && (best == nil || r.end > best.end) {
			best = &n.runs[i]
		}
	}
	return best
}

// pinned is the oldest version of name that a run read, through what it read.
func (n *naive) pinned(r *naiveRun, wrote, name string, seen []string) *naiveRun {
	if slices.Contains(seen, r.id+wrote) {
		return nil
	}
	var oldest *naiveRun
	for _, in := range r.in {
		if n.same(in, wrote) {
			continue
		}
		p := n.newest(in, r.start)
		if p != nil && !n.same(in, name) {
			p = n.pinned(p, in, name, append(seen, r.id+wrote))
		}
		if p != nil && (oldest == nil || p.end < oldest.end) {
			oldest = p
		}
	}
	return oldest
}

// decide is what a policy on out with the trigger input in must conclude.
func (n *naive) decide(out, in string) catalog.DecisionOutcome {
	const now = 1 << 60
	newest, made := n.newest(in, now), n.newest(out, now)
	switch {
	case n.same(in, out), newest == nil:
		return catalog.DecideNothing
	case made == nil:
	default:
		pin := n.pinned(made, out, in, nil)
		if pin == nil {
			pin = n.newest(in, made.start)
		}
		if pin != nil && newest.end <= pin.end {
			return catalog.DecideNothing
		}
	}
	for _, r := range n.runs { // a failed run wrote after it
		if r.wrote && n.touches(r.out, in) && r.end > newest.end {
			return catalog.DecideHold
		}
	}
	return catalog.DecideRun
}

// TestNamesFirst: whatever merges and splits happen, and in whatever order runs
// and evidence come, decisions are those of the naive model.
func TestNamesFirst(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e"}
	p, err := policies.Parse("p.yaml", []byte(`kind: Policy
name: p
select: { asset: "dataset:pg://wh/a" }
on_first: run
inputs:
  "dataset:pg://wh/b": { trigger: true }
`))
	if err != nil {
		t.Fatal(err)
	}
	p[0].Ready.SelfIdle = false // every run of the model has ended
	rapid.Check(t, func(t *rapid.T) {
		w, n := policiestest.NewWorld(), &naive{}
		live := &policies.Live{}
		live.Put(&policies.Set{Policies: p})
		g := &policies.Gatherer{History: w, Graph: w, Ledger: policiestest.NewLedger(), Policies: live}
		some := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 2, rapid.ID[string])
		ends := map[time.Duration]bool{}
		for i := range rapid.IntRange(1, 14).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"run", "run", "run", "merge", "split"}).Draw(t, "step") {
			case "run":
				r := naiveRun{id: fmt.Sprint(i), in: some.Draw(t, "in"), out: some.Draw(t, "out"), start: time.Duration(rapid.IntRange(1, 500).Draw(t, "start")) * 2 * time.Second, ok: true}
				r.end = r.start + time.Duration(rapid.IntRange(0, 50).Draw(t, "took"))*2*time.Second + time.Second
				if ends[r.end] {
					continue
				}
				ends[r.end] = true
				run := catalog.Run{Key: catalog.RunKey{Job: job("j" + r.id), RunID: r.id}, State: catalog.RunSucceeded, StartedAt: noon.Add(r.start), EndedAt: ptr(noon.Add(r.end))}
				if rapid.IntRange(0, 5).Draw(t, "fails") == 0 {
					r.ok, r.wrote, run.State, run.Flags = false, true, catalog.RunFailed, []string{"wrote"}
				}
				for _, in := range r.in {
					run.Inputs = append(run.Inputs, ds(in))
				}
				for _, out := range r.out {
					run.Outputs = append(run.Outputs, ds(out))
				}
				n.runs = append(n.runs, r)
				w.Run(run)
			case "merge":
				a, b := rapid.SampledFrom(names).Draw(t, "a"), rapid.SampledFrom(names).Draw(t, "b")
				n.links = append(n.links, [2]string{a, b})
				w.Merge(ds(a), ds(b))
			case "split":
				a := rapid.SampledFrom(names).Draw(t, "leaves")
				n.links = slices.DeleteFunc(n.links, func(l [2]string) bool { return l[0] == a || l[1] == a })
				w.Split(ds(a))
			}
			s, err := g.Snapshot(t.Context(), p[0], w.ID(ds("a")), noon.Add(time.Hour), "")
			if err != nil {
				t.Fatal(err)
			}
			e := policies.Decide(p[0], s, noon.Add(time.Hour))
			if want := n.decide("a", "b"); e.Outcome != want {
				t.Fatalf("%s, want %s\n%s%+v", e.Outcome, want, render(e.Tree), n)
			}
		}
	})
}

// TestMergeKeepsActionsAndDecisions: rows written under the old id still count.
func TestMergeKeepsActionsAndDecisions(t *testing.T) {
	for _, alias := range []string{"a-first", "z-last", "q", "k", "m"} { // ids on either side of the mart's
		inRig(t, mart, func(r *rig) {
			r.ran("ingest", "", "raw")
			a := r.is(1, catalog.ActionAccepted)
			r.w.Merge(ds("mart"), ds(alias))
			r.settle()
			r.is(1, catalog.ActionAccepted)
			r.ended(r.play(a, "", ""), catalog.RunSucceeded) // names neither raw nor mart
			r.is(1, catalog.ActionSucceeded)
			r.outcome("mart", catalog.DecideNothing)
			seq, _ := r.l.Seq(r.ctx)
			r.w.Split(ds(alias))
			r.settle()
			r.w.Merge(ds(alias), ds("mart"))
			r.settle()
			if after, _ := r.l.Seq(r.ctx); after != seq || r.tool.Started() != 1 {
				t.Errorf("%s: %d rows written by a merge: %s", alias, after-seq, r.story())
			}
		})
	}
}
