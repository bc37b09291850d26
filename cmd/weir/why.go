package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

func (a *app) whyCommand() *cobra.Command {
	var q whyQuestion
	c := &cobra.Command{
		Use: "why NAME", Short: "Say why an asset, run, action or gate's answer is as it is", Args: cobra.ExactArgs(1),
		Long: `Prints the decision on an asset as it stands now, with its evaluated tree: every
condition, its value (true, false, unknown) and a sentence. For an action, and for
the run that it began, it prints the decision that made it and the action's history;
for a run that asked the gate, and for the decisionId of a gate's answer, what the
gate decided. --at shows what was decided last before that time.`,
		Example: `  weir why dataset:postgres://wh:5432/shop.marts.orders
  weir why orders --policy orders-mart --at 2026-03-01T06:00:00Z
  weir why decision_0198c0de-...
  weir why action_0198c0de-...   -o json`,
		RunE: func(c *cobra.Command, args []string) error { return a.why(c, args[0], q) },
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "tree", "json")
	c.Flags().StringVar(&q.policy, "policy", "", "of this policy, when several are about it")
	c.Flags().StringVar(&q.at, "at", "", "as it was decided last before this time: 2026-03-01 or RFC 3339")
	return c
}

// whyQuestion is what is asked beside the name: "" is any policy, and now.
type whyQuestion struct{ policy, at string }

// vars are the variables of the question about what has the id.
func (q whyQuestion) vars(id string) (map[string]any, error) {
	vars := map[string]any{"id": id}
	if q.policy != "" {
		vars["policy"] = q.policy
	}
	if q.at == "" {
		return vars, nil
	}
	at, err := readTime(q.at)
	if err != nil {
		return nil, err
	}
	vars["at"] = at
	return vars, nil
}

type decision struct {
	ID         string                   `json:"id"`
	At         time.Time                `json:"at"`
	PolicyName *string                  `json:"policyName"`
	Mode       string                   `json:"mode"`
	TargetName nameOf                   `json:"targetName"`
	Outcome    string                   `json:"outcome"`
	Reasons    []flatReason             `json:"reasons"`
	Position   string                   `json:"position"`
	Action     *action                  `json:"action"`
	Policy     *struct{ Source string } `json:"policy"`
	Reuse      *reuse                   `json:"reuse,omitempty"`
}

// reuse is the proof that nothing has changed.
type reuse struct {
	Version     string        `json:"version"`
	RunID       *string       `json:"runId"`
	CodeVersion *string       `json:"codeVersion"`
	CodeHash    *string       `json:"codeHash"`
	Inputs      []reusedInput `json:"inputs"`
}

type reusedInput struct {
	Name        nameOf  `json:"name"`
	Version     string  `json:"version"`
	Read        string  `json:"read"`
	DataVersion *string `json:"dataVersion"`
}

type nameOf struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

type flatReason struct {
	Depth       int        `json:"depth"`
	Atom        string     `json:"atom"`
	Value       string     `json:"value"`
	Says        string     `json:"says"`
	MayChangeAt *time.Time `json:"mayChangeAt"`
}

type action struct {
	ID          string `json:"id"`
	State       string `json:"state"`
	Connector   string `json:"connector"`
	ToolJob     string `json:"toolJob"`
	ExternalID  string `json:"externalId"`
	Says        string `json:"says"`
	Transitions []struct {
		To    string    `json:"to"`
		At    time.Time `json:"at"`
		Cause string    `json:"cause"`
	} `json:"transitions"`
}

const decisionFields = `id at policyName mode targetName { namespace name } outcome position policy { source }
 reasons { depth atom value says mayChangeAt }
 action { id state connector toolJob externalId says transitions { to at cause } }
 reuse { version runId codeVersion codeHash inputs { name { namespace name } version read dataVersion } }`

func (a *app) why(c *cobra.Command, name string, q whyQuestion) error {
	form, err := output(c, "tree", "json")
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	d, what, err := newClient(cfg).why(c.Context(), name, q)
	if err != nil {
		return err
	}
	if form == "json" {
		return printJSON(a.out, map[string]any{"asset": what, "decision": d, "link": pageLink(cfg.URL, decisionPath(d.ID))})
	}
	a.printDecision(d)
	a.sayPage(cfg.URL, decisionPath(d.ID))
	return nil
}

// why asks for the decision on what a person writes. No policy about it is not
// found.
func (c *client) why(ctx context.Context, name string, q whyQuestion) (decision, string, error) {
	if id, what := ledgerID(name); id != "" {
		d, err := c.decided(ctx, id, q)
		if err == nil && d == nil {
			err = withCode(exitNotFound, catalog.WithHint(fmt.Errorf("no policy is about %s", name), "weir runs and weir actions list what there is"))
		}
		if err != nil {
			return decision{}, "", err
		}
		return *d, what, nil
	}
	x, err := c.findSelected(ctx, name)
	if err != nil {
		return decision{}, "", err
	}
	d, err := c.decided(ctx, x.ID, q)
	if err == nil && d == nil {
		err = undecided(x, q)
	}
	if err != nil {
		return decision{}, "", err
	}
	return *d, x.String(), nil
}

// ledgerID is the node id of what is no asset: a run, an action or a decision. A
// gate answers with the bare id of its decision.
func ledgerID(name string) (id, what string) {
	for _, prefix := range []string{"action_", "run_", "decision_"} {
		if strings.HasPrefix(name, prefix) {
			return name, name
		}
	}
	if _, err := uuid.Parse(name); err == nil {
		return "decision_" + name, "decision_" + name
	}
	return "", ""
}

// decided is null when no policy is, or was, about it.
func (c *client) decided(ctx context.Context, id string, q whyQuestion) (*decision, error) {
	vars, err := q.vars(id)
	if err != nil {
		return nil, err
	}
	var out struct{ Why *decision }
	err = c.graphql(ctx, `query($id: ID!, $policy: String, $at: Time) { why(id: $id, policy: $policy, at: $at) { `+decisionFields+` } }`, vars, &out)
	return out.Why, err
}

func undecided(x asset, q whyQuestion) error {
	err, hint := fmt.Errorf("no policy is about %s", x), "a policy selects it by: select: { asset: \""+x.String()+"\" }"
	if q.policy != "" {
		err, hint = fmt.Errorf("policy %s is not about %s", q.policy, x), "leave out --policy"
	}
	if q.at != "" {
		err, hint = fmt.Errorf("nothing was decided about %s until %s", x, q.at), "leave out --at for how it stands now"
	}
	return withCode(exitNotFound, catalog.WithHint(err, hint))
}

func (a *app) printDecision(d decision) {
	color := a.color(a.out)
	policy := "no policy"
	if d.PolicyName != nil {
		policy = "policy " + *d.PolicyName
	}
	fmt.Fprintf(a.out, "%s/%s: %s by %s (mode %s) at %s\n", d.TargetName.Namespace, d.TargetName.Name,
		paint(color, outcomeColor(d.Outcome), d.Outcome), policy, strings.ToLower(d.Mode), clock(d.At))
	policies.RenderReason(a.out, treeOf(d.Reasons))
	a.printReuse(d.Reuse)
	if d.Action == nil {
		return
	}
	what := ""
	if d.Action.ToolJob != "" {
		what = ": " + d.Action.ToolJob + " on " + d.Action.Connector
	}
	fmt.Fprintf(a.out, "\n%s%s is %s\n", d.Action.ID, what, paint(color, bold, d.Action.State))
	last := ""
	for _, t := range d.Action.Transitions {
		fmt.Fprintf(a.out, "  %s  %-11s %s\n", clock(t.At), t.To, t.Cause)
		last = t.Cause
	}
	if d.Action.Says != "" && d.Action.Says != last {
		fmt.Fprintf(a.out, "  now: %s\n", d.Action.Says)
	}
}

// printReuse shows the proof of a reuse by its ids.
func (a *app) printReuse(r *reuse) {
	if r == nil {
		return
	}
	made := "version " + r.Version
	if r.RunID != nil {
		made += " of run " + *r.RunID
	}
	fmt.Fprintf(a.out, "\nreuses %s\n", oneLine(made))
	code := catalog.Code{Version: deref(r.CodeVersion), Hash: deref(r.CodeHash)}
	if !code.Known() {
		code.Version = "not reported, not compared"
	}
	fmt.Fprintf(a.out, "  code %s\n", oneLine(fmt.Sprint(code)))
	for _, in := range r.Inputs {
		same := "as read"
		if in.Version != in.Read {
			same = "read as " + in.Read + ", both data version " + deref(in.DataVersion)
		}
		fmt.Fprintf(a.out, "  %s\n", oneLine(fmt.Sprintf("%s/%s %s, %s", in.Name.Namespace, in.Name.Name, in.Version, same)))
	}
}

func outcomeColor(o string) string {
	switch o {
	case "RUN", "NOTHING":
		return green
	case "DENY":
		return red
	}
	return yellow
}

// treeOf rebuilds the tree from the flat list, each node before its children.
func treeOf(list []flatReason) catalog.Reason {
	if len(list) == 0 {
		return catalog.Reason{}
	}
	r, _ := subtree(list)
	return r
}

func subtree(list []flatReason) (catalog.Reason, []flatReason) {
	head := list[0]
	r := catalog.Reason{Atom: head.Atom, Value: catalog.Ternary(head.Value), Says: head.Says}
	if head.MayChangeAt != nil {
		r.MayChangeAt = *head.MayChangeAt
	}
	rest := list[1:]
	for len(rest) > 0 && rest[0].Depth > head.Depth {
		var child catalog.Reason
		child, rest = subtree(rest)
		r.Children = append(r.Children, child)
	}
	return r, rest
}
