package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (a *app) resolveCommand() *cobra.Command {
	var as string
	words := []string{"succeeded", "failed", "not-sent"}
	c := a.asking("resolve ACTION", "Say what became of an action that weir lost sight of", "resolveAction", "ResolveActionInput", cobra.ExactArgs(1),
		func(_ *cobra.Command, _ *client, q *acting, args []string) (map[string]any, error) {
			switch {
			case q.key != "":
				return nil, usageError("leave --key out", "an action is resolved once, and needs no key")
			case !slices.Contains(words, as):
				return nil, usageError("--as succeeded, --as failed or --as not-sent", "unknown --as %q", as)
			}
			return map[string]any{"action": args[0], "as": strings.ToUpper(strings.ReplaceAll(as, "-", "_"))}, nil
		})
	c.Long = `Closes an action that is LOST or AMBIGUOUS, and frees what it holds. Look at the
tool first. What succeeded or failed is closed as if the tool had said it; what was
never sent is decided anew, and would be sent under the same key.`
	c.Example = `  weir notices --open                              what is lost
  weir resolve action_0198c0de-... --as failed --because "the cluster was gone, the log ends at 04:10"`
	c.Flags().StringVar(&as, "as", "", "succeeded, failed or not-sent")
	c.Flags().SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "because" { // the same as --reason
			name = "reason"
		}
		return pflag.NormalizedName(name)
	})
	return c
}
