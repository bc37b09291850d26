package ingest

import (
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// keyNoticeEvery is how often one source is told that its key is ignored.
	keyNoticeEvery = 24 * time.Hour
	// maxKeySources bounds the memory; beyond it nobody new is told of.
	maxKeySources = 1000
)

// keyNotice warns once a day and source that a key was sent and not looked at:
// whoever set it up may believe that it protects something.
type keyNotice struct {
	slog *slog.Logger
	mu   sync.Mutex
	told map[string]time.Time
}

// see looks at a request. The key itself is never read.
func (n *keyNotice) see(req *http.Request, now time.Time) {
	if _, sent := req.Header["Authorization"]; !sent {
		return
	}
	source, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		source = req.RemoteAddr
	}
	if n.due(source, now) {
		n.slog.Warn("an API key was sent and is not checked: this weir has no keys and lets everybody in", "source", source,
			"userAgent", clipText(req.UserAgent(), 100))
	}
}

func (n *keyNotice) due(source string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	at, known := n.told[source]
	if known && now.Sub(at) < keyNoticeEvery {
		return false
	}
	if !known && len(n.told) >= maxKeySources {
		n.forget(now)
		if len(n.told) >= maxKeySources {
			return false
		}
	}
	n.told[source] = now
	return true
}

// forget drops sources that may be told again.
func (n *keyNotice) forget(now time.Time) {
	for s, at := range n.told {
		if now.Sub(at) >= keyNoticeEvery {
			delete(n.told, s)
		}
	}
}
