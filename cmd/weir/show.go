package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) showCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "show NAME", Short: "Show one asset", Args: cobra.ExactArgs(1),
		Long: `Shows what an asset is and how it stands: names, owners, tags, what writes and reads
it, the policies about it, how its newest partitions stand where there are any, and its
last versions, or for a job its last runs.`,
		Example: `  weir show shop.marts.orders
  weir show job:prod/build -o json | jq .link`,
		RunE: func(c *cobra.Command, args []string) error { return a.show(c, args[0]) },
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "text", "json")
	return c
}

// shown is an asset as show asks for it.
type shown struct {
	asset
	Description *string `json:"description"`
	Owners      []struct {
		Name string `json:"name"`
	} `json:"owners"`
	Tags []struct {
		Key   string  `json:"key"`
		Value *string `json:"value"`
	} `json:"tags"`
	Names     []nameOf   `json:"names"`
	LastSeen  *time.Time `json:"lastSeen"`
	RemovedAt *time.Time `json:"removedAt"`
	Policies  []struct {
		Name string `json:"name"`
		Mode string `json:"mode"`
	} `json:"policies"`
	Freshness *struct {
		State string `json:"state"`
		Says  string `json:"says"`
	} `json:"freshness"`
	Producers  neighbours `json:"producers"`
	Consumers  neighbours `json:"consumers"`
	Inputs     neighbours `json:"inputs"`
	Outputs    neighbours `json:"outputs"`
	Partitions *struct {
		Nodes []struct {
			Key      string     `json:"key"`
			State    string     `json:"state"`
			Deadline *time.Time `json:"deadline"`
			Says     string     `json:"says"`
		} `json:"nodes"`
		TotalCount int `json:"totalCount"`
	} `json:"partitions"`
	Versions *struct {
		Nodes []struct {
			ProducedAt time.Time `json:"producedAt"`
			Tainted    bool      `json:"tainted"`
			Run        *runRow   `json:"run"`
		} `json:"nodes"`
	} `json:"versions"`
	Runs *struct {
		Nodes []runRow `json:"nodes"`
	} `json:"runs"`
}

type neighbour struct {
	Name nameOf `json:"name"`
}

// neighbours are a page of what lies beside an asset, and how many there are;
// null: too many to count.
type neighbours struct {
	Nodes      []neighbour `json:"nodes"`
	TotalCount *int        `json:"totalCount"`
}

const besideFields = `(first: 200) { nodes { name { namespace name } } totalCount }`

func (n neighbours) names() string {
	const shown = 10
	out := joinNames(n.Nodes[:min(len(n.Nodes), shown)])
	switch {
	case n.TotalCount == nil && len(n.Nodes) > 0:
		out += ", and many more"
	case n.TotalCount != nil && *n.TotalCount > shown:
		out += fmt.Sprintf(", and %d more", *n.TotalCount-shown)
	}
	return out
}

const shownPartitions = `partitions(first: 10) { totalCount nodes { key state deadline says } }`

const shownFields = `... on Asset { id type name { namespace name } description owners { name } tags { key value } names { namespace name } lastSeen removedAt policies { name mode } }
 ... on Dataset { kind freshness { state says } producers` + besideFields + ` consumers` + besideFields + `
  ` + shownPartitions + `
  versions(first: 5) { nodes { producedAt tainted run { id runId state startedAt endedAt job { id name { namespace name } } } } } }
 ... on Job { ` + shownPartitions + ` inputs` + besideFields + ` outputs` + besideFields + ` runs(first: 5) { nodes { id runId state startedAt endedAt error job { id name { namespace name } } } } }`

func (a *app) show(c *cobra.Command, name string) error {
	form, err := output(c, "text", "json")
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	weir := newClient(cfg)
	x, err := weir.find(c.Context(), name)
	if err != nil {
		return err
	}
	var out struct{ Node json.RawMessage }
	if err := weir.graphql(c.Context(), `query($id: ID!) { node(id: $id) { `+shownFields+` } }`, map[string]any{"id": x.ID}, &out); err != nil {
		return err
	}
	if form == "json" {
		return printJSON(a.out, map[string]any{"asset": out.Node, "link": assetLink(cfg.URL, x.ID)})
	}
	var s shown
	if err := json.Unmarshal(out.Node, &s); err != nil {
		return fmt.Errorf("unreadable answer of %s: %w", cfg.URL, err)
	}
	return a.printShown(cfg.URL, s)
}

func (a *app) printShown(base string, s shown) error {
	fmt.Fprintln(a.out, s.asset)
	line := func(what, text string) {
		if text != "" {
			fmt.Fprintf(a.out, "  %-12s %s\n", what, text)
		}
	}
	if s.Freshness != nil {
		line("stands", inWords(s.Freshness.State)+": "+oneLine(s.Freshness.Says))
	}
	line("kind", strings.ToLower(s.Kind))
	line("description", oneLine(deref(s.Description)))
	line("owners", s.owners())
	line("tags", s.tags())
	line("also named", s.others())
	line("last seen", clockOr(s.LastSeen, ""))
	line("removed", clockOr(s.RemovedAt, ""))
	line("policies", s.policies())
	line("written by", s.Producers.names())
	line("read by", s.Consumers.names())
	line("reads", s.Inputs.names())
	line("writes", s.Outputs.names())
	line("page", assetLink(base, s.ID))
	if err := a.printPartitions(s); err != nil {
		return err
	}
	switch {
	case s.Versions != nil && len(s.Versions.Nodes) > 0:
		fmt.Fprintln(a.out)
		return a.printVersions(s)
	case s.Runs != nil && len(s.Runs.Nodes) > 0:
		fmt.Fprintln(a.out)
		return a.printRuns(s.Runs.Nodes)
	}
	return nil
}

// printPartitions shows how the newest partitions stand.
func (a *app) printPartitions(s shown) error {
	if s.Partitions == nil || len(s.Partitions.Nodes) == 0 {
		return nil
	}
	var rows [][]string
	for _, p := range s.Partitions.Nodes {
		rows = append(rows, []string{oneLine(p.Key), strings.ToLower(p.State), clockOr(p.Deadline, ""), oneLine(p.Says)})
	}
	fmt.Fprintln(a.out)
	err := printTable(a.out, []string{"PARTITION", "STATE", "DUE", "WHY"}, rows)
	if more := s.Partitions.TotalCount - len(rows); more > 0 {
		fmt.Fprintf(a.out, "and %d more\n", more)
	}
	return err
}

func (a *app) printVersions(s shown) error {
	var rows [][]string
	for _, v := range s.Versions.Nodes {
		row := []string{clock(v.ProducedAt), "", "", ""}
		if v.Tainted {
			row[1] = "its run failed"
		}
		if v.Run != nil && v.Run.Job != nil {
			row[2], row[3] = oneLine(v.Run.Job.Name.Namespace+"/"+v.Run.Job.Name.Name), oneLine(v.Run.RunID)
		}
		rows = append(rows, row)
	}
	return printTable(a.out, []string{"VERSION OF", "NOTE", "WRITTEN BY", "RUN"}, rows)
}

func (s shown) owners() string {
	var list []string
	for _, o := range s.Owners {
		list = append(list, oneLine(o.Name))
	}
	return strings.Join(list, ", ")
}

func (s shown) tags() string {
	var list []string
	for _, t := range s.Tags {
		if v := deref(t.Value); v != "" {
			list = append(list, oneLine(t.Key+"="+v))
		} else {
			list = append(list, oneLine(t.Key))
		}
	}
	return strings.Join(list, ", ")
}

// others are the names but the preferred one.
func (s shown) others() string {
	var list []neighbour
	for _, n := range s.Names {
		if n.Namespace != s.Name.Namespace || n.Name != s.Name.Name {
			list = append(list, neighbour{n})
		}
	}
	return joinNames(list)
}

func (s shown) policies() string {
	var list []string
	for _, p := range s.Policies {
		list = append(list, p.Name+" ("+strings.ToLower(p.Mode)+")")
	}
	return strings.Join(list, ", ")
}

// joinNames lists names on one line, of many only the first.
func joinNames(list []neighbour) string {
	var out []string
	for i, n := range list {
		if i == 10 {
			out = append(out, fmt.Sprintf("and %d more", len(list)-i))
			break
		}
		out = append(out, oneLine(n.Name.Namespace+"/"+n.Name.Name))
	}
	return strings.Join(out, ", ")
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
