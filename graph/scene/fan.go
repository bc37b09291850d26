package scene

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// step is an edge, seen from one of its ends.
type step struct {
	to     catalog.AssetID
	typ    catalog.EdgeType
	origin catalog.EdgeOrigin
	policy string
	from   time.Time
}

// far is a neighbour that may be drawn, by the last step of the way to it.
type far struct {
	step
	label *Label
	// direct: the way is one step. through counts what it leads over and the
	// band would draw.
	direct  bool
	through int
}

// side indexes what there is once upstream and once downstream.
type side int

const (
	up side = iota
	down
)

func (s side) direction() graph.Direction {
	if s == up {
		return graph.Upstream
	}
	return graph.Downstream
}

func sideOf(d graph.Direction) side {
	if d == graph.Upstream {
		return up
	}
	return down
}

// fans reads neighbours, each asset's once.
type fans struct {
	ctx    context.Context
	reader Reader
	ask    Ask
	raw    [2]map[catalog.AssetID][]step
	known  [2]map[catalog.AssetID][]far
	labels map[catalog.AssetID]*Label
	// read and passed count edges read and assets walked through.
	read, passed int
	cut          bool
}

func newFans(ctx context.Context, r Reader, a Ask) *fans {
	f := &fans{ctx: ctx, reader: r, ask: a, labels: map[catalog.AssetID]*Label{}}
	for s := range f.raw {
		f.raw[s], f.known[s] = map[catalog.AssetID][]step{}, map[catalog.AssetID][]far{}
	}
	return f
}

// dataTypes are the edges that data flows along.
var dataTypes = []catalog.EdgeType{catalog.EdgeReads, catalog.EdgeWrites, catalog.EdgeDerives}

// load reads the neighbours of many assets on one side: first their edges, then
// those of what has to be walked through.
func (f *fans) load(s side, ids []catalog.AssetID) error {
	for need := f.unread(s, ids); len(need) > 0; {
		edges, more, err := f.reader.Graph.Neighbours(f.ctx, graph.NeighbourQuery{Frontier: need, Direction: s.direction(), Types: dataTypes, AsOf: f.ask.AsOf, Limit: max(readBudget-f.read, 1)})
		if err != nil {
			return fmt.Errorf("read neighbours: %w", err)
		}
		f.read += len(edges)
		f.cut = f.cut || more
		var ends []catalog.AssetID
		for _, id := range need {
			f.raw[s][id] = nil
		}
		for i := range edges {
			e := &edges[i]
			near, to := e.Target, e.Source
			if s == down {
				near, to = to, near
			}
			f.raw[s][near] = append(f.raw[s][near], step{to, e.Type, e.Origin, e.Policy, e.From})
			ends = append(ends, to)
		}
		if err := f.name(ends); err != nil {
			return err
		}
		need = f.passing(s, ends)
	}
	return nil
}

func (f *fans) unread(s side, ids []catalog.AssetID) (out []catalog.AssetID) {
	for _, id := range ids {
		if _, ok := f.raw[s][id]; !ok && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// passing are the ends that are walked through and not read yet, as far as the
// budget goes.
func (f *fans) passing(s side, ends []catalog.AssetID) (out []catalog.AssetID) {
	seen := map[catalog.AssetID]bool{}
	for _, id := range ends {
		if _, ok := f.raw[s][id]; ok || seen[id] || !f.through(id) {
			continue
		}
		if f.passed >= throughBudget || f.read >= readBudget {
			f.cut = true
			continue
		}
		f.passed++
		seen[id] = true
		out = append(out, id)
	}
	return out
}

// name reads the labels of what has none yet.
func (f *fans) name(ids []catalog.AssetID) error {
	var ask []catalog.AssetID
	for _, id := range ids {
		if _, ok := f.labels[id]; !ok {
			f.labels[id] = &Label{}
			ask = append(ask, id)
		}
	}
	if len(ask) == 0 {
		return nil
	}
	labels, err := f.reader.Labels(f.ctx, ask)
	if err != nil {
		return fmt.Errorf("read names: %w", err)
	}
	for i, id := range ask {
		*f.labels[id] = labels[i]
	}
	return nil
}

// through reports whether an asset is walked through and not drawn. A focus
// always is drawn, and what is asked to be shown.
func (f *fans) through(id catalog.AssetID) bool {
	if slices.Contains(f.ask.Focus, id) || slices.Contains(f.ask.Show, id) || id == f.ask.To {
		return false
	}
	return f.otherKind(id) || !f.ask.Whole && catalog.Ephemeral(f.labels[id].Name) || f.ask.Through != nil && f.ask.Through(id)
}

// otherKind reports whether an asset is of the kind that the band folds.
func (f *fans) otherKind(id catalog.AssetID) bool {
	t := f.labels[id].Name.Type
	return f.ask.Band == ByDataset && t == catalog.TypeJob || f.ask.Band == ByJob && t == catalog.TypeDataset
}

// of gives the neighbours of an asset that was loaded, by name. The asset itself
// is among them when it is made of itself.
func (f *fans) of(s side, id catalog.AssetID) []far {
	if list, ok := f.known[s][id]; ok {
		return list
	}
	out := make([]far, 0, len(f.raw[s][id]))
	met := make(map[catalog.AssetID]bool, len(f.raw[s][id]))
	queue := []far{{step: step{to: id}}}
	for first := true; len(queue) > 0; first = false {
		at := queue[0]
		queue = queue[1:]
		for _, e := range f.raw[s][at.to] {
			if met[e.to] {
				continue
			}
			met[e.to] = true
			next := far{step: e, label: f.labels[e.to], direct: first, through: at.through}
			if at.policy != "" && next.policy == "" { // a way is as sure as the least sure part of it
				next.origin, next.policy = at.origin, at.policy
			}
			if !f.through(e.to) {
				out = append(out, next)
				continue
			}
			if !f.otherKind(e.to) {
				next.through++
			}
			queue = append(queue, next)
		}
	}
	slices.SortFunc(out, byName)
	f.known[s][id] = out
	return out
}

func byName(a, b far) int { return cmp.Or(a.label.Name.Compare(b.label.Name), a.to.Compare(b.to)) }

// compare orders assets by name.
func (f *fans) compare(a, b catalog.AssetID) int {
	return cmp.Or(f.labels[a].Name.Compare(f.labels[b].Name), a.Compare(b))
}

// worst orders assets for a choice: those asked for, the worst off, by name.
func (f *fans) worst(a, b catalog.AssetID) int {
	return cmp.Or(f.shown(b)-f.shown(a), f.labels[b].Concern-f.labels[a].Concern, f.compare(a, b))
}

func (f *fans) shown(id catalog.AssetID) int {
	if slices.Contains(f.ask.Show, id) {
		return 1
	}
	return 0
}
