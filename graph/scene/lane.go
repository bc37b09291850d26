package scene

import "math"

// clearance is how far an edge keeps from a card that it does not join, in
// pixels.
const clearance = 4

// lanes finds a way around for every edge that would run behind a card which it
// does not join: there it would seem to lead to that card, and to come from it.
func (s *Scene) lanes() {
	at := map[int][]*Drawable{}
	for _, d := range s.Drawables {
		at[d.Rank] = append(at[d.Rank], d)
	}
	for i := range s.Edges {
		e := &s.Edges[i]
		from, to := s.Drawables[e.Source], s.Drawables[e.Target]
		var between []*Drawable
		for r := from.Rank + 1; r < to.Rank; r++ {
			between = append(between, at[r]...)
		}
		c := curve{x1: from.Rank*ColumnWidth + CardWidth, y1: from.Row*RowHeight + from.port(e.SourceColumn), x2: to.Rank * ColumnWidth, y2: to.Row*RowHeight + to.port(e.TargetColumn)}
		if e.Laned = c.behind(between); e.Laned {
			e.Lane = laneOf(between, (c.y1+c.y2)/2)
		}
	}
}

// laneOf is the row above which an edge runs free between its ends, the nearest
// to a height: of two the upper one.
func laneOf(between []*Drawable, y int) int {
	free := func(row int) bool {
		for _, d := range between {
			if d.Row < row && row < d.Row+d.Span {
				return false
			}
		}
		return true
	}
	nearest := int(math.Round(float64(y-laneHeight(0)) / RowHeight))
	for by := 0; ; by++ {
		for _, row := range []int{nearest - by, nearest + by} {
			if free(row) {
				return row
			}
		}
	}
}

// laneHeight is the middle of the gap above a row.
func laneHeight(row int) int { return row*RowHeight - (RowHeight-CardHeight)/2 }

// curve is the way of an edge from a right side to a left one.
type curve struct{ x1, y1, x2, y2 int }

// behind reports whether it runs behind one of some cards.
func (c curve) behind(cards []*Drawable) bool {
	for _, d := range cards {
		left := d.Rank * ColumnWidth
		a, b := c.height(left), c.height(left+CardWidth)
		top, bottom := d.Row*RowHeight-clearance, d.Row*RowHeight+d.tall()+clearance
		if min(a, b) < float64(bottom) && max(a, b) > float64(top) {
			return true
		}
	}
	return false
}

// height is where the curve is at x: both its co-ordinates only grow, or only
// fall, so that halving finds it.
func (c curve) height(x int) float64 {
	bend := float64(c.x2-c.x1) / 2
	lo, hi := 0.0, 1.0
	for range 24 {
		t := (lo + hi) / 2
		u := 1 - t
		at := float64(c.x1)*(u*u*u+3*u*u*t) + float64(c.x2)*(3*u*t*t+t*t*t) + 3*u*t*bend*(u-t)
		if at < float64(x) {
			lo = t
		} else {
			hi = t
		}
	}
	t := (lo + hi) / 2
	return float64(c.y1) + float64(c.y2-c.y1)*t*t*(3-2*t)
}

// tall is how high its card is.
func (d *Drawable) tall() int {
	high := CardHeight + LineHeight*len(d.Columns)
	if d.HiddenColumns > 0 {
		high += LineHeight
	}
	return high
}
