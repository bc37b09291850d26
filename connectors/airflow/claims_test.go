package airflow_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors/airflow"
)

// TestClaimsOfAnAbsentAirflow: a look that failed is remembered; the next ones
// wait 5 s, 10 s ... up to a minute, and the last list holds meanwhile.
func TestClaimsOfAnAbsentAirflow(t *testing.T) {
	var looks atomic.Int32
	var down atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		looks.Add(1)
		if got := r.UserAgent(); got != "weir/1.2.3" {
			t.Errorf("user agent %q", got)
		}
		if down.Load() {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		w.Write([]byte(`{"dags":[{"dag_id":"d"}],"total_entries":1}`)) //nolint:errcheck // the client has gone
	}))
	defer srv.Close()
	now := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	c, err := airflow.New(airflow.Options{URL: srv.URL, Namespace: "prod", UserAgent: "weir/1.2.3", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range []struct {
		after time.Duration
		down  bool
		looks int32
	}{
		{0, false, 1}, {time.Second, false, 1}, {time.Minute, true, 2}, {4 * time.Second, true, 2}, {time.Second, true, 3},
		{9 * time.Second, true, 3}, {time.Second, true, 4}, {time.Minute, true, 5}, {time.Minute, true, 6}, {time.Minute, false, 7}, {30 * time.Second, false, 7},
	} {
		now = now.Add(step.after)
		down.Store(step.down)
		if _, ok := c.Claims(t.Context(), catalog.JobName("prod", "d.task")); !ok {
			t.Errorf("step %d: the last list does not hold", i)
		}
		if got := looks.Load(); got != step.looks {
			t.Errorf("step %d: %d looks, want %d", i, got, step.looks)
		}
	}
}
