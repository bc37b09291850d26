package main

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) noticesCommand() *cobra.Command {
	var q noticesAsk
	c := &cobra.Command{
		Use: "notices", Short: "List what people were told, and what is still wrong", Args: cobra.NoArgs,
		Long: `Lists the notices that went out or are still to go out, newest first: what they
say, to whom, and how far their delivery is. With --open it lists what is wrong
now and was told, by policy and kind.`,
		Example: `  weir notices
  weir notices --open
  weir notices --state dead -o json    what could not be delivered`,
		RunE: func(c *cobra.Command, _ []string) error { return a.notices(c, q) },
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "table", "json")
	c.Flags().BoolVar(&q.open, "open", false, "what is wrong now, instead of what was told")
	c.Flags().StringVar(&q.state, "state", "", "only notices that are pending, sent, dead or moot")
	c.Flags().StringVar(&q.incident, "incident", "", "only notices of this incident")
	pageFlags(c, &q.page)
	return c
}

type noticesAsk struct {
	open            bool
	state, incident string
	page            page
}

// check refuses questions that make no sense.
func (q noticesAsk) check() error {
	if q.state != "" && !slices.Contains([]string{"pending", "sent", "dead", "moot"}, q.state) {
		return usageError("--state is pending, sent, dead or moot", "unknown state %q", q.state)
	}
	if q.open && (q.state != "" || q.incident != "") {
		return usageError("--open lists incidents, which are not delivered", "--open goes with neither --state nor --incident")
	}
	return nil
}

type notice struct {
	ID          string     `json:"id"`
	Incident    string     `json:"incident"`
	Tells       string     `json:"tells"`
	Kind        string     `json:"kind"`
	Policy      *string    `json:"policy"`
	CausedBy    *string    `json:"causedBy"`
	Says        string     `json:"says"`
	Destination string     `json:"destination"`
	State       string     `json:"state"`
	At          time.Time  `json:"at"`
	Due         *time.Time `json:"due"`
	Attempts    int        `json:"attempts"`
	Error       *string    `json:"error"`
}

type incident struct {
	ID           string    `json:"id"`
	Kind         string    `json:"kind"`
	Policy       *string   `json:"policy"`
	Owner        *string   `json:"owner"`
	CausedBy     *string   `json:"causedBy"`
	OpenedAt     time.Time `json:"openedAt"`
	Destinations []string  `json:"destinations"`
	Total        int       `json:"total"`
	Subjects     []struct {
		Name  string    `json:"name"`
		Says  string    `json:"says"`
		Since time.Time `json:"since"`
	} `json:"subjects"`
}

const (
	noticesQuery = `query($state: NoticeState, $incident: ID, $first: Int, $after: String) { notices(state: $state, incident: $incident, first: $first, after: $after) {
 nodes { id incident tells kind policy causedBy says destination state at due attempts error } pageInfo { hasNextPage endCursor } } }`
	incidentsQuery = `query($first: Int, $after: String) { incidents(first: $first, after: $after) {
 nodes { id kind policy owner causedBy openedAt destinations total subjects { name says since } } pageInfo { hasNextPage endCursor } } }`
)

func (a *app) notices(c *cobra.Command, q noticesAsk) error {
	form, err := output(c, "table", "json")
	if err == nil {
		err = q.check()
	}
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	vars, query := q.page.vars(), noticesQuery
	if q.open {
		query = incidentsQuery
	}
	if q.state != "" {
		vars["state"] = strings.ToUpper(q.state)
	}
	if q.incident != "" {
		vars["incident"] = q.incident
	}
	var out struct {
		Notices struct {
			Nodes    []notice
			PageInfo pageInfo
		}
		Incidents struct {
			Nodes    []incident
			PageInfo pageInfo
		}
	}
	if err := newClient(cfg).graphql(c.Context(), query, vars, &out); err != nil {
		return err
	}
	if q.open {
		return a.printList(form, "incidents", out.Incidents.Nodes, incidentHead, rowsOf(out.Incidents.Nodes, incident.row), out.Incidents.PageInfo)
	}
	return a.printList(form, "notices", out.Notices.Nodes, noticeHead, rowsOf(out.Notices.Nodes, notice.row), out.Notices.PageInfo)
}

// printList prints one page of a list as a table or a document.
func (a *app) printList(form, name string, nodes any, head []string, rows [][]string, more pageInfo) error {
	if form == "json" {
		return printJSON(a.out, map[string]any{name: nodes, "pageInfo": more})
	}
	if err := printTable(a.out, head, rows); err != nil {
		return err
	}
	a.goOn(more)
	return nil
}

func rowsOf[T any](list []T, row func(T) []string) [][]string {
	rows := make([][]string, len(list))
	for i, e := range list {
		rows[i] = row(e)
	}
	return rows
}

var (
	noticeHead   = []string{"AT", "SAYS", "TO", "DELIVERY", "TRIES", "ERROR", "INCIDENT"}
	incidentHead = []string{"SINCE", "KIND", "POLICY", "ASSETS", "WHY", "TOLD", "INCIDENT"}
)

func (n notice) row() []string {
	return []string{clock(n.At), oneLine(n.Says), n.Destination, n.delivery(), count(n.Attempts, "try", "tries"), oneLine(deref(n.Error)), n.Incident}
}

// delivery is its state, and when it is tried next.
func (n notice) delivery() string {
	if n.Due != nil && n.Attempts > 0 {
		return strings.ToLower(n.State) + ", again " + clock(*n.Due)
	}
	return strings.ToLower(n.State)
}

func (i incident) row() []string {
	what, why := "", ""
	if len(i.Subjects) > 0 {
		what, why = oneLine(i.Subjects[0].Name), oneLine(i.Subjects[0].Says)
	}
	if i.Total > 1 {
		what += " and " + count(i.Total-1, "more", "more")
	}
	kind := strings.ReplaceAll(i.Kind, "_", " ")
	if i.CausedBy != nil {
		kind += ", caused by " + *i.CausedBy
	}
	return []string{clock(i.OpenedAt), kind, deref(i.Policy), what, why, strings.Join(i.Destinations, ", "), i.ID}
}
