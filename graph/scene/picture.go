package scene

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// Paint says how drawables look: what a picture needs that a scene has not.
type Paint struct {
	// Title stands above a picture; empty: none.
	Title string
	// Status gives the word of an asset's status and its tone; "" for none.
	Status func(id catalog.AssetID) (word string, tone Tone)
}

// Tone is what a status means to people.
type Tone string

// The tones.
const (
	Calm  Tone = "calm"
	Good  Tone = "good"
	Busy  Tone = "busy"
	Warn  Tone = "warn"
	Bad   Tone = "bad"
	Doubt Tone = "unknown"
)

// plain makes a name harmless in any picture: what controls a terminal, a line
// or the direction of writing becomes a sign that one can see.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) {
			return '�'
		}
		return r
	}, s)
}

// Short keeps the ends of a long name, the last part longer, where the
// difference is.
func Short(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	head := max(4, most/3)
	return string(r[:head]) + "…" + string(r[len(r)-(most-head-1):])
}

// label is a drawable's full name for people.
func (d *Drawable) label() string {
	if d.Bundle() {
		return d.more()
	}
	if d.Name.IsZero() {
		return d.Asset.String()
	}
	return plain(d.Name.String())
}

// more says what a bundle holds.
func (d *Drawable) more() string {
	if d.Side == graph.Upstream {
		return fmt.Sprintf("%d more upstream", len(d.Bundled))
	}
	return fmt.Sprintf("%d more downstream", len(d.Bundled))
}

// beyond says what is hidden next to a drawable; "" for nothing.
func (d *Drawable) beyond() string {
	var out []string
	if d.HiddenUp > 0 {
		out = append(out, fmt.Sprintf("+%d upstream", d.HiddenUp))
	}
	if d.HiddenDown > 0 {
		out = append(out, fmt.Sprintf("+%d downstream", d.HiddenDown))
	}
	if d.HiddenColumns > 0 {
		out = append(out, fmt.Sprintf("+%d columns", d.HiddenColumns))
	}
	return strings.Join(out, ", ")
}

// Dot writes the scene for Graphviz.
func (s *Scene) Dot(p Paint) string {
	var b strings.Builder
	b.WriteString("digraph lineage {\n  rankdir=LR;\n  node [fontname=\"sans-serif\", shape=box];\n")
	for i, d := range s.Drawables {
		shape := "box"
		switch {
		case d.Bundle():
			shape = "folder"
		case d.Name.Type == catalog.TypeJob:
			shape = "ellipse"
		}
		fmt.Fprintf(&b, "  n%d [label=%s, shape=%s%s];\n", i, dotText(s.lines(d, p)), shape, map[bool]string{true: ", penwidth=2"}[d.Focus])
		if d.SelfLoop {
			fmt.Fprintf(&b, "  n%d -> n%d;\n", i, i)
		}
	}
	for _, e := range s.Edges {
		fmt.Fprintf(&b, "  n%d -> n%d%s;\n", e.Source, e.Target, dotStyle(e))
	}
	b.WriteString("}\n")
	return b.String()
}

// lines are what is written on a drawable in a picture of text.
func (s *Scene) lines(d *Drawable, p Paint) []string {
	out := []string{d.label()}
	if p.Status != nil && !d.Bundle() {
		if word, _ := p.Status(d.Asset); word != "" {
			out = append(out, word)
		}
	}
	if more := d.beyond(); more != "" {
		out = append(out, more)
	}
	return out
}

func dotText(lines []string) string {
	for i, l := range lines {
		lines[i] = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(l)
	}
	return `"` + strings.Join(lines, `\n`) + `"`
}

func dotStyle(e Edge) string {
	var attrs []string
	if label := e.label(); label != "" {
		attrs = append(attrs, "label="+dotText([]string{label}))
	}
	if e.Back {
		attrs = append(attrs, "style=dashed", "constraint=false")
	}
	if attrs == nil {
		return ""
	}
	return " [" + strings.Join(attrs, ", ") + "]"
}

// label says what is on an edge.
func (e Edge) label() string {
	var out []string
	if e.SourceColumn != "" || e.TargetColumn != "" {
		out = append(out, plain(e.SourceColumn)+" → "+plain(e.TargetColumn))
	}
	if e.Through > 0 {
		out = append(out, fmt.Sprintf("over %d", e.Through))
	}
	return strings.Join(out, ", ")
}

// Mermaid writes the scene as a flow chart of Mermaid, as pull requests show it.
func (s *Scene) Mermaid(p Paint) string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for i, d := range s.Drawables {
		open, shut := "[", "]"
		switch {
		case d.Bundle():
			open, shut = "[[", "]]"
		case d.Name.Type == catalog.TypeJob:
			open, shut = "([", "])"
		}
		fmt.Fprintf(&b, "  n%d%s\"%s\"%s\n", i, open, mermaidText(s.lines(d, p)), shut)
		if d.SelfLoop {
			fmt.Fprintf(&b, "  n%d --> n%d\n", i, i)
		}
	}
	for _, e := range s.Edges {
		arrow := "-->"
		if e.Back {
			arrow = "-.->"
		}
		if label := e.label(); label != "" {
			arrow += "|\"" + mermaidText([]string{label}) + "\"|"
		}
		fmt.Fprintf(&b, "  n%d %s n%d\n", e.Source, arrow, e.Target)
	}
	return b.String()
}

// mermaidText writes what Mermaid would read as its own or as HTML as character
// codes (mermaid.js.org, Flowcharts: entity codes to escape characters).
func mermaidText(lines []string) string {
	for i, l := range lines {
		var b strings.Builder
		for _, r := range l {
			if strings.ContainsRune("\"<>&#`;|\\", r) {
				fmt.Fprintf(&b, "#%d;", r)
			} else {
				b.WriteRune(r)
			}
		}
		lines[i] = b.String()
	}
	return strings.Join(lines, "<br/>")
}
