package server

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	strict "github.com/go-json-experiment/json"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql"
)

// signInHint says what to do to somebody whom weir does not know.
const signInHint = "send a key: Authorization: Bearer weir_sk_... (programs: WEIR_KEY or --key-file, producers: OPENLINEAGE_API_KEY); an administrator makes one with weir keys create"

// guard lets through who may do need somewhere, and tells the handler who it is.
func (s *Server) guard(need auth.Verb, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if need == auth.Open {
			next.ServeHTTP(w, r)
			return
		}
		p, err := s.o.Access.Who(r)
		if err == nil {
			err = p.RefuseAnywhere(need)
		}
		if err != nil {
			s.turnAway(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), p)))
	})
}

// everywhere is for what cannot be divided by namespace.
func (s *Server) everywhere(need auth.Verb, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := auth.From(r.Context()).RefuseEverywhere(need); err != nil {
			s.turnAway(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// turnAway answers 401, 403 or 503, in the form that the route speaks.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, err error) {
	p := Problem{Code: gql.CodeOf(err), Detail: gql.Safe(err), Hint: catalog.HintOf(err)}
	if errors.Is(err, auth.ErrNobody) || errors.Is(err, auth.ErrUnknown) {
		p = Problem{Code: gql.CodeUnauthenticated, Detail: err.Error(), Hint: signInHint}
		w.Header().Set("WWW-Authenticate", `Bearer realm="weir"`)
	}
	w.Header().Set("Cache-Control", "no-store")
	if r.URL.Path == "/graphql" {
		gql.WriteHinted(w, r, statuses[p.Code], p.Code, p.Detail, p.Hint)
		return
	}
	problem(w, r, statuses[p.Code], p)
}

// reasons are what is wrong; to those alone who may read everything, since they
// name what is.
func (s *Server) reasons(r *http.Request, st Status) []string {
	if p, err := s.o.Access.Who(r); err != nil || !p.Everywhere(auth.Read) {
		return []string{}
	}
	return append(append([]string{}, st.Reasons...), st.Degraded...)
}

// session says who asks, and what they may do: in short for programs that show
// it, the grants for people.
type session struct {
	// Required: callers are asked who they are.
	Required bool `json:"required"`
	// Known: this caller is known; Name and Grants say as whom.
	Known  bool         `json:"known"`
	Name   string       `json:"name,omitempty"`
	Grants []auth.Grant `json:"grants"`
	// Can lists what may be done in some namespace; Everywhere is what may be
	// done in every one.
	Can        []auth.Verb `json:"can"`
	Everywhere []auth.Verb `json:"everywhere"`
	// Mutations says who may do what, whoever asks: pages show with it what the
	// caller cannot do, and what role that takes.
	Mutations map[string]gql.Deed `json:"mutations"`
}

var shownVerbs = []auth.Verb{auth.Read, auth.Annotate, auth.Author, auth.Act, auth.Ingest, auth.Admin}

func sessionOf(p auth.Principal, required bool) session {
	out := session{Required: required, Known: required, Name: p.Name, Grants: append([]auth.Grant{}, p.Grants...), Can: []auth.Verb{}, Everywhere: []auth.Verb{}, Mutations: gql.Deeds()}
	for _, v := range shownVerbs {
		if p.Anywhere(v) {
			out.Can = append(out.Can, v)
		}
		if p.Everywhere(v) {
			out.Everywhere = append(out.Everywhere, v)
		}
	}
	return out
}

// whoami is never refused: who is not known is told that a key is wanted.
func (s *Server) whoami(w http.ResponseWriter, r *http.Request) {
	on, err := s.o.Access.On(r.Context())
	if err != nil {
		s.turnAway(w, r, err)
		return
	}
	p, err := s.o.Access.Who(r)
	switch {
	case err == nil:
		writeJSON(w, http.StatusOK, sessionOf(p, on))
	case errors.Is(err, auth.ErrNobody):
		out := sessionOf(auth.Principal{}, true)
		out.Known = false
		writeJSON(w, http.StatusOK, out)
	default:
		s.turnAway(w, r, err)
	}
}

const maxSessionBody = 16 << 10

// signIn keeps a key in a cookie, for a browser. It takes JSON only, which a
// page of another site cannot send.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Key string `json:"key"`
	}
	if err := readStrict(w, r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	on, err := s.o.Access.On(r.Context())
	if err != nil {
		s.turnAway(w, r, err)
		return
	}
	if !on {
		s.fail(w, r, fmt.Errorf("%w: this weir does not ask who you are: there is no key yet", catalog.ErrConflict))
		return
	}
	key := strings.TrimSpace(body.Key)
	p, err := s.o.Access.Check(r.Context(), key)
	if err == nil {
		err = p.RefuseAnywhere(auth.Read)
	}
	if err != nil {
		s.turnAway(w, r, err)
		return
	}
	http.SetCookie(w, s.cookie(r, key, sessionFor))
	writeJSON(w, http.StatusOK, sessionOf(p, true))
}

// sessionFor is how long a browser keeps the key; it is asked for each time, so
// that one that was revoked ends at once.
const sessionFor = 30 * 24 * time.Hour

func (s *Server) signOut(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, s.cookie(r, "", -time.Second))
	w.WriteHeader(http.StatusNoContent)
}

// cookie is Secure where the browser came over TLS, also to a proxy in front.
func (s *Server) cookie(r *http.Request, value string, keep time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: auth.Cookie, Value: value, Path: cmp.Or(s.o.Base, "/"), MaxAge: int(keep.Seconds()), HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	}
}

// readStrict reads a small JSON object without surprises.
func readStrict(w http.ResponseWriter, r *http.Request, into any) error {
	if t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(t) != "application/json" {
		return fmt.Errorf("%w: send Content-Type: application/json", catalog.ErrInvalid)
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSessionBody))
	if err != nil {
		return fmt.Errorf("%w: the body is larger than %d kB", catalog.ErrInvalid, maxSessionBody>>10)
	}
	if err := strict.Unmarshal(b, into, strict.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("%w: %s", catalog.ErrInvalid, firstLine(err)) // never the text itself: it may hold a secret
	}
	return nil
}

func (s *Server) listKeys(w http.ResponseWriter, r *http.Request) {
	s.asAdmin(w, r, func() (any, error) {
		list, err := s.o.Access.Keys.List(r.Context())
		return map[string]any{"keys": append([]catalog.AccessKey{}, list...)}, err
	})
}

// wantedKey is the body of POST /api/v1/keys.
type wantedKey struct {
	Name       string   `json:"name"`
	Role       string   `json:"role"`
	Namespaces []string `json:"namespaces"`
	// ExpiresIn is a duration such as 720h; "" for ever.
	ExpiresIn string `json:"expiresIn"`
}

// errFirstKey: while nobody is asked who they are, whoever comes first would
// become the only administrator.
var errFirstKey = catalog.WithHint(fmt.Errorf("%w: the first key is made on the data directory, not over the network", catalog.ErrConflict), "weir keys create --data DIR --name you --role admin")

func (s *Server) createKey(w http.ResponseWriter, r *http.Request) {
	s.asAdmin(w, r, func() (any, error) {
		if on, err := s.o.Access.On(r.Context()); err != nil || !on {
			return nil, cmp.Or(err, errFirstKey)
		}
		var body wantedKey
		if err := readStrict(w, r, &body); err != nil {
			return nil, err
		}
		want := auth.Wanted{Name: body.Name, Role: catalog.Role(body.Role), Namespaces: body.Namespaces, By: auth.From(r.Context()).Name}
		if body.ExpiresIn != "" {
			d, err := time.ParseDuration(body.ExpiresIn)
			if err != nil || d <= 0 {
				return nil, fmt.Errorf("%w: expiresIn %q: want a duration such as 720h", catalog.ErrInvalid, body.ExpiresIn)
			}
			want.For = d
		}
		secret, key, err := s.o.Access.Keys.Create(r.Context(), want)
		s.keysChanged(err)
		return newKey{key, secret}, err
	})
}

// keysChanged tells who looks at the keys: they are no facts, and on no stream of
// their own.
func (s *Server) keysChanged(err error) {
	if err == nil && s.o.Feed != nil {
		s.o.Feed.System("keys")
	}
}

// newKey is the one answer that holds a secret.
type newKey struct {
	catalog.AccessKey
	Secret string `json:"secret"`
}

func (s *Server) revokeKey(w http.ResponseWriter, r *http.Request) {
	s.asAdmin(w, r, func() (any, error) {
		key, err := s.o.Access.Keys.Revoke(r.Context(), r.PathValue("id"))
		s.keysChanged(err)
		return key, err
	})
}

// asAdmin is for administrators of everything: a key can be for any namespace.
func (s *Server) asAdmin(w http.ResponseWriter, r *http.Request, do func() (any, error)) {
	out, err := any(nil), auth.From(r.Context()).RefuseEverywhere(auth.Admin)
	if err == nil {
		out, err = do()
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, out)
}
