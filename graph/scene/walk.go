package scene

import (
	"context"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// walk chooses what is drawn.
type walk struct {
	*fans
	drawn map[catalog.AssetID]*Drawable
	order []*Drawable // as they were taken
	// seen is what was met on each side: what lies upstream and downstream of
	// the focus is walked on from on both.
	seen [2]map[catalog.AssetID]bool
	// bundles are the places where a fan was cut, in order.
	bundles []Expansion
	ways    []Way
	cutBy   graph.CutReason
}

func newWalk(ctx context.Context, r Reader, a Ask) *walk {
	return &walk{fans: newFans(ctx, r, a), drawn: map[catalog.AssetID]*Drawable{}}
}

// begin starts the sides of a walk at what is drawn there.
func (w *walk) begin(frontiers [2][]*Drawable) {
	for s, list := range frontiers {
		w.seen[s] = map[catalog.AssetID]bool{}
		for _, d := range list {
			w.seen[s][d.Asset] = true
		}
	}
}

func (w *walk) take(id catalog.AssetID, distance int) *Drawable {
	d := &Drawable{Asset: id, Name: w.labels[id].Name, Distance: distance, Span: 1}
	w.drawn[id], w.order = d, append(w.order, d)
	return d
}

// size is how many drawables there are, bundles among them.
func (w *walk) size() int { return len(w.order) + len(w.bundles) }

// base draws what is there before anything is expanded: the hops around the
// focus, or the ways from it.
func (w *walk) base() error {
	if err := w.name(append(slices.Clone(w.ask.Focus), w.ask.To)); err != nil {
		return err
	}
	if !w.ask.To.IsZero() {
		return w.along()
	}
	for _, id := range w.ask.Focus {
		if w.drawn[id] == nil {
			w.take(id, 0).Focus = true
		}
	}
	frontiers := [2][]*Drawable{slices.Clone(w.order), slices.Clone(w.order)}
	w.begin(frontiers)
	for hop := 1; hop <= max(w.ask.Up, w.ask.Down); hop++ {
		var sides []side
		for s, hops := range []int{w.ask.Up, w.ask.Down} {
			if hop <= hops {
				sides = append(sides, side(s))
			}
		}
		if err := w.hop(sides, &frontiers, w.ask.Limit); err != nil {
			return err
		}
	}
	return nil
}

// expand adds one hop to a drawable, which may be one that is drawn no more.
func (w *walk) expand(e Expansion) error {
	d := w.drawn[e.Asset]
	if d == nil {
		return nil
	}
	var frontiers [2][]*Drawable
	s := sideOf(e.Side)
	frontiers[s] = []*Drawable{d}
	w.begin(frontiers)
	return w.hop([]side{s}, &frontiers, MaxLimit)
}

// hop takes what lies one hop behind the frontiers and makes it the next ones.
// In the band ASSET a hop from a dataset leads over jobs to datasets: two waves.
func (w *walk) hop(sides []side, frontiers *[2][]*Drawable, limit int) error {
	next, err := w.wave(sides, *frontiers, limit)
	if err != nil {
		return err
	}
	var jobs [2][]*Drawable
	for _, s := range sides {
		if w.ask.Band != ByAsset {
			continue
		}
		for _, d := range next[s] {
			if d.Name.Type == catalog.TypeJob && w.fromDataset(s, d, frontiers[s]) {
				jobs[s] = append(jobs[s], d)
			}
		}
	}
	behind, err := w.wave(sides, jobs, limit)
	if err != nil {
		return err
	}
	for _, s := range sides {
		rest := slices.DeleteFunc(next[s], func(d *Drawable) bool { return slices.Contains(jobs[s], d) })
		frontiers[s] = append(rest, behind[s]...)
	}
	return nil
}

// fromDataset reports whether a job was reached from a dataset, so that it is
// part of a hop only.
func (w *walk) fromDataset(s side, job *Drawable, frontier []*Drawable) bool {
	for _, d := range frontier {
		if d.Name.Type == catalog.TypeDataset && slices.ContainsFunc(w.of(s, d.Asset), func(f far) bool { return f.to == job.Asset }) {
			return true
		}
	}
	return false
}

// turn is a drawable with the neighbours that it may still take.
type turn struct {
	from *Drawable
	side side
	list []catalog.AssetID
	// more is set when the list is not all of them.
	more bool
}

// wave takes the neighbours of frontiers, one of each drawable in turn, so that
// a hub cannot starve the rest.
func (w *walk) wave(sides []side, frontiers [2][]*Drawable, limit int) (next [2][]*Drawable, err error) {
	var turns []turn
	for _, s := range sides {
		ids := make([]catalog.AssetID, len(frontiers[s]))
		for i, d := range frontiers[s] {
			ids[i] = d.Asset
		}
		if err := w.load(s, ids); err != nil {
			return next, err
		}
		for _, d := range frontiers[s] {
			t := w.turn(s, d)
			next[s] = append(next[s], w.met(t)...)
			if len(t.list) > 0 {
				turns = append(turns, t)
			}
		}
	}
	for len(turns) > 0 {
		rest := turns[:0]
		for _, t := range turns {
			if d := w.step(t, limit); d != nil {
				next[t.side] = append(next[t.side], d)
			}
			if t.list = t.list[1:]; len(t.list) > 0 {
				rest = append(rest, t)
			}
		}
		turns = rest
	}
	return next, nil
}

// met are the neighbours of a turn's drawable that stand there already and were
// not met on this side yet.
func (w *walk) met(t turn) (out []*Drawable) {
	for _, f := range w.of(t.side, t.from.Asset) {
		if d := w.drawn[f.to]; d != nil && !w.seen[t.side][f.to] {
			w.seen[t.side][f.to] = true
			out = append(out, d)
		}
	}
	return out
}

// turn lists what a drawable may take: all, or the worst off and a bundle.
func (w *walk) turn(s side, d *Drawable) turn {
	t := turn{from: d, side: s}
	for _, f := range w.of(s, d.Asset) {
		if w.drawn[f.to] == nil {
			t.list = append(t.list, f.to)
		}
	}
	if len(t.list) > MaxFan {
		slices.SortFunc(t.list, w.worst)
		wanted := 0
		for wanted < len(t.list) && w.shown(t.list[wanted]) > 0 {
			wanted++
		}
		if few := max(MaxFan-1, wanted); few < len(t.list) {
			t.list, t.more = t.list[:few], true
		}
	}
	return t
}

// step takes the next of a turn, and with the last of a cut fan its bundle.
func (w *walk) step(t turn, limit int) (d *Drawable) {
	id := t.list[0]
	distance := t.from.Distance + w.cost(t.from, id)
	if t.side == up {
		distance = t.from.Distance - w.cost(t.from, id)
	}
	switch {
	case w.drawn[id] != nil:
		if !w.seen[t.side][id] {
			d = w.drawn[id]
		}
	case w.size() >= limit:
		w.cutBy = graph.CutNodes
	default:
		d = w.take(id, distance)
	}
	w.seen[t.side][id] = true
	bundle := Expansion{t.from.Asset, t.side.direction()}
	if t.more && len(t.list) == 1 && w.size() < limit && !slices.Contains(w.bundles, bundle) {
		w.bundles = append(w.bundles, bundle)
	}
	return d
}

// cost is how many hops a step is: in the band ASSET one to a dataset is, from a
// dataset to a job and on counts once.
func (w *walk) cost(from *Drawable, to catalog.AssetID) int {
	if w.ask.Band == ByAsset && from.Name.Type == catalog.TypeJob && from.Distance != 0 && w.labels[to].Name.Type == catalog.TypeDataset {
		return 0
	}
	return 1
}

// along draws the shortest ways between two assets, as far as they go in.
func (w *walk) along() error {
	list, err := graph.Paths(w.ctx, w.reader.Graph, graph.PathQuery{From: w.ask.Focus[0], To: w.ask.To, K: w.ask.Ways, AsOf: w.ask.AsOf})
	if err != nil {
		return err
	}
	for _, l := range list {
		var way Way
		for _, n := range l.Nodes {
			way.Assets = append(way.Assets, n.Asset)
		}
		if err := w.name(way.Assets); err != nil {
			return err
		}
		way.Assets = slices.DeleteFunc(way.Assets, w.through)
		if slices.ContainsFunc(w.ways, func(o Way) bool { return slices.Equal(o.Assets, way.Assets) }) {
			continue // they differ in what is folded only
		}
		w.ways = append(w.ways, way)
		if !l.Complete {
			w.cutBy = l.Cut
		}
	}
	w.takeWays()
	return nil
}

// takeWays draws the ends, then the ways in turn of their length.
func (w *walk) takeWays() {
	w.take(w.ask.Focus[0], 0).Focus = true
	if w.drawn[w.ask.To] == nil {
		w.take(w.ask.To, 0).Focus = true
	}
	for i, way := range w.ways {
		for n, id := range way.Assets {
			if w.drawn[id] == nil && w.size() >= max(w.ask.Limit, 2) {
				w.cutBy = graph.CutNodes
				continue
			}
			if w.drawn[id] == nil {
				w.take(id, n)
			}
			d := w.drawn[id]
			if d.Ways = append(d.Ways, i); id == w.ask.To && i == 0 {
				d.Distance = n
			}
		}
	}
}

// stage makes a scene of what is drawn now, placed around what stood before.
func (w *walk) stage(before *Scene) (*Scene, error) {
	ids := make([]catalog.AssetID, len(w.order))
	for i, d := range w.order {
		ids[i] = d.Asset
	}
	for _, s := range []side{up, down} {
		if err := w.load(s, ids); err != nil {
			return nil, err
		}
	}
	s := &Scene{Ways: w.ways, Cut: w.cutBy}
	if w.cut && s.Cut == "" {
		s.Cut = graph.CutMemory
	}
	s.Complete = s.Cut == ""
	at := map[catalog.AssetID]int{}
	for i, d := range w.order {
		c := *d
		s.Drawables, at[d.Asset] = append(s.Drawables, &c), i
	}
	members := w.bundle(s, at)
	for i, d := range s.Drawables[:len(w.order)] {
		w.connect(s, i, at)
		d.HiddenUp, d.HiddenDown = w.hidden(up, d, at, members), w.hidden(down, d, at, members)
	}
	s.Marks = marks(s.Edges)
	place(s, before, w.compare)
	return s, nil
}

// bundle adds the bundles that still have members, with their edges.
func (w *walk) bundle(s *Scene, at map[catalog.AssetID]int) map[Expansion]int {
	sizes := map[Expansion]int{}
	for _, b := range w.bundles {
		side := sideOf(b.Side)
		d := &Drawable{Asset: b.Asset, Side: b.Side, Span: 1}
		for _, f := range w.of(side, b.Asset) {
			if _, drawn := at[f.to]; !drawn {
				d.Bundled = append(d.Bundled, f.to)
			}
		}
		if len(d.Bundled) == 0 {
			continue
		}
		slices.SortFunc(d.Bundled, w.worst)
		sizes[b] = len(d.Bundled)
		owner := at[b.Asset]
		e := Edge{Source: owner, Target: len(s.Drawables)}
		if d.Distance = w.drawn[b.Asset].Distance + 1; side == up {
			d.Distance -= 2
			e.Source, e.Target = e.Target, e.Source
		}
		s.Drawables, s.Edges = append(s.Drawables, d), append(s.Edges, e)
	}
	return sizes
}

// connect adds the edges that leave a drawable, and notes whether it is made of
// itself.
func (w *walk) connect(s *Scene, from int, at map[catalog.AssetID]int) {
	for _, f := range w.of(down, s.Drawables[from].Asset) {
		to, drawn := at[f.to]
		switch {
		case drawn && to == from:
			s.Drawables[from].SelfLoop = true
		case drawn:
			e := Edge{Source: from, Target: to, Type: f.typ, Origin: f.origin, Policy: f.policy, From: f.from, Through: f.through}
			if !f.direct {
				e.Type = catalog.EdgeDerives
			}
			s.Edges = append(s.Edges, e)
		}
	}
}

// hidden counts the neighbours on a side that are neither drawn nor bundled.
func (w *walk) hidden(s side, d *Drawable, at map[catalog.AssetID]int, bundled map[Expansion]int) int {
	n := 0
	for _, f := range w.of(s, d.Asset) {
		if _, drawn := at[f.to]; !drawn {
			n++
		}
	}
	return n - bundled[Expansion{d.Asset, s.direction()}]
}

// marks are the different times at which edges began. Policies of the past are not
// in the graph: when one came is no mark.
func marks(edges []Edge) []time.Time {
	var out []time.Time
	for _, e := range edges {
		if !e.From.IsZero() && e.Policy == "" {
			out = append(out, e.From)
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	out = slices.CompactFunc(out, time.Time.Equal)
	return out[max(0, len(out)-MaxMarks):]
}
