package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// TagQuery asks on which ways what carries a tag, such as personal data,
// reaches an asset.
type TagQuery struct {
	Tag string
	To  catalog.AssetID
	// K bounds the ways shown of each tagged source; zero means DefaultPaths.
	K    int
	AsOf time.Time
}

// TaggedWays are the ways by source (id, column), open ones first, then as
// Paths orders them. MoreFrom are the sources from which more ways lead than K.
type TaggedWays struct {
	Ways     []TaggedWay
	MoreFrom []Node
	Complete bool
	Cut      CutReason
}

// TaggedWay leads from a tagged dataset or column to the asset asked about, or
// when Masked to the column where masking stopped it. Where column lineage is
// known it leads over columns, else over whole datasets and jobs.
type TaggedWay struct {
	Masked bool
	Nodes  []Node
	Edges  []catalog.Edge
}

// Bounds of a search for tagged sources.
const (
	taggedNodes = 5_000
	maxTagged   = 100
)

// FindTagged follows values upstream from an asset to all that carries a tag. A
// job with column lineage for what it writes passes on what this says and
// nothing else; a job without may pass on anything that it reads. Column lineage
// that no job states speaks of the two datasets it names alone. A column that
// only filters, joins or sorts (INDIRECT) is no way: its values do not get
// there. A masked edge ends the way. Tags are those of now, whatever AsOf.
func FindTagged(ctx context.Context, src Neighbourer, rows Rower, q TagQuery) (TaggedWays, error) {
	q.K = min(cmp.Or(max(q.K, 0), DefaultPaths), MaxPaths)
	r, err := atOnce(ctx, src, func(at Neighbourer) (*region, error) {
		r := &region{src: at, asOf: q.AsOf, seen: map[place]bool{}, into: map[catalog.AssetID][]catalog.Edge{}, fields: map[catalog.AssetID][]catalog.Edge{}, columns: columnsOf{}}
		return r, r.explore(ctx, place{asset: q.To})
	})
	if err != nil {
		return TaggedWays{}, fmt.Errorf("find what is tagged %q: %w", q.Tag, err)
	}
	sources, err := r.sources(ctx, rows, q)
	if err != nil {
		return TaggedWays{}, err
	}
	out := TaggedWays{Complete: r.cut == "", Cut: r.cut}
	if len(sources) > maxTagged {
		sources, out.Complete, out.Cut = sources[:maxTagged], false, CutNodes
	}
	open, masked := r.mazes()
	for _, p := range sources {
		for _, m := range []*maze{open, masked} {
			ways, more, err := m.tagged(ctx, p, q, m == masked)
			if err != nil {
				return TaggedWays{}, err
			}
			out.add(p, ways, more)
		}
	}
	return out, nil
}

// add takes the ways from a source.
func (w *TaggedWays) add(from place, ways []TaggedWay, more bool) {
	w.Ways = append(w.Ways, ways...)
	source := Node{Asset: from.asset, Field: from.field}
	if !more || slices.Contains(w.MoreFrom, source) {
		return
	}
	w.MoreFrom, w.Complete = append(w.MoreFrom, source), false
	w.Cut.add(CutWays)
}

// region is all from which values may come to an asset.
type region struct {
	src   Neighbourer
	asOf  time.Time
	seen  map[place]bool
	links []link
	// into and fields are the edges into an asset, and into its columns.
	into, fields map[catalog.AssetID][]catalog.Edge
	columns      columnsOf // that edges lead to
	cut          CutReason
}

func (r *region) explore(ctx context.Context, to place) error {
	r.seen[to] = true
	for frontier := []place{to}; len(frontier) > 0; {
		slices.SortFunc(frontier, comparePlaces)
		if err := r.load(ctx, assetsOf(frontier)); err != nil {
			return err
		}
		var next []place
		arriving := columnsOf{}
		for _, at := range frontier {
			arriving.add(at.asset, at.field)
		}
		for _, at := range frontier {
			name := r.columns[at.asset].meant(at.field, arriving[at.asset])
			for _, l := range r.before(at, name) {
				if !r.seen[l.from] && len(r.seen) >= taggedNodes {
					r.cut = CutNodes
					continue
				}
				r.links = append(r.links, l)
				if !r.seen[l.from] {
					r.seen[l.from] = true
					next = append(next, l.from)
				}
			}
		}
		frontier = next
	}
	return nil
}

// load reads what leads into assets, once.
func (r *region) load(ctx context.Context, ids []catalog.AssetID) error {
	ids = slices.DeleteFunc(ids, func(id catalog.AssetID) bool { _, known := r.into[id]; return known })
	for part := range slices.Chunk(ids, chunk) {
		for _, id := range part {
			r.into[id] = nil
		}
		for fields, list := range map[bool]map[catalog.AssetID][]catalog.Edge{false: r.into, true: r.fields} {
			edges, more, err := r.src.Neighbours(ctx, NeighbourQuery{Frontier: part, Direction: Upstream, Types: lineageTypes, Fields: fields, AsOf: r.asOf, Limit: edgeBudget})
			if err != nil {
				return err
			}
			if more {
				r.cut = CutMemory
			}
			for _, e := range edges {
				list[e.Target] = append(list[e.Target], e)
				r.columns.add(e.Target, e.TargetField)
			}
		}
	}
	return nil
}

// before are the steps by which values come to a place, of a column by the name
// that edges lead to it by.
func (r *region) before(at place, name string) (out []link) {
	explained := map[flow]bool{}
	for _, e := range r.fields[at.asset] {
		explained[flowOf(e.Job, e.Source, e.Target)] = true
		if e.Transformation.Type != "INDIRECT" && (name == "" || e.TargetField == "" || e.TargetField == name) {
			out = append(out, link{place{e.Source, e.SourceField}, at, e})
		}
	}
	for _, e := range r.into[at.asset] {
		maker := e.Job
		if e.Type == catalog.EdgeWrites {
			maker = e.Source
		}
		if e.Type == catalog.EdgeReads || e.Jobs || !explained[flowOf(maker, e.Source, e.Target)] {
			out = append(out, link{place{asset: e.Source}, at, e})
		}
	}
	return out
}

// sources are the tagged places, sorted. Of a dataset that is passed on as a
// whole the tagged columns are added as places that lead into it.
func (r *region) sources(ctx context.Context, rows Rower, q TagQuery) ([]place, error) {
	var nodes []Node
	for p := range r.seen {
		if p.asset != q.To {
			nodes = append(nodes, Node{Asset: p.asset, Field: p.field})
		}
	}
	assets, err := rowsOf(ctx, rows, nodes)
	if err != nil {
		return nil, err
	}
	var out []place
	for _, n := range nodes {
		for _, t := range assets[n.Asset].Tags {
			switch {
			case t.Key != q.Tag:
			case t.Field == "" || sameColumn(assets[n.Asset], t.Field, n.Field):
				out = append(out, place{n.Asset, n.Field})
			case n.Field == "":
				column := place{n.Asset, t.Field}
				out = append(out, column)
				r.links = append(r.links, link{from: column, to: place{asset: n.Asset}})
			}
		}
	}
	slices.SortFunc(out, comparePlaces)
	return slices.Compact(out), nil
}

// veil marks the end of a masked way as a place of its own: nothing leads on
// from there. No field is called so.
const veil = "\x00masked\x00"

// mazes are the steps that keep values as they are, and the same with masked
// steps that end.
func (r *region) mazes() (open, masked *maze) {
	var plain, ends []link
	for _, l := range r.links {
		if l.edge.Transformation.Masking {
			l.to.field = veil + l.to.field
			ends = append(ends, l)
		} else {
			plain = append(plain, l)
		}
	}
	return newMaze(plain), newMaze(slices.Concat(ends, plain))
}

// tagged finds the ways from one source, and says whether there are more.
func (m *maze) tagged(ctx context.Context, from place, q TagQuery, masked bool) (out []TaggedWay, more bool, err error) {
	start, known := m.index[from]
	if !known {
		return nil, false, nil
	}
	var goals []int
	for i, p := range m.places {
		if masked == isVeiled(p) && (masked || p == place{asset: q.To}) {
			goals = append(goals, i)
		}
	}
	ways, err := m.shortest(ctx, []int{start}, goals, q.K+1)
	if err != nil {
		return nil, false, err
	}
	for _, w := range ways[:min(len(ways), q.K)] {
		out = append(out, TaggedWay{masked, pathOf(m.columns(w)), m.along(w)})
	}
	return out, len(ways) > q.K, nil
}

// columns shows a way: it names the column by which values enter a dataset that
// is passed on as a whole, and lifts the veil.
func (m *maze) columns(way []place) []place {
	out := slices.Clone(way)
	for i := range out {
		if isVeiled(out[i]) {
			out[i].field = out[i].field[len(veil):]
		}
		if i > 0 && out[i].field == "" {
			out[i].field = m.edges[[2]int{m.index[way[i-1]], m.index[way[i]]}][0].TargetField
		}
	}
	return out
}

func isVeiled(p place) bool { return len(p.field) >= len(veil) && p.field[:len(veil)] == veil }
