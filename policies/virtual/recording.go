package virtual

import (
	"cmp"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Recording is what a weir was told, as plain values, to be lived through again.
type Recording struct {
	// Runs are all that began before the end, with their attempts folded.
	Runs []catalog.Run
	// Written is what runs said of their outputs.
	Written map[catalog.RunKey][]Written
	// Loose are versions without a run, Looks all looks at each dataset.
	Loose  []catalog.Version
	Looks  map[catalog.Name][]catalog.Look
	Checks []catalog.Check
	// Assets tell which names are one, and what is a view.
	Assets []catalog.Asset

	checksOf map[catalog.RunKey][]catalog.Check // in their order
}

// sort puts everything in an order of its own, whatever order it came in.
func (r *Recording) sort() {
	slices.SortFunc(r.Runs, older)
	slices.SortFunc(r.Loose, func(a, b catalog.Version) int {
		return cmp.Or(a.ProducedAt.Compare(b.ProducedAt), a.Dataset.Compare(b.Dataset))
	})
	slices.SortFunc(r.Checks, func(a, b catalog.Check) int {
		return cmp.Or(a.At.Compare(b.At), a.Dataset.Compare(b.Dataset), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Outcome, b.Outcome))
	})
	r.checksOf = map[catalog.RunKey][]catalog.Check{}
	for _, c := range r.Checks {
		if !c.Run.IsZero() {
			r.checksOf[c.Run] = append(r.checksOf[c.Run], c)
		}
	}
	for _, looks := range r.Looks {
		slices.SortFunc(looks, func(a, b catalog.Look) int { return cmp.Or(a.At.Compare(b.At), a.DataTime.Compare(b.DataTime)) })
	}
	slices.SortFunc(r.Assets, func(a, b catalog.Asset) int { return a.Name.Compare(b.Name) })
}

// begin gives a world that knows what was known at a time, and the runs that
// had begun and went on.
func (r *Recording) begin(at time.Time) (*World, []catalog.Run) {
	w := NewWorld()
	for _, a := range r.Assets {
		for _, n := range a.Names {
			if n.Name != a.Name {
				w.Merge(a.Name, n.Name)
			}
		}
		if a.View {
			w.View(a.Name)
		}
	}
	var open []catalog.Run
	for _, run := range r.Runs {
		switch {
		case !run.StartedAt.Before(at):
		case run.EndedAt != nil && run.EndedAt.Before(at):
			w.mu.Lock()
			w.put(run, r.Written[run.Key])
			w.mu.Unlock()
		default:
			open = append(open, run)
		}
	}
	for _, v := range r.Loose {
		if v.ProducedAt.Before(at) {
			w.Version(v)
		}
	}
	for n, looks := range r.Looks {
		for _, l := range looks {
			if l.At.Before(at) {
				w.Look(n, l)
			}
		}
	}
	for _, c := range r.Checks {
		if c.At.Before(at) {
			w.Check(c)
		}
	}
	return w, open
}

// tree is a run with all that ran inside it, the outermost first.
type tree struct {
	root  catalog.Run
	under []catalog.Run
}

// trees groups runs by their outermost run; weir's own runs contain nothing.
func trees(runs []catalog.Run) []tree {
	byID := map[string]catalog.Run{}
	for _, r := range runs {
		byID[r.Key.RunID] = r
	}
	byRoot := map[catalog.RunKey]*tree{}
	var order []*tree
	at := func(root catalog.Run) *tree {
		t := byRoot[root.Key]
		if t == nil {
			t = &tree{root: root}
			byRoot[root.Key] = t
			order = append(order, t)
		}
		return t
	}
	for _, r := range runs {
		root := outermost(r, byID)
		if t := at(root); root.Key != r.Key {
			t.under = append(t.under, r)
		}
	}
	var out []tree
	for _, t := range order {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b tree) int { return older(a.root, b.root) })
	for _, t := range out {
		slices.SortFunc(t.under, older)
	}
	return out
}

// all are the runs of the tree, the outermost first.
func (t tree) all() []catalog.Run { return append([]catalog.Run{t.root}, t.under...) }

func older(a, b catalog.Run) int {
	return cmp.Or(a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.Key.RunID, b.Key.RunID), a.Key.Job.Compare(b.Key.Job))
}

// maxDepth bounds how far parents are followed: cycles of them exist.
const maxDepth = 32

func outermost(r catalog.Run, byID map[string]catalog.Run) catalog.Run {
	for range maxDepth {
		if r.Parent == nil || r.Parent.Job.Namespace == catalog.InternalNamespace {
			return r
		}
		parent, ok := byID[r.Parent.RunID]
		if !ok || parent.Key == r.Key {
			return r
		}
		r = parent
	}
	return r
}

// names are the jobs of the tree's runs, and what these wrote.
func (t tree) names() (out []catalog.Name) {
	for _, r := range t.all() {
		out = append(append(out, r.Key.Job), r.Outputs...)
	}
	return out
}
