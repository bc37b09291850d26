package ingest

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestKeyNotice: one warning a source and day, and never the key.
func TestKeyNotice(t *testing.T) {
	var log bytes.Buffer
	n := &keyNotice{slog: slog.New(slog.NewTextHandler(&log, nil)), told: map[string]time.Time{}}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	send := func(addr, key string, at time.Time) {
		req := httptest.NewRequest("POST", "/api/v1/lineage", nil)
		req.RemoteAddr = addr
		req.Header.Set("User-Agent", "a\nb")
		if key != "" {
			req.Header.Set("Authorization", key)
		}
		n.see(req, at)
	}
	send("10.0.0.1:5", "", now)
	for i := range 100 {
		send(fmt.Sprintf("10.0.0.1:%d", i+1), "Bearer s3cret", now.Add(time.Duration(i)*time.Minute))
	}
	send("10.0.0.2:1", "Basic czNjcmV0", now)
	send("10.0.0.1:1", "Bearer s3cret", now.Add(25*time.Hour))
	if lines := strings.Count(log.String(), "\n"); lines != 3 {
		t.Errorf("%d lines, want one for each of two sources and one a day later:\n%s", lines, log.String())
	}
	for _, secret := range []string{"s3cret", "czNjcmV0", "Bearer", "Basic"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestKeyNoticeIsBounded(t *testing.T) {
	n := &keyNotice{told: map[string]time.Time{}}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 3 * maxKeySources {
		n.due(fmt.Sprint(i), now)
	}
	if len(n.told) != maxKeySources {
		t.Errorf("%d sources are remembered", len(n.told))
	}
	if !n.due("new", now.Add(keyNoticeEvery)) || len(n.told) != 1 {
		t.Errorf("a day later: %d sources", len(n.told))
	}
}
