package sagemaker_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/connectors/connectortest"
	"github.com/weirhq/weir/connectors/sagemaker"
)

// TestNoRedirectKeepsTheMethod: 307 and 308 keep the method and the body, so
// following one would start a pipeline at a host that nobody configured.
func TestNoRedirectKeepsTheMethod(t *testing.T) {
	for _, code := range []int{http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		var elsewhere atomic.Int32
		other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, code)
		}))
		c, err := sagemaker.New(t.Context(), sagemaker.Options{Name: "sm", Region: "eu-west-1", Endpoint: srv.URL, AccessKeyID: "test", SecretAccessKey: "test"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Start(t.Context(), connectortest.Request("churn", "k1"))
		if connectors.ClassOf(err) != connectors.Ambiguous || err == nil || elsewhere.Load() != 0 {
			t.Errorf("%d: class %s with %d requests elsewhere, want unknown and none: %v", code, connectors.ClassOf(err), elsewhere.Load(), err)
		}
		srv.Close()
		other.Close()
	}
}
