package main

import (
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// completionTime is how long a shell waits for names; completionMost how many.
const (
	completionTime = 300 * time.Millisecond
	completionMost = 50
)

// namesOfAssets finds the words in the use of a command that stand for assets.
var namesOfAssets = regexp.MustCompile(`\b(NAME|FROM|TO)\b`)

// completing lets a shell complete the names of assets, everywhere below c.
func (a *app) completing(c *cobra.Command) *cobra.Command {
	for _, sub := range c.Commands() {
		a.completing(sub)
	}
	use, _, _ := strings.Cut(c.Use, " |")
	n := len(namesOfAssets.FindAllString(use, -1))
	if n == 0 || c.ValidArgsFunction != nil || strings.Contains(use, "--") {
		return c
	}
	c.ValidArgsFunction = func(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= n && !strings.HasSuffix(use, "NAME...") {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return a.assetsBeginning(c, begun), cobra.ShellCompDirectiveNoFileComp
	}
	return c
}

// assetsBeginning are names that begin with what was typed, whole or without
// their namespace; none when the server does not say so soon.
func (a *app) assetsBeginning(c *cobra.Command, begun string) (names []string) {
	cfg, err := a.config(c)
	if err != nil {
		return nil
	}
	cfg.Timeout = completionTime
	var out struct{ Assets struct{ Nodes []asset } }
	text := strings.TrimPrefix(strings.TrimPrefix(begun, "dataset:"), "job:")
	if err := newClient(cfg).graphql(c.Context(), `query($s: String, $n: Int) { assets(search: $s, first: $n) { nodes { `+assetFields+` } } }`, map[string]any{"s": text, "n": completionMost}, &out); err != nil {
		return nil // a shell has no place for errors
	}
	for _, x := range out.Assets.Nodes {
		for _, name := range []string{x.String(), oneLine(x.Name.Name)} {
			if strings.HasPrefix(name, begun) {
				names = append(names, name)
				break
			}
		}
	}
	return names
}
