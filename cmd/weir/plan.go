package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

func (a *app) planCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "plan [PATH...]", Short: "Say what policy files would change", Args: cobra.ArbitraryArgs,
		Long: `Compares policy files with the policies in force at a running server: the
documents, the assets each policy is about, what holds, triggers and would be
started, what would be decided now, and the next 14 days. Prints the hash that
apply takes. The files are the whole set: what is in none of them goes.`,
		Example: `  weir plan ./policies
  weir plan ./policies --fail-on changes      exit 3 when files and server differ`,
		RunE: func(c *cobra.Command, args []string) error { return a.plan(c, args) },
	}
	c.Flags().String("fail-on", "", "exit 3 when there are: changes")
	addSettings(c.Flags(), "policies", "url", "timeout")
	outputFlag(c, "text", "json")
	return c
}

func (a *app) applyCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "apply [PATH...]", Short: "Put policy files in force", Args: cobra.ArbitraryArgs,
		Long: `Puts policy files in force at a server that was started without --policies. It
takes the hash of the plan that was looked at, and is refused when that plan no
longer holds: the files, the policies in force or what they are about changed.`,
		Example: `  weir apply ./policies --plan 5d41402abc4b2a76b9719d911017c592 --reason "marts hourly"`,
		RunE:    func(c *cobra.Command, args []string) error { return a.apply(c, args) },
	}
	c.Flags().String("plan", "", "hash of the plan that was looked at")
	c.Flags().Bool("no-trial", false, "modes that rose hold at once, not after a day; needs --reason")
	statedFlags(a, c)
	addSettings(c.Flags(), "policies")
	return c
}

func (a *app) rollbackCommand() *cobra.Command {
	var list bool
	c := &cobra.Command{
		Use: "rollback [VERSION]", Short: "Put an earlier version of the policies in force again", Args: cobra.MaximumNArgs(1),
		Long:    "Puts the files of an earlier version in force again, as a new version; without VERSION those before the newest. --list prints the versions.",
		Example: "  weir rollback\n  weir rollback 3 --reason \"marts twice a day was too much\"\n  weir rollback --list",
		RunE: func(c *cobra.Command, args []string) error {
			if list {
				return a.policyVersions(c)
			}
			return a.rollback(c, args)
		},
	}
	c.Flags().BoolVar(&list, "list", false, "print the versions, newest first, and change nothing")
	statedFlags(a, c)
	return c
}

// statedFlags are those of commands that change what is in force.
func statedFlags(a *app, c *cobra.Command) {
	c.Flags().String("reason", "", "why, for those who find it")
	c.Flags().String("actor", a.getenv("USER"), "who says so (USER)")
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "text", "json")
}

// policyFile is a file as the server takes it.
type policyFile struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// policyFiles reads the files to plan, and refuses what is wrong with them
// before a server is asked.
func (a *app) policyFiles(c *cobra.Command, paths []string) ([]policyFile, Config, error) {
	cfg, err := a.config(c)
	if err != nil {
		return nil, cfg, err
	}
	if len(paths) == 0 && cfg.Policies != "" {
		paths = []string{cfg.Policies}
	}
	if len(paths) == 0 {
		return nil, cfg, usageError(c.CommandPath()+" ./policies", "no policy files named")
	}
	var all []catalog.PolicyFile
	for _, p := range paths {
		files, err := filesAt(p)
		if err != nil {
			return nil, cfg, err
		}
		all = append(all, files...)
	}
	if _, err := policies.Load(all); err != nil {
		return nil, cfg, withCode(exitUsage, err)
	}
	out := make([]policyFile, len(all))
	for i, f := range all {
		out[i] = policyFile(f)
	}
	return out, cfg, nil
}

// filesAt are the files of a directory, or one file.
func filesAt(path string) ([]catalog.PolicyFile, error) {
	if isDir(path) {
		return policies.ReadDir(path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, usageError("name a policy file or a directory of them", "read policies: %w", err)
	}
	return []catalog.PolicyFile{{Path: path, Text: string(b)}}, nil
}

func (a *app) plan(c *cobra.Command, paths []string) error {
	form, err := output(c, "text", "json")
	if err != nil {
		return err
	}
	failOn, err := c.Flags().GetString("fail-on")
	if err != nil {
		return err
	}
	if failOn != "" && failOn != "changes" {
		return usageError("--fail-on changes", "unknown --fail-on %q", failOn)
	}
	files, cfg, err := a.policyFiles(c, paths)
	if err != nil {
		return err
	}
	var out struct{ PlanPolicies policyPlan }
	err = newClient(cfg).graphql(c.Context(), `mutation($f: [PolicyFileInput!]!) { planPolicies(input: { files: $f }) { `+planFields+simulationFields+` } }`, map[string]any{"f": files}, &out)
	if err != nil {
		return err
	}
	p := out.PlanPolicies
	if form == "json" {
		err = printJSON(a.out, map[string]any{"plan": p})
	} else {
		a.printPlan(p)
	}
	if err == nil && failOn != "" && !p.Empty {
		return &codedError{error: errors.New("files and policies in force differ"), code: exitFindings, quiet: true}
	}
	return err
}

func (a *app) apply(c *cobra.Command, paths []string) error {
	hash, err := c.Flags().GetString("plan")
	if err != nil {
		return err
	}
	files, cfg, err := a.policyFiles(c, paths)
	if err != nil {
		return err
	}
	if hash == "" {
		return usageError("weir plan prints it", "apply needs the hash of the plan that was looked at: --plan HASH")
	}
	now, err := c.Flags().GetBool("no-trial")
	if err != nil {
		return err
	}
	return a.putInForce(c, cfg, "applyPolicies", "ApplyPoliciesInput", map[string]any{"files": files, "hash": hash, "noTrial": now})
}

func (a *app) rollback(c *cobra.Command, args []string) error {
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	input := map[string]any{}
	if len(args) > 0 {
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 1 {
			return usageError("weir rollback --list prints the versions", "unreadable version %q", args[0])
		}
		input["version"] = n
	}
	return a.putInForce(c, cfg, "rollbackPolicies", "RollbackPoliciesInput", input)
}

// policyVersion is a set that was put in force.
type policyVersion struct {
	Version    int       `json:"version"`
	At         time.Time `json:"at"`
	Actor      string    `json:"actor"`
	Reason     *string   `json:"reason"`
	Plan       string    `json:"plan"`
	RollbackTo *int      `json:"rollbackTo"`

	Trials  []policyTrial `json:"trials"`
	NoTrial bool          `json:"noTrial"`
}

const versionFields = `version at actor reason plan rollbackTo noTrial trials { policy from to until }`

// putInForce asks for a change of what is in force and prints what changed.
func (a *app) putInForce(c *cobra.Command, cfg Config, mutation, kind string, input map[string]any) error {
	form, err := output(c, "text", "json")
	if err != nil {
		return err
	}
	w := newClient(cfg)
	if w.actor, err = c.Flags().GetString("actor"); err != nil {
		return err
	}
	reason, err := c.Flags().GetString("reason")
	if err != nil {
		return err
	}
	if reason != "" {
		input["reason"] = reason
	}
	var out struct {
		Done struct {
			Version policyVersion
			Plan    policyPlan
		}
	}
	query := fmt.Sprintf(`mutation($in: %s!) { done: %s(input: $in) { version { %s } plan { %s } } }`, kind, mutation, versionFields, planFields)
	if err := w.graphql(c.Context(), query, map[string]any{"in": input}, &out); err != nil {
		return err
	}
	if form == "json" {
		return printJSON(a.out, map[string]any{"version": out.Done.Version, "plan": out.Done.Plan})
	}
	a.printChanges(out.Done.Plan)
	for _, t := range out.Done.Version.Trials {
		fmt.Fprintf(a.out, "%s, from %s on; at once with weir apply --no-trial\n", t.says(), clock(t.Until))
	}
	fmt.Fprintf(a.out, "version %d is in force\n", out.Done.Version.Version)
	return nil
}

func (a *app) policyVersions(c *cobra.Command) error {
	form, err := output(c, "text", "json")
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	list, more, err := newClient(cfg).policyVersions(c.Context())
	if err != nil {
		return err
	}
	if form == "json" {
		return printJSON(a.out, map[string]any{"versions": list, "more": more})
	}
	rows := [][]string{}
	for _, v := range list {
		says := ""
		if v.Reason != nil {
			says = *v.Reason
		}
		if v.RollbackTo != nil {
			says = fmt.Sprintf("back to %d; %s", *v.RollbackTo, says)
		}
		rows = append(rows, []string{strconv.Itoa(v.Version), clock(v.At), oneLine(v.Actor), shortHash(v.Plan), oneLine(says)})
	}
	if more {
		defer a.say("older versions are not shown")
	}
	return printTable(a.out, []string{"VERSION", "AT", "BY", "PLAN", "WHY"}, rows)
}

// maxVersions is how many versions are printed.
const maxVersions = 200

func (c *client) policyVersions(ctx context.Context) (list []policyVersion, more bool, err error) {
	var out struct {
		PolicyVersions struct {
			Nodes    []policyVersion
			PageInfo struct{ HasNextPage bool }
		}
	}
	err = c.graphql(ctx, `query($n: Int) { policyVersions(first: $n) { nodes { `+versionFields+` } pageInfo { hasNextPage } } }`, map[string]any{"n": maxVersions}, &out)
	return out.PolicyVersions.Nodes, out.PolicyVersions.PageInfo.HasNextPage, err
}

// shortHash is as much of a hash as people compare.
func shortHash(s string) string { return s[:min(len(s), 12)] }
