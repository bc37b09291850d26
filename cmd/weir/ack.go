package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
)

func (a *app) ackCommand() *cobra.Command {
	var q ackAsk
	c := &cobra.Command{
		Use: "ack [CAUSE]", Short: "Say that you look after what is wrong, or list it by root cause", Args: cobra.MaximumNArgs(1),
		Long: `Lists what is wrong by what has to change first, the worst cause first, with whom
to ask, how many assets it keeps and who looks after it. With CAUSE, its id or a
part of its name that fits one cause only, it writes down that you look after it:
others see that on Today for a week at most, or until it is over. Nothing is
started or stopped by it, and notices go on.`,
		Example: `  weir ack
  weir ack ingest_orders --reason "the loader's host is down, OPS-12"
  weir ack ingest_orders --take-back --reason "it was something else"`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.causes(c, q)
			}
			return a.acknowledge(c, q, args[0])
		},
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "table", "json")
	c.Flags().String("actor", a.getenv("USER"), "who says so (USER)")
	c.Flags().StringVar(&q.reason, "reason", "", "why, or what is done about it; needed with CAUSE")
	c.Flags().BoolVar(&q.back, "take-back", false, "it counts as not looked after again")
	dryRunFlag(c, &q.dry)
	pageFlags(c, &q.page)
	return c
}

type ackAsk struct {
	reason string
	back   bool
	dry    bool
	page   page
}

// rootCause is what has to change before anything gets better.
type rootCause struct {
	ID    string     `json:"id"`
	State string     `json:"state"`
	Since *time.Time `json:"since"`
	Cause struct {
		Kind      string  `json:"kind"`
		Name      nameOf  `json:"name"`
		Connector *string `json:"connector"`
		Owner     *string `json:"owner"`
		Says      string  `json:"says"`
	} `json:"cause"`
	Members         counted       `json:"members"`
	Acknowledgement *acknowledged `json:"acknowledgement"`
}

type acknowledged struct {
	Actor    string    `json:"actor"`
	At       time.Time `json:"at"`
	Until    time.Time `json:"until"`
	Reason   string    `json:"reason"`
	NewSince int       `json:"newSince"`
}

const (
	ackFields   = `acknowledgement { actor at until reason newSince }`
	causesQuery = `query($first: Int, $after: String) { attention(first: $first, after: $after) {
 nodes { id state since cause { kind name { namespace name } connector owner says } members(first: 1) { totalCount } ` + ackFields + ` } pageInfo { hasNextPage endCursor } cut } }`
)

// rootCauses reads one page, the worst first; cut says what was not looked at.
func (c *client) rootCauses(ctx context.Context, p page) (list []rootCause, more pageInfo, cut *string, err error) {
	var out struct {
		Attention struct {
			Nodes    []rootCause
			PageInfo pageInfo
			Cut      *string
		}
	}
	err = c.graphql(ctx, causesQuery, p.vars(), &out)
	return out.Attention.Nodes, out.Attention.PageInfo, out.Attention.Cut, err
}

func (a *app) causes(c *cobra.Command, q ackAsk) error {
	if q.reason != "" || q.back || q.dry {
		return usageError("weir ack lists the causes", "which cause is it about?")
	}
	form, err := output(c, "table", "json")
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	list, more, cut, err := newClient(cfg).rootCauses(c.Context(), q.page)
	if err != nil {
		return err
	}
	if cut != nil {
		a.say("%s", *cut)
	}
	return a.printList(form, "causes", list, []string{"STATE", "CAUSE", "SINCE", "KEEPS", "ASK", "LOOKED AFTER BY", "WHY", "ID"}, rowsOf(list, rootCause.row), more)
}

func (r rootCause) row() []string {
	ask, by := "nobody known", ""
	if r.Cause.Owner != nil {
		ask = *r.Cause.Owner
	}
	if k := r.Acknowledgement; k != nil {
		if by = k.Actor + ": " + k.Reason; k.NewSince > 0 {
			by += fmt.Sprintf(" (%d more since)", k.NewSince)
		}
	}
	state := inWords(r.State)
	return []string{state, oneLine(r.String()), clockOr(r.Since, ""), count(r.Members.TotalCount, "asset", "assets"), oneLine(ask), oneLine(by), oneLine(r.Cause.Says), r.ID}
}

// String names the cause, for example job:prod/ingest_orders.
func (r rootCause) String() string {
	name := r.Cause.Name.Name
	if name == "" {
		return r.ID
	}
	if r.Cause.Name.Namespace != "" {
		name = r.Cause.Name.Namespace + "/" + name
	}
	return strings.ToLower(r.Cause.Kind) + ":" + name
}

// cause finds the one that is meant by its id, its name, or a part of that.
func (c *client) cause(ctx context.Context, text string) (rootCause, error) {
	var all []rootCause
	for p := (page{first: 200}); ; {
		list, more, _, err := c.rootCauses(ctx, p)
		if err != nil {
			return rootCause{}, err
		}
		for _, r := range list {
			if !slices.ContainsFunc(all, func(o rootCause) bool { return o.ID == r.ID }) { // the list may move between its pages
				all = append(all, r)
			}
		}
		if !more.HasNextPage || more.EndCursor == nil {
			break
		}
		p.after = *more.EndCursor
	}
	part := func(r rootCause) bool { return strings.Contains(strings.ToLower(r.String()), strings.ToLower(text)) }
	whole := func(r rootCause) bool { return r.ID == text || r.String() == text || r.Cause.Name.Name == text }
	for _, fits := range []func(rootCause) bool{whole, part} {
		found := slices.DeleteFunc(slices.Clone(all), func(r rootCause) bool { return !fits(r) })
		switch len(found) {
		case 0:
			continue
		case 1:
			return found[0], nil
		}
		var names []string
		for _, r := range found {
			names = append(names, r.ID+"  "+r.String())
		}
		return rootCause{}, usageError("name one of:\n"+strings.Join(names, "\n"), "%q fits %d causes", text, len(found))
	}
	if strings.HasPrefix(text, "attention_") { // the list moves while it is read: weir knows
		return rootCause{ID: text}, nil
	}
	return rootCause{}, withCode(exitNotFound, catalog.WithHint(fmt.Errorf("nothing is wrong because of %q", text), "weir ack lists what is"))
}

func (a *app) acknowledge(c *cobra.Command, q ackAsk, text string) error {
	form, err := output(c, "table", "json")
	if err != nil {
		return err
	}
	if q.reason, err = reasonOr(q.reason, q.dry, "say why, or what is done about it: others read it"); err != nil {
		return err
	}
	w, err := a.speaker(c)
	if err != nil {
		return err
	}
	r, err := w.cause(c.Context(), text)
	if err != nil {
		return err
	}
	in := map[string]any{"attention": r.ID, "reason": q.reason, "takeBack": q.back}
	if q.dry {
		return a.foresee(c.Context(), w, form, "acknowledge", in)
	}
	var out struct {
		Acknowledge struct{ Acknowledgement *acknowledged }
	}
	if err := w.graphql(c.Context(), `mutation($in: AcknowledgeInput!) { acknowledge(input: $in) { `+ackFields+` } }`, map[string]any{"in": in}, &out); err != nil {
		return err
	}
	if r.Acknowledgement = out.Acknowledge.Acknowledgement; form == "json" {
		return printJSON(a.out, map[string]any{"cause": r})
	}
	says := "is not looked after"
	if k := r.Acknowledgement; k != nil {
		says = fmt.Sprintf("is looked after by %s, until %s at most", k.Actor, clock(k.Until))
	}
	_, err = fmt.Fprintf(a.out, "%s %s\n", oneLine(r.String()), oneLine(says))
	return err
}
