package gql_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql"
)

// TestEveryMutation: each has a declared role, and nothing else has.
func TestEveryMutation(t *testing.T) {
	needs := gql.MutationNeeds()
	for _, f := range schema(t).Mutation.Fields {
		if _, ok := needs[f.Name]; !ok && !strings.HasPrefix(f.Name, "__") {
			t.Errorf("%s has no role in mutationNeeds: it is refused to everybody", f.Name)
		}
		delete(needs, f.Name)
	}
	for name := range needs {
		t.Errorf("%s is no mutation", name)
	}
}

// rolesOf says who may do what: docs/access.md, written down a second time, so
// that a wrong verb in mutationNeeds is seen.
var rolesOf = map[string]string{
	"describe declareAsset undeclareAsset addOwner removeOwner addTag removeTag addAlias removeAlias undoStatement mergeAssets splitAsset acknowledge": "editor operator admin",

	"gate requestRun backfill approveAction rejectAction resolveAction cancelAction cancelRun rerun pauseJob resumeJob skip hold release setKillSwitch": "operator admin",

	"planPolicies applyPolicies rollbackPolicies": "editor admin",
	"replayQuarantined dropQuarantined":           "admin",
}

// allowed lists the roles for a mutation.
func allowed(mutation string) []string {
	for names, roles := range rolesOf {
		if slices.Contains(strings.Fields(names), mutation) {
			return strings.Fields(roles)
		}
	}
	return nil
}

// TestMutationsByRole calls each mutation as each role. A refusal comes before
// anything is looked at, so what is asked may be nonsense.
func TestMutationsByRole(t *testing.T) {
	w := newWorld(t)
	types := schema(t)
	for _, f := range types.Mutation.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		roles := allowed(f.Name)
		for _, role := range []catalog.Role{catalog.RoleViewer, catalog.RoleEditor, catalog.RoleOperator, catalog.RoleAdmin, catalog.RoleProducer} {
			w.as = auth.Principal{Name: string(role), Grants: []auth.Grant{{Role: role, Namespaces: []string{"*"}}}}
			a := w.ask(t, "mutation { "+f.Name+"(input: "+nonsense(types, f.Arguments.ForName("input").Type)+") { __typename } }", nil)
			if refused := a.code() == "FORBIDDEN"; refused == slices.Contains(roles, string(role)) {
				t.Errorf("%s as %s: %.300s", f.Name, role, a.body)
			}
		}
	}
}

// nonsense is a value of an input type, of what it must have alone.
func nonsense(s *ast.Schema, t *ast.Type) string {
	if t.Elem != nil {
		return "[" + nonsense(s, t.Elem) + "]"
	}
	d := s.Types[t.NamedType]
	switch {
	case d.Kind == ast.Enum:
		return d.EnumValues[0].Name
	case d.Kind == ast.InputObject:
		var fields []string
		for _, f := range d.Fields {
			if f.Type.NonNull && f.DefaultValue == nil {
				fields = append(fields, f.Name+": "+nonsense(s, f.Type))
			}
		}
		return "{ " + strings.Join(fields, " ") + " }"
	case d.Name == "Int" || d.Name == "Float":
		return "1"
	case d.Name == "Boolean":
		return "true"
	case d.Name == "Time":
		return `"2026-03-01T12:00:00Z"`
	}
	return `"1"`
}
