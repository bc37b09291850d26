package gql_test

import (
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
)

// TestDoctorByRole: the doctor is for those who run weir everywhere.
func TestDoctorByRole(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		role  catalog.Role
		where string
		want  string
	}{
		{catalog.RoleAdmin, "*", ""},
		{catalog.RoleOperator, "*", ""},
		{catalog.RoleOperator, "prod", "FORBIDDEN"},
		{catalog.RoleEditor, "*", "FORBIDDEN"},
		{catalog.RoleViewer, "*", "FORBIDDEN"},
	} {
		w.as = auth.Principal{Name: "ann", Grants: []auth.Grant{{Role: c.role, Namespaces: []string{c.where}}}}
		a := w.ask(t, `{ doctor { at findings { what state says fix } } }`, nil)
		if told := strings.Contains(string(a.body), "/var/lib/weir"); a.code() != c.want || told != (c.want == "") {
			t.Errorf("%s in %s: %s", c.role, c.where, a.body)
		}
	}
}
