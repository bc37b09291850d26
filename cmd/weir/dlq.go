package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
)

func (a *app) dlqCommand() *cobra.Command {
	var limit int
	list := &cobra.Command{
		Use: "list", Short: "List what was set aside, newest first", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.dlqList(c, limit) },
	}
	addSettings(list.Flags(), "url", "timeout")
	outputFlag(list, "table", "json")
	list.Flags().IntVar(&limit, "limit", 50, "how many at most")
	show := &cobra.Command{
		Use: "show POSITION", Short: "Show one event with its body", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.dlqShow(c, args[0]) },
	}
	addSettings(show.Flags(), "url", "timeout")
	outputFlag(show, "text", "json")
	return group("dlq", "Look after events that were kept and made no facts", list, show,
		a.dlqDecision("replay", "Read events again", "replayed", "replayQuarantined", "ReplayQuarantinedInput",
			`Reads events again, whatever the clock said of them when they came. What fails
again stays; exit code 1 then. After an upgrade weir does so by itself for what
was its own fault.`),
		a.dlqDecision("drop", "Lay events aside for good", "dropped", "dropQuarantined", "DropQuarantinedInput",
			`Takes events off the list. The journal keeps them, and a rebuild leaves them out.`))
}

// letter is an event that was set aside.
type letter struct {
	Position   string     `json:"position"`
	ReceivedAt time.Time  `json:"receivedAt"`
	Code       string     `json:"code"`
	Where      *string    `json:"where"`
	Message    string     `json:"message"`
	Version    string     `json:"version"`
	Producer   *string    `json:"producer"`
	Job        *fullName  `json:"job"`
	Datasets   []fullName `json:"datasets"`
	Bytes      int        `json:"bytes"`
	Body       string     `json:"body,omitempty"`
}

type fullName struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

func (n fullName) String() string { return n.Namespace + "/" + n.Name }

// subject is what the event is about, for people.
func (l letter) subject() string {
	switch {
	case l.Job != nil:
		return "job:" + l.Job.String()
	case len(l.Datasets) > 0:
		return "dataset:" + l.Datasets[0].String()
	}
	return "-"
}

const letterFields = `position receivedAt code where message version producer job { namespace name } datasets { namespace name } bytes`

// letters reads pages until there are limit; more says that there are others.
func (c *client) letters(ctx context.Context, limit int) (all []letter, more bool, err error) {
	all = []letter{}
	vars := map[string]any{}
	for len(all) < limit {
		vars["n"] = min(200, limit-len(all))
		var out struct {
			Quarantine struct {
				Nodes    []letter
				PageInfo struct {
					HasNextPage bool
					EndCursor   *string
				}
			}
		}
		if err := c.graphql(ctx, `query($n: Int, $after: String) { quarantine(first: $n, after: $after) { nodes { `+letterFields+` } pageInfo { hasNextPage endCursor } } }`, vars, &out); err != nil {
			return nil, false, err
		}
		all, more = append(all, out.Quarantine.Nodes...), out.Quarantine.PageInfo.HasNextPage
		if !more {
			break
		}
		vars["after"] = out.Quarantine.PageInfo.EndCursor
	}
	return all, more, nil
}

func (a *app) dlqList(c *cobra.Command, limit int) error {
	form, err := output(c, "table", "json")
	if err != nil {
		return err
	}
	if limit < 1 {
		return usageError("--limit 50", "--limit must be at least 1")
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	list, more, err := newClient(cfg).letters(c.Context(), limit)
	if err != nil {
		return err
	}
	if form == "json" {
		err = printJSON(a.out, map[string]any{"events": list, "complete": !more})
	} else {
		err = printTable(a.out, []string{"POSITION", "RECEIVED", "CODE", "ABOUT", "MESSAGE"}, letterRows(list))
	}
	if more {
		a.say("there are more: raise --limit")
	}
	return err
}

func letterRows(list []letter) [][]string {
	var rows [][]string
	for _, l := range list {
		rows = append(rows, []string{l.Position, clock(l.ReceivedAt), l.Code, oneLine(l.subject()), oneLine(l.Message)})
	}
	return rows
}

// letter reads one; nil when it is not set aside.
func (c *client) letter(ctx context.Context, position, fields string) (*letter, error) {
	var out struct{ Quarantine struct{ Nodes []letter } }
	err := c.graphql(ctx, `query($p: Position) { quarantine(first: 1, position: $p) { nodes { `+fields+` } } }`, map[string]any{"p": position}, &out)
	if err != nil || len(out.Quarantine.Nodes) == 0 {
		return nil, err
	}
	return &out.Quarantine.Nodes[0], nil
}

func (a *app) dlqShow(c *cobra.Command, position string) error {
	form, err := output(c, "text", "json")
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	l, err := newClient(cfg).letter(c.Context(), position, letterFields+" body(maxBytes: 65536)")
	if err != nil {
		return err
	}
	if l == nil {
		return notSetAside(position)
	}
	if form == "json" {
		return printJSON(a.out, map[string]any{"event": l})
	}
	for _, line := range [][2]string{{"position", l.Position}, {"received", clock(l.ReceivedAt)}, {"code", l.Code}, {"where", orDash(l.Where)},
		{"message", l.Message}, {"set aside by", "weir " + l.Version}, {"producer", orDash(l.Producer)}, {"about", l.subject()}, {"bytes", strconv.Itoa(l.Bytes)}} {
		fmt.Fprintf(a.out, "%-13s %s\n", line[0], oneLine(line[1]))
	}
	fmt.Fprintf(a.out, "\n%s\n", printable(l.Body))
	return nil
}

func notSetAside(position string) error {
	return withCode(exitNotFound, catalog.WithHint(fmt.Errorf("nothing is set aside at position %s", position), "weir dlq list"))
}

func orDash(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

// dlqDecision is the command of one mutation on positions.
func (a *app) dlqDecision(verb, short, done, mutation, input, long string) *cobra.Command {
	var all, dry bool
	c := &cobra.Command{
		Use: verb + " POSITION...", Short: short, Long: long, Args: cobra.ArbitraryArgs,
		Example: "  weir dlq " + verb + " 123 124\n  weir dlq " + verb + " --all",
		RunE: func(c *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return usageError("weir dlq list shows positions", "name positions, or --all")
			}
			cfg, err := a.config(c)
			if err != nil {
				return err
			}
			d := restatement{app: a, client: newClient(cfg), done: done, mutation: mutation, dry: dry, query: fmt.Sprintf(`mutation($i: %s!) { stated: %s(input: $i) { position } }`, input, mutation)}
			return d.run(c.Context(), args, all)
		},
	}
	addSettings(c.Flags(), "url", "timeout")
	c.Flags().BoolVar(&all, "all", false, "all that are set aside")
	dryRunFlag(c, &dry)
	return c
}

// restatement states something of parked events and looks what came of it.
type restatement struct {
	*app
	client                *client
	done, query, mutation string
	dry                   bool
}

func (d *restatement) run(ctx context.Context, positions []string, all bool) error {
	if all {
		list, _, err := d.client.letters(ctx, 1<<30)
		if err != nil {
			return err
		}
		for _, l := range list {
			positions = append(positions, l.Position)
		}
	}
	total, left := len(positions), 0
	for len(positions) > 0 {
		n := min(200, len(positions))
		if d.dry {
			if err := d.foresee(ctx, d.client, "text", d.mutation, map[string]any{"positions": positions[:n]}); err != nil {
				return err
			}
			positions = positions[n:]
			continue
		}
		stay, err := d.state(ctx, positions[:n])
		if err != nil {
			return err
		}
		left, positions = left+stay, positions[n:]
	}
	if d.dry && total > 0 {
		return nil
	}
	fmt.Fprintf(d.out, "%s %d left %d\n", d.done, total-left, left)
	if left > 0 {
		return &codedError{error: fmt.Errorf("events are still set aside"), code: exitFailed, quiet: true}
	}
	return nil
}

// state states it of some, waits until that is projected, and counts those that
// are still set aside.
func (d *restatement) state(ctx context.Context, positions []string) (left int, err error) {
	var out struct {
		Stated struct {
			Position catalog.Position `json:"position,string"`
		}
	}
	if err := d.client.graphql(ctx, d.query, map[string]any{"i": map[string]any{"positions": positions}}, &out); err != nil {
		return 0, err
	}
	d.client.minPosition = out.Stated.Position
	for _, pos := range positions {
		l, err := d.client.letter(ctx, pos, letterFields)
		if err != nil {
			return left, err
		}
		if l != nil {
			left++
			d.say("%s: %s: %s", pos, l.Code, oneLine(l.Message))
		}
	}
	return left, nil
}
