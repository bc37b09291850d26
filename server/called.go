package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/weirhq/weir/catalog"
)

// called refuses requests by a name that weir does not go by, while nobody is
// asked who they are. Any site can make its name lead to this machine (DNS
// rebinding): a browser then takes weir for that site, whose pages may read all
// of it, and nothing but the name gives them away. Where keys are asked for they
// have none to show. A browser always sends the name; what sends none (HTTP/1.0)
// is no browser, and what probes read tells nothing.
func (s *Server) called(next http.Handler) http.Handler {
	if s.o.Called == nil {
		return next
	}
	var refused onceEach
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimSuffix(strings.ToLower((&url.URL{Host: r.Host}).Hostname()), ".")
		if r.Host == "" || r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || s.o.Called(name) {
			next.ServeHTTP(w, r)
			return
		}
		on, err := s.o.Access.On(r.Context())
		if err == nil && !on {
			err = catalog.WithHint(fmt.Errorf("%w: %q is no name of this weir, which asks nobody for a key and so answers to its own names alone", catalog.ErrForbidden, name), hintCalled)
			if refused.first(name) {
				s.o.Logger.WarnContext(r.Context(), "refused a request by a name that is not weir's own", "name", name, "hint", hintCalled)
			}
		}
		if err != nil {
			s.turnAway(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

const hintCalled = "ask by localhost or 127.0.0.1; if the name is meant to lead here, list it in --allowed-hosts, or make a key (weir keys create)"

// maxRefused bounds how many names are remembered: anybody can make up more.
const maxRefused = 100

// onceEach says of each text whether it is seen for the first time, and nothing of
// further ones once it knows too many.
type onceEach struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (o *onceEach) first(text string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.seen[text] || len(o.seen) >= maxRefused {
		return false
	}
	if o.seen == nil {
		o.seen = map[string]bool{}
	}
	o.seen[text] = true
	return true
}
