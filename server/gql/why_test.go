package gql_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// TestWhyThenOfASeldomPolicy: what a policy decided last before a time is found
// behind hundreds of decisions of another; where there are too many, that is said.
func TestWhyThenOfASeldomPolicy(t *testing.T) {
	w := newWorld(t)
	n := catalog.DatasetName("pg://wh", "busy")
	decided := func(policy string, i int, o catalog.DecisionOutcome) {
		at := noon.Add(-2*time.Hour + time.Duration(i)*time.Millisecond)
		d := catalog.Decision{ID: fmt.Sprintf("d-%s-%d", policy, i), At: at, Policy: policy, Target: catalog.AssetID(n.ID()), Name: n, Outcome: o}
		if _, err := w.ledger.Record(t.Context(), d, nil); err != nil {
			t.Fatal(err)
		}
	}
	asks := func(more string) string {
		got := w.ask(t, fmt.Sprintf(`{ why(id: %q, at: %q%s) { id } }`, assetID(n), noon.Add(-time.Hour).Format(time.RFC3339), more), nil)
		return string(got.body)
	}
	decided("seldom", 0, catalog.DecideRun)
	for i := range 450 {
		decided("often", i+1, catalog.DecideNothing)
	}
	if got := asks(""); !strings.Contains(got, "d-seldom-0") {
		t.Errorf("the run that was decided is not found: %s", got)
	}
	if got := asks(`, policy: "seldom"`); !strings.Contains(got, "d-seldom-0") {
		t.Errorf("of the policy: %s", got)
	}
	if got := asks(`, policy: "often"`); !strings.Contains(got, "d-often-450") {
		t.Errorf("of the other: %s", got)
	}
	for i := range 1600 {
		decided("often", i+451, catalog.DecideNothing)
	}
	if got := asks(""); !strings.Contains(got, "LIMITED") || !strings.Contains(got, "name the policy") {
		t.Errorf("what was not read is not said: %s", got)
	}
	if got := asks(`, policy: "seldom"`); !strings.Contains(got, "d-seldom-0") {
		t.Errorf("of the policy, once its name is given: %s", got)
	}
}
