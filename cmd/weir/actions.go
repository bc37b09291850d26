package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
)

func (a *app) actionsCommand() *cobra.Command {
	var open, asked bool
	var of string
	var first int
	c := &cobra.Command{
		Use: "actions", Short: "List what weir does and did", Args: cobra.NoArgs,
		Example: "  weir actions --open\n  weir actions --of action_0198c0de-0000-7000-8000-000000000001   # the runs of a backfill",
		RunE: func(c *cobra.Command, _ []string) error {
			filter := map[string]any{}
			if open {
				filter["open"] = true
			}
			if asked {
				filter["states"] = []catalog.ActionState{catalog.ActionAwaitingApproval}
			}
			if of != "" {
				filter["parent"] = of
			}
			return a.listActions(c, filter, first)
		},
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "text", "json")
	f := c.Flags()
	f.BoolVar(&open, "open", false, "only those that are not closed")
	f.BoolVar(&asked, "awaiting-approval", false, "only those that wait for approval")
	f.StringVar(&of, "of", "", "only the runs of this backfill")
	f.IntVar(&first, "first", 50, "how many at most, 200 or fewer")
	return c
}

func (a *app) listActions(c *cobra.Command, filter map[string]any, first int) error {
	form, err := output(c, "text", "json")
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	var out struct {
		Actions struct {
			Nodes    []actionRow                `json:"nodes"`
			PageInfo struct{ HasNextPage bool } `json:"pageInfo"`
		}
	}
	query := `query($f: ActionFilter, $n: Int) { actions(filter: $f, first: $n) { nodes { ` + actionFields + ` } pageInfo { hasNextPage } } }`
	if err := newClient(cfg).graphql(c.Context(), query, map[string]any{"f": filter, "n": first}, &out); err != nil {
		return err
	}
	if form == "json" {
		return printJSON(a.out, map[string]any{"actions": out.Actions.Nodes, "complete": !out.Actions.PageInfo.HasNextPage})
	}
	for _, r := range out.Actions.Nodes {
		fmt.Fprintf(a.out, "%s  %s\n", clock(r.CreatedAt), r.line())
	}
	if out.Actions.PageInfo.HasNextPage {
		a.say("there are more: --first")
	}
	return nil
}

// actionRow is an action as the commands print it.
type actionRow struct {
	ID          string     `json:"id"`
	Kind        string     `json:"kind"`
	State       string     `json:"state"`
	TargetName  nameOf     `json:"targetName"`
	Connector   string     `json:"connector"`
	ToolJob     string     `json:"toolJob"`
	ExternalID  string     `json:"externalId"`
	NominalTime *time.Time `json:"nominalTime"`
	AskedBy     string     `json:"askedBy"`
	Reason      string     `json:"reason"`
	RequestKey  string     `json:"requestKey"`
	CreatedAt   time.Time  `json:"createdAt"`
	Says        string     `json:"says"`
	Progress    *struct {
		Planned   int `json:"planned"`
		Made      int `json:"made"`
		Open      int `json:"open"`
		Succeeded int `json:"succeeded"`
		Failed    int `json:"failed"`
	} `json:"progress"`
}

const actionFields = `id kind state targetName { namespace name } connector toolJob externalId nominalTime askedBy reason requestKey createdAt says
 progress { planned made open succeeded failed }`

// what is the job that the action is about, or the asset.
func (r actionRow) what() string {
	if r.ToolJob == "" {
		return r.TargetName.Namespace + "/" + r.TargetName.Name
	}
	text := r.ToolJob + " on " + r.Connector
	if r.NominalTime != nil {
		text += " for " + clock(*r.NominalTime)
	}
	return text
}

func (r actionRow) line() string {
	text := fmt.Sprintf("%s  %s %s: %s", r.ID, r.Kind, oneLine(r.what()), r.State)
	if p := r.Progress; p != nil {
		text += fmt.Sprintf(" (%d of %d runs made, %d open, %d succeeded, %d did not)", p.Made, p.Planned, p.Open, p.Succeeded, p.Failed)
	}
	return text
}
