package notify

import (
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// Routes find who is told.
type Routes struct {
	// Owners are the destinations of each owner.
	Owners map[string][]string
	// Operators are the destinations that hear of weir itself.
	Operators []string
}

// usual is what an owner hears of when the policy does not say.
var usual = []catalog.IncidentKind{catalog.IncidentFailed, catalog.IncidentLost, catalog.IncidentLate, catalog.IncidentApproval, catalog.IncidentBreaker, catalog.IncidentFanOut}

// Of lists the destinations that hear of a kind of incident of a policy: those
// that it names, "owner" standing for its owner's; without notify its owner's.
func (r Routes) Of(p *policies.Policy, k catalog.IncidentKind) []string {
	if p.Notify == nil {
		if slices.Contains(usual, k) {
			return r.Owners[p.Owner]
		}
		return nil
	}
	var out []string
	for _, to := range p.Notify[k] {
		list := []string{to}
		if to == "owner" {
			list = r.Owners[p.Owner]
		}
		for _, to := range list {
			if !slices.Contains(out, to) {
				out = append(out, to)
			}
		}
	}
	return out
}

// OfCause lists the destinations of the owner of the step that holds an asset
// up, without those that hear of it for the policy: nobody is told twice. A
// policy that says who hears of what, and leaves the kind out, tells nobody.
func (r Routes) OfCause(p *policies.Policy, k catalog.IncidentKind, owner string) []string {
	if owner == "" || owner == p.Owner || p.Notify != nil && len(p.Notify[k]) == 0 {
		return nil
	}
	told := r.Of(p, k)
	return slices.DeleteFunc(slices.Clone(r.Owners[owner]), func(to string) bool { return slices.Contains(told, to) })
}
