package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) impactCommand() *cobra.Command {
	var changes []string
	var failOn string
	c := &cobra.Command{
		Use: "impact --change KIND:NAME[#COLUMN]...", Short: "Say what a change would do downstream", Args: cobra.NoArgs,
		Long: `Kinds: drop, rename, retype, add, stop. With #COLUMN the change is of one column.
A new name or type stands behind "=". What is not known is shown as UNKNOWN, never
as safe.`,
		Example: `  weir impact --change drop:dataset:postgres://wh:5432/shop.raw.orders#amount
  weir impact --change rename:shop.raw.orders#amount=total --fail-on breaking`,
		RunE: func(c *cobra.Command, _ []string) error { return a.impact(c, changes, failOn) },
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "table", "json")
	c.Flags().StringArrayVar(&changes, "change", nil, "a change; may be given several times")
	c.Flags().StringVar(&failOn, "fail-on", "", "exit 3 when something is at least: breaking, degrading or unknown")
	return c
}

// changeKinds are the words of --change, for a whole and for a column.
var changeKinds = map[string][2]string{
	"drop": {"DROP_DATASET", "DROP_FIELD"}, "rename": {"RENAME_DATASET", "RENAME_FIELD"}, "retype": {"", "RETYPE_FIELD"},
	"add": {"", "ADD_FIELD"}, "stop": {"STOP_JOB", ""},
}

// severities from the worst down; unknown counts as degrading at least.
var failLevels = map[string][]string{"breaking": {"BREAKING"}, "degrading": {"BREAKING", "DEGRADING"}, "unknown": {"BREAKING", "DEGRADING", "UNKNOWN"}}

type impactAnswer struct {
	Affected []struct {
		Asset    *asset   `json:"asset"`
		Fields   []string `json:"fields"`
		Severity string   `json:"severity"`
		Reason   string   `json:"reason"`
		Distance int      `json:"distance"`
	} `json:"affected"`
	Counts []struct {
		Severity string `json:"severity"`
		Count    int    `json:"count"`
	} `json:"counts"`
	Owners []struct {
		Name string `json:"name"`
	} `json:"owners"`
	Complete bool    `json:"complete"`
	Cut      *string `json:"cut"`
}

func (a *app) impact(c *cobra.Command, changes []string, failOn string) error {
	form, err := output(c, "table", "json")
	if err != nil {
		return err
	}
	if len(changes) == 0 {
		return usageError("weir impact --change drop:dataset:NAMESPACE/NAME#COLUMN", "which change?")
	}
	if failOn != "" && failLevels[failOn] == nil {
		return usageError("breaking, degrading or unknown", "unknown --fail-on %q", failOn)
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	answer, err := newClient(cfg).impact(c.Context(), changes)
	if err != nil {
		return err
	}
	if form == "json" {
		err = printJSON(a.out, map[string]any{"changes": changes, "impact": answer})
	} else {
		err = a.printImpact(answer)
	}
	if err != nil {
		return err
	}
	return findings(answer, failOn)
}

// findings is exit 3 when something is as bad as --fail-on says; an answer that
// was cut may hide it.
func findings(answer impactAnswer, failOn string) error {
	if failOn == "" {
		return nil
	}
	for _, n := range answer.Counts {
		if slices.Contains(failLevels[failOn], n.Severity) && n.Count > 0 {
			return withCode(exitFindings, fmt.Errorf("%d assets are %s", n.Count, strings.ToLower(n.Severity)))
		}
	}
	if !answer.Complete {
		return withCode(exitFindings, errors.New("the answer is cut: what lies beyond is not known"))
	}
	return nil
}

func (c *client) impact(ctx context.Context, changes []string) (impactAnswer, error) {
	var inputs []map[string]any
	for _, text := range changes {
		in, err := c.change(ctx, text)
		if err != nil {
			return impactAnswer{}, err
		}
		inputs = append(inputs, in)
	}
	var out struct{ Impact impactAnswer }
	err := c.graphql(ctx, `query($changes: [ChangeInput!]!) { impact(changes: $changes) { complete cut owners { name } counts { severity count }
 affected { fields severity reason distance asset { `+assetFields+` } } } }`, map[string]any{"changes": inputs}, &out)
	return out.Impact, err
}

// change reads "drop:NAME#COLUMN" and the like.
func (c *client) change(ctx context.Context, text string) (map[string]any, error) {
	word, rest, ok := strings.Cut(text, ":")
	kinds, known := changeKinds[word]
	if !ok || !known {
		return nil, usageError("drop:NAME, drop:NAME#COLUMN, rename:NAME#COLUMN=NEW, retype:NAME#COLUMN=TYPE, add:NAME#COLUMN, stop:JOB", "unreadable change %q", text)
	}
	rest, to, hasTo := strings.Cut(rest, "=")
	name, field, hasField := rest, "", false
	if i := strings.LastIndexByte(rest, '#'); i >= 0 {
		name, field, hasField = rest[:i], rest[i+1:], true
	}
	kind := kinds[0]
	if hasField {
		kind = kinds[1]
	}
	if kind == "" {
		return nil, usageError("retype and add are about a column (NAME#COLUMN), stop is about a job", "%s does not fit %q", word, rest)
	}
	x, err := c.find(ctx, name)
	if err != nil {
		return nil, err
	}
	in := map[string]any{"dataset": map[string]any{"namespace": x.Name.Namespace, "name": x.Name.Name}, "kind": kind}
	if hasField {
		in["field"] = field
	}
	if hasTo {
		in["to"] = to
	}
	return in, nil
}

func (a *app) printImpact(answer impactAnswer) error {
	var rows [][]string
	for _, x := range answer.Affected {
		name := "?"
		if x.Asset != nil {
			name = x.Asset.String()
		}
		rows = append(rows, []string{x.Severity, strconv.Itoa(x.Distance), name, strings.Join(x.Fields, ","), x.Reason})
	}
	if err := printTable(a.out, []string{"SEVERITY", "HOPS", "ASSET", "COLUMNS", "REASON"}, rows); err != nil {
		return err
	}
	var tell []string
	for _, o := range answer.Owners {
		tell = append(tell, o.Name)
	}
	if len(tell) > 0 {
		a.say("tell: %s", strings.Join(tell, ", "))
	}
	if !answer.Complete {
		a.say("the answer is cut: more lies beyond")
	}
	return nil
}
