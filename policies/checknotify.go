package policies

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/weirhq/weir/catalog"
)

var destinationForm = regexp.MustCompile(`^[^\s:]+(:\S+)?$`)

// notify reads who hears of what: { late: pager, failed: [owner, "slack:#data"] }.
// nil: the policy does not say.
func (c *checker) notify(doc map[string]any) map[catalog.IncidentKind][]string {
	if doc == nil {
		return nil
	}
	out := map[catalog.IncidentKind][]string{}
	for kind, v := range doc {
		k := catalog.IncidentKind(kind)
		if !slices.Contains(catalog.IncidentKinds, k) {
			c.fail(at("notify", kind), "E106", "failed, lost, late, at_risk, approval, breaker, fan_out or kill_switch", "unknown kind of incident %q", kind)
			continue
		}
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, to := range list {
			s, ok := to.(string)
			if !ok || !destinationForm.MatchString(s) {
				c.fail(at("notify", kind), "E106", `the name of a destination, "owner", or "NAME:#CHANNEL"`, "unreadable destination %q", fmt.Sprint(to))
				continue
			}
			out[k] = append(out[k], s)
		}
	}
	return out
}
