package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/graph"
)

var pathForms = []string{"table", "json"}

// pathAsk is what weir paths asks.
type pathAsk struct {
	tag, asOf string
	k         int
	columns   bool
}

func (a *app) pathsCommand() *cobra.Command {
	var q pathAsk
	c := &cobra.Command{
		Use: "paths FROM TO | --tag KEY TO", Aliases: []string{"path"}, Short: "Show on which ways data gets from one place to another", Args: cobra.RangeArgs(1, 2),
		Long: `The shortest ways, none of which passes anything twice.

With --tag: every dataset and column that carries the tag and whose values reach TO,
such as personal data a dashboard. Where column lineage is known it is followed,
else anything that a job reads may get into what it writes. A masked column ends
its way, which is shown as such.`,
		Example: `  weir paths shop.raw.orders shop.marts.orders
  weir paths shop.raw.orders shop.marts.orders --columns -k 10
  weir paths --tag pii dataset:looker/revenue`,
		RunE: func(c *cobra.Command, args []string) error { return a.paths(c, args, q) },
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, pathForms...)
	f := c.Flags()
	f.StringVar(&q.tag, "tag", "", "the ways from everything that carries this tag")
	f.IntVarP(&q.k, "count", "k", 3, "how many ways, with --tag of each source; at most 50")
	f.BoolVar(&q.columns, "columns", false, "ways over columns instead of assets")
	f.StringVar(&q.asOf, "as-of", "", "as it was then: an RFC 3339 time")
	return c
}

// way is one path of an answer.
type way struct {
	Masked bool          `json:"masked"`
	Nodes  []lineageNode `json:"nodes"`
	Edges  []lineageEdge `json:"edges"`
	// Complete of a way between two ends: no other was overlooked.
	Complete *bool   `json:"complete,omitempty"`
	Cut      *string `json:"cut,omitempty"`
}

// ways is an answer: what was left out is in it, so that "no way" and "not all
// was looked at" differ.
type ways struct {
	Paths    []way
	Complete bool
	Cut      *string
	// MoreFrom are the tagged sources from which more ways lead than were asked
	// for.
	MoreFrom []lineageNode
}

func (a *app) paths(c *cobra.Command, args []string, q pathAsk) error {
	form, err := output(c, pathForms...)
	if err != nil {
		return err
	}
	if (q.tag == "") != (len(args) == 2) {
		return usageError("weir paths FROM TO\nweir paths --tag pii TO", "a path has two ends, or with --tag one")
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	ends, err := newClient(cfg).ends(c.Context(), args)
	if err != nil {
		return err
	}
	ask := newClient(cfg).between
	if q.tag != "" {
		ask = newClient(cfg).tagged
	}
	found, err := ask(c.Context(), ends, q)
	if err != nil {
		return err
	}
	link := pageLink(cfg.URL, q.path(ends))
	if err := a.printWays(form, q, found, link); err != nil {
		return err
	}
	if said := found.leavesOut(q.k); said != "" {
		a.say("%s", said)
	}
	if form != "json" {
		a.say("page: %s", link)
	}
	if len(found.Paths) == 0 && q.tag == "" {
		return withCode(exitFindings, fmt.Errorf("no data gets from %s to %s", ends[0], ends[1]))
	}
	return nil
}

// leavesOut says what the answer does not show; "" when that is nothing.
func (w ways) leavesOut(k int) string {
	switch cut := deref(w.Cut); {
	case w.Complete:
		return ""
	case cut == noColumnLineage:
		return "jobs without column lineage lie between: there may be more ways; without --columns they are shown"
	case len(w.MoreFrom) > 0:
		from := make([]string, len(w.MoreFrom))
		for i, n := range w.MoreFrom {
			from[i] = n.label()
		}
		said := fmt.Sprintf("more ways than %d lead from %s: -k shows up to %d", k, strings.Join(from, ", "), graph.MaxPaths)
		if cut != string(graph.CutWays) {
			said += fmt.Sprintf("; and the search was cut (%s)", inWords(cut))
		}
		return said
	default:
		return fmt.Sprintf("the search was cut (%s): there may be more ways", inWords(cut))
	}
}

func (a *app) printWays(form string, q pathAsk, found ways, link string) error {
	if form == "json" {
		fields := map[string]any{"paths": found.Paths, "complete": found.Complete, "cut": found.Cut, "link": link}
		if q.tag != "" {
			fields["moreFrom"] = found.MoreFrom
		}
		return printJSON(a.out, fields)
	}
	var rows [][]string
	for _, w := range found.Paths {
		var steps []string
		for _, n := range w.Nodes {
			steps = append(steps, n.label())
		}
		word := "open"
		if w.Masked {
			word = "masked"
		}
		rows = append(rows, []string{strconv.Itoa(len(w.Nodes) - 1), word, strings.Join(steps, " -> ")})
	}
	return printTable(a.out, []string{"HOPS", "STATE", "PATH"}, rows)
}

func (c *client) ends(ctx context.Context, args []string) (out []asset, err error) {
	for _, text := range args {
		x, err := c.find(ctx, text)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

const wayFields = `nodes { id field distance asset { ` + assetFields + ` } } edges { source target sourceField targetField type origin policy validFrom }`

func (c *client) between(ctx context.Context, ends []asset, q pathAsk) (ways, error) {
	vars := map[string]any{"from": ends[0].ID, "to": ends[1].ID, "k": q.k, "granularity": "ASSET", "asOf": orNull(q.asOf)}
	if q.columns {
		vars["granularity"] = "FIELD"
	}
	var out struct{ Paths []way }
	err := c.graphql(ctx, `query($from: ID!, $to: ID!, $k: Int, $granularity: Granularity, $asOf: Time) { paths(from: $from, to: $to, k: $k, granularity: $granularity, asOf: $asOf) { complete cut `+wayFields+` } }`, vars, &out)
	found := ways{Paths: out.Paths, Complete: true} // none: the question is refused where the search was cut
	for _, w := range out.Paths {
		found.Complete, found.Cut = w.Complete == nil || *w.Complete, w.Cut // all alike
	}
	return found, err
}

func (c *client) tagged(ctx context.Context, ends []asset, q pathAsk) (ways, error) {
	var out struct{ TaggedPaths ways }
	err := c.graphql(ctx, `query($tag: String!, $to: ID!, $k: Int, $asOf: Time) { taggedPaths(tag: $tag, to: $to, k: $k, asOf: $asOf) { complete cut moreFrom { id field distance asset { `+assetFields+` } } paths { masked `+wayFields+` } } }`,
		map[string]any{"tag": q.tag, "to": ends[0].ID, "k": q.k, "asOf": orNull(q.asOf)}, &out)
	return out.TaggedPaths, err
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
