package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// shadowAsk is what the command line asks of policies in shadow.
type shadowAsk struct {
	policy string
	since  time.Duration
	first  int
}

func (a *app) shadowCommand() *cobra.Command {
	var q shadowAsk
	c := &cobra.Command{
		Use: "shadow [POLICY]", Short: "Compare what policies in shadow would have done with what happened", Args: cobra.MaximumNArgs(1),
		Long: `For each policy in shadow, or the one that is named: how often it would have run and
a run began (agreed), would have run and none began (would run), was waiting when a run
began, as for inputs that were not as required (would hold), and did not want a run that
began (saved). Each case names the decision as it was made then. A policy that has been
raised since is compared by what it said while it was in shadow.`,
		Example: `  weir shadow
  weir shadow orders-mart --since 720h -o markdown`,
		RunE: func(c *cobra.Command, args []string) error {
			q.policy = strings.Join(args, "")
			return a.shadow(c, q)
		},
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "text", "json", "markdown")
	c.Flags().DurationVar(&q.since, "since", 7*24*time.Hour, "how far to look back")
	c.Flags().IntVar(&q.first, "first", 20, "how many cases of each policy, at most 200")
	return c
}

type shadowReport struct {
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Cut      bool           `json:"cut"`
	Policies []shadowPolicy `json:"policies"`
}

type shadowPolicy struct {
	Name      string       `json:"name"`
	Owner     *string      `json:"owner"`
	Mode      string       `json:"mode"`
	Agreed    int          `json:"agreed"`
	WouldRun  int          `json:"wouldRun"`
	WouldHold int          `json:"wouldHold"`
	Saved     int          `json:"saved"`
	MoreCases bool         `json:"moreCases"`
	Partial   bool         `json:"partial"`
	Note      *string      `json:"note"`
	Cases     []shadowCase `json:"cases"`
}

type shadowCase struct {
	Kind     string    `json:"kind"`
	Name     nameOf    `json:"name"`
	At       time.Time `json:"at"`
	Decision string    `json:"decision"`
	Run      *string   `json:"run"`
	RunID    *string   `json:"runId"`
	Says     string    `json:"says"`
}

func (c shadowCase) word() string { return inWords(c.Kind) }

func (a *app) shadow(c *cobra.Command, q shadowAsk) error {
	form, err := output(c, "text", "json", "markdown")
	if err != nil {
		return err
	}
	if q.since <= 0 {
		return usageError("a duration such as 168h", "--since is %s", q.since)
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	vars := map[string]any{"from": time.Now().Add(-q.since).UTC().Format(time.RFC3339), "first": q.first}
	if q.policy != "" {
		vars["policy"] = q.policy
	}
	var out struct{ ShadowReport shadowReport }
	if err := newClient(cfg).graphql(c.Context(), `query($policy: String, $from: Time, $first: Int) { shadowReport(policy: $policy, from: $from, first: $first) { from to cut policies {
 name owner mode agreed wouldRun wouldHold saved moreCases partial note cases { kind name { namespace name } at decision run runId says } } } }`, vars, &out); err != nil {
		return err
	}
	switch form {
	case "json":
		return printJSON(a.out, map[string]any{"shadowReport": out.ShadowReport})
	case "markdown":
		out.ShadowReport.markdown(a.out)
		return nil
	}
	return out.ShadowReport.text(a.out)
}

var shadowHead = []string{"policy", "mode", "agreed", "would run", "would hold", "saved"}

func (r shadowReport) rows() (rows [][]string) {
	for _, p := range r.Policies {
		rows = append(rows, []string{p.Name, strings.ToLower(p.Mode), fmt.Sprint(p.Agreed), fmt.Sprint(p.WouldRun), fmt.Sprint(p.WouldHold), fmt.Sprint(p.Saved)})
	}
	return rows
}

func (r shadowReport) text(w io.Writer) error {
	fmt.Fprintf(w, "shadow from %s to %s\n", clock(r.From), clock(r.To))
	if len(r.Policies) == 0 {
		fmt.Fprintln(w, "no policy is in shadow")
		return nil
	}
	if err := printTable(w, shadowHead, r.rows()); err != nil {
		return err
	}
	for _, p := range r.Policies {
		if len(p.Cases) > 0 || p.Note != nil {
			fmt.Fprintf(w, "\n%s\n", p.Name)
		}
		for _, c := range p.Cases {
			fmt.Fprintf(w, "  %s  %-10s  %s: %s (%s)\n", clock(c.At), c.word(), oneLine(c.Name.Name), oneLine(c.Says), c.evidence())
		}
		for _, line := range p.notes() {
			fmt.Fprintf(w, "  %s\n", line)
		}
	}
	if r.Cut {
		fmt.Fprintln(w, "\nthere are more policies: name one")
	}
	return nil
}

// evidence names what the case rests on.
func (c shadowCase) evidence() string {
	if c.RunID == nil {
		return c.Decision
	}
	return "run " + oneLine(*c.RunID) + ", " + c.Decision
}

// notes say what the counts and the list leave out.
func (p shadowPolicy) notes() (out []string) {
	if p.Note != nil {
		out = append(out, *p.Note)
	}
	if p.MoreCases {
		out = append(out, "there are more cases: --first")
	}
	if p.Partial {
		out = append(out, "not all was looked at: the counts are of the newest")
	}
	return out
}

func (r shadowReport) markdown(w io.Writer) {
	fmt.Fprintf(w, "## Shadow, %s to %s\n\n| %s |\n|---|---|--:|--:|--:|--:|\n", clock(r.From), clock(r.To), strings.Join(shadowHead, " | "))
	for _, row := range r.rows() {
		fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
	}
	for _, p := range r.Policies {
		if len(p.Cases) > 0 || len(p.notes()) > 0 {
			fmt.Fprintf(w, "\n### %s\n\n", p.Name)
		}
		for _, c := range p.Cases {
			fmt.Fprintf(w, "- %s **%s** %s: %s (`%s`)\n", clock(c.At), c.word(), inMarkdown(c.Name.Name), inMarkdown(c.Says), strings.ReplaceAll(c.evidence(), "`", "'"))
		}
		for _, line := range p.notes() {
			fmt.Fprintf(w, "\n%s\n", line)
		}
	}
	if r.Cut {
		fmt.Fprintln(w, "\nThere are more policies: name one.")
	}
}

// inMarkdown makes a name or a sentence plain text.
func inMarkdown(s string) string {
	return strings.NewReplacer("\\", "\\\\", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]", "<", "&lt;", "|", "\\|").Replace(oneLine(s))
}
