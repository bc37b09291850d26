package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) lateCommand() *cobra.Command {
	var q standingsAsk
	c := &cobra.Command{
		Use: "late", Short: "List what is late or at risk, why, and whom to ask", Args: cobra.NoArgs,
		Long: `Lists the assets that are late, at risk or of unknown freshness by a policy,
worst first: since when or by when, when the data is expected, the chance to
meet the deadline, the step upstream that keeps it and who answers for that,
how much of the month's budget is left, and what the policy may do about it: only
act starts anything, and while a mode that rose is tried, the one before holds.`,
		Example: `  weir late
  weir late --owner team-ingest        what is theirs, and what they hold up
  weir late -s 'dataset:*.marts.*' --watch
  weir late --all --policy revenue -o json`,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.watching(c, func(a *app) error { return a.late(c, q) })
		},
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "table", "json")
	watchFlag(c)
	selectFlag(c, &q.selection)
	c.Flags().StringVar(&q.owner, "owner", "", "of this owner, or kept by what this owner answers for")
	c.Flags().StringVar(&q.policy, "policy", "", "by this policy")
	c.Flags().BoolVar(&q.all, "all", false, "also what is in time")
	pageFlags(c, &q.page)
	return c
}

func (a *app) nextCommand() *cobra.Command {
	var q nextAsk
	c := &cobra.Command{
		Use: "next", Short: "List what will run, when and why", Args: cobra.NoArgs,
		Long: `Lists open actions, then what policies wait for and what time alone will bring,
with when it goes, when the data is expected, the chance to meet its deadline, and
what the policy may do: one in shadow, or tried in shadow, only says so.`,
		Example: `  weir next
  weir next --owner team-ingest --watch
  weir next --within 6h -o json`,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.watching(c, func(a *app) error { return a.next(c, q) })
		},
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "table", "json")
	watchFlag(c)
	selectFlag(c, &q.selection)
	c.Flags().StringVar(&q.owner, "owner", "", "what a policy of this owner asks for")
	c.Flags().DurationVar(&q.within, "within", 24*time.Hour, "how far ahead to look for what time alone will bring")
	pageFlags(c, &q.page)
	return c
}

// page is a part of a list.
type page struct {
	first int
	after string
}

func pageFlags(c *cobra.Command, p *page) {
	c.Flags().IntVar(&p.first, "first", 50, "how many, at most 200")
	c.Flags().StringVar(&p.after, "after", "", "where the page before ended")
}

func (p page) vars() map[string]any {
	v := map[string]any{"first": p.first}
	if p.after != "" {
		v["after"] = p.after
	}
	return v
}

type standingsAsk struct {
	owner, policy, selection string
	all                      bool
	page                     page
}

type nextAsk struct {
	owner, selection string
	within           time.Duration
	page             page
}

// selectFlag declares -s: assets by name, as policies select them.
func selectFlag(c *cobra.Command, into *string) {
	c.Flags().StringVarP(into, "selection", "s", "", "only of what has such a name: dataset:PATTERN or job:PATTERN, * stands for anything")
}

// narrow is a filter of what was said on the command line.
func narrow(filter map[string]any, said map[string]string) map[string]any {
	for key, value := range said {
		if value != "" {
			filter[key] = value
		}
	}
	return filter
}

type prospect struct {
	State      string         `json:"state"`
	Deadline   *time.Time     `json:"deadline"`
	Since      *time.Time     `json:"since"`
	ExpectedAt *time.Time     `json:"expectedAt"`
	Chance     *float64       `json:"chance"`
	Says       string         `json:"says"`
	Cause      *prospectCause `json:"cause"`
	Policy     *policyMode    `json:"policy,omitempty"`
}

// policyMode is what a policy may do now, and may do after its trial.
type policyMode struct {
	Name  string       `json:"name"`
	Mode  string       `json:"mode"`
	Trial *policyTrial `json:"trial"`
}

const modeFields = `name mode trial { policy from to until }`

// inWords is a word of the schema in a sentence: ACT_CANCEL is act cancel.
func inWords(word string) string { return strings.ToLower(strings.ReplaceAll(word, "_", " ")) }

// says is the mode, with the one that is tried.
func (p policyMode) says() string {
	says := inWords(p.Mode)
	if p.Trial != nil {
		says += fmt.Sprintf(" (on trial, %s from %s)", inWords(p.Trial.To), clock(p.Trial.Until))
	}
	return says
}

type prospectCause struct {
	Name  nameOf     `json:"name"`
	Owner *string    `json:"owner"`
	Since *time.Time `json:"since"`
	Says  string     `json:"says"`
}

const prospectFields = `state deadline since expectedAt chance says cause { name { namespace name } owner since says }`

type standing struct {
	Name      nameOf     `json:"name"`
	Policy    policyMode `json:"policy"`
	Owner     *string    `json:"owner"`
	Freshness prospect   `json:"freshness"`
	Budget    *struct {
		Objective *float64 `json:"objective"`
		Allowed   *string  `json:"allowed"`
		Spent     string   `json:"spent"`
		Left      *string  `json:"left"`
		Breaches  int      `json:"breaches"`
	} `json:"budget"`
}

type pageInfo struct {
	HasNextPage bool    `json:"hasNextPage"`
	EndCursor   *string `json:"endCursor"`
}

func (c *client) standings(ctx context.Context, q standingsAsk) (list []standing, more pageInfo, err error) {
	filter := map[string]any{}
	if !q.all {
		filter["states"] = []string{"LATE", "AT_RISK", "UNKNOWN"}
	}
	vars := q.page.vars()
	vars["filter"] = narrow(filter, map[string]string{"owner": q.owner, "policy": q.policy, "select": q.selection})
	var out struct {
		Sla struct {
			Nodes    []standing
			PageInfo pageInfo
		}
	}
	err = c.graphql(ctx, `query($filter: SlaFilter, $first: Int, $after: String) { sla(filter: $filter, first: $first, after: $after) {
 nodes { name { namespace name } policy { `+modeFields+` } owner freshness { `+prospectFields+` } budget { objective allowed spent left breaches } }
 pageInfo { hasNextPage endCursor } } }`, vars, &out)
	return out.Sla.Nodes, out.Sla.PageInfo, err
}

func (a *app) late(c *cobra.Command, q standingsAsk) error {
	form, err := output(c, "table", "json")
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	list, more, err := newClient(cfg).standings(c.Context(), q)
	if err != nil {
		return err
	}
	if form == "json" {
		return printJSON(a.out, map[string]any{"standings": list, "pageInfo": more})
	}
	rows := make([][]string, len(list))
	for i, s := range list {
		rows[i] = append([]string{s.Freshness.word(), s.Name.Name, s.Policy.Name, s.Policy.says()}, s.Freshness.columns()...)
		rows[i] = append(rows[i], s.left())
	}
	if err := printTable(a.out, []string{"STATE", "ASSET", "POLICY", "MODE", "DEADLINE", "EXPECTED", "CHANCE", "BECAUSE OF", "ASK", "BUDGET LEFT"}, rows); err != nil {
		return err
	}
	a.goOn(more)
	a.sayPage(cfg.URL, "/")
	return nil
}

// goOn says on stderr that a list was cut, and how to go on.
func (a *app) goOn(p pageInfo) {
	if p.HasNextPage && p.EndCursor != nil {
		a.say("there is more: --after %s", *p.EndCursor)
	}
}

func (o prospect) word() string { return inWords(o.State) }

// columns are deadline, expected, chance, because of and whom to ask.
func (o prospect) columns() []string {
	chance, because, ask := "", "", ""
	if o.Chance != nil {
		chance = fmt.Sprintf("%.0f %%", 100**o.Chance)
	}
	if o.Cause != nil {
		because = o.Cause.Name.Name + ": " + o.Cause.Says
		if ask = "nobody known"; o.Cause.Owner != nil {
			ask = *o.Cause.Owner
		}
	}
	return []string{clockOr(o.Deadline, ""), clockOr(o.ExpectedAt, ""), chance, because, ask}
}

func clockOr(t *time.Time, none string) string {
	if t == nil {
		return none
	}
	return clock(*t)
}

// left is what is left of the month's budget, or what was spent without one.
func (s standing) left() string {
	switch {
	case s.Budget == nil:
		return ""
	case s.Budget.Left == nil:
		return "no objective, " + shortDuration(s.Budget.Spent) + " late"
	}
	return signed(*s.Budget.Left) + " of " + shortDuration(*s.Budget.Allowed)
}

// signed is shortDuration of what may be negative.
func signed(iso string) string {
	if rest, minus := strings.CutPrefix(iso, "-"); minus {
		return "-" + shortDuration(rest)
	}
	return shortDuration(iso)
}

type nextAction struct {
	ID         string     `json:"id"`
	State      string     `json:"state"`
	Kind       string     `json:"kind"`
	TargetName nameOf     `json:"targetName"`
	Connector  string     `json:"connector"`
	ToolJob    string     `json:"toolJob"`
	Policies   []string   `json:"policies"`
	ExpectedAt *time.Time `json:"expectedAt"`
	Says       string     `json:"says"`
	Mode       *string    `json:"mode"`
	Freshness  *prospect  `json:"freshness"`
}

func (a *app) next(c *cobra.Command, q nextAsk) error {
	form, err := output(c, "table", "json")
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	vars := q.page.vars()
	vars["within"] = fmt.Sprintf("PT%dS", int64(q.within.Seconds()))
	vars["filter"] = narrow(map[string]any{}, map[string]string{"owner": q.owner, "select": q.selection})
	var out struct {
		Next struct {
			Nodes    []nextAction
			PageInfo pageInfo
			Cut      *string
		}
	}
	if err := newClient(cfg).graphql(c.Context(), `query($filter: NextFilter, $within: Duration, $first: Int, $after: String) { next(filter: $filter, within: $within, first: $first, after: $after) {
 nodes { id state kind targetName { namespace name } connector toolJob policies expectedAt says mode freshness { `+prospectFields+` policy { `+modeFields+` } } } pageInfo { hasNextPage endCursor } cut } }`, vars, &out); err != nil {
		return err
	}
	if form == "json" {
		return printJSON(a.out, map[string]any{"next": out.Next.Nodes, "pageInfo": out.Next.PageInfo, "cut": out.Next.Cut})
	}
	rows := make([][]string, len(out.Next.Nodes))
	for i, n := range out.Next.Nodes {
		rows[i] = n.row()
	}
	if err := printTable(a.out, []string{"GOES", "STATE", "ASSET", "STARTS", "MODE", "DATA BY", "CHANCE", "WHY"}, rows); err != nil {
		return err
	}
	a.goOn(out.Next.PageInfo)
	a.sayPage(cfg.URL, "/")
	if out.Next.Cut != nil {
		a.say("%s", *out.Next.Cut)
	}
	return nil
}

func (n nextAction) row() []string {
	eta, chance := "", ""
	if n.Freshness != nil {
		cols := n.Freshness.columns()
		eta, chance = cols[1], cols[2]
	}
	starts := ""
	if n.ToolJob != "" {
		starts = n.ToolJob + " on " + n.Connector
	}
	return []string{clockOr(n.ExpectedAt, "when events say"), strings.ToLower(n.State), n.TargetName.Name, starts, n.mode(), eta, chance, n.Says}
}

// mode is the action's own, with what its policy tries; "": a person asked, or the
// policy is in force no more.
func (n nextAction) mode() string {
	if n.Mode == nil {
		return ""
	}
	p := policyMode{Mode: *n.Mode}
	if n.Freshness != nil && n.Freshness.Policy != nil && n.Freshness.Policy.Mode == p.Mode {
		p.Trial = n.Freshness.Policy.Trial
	}
	return p.says()
}
