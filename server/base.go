package server

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// baseForm is what a base path may be: names with slashes between, none of
// which a browser or a proxy reads in another way.
var baseForm = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$`)

// CleanBase gives the folder under which a proxy shows weir, with a slash at
// both ends; "" and "/" are the root. One that begins with a route of weir's own
// is refused: a path behind a proxy that takes the folder away could mean both.
func CleanBase(path string) (string, error) {
	trimmed := strings.Trim(path, "/")
	if trimmed == "" {
		return "/", nil
	}
	if !baseForm.MatchString("/" + trimmed) {
		return "", catalog.WithHint(fmt.Errorf("%w: base path %q", catalog.ErrInvalid, path), "letters, digits, and . _ ~ - between slashes, for example /weir")
	}
	first, _, _ := strings.Cut(trimmed, "/")
	own := []string{"graphql", "healthz", "readyz", "version", "metrics", "assets"}
	for _, d := range doors {
		segment, _, _ := strings.Cut(strings.TrimPrefix(d.path, "/"), "/")
		own = append(own, segment)
	}
	if slices.Contains(own, first) {
		return "", catalog.WithHint(fmt.Errorf("%w: base path %q begins with /%s, which is a route of weir itself", catalog.ErrInvalid, path, first), "take another name, for example /weir")
	}
	return "/" + trimmed + "/", nil
}

// under serves next below a base that CleanBase gave, for proxies that leave it
// in the path, and without it, for those that take it away and for probes that
// ask weir itself.
func under(base string, next http.Handler) http.Handler {
	if base == "" || base == "/" {
		return next
	}
	bare := strings.TrimSuffix(base, "/")
	below := http.StripPrefix(bare, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == bare && (r.Method == http.MethodGet || r.Method == http.MethodHead):
			http.Redirect(w, r, base, http.StatusFound)
		case strings.HasPrefix(r.URL.Path, base):
			below.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// toAsk leads to the page of the web app that asks GraphQL. The address is
// relative: it holds under any base.
func toAsk(w http.ResponseWriter, r *http.Request) {
	to := "query"
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusFound)
}
