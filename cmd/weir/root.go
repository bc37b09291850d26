package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
)

// app is one run of the program.
type app struct {
	process
	configFile string
	noColor    bool
	quiet      bool
	// paints: what is printed goes to a terminal in the end.
	paints bool
}

// root builds the command tree.
func (a *app) root() *cobra.Command {
	c := &cobra.Command{
		Use:   "weir",
		Short: "metadata and lineage control plane",
		Long: `weir listens to what data tools do (OpenLineage events), knows what came from
what, and starts or holds runs by policies that say what should be true.`,
		Example: `  weir demo                                     see it work
  weir serve --policies ./policies              run it
  weir why dataset:postgres://wh:5432/shop.marts.orders
  weir gate --job job:prod/report -- ./report   ask before a run`,
		SilenceErrors: true, SilenceUsage: true, SuggestionsMinimumDistance: 2,
		Args: unknownCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.SetOut(a.out)
	c.SetErr(a.err)
	c.SetIn(a.in)
	c.PersistentFlags().StringVar(&a.configFile, "config", a.getenv("WEIR_CONFIG"), "configuration file (WEIR_CONFIG)")
	c.PersistentFlags().BoolVar(&a.noColor, "no-color", a.getenv("NO_COLOR") != "", "no colours (NO_COLOR)")
	c.PersistentFlags().BoolVarP(&a.quiet, "quiet", "q", false, "only data and errors")
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError(c.CommandPath()+" --help lists the flags", "%w", err)
	})
	for _, sub := range []*cobra.Command{
		a.serveCommand(), a.demoCommand(), a.eventsCommand(), a.dlqCommand(), a.exportCommand(), a.rebuildCommand(), a.backupCommand(), a.restoreCommand(),
		a.statusCommand(), a.showCommand(), a.runsCommand(), a.queryCommand(), a.whyCommand(), a.lateCommand(), a.nextCommand(), a.ackCommand(), a.killSwitchCommand(), a.noticesCommand(), a.searchCommand(), a.lineageCommand(), a.pathsCommand(), a.assetCommand(),
		a.impactCommand(), a.gateCommand(), a.validateCommand(), a.planCommand(), a.applyCommand(), a.rollbackCommand(), a.proposeCommand(), a.simulateCommand(), a.shadowCommand(), a.doctorCommand(), a.keysCommand(), a.loginCommand(), a.logoutCommand(), a.whoamiCommand(), a.configCommand(), a.schemaCommand(), a.initCommand(), a.versionCommand(),
	} {
		c.AddCommand(usageArgs(a.completing(sub)))
	}
	for _, sub := range a.actingCommands() {
		c.AddCommand(usageArgs(a.completing(sub)))
	}
	return c
}

// unknownCommand suggests what may have been meant.
func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := c.CommandPath() + " --help lists the commands"
	if s := c.SuggestionsFor(args[0]); len(s) > 0 {
		hint = "did you mean: " + c.CommandPath() + " " + strings.Join(s, ", ") + "?"
	}
	return usageError(hint, "unknown command %q", strings.TrimPrefix(c.CommandPath()+" "+args[0], "weir "))
}

// group is a command that only holds others.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: unknownCommand, RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(subs...)
	return c
}

// usageArgs makes wrong arguments a usage error, everywhere below c.
func usageArgs(c *cobra.Command) *cobra.Command {
	for _, sub := range c.Commands() {
		usageArgs(sub)
	}
	check := c.Args
	if check == nil {
		check = cobra.NoArgs
	}
	c.Args = func(c *cobra.Command, args []string) error {
		err := check(c, args)
		if err == nil || exitCode(c.Context(), err) == exitUsage {
			return err
		}
		return usageError(c.CommandPath()+" --help shows examples", "%w", err)
	}
	return c
}

// config loads the configuration as a command sees it.
func (a *app) config(c *cobra.Command) (Config, error) {
	return loadConfig(c.Flags(), a.configFile, a.environ)
}

// logger writes words to stderr.
func (a *app) logger(c Config) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, usageError("debug, info, warn or error", "unknown log level %q", c.LogLevel)
	}
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(a.err, o)), nil
	}
	return slog.New(slog.NewTextHandler(a.err, o)), nil
}

// color reports whether w may be coloured.
func (a *app) color(w any) bool {
	return !a.noColor && a.getenv("TERM") != "dumb" && (a.paints || isTerminal(w))
}

// isTerminal: a person sits at it.
func isTerminal(x any) bool {
	f, ok := x.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// say writes words, unless they are not wanted.
func (a *app) say(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.err, format+"\n", args...)
	}
}
