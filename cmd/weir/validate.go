package main

import (
	"context"
	"errors"
	"fmt"
	"os"
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
		Long:    "Reads policy files or directories of them, the connectors file and the declared assets, as serve does, and says what is wrong: file, line, code, hint. Exit code 2 when anything is.",
		Example: "  weir validate ./policies --connectors ./connectors.yaml --assets ./assets.yaml",
		RunE:    func(c *cobra.Command, args []string) error { return a.validate(c, args) },
	}
	addSettings(c.Flags(), "policies", "connectors", "assets")
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
	if len(paths) == 0 && cfg.Connectors == "" && cfg.Assets == "" {
		return usageError("weir validate ./policies, --connectors FILE or --assets FILE", "nothing to validate")
	}
	set, errs := readPolicies(paths)
	conns, connErr := connectorNames(cfg.Connectors)
	errs = append(errs, split2(connErr)...)
	assets, assetErr := loadAssets(cfg.Assets)
	errs = append(errs, split2(assetErr)...)
	if len(errs) == 0 && cfg.Connectors != "" {
		errs = append(errs, missingConnectors(set, conns)...)
	}
	return a.printFindings(form, set, len(conns), len(assets), errs)
}

func readPolicies(paths []string) (all []*policies.Policy, errs []error) {
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			errs = append(errs, usageError("name a policy file or a directory of them", "read policies: %w", err))
			continue
		}
		var list []*policies.Policy
		if info.IsDir() {
			var set *policies.Set
			if set, err = policies.LoadDir(p); set != nil {
				list = set.Policies
			}
		} else {
			list, err = parseFile(p)
		}
		all = append(all, list...)
		errs = append(errs, split2(err)...)
	}
	return all, errs
}

func parseFile(path string) ([]*policies.Policy, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	return policies.Parse(path, b)
}

func split2(err error) []error {
	if err == nil {
		return nil
	}
	return split(err)
}

func connectorNames(path string) (map[string]bool, error) {
	if path == "" {
		return nil, nil
	}
	list, err := connectors.Load(path, kinds)
	names := map[string]bool{}
	for _, c := range list {
		names[c.Name] = true
	}
	return names, err
}

// missingConnectors: a target that names no configured connector can never run.
func missingConnectors(list []*policies.Policy, names map[string]bool) (errs []error) {
	for _, p := range list {
		if p.Target != nil && !names[p.Target.Connector] {
			errs = append(errs, &policies.FileError{File: p.File, Line: p.Line, Code: "E130", What: fmt.Sprintf("policy %s starts jobs through connector %q, which is not configured", p.Name, p.Target.Connector), Hint: "add it to the connectors file, or name another"})
		}
	}
	return errs
}

func (a *app) printFindings(form string, set []*policies.Policy, conns, assets int, errs []error) error {
	if form == "json" {
		list := []map[string]any{}
		for _, e := range errs {
			list = append(list, findingJSON(e))
		}
		if err := printJSON(a.out, map[string]any{"policies": len(set), "connectors": conns, "assets": assets, "findings": list}); err != nil {
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
	for _, p := range set {
		start := "weir finds what to start"
		if p.Target != nil {
			start = "starts " + p.Target.Job + " on " + p.Target.Connector
		} else if !p.Acts() {
			start = "starts nothing"
		}
		fmt.Fprintf(a.out, "%s  %s  %s  %s\n", p.Name, strings.ToLower(string(p.Mode)), p.Select, start)
	}
	a.say("fine: %s", inventory(len(set), conns, assets))
	return nil
}

func findingJSON(err error) map[string]any {
	out := map[string]any{"message": err.Error(), "hint": hintOf(err)}
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
