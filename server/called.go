package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// called refuses requests by a name that weir does not go by, while nobody is
// asked who they are. Any site can make its name lead to this machine (DNS
// rebinding): a browser then takes weir for that site, whose pages may read all
// of it, and nothing but the name gives them away. Where keys are asked for they
// have none to show.
func (s *Server) called(next http.Handler) http.Handler {
	if s.o.Called == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.ToLower((&url.URL{Host: r.Host}).Hostname())
		if s.o.Called(name) {
			next.ServeHTTP(w, r)
			return
		}
		on, err := s.o.Access.On(r.Context())
		if err == nil && !on {
			err = catalog.WithHint(fmt.Errorf("%w: %q is no name of this weir, which asks nobody for a key and so answers to its own names alone", catalog.ErrForbidden, name),
				"ask by localhost or 127.0.0.1; if the name is meant to lead here, list it in --allowed-hosts, or make a key (weir keys create)")
		}
		if err != nil {
			s.turnAway(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}
