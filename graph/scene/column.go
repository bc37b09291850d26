package scene

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// Heights of what is drawn, in pixels of a picture at its natural size. A row is
// a card and the gap below it.
const (
	CardHeight = 54
	LineHeight = 22
	RowHeight  = CardHeight + 20
)

// maxPlaces bounds the columns that one scene looks at on each side.
const maxPlaces = 5000

// place of a column; without a column it stands for the whole dataset.
type spot struct {
	asset  catalog.AssetID
	column string
}

// columnScene is a scene of columns while it is made.
type columnScene struct {
	*fans
	// edges are those that the focus has to do with, distance the hops to each
	// dataset on them, hidden the neighbours of each that were not read.
	edges    []catalog.Edge
	distance map[catalog.AssetID]int
	hidden   [2]map[catalog.AssetID]int
	// related are the columns that the edges touch.
	related map[catalog.AssetID]map[string]bool
	cutBy   graph.CutReason
}

// columns draws the datasets around the focus whose columns it has to do with.
func (r Reader) columns(ctx context.Context, a Ask) (*Scene, error) {
	c := &columnScene{fans: newFans(ctx, r, a), distance: map[catalog.AssetID]int{}, related: map[catalog.AssetID]map[string]bool{}}
	for _, id := range a.Focus {
		c.distance[id] = 0
	}
	for s, hops := range []int{a.Up, a.Down} {
		c.hidden[s] = map[catalog.AssetID]int{}
		if hops == 0 {
			continue
		}
		if err := c.follow(side(s), hops); err != nil {
			return nil, fmt.Errorf("scene of columns: %w", err)
		}
	}
	s, err := c.draw()
	if err != nil {
		return nil, fmt.Errorf("scene of columns: %w", err)
	}
	return s, nil
}

// follow walks one side and keeps the edges that the column asked for leads
// along.
func (c *columnScene) follow(s side, hops int) error {
	l, err := graph.Walk(c.ctx, c.reader.Graph, graph.Traversal{Roots: c.ask.Focus, Direction: s.direction(), Depth: hops, MaxNodes: maxPlaces, Granularity: graph.ByField, AsOf: c.ask.AsOf})
	if err != nil {
		return err
	}
	if l.Cut != graph.CutDepth {
		c.cutBy = cmp.Or(l.Cut, c.cutBy)
	}
	by := map[catalog.AssetID][]catalog.Edge{}
	for _, e := range l.Edges {
		near := e.Source
		if s == up {
			near = e.Target
		}
		by[near] = append(by[near], e)
	}
	reached := c.reach(s, by)
	for _, n := range l.Nodes {
		if reached[spot{n.Asset, n.Field}] {
			c.hidden[s][n.Asset] += n.HiddenUpstream + n.HiddenDownstream
		}
	}
	return nil
}

// reach goes breadth first from the column asked for.
func (c *columnScene) reach(s side, by map[catalog.AssetID][]catalog.Edge) map[spot]bool {
	reached := map[spot]bool{}
	var queue []spot
	for _, id := range c.ask.Focus {
		queue = append(queue, spot{id, c.ask.Column})
	}
	depth := map[spot]int{}
	used := map[catalog.Edge]bool{}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		for _, e := range by[p.asset] {
			near, to := e.SourceField, spot{e.Target, e.TargetField}
			if s == up {
				near, to = e.TargetField, spot{e.Source, e.SourceField}
			}
			if p.column != "" && near != "" && p.column != near {
				continue
			}
			if !used[e] {
				used[e] = true
				c.keep(e)
			}
			if reached[to] {
				continue
			}
			reached[to], depth[to] = true, depth[p]+1
			if _, known := c.distance[to.asset]; !known {
				if c.distance[to.asset] = depth[to]; s == up {
					c.distance[to.asset] = -depth[to]
				}
			}
			queue = append(queue, to)
		}
	}
	return reached
}

func (c *columnScene) keep(e catalog.Edge) {
	c.edges = append(c.edges, e)
	for _, p := range []spot{{e.Source, e.SourceField}, {e.Target, e.TargetField}} {
		if c.related[p.asset] == nil {
			c.related[p.asset] = map[string]bool{}
		}
		if p.column != "" {
			c.related[p.asset][p.column] = true
		}
	}
}

func (c *columnScene) draw() (*Scene, error) {
	ids := make([]catalog.AssetID, 0, len(c.distance))
	for id := range c.distance {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, catalog.AssetID.Compare)
	if err := c.name(ids); err != nil {
		return nil, err
	}
	slices.SortFunc(ids, func(a, b catalog.AssetID) int {
		return cmp.Or(abs(c.distance[a])-abs(c.distance[b]), c.compare(a, b))
	})
	if len(ids) > c.ask.Limit {
		ids, c.cutBy = ids[:c.ask.Limit], graph.CutNodes
	}
	schemas, err := c.reader.Columns(c.ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read columns: %w", err)
	}
	s := &Scene{Cut: c.cutBy, Complete: c.cutBy == ""}
	at := map[catalog.AssetID]int{}
	for i, id := range ids {
		at[id] = i
		d := &Drawable{Asset: id, Name: c.labels[id].Name, Distance: c.distance[id], Focus: slices.Contains(c.ask.Focus, id), HiddenUp: c.hidden[up][id], HiddenDown: c.hidden[down][id]}
		d.Columns, d.HiddenColumns = c.pick(d, schemas[id])
		lines := len(d.Columns)
		if d.HiddenColumns > 0 {
			lines++
		}
		d.Span = (RowHeight + LineHeight*lines + RowHeight - 1) / RowHeight
		s.Drawables = append(s.Drawables, d)
	}
	c.connect(s, at)
	s.Marks = marks(s.Edges)
	place(s, nil, c.compare)
	return s, nil
}

// pick chooses the columns that are drawn of a dataset: those related first, of
// the focus others as well, so that one can be chosen.
func (c *columnScene) pick(d *Drawable, schema []string) (out []Column, hidden int) {
	related := c.related[d.Asset]
	all := slices.Clone(schema)
	for name := range related {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	slices.Sort(all[len(schema):])
	chosen := func(name string) int {
		switch {
		case d.Focus && name == c.ask.Column:
			return 0
		case related[name]:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(all, func(a, b string) int { return chosen(a) - chosen(b) })
	for _, name := range all {
		if len(out) == MaxColumns || !d.Focus && chosen(name) == 2 {
			break
		}
		out = append(out, Column{name, chosen(name) < 2})
	}
	return out, len(all) - len(out)
}

// connect joins the drawn columns; where a column is not drawn, its dataset. An
// end that is not drawn at all is counted at the other.
func (c *columnScene) connect(s *Scene, at map[catalog.AssetID]int) {
	type ends struct {
		from, to    int
		left, right string
	}
	seen := map[ends]bool{}
	outside := map[[2]spot]bool{}
	for _, e := range c.edges {
		from, ok := at[e.Source]
		to, too := at[e.Target]
		switch {
		case ok && too:
			n := ends{from, to, s.Drawables[from].shows(e.SourceField), s.Drawables[to].shows(e.TargetField)}
			if from == to {
				s.Drawables[from].SelfLoop = true
			} else if !seen[n] {
				seen[n] = true
				s.Edges = append(s.Edges, Edge{Source: from, Target: to, SourceColumn: n.left, TargetColumn: n.right, Type: e.Type, Origin: e.Origin, From: e.From, Transformation: e.Transformation})
			}
		case ok:
			if p := [2]spot{{asset: e.Source}, {e.Target, e.TargetField}}; !outside[p] {
				outside[p] = true
				s.Drawables[from].HiddenDown++
			}
		case too:
			if p := [2]spot{{asset: e.Target}, {e.Source, e.SourceField}}; !outside[p] {
				outside[p] = true
				s.Drawables[to].HiddenUp++
			}
		}
	}
}

// shows gives a column's name when it is drawn.
func (d *Drawable) shows(column string) string {
	if slices.ContainsFunc(d.Columns, func(c Column) bool { return c.Name == column }) {
		return column
	}
	return ""
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
