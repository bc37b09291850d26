package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// runsAsk is what the command line asks of runs.
type runsAsk struct {
	name, since, until, activeAfter string
	states                          []string
	page                            page
}

func (a *app) runsCommand() *cobra.Command {
	var q runsAsk
	c := &cobra.Command{
		Use: "runs [NAME]", Short: "List runs, newest first", Args: cobra.MaximumNArgs(1),
		Long: `Lists runs, of all jobs, of one, or of the jobs that write a dataset: when they
started, how they stand, how long they took and what went wrong. --active-after with
--until lists all that overlap a window, also what goes on.`,
		Example: `  weir runs
  weir runs job:prod/build --state failed
  weir runs shop.marts.orders --since 2026-03-01
  weir runs --active-after 2026-03-01T06:00:00Z --until 2026-03-01T07:00:00Z -o json`,
		RunE: func(c *cobra.Command, args []string) error {
			q.name = strings.Join(args, " ")
			return a.runs(c, q)
		},
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "table", "json")
	f := c.Flags()
	f.StringSliceVar(&q.states, "state", nil, "only these states: queued, running, succeeded, failed, cancelled, skipped, partial, unknown")
	f.StringVar(&q.since, "since", "", "started after this day or time")
	f.StringVar(&q.until, "until", "", "started before this day or time")
	f.StringVar(&q.activeAfter, "active-after", "", "had not ended before this day or time")
	pageFlags(c, &q.page)
	return c
}

type runRow struct {
	ID        string     `json:"id"`
	RunID     string     `json:"runId"`
	State     string     `json:"state"`
	StartedAt *time.Time `json:"startedAt"`
	EndedAt   *time.Time `json:"endedAt"`
	Error     *string    `json:"error"`
	Job       *struct {
		ID   string `json:"id"`
		Name nameOf `json:"name"`
	} `json:"job"`
	Link string `json:"link"`
}

const runsText = `query($f: RunFilter, $first: Int, $after: String) { runs(filter: $f, first: $first, after: $after) {
 nodes { id runId state startedAt endedAt error job { id name { namespace name } } } pageInfo { hasNextPage endCursor } } }`

// filter is the input of the query, without the job.
func (q runsAsk) filter() (map[string]any, error) {
	f := map[string]any{}
	for key, text := range map[string]string{"since": q.since, "until": q.until, "activeAfter": q.activeAfter} {
		if text == "" {
			continue
		}
		at, err := readTime(text)
		if err != nil {
			return nil, err
		}
		f[key] = at.Format(time.RFC3339)
	}
	if len(q.states) > 0 {
		states := make([]string, len(q.states))
		for i, s := range q.states {
			states[i] = strings.ToUpper(s)
		}
		f["states"] = states
	}
	return f, nil
}

func (a *app) runs(c *cobra.Command, q runsAsk) error {
	form, err := output(c, "table", "json")
	if err != nil {
		return err
	}
	filter, err := q.filter()
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	weir := newClient(cfg)
	if q.name != "" {
		if filter["job"], err = weir.jobOf(c, q.name); err != nil {
			return err
		}
	}
	vars := q.page.vars()
	vars["f"] = filter
	var out struct {
		Runs struct {
			Nodes    []runRow
			PageInfo pageInfo
		}
	}
	if err := weir.graphql(c.Context(), runsText, vars, &out); err != nil {
		return err
	}
	for i, r := range out.Runs.Nodes {
		out.Runs.Nodes[i].Link = runLink(cfg.URL, r.ID)
	}
	if form == "json" {
		return printJSON(a.out, map[string]any{"runs": append([]runRow{}, out.Runs.Nodes...), "pageInfo": out.Runs.PageInfo})
	}
	if err := a.printRuns(out.Runs.Nodes); err != nil {
		return err
	}
	a.goOn(out.Runs.PageInfo)
	a.sayPage(cfg.URL, "/timeline")
	return nil
}

func (a *app) printRuns(list []runRow) error {
	rows := make([][]string, len(list))
	for i, r := range list {
		rows[i] = r.row()
	}
	return printTable(a.out, []string{"STARTED", "STATE", "TOOK", "JOB", "RUN", "WRONG"}, rows)
}

func (r runRow) row() []string {
	job, took, wrong := "", "", ""
	if r.Job != nil {
		job = oneLine(r.Job.Name.Namespace + "/" + r.Job.Name.Name)
	}
	if r.StartedAt != nil && r.EndedAt != nil {
		took = r.EndedAt.Sub(*r.StartedAt).Round(time.Second).String()
	}
	if r.Error != nil {
		wrong = shorten(oneLine(*r.Error))
	}
	started := clockOr(r.StartedAt, "not known")
	if r.StartedAt == nil && r.EndedAt != nil {
		started = "before " + clock(*r.EndedAt)
	}
	return []string{started, strings.ToLower(r.State), took, job, oneLine(r.RunID), wrong}
}

// jobOf finds the job that a person means: of a dataset the one that writes it.
func (c *client) jobOf(cmd *cobra.Command, name string) (string, error) {
	x, err := c.find(cmd.Context(), name)
	if err != nil || x.Type == "JOB" {
		return x.ID, err
	}
	var out struct {
		Node struct {
			Producers struct {
				Nodes []struct {
					ID   string
					Name nameOf
				}
				TotalCount *int
			}
		}
	}
	if err := c.graphql(cmd.Context(), `query($id: ID!) { node(id: $id) { ... on Dataset { producers(first: 200) { nodes { id name { namespace name } } totalCount } } } }`, map[string]any{"id": x.ID}, &out); err != nil {
		return "", err
	}
	switch made := out.Node.Producers.Nodes; len(made) {
	case 0:
		return "", withCode(exitNotFound, fmt.Errorf("no job is known that writes %s", x))
	case 1:
		return made[0].ID, nil
	default:
		var names []string
		for _, j := range made {
			names = append(names, oneLine("job:"+j.Name.Namespace+"/"+j.Name.Name))
		}
		many := "many"
		n := out.Node.Producers.TotalCount
		if n != nil {
			many = fmt.Sprint(*n)
		}
		if n == nil || *n > len(made) {
			names = append(names, fmt.Sprintf("... these are the first %d, by name", len(made)))
		}
		return "", usageError("name one of:\n"+strings.Join(names, "\n"), "%s jobs write %s", many, x)
	}
}
