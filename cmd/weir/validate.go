package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
)

func (a *app) validateCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "validate [PATH...]", Short: "Check policy, connector and asset files", Args: cobra.ArbitraryArgs,
		Long:    "Reads policy files or directories of them, the connectors file, the declared assets and the configuration (--config), as serve does, and says what is wrong: file, line, code, hint. Exit code 2 when anything is. With --catalog also what a server would say that knows that catalogue: a file of weir export graph, or the address of a server.",
		Example: "  weir validate ./policies --connectors ./connectors.yaml --assets ./assets.yaml\n  weir validate ./policies --catalog catalog.ndjson",
		RunE:    func(c *cobra.Command, args []string) error { return a.validate(c, args) },
	}
	c.Flags().String("catalog", "", "a file of weir export graph, or the address of a server, to check against")
	addSettings(c.Flags(), "policies", "connectors", "assets", "timeout")
	outputFlag(c, "text", "json")
	return c
}

func (a *app) validate(c *cobra.Command, paths []string) error {
	form, err := output(c, "text", "json")
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	if len(paths) == 0 && cfg.Policies != "" {
		paths = []string{cfg.Policies}
	}
	if len(paths) == 0 && cfg.Connectors == "" && cfg.Assets == "" && cfg.file == "" {
		return usageError("weir validate ./policies, --connectors FILE, --assets FILE or --config FILE", "nothing to validate")
	}
	against, err := c.Flags().GetString("catalog")
	if err != nil {
		return err
	}
	set, policyFiles, errs := readPolicies(paths)
	tools, connErr := toolsOf(cfg.Connectors)
	errs = append(errs, split2(connErr)...)
	assets, assetErr := loadAssets(cfg.Assets)
	errs = append(errs, split2(assetErr)...)
	errs = append(errs, split2(cfg.checkReachable(a.getenv))...)
	if len(errs) == 0 && cfg.Connectors != "" {
		errs = append(errs, set.CheckTools(tools)...)
	}
	cautions := set.Warnings()
	if len(errs) == 0 && against != "" {
		if cautions, err = a.known(c.Context(), cfg, against, set, policyFiles); err != nil {
			return err
		}
	}
	return a.printFindings(form, set, len(tools), len(assets), errs, cautions)
}

// readPolicies makes one set of all files: what is wrong between them shows.
func readPolicies(paths []string) (*policies.Set, []catalog.PolicyFile, []error) {
	var all []catalog.PolicyFile
	var errs []error
	for _, p := range paths {
		files, err := filesAt(p)
		all = append(all, files...)
		errs = append(errs, split2(err)...)
	}
	set, err := policies.Load(all)
	return set, all, append(errs, split2(err)...)
}

func split2(err error) []error {
	if err == nil {
		return nil
	}
	return split(err)
}

// toolsOf are the tools of the connectors file, as far as it tells.
func toolsOf(path string) ([]policies.Tool, error) {
	if path == "" {
		return nil, nil
	}
	list, err := connectors.Load(path, kinds)
	out := make([]policies.Tool, len(list))
	for i, c := range list {
		starter, starts := ofKind[c.Kind].(connectors.Starter)
		out[i] = policies.Tool{Name: c.Name, Kind: c.Kind, Starts: starts, Keyed: starts && starter.Keyed(), Anonymous: c.Kind == "airflow" && c.Auth == (connectors.Auth{})}
	}
	return out, err
}

func (a *app) printFindings(form string, set *policies.Set, conns, assets int, errs []error, cautions []catalog.FileError) error {
	if form == "json" {
		list := []map[string]any{}
		for _, e := range errs {
			list = append(list, findingJSON(e, "error"))
		}
		for _, w := range cautions {
			list = append(list, findingJSON(&w, "warning"))
		}
		if err := printJSON(a.out, map[string]any{"policies": set.Written(), "connectors": conns, "assets": assets, "findings": list}); err != nil {
			return err
		}
		if len(errs) > 0 {
			return &codedError{error: errors.New("files are wrong"), code: exitUsage, quiet: true}
		}
		return nil
	}
	if len(errs) > 0 {
		return withCode(exitUsage, errors.Join(errs...))
	}
	for _, w := range cautions {
		a.say("warning: %s\n  hint: %s", w.Error(), w.Hint)
	}
	for _, p := range set.Policies {
		start := "weir finds what to start"
		if p.Target != nil {
			start = "starts " + p.Target.Job + " on " + p.Target.Connector
		} else if !p.Acts() {
			start = "starts nothing"
		}
		fmt.Fprintf(a.out, "%s  %s  %s  %s\n", p.Name, strings.ToLower(string(p.Mode)), p.Select, start)
	}
	a.say("fine: %s", inventory(set.Written(), conns, assets))
	return nil
}

func findingJSON(err error, severity string) map[string]any {
	out := map[string]any{"severity": severity, "message": err.Error(), "hint": hintOf(err)}
	var f *catalog.FileError
	switch {
	case errors.As(err, &f):
		out["file"], out["line"], out["column"], out["code"], out["message"] = f.File, f.Line, f.Column, f.Code, f.What
	}
	return out
}

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs, Example: "  weir version --json",
		RunE: func(*cobra.Command, []string) error {
			b := buildInfo()
			if asJSON {
				return printJSON(a.out, map[string]any{"version": b.Version, "commit": b.Commit, "time": b.Time, "dirty": b.Dirty, "go": b.Go, "platform": b.Platform})
			}
			fmt.Fprintf(a.out, "weir %s (%s, %s)\n", b.Version, b.Go, b.Platform)
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

// build is what is known of this binary.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Time     string `json:"time,omitempty"`
	Dirty    bool   `json:"dirty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func buildInfo() build {
	b := build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Dirty = s.Value == "true"
		}
	}
	return b
}

// finding is one line of weir doctor.
type finding struct {
	what, state, says, fix string
}

func (a *app) doctorCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "doctor", Short: "Check the configuration and what weir talks to", Args: cobra.NoArgs,
		Long:    "Checks files, data directory, port, graph store, tools, the server and names; each line ok, warn or fail, and what to do. Exit code 1 when something fails.",
		Example: "  weir doctor --policies ./policies --connectors ./connectors.yaml",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.config(c)
			if err != nil {
				return err
			}
			return a.doctor(c.Context(), cfg)
		},
	}
	addSettings(c.Flags())
	addSettings(c.Flags(), "url", "timeout")
	return c
}

func (a *app) doctor(ctx context.Context, cfg Config) error {
	var list []finding
	for _, check := range checkups {
		list = append(list, check(ctx, a, cfg)...)
	}
	color, failed := a.color(a.out), 0
	for _, f := range list {
		fmt.Fprintf(a.out, "%s %s: %s\n", paint(color, stateColor[f.state], fmt.Sprintf("%-4s", f.state)), f.what, f.says)
		if f.fix != "" && f.state != "ok" {
			fmt.Fprintln(a.out, "       fix: "+strings.ReplaceAll(f.fix, "\n", "\n       "))
		}
		if f.state == "fail" {
			failed++
		}
	}
	if failed > 0 {
		return &codedError{error: fmt.Errorf("%d checks failed", failed), code: exitFailed, quiet: true}
	}
	return nil
}

var stateColor = map[string]string{"ok": green, "warn": yellow, "fail": red}
