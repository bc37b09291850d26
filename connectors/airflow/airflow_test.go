package airflow_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/connectors/airflow"
	"github.com/weirhq/weir/connectors/connectortest"
	"github.com/weirhq/weir/connectors/connectortest/fakeairflow"
)

func open(t *testing.T) (*airflow.Connector, *fakeairflow.Fake) {
	t.Helper()
	fake := fakeairflow.New(fakeairflow.Options{DAGs: []string{"dbt_build", "report", "report.daily"}, Username: "admin", Password: "pw"})
	srv := httptest.NewServer(fake.Handler())
	t.Cleanup(srv.Close)
	c, err := airflow.New(airflow.Options{Name: "airflow-main", Namespace: "prod", URL: srv.URL, Username: "admin", Password: func() (string, error) { return "pw", nil }})
	if err != nil {
		t.Fatal(err)
	}
	return c, fake
}

func TestConformance(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) connectortest.Harness {
		c, fake := open(t)
		return connectortest.Harness{
			Connector: c, Faults: &fake.Faults, Starts: fake.Starts, Job: "dbt_build", Unknown: "nosuch",
			ExpireCredentials: fake.ExpireTokens,
			Begin:             func(target, id string) { fake.Finish(target, id, "running") },
			Finish:            func(target, id string) { fake.Finish(target, id, "success") },
			Fail:              func(target, id string) { fake.Finish(target, id, "failed") }, Reruns: fake.Clears,
		}
	})
}

func TestClaimsLongestDAG(t *testing.T) {
	c, _ := open(t)
	for job, want := range map[string]string{
		"dbt_build": "dbt_build", "dbt_build.run_dbt": "dbt_build", "report.daily.task": "report.daily", "report.other": "report", "elsewhere": "",
	} {
		got, ok := c.Claims(t.Context(), catalog.JobName("prod", job))
		if got != want || ok != (want != "") {
			t.Errorf("%s: claimed as %q (%v), want %q", job, got, ok, want)
		}
	}
	if _, ok := c.Claims(t.Context(), catalog.JobName("other", "dbt_build")); ok {
		t.Error("a job of another namespace is claimed")
	}
}

// TestStartIsOneCall: once there is a token, a trigger is one call and no more;
// who starts has looked before whether the DAG is paused.
func TestStartIsOneCall(t *testing.T) {
	fake := fakeairflow.New(fakeairflow.Options{DAGs: []string{"dbt_build"}, Username: "admin", Password: "pw"})
	var calls []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls = append(calls, r.Method+" "+r.URL.Path)
		fake.Handler().ServeHTTP(w, r)
	}))
	defer srv.Close()
	c, err := airflow.New(airflow.Options{URL: srv.URL, Username: "admin", Password: func() (string, error) { return "pw", nil }})
	if err != nil {
		t.Fatal(err)
	}
	if paused, err := c.Paused(t.Context(), "dbt_build"); err != nil || paused {
		t.Fatalf("paused %v, %v", paused, err)
	}
	calls = nil
	if _, err := c.Start(t.Context(), connectortest.Request("dbt_build", "k1")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"POST /api/v2/dags/dbt_build/dagRuns"}; !slices.Equal(calls, want) {
		t.Errorf("a start makes the calls %v, want %v", calls, want)
	}
}

func TestConflictOfAForeignRun(t *testing.T) {
	c, fake := open(t)
	fake.Inject(connectortest.Status409)
	_, err := c.Start(t.Context(), connectortest.Request("dbt_build", "k1"))
	if connectors.ClassOf(err) != connectors.Conflict {
		t.Errorf("class %s, want conflict: a 409 whose run is not ours", connectors.ClassOf(err))
	}
}

func TestWrongPasswordIsBlocked(t *testing.T) {
	fake := fakeairflow.New(fakeairflow.Options{DAGs: []string{"d"}, Username: "admin", Password: "pw"})
	srv := httptest.NewServer(fake.Handler())
	defer srv.Close()
	c, err := airflow.New(airflow.Options{URL: srv.URL, Username: "admin", Password: func() (string, error) { return "wrong", nil }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Probe(t.Context()); connectors.ClassOf(err) != connectors.Blocked {
		t.Errorf("class %s, want blocked: %v", connectors.ClassOf(err), err)
	}
}
