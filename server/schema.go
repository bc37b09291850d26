package server

import (
	"net/http"

	"github.com/weirhq/weir/policies"
)

// policySchema serves the JSON Schema of policy files, for editors.
func policySchema(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/schema+json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(policies.JSONSchema())
}
