package model

import (
	"time"

	"github.com/weirhq/weir/catalog"
)

// Admission is the view of what an action was let through by.
type Admission struct{ A catalog.Admission }

// Admission of the action.
func (a *Action) Admission() *Admission { return &Admission{a.A.Admission} }

// Change at the beginning of the chain.
func (a *Admission) Change() *string { return opt(a.A.Root) }

// Hops between the change and the action.
func (a *Admission) Hops() int { return a.A.Hops }

// Pool where it takes slots.
func (a *Admission) Pool() *string { return opt(a.A.Pool) }

// Slots it takes.
func (a *Admission) Slots() int { return a.A.Slots }

// Class in the pool.
func (a *Admission) Class() *string { return opt(string(a.A.Class)) }

// SentAt is null before.
func (a *Admission) SentAt() *time.Time { return at(a.A.SentAt()) }

// Failure class.
func (a *Admission) Failure() *string { return opt(string(a.A.Failure)) }

// Stale inputs that were used as they were.
func (a *Admission) Stale() []string { return each(a.A.Stale, func(s string) string { return s }) }

// Approval is null when nobody was asked.
func (a *Admission) Approval() *Approval {
	if a.A.Approval == nil {
		return nil
	}
	return &Approval{*a.A.Approval}
}

// Approval is the view of a question and its answer.
type Approval struct{ A catalog.Approval }

// Why a person is asked.
func (a *Approval) Why() []string { return a.A.Why }

// Until is when it lapses.
func (a *Approval) Until() time.Time { return a.A.Until }

// By is who approved.
func (a *Approval) By() *string { return opt(a.A.By) }

// At is when.
func (a *Approval) At() *time.Time { return at(a.A.At) }

// Reason they gave.
func (a *Approval) Reason() *string { return opt(a.A.Reason) }

// Alert is the view of an alert.
type Alert struct{ A catalog.Alert }

// ID is made from what it is about.
func (a *Alert) ID() string { return a.A.ID }

// Kind of the alert.
func (a *Alert) Kind() string { return string(a.A.Kind) }

// At is when it was raised.
func (a *Alert) At() time.Time { return a.A.At }

// Policy it is about.
func (a *Alert) Policy() string { return a.A.Policy }

// Owner is whom to ask.
func (a *Alert) Owner() *string { return opt(a.A.Owner) }

// TargetName is the asset's.
func (a *Alert) TargetName() AssetName { return nameOf(a.A.Name) }

// Says it in a sentence.
func (a *Alert) Says() string { return a.A.Says }

// Evidence behind it.
func (a *Alert) Evidence() []string { return append([]string{}, a.A.Evidence...) }

// AlertEdge is one of a page.
type AlertEdge struct {
	Node   *Alert
	Cursor string
}

func (e AlertEdge) cursor() string { return e.Cursor }

// AlertConnection is a page.
type AlertConnection struct {
	Edges    []AlertEdge
	PageInfo PageInfo
}

// Nodes are the page without cursors.
func (c *AlertConnection) Nodes() []*Alert {
	return nodesOf(c.Edges, func(e AlertEdge) *Alert { return e.Node })
}

// KillSwitch is the view of a switch as somebody set it.
type KillSwitch struct{ S catalog.Switch }

// KillSwitchEdge is one of a page.
type KillSwitchEdge struct {
	Node   *KillSwitch
	Cursor string
}

func (e KillSwitchEdge) cursor() string { return e.Cursor }

// KillSwitchConnection is a page.
type KillSwitchConnection struct {
	Edges    []KillSwitchEdge
	PageInfo PageInfo
}

// Nodes are the switches.
func (c *KillSwitchConnection) Nodes() []*KillSwitch {
	return nodesOf(c.Edges, func(e KillSwitchEdge) *KillSwitch { return e.Node })
}

// ID is of what the ledger wrote down.
func (k KillSwitch) ID() string { return k.S.ID() }

// On tells turning on from turning off.
func (k KillSwitch) On() bool { return k.S.On }

// Scope is how much it stops.
func (k KillSwitch) Scope() catalog.SwitchScope { return k.S.Scope }

// Name is null for everything.
func (k KillSwitch) Name() *string { return opt(k.S.Name) }

// Actor is who set it.
func (k KillSwitch) Actor() string { return k.S.Actor }

// Reason they gave.
func (k KillSwitch) Reason() string { return k.S.Reason }

// At is when.
func (k KillSwitch) At() time.Time { return k.S.At }
