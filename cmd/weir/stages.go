package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weirhq/weir/catalog"
)

// stages measures where the time goes from an event to a tool's answer, by what
// each station tells when it is done.
type stages struct {
	now     func() time.Time
	seconds *prometheus.HistogramVec
}

// The stages, in their order.
const (
	stageProjected = "projected" // received -> in the history
	stageDecided   = "decided"   // an evaluation begins -> its decision is in the ledger
	stageSent      = "sent"      // decided to run -> the intent is in the ledger
	stageAnswered  = "answered"  // the intent is in the ledger -> so is the tool's answer
)

func newStages(r prometheus.Registerer, now func() time.Time) *stages {
	s := &stages{now: now, seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "weir_decision_seconds", Help: "Time from an event to a tool's answer, by stage.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
	}, []string{"stage"})}
	r.MustRegister(s.seconds)
	return s
}

func (s *stages) observe(stage string, d time.Duration) {
	s.seconds.WithLabelValues(stage).Observe(max(d, 0).Seconds())
}

func (s *stages) projected(t catalog.Touched) {
	if !t.Received.IsZero() {
		s.observe(stageProjected, s.now().Sub(t.Received))
	}
}

func (s *stages) decided(d catalog.Decision) { s.observe(stageDecided, s.now().Sub(d.At)) }

// moved measures what went straight to its tool: what a person was asked for, or
// what the tool held, says nothing of weir. A wait for a slot counts.
func (s *stages) moved(a catalog.Action) {
	last := a.Transitions[len(a.Transitions)-1]
	switch {
	case last.To == catalog.ActionDispatching && last.From == catalog.ActionReady && len(a.Transitions) == 3 && a.Asked == nil:
		s.observe(stageSent, s.now().Sub(a.CreatedAt))
	case last.From == catalog.ActionDispatching && last.To != catalog.ActionAmbiguous: // silence is no answer
		s.observe(stageAnswered, s.now().Sub(a.Transitions[len(a.Transitions)-2].At))
	}
}
