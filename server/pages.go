package server

import (
	"embed"
	"net/http"
	"path"

	"github.com/weirhq/weir/policies"
)

//go:embed pages
var pages embed.FS

var pageTypes = map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}

// page serves one file of the query page. It is small and written here: no
// request leaves the origin.
func page(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		b, err := pages.ReadFile("pages/" + name)
		if err != nil {
			http.Error(w, "page not found", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", pageTypes[path.Ext(name)])
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(b)
	})
}

// policySchema serves the JSON Schema of policy files, for editors.
func policySchema(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/schema+json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(policies.JSONSchema())
}
