package main

import (
	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
)

// projected hands a hint on: something may have changed.
func (w *plant) projected(t ingest.Touched) {
	w.stages.projected(t)
	w.evaluator.Touch(t) // what it remembers goes before anybody asks again
	w.toMemory.Wake()
	w.toGraph.Wake()
	w.toSearch.Wake()
	w.feed.Touched(t)
	w.dispatch.Wake()
	w.gate.Notify()
}

// connected: what is idle depends on what contains what, which the topology
// knows a moment after the history.
func (w *plant) connected(changed []catalog.AssetID) {
	w.evaluator.Wake(changed...)
	w.overlay.Wake()
	w.dispatch.Wake()
	w.gate.Notify()
}

// connectedBehind is connected where the graph store answers.
func (w *plant) connectedBehind(changed []catalog.AssetID) {
	if _, dropped := w.topology.Size(); dropped {
		w.connected(changed)
	}
}

func (w *plant) decided(d catalog.Decision, _ *catalog.Action) {
	w.stages.decided(d)
	w.feed.Decision(d)
	w.dispatch.Wake()
}

// answered: a place that the gate gave is one fewer for others.
func (w *plant) answered(d catalog.Decision) {
	w.feed.Decision(d)
	w.evaluator.Gated()
}

// answeredAction: what a person approved is to be sent.
func (w *plant) answeredAction(a catalog.Action) {
	w.moved(a)
	w.dispatch.Wake()
}

// requested hands on what a person asked for.
func (w *plant) requested(d catalog.Decision, a catalog.Action) {
	w.feed.Decision(d)
	w.feed.Action(a)
	w.evaluator.Moved(a)
	w.dispatch.Wake()
	w.gate.Notify()
}

func (w *plant) moved(a catalog.Action) {
	w.stages.moved(a)
	w.feed.Action(a)
	w.evaluator.Moved(a)
	w.gate.Notify()
}

// policiesChanged lets everything be judged by the new set.
func (w *plant) policiesChanged() {
	w.feed.System("policies")
	w.overlay.Wake()
	w.evaluator.Wake()
	w.dispatch.Wake()
	w.gate.Notify()
}
