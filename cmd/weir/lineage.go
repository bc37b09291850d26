package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
)

var lineageForms = []string{"tree", "table", "json", "dot", "mermaid", "svg"}

// lineageAsk is what is drawn.
type lineageAsk struct {
	up, down, maxNodes int
	columns            bool
	asOf               string
	filter             lineageFilter
}

// lineageFilter says which nodes are drawn; the others are walked through.
type lineageFilter struct{ tag, owner, tool, namespace, kind string }

// input is the filter of the question; empty when nothing is filtered.
func (f lineageFilter) input() (map[string]any, error) {
	in := map[string]any{}
	for name, v := range map[string]string{"tag": f.tag, "owner": f.owner, "tool": f.tool, "namespace": f.namespace} {
		if v != "" {
			in[name] = v
		}
	}
	if f.kind == "" {
		return in, nil
	}
	kind, _, err := catalog.KindOf(f.kind)
	if err != nil {
		return nil, usageError("one of "+strings.Join(catalog.KindWords(), ", "), "unknown kind %q", f.kind)
	}
	in["kind"] = kind
	return in, nil
}

func (a *app) lineageCommand() *cobra.Command {
	var q lineageAsk
	c := &cobra.Command{
		Use: "lineage NAME", Short: "Show where data comes from and where it goes", Args: cobra.ExactArgs(1),
		Example: `  weir lineage dataset:postgres://wh:5432/shop.marts.orders
  weir lineage orders -u 2 -d 0 --columns
  weir lineage orders -u 1 -d 1 -o svg > orders.svg
  weir lineage orders -u 0 --kind dashboard`,
		RunE: func(c *cobra.Command, args []string) error { return a.lineage(c, args[0], q) },
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, lineageForms...)
	f := c.Flags()
	f.IntVarP(&q.up, "upstream", "u", 5, "hops upstream; 0 none")
	f.IntVarP(&q.down, "downstream", "d", 5, "hops downstream; 0 none")
	f.IntVar(&q.maxNodes, "max-nodes", 500, "node budget for each direction, at most 2000; of a picture at most 500")
	f.BoolVar(&q.columns, "columns", false, "columns instead of assets")
	f.StringVar(&q.filter.tag, "tag", "", "show only what has this tag; the rest is walked through")
	f.StringVar(&q.filter.owner, "owner", "", "show only what this owner has")
	f.StringVar(&q.filter.tool, "tool", "", "show only jobs that this tool reports: dbt, airflow, spark ...")
	f.StringVar(&q.filter.namespace, "namespace", "", "show only this namespace")
	f.StringVar(&q.filter.kind, "kind", "", "show only datasets of this kind: table, view, file, topic, model, dashboard ...")
	f.StringVar(&q.asOf, "as-of", "", "as it was then: an RFC 3339 time")
	return c
}

// side is one walk of the answer.
type side struct {
	Nodes    []lineageNode `json:"nodes"`
	Edges    []lineageEdge `json:"edges"`
	Complete bool          `json:"complete"`
	Cut      *string       `json:"cut"`
	Position string        `json:"position"`
}

type lineageNode struct {
	ID               string  `json:"id"`
	Field            *string `json:"field"`
	Distance         int     `json:"distance"`
	HiddenUpstream   int     `json:"hiddenUpstream"`
	HiddenDownstream int     `json:"hiddenDownstream"`
	Asset            *asset  `json:"asset"`
}

// key tells nodes apart: an asset, or one of its columns.
func (n lineageNode) key() string {
	if n.Field != nil {
		return n.ID + "\x00" + *n.Field
	}
	return n.ID
}

// label is the node for people.
func (n lineageNode) label() string {
	name := n.ID
	if n.Asset != nil {
		name = n.Asset.String()
	}
	if n.Field != nil {
		name += "#" + *n.Field
	}
	return name
}

type lineageEdge struct {
	Source      string  `json:"source"`
	Target      string  `json:"target"`
	SourceField *string `json:"sourceField"`
	TargetField *string `json:"targetField"`
	Type        string  `json:"type"`
	Origin      string  `json:"origin"`
	Policy      *string `json:"policy"`
	ValidFrom   string  `json:"validFrom"`
}

func end(id string, field *string) string {
	if field != nil {
		return id + "\x00" + *field
	}
	return id
}

func (e lineageEdge) from() string { return end(e.Source, e.SourceField) }
func (e lineageEdge) to() string   { return end(e.Target, e.TargetField) }

// drawing is both walks around a root.
type drawing struct {
	root     asset
	up, down side
	link     string // of the page
}

func (a *app) lineage(c *cobra.Command, name string, q lineageAsk) error {
	form, err := output(c, lineageForms...)
	if err != nil {
		return err
	}
	if q.up < 0 || q.down < 0 {
		return usageError("-u 0 or -d 0 leaves a side out", "hops are 0 or more, not %d", min(q.up, q.down))
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	if pictureForms[form] != "" {
		p, err := newClient(cfg).picture(c.Context(), name, q, form)
		if err != nil {
			return err
		}
		a.sayHidden(p)
		_, err = io.WriteString(a.out, p.Picture)
		return err
	}
	d, err := newClient(cfg).lineage(c.Context(), name, q)
	if err != nil {
		return err
	}
	d.link = pageLink(cfg.URL, q.path(d.root.ID))
	if err := draw(a.out, form, d); err != nil {
		return err
	}
	a.sayCut("upstream", d.up)
	a.sayCut("downstream", d.down)
	if form != "json" {
		a.say("page: %s", d.link)
	}
	return nil
}

// sayCut: a part is never passed off as the whole.
func (a *app) sayCut(direction string, s side) {
	switch {
	case s.Complete || s.Cut == nil:
	case *s.Cut == noColumnLineage:
		a.say("%s may lack columns: a job there states no column lineage; without --columns it is shown", direction)
	case *s.Cut == memory:
		a.say("%s is cut (memory): one question does not read so many edges; ask nearer to what you look for, or with --%s 1", direction, direction)
	default:
		a.say("%s is cut (%s): more lies beyond; raise --%s or --max-nodes", direction, strings.ToLower(*s.Cut), direction)
	}
}

// The reasons for which asking for more does not help.
const (
	noColumnLineage = "NO_COLUMN_LINEAGE"
	memory          = "MEMORY"
)

// lineage asks for one walk each way.
func (c *client) lineage(ctx context.Context, name string, q lineageAsk) (drawing, error) {
	x, err := c.find(ctx, name)
	d := drawing{root: x, up: side{Complete: true}, down: side{Complete: true}}
	if err != nil {
		return d, err
	}
	if q.columns && x.Type == "JOB" {
		return d, usageError("ask for a dataset that it reads or writes; weir lineage "+x.String()+" -u 1 -d 1 lists them", "%s is a job, and columns are those of datasets", x)
	}
	for _, w := range []struct {
		direction string
		depth     int
		into      *side
	}{{"UPSTREAM", q.up, &d.up}, {"DOWNSTREAM", q.down, &d.down}} {
		if w.depth <= 0 {
			continue
		}
		if *w.into, err = c.walk(ctx, x.ID, w.direction, w.depth, q); err != nil {
			return d, err
		}
	}
	return d, nil
}

func (c *client) walk(ctx context.Context, id, direction string, depth int, q lineageAsk) (side, error) {
	vars := map[string]any{"roots": []string{id}, "direction": direction, "depth": depth, "maxNodes": q.maxNodes, "granularity": "ASSET"}
	if q.columns {
		vars["granularity"] = "FIELD"
	}
	if q.asOf != "" {
		vars["asOf"] = q.asOf
	}
	filter, err := q.filter.input()
	if err != nil {
		return side{}, err
	}
	if len(filter) > 0 {
		vars["filter"] = filter
	}
	var out struct{ Lineage side }
	err = c.graphql(ctx, `query($roots: [ID!]!, $direction: Direction!, $depth: Int, $maxNodes: Int, $granularity: Granularity, $asOf: Time, $filter: LineageFilter) {
 lineage(roots: $roots, direction: $direction, depth: $depth, maxNodes: $maxNodes, granularity: $granularity, asOf: $asOf, filter: $filter) {
  complete cut position
  nodes { id field distance hiddenUpstream hiddenDownstream asset { `+assetFields+` } }
  edges { source target sourceField targetField type origin policy validFrom } } }`, vars, &out)
	out.Lineage.addEnds()
	return out.Lineage, err
}

// addEnds adds the columns of the root: edges name them, nodes do not.
func (s *side) addEnds() {
	known, assets := map[string]bool{}, map[string]lineageNode{}
	for _, n := range s.Nodes {
		known[n.key()], assets[n.ID] = true, n
	}
	add := func(id string, field *string) {
		n := assets[id]
		if n.ID = id; field == nil || known[end(id, field)] {
			return
		}
		n.Field, known[end(id, field)] = field, true
		s.Nodes = append(s.Nodes, n)
	}
	for _, e := range s.Edges {
		add(e.Source, e.SourceField)
		add(e.Target, e.TargetField)
	}
	columns := map[string]bool{}
	for _, n := range s.Nodes {
		columns[n.ID] = columns[n.ID] || n.Field != nil
	}
	s.Nodes = slices.DeleteFunc(s.Nodes, func(n lineageNode) bool { return n.Field == nil && columns[n.ID] })
}

// draw prints a drawing in one of the forms.
func draw(w io.Writer, form string, d drawing) error {
	switch form {
	case "table":
		return drawTable(w, d)
	case "json":
		return printJSON(w, map[string]any{"root": d.root.String(), "upstream": d.up, "downstream": d.down, "link": d.link})
	default:
		fmt.Fprintln(w, d.root)
		drawTree(w, "upstream", d.up, true)
		drawTree(w, "downstream", d.down, false)
	}
	return nil
}

// drawTree prints one walk as a tree; a node met again is marked and not
// unfolded twice.
func drawTree(w io.Writer, title string, s side, up bool) {
	next, declared := map[string][]string{}, declaredIn(s.Edges)
	for _, e := range s.Edges {
		from, to := e.from(), e.to()
		if up {
			from, to = to, from
		}
		if !slices.Contains(next[from], to) {
			next[from] = append(next[from], to)
		}
	}
	t := tree{w: w, next: next, declared: declared, nodes: map[string]lineageNode{}, seen: map[string]bool{}, up: up}
	var roots []string
	for _, n := range s.Nodes {
		t.nodes[n.key()] = n
		if n.Distance == 0 {
			roots = append(roots, n.key())
		}
	}
	fmt.Fprintf(w, "%s\n", title)
	if len(s.Edges) == 0 {
		fmt.Fprintln(w, "  nothing")
	}
	slices.SortFunc(roots, func(a, b string) int { return strings.Compare(t.nodes[a].label(), t.nodes[b].label()) })
	for _, r := range roots {
		lead := "  "
		if t.nodes[r].Field != nil {
			fmt.Fprintf(w, "  #%s\n", *t.nodes[r].Field)
			lead = "    "
		}
		t.children(r, lead)
	}
}

// declaredIn is by which policy two ends are joined that nothing else joins.
func declaredIn(edges []lineageEdge) map[[2]string]string {
	out := map[[2]string]string{}
	for _, e := range edges {
		if e.Policy != nil {
			out[[2]string{e.from(), e.to()}] = *e.Policy
		}
	}
	for _, e := range edges {
		if e.Policy == nil {
			delete(out, [2]string{e.from(), e.to()})
		}
	}
	return out
}

type tree struct {
	w        io.Writer
	next     map[string][]string
	declared map[[2]string]string
	nodes    map[string]lineageNode
	seen     map[string]bool
	up       bool
}

// by says which policy declares a step, when nothing else shows it.
func (t *tree) by(from, to string) string {
	if t.up {
		from, to = to, from
	}
	if p := t.declared[[2]string{from, to}]; p != "" {
		return ", declared by policy " + p
	}
	return ""
}

func (t *tree) children(key, lead string) {
	t.seen[key] = true
	list := slices.Clone(t.next[key])
	slices.SortFunc(list, func(a, b string) int { return strings.Compare(t.nodes[a].label(), t.nodes[b].label()) })
	for i, k := range list {
		branch, rest := "├─ ", "│  "
		if i == len(list)-1 {
			branch, rest = "└─ ", "   "
		}
		n := t.nodes[k]
		note := t.by(key, k)
		if h := n.hidden(t.up); h > 0 {
			note += fmt.Sprintf(" (+%d hidden)", h)
		}
		if t.seen[k] {
			fmt.Fprintf(t.w, "%s%s%s%s (above)\n", lead, branch, n.label(), t.by(key, k))
			continue
		}
		fmt.Fprintf(t.w, "%s%s%s%s\n", lead, branch, n.label(), note)
		t.children(k, lead+rest)
	}
}

func (n lineageNode) hidden(up bool) int {
	if up {
		return n.HiddenUpstream
	}
	return n.HiddenDownstream
}

func drawTable(w io.Writer, d drawing) error {
	var rows [][]string
	for _, s := range []struct {
		title string
		side
	}{{"upstream", d.up}, {"downstream", d.down}} {
		for _, n := range s.Nodes {
			if n.Distance > 0 {
				rows = append(rows, []string{s.title, strconv.Itoa(n.Distance), n.label(), strconv.Itoa(n.hidden(s.title == "upstream"))})
			}
		}
	}
	return printTable(w, []string{"SIDE", "HOPS", "ASSET", "HIDDEN"}, rows)
}
