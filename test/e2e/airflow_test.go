//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// airflow is a client of the real Airflow's API: what a person would do there.
type airflow struct {
	url, token string
}

type dagRun struct {
	ID    string `json:"dag_run_id"`
	State string `json:"state"`
}

func (a *airflow) call(method, path string, in, out any) error {
	if a.token == "" && path != "/auth/token" {
		var got struct {
			Token string `json:"access_token"`
		}
		if err := a.call("POST", "/auth/token", map[string]string{"username": "admin", "password": "admin"}, &got); err != nil {
			return err
		}
		a.token = got.Token
	}
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	req, err := http.NewRequest(method, a.url+path, &body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+a.token)
	resp, err := (&http.Client{Timeout: 20 * time.Second}).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

// trigger starts a DAG by hand, as its schedule would.
func (a *airflow) trigger(t *testing.T, dag string, conf map[string]any) string {
	t.Helper()
	if conf == nil {
		conf = map[string]any{}
	}
	var run dagRun
	if err := a.call("POST", "/api/v2/dags/"+dag+"/dagRuns", map[string]any{"logical_date": nil, "conf": conf}, &run); err != nil {
		t.Fatalf("trigger %s: %v", dag, err)
	}
	return run.ID
}

// runs lists the runs of a DAG, oldest first.
func (a *airflow) runs(t *testing.T, dag string) []dagRun {
	t.Helper()
	var got struct {
		Runs []dagRun `json:"dag_runs"`
	}
	if err := a.call("GET", "/api/v2/dags/"+dag+"/dagRuns?order_by=id&limit=100", nil, &got); err != nil {
		t.Fatalf("list runs of %s: %v", dag, err)
	}
	return got.Runs
}

// ours are the runs that weir started.
func (a *airflow) ours(t *testing.T, dag string) []dagRun {
	t.Helper()
	var out []dagRun
	for _, r := range a.runs(t, dag) {
		if strings.HasPrefix(r.ID, "weir__") {
			out = append(out, r)
		}
	}
	return out
}

// awaitState waits for the end of a run.
func (a *airflow) awaitState(t *testing.T, dag, id, want string) {
	t.Helper()
	await(t, dag+" "+id+" "+want, func() (bool, string) {
		for _, r := range a.runs(t, dag) {
			if r.ID == id {
				return r.State == want, r.State
			}
		}
		return false, "no such run"
	})
}

// forget deletes all runs, so that each test begins with none.
func (a *airflow) forget(t *testing.T, dags ...string) {
	t.Helper()
	for _, dag := range dags {
		for _, r := range a.runs(t, dag) {
			req, _ := http.NewRequest("DELETE", a.url+"/api/v2/dags/"+dag+"/dagRuns/"+r.ID, nil)
			req.Header.Set("Authorization", "Bearer "+a.token)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatalf("delete %s of %s: %v", r.ID, dag, err)
			}
			resp.Body.Close()
		}
	}
}
