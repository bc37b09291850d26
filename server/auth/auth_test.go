package auth_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
)

func principal(role catalog.Role, globs ...string) auth.Principal {
	return auth.Principal{Name: "ann", Grants: []auth.Grant{{Role: role, Namespaces: globs}}}
}

// TestRoles is the table of docs/access.md.
func TestRoles(t *testing.T) {
	verbs := []auth.Verb{auth.Read, auth.Annotate, auth.Author, auth.Act, auth.Ingest, auth.Admin}
	for role, may := range map[catalog.Role]string{
		catalog.RoleViewer: "x.....", catalog.RoleEditor: "xxx...", catalog.RoleOperator: "xx.x..", catalog.RoleAdmin: "xxxxxx", catalog.RoleProducer: "....x.", "made-up": "......",
	} {
		for i, v := range verbs {
			p := principal(role, "prod*")
			if got := p.Can(v, "prod_eu"); got != (may[i] == 'x') {
				t.Errorf("%s %s: %v", role, v, got)
			}
			if p.Can(v, "dev") || p.Everywhere(v) || p.Anywhere(v) != (may[i] == 'x') {
				t.Errorf("%s %s reaches beyond its namespaces", role, v)
			}
		}
	}
	if (auth.Principal{}).Anywhere(auth.Read) || !auth.Anybody.Everywhere(auth.Admin) {
		t.Error("nobody may something, or anybody not everything")
	}
}

// TestRefuse: what may not be read is as if it were not there; what may be is
// refused with the role that is missing.
func TestRefuse(t *testing.T) {
	p := principal(catalog.RoleViewer, "prod")
	if err := p.Refuse(auth.Read, "prod"); err != nil {
		t.Error(err)
	}
	err := p.Refuse(auth.Act, "prod")
	if !errors.Is(err, catalog.ErrForbidden) || !strings.Contains(err.Error(), "operator") || catalog.HintOf(err) == "" {
		t.Errorf("%v", err)
	}
	if err := p.Refuse(auth.Act, "secret"); err != catalog.ErrNotFound { //nolint:errorlint // nothing more may be in it
		t.Errorf("%v", err)
	}
}
