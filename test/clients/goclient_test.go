package clients

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/server"
)

// flakyLog is a journal whose disk refuses the first appends.
type flakyLog struct {
	mu      sync.Mutex
	refuse  int
	entries int
}

func (l *flakyLog) Append(context.Context, ingest.Entry) (catalog.Position, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refuse > 0 {
		l.refuse--
		return 0, catalog.ErrUnavailable
	}
	l.entries++
	return catalog.Position(l.entries), nil
}
func (l *flakyLog) After(context.Context, catalog.Position, int) ([]ingest.Entry, error) {
	return nil, nil
}
func (l *flakyLog) End() catalog.Position                        { return catalog.Position(l.entries) }
func (l *flakyLog) Changed(pos catalog.Position) <-chan struct{} { return nil }

// goClient sends as OpenLineage's Go client does (client/go/pkg/transport/http.go):
// the endpoint is joined to the whole base URL, 429 and 5xx are tried again as
// Retry-After says, all within 5 s, and nothing but 200 and 201 is success.
func goClient(base string, body []byte) error {
	target, err := url.JoinPath(base, "api/v1/lineage")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		resp.Body.Close() //nolint:errcheck // only the status counts
		if resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusCreated {
			return nil
		}
		if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode < 500 {
			return fmt.Errorf("%s answered %s", target, resp.Status)
		}
		wait, err := time.ParseDuration(resp.Header.Get("Retry-After") + "s")
		if err != nil {
			return fmt.Errorf("Retry-After: %w", err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// TestGoClient: an event gets through a disk that is full for three seconds,
// and under the base paths of other backends.
func TestGoClient(t *testing.T) {
	log := &flakyLog{refuse: 3}
	r := ingest.NewReceiver(log, ingest.ReceiverOptions{})
	s := httptest.NewServer(server.New(server.Options{Lineage: http.HandlerFunc(r.ServeEvent), LineageBatch: http.HandlerFunc(r.ServeBatch)}).Handler())
	defer s.Close()
	bases := []string{s.URL, s.URL + "/", s.URL + "/openapi/openlineage", s.URL + "/openapi/openlineage/", s.URL + "/events/openlineage/go"}
	for i, base := range bases {
		body := fmt.Sprintf(`{"eventTime":"2026-01-02T03:04:05Z","eventType":"START","run":{"runId":"r%d"},"job":{"namespace":"n","name":"j"}}`, i)
		if err := goClient(base, []byte(body)); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
	if log.entries != len(bases) {
		t.Errorf("%d events arrived, want %d", log.entries, len(bases))
	}
}
