package airflow_test

import (
	"testing"
	"time"

	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/connectors/airflow"
	"github.com/weirhq/weir/connectors/connectortest"
)

// TestNextTry: the OpenLineage run id of a cleared run is computed from the tries
// that were heard of, whatever else has the same dag_run_id.
func TestNextTry(t *testing.T) {
	c, fake := open(t)
	r := connectortest.Request("dbt_build", "k")
	res, err := c.Start(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	fake.Finish("dbt_build", res.ExternalID, "failed")
	id := func(cleared string) string {
		return airflow.RunID("prod", "dbt_build", r.RunAfter.UTC().Truncate(time.Microsecond), cleared)
	}
	for name, x := range map[string]struct {
		known []string
		want  string
	}{
		"one try": {[]string{id("0")}, id("1")}, "two": {[]string{id("0"), id("1")}, id("2")}, "and a stranger": {[]string{"x", id("1"), id("0")}, id("2")},
		"only the second was heard of": {[]string{"y", id("1")}, id("2")}, "none": {nil, ""},
	} {
		try, err := c.LookBefore(t.Context(), connectors.RerunRequest{Target: "dbt_build", ExternalID: res.ExternalID, Known: x.known})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if len(try.NextRunIDs) > 0 {
			got = try.NextRunIDs[0]
		}
		if got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

// TestNominal: a run for a past time has it as logical date, and its ids follow
// from it.
func TestNominal(t *testing.T) {
	c, fake := open(t)
	r := connectortest.Request("dbt_build", "k")
	r.Nominal = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	if _, err := c.Start(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	run := fake.Runs()[0]
	if run.LogicalDate == nil || !run.LogicalDate.Equal(r.Nominal) || !run.RunAfter.Equal(r.RunAfter.Truncate(time.Microsecond)) {
		t.Errorf("%+v", run)
	}
	if got := c.PredictedRunIDs(r); got[0] != airflow.RunID("prod", "dbt_build", r.Nominal, "0") {
		t.Errorf("predicted %v", got)
	}
	other := connectortest.Request("dbt_build", "k2")
	other.Nominal = r.Nominal
	if _, err := c.Start(t.Context(), other); connectors.ClassOf(err) != connectors.Conflict {
		t.Errorf("another run for the same time: class %s, %v", connectors.ClassOf(err), err)
	}
}
