package server_test

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql"
	"github.com/weirhq/weir/server/gql/model"
)

// shelf keeps keys in memory.
type shelf struct{ keys []catalog.AccessKey }

func (s *shelf) AccessKeys(context.Context) ([]catalog.AccessKey, error) { return s.keys, nil }

func (s *shelf) PutAccessKey(_ context.Context, k catalog.AccessKey) error {
	if i := slices.IndexFunc(s.keys, func(o catalog.AccessKey) bool { return o.ID == k.ID }); i >= 0 {
		s.keys[i] = k
		return nil
	}
	s.keys = append(s.keys, k)
	return nil
}

func (s *shelf) UsedAccessKey(context.Context, string, time.Time) error { return nil }

type openGate struct{}

func (openGate) Ask(context.Context, policies.GateRequest) (catalog.GateAnswer, error) {
	return catalog.GateAnswer{Decision: catalog.DecideRun}, nil
}

// guarded is a server that has everything, and a key of each role for "prod",
// and of an administrator.
type guarded struct {
	*server.Server
	ring *auth.Keyring
	keys map[string]string
}

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	ring := auth.NewKeyring(&shelf{}, time.Now)
	g := &guarded{ring: ring, keys: map[string]string{}}
	g.Server = server.New(server.Options{
		GraphQL: ok, Gate: openGate{}, Lineage: ok, LineageBatch: ok, Feed: server.NewFeed(0, 0), UI: ok, Access: &auth.Access{Keys: ring},
		Export: func(context.Context) (io.WriterTo, catalog.Position, error) { return strings.NewReader(""), 0, nil },
		Status: func(context.Context) server.Status {
			return server.Status{Ready: true, Degraded: []string{"policy secret is odd"}}
		},
	})
	for _, role := range []string{"admin", "viewer", "editor", "operator", "producer"} {
		w := auth.Wanted{Name: role, Role: catalog.Role(role), Namespaces: []string{"prod"}}
		if role == "admin" {
			w.Namespaces = nil
		}
		secret, _, err := ring.Create(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		g.keys[role] = secret
	}
	return g
}

func (g *guarded) ask(t *testing.T, pattern, key, body string) *httptest.ResponseRecorder {
	t.Helper()
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		method, path = "GET", pattern
	}
	path = strings.NewReplacer("{connector}", "c", "{project}", "p", "{location}", "l", "{method}", "x:processOpenLineageRunEvent", "{id}", "key_0").Replace(path)
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // a stream ends at once
	r := httptest.NewRequest(method, path, strings.NewReader(body)).WithContext(ctx)
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	w := httptest.NewRecorder()
	g.Handler().ServeHTTP(w, r)
	return w
}

// TestEveryRoute: whatever is no page and no sign of life turns strangers away,
// and each role gets past the routes of its verbs alone.
func TestEveryRoute(t *testing.T) {
	g := newGuarded(t)
	routes := g.Routes()
	open := []string{"GET /graphql", "GET /api/v1/schema/policy.json", "GET /api/v1/session", "POST /api/v1/session", "DELETE /api/v1/session", "GET /healthz", "GET /readyz", "GET /version", "/api/", "/"}
	if len(routes) < 25 {
		t.Fatalf("only %d routes: is something not served here?", len(routes))
	}
	for _, r := range routes {
		if isOpen := slices.Contains(open, r.Pattern); isOpen != (r.Need == auth.Open) {
			t.Errorf("%s needs %q: only what this test lists may be open", r.Pattern, r.Need)
		}
		if r.Need == auth.Open {
			continue
		}
		if want := cmp.Or(verbs[r.Pattern], auth.Ingest); r.Need != want {
			t.Errorf("%s needs %q, want %q", r.Pattern, r.Need, want)
		}
		for _, key := range []string{"", "weir_sk_nonsense", strings.Replace(g.keys["admin"], "_sk_", "_in_", 1)} {
			w := g.ask(t, r.Pattern, key, "")
			if w.Code != 401 || !strings.Contains(w.Body.String(), "UNAUTHENTICATED") || !strings.Contains(w.Body.String(), "hint") || w.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s with %q: %d %s", r.Pattern, key, w.Code, w.Body)
			}
		}
		for role, key := range g.keys {
			p, err := g.ring.Who(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			if w := g.ask(t, r.Pattern, key, ""); (w.Code == 403) == p.Anywhere(r.Need) && !wholeOnly[r.Pattern] {
				t.Errorf("%s as %s: %d %s", r.Pattern, role, w.Code, w.Body)
			}
		}
	}
}

// verbs of the routes that are not open; of all others it is to ingest.
var verbs = map[string]auth.Verb{
	"POST /graphql": auth.Read, "GET /api/v1/export/graph": auth.Read, "GET /api/v1/stream": auth.Read, "GET /metrics": auth.Read, "POST /api/v1/gate": auth.Act,
	"GET /api/v1/keys": auth.Admin, "POST /api/v1/keys": auth.Admin, "DELETE /api/v1/keys/{id}": auth.Admin,
}

// wholeOnly are routes for those who may do so in every namespace.
var wholeOnly = map[string]bool{"GET /metrics": true}

func TestWithoutKeys(t *testing.T) {
	s := server.New(server.Options{Lineage: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !auth.From(r.Context()).Can(auth.Ingest, "anything") {
			t.Error("nobody is asked, and something is not allowed")
		}
	}), Access: &auth.Access{Keys: auth.NewKeyring(&shelf{}, time.Now)}})
	r := httptest.NewRequest("POST", "/api/v1/lineage", strings.NewReader("{}"))
	r.Header.Set("Authorization", "Bearer whatever a producer was set up with")
	w := httptest.NewRecorder()
	if s.Handler().ServeHTTP(w, r); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestFirstKey: while there is none, nobody makes one over the network.
func TestFirstKey(t *testing.T) {
	s := &shelf{}
	g := &guarded{Server: server.New(server.Options{Access: &auth.Access{Keys: auth.NewKeyring(s, time.Now)}})}
	if w := g.ask(t, "POST /api/v1/keys", "", `{"name": "me", "role": "admin"}`); w.Code != 409 || len(s.keys) > 0 || !strings.Contains(w.Body.String(), "--data") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestGateNamespace: a gate is asked about jobs of one's own; of others one does
// not learn whether they are there.
func TestGateNamespace(t *testing.T) {
	g := newGuarded(t)
	for ns, code := range map[string]int{"prod": 200, "secret": 404} {
		if w := g.ask(t, "POST /api/v1/gate", g.keys["operator"], `{"job": {"namespace": "`+ns+`", "name": "x"}, "key": "k"}`); w.Code != code {
			t.Errorf("%s: %d %s", ns, w.Code, w.Body)
		}
	}
}

func TestSession(t *testing.T) {
	g := newGuarded(t)
	var s struct {
		Required, Known bool
		Name            string
		Can, Everywhere []string
		Mutations       map[string]gql.Deed
	}
	read := func(w *httptest.ResponseRecorder) {
		t.Helper()
		if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil {
			t.Fatalf("%v: %s", err, w.Body)
		}
	}
	if read(g.ask(t, "GET /api/v1/session", "", "")); !s.Required || s.Known || len(s.Can) > 0 {
		t.Errorf("stranger: %+v", s)
	}
	if w := g.ask(t, "POST /api/v1/session", "", `{"key": "weir_sk_wrong"}`); w.Code != 401 || strings.Contains(w.Body.String(), "weir_sk_wrong") {
		t.Errorf("wrong key: %d %s", w.Code, w.Body)
	}
	if w := g.ask(t, "POST /api/v1/session", "", `{"key": "`+g.keys["producer"]+`"}`); w.Code != 403 {
		t.Errorf("a producer reads nothing: %d %s", w.Code, w.Body)
	}
	w := g.ask(t, "POST /api/v1/session", "", `{"key": "`+g.keys["viewer"]+`"}`)
	cookies := w.Result().Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode || cookies[0].Secure || strings.Contains(w.Body.String(), g.keys["viewer"]) {
		t.Fatalf("%+v %s", cookies, w.Body)
	}
	r := httptest.NewRequest("GET", "/api/v1/session", nil)
	r.AddCookie(cookies[0])
	w = httptest.NewRecorder()
	g.Handler().ServeHTTP(w, r)
	if read(w); !s.Known || s.Name != "viewer" || !slices.Equal(s.Can, []string{"read"}) || len(s.Everywhere) > 0 {
		t.Errorf("by cookie: %+v", s)
	}
	if d := s.Mutations["requestRun"]; d.Everywhere || !slices.Equal(d.Roles, []catalog.Role{catalog.RoleOperator, catalog.RoleAdmin}) || !s.Mutations["setKillSwitch"].Everywhere {
		t.Errorf("who may do what: %+v", s.Mutations)
	}
	if c := g.ask(t, "DELETE /api/v1/session", "", "").Result().Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
		t.Errorf("signed out: %+v", c)
	}
}

// TestForeignPage: a page of another site cannot sign a browser in or out.
func TestForeignPage(t *testing.T) {
	g := newGuarded(t)
	for _, method := range []string{"POST", "DELETE"} {
		r := httptest.NewRequest(method, "/api/v1/session", strings.NewReader(`{"key": "`+g.keys["admin"]+`"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		w := httptest.NewRecorder()
		if g.Handler().ServeHTTP(w, r); w.Code != 403 || len(w.Result().Cookies()) > 0 {
			t.Errorf("%s: %d %s", method, w.Code, w.Body)
		}
	}
}

func TestKeysOverHTTP(t *testing.T) {
	g := newGuarded(t)
	w := g.ask(t, "POST /api/v1/keys", g.keys["admin"], `{"name": "new", "role": "viewer", "namespaces": ["x"], "expiresIn": "1h"}`)
	var made struct{ ID, Secret, CreatedBy string }
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || made.CreatedBy != "admin" {
		t.Fatalf("%v %s", err, w.Body)
	}
	if _, err := g.ring.Who(t.Context(), made.Secret); err != nil {
		t.Error(err)
	}
	if w := g.ask(t, "GET /api/v1/keys", g.keys["admin"], ""); !strings.Contains(w.Body.String(), made.ID) || strings.Contains(w.Body.String(), made.Secret) || strings.Contains(w.Body.String(), "hash") {
		t.Errorf("list: %s", w.Body)
	}
	if w := g.ask(t, "DELETE /api/v1/keys/"+made.ID, g.keys["admin"], ""); w.Code != 200 {
		t.Errorf("revoke: %d %s", w.Code, w.Body)
	}
	if w := g.ask(t, "GET /metrics", made.Secret, ""); w.Code != 401 {
		t.Errorf("revoked key: %d", w.Code)
	}
	for _, body := range []string{`{}`, `{"name": "a", "role": "root"}`, `{"name": "a", "role": "viewer", "expiresIn": "soon"}`, `{"name": "a", "role": "viewer", "x": 1}`} {
		if w := g.ask(t, "POST /api/v1/keys", g.keys["admin"], body); w.Code != 400 {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
}

// TestReasonsAreForReaders: a stranger learns that weir is up, not what is odd.
func TestReasonsAreForReaders(t *testing.T) {
	g := newGuarded(t)
	for key, knows := range map[string]bool{"": false, g.keys["viewer"]: false, g.keys["admin"]: true} {
		if w := g.ask(t, "GET /readyz", key, ""); strings.Contains(w.Body.String(), "secret") != knows || w.Code != 200 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

// TestExportIsDivided: records that name another namespace are left out, and
// counted.
func TestExportIsDivided(t *testing.T) {
	lines := []string{
		`{"name":"a","namespace":"prod","record":"asset"}`,
		`{"alias":{"name":"b","namespace":"secret"},"name":"a","namespace":"prod","record":"name"}`,
		`{"name":"c","namespace":"secret","record":"asset"}`,
		`{"alias":{"name":"b","namespace":"prod"},"evidence":"symlink of secret/c","name":"a","namespace":"prod","record":"name"}`,
		`{"bytes":9007199254740993,"name":"a","namespace":"prod","record":"version"}`,
		`{"name":"a","namespace":"prod","record":"something new"}`,
		`{"record":"run","inputs":[{"name":"d","namespace":"secret"}],"namespace":"prod"}`,
	}
	var got strings.Builder
	body := server.ReadableRecords(strings.NewReader(strings.Join(lines, "\n")+"\n"), auth.Principal{Grants: []auth.Grant{{Role: catalog.RoleViewer, Namespaces: []string{"prod"}}}})
	if _, err := body.WriteTo(&got); err != nil {
		t.Fatal(err)
	}
	if want := lines[0] + "\n" + `{"alias":{"name":"b","namespace":"prod"},"name":"a","namespace":"prod","record":"name"}` + "\n" + `{"bytes":9007199254740993,"name":"a","namespace":"prod","record":"version"}` + "\n" + `{"count":4,"record":"denied"}` + "\n"; got.String() != want {
		t.Errorf("%s", got.String())
	}
}

// TestStreamIsDivided: hints about assets that may not be read are not sent.
func TestStreamIsDivided(t *testing.T) {
	ours, theirs := catalog.DatasetName("prod", "a"), catalog.DatasetName("secret", "b")
	s := server.New(server.Options{Named: func(_ context.Context, ids []catalog.AssetID) ([]catalog.NamedAsset, error) {
		out := make([]catalog.NamedAsset, len(ids))
		for i, id := range ids {
			for _, n := range []catalog.Name{ours, theirs} {
				if id == catalog.AssetID(n.ID()) {
					out[i] = catalog.NamedAsset{ID: id, Name: n}
				}
			}
		}
		return out, nil
	}})
	viewer := auth.With(t.Context(), auth.Principal{Grants: []auth.Grant{{Role: catalog.RoleViewer, Namespaces: []string{"prod"}}}})
	a, b := "asset_"+catalog.AssetID(ours.ID()).String(), "asset_"+catalog.AssetID(theirs.ID()).String()
	for h, want := range map[server.Hint]bool{{Kind: "asset", ID: a}: true, {Kind: "asset", ID: b}: false, {Kind: "run", ID: "run_x", Target: b}: false, {Kind: "run", ID: model.RunID(catalog.RunKey{Job: catalog.JobName("prod", "j"), RunID: "1"}), Target: a}: true,
		{Kind: "run", ID: model.RunID(catalog.RunKey{Job: catalog.JobName("secret", "j"), RunID: "1"}), Target: a}: false, {Kind: "action", ID: "action_x", Target: a}: true, {Kind: "system"}: true, {Kind: "resync"}: true, {Kind: "asset", ID: "asset_unknown"}: false} {
		if got := s.Readable(viewer, h); got != want {
			t.Errorf("%+v: %v", h, got)
		}
		if !s.Readable(auth.With(t.Context(), auth.Anybody), h) {
			t.Errorf("%+v is hidden from who may read everything", h)
		}
	}
}

// TestStreamEnds: a stream does not outlive its key, nor what that was for.
func TestStreamEnds(t *testing.T) {
	g := newGuarded(t)
	p, err := g.ring.Who(t.Context(), g.keys["viewer"])
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/api/v1/stream", nil)
	r.Header.Set("Authorization", "Bearer "+g.keys["viewer"])
	if !g.Still(r.WithContext(auth.With(t.Context(), p))) {
		t.Error("ended though nothing changed")
	}
	if g.Still(r.WithContext(auth.With(t.Context(), auth.Anybody))) {
		t.Error("goes on for who may do less now")
	}
	list, err := g.ring.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range list {
		if _, err := g.ring.Revoke(t.Context(), k.ID); err != nil {
			t.Fatal(err)
		}
	}
	if g.Still(r.WithContext(auth.With(t.Context(), p))) {
		t.Error("outlives its key")
	}
}

// TestGateAsCaller: the gate is asked as who asks has it.
func TestGateAsCaller(t *testing.T) {
	var who string
	s := server.New(server.Options{Gate: openGate{}, As: func(p auth.Principal) (gql.Gate, server.Namer) {
		who = p.Grants[0].Namespaces[0]
		return openGate{}, nil
	}})
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest("POST", "/api/v1/gate", strings.NewReader(`{"job": "prod/x", "key": "k"}`)))
	if w.Code != 200 || who != "*" {
		t.Errorf("%d %q %s", w.Code, who, w.Body)
	}
}

// TestCookieBehindProxy: what a proxy sends for itself does not hide the cookie.
func TestCookieBehindProxy(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Basic eDp5")
	r.AddCookie(&http.Cookie{Name: auth.Cookie, Value: "weir_sk_x"})
	if got := auth.Credential(r); got != "weir_sk_x" {
		t.Errorf("%q", got)
	}
}
