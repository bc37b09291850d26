package model

import (
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// ShadowReport is the view of a comparison of policies in shadow with what
// happened.
type ShadowReport struct{ R policies.ShadowReport }

// From and To are its time.
func (r *ShadowReport) From() time.Time { return r.R.From }

// To is exclusive.
func (r *ShadowReport) To() time.Time { return r.R.To }

// Cut: there are more policies.
func (r *ShadowReport) Cut() bool { return r.R.Cut }

// Policies are those that were compared.
func (r *ShadowReport) Policies() []ShadowPolicy {
	return each(r.R.Policies, func(p policies.ShadowPolicy) ShadowPolicy { return ShadowPolicy{p} })
}

// ShadowPolicy is the view of one of them.
type ShadowPolicy struct{ p policies.ShadowPolicy }

// Name is the policy's.
func (p *ShadowPolicy) Name() string { return p.p.Policy.Name }

// Owner answers for it.
func (p *ShadowPolicy) Owner() *string { return opt(p.p.Policy.Owner) }

// Mode is that of now.
func (p *ShadowPolicy) Mode() catalog.Mode { return p.p.Policy.Mode }

// Agreed and the next three are the counts.
func (p *ShadowPolicy) Agreed() int { return p.p.Counts[policies.ShadowAgreed] }

// WouldRun counts starts that nobody made.
func (p *ShadowPolicy) WouldRun() int { return p.p.Counts[policies.ShadowWouldRun] }

// WouldHold counts runs that it would have held.
func (p *ShadowPolicy) WouldHold() int { return p.p.Counts[policies.ShadowWouldHold] }

// Saved counts runs that it did not want.
func (p *ShadowPolicy) Saved() int { return p.p.Counts[policies.ShadowSaved] }

// MoreCases: not all are listed.
func (p *ShadowPolicy) MoreCases() bool { return p.p.More }

// Partial: not all was looked at.
func (p *ShadowPolicy) Partial() bool { return p.p.Partial }

// Note is null when something can be compared.
func (p *ShadowPolicy) Note() *string { return opt(p.p.Note) }

// Cases are the newest.
func (p *ShadowPolicy) Cases() []ShadowCase {
	return each(p.p.Cases, func(c policies.ShadowCase) ShadowCase {
		out := ShadowCase{Kind: c.Kind, Name: nameOf(c.Name), At: c.At, Decision: PrefixDecision + c.Decision, Says: c.Says}
		if !c.Run.IsZero() {
			id := RunID(c.Run)
			out.Run, out.RunID = &id, &c.Run.RunID
		}
		return out
	})
}

// ShadowCase is one decision or run.
type ShadowCase struct {
	Kind     policies.ShadowKind
	Name     AssetName
	At       time.Time
	Decision string
	Run      *string
	RunID    *string
	Says     string
}
