package main

import (
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weirhq/weir/catalog"
)

// TestStages: each station measures its own stage, and what waited for somebody is
// not weir's time.
func TestStages(t *testing.T) {
	at := time.Date(2026, 11, 29, 7, 0, 0, 0, time.UTC)
	step := func(from, to catalog.ActionState) catalog.ActionTransition {
		return catalog.ActionTransition{From: from, To: to, At: at}
	}
	planned, ready := step("", catalog.ActionPlanned), step(catalog.ActionPlanned, catalog.ActionReady)
	dispatching := step(catalog.ActionReady, catalog.ActionDispatching)
	action := func(steps ...catalog.ActionTransition) catalog.Action {
		return catalog.Action{CreatedAt: at, Transitions: steps}
	}
	asked := action(planned, ready, dispatching)
	asked.Asked = &catalog.Asked{}
	for name, c := range map[string]struct {
		tell func(*stages)
		want []string
	}{
		"a batch":                {func(s *stages) { s.projected(catalog.Touched{Received: at}) }, []string{stageProjected}},
		"what is not of a batch": {func(s *stages) { s.projected(catalog.Touched{}) }, nil},
		"a decision":             {func(s *stages) { s.decided(catalog.Decision{At: at}) }, []string{stageDecided}},
		"sent at once":           {func(s *stages) { s.moved(action(planned, ready, dispatching)) }, []string{stageSent}},
		"held before": {func(s *stages) {
			s.moved(action(planned, ready, step(catalog.ActionReady, catalog.ActionHeld), step(catalog.ActionHeld, catalog.ActionReady), dispatching))
		}, nil},
		"asked for by a person": {func(s *stages) { s.moved(asked) }, nil},
		"accepted": {func(s *stages) {
			s.moved(action(planned, ready, dispatching, step(catalog.ActionDispatching, catalog.ActionAccepted)))
		}, []string{stageAnswered}},
		"in doubt": {func(s *stages) {
			s.moved(action(planned, ready, dispatching, step(catalog.ActionDispatching, catalog.ActionAmbiguous)))
		}, nil},
		"runs": {func(s *stages) { s.moved(action(planned, step(catalog.ActionAccepted, catalog.ActionRunning))) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := prometheus.NewRegistry()
			c.tell(newStages(r, func() time.Time { return at.Add(time.Second) }))
			if got := measuredStages(t, r); !slices.Equal(got, c.want) {
				t.Errorf("%q are measured, want %q", got, c.want)
			}
		})
	}
}

// measuredStages are the stages that took a second, of those that were measured.
func measuredStages(t *testing.T, r *prometheus.Registry) (names []string) {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if m.GetHistogram().GetSampleSum() == 1 {
				names = append(names, m.GetLabel()[0].GetValue())
			}
		}
	}
	return names
}
