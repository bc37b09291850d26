package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/server/gql/model"
)

func (a *app) configCommand() *cobra.Command {
	explain := &cobra.Command{
		Use: "explain", Short: "List every setting, and where it comes from", Args: cobra.NoArgs,
		Long: `Reads flags, variables and the file as serve and the commands that ask a server do,
and says of each setting what it is and what set it. Nothing is opened, no server is
asked: what a running weir goes by stands on its page System. Of addresses only what
is no secret is shown.`,
		Example: `  weir config explain --config weir.yaml
  WEIR_URL=https://weir.example weir config explain -o json`,
		RunE: func(c *cobra.Command, _ []string) error { return a.explainConfig(c) },
	}
	addSettings(explain.Flags())
	addSettings(explain.Flags(), "url", "timeout")
	outputFlag(explain, "table", "json")
	return group("config", "See how weir is configured", explain)
}

// explainedSetting is a setting for programs.
type explainedSetting struct {
	Key    string              `json:"key"`
	Value  string              `json:"value"`
	Origin model.SettingOrigin `json:"origin"`
	At     string              `json:"at,omitempty"`
}

func (a *app) explainConfig(c *cobra.Command) error {
	form, err := output(c, "table", "json")
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	list, rows := []explainedSetting{}, [][]string{}
	for _, s := range cfg.explained(func(setting) bool { return true }) {
		list = append(list, explainedSetting(s))
		rows = append(rows, []string{s.Key, oneLine(s.Value), strings.ToLower(string(s.Origin)), oneLine(s.At)})
	}
	if form == "json" {
		return printJSON(a.out, map[string]any{"settings": list})
	}
	return printTable(a.out, []string{"SETTING", "VALUE", "SET BY", "AT"}, rows)
}
