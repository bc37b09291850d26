package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
)

// foreseen lets a command that says which assets there are be looked at first.
func foreseen(c *cobra.Command) *cobra.Command {
	c.Flags().Bool("dry-run", false, "say which assets would end and which would come, and state nothing")
	return c
}

// foreseenAsset is an asset as it is, or would be.
type foreseenAsset struct {
	Names     []fullName `json:"names"`
	NameCount int        `json:"nameCount"`
	Holds     *struct {
		Edges    int      `json:"edges"`
		Versions int      `json:"versions"`
		Runs     int      `json:"runs"`
		Policies []string `json:"policies"`
		Complete bool     `json:"complete"`
	} `json:"holds"`
}

// dryRunFlag lets any other act be looked at first.
func dryRunFlag(c *cobra.Command, on *bool) {
	c.Flags().BoolVar(on, "dry-run", false, "say what it would do, and do nothing")
}

// foreseenAct is what an act would do.
type foreseenAct struct {
	Says    string `json:"says"`
	Refused *struct {
		Message string  `json:"message"`
		Hint    *string `json:"hint"`
	} `json:"refused"`
	Waits   []string `json:"waits"`
	Touched int      `json:"touched"`
	Touches []struct {
		Action struct {
			ID         string `json:"id"`
			TargetName nameOf `json:"targetName"`
		} `json:"action"`
		Says string `json:"says"`
	} `json:"touches"`
	Identity *foreseenIdentity `json:"identity"`
}

// foreseenIdentity is what a merge would make of names.
type foreseenIdentity struct {
	Now    []foreseenAsset `json:"now"`
	Then   []foreseenAsset `json:"then"`
	Hidden int             `json:"hidden"`
}

const (
	foreseenAssetFields = `{ names { namespace name } nameCount holds { edges versions runs policies complete } }`
	foreseenActFields   = `{ says refused { message hint } waits touched touches { action { id targetName { namespace name } } says } identity { hidden now ` + foreseenAssetFields + ` then ` + foreseenAssetFields + ` } }`
)

// foresee says what an act would do, a merge also what it would make of names;
// exit 1 when it would be refused.
func (a *app) foresee(ctx context.Context, w *client, form, mutation string, input map[string]any) error {
	var out struct{ Preview foreseenAct }
	if err := w.graphql(ctx, `query($of: PreviewInput!) { preview(of: $of) `+foreseenActFields+` }`, map[string]any{"of": map[string]any{mutation: input}}, &out); err != nil {
		return err
	}
	p := out.Preview
	if form == "json" {
		if err := printJSON(a.out, map[string]any{"preview": p}); err != nil {
			return err
		}
	}
	if p.Refused != nil {
		return catalog.WithHint(fmt.Errorf("it would be refused: %s", oneLine(p.Refused.Message)), deref(p.Refused.Hint))
	}
	if form != "json" {
		p.print(a.out)
	}
	return nil
}

func (p foreseenAct) print(to io.Writer) {
	fmt.Fprintf(to, "It %s.\n", oneLine(p.Says))
	for _, why := range p.Waits {
		fmt.Fprintf(to, "waits %s\n", oneLine(why))
	}
	for _, t := range p.Touches {
		fmt.Fprintf(to, "also  %s (%s): %s\n", oneLine(t.Action.TargetName.Name), t.Action.ID, oneLine(t.Says))
	}
	if more := p.Touched - len(p.Touches); more > 0 {
		fmt.Fprintf(to, "and %s more\n", count(more, "action", "actions"))
	}
	if p.Identity != nil {
		p.Identity.print(to)
	}
}

func (i foreseenIdentity) print(to io.Writer) {
	for _, x := range i.Now {
		x.print(to, "now")
	}
	for _, x := range i.Then {
		x.print(to, "then")
	}
	if i.Hidden > 0 {
		fmt.Fprintf(to, "%s that you may not read\n", count(i.Hidden, "asset", "assets"))
	}
}

func (x foreseenAsset) print(to io.Writer, when string) {
	names := make([]string, len(x.Names))
	for i, n := range x.Names {
		names[i] = oneLine(n.String())
	}
	line := fmt.Sprintf("%-5s %s", when, strings.Join(names, ", "))
	if more := x.NameCount - len(names); more > 0 {
		line += fmt.Sprintf(" and %d more", more)
	}
	if h := x.Holds; h != nil {
		least, by := "", "no policy"
		if !h.Complete {
			least = "at least "
		}
		if len(h.Policies) > 0 {
			by = "policies " + strings.Join(h.Policies, ", ")
		}
		line += fmt.Sprintf(" (%s%s, %s, %s, %s)", least, count(h.Edges, "edge", "edges"), count(h.Versions, "version", "versions"), count(h.Runs, "run", "runs"), by)
	}
	fmt.Fprintln(to, line)
}
