// Package fakeairflow speaks the part of Airflow 3.3's REST API v2 that weir
// uses, with the answers measured on the real one: 409 without saying why, 422
// for a missing logical_date, unknown filters ignored. It runs no code; who
// uses it says what a DAG run does (Options.OnStart, Finish).
package fakeairflow

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/weirhq/weir/connectors/connectortest"
)

// Run is one DAG run.
type Run struct {
	DAGID       string         `json:"dag_id"`
	RunID       string         `json:"dag_run_id"`
	State       string         `json:"state"`
	RunType     string         `json:"run_type"`
	LogicalDate *time.Time     `json:"logical_date"`
	RunAfter    time.Time      `json:"run_after"`
	StartDate   *time.Time     `json:"start_date"`
	EndDate     *time.Time     `json:"end_date"`
	QueuedAt    *time.Time     `json:"queued_at"`
	UpdatedAt   time.Time      `json:"updated_at"`
	Conf        map[string]any `json:"conf"`
	Note        *string        `json:"note"`
	TriggeredBy string         `json:"triggered_by"`
}

// Options configure a fake.
type Options struct {
	DAGs               []string
	Username, Password string
	Now                func() time.Time
	// OnStart is called, outside the lock, when a run was made.
	OnStart func(Run)
}

// Fake is one Airflow.
type Fake struct {
	connectortest.Faults
	o      Options
	mu     sync.Mutex
	paused map[string]bool
	runs   map[[2]string]*Run
	token  int
	starts int
	clears int
}

// New returns a fake with its DAGs.
func New(o Options) *Fake {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Fake{o: o, paused: map[string]bool{}, runs: map[[2]string]*Run{}}
}

// Starts counts the runs that were made: the oracle for "no run doubled".
func (f *Fake) Starts() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.starts
}

// Pause sets a DAG's switch.
func (f *Fake) Pause(dag string, paused bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.paused[dag] = paused
}

// Finish moves a run to a state ("running", "success", "failed").
func (f *Fake) Finish(dag, run, state string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.runs[[2]string{dag, run}]
	if r == nil {
		return
	}
	now := f.o.Now().UTC()
	r.State, r.UpdatedAt = state, now
	if state == "running" {
		r.StartDate = &now
	} else {
		r.EndDate = &now
	}
}

// Runs lists all runs by id.
func (f *Fake) Runs() []Run {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]Run, 0, len(f.runs))
	for _, r := range f.runs {
		out = append(out, *r)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].RunID < out[j].RunID })
	return out
}

// ExpireTokens makes every minted token stale.
func (f *Fake) ExpireTokens() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.token++
}

// Handler serves the API.
func (f *Fake) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /auth/token", f.mint)
	mux.HandleFunc("GET /api/v2/version", f.authed(func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, map[string]string{"version": "3.3.2"}) }))
	mux.HandleFunc("GET /api/v2/dags", f.authed(f.listDAGs))
	mux.HandleFunc("GET /api/v2/dags/{dag}", f.authed(f.getDAG))
	mux.HandleFunc("PATCH /api/v2/dags/{dag}", f.authed(f.patchDAG))
	mux.HandleFunc("POST /api/v2/dags/{dag}/dagRuns", f.authed(f.trigger))
	mux.HandleFunc("GET /api/v2/dags/{dag}/dagRuns/{run}", f.authed(f.getRun))
	mux.HandleFunc("PATCH /api/v2/dags/{dag}/dagRuns/{run}", f.authed(f.patchRun))
	mux.HandleFunc("POST /api/v2/dags/{dag}/dagRuns/{run}/clear", f.authed(f.clearRun))
	mux.HandleFunc("GET /api/v2/dags/{dag}/dagRuns", f.authed(f.listRuns))
	return mux
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) //nolint:errcheck // the client has gone
}

func refuse(w http.ResponseWriter, status int, detail any) {
	reply(w, status, map[string]any{"detail": detail})
}

func (f *Fake) mint(w http.ResponseWriter, r *http.Request) {
	var in struct{ Username, Password string }
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Username != f.o.Username || in.Password != f.o.Password {
		refuse(w, http.StatusUnauthorized, "Invalid credentials")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	reply(w, http.StatusCreated, map[string]string{"access_token": fmt.Sprintf("t%d", f.token)})
}

func (f *Fake) authed(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		want := fmt.Sprintf("Bearer t%d", f.token)
		f.mu.Unlock()
		if f.o.Username != "" && r.Header.Get("Authorization") != want {
			refuse(w, http.StatusUnauthorized, "Token Expired")
			return
		}
		next(w, r)
	}
}

func (f *Fake) known(dag string) bool {
	for _, d := range f.o.DAGs {
		if d == dag {
			return true
		}
	}
	return false
}

func (f *Fake) dag(id string) map[string]any {
	return map[string]any{"dag_id": id, "is_paused": f.paused[id], "is_stale": false}
}

func (f *Fake) listDAGs(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	from, to := page(r, len(f.o.DAGs))
	list := []any{}
	for _, d := range f.o.DAGs[from:to] {
		list = append(list, f.dag(d))
	}
	reply(w, 200, map[string]any{"dags": list, "total_entries": len(f.o.DAGs)})
}

func page(r *http.Request, n int) (from, to int) {
	limit := 50
	fmt.Sscan(r.URL.Query().Get("limit"), &limit) //nolint:errcheck // absent
	fmt.Sscan(r.URL.Query().Get("offset"), &from) //nolint:errcheck // absent
	from = min(max(from, 0), n)
	return from, min(from+limit, n)
}

func (f *Fake) getDAG(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.known(r.PathValue("dag")) {
		refuse(w, 404, "The DAG was not found")
		return
	}
	reply(w, 200, f.dag(r.PathValue("dag")))
}

func (f *Fake) patchDAG(w http.ResponseWriter, r *http.Request) {
	var in struct {
		IsPaused bool `json:"is_paused"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, 422, err.Error())
		return
	}
	f.Pause(r.PathValue("dag"), in.IsPaused)
	f.getDAG(w, r)
}

var runIDForm = regexp.MustCompile(`^[A-Za-z0-9_.~:+-]+$`)

// triggerFields are what TriggerDAGRunPostBody allows; others are 422.
var triggerFields = map[string]bool{"dag_run_id": true, "logical_date": true, "data_interval_start": true, "data_interval_end": true, "run_after": true, "conf": true, "note": true, "partition_key": true}

func (f *Fake) trigger(w http.ResponseWriter, r *http.Request) {
	fault := f.Next()
	if fault.Before(w) {
		return
	}
	var raw map[string]json.RawMessage
	if err := json.NewDecoder(r.Body).Decode(&raw); err != nil {
		refuse(w, 422, []any{map[string]any{"type": "json_invalid", "msg": err.Error()}})
		return
	}
	run, status, detail := f.parse(r.PathValue("dag"), raw)
	if status == 0 {
		status, detail = f.add(run)
	}
	if status != 0 {
		refuse(w, status, detail)
		return
	}
	if f.o.OnStart != nil {
		f.o.OnStart(*run)
	}
	if !fault.After(w) {
		reply(w, 200, run)
	}
}

func (f *Fake) parse(dag string, raw map[string]json.RawMessage) (*Run, int, any) {
	for k := range raw {
		if !triggerFields[k] {
			return nil, 422, []any{map[string]any{"type": "extra_forbidden", "loc": []string{"body", k}}}
		}
	}
	if _, ok := raw["logical_date"]; !ok {
		return nil, 422, []any{map[string]any{"type": "missing", "loc": []string{"body", "logical_date"}}}
	}
	run := &Run{DAGID: dag, State: "queued", RunType: "manual", TriggeredBy: "rest_api", Conf: map[string]any{}}
	for key, into := range map[string]any{"dag_run_id": &run.RunID, "logical_date": &run.LogicalDate, "run_after": &run.RunAfter, "conf": &run.Conf, "note": &run.Note} {
		if v, ok := raw[key]; ok {
			if err := json.Unmarshal(v, into); err != nil {
				return nil, 422, []any{map[string]any{"type": "parsing", "loc": []string{"body", key}, "msg": err.Error()}}
			}
		}
	}
	if !runIDForm.MatchString(run.RunID) || strings.HasPrefix(run.RunID, "scheduled__") || strings.HasPrefix(run.RunID, "backfill__") || strings.HasPrefix(run.RunID, "asset_triggered__") {
		return nil, 400, fmt.Sprintf("The run_id provided '%s' does not match", run.RunID)
	}
	return run, 0, nil
}

func (f *Fake) add(run *Run) (int, any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.known(run.DAGID) {
		return 404, "The DAG was not found"
	}
	unique := map[string]any{"reason": "Unique constraint violation", "statement": "hidden", "orig_error": "hidden"}
	for _, r := range f.runs {
		sameDate := r.DAGID == run.DAGID && r.LogicalDate != nil && run.LogicalDate != nil && r.LogicalDate.Equal(*run.LogicalDate)
		if r.DAGID == run.DAGID && r.RunID == run.RunID || sameDate {
			return 409, unique
		}
	}
	run.UpdatedAt = f.o.Now().UTC()
	run.QueuedAt = &run.UpdatedAt
	if run.RunAfter.IsZero() {
		run.RunAfter = run.UpdatedAt
	}
	copied := *run
	f.runs[[2]string{run.DAGID, run.RunID}] = &copied
	f.starts++
	return 0, nil
}

func (f *Fake) getRun(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	run := f.runs[[2]string{r.PathValue("dag"), r.PathValue("run")}]
	if run == nil {
		refuse(w, 404, "The DagRun was not found")
		return
	}
	reply(w, 200, run)
}

func (f *Fake) patchRun(w http.ResponseWriter, r *http.Request) {
	var in struct{ State string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.State != "failed" && in.State != "success" && in.State != "queued" {
		refuse(w, 422, "state must be queued, success or failed")
		return
	}
	f.Finish(r.PathValue("dag"), r.PathValue("run"), in.State)
	f.getRun(w, r)
}

func (f *Fake) listRuns(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var since time.Time
	if s := r.URL.Query().Get("updated_at_gte"); s != "" {
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			http.Error(w, "naive", 500) // as the real one does
			return
		}
		since = t
	}
	all := []*Run{}
	for _, run := range f.runs {
		if (r.PathValue("dag") == "~" || r.PathValue("dag") == run.DAGID) && !run.UpdatedAt.Before(since) {
			all = append(all, run)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].UpdatedAt.Before(all[j].UpdatedAt) })
	from, to := page(r, len(all))
	reply(w, 200, map[string]any{"dag_runs": all[from:to], "total_entries": len(all)})
}
