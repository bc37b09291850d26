package gql

import (
	"slices"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// TestVeiledAction: one policy that is not clear is enough to withhold what an
// action says, and the ledger's own copy is left as it is.
func TestVeiledAction(t *testing.T) {
	a := catalog.Action{Policies: []string{"clear", "dark"}, Admission: catalog.Admission{Stale: []string{"secret.b"}, Approval: &catalog.Approval{Why: []string{"secret.b is old"}}}}
	v := &veil{}
	got := v.action(t.Context(), a, map[string]bool{"clear": true})
	if got.Admission.Stale != nil || !slices.Equal(got.Admission.Approval.Why, []string{withheld}) || a.Admission.Approval.Why[0] != "secret.b is old" {
		t.Errorf("%+v, of %+v", got.Admission, a.Admission.Approval)
	}
	got = v.action(t.Context(), a, map[string]bool{"clear": true, "dark": true})
	if len(got.Admission.Stale) != 1 || got.Admission.Approval.Why[0] == withheld {
		t.Errorf("withheld though all is clear: %+v", got.Admission)
	}
}
