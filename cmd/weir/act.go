package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
)

// acting is what all commands that ask for an action share.
type acting struct {
	reason, key    string
	connector, job string
	wait           time.Duration
	dry            bool
}

// asking makes a command that asks for an action. fill adds what the mutation
// needs to its input; the input's type is that of the schema.
func (a *app) asking(use, short, mutation, inputType string, args cobra.PositionalArgs, fill func(*cobra.Command, *client, *acting, []string) (map[string]any, error)) *cobra.Command {
	var q acting
	c := &cobra.Command{Use: use, Short: short, Args: args, RunE: func(c *cobra.Command, args []string) error {
		form, err := output(c, "text", "json")
		if err != nil {
			return err
		}
		if q.reason, err = reasonOr(q.reason, q.dry, "say why: it stands in the ledger beside who asked"); err != nil {
			return err
		}
		w, err := a.speaker(c)
		if err != nil {
			return err
		}
		in, err := fill(c, w, &q, args)
		if err != nil {
			return err
		}
		in["reason"] = q.reason
		if q.key != "" {
			in["key"] = q.key
		}
		if q.dry {
			return a.foresee(c.Context(), w, form, mutation, in)
		}
		return a.ask(c.Context(), w, form, mutation, inputType, in, q)
	}}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "text", "json")
	f := c.Flags()
	f.String("actor", a.getenv("USER"), "who asks (USER)")
	f.StringVar(&q.reason, "reason", "", "why; it stands in the ledger")
	f.StringVar(&q.key, "key", "", "the intent: asked again with the same key, the answer is the same action")
	f.DurationVar(&q.wait, "wait", 0, "wait this long for the end; exit 1 when it is not a good one")
	dryRunFlag(c, &q.dry)
	if strings.Contains(use, "[NAME]") {
		f.StringVar(&q.connector, "connector", "", "in place of NAME: a connector, with --job")
		f.StringVar(&q.job, "job", "", "the tool's own name of the job")
	}
	return c
}

// reasonOr is the reason, which only a look at what would be done may leave out.
func reasonOr(reason string, dry bool, without string) (string, error) {
	switch {
	case reason != "":
		return reason, nil
	case dry:
		return "dry run", nil
	}
	return "", usageError(`--reason "why"`, "%s", without)
}

// place reads what is acted on: NAME, or --connector and --job.
func (q *acting) place(c *cobra.Command, w *client, args []string) (map[string]any, error) {
	switch {
	case len(args) == 1 && q.connector == "" && q.job == "":
		x, err := w.findSelected(c.Context(), args[0])
		return map[string]any{"asset": x.ID}, err
	case len(args) == 0 && q.connector != "" && q.job != "":
		return map[string]any{"connector": q.connector, "job": q.job}, nil
	}
	return nil, usageError("NAME, or --connector C --job J", "what is it about?")
}

func (a *app) ask(ctx context.Context, w *client, form, mutation, inputType string, in map[string]any, q acting) error {
	var out struct {
		M struct {
			Action   actionRow
			Position string
		}
	}
	query := fmt.Sprintf(`mutation($in: %s!) { m: %s(input: $in) { action { %s } position } }`, inputType, mutation, actionFields)
	if err := w.graphql(ctx, query, map[string]any{"in": in}, &out); err != nil {
		return err
	}
	row := out.M.Action
	var waited error
	if q.wait > 0 {
		row, waited = a.await(ctx, w, row, q.wait)
	}
	if form == "json" {
		if err := printJSON(a.out, map[string]any{"action": row}); err != nil {
			return err
		}
		return waited
	}
	if _, err := fmt.Fprintln(a.out, row.line()); err != nil {
		return err
	}
	return waited
}

// await looks until the action is closed. It says what changed.
func (a *app) await(ctx context.Context, w *client, row actionRow, limit time.Duration) (actionRow, error) {
	const query = `query($id: ID!) { node(id: $id) { ... on Action { ` + actionFields + ` } } }`
	said := ""
	for end := time.Now().Add(limit); !catalog.ActionState(row.State).Terminal(); {
		if line := row.line(); line != said {
			a.say("%s", line)
			said = line
		}
		if time.Now().After(end) {
			return row, withCode(exitUnreachable, catalog.WithHint(fmt.Errorf("still %s after %s", row.State, limit), "weir actions --open"))
		}
		if !sleep(ctx, time.Second) {
			return row, ctx.Err()
		}
		var out struct{ Node *actionRow }
		if err := w.graphql(ctx, query, map[string]any{"id": row.ID}, &out); err != nil {
			return row, err
		}
		if out.Node == nil {
			return row, withCode(exitNotFound, fmt.Errorf("action %s is gone", row.ID))
		}
		row = *out.Node
	}
	if row.State != string(catalog.ActionSucceeded) {
		return row, fmt.Errorf("%s %s: %s", row.Kind, row.State, oneLine(row.Says))
	}
	return row, nil
}

func (a *app) runCommand() *cobra.Command {
	var params []string
	var at, partition string
	c := a.asking("run [NAME]", "Ask for a run of what makes an asset, or of a tool's job", "requestRun", "RequestRunInput", cobra.MaximumNArgs(1),
		func(c *cobra.Command, w *client, q *acting, args []string) (map[string]any, error) {
			in, err := q.place(c, w, args)
			if err != nil {
				return nil, err
			}
			if in["params"], err = readPairs("--param", params); err != nil {
				return nil, err
			}
			if at != "" {
				if in["nominalTime"], err = readTime(at); err != nil {
					return nil, err
				}
			}
			if partition != "" {
				in["partition"] = partition
			}
			return in, nil
		})
	c.Aliases = []string{"trigger"}
	c.Long = `Writes the intent into the ledger and sends it once. The answer does not wait for
the tool; --wait does. Its end is told by the tool's own events.`
	c.Example = `  weir run dataset:postgres://wh:5432/shop.marts.orders --reason "late rows" --wait 30m
  weir run --connector airflow-main --job dbt_build --param full=true --reason "new column" --key full-2026-03-01`
	f := c.Flags()
	f.StringArrayVar(&params, "param", nil, "a parameter NAME=VALUE, the value JSON or text; may be given several times")
	f.StringVar(&at, "for", "", "the time that the run is for: 2026-03-01 or RFC 3339")
	f.StringVar(&partition, "partition", "", "the partition that the run is for")
	return c
}

func (a *app) backfillCommand() *cobra.Command {
	var dates []string
	var from, to, parameter string
	var every time.Duration
	var parallel int
	var newest bool
	c := a.asking("backfill [NAME]", "Ask for a run for each of some past times", "backfill", "BackfillInput", cobra.MaximumNArgs(1),
		func(c *cobra.Command, w *client, q *acting, args []string) (map[string]any, error) {
			in, err := q.place(c, w, args)
			if err != nil {
				return nil, err
			}
			times, err := readTimes(dates, from, to, every, newest)
			if err != nil {
				return nil, err
			}
			in["times"], in["parallel"] = times, parallel
			if parameter != "" {
				in["parameter"] = parameter
			}
			return in, nil
		})
	c.Long = `One action with a run for each time, in order, so many at once. weir cancel ends it
with all its runs; weir actions --of shows them.`
	c.Example = `  weir backfill dataset:postgres://wh:5432/shop.marts.orders --from 2026-03-01 --to 2026-03-05 --parallel 2 --reason "fixed a join"
  weir backfill --connector sm-eu --job churn-train --dates 2026-03-01,2026-03-08 --parameter Day --reason "new feature"`
	f := c.Flags()
	f.StringSliceVar(&dates, "dates", nil, "the times: 2026-03-01 or RFC 3339, with commas")
	f.StringVar(&from, "from", "", "the first time")
	f.StringVar(&to, "to", "", "the last time, which counts")
	f.DurationVar(&every, "every", 24*time.Hour, "from one time to the next")
	f.IntVar(&parallel, "parallel", 1, "how many runs at once")
	f.BoolVar(&newest, "newest-first", false, "begin with the newest")
	f.StringVar(&parameter, "parameter", "", "the job's parameter that takes the time, where the tool's runs have none")
	return c
}

func (a *app) approveCommand() *cobra.Command {
	return a.answering("approve ACTION", "Let an action go that waits for approval", "approveAction",
		`Lets an action go that waits for approval: it is decided again, with the newest
inputs, and sent. weir actions --awaiting-approval lists what waits, and why.`)
}

func (a *app) rejectCommand() *cobra.Command {
	return a.answering("reject ACTION", "End an action that waits for approval", "rejectAction",
		`Ends an action that waits for approval. Nothing is started for its demand, and
nobody is asked about it again, until an input changes.`)
}

func (a *app) answering(use, short, mutation, long string) *cobra.Command {
	var whole bool
	c := a.asking(use, short, mutation, "AnswerActionInput", cobra.ExactArgs(1), func(_ *cobra.Command, _ *client, q *acting, args []string) (map[string]any, error) {
		if q.key != "" {
			return nil, usageError("leave --key out", "an answer needs no key: an action is answered once")
		}
		return map[string]any{"action": args[0], "wholeChange": whole}, nil
	})
	c.Long = long
	c.Example = "  weir " + strings.Fields(use)[0] + ` action_0198c0de-... --reason "checked with finance"`
	c.Flags().BoolVar(&whole, "whole-change", false, "answer for all actions that wait because of the same change")
	return c
}

func (a *app) cancelCommand() *cobra.Command {
	fill := func(_ *cobra.Command, _ *client, _ *acting, args []string) (map[string]any, error) {
		return map[string]any{"action": args[0]}, nil
	}
	c := a.asking("cancel ACTION|RUN", "Ask for the end of an action, a backfill or a run", "cancelAction", "CancelActionInput", cobra.ExactArgs(1), fill)
	run := a.asking("cancel ACTION|RUN", "", "cancelRun", "CancelRunInput", cobra.ExactArgs(1), func(_ *cobra.Command, _ *client, _ *acting, args []string) (map[string]any, error) {
		return map[string]any{"run": args[0]}, nil
	})
	c.Example = `  weir cancel action_0198c0de-0000-7000-8000-000000000001 --reason "wrong day"
  weir cancel run_... --reason "it hangs" --wait 5m`
	return byRun(c, run)
}

func (a *app) rerunCommand() *cobra.Command {
	var whole bool
	fill := func(name string) func(*cobra.Command, *client, *acting, []string) (map[string]any, error) {
		return func(_ *cobra.Command, _ *client, _ *acting, args []string) (map[string]any, error) {
			return map[string]any{name: args[0], "onlyFailed": !whole}, nil
		}
	}
	c := a.asking("rerun ACTION|RUN", "Ask for an ended run once more, in its place", "rerun", "RerunInput", cobra.ExactArgs(1), fill("action"))
	run := a.asking("rerun ACTION|RUN", "", "rerun", "RerunInput", cobra.ExactArgs(1), fill("run"))
	c.Long = `Runs the tasks that failed, and what they kept from running. Tasks that succeeded
stay as they are; --all runs them too.`
	c.Example = `  weir rerun action_0198c0de-0000-7000-8000-000000000001 --reason "disk was full" --wait 30m
  weir rerun run_... --all --reason "wrong input"`
	c.Flags().BoolVar(&whole, "all", false, "all tasks, not only those that failed")
	run.Flags().BoolVar(&whole, "all", false, "")
	return byRun(c, run)
}

// byRun lets a command take a run's id as well: the twin does it then.
func byRun(c, twin *cobra.Command) *cobra.Command {
	own := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		if !strings.HasPrefix(args[0], "run_") {
			return own(c, args)
		}
		for _, name := range []string{"reason", "key", "wait", "dry-run"} {
			if err := twin.Flags().Set(name, c.Flags().Lookup(name).Value.String()); err != nil {
				return err
			}
		}
		return twin.RunE(c, args)
	}
	return c
}

func (a *app) pauseCommand() *cobra.Command {
	c := a.asking("pause [NAME]", "Set the tool's own pause switch of a job", "pauseJob", "JobOrderInput", cobra.MaximumNArgs(1), placeOnly)
	c.Long = `The tool starts no run of the job by its schedule, and weir's policies start none
there either, until weir resume. Runs that go on are left alone.`
	c.Example = `  weir pause dataset:postgres://wh:5432/shop.marts.orders --reason "warehouse moves"
  weir pause --connector airflow-main --job dbt_build --reason "warehouse moves"`
	return c
}

func (a *app) resumeCommand() *cobra.Command {
	c := a.asking("resume [NAME]", "Take a pause back", "resumeJob", "JobOrderInput", cobra.MaximumNArgs(1), func(c *cobra.Command, w *client, q *acting, args []string) (map[string]any, error) {
		in, err := q.place(c, w, args)
		if err != nil {
			return nil, err
		}
		return in, a.preview(c.Context(), w, in)
	})
	c.Long = `Says first what the policies would start (the key catchup of a policy decides: latest,
all or none), then resumes. weir hold keeps an asset from being started meanwhile.`
	c.Example = `  weir resume --connector airflow-main --job dbt_build --reason "it has moved"`
	return c
}

// preview says what a resume would start.
func (a *app) preview(ctx context.Context, w *client, in map[string]any) error {
	var out struct {
		Views []struct {
			Policy, Catchup, Says string
			Missed, Runs          int
		}
	}
	const query = `query($asset: ID, $connector: String, $job: String) { views: resumePreview(asset: $asset, connector: $connector, job: $job) { policy catchup missed runs says } }`
	if err := w.graphql(ctx, query, in, &out); err != nil {
		return err
	}
	for _, v := range out.Views {
		a.say("%s: %d ticks were missed, %d runs will be asked for (catchup %s): %s", v.Policy, v.Missed, v.Runs, v.Catchup, oneLine(v.Says))
	}
	return nil
}

func placeOnly(c *cobra.Command, w *client, q *acting, args []string) (map[string]any, error) {
	return q.place(c, w, args)
}

// standCommand is one of skip, hold and release.
func (a *app) standCommand(verb, short, long string) *cobra.Command {
	c := a.asking(verb+" NAME", short, verb, "AssetOrderInput", cobra.ExactArgs(1), func(c *cobra.Command, w *client, _ *acting, args []string) (map[string]any, error) {
		x, err := w.findSelected(c.Context(), args[0])
		return map[string]any{"asset": x.ID}, err
	})
	c.Long = long
	c.Example = "  weir " + verb + ` dataset:postgres://wh:5432/shop.marts.orders --reason "audit"`
	return c
}

// actingCommands are all verbs of people.
func (a *app) actingCommands() []*cobra.Command {
	return []*cobra.Command{
		a.runCommand(), a.backfillCommand(), a.cancelCommand(), a.approveCommand(), a.rejectCommand(), a.resolveCommand(), a.rerunCommand(), a.pauseCommand(), a.resumeCommand(),
		a.standCommand("skip", "Say that what is new needs no run", "The present versions of the inputs count as read, and the policy's demand as met."),
		a.standCommand("hold", "Keep an asset as it is", "Policies start nothing for it and its gate says wait, until weir release."),
		a.standCommand("release", "End a hold", "Demands that were spent on failed runs may be acted on again, too."),
		a.actionsCommand(),
	}
}
