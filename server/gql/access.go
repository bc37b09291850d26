package gql

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
)

// need is what a mutation asks of the caller. Where is judged by what it is
// about, once that is found (acts.go), or it cannot be divided by namespace:
// policies select by globs, names of one asset may lie in several namespaces.
type need struct {
	verb       auth.Verb
	everywhere bool
}

// mutationNeeds is every mutation there is: one that is missing is refused to
// everybody.
var mutationNeeds = map[string]need{
	"acknowledge":       {auth.Annotate, false},
	"gate":              {auth.Act, false},
	"setKillSwitch":     {auth.Act, true},
	"requestRun":        {auth.Act, false},
	"backfill":          {auth.Act, false},
	"approveAction":     {auth.Act, false},
	"rejectAction":      {auth.Act, false},
	"resolveAction":     {auth.Act, false},
	"cancelAction":      {auth.Act, false},
	"cancelRun":         {auth.Act, false},
	"rerun":             {auth.Act, false},
	"pauseJob":          {auth.Act, false},
	"resumeJob":         {auth.Act, false},
	"skip":              {auth.Act, false},
	"hold":              {auth.Act, false},
	"release":           {auth.Act, false},
	"mergeAssets":       {auth.Annotate, true},
	"splitAsset":        {auth.Annotate, true},
	"replayQuarantined": {auth.Admin, true},
	"dropQuarantined":   {auth.Admin, true},
	"declareAsset":      {auth.Annotate, false},
	"undeclareAsset":    {auth.Annotate, false},
	"addOwner":          {auth.Annotate, false},
	"removeOwner":       {auth.Annotate, false},
	"addTag":            {auth.Annotate, false},
	"removeTag":         {auth.Annotate, false},
	"describe":          {auth.Annotate, false},
	"addAlias":          {auth.Annotate, true},
	"removeAlias":       {auth.Annotate, true},
	"undoStatement":     {auth.Annotate, false},
	"planPolicies":      {auth.Author, true},
	"applyPolicies":     {auth.Author, true},
	"rollbackPolicies":  {auth.Author, true},
}

// Deed is who may call a mutation, for a page that shows beforehand what cannot
// be done. Whether it can is decided when it is called.
type Deed struct {
	// Roles are enough, the least first.
	Roles []catalog.Role `json:"roles"`
	// Everywhere: the role is needed in every namespace, not only in that of
	// what is acted on.
	Everywhere bool `json:"everywhere"`
}

// Deeds are all mutations by name.
func Deeds() map[string]Deed {
	out := map[string]Deed{}
	for name, n := range mutationNeeds {
		out[name] = Deed{auth.RolesOf(n.verb), n.everywhere}
	}
	return out
}

// wholeQueries are questions whose answers cannot be divided by namespace.
var wholeQueries = []string{"policySource", "policyVersions", "shadowReport", "quarantine", "resumePreview"}

// doorman refuses a request before anything of it is resolved.
type doorman struct{}

// ExtensionName names it for gqlgen.
func (doorman) ExtensionName() string { return "Access" }

// Validate has nothing to check.
func (doorman) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext looks at every root field.
func (doorman) MutateOperationContext(ctx context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	p := auth.From(ctx)
	root := "Query"
	if oc.Operation.Operation == ast.Mutation {
		root = "Mutation"
	}
	for _, f := range graphql.CollectFields(oc, oc.Operation.SelectionSet, []string{root}) {
		if err := admit(p, root, f.Name); err != nil {
			e := &gqlerror.Error{Message: Safe(err), Path: ast.Path{ast.PathName(f.Alias)}, Extensions: map[string]any{"code": CodeOf(err)}}
			if hint := catalog.HintOf(err); hint != "" {
				e.Extensions["hint"] = hint
			}
			return e
		}
	}
	return nil
}

// admit is pure: who may ask for which root field.
func admit(p auth.Principal, root, field string) error {
	if root == "Query" {
		if slices.Contains(wholeQueries, field) {
			return p.RefuseEverywhere(auth.Read)
		}
		return p.RefuseAnywhere(auth.Read)
	}
	n, ok := mutationNeeds[field]
	switch {
	case strings.HasPrefix(field, "__"): // of the language
		return nil
	case !ok:
		return catalog.ErrForbidden
	case n.everywhere:
		return p.RefuseEverywhere(n.verb)
	}
	return p.RefuseAnywhere(n.verb)
}

// scopes answers each caller from what they may read and do: resolvers are
// handed other readers and know nothing of access.
type scopes struct {
	whole http.Handler
	build func(auth.Principal) http.Handler
	some  *lru.LRU[http.Handler]
}

// keptScopes bounds the handlers kept, one for all who may do the same.
const keptScopes = 64

func newScopes(build func(auth.Principal) http.Handler) *scopes {
	return &scopes{whole: build(auth.Anybody), build: build, some: lru.New[http.Handler](keptScopes)}
}

func (s *scopes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p := auth.From(r.Context())
	if p.Everywhere(auth.Admin) {
		s.whole.ServeHTTP(w, r)
		return
	}
	h, ok := s.some.Get(r.Context(), p.Scope())
	if !ok {
		h = s.build(auth.Principal{Grants: p.Grants}) // others with the same grants have other names
		s.some.Add(r.Context(), p.Scope(), h)
	}
	h.ServeHTTP(w, r)
}
