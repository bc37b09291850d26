package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
)

func (a *app) killSwitchCommand() *cobra.Command {
	var q killAsk
	c := &cobra.Command{
		Use: "kill-switch [on|off]", Short: "Stop what weir starts, all of it or a part, or list what is stopped", Args: cobra.MaximumNArgs(1), ValidArgs: []string{"on", "off"},
		Long: `Turns a kill switch on or off: of everything, or with --tool, --policy or --namespace
of a part. On, nothing is sent there and gates answer run; what runs goes on, and
decisions are written down as ever. Without on or off it lists the switches that
are on.`,
		Example: `  weir kill-switch
  weir kill-switch on --tool airflow-main --reason "upgrade until 14:00"
  weir kill-switch off --tool airflow-main --reason "done"`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.switches(c)
			}
			return a.throw(c, q, args[0])
		},
	}
	addSettings(c.Flags(), "url", "timeout")
	f := c.Flags()
	f.String("actor", a.getenv("USER"), "who says so (USER)")
	f.StringVar(&q.reason, "reason", "", "why, for those who find it; needed with on and off")
	f.StringVar(&q.tool, "tool", "", "only what this connector does")
	f.StringVar(&q.policy, "policy", "", "only what this policy does")
	f.StringVar(&q.namespace, "namespace", "", "only what is done about assets of this namespace")
	dryRunFlag(c, &q.dry)
	c.MarkFlagsMutuallyExclusive("tool", "policy", "namespace")
	return c
}

type killAsk struct {
	reason, tool, policy, namespace string
	dry                             bool
}

// scope is how much is meant.
func (q killAsk) scope() (catalog.SwitchScope, any) {
	switch {
	case q.tool != "":
		return catalog.ScopeTool, q.tool
	case q.policy != "":
		return catalog.ScopePolicy, q.policy
	case q.namespace != "":
		return catalog.ScopeNamespace, q.namespace
	}
	return catalog.ScopeGlobal, nil
}

func (a *app) throw(c *cobra.Command, q killAsk, word string) error {
	if word != "on" && word != "off" {
		return usageError("on or off", "unknown %q", word)
	}
	reason, err := reasonOr(q.reason, q.dry, "say why, for those who find it")
	if err != nil {
		return err
	}
	w, err := a.speaker(c)
	if err != nil {
		return err
	}
	scope, name := q.scope()
	in := map[string]any{"on": word == "on", "scope": scope, "name": name, "reason": reason}
	if q.dry {
		return a.foresee(c.Context(), w, "text", "setKillSwitch", in)
	}
	var out struct{ SetKillSwitch struct{ Covers int } }
	if err := w.graphql(c.Context(), `mutation($in: SetKillSwitchInput!) { setKillSwitch(input: $in) { covers } }`, map[string]any{"in": in}, &out); err != nil {
		return err
	}
	text, _ := name.(string)
	n := out.SetKillSwitch.Covers
	if _, err := fmt.Fprintf(a.out, "%s is %s: it is about %s\n", catalog.Switch{Scope: scope, Name: oneLine(text)}, word, count(n, "asset", "assets")); err != nil {
		return err
	}
	if n == 0 && word == "on" {
		a.say("no policy is about anything there: is it spelt right?")
	}
	return nil
}

func (a *app) switches(c *cobra.Command) error {
	w, err := a.speaker(c)
	if err != nil {
		return err
	}
	var out struct {
		System struct {
			Switches []struct {
				Scope         catalog.SwitchScope
				Name          *string
				Reason, Actor string
				At            time.Time
			}
		}
	}
	if err := w.graphql(c.Context(), `{ system { switches { scope name reason actor at } } }`, nil, &out); err != nil {
		return err
	}
	if len(out.System.Switches) == 0 {
		a.say("no kill switch is on")
	}
	for _, s := range out.System.Switches {
		of := catalog.Switch{Scope: s.Scope, Name: oneLine(deref(s.Name))}
		if _, err := fmt.Fprintf(a.out, "%s is on since %s by %s: %s\n", of, clock(s.At), oneLine(s.Actor), oneLine(s.Reason)); err != nil {
			return err
		}
	}
	return nil
}
