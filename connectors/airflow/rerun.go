package airflow

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/weirhq/weir/connectors"
)

// KeyedRerun: clearing a run has no key. The times of the run tell whether it
// was cleared.
func (c *Connector) KeyedRerun() bool { return false }

// LookBefore reads the run. Its mark is made of the times that a clear sets
// anew: when it was queued and when it ended.
func (c *Connector) LookBefore(ctx context.Context, r connectors.RerunRequest) (connectors.Try, error) {
	var run dagRun
	path := "/api/v2/dags/" + url.PathEscape(r.Target) + "/dagRuns/" + url.PathEscape(r.ExternalID)
	if err := c.client.call(ctx, "look at run", http.MethodGet, path, nil, &run, false); err != nil {
		return connectors.Try{}, err
	}
	if run.RunID != r.ExternalID {
		return connectors.Try{}, &connectors.Error{Class: connectors.Retryable, Op: "look at run", Message: fmt.Sprintf("asked for run %s, answer names %q", r.ExternalID, run.RunID)}
	}
	t := connectors.Try{RunState: c.runState(run), NextRunIDs: c.nextTry(run, r.Known)}
	t.Mark = "queued " + stamp(run.QueuedAt) + ", ended " + stamp(run.EndDate)
	return t, nil
}

func stamp(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return isoformat(t.UTC())
}

// nextTry is the OpenLineage run id of the next try: the provider counts how
// often the run was cleared, and the tries that were heard of say how far it is.
func (c *Connector) nextTry(run dagRun, known []string) []string {
	at := run.RunAfter
	if run.Logical != nil {
		at = *run.Logical
	}
	for cleared := len(known); cleared > 0; cleared-- {
		if slices.Contains(known, c.tryID(run.DAGID, at, cleared-1)) {
			return []string{c.tryID(run.DAGID, at, cleared)}
		}
	}
	return nil // none of its tries was heard of
}

func (c *Connector) tryID(dag string, at time.Time, cleared int) string {
	return RunID(c.namespace, dag, at.UTC().Truncate(time.Microsecond), fmt.Sprint(cleared))
}

// Rerun clears the run: its failed tasks and what they kept from running, or
// all. dry_run has to be said: Airflow's default changes nothing.
func (c *Connector) Rerun(ctx context.Context, r connectors.RerunRequest) error {
	path := "/api/v2/dags/" + url.PathEscape(r.Target) + "/dagRuns/" + url.PathEscape(r.ExternalID) + "/clear"
	body := map[string]any{"dry_run": false, "only_failed": !r.Whole}
	return c.client.call(ctx, "clear run", http.MethodPost, path, body, nil, true)
}
