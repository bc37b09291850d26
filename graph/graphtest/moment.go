package graphtest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// relay is a chain of datasets and the jobs between them. Each dataset has two
// names, and is known by one or the other.
type relay struct {
	jobs []catalog.Asset
	ends [2][]catalog.Asset
}

// newRelay makes one of so many jobs.
func newRelay(length int) (r relay) {
	for i := range length {
		r.jobs = append(r.jobs, Job(fmt.Sprint("job", i)))
	}
	for by := range r.ends {
		for i := range length + 1 {
			r.ends[by] = append(r.ends[by], Dataset(fmt.Sprint("d", i, "x"[:by*min(i, 1)]))) // the first has one name
		}
	}
	return r
}

// change lets all but the first dataset be known by one of the names.
func (r relay) change(by int, at catalog.Position) graph.Change {
	now, before := r.ends[by], r.ends[1-by]
	c := graph.Change{After: at - 1, Position: at}
	for i := range now {
		d := now[i]
		if i > 0 {
			d.Names = append(d.Names[:1:1], before[i].Names...)
			c.Removed = append(c.Removed, before[i].ID)
		}
		c.Rows = append(c.Rows, graph.Row{Asset: d})
	}
	for i, j := range r.jobs {
		c.Rows = append(c.Rows, step(j, now[i:i+1], now[i+1:i+2]))
	}
	return c
}

// end is the last dataset by one of the names.
func (r relay) end(by int) catalog.AssetID { return r.ends[by][len(r.jobs)].ID }

func (r relay) traversal(at time.Time) graph.Traversal {
	return graph.Traversal{Roots: []catalog.AssetID{r.ends[0][0].ID}, Direction: graph.Downstream, Depth: 50, AsOf: at}
}

// knownBy says by which names a walk found all of it; an error when it did not.
func (r relay) knownBy(l graph.Lineage) (int, error) {
	for by := range r.ends {
		found := 0
		for _, n := range l.Nodes {
			if slices.ContainsFunc(r.jobs, func(j catalog.Asset) bool { return j.ID == n.Asset }) || slices.ContainsFunc(r.ends[by], func(d catalog.Asset) bool { return d.ID == n.Asset }) {
				found++
			}
		}
		if found == len(l.Nodes) && found == 2*len(r.jobs)+1 && l.Complete {
			return by, nil
		}
	}
	return 0, fmt.Errorf("%d nodes of %d, all of one moment: %v", len(l.Nodes), 2*len(r.jobs)+1, l.Nodes)
}

// interrupted is a store that lets something happen after so many hops of a walk.
type interrupted struct {
	graph.Behind
	hops *int
	then func()
}

func (s interrupted) Moment(ctx context.Context, ask func(graph.Behind) error) error {
	still, ok := s.Behind.(graph.Still)
	if !ok {
		return ask(s)
	}
	return still.Moment(ctx, func(at graph.Behind) error { return ask(interrupted{at, s.hops, s.then}) })
}

func (s interrupted) Neighbours(ctx context.Context, q graph.NeighbourQuery) ([]catalog.Edge, bool, error) {
	if *s.hops--; *s.hops == 0 {
		s.then()
	}
	return s.Behind.Neighbours(ctx, q)
}

// mergedMeanwhile: what becomes one between two hops is not missing from a walk,
// now or as of a time, wherever it was.
func mergedMeanwhile(t *testing.T, s graph.Store) {
	r, at := newRelay(2), catalog.Position(1)
	apply(t, s, r.change(0, at))
	for _, asOf := range []time.Time{{}, T0.Add(time.Hour)} {
		for hops := 2; hops < 5; hops++ {
			left := hops
			happened := false
			between := interrupted{s, &left, func() {
				at++
				apply(t, s, r.change(int(at-1)%2, at))
				happened = true
			}}
			l, err := graph.Walk(t.Context(), between, r.traversal(asOf))
			if err == nil {
				_, err = r.knownBy(l)
			}
			if err != nil {
				t.Errorf("as of %s, merged meanwhile: %v, %v", asOf, happened, err)
			}
		}
	}
}

// oneMoment: while assets go on to become one and to part, every answer is of one
// moment, and of the position that it names, and so are all rows.
func oneMoment(t *testing.T, s graph.Store) {
	r := newRelay(4)
	apply(t, s, r.change(0, 1))
	small := graph.NewTopology()
	small.Limit = 1 // the store answers
	if err := small.Apply(t.Context(), r.change(0, 1)); err != nil {
		t.Fatal(err)
	}
	over := graph.Current{Topology: small, Store: s}
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for range 4 {
				r.standsStill(t, s, over)
				r.readWhole(t, s)
			}
		})
	}
	read := make(chan struct{})
	go func() { readers.Wait(); close(read) }()
	for at := catalog.Position(2); ; at++ {
		select {
		case <-read:
			return
		default:
			apply(t, s, r.change(int(at-1)%2, at))
		}
	}
}

// standsStill asks what is downstream while it changes.
func (r relay) standsStill(t *testing.T, s graph.Store, over graph.Current) {
	l, err := graph.Walk(t.Context(), over, r.traversal(time.Time{}))
	by := 0
	if err == nil {
		by, err = r.knownBy(l)
	}
	if err != nil || by != int(l.Position-1)%2 {
		t.Errorf("now, at %s, by names %d: %v", l.Position, by, err)
	}
	c, err := graph.Reach(t.Context(), over, r.traversal(time.Time{}))
	if last := len(c.Reached) - 1; err != nil || len(c.Reached) != 2*len(r.jobs)+1 || c.Reached[last].Asset != r.end(int(c.Position-1)%2) {
		t.Errorf("closure at %s: %d assets, %v", c.Position, len(c.Reached), err)
	}
	if l, err = graph.Walk(t.Context(), s, r.traversal(T0.Add(time.Hour))); err == nil {
		_, err = r.knownBy(l)
	}
	if err != nil {
		t.Errorf("as of a time: %v", err)
	}
}

// readWhole reads all rows while they change.
func (r relay) readWhole(t *testing.T, s graph.Store) {
	got, err := Dump(t.Context(), s)
	for by := range r.ends {
		m := model{}
		m.apply(r.change(by, 1))
		if got == m.dump() {
			return
		}
	}
	t.Errorf("all rows, of one moment: %v\n%s", err, got)
}
