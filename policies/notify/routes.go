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
}

// usual is what an owner hears of when the policy does not say.
var usual = []catalog.IncidentKind{catalog.IncidentFailed, catalog.IncidentLost, catalog.IncidentLate, catalog.IncidentApproval}

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
