package airflow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// Connector is one Airflow.
type Connector struct {
	name, namespace string
	client          *client
	now             func() time.Time

	look sync.Mutex // held by the one who reads the list

	mu       sync.Mutex
	dags     []string // known DAG ids, sorted
	nextLook time.Time
	failures int // looks in a row that failed
}

// The abilities of this connector.
var (
	_ connectors.Connector = (*Connector)(nil)
	_ connectors.Starter   = (*Connector)(nil)
	_ connectors.Finder    = (*Connector)(nil)
	_ connectors.Getter    = (*Connector)(nil)
	_ connectors.Poller    = (*Connector)(nil)
	_ connectors.Stopper   = (*Connector)(nil)
	_ connectors.Pauser    = (*Connector)(nil)
	_ connectors.Dater     = (*Connector)(nil)
	_ connectors.Rerunner  = (*Connector)(nil)
)

// Options configure a Connector.
type Options struct {
	// Name is the instance; Namespace the OpenLineage job namespace it
	// reports under (AIRFLOW__OPENLINEAGE__NAMESPACE).
	Name, Namespace, URL string
	Username             string
	// Password is read when a token is minted.
	Password func() (string, error)
	// Timeout of one call; 0 is 15 s.
	Timeout time.Duration
	// UserAgent is what the tool's log shows, weir/VERSION; "" is weir.
	UserAgent string
	Now       func() time.Time
}

// New returns a connector; it makes no call.
func New(o Options) (*Connector, error) {
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Password == nil {
		o.Password = func() (string, error) { return "", nil }
	}
	if o.Namespace == "" {
		o.Namespace = "default"
	}
	c, err := newClient(o)
	if err != nil {
		return nil, err
	}
	return &Connector{name: o.Name, namespace: o.Namespace, client: c, now: o.Now}, nil
}

// Kind is "airflow".
func (c *Connector) Kind() string { return "airflow" }

// Instance is the configured name.
func (c *Connector) Instance() string { return c.name }

// Probe reads the version and that a token can be had.
func (c *Connector) Probe(ctx context.Context) (connectors.Probe, error) {
	var v struct {
		Version string `json:"version"`
	}
	if err := c.client.call(ctx, "probe", http.MethodGet, "/api/v2/version", nil, &v, false); err != nil {
		return connectors.Probe{}, err
	}
	if err := c.readDAGs(ctx, c.client.http.Timeout); err != nil {
		return connectors.Probe{}, err
	}
	p := connectors.Probe{Version: v.Version, ClockOffset: c.client.skew.Load()}
	for _, name := range []string{"start", "start.key", "find.by_key", "stop", "pause", "rerun", "start.date", "watch.fleet", "ol.native", "ol.parent"} {
		p.Capabilities = append(p.Capabilities, connectors.Capability{Name: name, Level: "native"})
	}
	return p, nil
}

const (
	// dagsMaxAge is how long the list of DAG ids is believed.
	dagsMaxAge = time.Minute
	// claimTimeout bounds one page of a look for Claims, which is asked while
	// policies are decided; firstPause is the wait after a look that failed,
	// doubled up to dagsMaxAge.
	claimTimeout = 3 * time.Second
	firstPause   = 5 * time.Second
)

// Claims: the job is a DAG of this instance, or a task of one ("dag.task"; DAG
// ids hold dots too, so the longest known id decides).
func (c *Connector) Claims(ctx context.Context, job catalog.Name) (string, bool) {
	if job.Namespace != c.namespace || job.Type != catalog.TypeJob {
		return "", false
	}
	c.refresh(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	best := ""
	for _, d := range c.dags {
		if len(d) > len(best) && (job.Name == d || strings.HasPrefix(job.Name, d+".")) {
			best = d
		}
	}
	return best, best != ""
}

// refresh reads the list when it is due. While Airflow is away the last list
// holds, and the next look waits.
func (c *Connector) refresh(ctx context.Context) {
	c.look.Lock()
	defer c.look.Unlock()
	c.mu.Lock()
	due := !c.now().Before(c.nextLook)
	c.mu.Unlock()
	if !due || c.readDAGs(ctx, claimTimeout) == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() == nil { // a caller that left says nothing about Airflow
		c.nextLook = c.now().Add(min(firstPause<<min(c.failures, 8), dagsMaxAge))
		c.failures++
	}
}

const pageSize = 100

// readDAGs lists all DAG ids, page by page, each within timeout.
func (c *Connector) readDAGs(ctx context.Context, timeout time.Duration) error {
	var ids []string
	for {
		var page struct {
			DAGs []struct {
				ID string `json:"dag_id"`
			} `json:"dags"`
			Total int `json:"total_entries"`
		}
		path := fmt.Sprintf("/api/v2/dags?limit=%d&offset=%d&order_by=dag_id", pageSize, len(ids))
		if err := c.callWithin(ctx, timeout, "list dags", path, &page); err != nil {
			return err
		}
		for _, d := range page.DAGs {
			ids = append(ids, d.ID)
		}
		if len(page.DAGs) == 0 || len(ids) >= page.Total {
			break
		}
	}
	sort.Strings(ids)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dags, c.nextLook, c.failures = ids, c.now().Add(dagsMaxAge), 0
	return nil
}

func (c *Connector) callWithin(ctx context.Context, timeout time.Duration, op, path string, out any) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return c.client.call(ctx, op, http.MethodGet, path, nil, out, false)
}

// ExternalID is the dag_run_id of a request: "weir__" and the action's key.
func (c *Connector) ExternalID(r connectors.StartRequest) string { return "weir__" + r.Key }

// PredictedRunIDs is the OpenLineage run id of the DAG run, by the provider's
// own formula; run_after stands for a null logical date.
func (c *Connector) PredictedRunIDs(r connectors.StartRequest) []string {
	at := r.RunAfter
	if !r.Nominal.IsZero() {
		at = r.Nominal
	}
	return []string{RunID(c.namespace, r.Target, at.UTC().Truncate(time.Microsecond), "0")}
}

// Dates: a run has a logical date.
func (c *Connector) Dates() bool { return true }

// Keyed: Airflow keeps one run a (dag_id, dag_run_id).
func (c *Connector) Keyed() bool { return true }

// dagRun is what Airflow says of a run.
type dagRun struct {
	DAGID     string     `json:"dag_id"`
	RunID     string     `json:"dag_run_id"`
	State     string     `json:"state"`
	StartDate *time.Time `json:"start_date"`
	EndDate   *time.Time `json:"end_date"`
	QueuedAt  *time.Time `json:"queued_at"`
	Logical   *time.Time `json:"logical_date"`
	RunAfter  time.Time  `json:"run_after"`
	UpdatedAt string     `json:"updated_at"`
}

// Start triggers the DAG with one call. A paused DAG would accept the run and
// never start it: who starts looks with Paused first.
func (c *Connector) Start(ctx context.Context, r connectors.StartRequest) (connectors.StartResult, error) {
	var run dagRun
	err := c.client.call(ctx, "trigger", http.MethodPost, "/api/v2/dags/"+url.PathEscape(r.Target)+"/dagRuns", c.triggerBody(r), &run, true)
	if connectors.ClassOf(err) == connectors.Conflict && err != nil {
		return c.adopt(ctx, r, err)
	}
	if err != nil {
		return connectors.StartResult{}, err
	}
	if run.RunID != c.ExternalID(r) {
		return connectors.StartResult{}, &connectors.Error{Class: connectors.Ambiguous, Op: "trigger", Message: fmt.Sprintf("asked for run %s, answer names %q", c.ExternalID(r), run.RunID)}
	}
	return connectors.StartResult{ExternalID: run.RunID, URL: c.runURL(run), State: stateOf(run.State)}, nil
}

// neverSent: a look that failed before what it was for means that nothing was
// applied, whatever its own class.
func neverSent(err error) error {
	var e *connectors.Error
	if errors.As(err, &e) && e.Class == connectors.Ambiguous {
		e.Class = connectors.Retryable
	}
	return err
}

// triggerBody is the same bytes at every send.
func (c *Connector) triggerBody(r connectors.StartRequest) map[string]any {
	conf := map[string]any{}
	for k, v := range r.Params {
		conf[k] = v
	}
	conf["weir"] = own(r)
	if r.Parent.RunID != "" { // all three of a group, else the provider ignores them
		conf["openlineage"] = map[string]any{
			"parentRunId": r.Parent.RunID, "parentJobNamespace": r.Parent.Job.Namespace, "parentJobName": r.Parent.Job.Name,
			"rootParentRunId": r.Parent.RunID, "rootParentJobNamespace": r.Parent.Job.Namespace, "rootParentJobName": r.Parent.Job.Name,
		}
	}
	body := map[string]any{
		"dag_run_id": c.ExternalID(r), "logical_date": nil, "conf": conf, "note": "started by weir",
		"run_after": isoformat(r.RunAfter.UTC().Truncate(time.Microsecond)),
	}
	if !r.Nominal.IsZero() {
		body["logical_date"] = isoformat(r.Nominal.UTC().Truncate(time.Microsecond))
	}
	return body
}

// own is what weir says of the run under conf's key weir: which intent it is, and
// which partition it is for. A logical date would say the latter as well, but
// Airflow takes each once a DAG, and a partition may be made again.
func own(r connectors.StartRequest) map[string]any {
	out := map[string]any{"key": r.Key}
	if r.Partition != "" {
		out["partition"] = r.Partition
	}
	if !r.To.IsZero() {
		out["partition_start"], out["partition_end"] = isoformat(r.From.UTC()), isoformat(r.To.UTC())
	}
	return out
}

// adopt: 409 says only that some constraint failed. Our own id decides: there,
// it is our run; not there, another run has the place.
func (c *Connector) adopt(ctx context.Context, r connectors.StartRequest, conflict error) (connectors.StartResult, error) {
	found, err := c.Find(ctx, r)
	switch {
	case err != nil:
		return connectors.StartResult{}, &connectors.Error{Class: connectors.Ambiguous, Op: "trigger", Message: "409, and no answer to whose run it is", Err: err}
	case len(found) == 0:
		return connectors.StartResult{}, conflict
	}
	return connectors.StartResult{ExternalID: found[0].ExternalID, URL: found[0].URL, Duplicate: true, State: found[0].State}, nil
}

// Find looks for the run of a request by its own id.
func (c *Connector) Find(ctx context.Context, r connectors.StartRequest) ([]connectors.RunState, error) {
	run, err := c.Get(ctx, r.Target, c.ExternalID(r))
	var e *connectors.Error
	if errors.As(err, &e) && e.ToolCode == "404" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []connectors.RunState{run}, nil
}

// Get asks for one run. Airflow ignores filters it does not know, so the id in
// the answer is compared.
func (c *Connector) Get(ctx context.Context, target, externalID string) (connectors.RunState, error) {
	var run dagRun
	path := "/api/v2/dags/" + url.PathEscape(target) + "/dagRuns/" + url.PathEscape(externalID)
	if err := c.client.call(ctx, "get run", http.MethodGet, path, nil, &run, false); err != nil {
		return connectors.RunState{}, err
	}
	if run.RunID != externalID {
		return connectors.RunState{}, &connectors.Error{Class: connectors.Retryable, Op: "get run", Message: fmt.Sprintf("asked for run %s, answer names %q", externalID, run.RunID)}
	}
	return c.runState(run), nil
}

// Stop fails the run: Airflow has no other verb. It would overwrite the state
// of a run that ended well, so an ended run is left alone.
func (c *Connector) Stop(ctx context.Context, target, externalID string) error {
	if run, err := c.Get(ctx, target, externalID); err != nil || run.State.Terminal() {
		return neverSent(err)
	}
	path := "/api/v2/dags/" + url.PathEscape(target) + "/dagRuns/" + url.PathEscape(externalID)
	return c.client.call(ctx, "stop run", http.MethodPatch, path, map[string]string{"state": "failed"}, nil, true)
}

// Paused reads the DAG's own switch.
func (c *Connector) Paused(ctx context.Context, target string) (bool, error) {
	var dag struct {
		ID       string `json:"dag_id"`
		IsPaused bool   `json:"is_paused"`
	}
	err := c.client.call(ctx, "look at dag", http.MethodGet, "/api/v2/dags/"+url.PathEscape(target), nil, &dag, false)
	return dag.IsPaused, err
}

// SetPaused sets the DAG's own switch.
func (c *Connector) SetPaused(ctx context.Context, target string, paused bool) error {
	path := "/api/v2/dags/" + url.PathEscape(target) + "?update_mask=is_paused"
	return c.client.call(ctx, "pause dag", http.MethodPatch, path, map[string]bool{"is_paused": paused}, nil, true)
}

// overlap is how far a poll looks back behind its cursor: clocks and late
// commits.
const overlap = 2 * time.Minute

// Poll lists the runs of all DAGs that changed since the cursor (a time), in
// one call for the whole fleet.
func (c *Connector) Poll(ctx context.Context, cursor string) (connectors.Batch, string, error) {
	since := c.now().Add(-10 * time.Minute)
	if t, err := time.Parse(time.RFC3339Nano, cursor); err == nil {
		since = t.Add(-overlap)
	}
	next := c.now()
	var b connectors.Batch
	for offset := 0; ; {
		var page struct {
			Runs  []dagRun `json:"dag_runs"`
			Total int      `json:"total_entries"`
		}
		q := url.Values{"updated_at_gte": {isoformat(since.UTC())}, "order_by": {"updated_at"}, "limit": {fmt.Sprint(pageSize)}, "offset": {fmt.Sprint(offset)}}
		if err := c.client.call(ctx, "poll runs", http.MethodGet, "/api/v2/dags/~/dagRuns?"+q.Encode(), nil, &page, false); err != nil {
			return connectors.Batch{}, cursor, err
		}
		for _, r := range page.Runs {
			b.Runs = append(b.Runs, c.runState(r))
		}
		offset += len(page.Runs)
		if len(page.Runs) == 0 || offset >= page.Total {
			return b, next.UTC().Format(time.RFC3339Nano), nil
		}
	}
}

func (c *Connector) runState(r dagRun) connectors.RunState {
	s := connectors.RunState{ExternalID: r.RunID, Target: r.DAGID, State: stateOf(r.State), Raw: r.State, URL: c.runURL(r)}
	if r.StartDate != nil {
		s.StartedAt = r.StartDate.UTC()
	}
	if r.EndDate != nil {
		s.EndedAt = r.EndDate.UTC()
	}
	return s
}

func (c *Connector) runURL(r dagRun) string {
	return c.client.base.String() + "/dags/" + url.PathEscape(r.DAGID) + "/runs/" + url.PathEscape(r.RunID)
}

// stateOf maps Airflow's words; one it does not know is UNKNOWN, which is not
// terminal.
func stateOf(word string) catalog.RunState {
	switch word {
	case "queued":
		return catalog.RunQueued
	case "running", "restarting":
		return catalog.RunRunning
	case "success":
		return catalog.RunSucceeded
	case "failed":
		return catalog.RunFailed
	}
	return catalog.RunUnknown
}
