package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/model"
)

// notOlder is exit 7 when weir has not taken in what came longer ago than most.
// All that is asked after it has seen at least what weir had seen then, also of
// stores that follow.
func (c *client) notOlder(ctx context.Context, most time.Duration) error {
	if most == 0 {
		return nil
	}
	var out struct {
		System struct {
			Position string
			Intake   struct{ Lag *string }
		}
	}
	err := c.graphql(ctx, `{ system { position intake { lag } } }`, nil, &out)
	if err != nil {
		return err
	}
	if c.minPosition, err = catalog.ParsePosition(out.System.Position); err != nil {
		return fmt.Errorf("unreadable answer of %s: %w", c.base, err)
	}
	if out.System.Intake.Lag == nil {
		return nil
	}
	lag, err := model.ParseDuration(*out.System.Intake.Lag)
	if err != nil {
		return fmt.Errorf("unreadable answer of %s: %w", c.base, err)
	}
	if lag <= most {
		return nil
	}
	return withCode(exitStale, catalog.WithHint(fmt.Errorf("the answer is too old: of what came %s ago weir knows nothing yet, and --max-staleness is %s", lag.Round(time.Millisecond), most),
		"weir status says how far it is and what is wrong; ask again once it has caught up"))
}

// passUnchecked lets the command pass though nothing was checked: every form
// says so, and stderr even where words are not wanted.
func (a *app) passUnchecked(form string, why error) error {
	a.sayWrong(fmt.Errorf("nothing was checked (--on-unreachable warn): %w", why))
	r := report{Changes: []planned{}, Findings: []affected{}, Owners: []string{}, Policies: []string{}, NextRuns: []string{}, NotChecked: oneLine(why.Error())}
	switch form {
	case "md":
		return writeMarkdown(a.out, r)
	case "json":
		return printJSON(a.out, map[string]any{"impact": r})
	case "junit":
		s := junitSuite{Name: "weir impact"}
		s.gap(r.unchecked(), false)
		return s.write(a.out)
	case "github":
		if _, err := fmt.Fprintf(a.out, "::warning title=weir::%s\n", data(r.unchecked())); err != nil {
			return err
		}
		return a.summarize(r)
	case "sarif":
		run := newSARIFRun()
		run.Invocations = invocations([]string{r.unchecked()})
		run.Invocations[0].Successful = false
		return run.write(a.out)
	}
	return nil
}

func (r report) unchecked() string { return "nothing was checked: " + r.NotChecked }

// writeUnchecked is the comment on what was not checked; the next one replaces it.
func writeUnchecked(w io.Writer, r report) error {
	_, err := fmt.Fprintf(w, "%s\n### weir impact: nothing was checked\n\n%s\n", marker, cell(r.NotChecked))
	return err
}
