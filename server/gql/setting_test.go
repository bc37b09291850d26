package gql_test

import (
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
)

// TestConfigurationByRole: settings are for administrators of every namespace.
func TestConfigurationByRole(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		role  catalog.Role
		where string
		want  string
	}{
		{catalog.RoleAdmin, "*", ""},
		{catalog.RoleAdmin, "prod", "FORBIDDEN"},
		{catalog.RoleOperator, "*", "FORBIDDEN"},
		{catalog.RoleViewer, "*", "FORBIDDEN"},
	} {
		w.as = auth.Principal{Name: "ann", Grants: []auth.Grant{{Role: c.role, Namespaces: []string{c.where}}}}
		a := w.ask(t, `{ configuration { key value origin where } }`, nil)
		if told := strings.Contains(string(a.body), "weir.yaml"); a.code() != c.want || told != (c.want == "") {
			t.Errorf("%s in %s: %s", c.role, c.where, a.body)
		}
	}
}
