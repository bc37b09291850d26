package main

import (
	"github.com/spf13/cobra"
	"github.com/vektah/gqlparser/v2/formatter"

	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/gen"
)

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use: "schema [graphql|policy]", Short: "Print the schema of GraphQL, or of policy files", Args: cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs), ValidArgs: []string{"graphql", "policy"},
		Long: `Prints what questions may be asked, as GraphQL's own schema language, or the JSON
Schema of policy files. Both are of this weir; no server is asked.`,
		Example: `  weir schema > schema.graphql
  weir schema policy > policy.schema.json`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 && args[0] == "policy" {
				_, err := a.out.Write(policies.JSONSchema())
				return err
			}
			formatter.NewFormatter(a.out, formatter.WithIndent("  ")).FormatSchema(gen.NewExecutableSchema(gen.Config{}).Schema())
			return nil
		},
	}
}
