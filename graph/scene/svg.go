package scene

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// Widths of a picture, in pixels.
const (
	CardWidth   = 236
	ColumnWidth = CardWidth + 72
	margin      = 24
	titleHeight = 34
)

// colours of the tones: text, and the ground of a status.
var colours = map[Tone]string{Calm: "#586572", Good: "#14703c", Busy: "#1f57a8", Warn: "#8a5300", Bad: "#b3231d", Doubt: "#6a3ea1"}

// canvas is a picture while it is painted.
type canvas struct {
	strings.Builder
	s          *Scene
	p          Paint
	left, top  int // the least rank and row
	down       int // where the cards begin
	wide, high int
}

// SVG paints the scene at its natural size, as a file of its own: no style
// sheet, no script, no font but the reader's.
func (s *Scene) SVG(p Paint) string {
	c := &canvas{s: s, p: p, down: margin}
	c.measure()
	fmt.Fprintf(c, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="13">`+"\n", c.wide, c.high, c.wide, c.high)
	if p.Title != "" {
		fmt.Fprintf(c, "<title>%s</title>\n", escape(p.Title))
	}
	fmt.Fprintf(c, `<rect width="%d" height="%d" fill="#f7f8f9"/>`+"\n", c.wide, c.high)
	c.WriteString(`<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8Z" fill="#8b98a5"/></marker></defs>` + "\n")
	if p.Title != "" {
		c.text(margin, margin+6, 15, "#17202a", true, Short(plain(p.Title), max(20, (c.wide-2*margin)/8)))
	}
	for _, e := range s.Edges {
		c.edge(e)
	}
	for _, d := range s.Drawables {
		c.card(d)
	}
	c.WriteString("</svg>\n")
	return c.String()
}

func (c *canvas) measure() {
	right, bottom := 0, 0
	for i, d := range c.s.Drawables {
		if i == 0 {
			c.left, c.top, right, bottom = d.Rank, d.Row, d.Rank, d.Row+d.Span
		}
		c.left, c.top, right, bottom = min(c.left, d.Rank), min(c.top, d.Row), max(right, d.Rank), max(bottom, d.Row+d.Span)
	}
	if c.p.Title != "" {
		c.down += titleHeight
	}
	c.wide, c.high = 2*margin+(right-c.left)*ColumnWidth+CardWidth, c.down+margin+(bottom-c.top)*RowHeight-(RowHeight-CardHeight)
}

// at is the upper left corner of a drawable.
func (c *canvas) at(d *Drawable) (x, y int) {
	return margin + (d.Rank-c.left)*ColumnWidth, c.down + (d.Row-c.top)*RowHeight
}

// port is the height at which an edge meets a drawable.
func (d *Drawable) port(column string) int {
	for i, col := range d.Columns {
		if column != "" && col.Name == column {
			return CardHeight + i*LineHeight + LineHeight/2
		}
	}
	return CardHeight / 2
}

func (c *canvas) edge(e Edge) {
	from, to := c.s.Drawables[e.Source], c.s.Drawables[e.Target]
	x1, y1 := c.at(from)
	x2, y2 := c.at(to)
	x1, y1, y2 = x1+CardWidth, y1+from.port(e.SourceColumn), y2+to.port(e.TargetColumn)
	bend := max(36, (x2-x1)/2)
	dash := ""
	if e.Back {
		bend, dash = 60, ` stroke-dasharray="5 4"`
	}
	path, middle := fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x1+bend, y1, x2-bend, y2, x2, y2), (y1+y2)/2
	if e.Laned {
		gap := ColumnWidth - CardWidth
		middle = c.down + laneHeight(e.Lane-c.top)
		path = fmt.Sprintf("M%d %dC%d %d %d %d %d %dH%dC%d %d %d %d %d %d", x1, y1, x1+gap/2, y1, x1+gap/2, middle, x1+gap, middle, x2-gap, x2-gap/2, middle, x2-gap/2, y2, x2, y2)
	}
	fmt.Fprintf(c, `<path d="%s" fill="none" stroke="#8b98a5" stroke-width="1.3"%s marker-end="url(#arrow)"/>`+"\n", path, dash)
	if e.Through > 0 {
		c.text((x1+x2)/2-8, middle-4, 11, "#586572", false, fmt.Sprint("·", e.Through))
	}
}

func (c *canvas) card(d *Drawable) {
	x, y := c.at(d)
	high := d.tall()
	stroke, width := "#d5dbe0", 1.0
	if d.Focus {
		stroke, width = "#0b6478", 2
	}
	c.WriteString("<g>")
	fmt.Fprintf(c, "<title>%s</title>", escape(d.label()))
	dash := ""
	if d.Bundle() {
		dash = ` stroke-dasharray="4 3"`
	}
	fmt.Fprintf(c, `<rect x="%d" y="%d" width="%d" height="%d" rx="8" fill="#fff" stroke="%s" stroke-width="%g"%s/>`, x, y, CardWidth, high, stroke, width, dash)
	if d.Bundle() {
		c.text(x+14, y+32, 13, "#17202a", true, d.more())
	} else {
		c.icon(d, x+12, y+12)
		c.text(x+34, y+24, 13, "#17202a", true, Short(plain(d.Name.Name), 25))
		c.status(d, x+34, y+43)
	}
	for i, col := range d.Columns {
		c.column(x, y+CardHeight+i*LineHeight, plain(col.Name), col.Related)
	}
	if d.HiddenColumns > 0 {
		c.column(x, y+CardHeight+len(d.Columns)*LineHeight, fmt.Sprintf("%d more columns", d.HiddenColumns), false)
	}
	c.badges(d, x, y)
	c.WriteString("</g>\n")
}

func (c *canvas) column(x, y int, name string, strong bool) {
	fmt.Fprintf(c, `<path d="M%d %dH%d" stroke="#e3e7ea"/>`, x, y, x+CardWidth)
	colour := "#586572"
	if strong {
		colour = "#17202a"
	}
	c.text(x+14, y+15, 12, colour, false, Short(name, 32))
}

func (c *canvas) icon(d *Drawable, x, y int) {
	shape := `<rect x="2.5" y="3" width="11" height="10" rx="1.5"/><path d="M2.5 6.5h11M6.5 6.5V13"/>`
	if d.Name.Type == catalog.TypeJob {
		shape = `<path d="M8 2 13.2 5v6L8 14l-5.2-3V5Z"/><circle cx="8" cy="8" r="1.8"/>`
	}
	fmt.Fprintf(c, `<g transform="translate(%d %d)" fill="none" stroke="#586572" stroke-width="1.5">%s</g>`, x, y, shape)
}

// status writes the word of a status; what it means is shown by its colour too.
func (c *canvas) status(d *Drawable, x, y int) {
	word, tone := strings.ToLower(d.Name.Type.String()), Calm
	if c.p.Status != nil {
		if w, t := c.p.Status(d.Asset); w != "" {
			word, tone = w, t
		}
	}
	c.text(x, y, 12, colours[tone], tone != Calm, word)
}

// badges are the counts of what is hidden at the borders, and that a thing is
// made of itself.
func (c *canvas) badges(d *Drawable, x, y int) {
	if d.HiddenUp > 0 {
		c.badge(x, y, graph.Upstream, d.HiddenUp)
	}
	if d.HiddenDown > 0 {
		c.badge(x+CardWidth, y, graph.Downstream, d.HiddenDown)
	}
	if d.SelfLoop {
		c.text(x+CardWidth-22, y+43, 13, "#586572", false, "↻")
	}
}

func (c *canvas) badge(x, y int, side graph.Direction, n int) {
	text := fmt.Sprint("+", n)
	wide := 12 + 7*len(text)
	if side == graph.Upstream {
		x -= 6
	} else {
		x += 6 - wide
	}
	fmt.Fprintf(c, `<rect x="%d" y="%d" width="%d" height="18" rx="9" fill="#eef1f3" stroke="#d5dbe0"/>`, x, y-9, wide)
	c.text(x+6, y+4, 11, "#586572", true, text)
}

func (c *canvas) text(x, y, size int, colour string, bold bool, s string) {
	weight := ""
	if bold {
		weight = ` font-weight="600"`
	}
	fmt.Fprintf(c, `<text x="%d" y="%d" font-size="%d" fill="%s"%s>%s</text>`, x, y, size, colour, weight, escape(s))
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}
