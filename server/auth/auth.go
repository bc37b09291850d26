// Package auth says who asks and what they may do. What it decides is pure: a
// Principal holds grants, each a role in namespaces, and Can answers from them.
// Around that stand the ways to prove who one is: keys (Keyring) and tokens of
// an issuer (Issuer). It serves no route and stores nothing itself.
package auth

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// Verb is a kind of thing that is done.
type Verb string

// The verbs. Open is of what needs nobody: a page without data, a sign of life.
const (
	Open     Verb = "open"
	Read     Verb = "read"
	Annotate Verb = "annotate" // descriptions, owners, tags, names, declarations
	Author   Verb = "author"   // policies
	Act      Verb = "act"      // start, stop, approve, pause, gate, kill switch
	Ingest   Verb = "ingest"   // send events
	Admin    Verb = "admin"    // keys, quarantine
)

// roles says what each role may do; what is not listed is denied.
var roles = map[catalog.Role][]Verb{
	catalog.RoleViewer:   {Read},
	catalog.RoleEditor:   {Read, Annotate, Author},
	catalog.RoleOperator: {Read, Annotate, Act},
	catalog.RoleAdmin:    {Read, Annotate, Author, Act, Ingest, Admin},
	catalog.RoleProducer: {Ingest},
}

// order is how roles are named in a message: the least that is enough first.
var order = []catalog.Role{catalog.RoleViewer, catalog.RoleEditor, catalog.RoleOperator, catalog.RoleProducer, catalog.RoleAdmin}

// ParseRole reads a role.
func ParseRole(text string) (catalog.Role, error) {
	r := catalog.Role(text)
	if _, ok := roles[r]; !ok {
		return "", fmt.Errorf("%w: role %q is none of viewer, editor, operator, admin, producer", catalog.ErrInvalid, text)
	}
	return r, nil
}

// RolesOf are the roles that may do a verb, the least first.
func RolesOf(v Verb) (list []catalog.Role) {
	for _, r := range order {
		if slices.Contains(roles[r], v) {
			list = append(list, r)
		}
	}
	return list
}

// Needed says in words which roles may do a verb.
func Needed(v Verb) string {
	var list []string
	for _, r := range RolesOf(v) {
		list = append(list, string(r))
	}
	return strings.Join(list, " or ")
}

// Everything is the glob of all namespaces.
const Everything = "*"

// Grant is a role in the namespaces that one of the globs matches.
type Grant struct {
	Role       catalog.Role `json:"role"`
	Namespaces []string     `json:"namespaces"`
}

func (g Grant) may(v Verb) bool { return slices.Contains(roles[g.Role], v) }

func (g Grant) covers(namespace string) bool {
	return slices.ContainsFunc(g.Namespaces, func(glob string) bool { return catalog.MatchGlob(glob, namespace) })
}

// Principal is who asks. The zero Principal may do nothing.
type Principal struct {
	// Name is who states what they state; "" when nobody is asked who they are.
	Name   string
	Grants []Grant
}

// Anybody is who asks while no access is set up: everything is allowed.
var Anybody = Principal{Grants: []Grant{{Role: catalog.RoleAdmin, Namespaces: []string{Everything}}}}

// Can reports whether p may do v in a namespace.
func (p Principal) Can(v Verb, namespace string) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.may(v) && g.covers(namespace) })
}

// Anywhere reports whether p may do v in some namespace.
func (p Principal) Anywhere(v Verb) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.may(v) })
}

// Everywhere reports whether p may do v in every namespace there may be.
func (p Principal) Everywhere(v Verb) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.may(v) && slices.Contains(g.Namespaces, Everything) })
}

// Scope is the same text for principals who may do the same.
func (p Principal) Scope() string {
	var b strings.Builder
	for _, g := range p.Grants {
		fmt.Fprintf(&b, "%s %q\n", g.Role, g.Namespaces)
	}
	return b.String()
}

// Refuse is the error for v in a namespace, or nil. What p may not read it does
// not learn of: the error is then that of what is not there.
func (p Principal) Refuse(v Verb, namespace string) error {
	switch {
	case p.Can(v, namespace):
		return nil
	case v != Ingest && !p.Can(Read, namespace):
		return catalog.ErrNotFound
	}
	return p.denied(v, fmt.Sprintf("in namespace %q", namespace))
}

// RefuseAnywhere is the error for v when p may do it nowhere.
func (p Principal) RefuseAnywhere(v Verb) error {
	if p.Anywhere(v) {
		return nil
	}
	return p.denied(v, "")
}

// RefuseEverywhere is the error for v when p may not do it in every namespace.
func (p Principal) RefuseEverywhere(v Verb) error {
	if p.Everywhere(v) {
		return nil
	}
	return p.denied(v, "in every namespace (*)")
}

func (p Principal) denied(v Verb, where string) error {
	has := "no role"
	if len(p.Grants) > 0 {
		has = string(p.Grants[0].Role) + " in " + strings.Join(p.Grants[0].Namespaces, ", ")
	}
	if n := len(p.Grants); n > 1 {
		has += fmt.Sprintf(" and %d more", n-1)
	}
	return catalog.WithHint(fmt.Errorf("%w: this needs the role %s; %s has %s", catalog.ErrForbidden, strings.TrimSpace(Needed(v)+" "+where), cmp.Or(p.Name, "the caller"), has),
		"ask an administrator of this weir for a key with that role (weir keys create)")
}

type principalKey struct{}

// With puts who asks where handlers find it.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From is who asks; nobody, who may do nothing, when no guard has looked.
func From(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}
