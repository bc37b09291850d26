package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) statusCommand() *cobra.Command {
	var q standingsAsk
	c := &cobra.Command{
		Use: "status", Short: "Say how weir and the data are, on one screen", Args: cobra.NoArgs,
		Long: `Says how many assets are late, at risk, unknown or waiting, what runs and what weir is doing,
and how weir itself is: events and their lag, stores, tools, quarantine, kill switches.
With --owner or --selection the first line is of these assets, and counts what their
policies say: late, at risk, unknown, and what is to run within a day.`,
		Example: `  weir status
  weir status --watch
  weir status --owner team-ingest
  weir status -o json | jq .system.degraded`,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.watching(c, func(a *app) error { return a.status(c, q) })
		},
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "text", "json")
	watchFlag(c)
	selectFlag(c, &q.selection)
	c.Flags().StringVar(&q.owner, "owner", "", "of this owner, or kept by what this owner answers for; of what is to run: what a policy of theirs asks for")
	return c
}

// overview is what status asks for.
type overview struct {
	System struct {
		Version      string   `json:"version"`
		Ready        bool     `json:"ready"`
		Degraded     []string `json:"degraded"`
		ProjectorLag int      `json:"projectorLag"`
		Position     string   `json:"position"`
		Quarantined  int      `json:"quarantined"`
		Drift        []string `json:"drift"`
		Intake       struct {
			PerMinute *float64   `json:"perMinute"`
			LastAt    *time.Time `json:"lastAt"`
			Lag       *string    `json:"lag"`
		} `json:"intake"`
		Stores []struct {
			Name   string  `json:"name"`
			Kind   string  `json:"kind"`
			Behind *int    `json:"behind"`
			Error  *string `json:"error"`
		} `json:"stores"`
		Switches []struct {
			Scope  string  `json:"scope"`
			Name   *string `json:"name"`
			Actor  string  `json:"actor"`
			Reason string  `json:"reason"`
		} `json:"switches"`
	} `json:"system"`
	Tools []struct {
		Instance  string  `json:"instance"`
		Kind      string  `json:"kind"`
		Reachable string  `json:"reachable"`
		Version   *string `json:"version"`
		Error     *string `json:"error"`
	} `json:"tools"`
	Late    counted `json:"late"`
	AtRisk  counted `json:"atRisk"`
	Unknown counted `json:"unknown"`
	Waiting counted `json:"waiting"`
	Running listed  `json:"running"`
	Open    listed  `json:"open"`
	// Next is asked of some assets alone, in the place of what waits and runs.
	Next listed `json:"next"`
}

type counted struct {
	TotalCount int `json:"totalCount"`
}

// listed is a list that is only counted, as far as one page goes.
type listed struct {
	Nodes []struct {
		ID string `json:"id"`
	} `json:"nodes"`
	PageInfo pageInfo `json:"pageInfo"`
}

const (
	weirText = `system { version ready degraded projectorLag position quarantined drift intake { perMinute lastAt lag } stores { name kind behind error } switches { scope name actor reason } }
 tools { instance kind reachable version error }`
	statusText = `{ ` + weirText + `
 late: sla(filter: { states: [LATE] }, first: 1) { totalCount } atRisk: sla(filter: { states: [AT_RISK] }, first: 1) { totalCount } unknown: sla(filter: { states: [UNKNOWN] }, first: 1) { totalCount }
 waiting: attention(first: 1) { totalCount: waiting }
 running: runs(filter: { states: [RUNNING] }, first: 200) { nodes { id } pageInfo { hasNextPage } } open: actions(filter: { open: true }, first: 200) { nodes { id } pageInfo { hasNextPage } } }`
	statusOfText = `query($late: SlaFilter, $atRisk: SlaFilter, $unknown: SlaFilter, $next: NextFilter) { ` + weirText + `
 late: sla(filter: $late, first: 1) { totalCount } atRisk: sla(filter: $atRisk, first: 1) { totalCount } unknown: sla(filter: $unknown, first: 1) { totalCount }
 next(filter: $next, first: 200) { nodes { id } pageInfo { hasNextPage } } }`
)

// some reports whether only some assets are asked about.
func (q standingsAsk) some() bool { return q.owner+q.selection != "" }

// status asks how all is, or how some assets are.
func (c *client) status(ctx context.Context, q standingsAsk, out any) error {
	if !q.some() {
		return c.graphql(ctx, statusText, nil, out)
	}
	said := map[string]string{"owner": q.owner, "select": q.selection}
	in := func(state string) map[string]any { return narrow(map[string]any{"states": []string{state}}, said) }
	return c.graphql(ctx, statusOfText, map[string]any{"late": in("LATE"), "atRisk": in("AT_RISK"), "unknown": in("UNKNOWN"), "next": narrow(map[string]any{}, said)}, out)
}

func (a *app) status(c *cobra.Command, q standingsAsk) error {
	form, err := output(c, "text", "json")
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := newClient(cfg).status(c.Context(), q, &raw); err != nil {
		return err
	}
	if form == "json" {
		var fields map[string]any
		if err := json.Unmarshal(raw, &fields); err != nil {
			return fmt.Errorf("unreadable answer of %s: %w", cfg.URL, err)
		}
		fields["link"] = pageLink(cfg.URL, "/")
		return printJSON(a.out, fields)
	}
	var o overview
	if err := json.Unmarshal(raw, &o); err != nil {
		return fmt.Errorf("unreadable answer of %s: %w", cfg.URL, err)
	}
	a.printStatus(cfg.URL, o, q)
	return nil
}

func (a *app) printStatus(base string, o overview, q standingsAsk) {
	color := a.color(a.out)
	fmt.Fprintf(a.out, "data    %s late, %s at risk, %s unknown", alarm(color, o.Late.TotalCount, red), alarm(color, o.AtRisk.TotalCount, yellow), alarm(color, o.Unknown.TotalCount, yellow))
	if q.some() {
		fmt.Fprintf(a.out, "; %s to run\n", o.Next.words("action", "actions"))
	} else {
		fmt.Fprintf(a.out, ", %s waiting; %s running, %s open\n", alarm(color, o.Waiting.TotalCount, yellow), o.Running.words("run", "runs"), o.Open.words("action", "actions"))
	}
	fmt.Fprintf(a.out, "weir    %s, %s\n", o.System.Version, o.health())
	fmt.Fprintf(a.out, "events  %s\n", o.intake())
	for _, s := range o.System.Stores {
		fmt.Fprintf(a.out, "store   %s (%s): %s\n", s.Name, s.Kind, storeWords(s.Behind, s.Error))
	}
	for _, t := range o.Tools {
		fmt.Fprintf(a.out, "tool    %s (%s): %s\n", oneLine(t.Instance), t.Kind, toolWords(t.Reachable, t.Version, t.Error))
	}
	for _, s := range o.System.Switches {
		where := strings.ToLower(s.Scope)
		if s.Name != nil {
			where += " " + *s.Name
		}
		fmt.Fprintf(a.out, "switch  %s by %s: %s\n", paint(color, red, oneLine(where)+" is stopped"), oneLine(s.Actor), oneLine(s.Reason))
	}
	for _, d := range o.System.Degraded {
		fmt.Fprintf(a.out, "wrong   %s\n", oneLine(d))
	}
	for _, d := range o.System.Drift {
		fmt.Fprintf(a.out, "drift   %s\n", oneLine(d))
	}
	if n := o.System.Quarantined; n > 0 {
		fmt.Fprintf(a.out, "aside   %s in quarantine: weir dlq list\n", count(n, "event", "events"))
	}
	fmt.Fprintf(a.out, "page    %s\n", pageLink(base, "/"))
}

func alarm(color bool, n int, with string) string {
	return paint(color && n > 0, with, fmt.Sprint(n))
}

func (l listed) words(one, many string) string {
	if l.PageInfo.HasNextPage {
		return fmt.Sprintf("more than %d %s", len(l.Nodes), many)
	}
	return count(len(l.Nodes), one, many)
}

func (o overview) health() string {
	switch {
	case !o.System.Ready:
		return "not ready"
	case len(o.System.Degraded) > 0:
		return "degraded"
	}
	return "ready"
}

func (o overview) intake() string {
	in := o.System.Intake
	words := []string{"position " + o.System.Position}
	if in.PerMinute != nil {
		words = append(words, fmt.Sprintf("%.0f a minute", *in.PerMinute))
	}
	if in.LastAt != nil {
		words = append(words, "the last at "+clock(*in.LastAt))
	}
	if in.Lag == nil {
		return strings.Join(append(words, "all projected"), ", ")
	}
	return strings.Join(append(words, fmt.Sprintf("%s not projected, the oldest %s old", count(o.System.ProjectorLag, "event", "events"), shortDuration(*in.Lag))), ", ")
}

func storeWords(behind *int, err *string) string {
	switch {
	case err != nil:
		return oneLine(*err)
	case behind == nil:
		return "does not say how far it is"
	case *behind == 0:
		return "up to date"
	}
	return count(*behind, "event", "events") + " behind"
}

func toolWords(reachable string, version, err *string) string {
	switch {
	case err != nil:
		return "does not answer: " + oneLine(*err)
	case reachable != "TRUE":
		return "not asked yet"
	case version != nil && *version != "":
		return "answers, version " + oneLine(*version)
	}
	return "answers"
}
