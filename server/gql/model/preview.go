package model

import (
	"time"

	"github.com/weirhq/weir/catalog"
)

// PreviewedDecision is a decision that was not made.
type PreviewedDecision struct{ D catalog.Decision }

// Outcome that would be concluded.
func (d *PreviewedDecision) Outcome() catalog.DecisionOutcome { return d.D.Outcome }

// Tree says why.
func (d *PreviewedDecision) Tree() *Reason { return &Reason{d.D.Tree} }

// PreviewedAction is an action that was not made: it has no id.
type PreviewedAction struct{ A catalog.Action }

// Kind of the action.
func (a *PreviewedAction) Kind() catalog.ActionKind { return a.A.Kind }

// State it would begin in.
func (a *PreviewedAction) State() catalog.ActionState { return a.A.State }

// TargetName of what it is about.
func (a *PreviewedAction) TargetName() AssetName { return nameOf(a.A.Name) }

// Connector it would go through.
func (a *PreviewedAction) Connector() string { return a.A.Connector }

// ToolJob is the tool's own name.
func (a *PreviewedAction) ToolJob() string { return a.A.ToolJob }

// ExternalID of the run it is about.
func (a *PreviewedAction) ExternalID() *string { return opt(a.A.ExternalID) }

// Params of the run; null without any.
func (a *PreviewedAction) Params() any {
	if len(a.A.Params) == 0 {
		return nil
	}
	return a.A.Params
}

// Partition the run is for.
func (a *PreviewedAction) Partition() *string { return opt(a.A.Partition) }

// NominalTime the run is for.
func (a *PreviewedAction) NominalTime() *time.Time { return at(a.A.Nominal) }

// Times of a backfill.
func (a *PreviewedAction) Times() []time.Time {
	if a.A.Plan == nil {
		return []time.Time{}
	}
	return a.A.Plan.Times
}

// Parallel runs of a backfill.
func (a *PreviewedAction) Parallel() int {
	if a.A.Plan == nil {
		return 0
	}
	return a.A.Plan.Parallel
}

// Pins it would read.
func (a *PreviewedAction) Pins() []Pin { return PinsOf(a.A.Pins) }

// ValidUntil is when it would expire.
func (a *PreviewedAction) ValidUntil() time.Time { return a.A.ValidUntil }
