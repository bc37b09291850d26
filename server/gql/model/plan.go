package model

import (
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/plan"
)

// PolicyPlan is the view of a plan.
type PolicyPlan struct {
	plan.Plan
	// Source is where the policies in force come from.
	Source   string
	Position catalog.Position
}

// Base is the version that the plan was compared with.
func (p *PolicyPlan) Base() *int { return count64(p.Plan.Base) }

// Effects are the assets for which something changes.
func (p *PolicyPlan) Effects() []*PolicyEffect {
	out := make([]*PolicyEffect, len(p.Plan.Effects))
	for i := range p.Plan.Effects {
		out[i] = &PolicyEffect{p.Plan.Effects[i]}
	}
	return out
}

// Changes are the policies that differ.
func (p *PolicyPlan) Changes() []*PolicyChange {
	out := make([]*PolicyChange, len(p.Plan.Changes))
	for i := range p.Plan.Changes {
		out[i] = &PolicyChange{p.Plan.Changes[i]}
	}
	return out
}

// PolicyChange is the view of a policy that differs.
type PolicyChange struct{ plan.Change }

// Fields are the keys that differ.
func (c *PolicyChange) Fields() []*PolicyFieldChange {
	out := make([]*PolicyFieldChange, len(c.Change.Fields))
	for i, f := range c.Change.Fields {
		out[i] = &PolicyFieldChange{Key: f.Key, Before: opt(f.Before), After: opt(f.After)}
	}
	return out
}

// PolicyFieldChange is a key that differs.
type PolicyFieldChange struct {
	Key           string
	Before, After *string
}

// PolicyEffect is the view of what changes for an asset.
type PolicyEffect struct{ plan.Effect }

// Asset is its id.
func (e *PolicyEffect) Asset() string { return AssetID(e.Effect.Asset) }

// Name is its name.
func (e *PolicyEffect) Name() AssetName { return nameOf(e.Effect.Name) }

// Before is what the policy in force means.
func (e *PolicyEffect) Before() *PolicyOutlook { return outlookOf(e.Effect.Before) }

// After is what the proposed policy would mean.
func (e *PolicyEffect) After() *PolicyOutlook { return outlookOf(e.Effect.After) }

func outlookOf(o *plan.Outlook) *PolicyOutlook {
	if o == nil {
		return nil
	}
	return &PolicyOutlook{o}
}

// PolicyOutlook is the view of what a policy means for an asset.
type PolicyOutlook struct{ *plan.Outlook }

// Connector of what would be started.
func (o *PolicyOutlook) Connector() *string { return opt(o.Outlook.Connector) }

// ToolJob is what would be started.
func (o *PolicyOutlook) ToolJob() *string { return opt(o.Starts) }

// Unresolved says why nothing was found.
func (o *PolicyOutlook) Unresolved() *string { return opt(o.Outlook.Unresolved) }

// Inputs of the policy.
func (o *PolicyOutlook) Inputs() []*PolicyInput {
	out := make([]*PolicyInput, len(o.Edges))
	for i := range o.Edges {
		out[i] = &PolicyInput{o.Edges[i]}
	}
	return out
}

// Ticks are those of the schedule.
func (o *PolicyOutlook) Ticks() []time.Time { return append([]time.Time{}, o.Outlook.Ticks...) }

// Deadline is when the want fails next.
func (o *PolicyOutlook) Deadline() *time.Time { return at(o.Outlook.Deadline) }

// Runs in the time to come.
func (o *PolicyOutlook) Runs() *int {
	if !o.Known {
		return nil
	}
	return &o.Outlook.Runs
}

// Took is what the job takes.
func (o *PolicyOutlook) Took() *time.Duration {
	if o.Samples == 0 {
		return nil
	}
	return &o.Outlook.Took
}

// PolicyInput is the view of an input.
type PolicyInput struct{ plan.Edge }

// Name of the input.
func (i *PolicyInput) Name() AssetName { return nameOf(i.Input) }

// Require is the word of the file.
func (i *PolicyInput) Require() string { return string(i.Edge.Require) }

// Fresh is the bound.
func (i *PolicyInput) Fresh() *time.Duration {
	if i.Edge.Fresh == 0 {
		return nil
	}
	return &i.Edge.Fresh
}

// Checks is the word of the file.
func (i *PolicyInput) Checks() string { return string(i.Edge.Checks) }

// PolicyFault is what is wrong in a file.
type PolicyFault = policies.FileError

// PolicyVersion is the view of a set that was put in force.
type PolicyVersion struct{ S catalog.PolicySet }

// Version is its number.
func (v *PolicyVersion) Version() int { return int(v.S.Version) }

// At is when.
func (v *PolicyVersion) At() time.Time { return v.S.At }

// Actor is who.
func (v *PolicyVersion) Actor() string { return v.S.Actor }

// Reason is why.
func (v *PolicyVersion) Reason() *string { return opt(v.S.Reason) }

// Plan is the hash that was applied.
func (v *PolicyVersion) Plan() string { return v.S.Plan }

// RollbackTo is the version whose files these are.
func (v *PolicyVersion) RollbackTo() *int { return count64(v.S.RollbackTo) }

// Trials are the policies that were tried first.
func (v *PolicyVersion) Trials() []catalog.PolicyTrial { return v.S.Trials }

// NoTrial reports whether the modes held at once.
func (v *PolicyVersion) NoTrial() bool { return v.S.NoTrial }

// Files are what it says.
func (v *PolicyVersion) Files() []catalog.PolicyFile { return v.S.Files }

func count64(n int64) *int {
	if n == 0 {
		return nil
	}
	i := int(n)
	return &i
}

// PolicyVersionEdge is one of a page.
type PolicyVersionEdge struct {
	Node   *PolicyVersion
	Cursor string
}

func (e PolicyVersionEdge) cursor() string { return e.Cursor }

// PolicyVersionConnection is a page.
type PolicyVersionConnection struct {
	Edges    []PolicyVersionEdge
	PageInfo PageInfo
}

// Nodes are the page without cursors.
func (c *PolicyVersionConnection) Nodes() []*PolicyVersion {
	return nodesOf(c.Edges, func(e PolicyVersionEdge) *PolicyVersion { return e.Node })
}
