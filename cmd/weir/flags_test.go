package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const flagsPage = "../../docs/flags.md"

// TestFlagsPage: docs/flags.md lists every command with every flag.
func TestFlagsPage(t *testing.T) {
	a := &app{process: process{getenv: func(string) string { return "" }}}
	want := "# Commands and flags\n\nWritten by `go test ./cmd/weir -run TestFlagsPage -update`; what they are for stands in [cli.md](cli.md).\n" + describe(a.root())
	if *update {
		if err := os.WriteFile(flagsPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(flagsPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		t.Errorf("%s is stale: run the command in its second line", flagsPage)
	}
}

// describe is the section of c, and those of the commands below it.
func describe(c *cobra.Command) string {
	var b strings.Builder
	if c.Runnable() && !c.Hidden {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n", c.CommandPath(), strings.TrimSuffix(c.Short, "."))
		rows := flagRows(c)
		if rows != "" {
			fmt.Fprintf(&b, "\n| Flag | Default | Meaning |\n|---|---|---|\n%s", rows)
		}
	}
	for _, sub := range c.Commands() {
		b.WriteString(describe(sub))
	}
	return b.String()
}

func flagRows(c *cobra.Command) string {
	var b strings.Builder
	flags := c.LocalFlags()
	flags.SortFlags = true
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		name := "`--" + f.Name + "`"
		if f.Shorthand != "" {
			name = "`-" + f.Shorthand + "` " + name
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, defaultOf(f), strings.ReplaceAll(f.Usage, "|", `\|`))
	})
	return b.String()
}

func defaultOf(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "false", "[]", "0":
		return ""
	}
	return "`" + f.DefValue + "`"
}
