//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// gatedDAGs are those of dags/gated.py.
var gatedDAGs = []string{"gated", "by_weir", "by_hand", "by_asset"}

const gatedPolicies = `kind: Policy
name: gated
select: { asset: "job:prod/gated" }
mode: gate
on_first: run
inputs:
  "dataset:e2e://bench/gated_input": { require: updated }
---
kind: Policy
name: by-weir
select: { asset: "dataset:e2e://bench/mart" }
target: { connector: airflow-main, job: by_weir }
mode: act
owner: team-bench
on_first: run
inputs:
  "dataset:e2e://bench/raw": { trigger: true, require: updated }
`

// newGated is a weir with the policies of the DAGs that do nothing.
func newGated(t *testing.T, name string) *weir {
	t.Helper()
	x := newWeir(t, name, "--graph", "embedded")
	shared.airflow.forget(t, gatedDAGs...)
	x.write("policies/gated.yaml", []byte(gatedPolicies))
	x.start()
	return x
}

// complete posts what a producer's run that wrote a dataset sends at its end, and
// says when it was sent and when it was answered.
func (x *weir) complete(job, dataset string) (sent, answered time.Time) {
	x.t.Helper()
	run := uuid.Must(uuid.NewV7()).String()
	for _, kind := range []string{"START", "COMPLETE"} {
		body := fmt.Sprintf(`{"eventType":%q,"eventTime":%q,"producer":"https://example.com/e2e","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json",
			"run":{"runId":%q},"job":{"namespace":"bench","name":%q},"outputs":[{"namespace":"e2e://bench","name":%q}]}`,
			kind, time.Now().UTC().Format(time.RFC3339Nano), run, job, dataset)
		sent = time.Now()
		resp, err := http.Post("http://"+x.w.listen+"/api/v1/lineage", "application/json", strings.NewReader(body))
		if err != nil {
			x.t.Fatalf("post %s: %v", kind, err)
		}
		answered = time.Now()
		resp.Body.Close()
		if resp.StatusCode != http.StatusCreated {
			x.t.Fatalf("post %s: %s", kind, resp.Status)
		}
	}
	return sent, answered
}

// A taskView is a task of a run as Airflow tells it.
type taskView struct {
	TaskID    string     `json:"task_id"`
	State     string     `json:"state"`
	StartDate *time.Time `json:"start_date"`
	EndDate   *time.Time `json:"end_date"`
	PoolSlots int        `json:"pool_slots"`
}

func (a *airflow) task(dag, run, id string) (taskView, error) {
	var v taskView
	return v, a.call("GET", "/api/v2/dags/"+dag+"/dagRuns/"+run+"/taskInstances/"+id, nil, &v)
}

// awaitTask waits for the state of a task.
func (a *airflow) awaitTask(t *testing.T, dag, run, id, want string) taskView {
	t.Helper()
	var v taskView
	await(t, fmt.Sprintf("%s %s %s %s", dag, run, id, want), func() (bool, string) {
		var err error
		v, err = a.task(dag, run, id)
		return err == nil && v.State == want, fmt.Sprint(v.State, err)
	})
	return v
}

// xcom reads what a task left.
func (a *airflow) xcom(t *testing.T, dag, run, task, key string, out any) {
	t.Helper()
	var got struct{ Value json.RawMessage }
	if err := a.call("GET", "/api/v2/dags/"+dag+"/dagRuns/"+run+"/taskInstances/"+task+"/xcomEntries/"+key+"?deserialize=true&stringify=false", nil, &got); err != nil {
		t.Fatalf("xcom %s of %s: %v", key, task, err)
	}
	if err := json.Unmarshal(got.Value, out); err != nil {
		t.Fatalf("xcom %s of %s: %v: %s", key, task, err, got.Value)
	}
}

// TestGateSensor: a task that waits is deferred and takes no slot of the pool,
// goes on when its input's COMPLETE arrives although the triggerer and weir were
// restarted meanwhile, and hands down what to read; a second run waits for the next.
func TestGateSensor(t *testing.T) {
	x, a := newGated(t, "gate-sensor"), shared.airflow
	run := a.trigger(t, "gated", nil)
	a.awaitTask(t, "gated", run, "gate", "deferred")
	if got := a.usedSlots(t); got != 0 {
		t.Errorf("%d slots are taken while the only task waits", got)
	}
	x.restartTriggerer()
	x.kill()
	x.start()
	if v, err := a.task("gated", run, "gate"); err != nil || v.State != "deferred" {
		t.Fatalf("after the restarts: %+v, %v", v, err)
	}
	x.complete("load", "gated_input")
	a.awaitState(t, "gated", run, "success")

	var pins []struct{ Namespace, Name, Version string }
	a.xcom(t, "gated", run, "gate", "pins", &pins)
	if len(pins) != 1 || pins[0].Name != "gated_input" || pins[0].Version == "" {
		t.Errorf("pins %v, want one of gated_input", pins)
	}
	second := a.trigger(t, "gated", nil)
	a.awaitTask(t, "gated", second, "gate", "deferred")
	x.complete("load", "gated_input")
	a.awaitState(t, "gated", second, "success")
}

// TestGateSensorEnds: a denial fails the task, nothing new skips it with what
// follows; both without a deferral.
func TestGateSensorEnds(t *testing.T) {
	x, a := newGated(t, "gate-ends"), shared.airflow
	x.complete("load", "gated_input")
	first := a.trigger(t, "gated", nil)
	a.awaitState(t, "gated", first, "success")

	x.repolicy(strings.Replace(gatedPolicies, "mode: gate\n", "mode: gate\nskip_unchanged: true\n", 1))
	skipped := a.trigger(t, "gated", nil)
	a.awaitTask(t, "gated", skipped, "gate", "skipped")
	a.awaitTask(t, "gated", skipped, "work", "skipped")

	x.repolicy(strings.Replace(gatedPolicies, "mode: gate\n", "mode: gate\nfreeze: { until: 2999-01-01, reason: stocktaking }\n", 1))
	denied := a.trigger(t, "gated", nil)
	a.awaitTask(t, "gated", denied, "gate", "failed")
	a.awaitTask(t, "gated", denied, "work", "upstream_failed")
}

// TestGateSensorUnits runs the sensor's own tests where Airflow is.
func TestGateSensorUnits(t *testing.T) {
	dir := filepath.Join(shared.root, "connectors/airflow")
	out, err := shared.script([]string{"PYTHONPATH=" + dir}, "airflow.sh", "run", filepath.Join(shared.dir, "airflow-units"), "python", "-m", "unittest", "-v", "weir_gate_test")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// repolicy puts another file of policies in force.
func (x *weir) repolicy(text string) {
	x.t.Helper()
	x.write("policies/gated.yaml", []byte(text))
	x.stop()
	x.start()
}

// usedSlots of the only pool, running and queued.
func (a *airflow) usedSlots(t *testing.T) int {
	t.Helper()
	var pool struct {
		Occupied int  `json:"occupied_slots"`
		Deferred int  `json:"deferred_slots"`
		Include  bool `json:"include_deferred"`
	}
	if err := a.call("GET", "/api/v2/pools/default_pool", nil, &pool); err != nil {
		t.Fatalf("pool: %v", err)
	}
	if pool.Include || pool.Deferred != 1 {
		t.Errorf("the pool says %+v, want one deferred task that is not counted", pool)
	}
	return pool.Occupied
}

// restartTriggerer stops the one process group that script started for it, and
// lets the script start it again.
func (x *weir) restartTriggerer() {
	x.t.Helper()
	home := filepath.Join(x.w.dir, "airflow")
	if _, err := x.w.script(x.w.airflowEnv, "airflow.sh", "restart", home, "triggerer"); err != nil {
		x.t.Fatalf("restart the triggerer: %v", err)
	}
}
