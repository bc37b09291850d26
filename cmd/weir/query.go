package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

func (a *app) queryCommand() *cobra.Command {
	var vars []string
	c := &cobra.Command{
		Use: "query FILE", Short: "Ask a GraphQL question", Args: cobra.ExactArgs(1),
		Long: `Asks the question of a file, or of stdin with -, and prints the data of the answer as
JSON. docs/graphql.md has questions that people ask; the page of the web app at /query
has the schema beside it.`,
		Example: `  weir query late.graphql
  weir query asset.graphql --var namespace=postgres://wh:5432 --var name=shop.marts.orders
  echo '{ system { version } }' | weir query -`,
		RunE: func(c *cobra.Command, args []string) error { return a.query(c, args[0], vars) },
	}
	addSettings(c.Flags(), "url", "timeout")
	c.Flags().StringArrayVar(&vars, "var", nil, "a variable as NAME=VALUE, repeatable; a value that is JSON is taken as such")
	return c
}

func (a *app) query(c *cobra.Command, file string, list []string) error {
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	vars, err := readPairs("--var", list)
	if err != nil {
		return err
	}
	text, err := a.readQuestion(file)
	if err != nil {
		return err
	}
	var data json.RawMessage
	if err := newClient(cfg).graphql(c.Context(), text, vars, &data); err != nil {
		return err
	}
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(data)
}

// maxQuestion bounds what is sent; the server refuses less than that.
const maxQuestion = 1 << 20

func (a *app) readQuestion(file string) (string, error) {
	in := a.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("read the question: %w", err)
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxQuestion))
	if err != nil {
		return "", fmt.Errorf("read the question: %w", err)
	}
	return string(b), nil
}
