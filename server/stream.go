package server

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/weirhq/weir/server/auth"
)

// stream serves the feed as server-sent events. It ends with the request, with
// the server, or when the reader is too slow: then its last event is resync,
// after which a reader has to read everything anew.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	var last *place
	// A browser sends the header only for a stream that it resumes by itself.
	if text := cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("lastEventId")); text != "" {
		p, ok := parsePlace(text)
		if !ok {
			p = place{} // not ours: say resync rather than refuse a browser for ever
		}
		last = &p
	}
	sub, err := s.o.Feed.subscribe(last)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer s.o.Feed.unsubscribe(sub)
	s.metrics.streams.Inc()
	defer s.metrics.streams.Dec()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	o := out{w: w, rc: http.NewResponseController(w)}
	if o.begin(sub) != nil {
		return
	}
	s.pump(r, sub, &o)
}

func (s *Server) pump(r *http.Request, sub *subscription, o *out) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-r.Context().Done():
			return
		case <-s.stopping:
			return
		case <-beat.C:
			if !s.still(r) {
				return
			}
			err = o.write("event: alive\ndata: {}\n\n")
		case e, ok := <-sub.events:
			if !ok {
				s.metrics.dropped.Inc()
				_ = o.resync("")
				return
			}
			if s.readable(r.Context(), e.hint) {
				err = o.event(e)
			}
		}
		if err != nil {
			return
		}
	}
}

// still reports whether who listens is still let in, to the same.
func (s *Server) still(r *http.Request) bool {
	p, err := s.o.Access.Who(r)
	return err == nil && p.Scope() == auth.From(r.Context()).Scope()
}

// out writes one stream; a reader that takes nothing for writeLimit is gone.
type out struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

const writeLimit = 10 * time.Second

func (o *out) begin(sub *subscription) error {
	if err := o.write("retry: 2000\n\n"); err != nil {
		return err
	}
	if sub.missed {
		return o.resync(sub.start.String())
	}
	// Tell where this begins, so that a reader that breaks off before the first
	// hint knows from where to go on.
	return o.write(fmt.Sprintf("event: hello\nid: %s\ndata: {}\n\n", sub.start))
}

func (o *out) resync(id string) error {
	if id != "" {
		id = "id: " + id + "\n"
	}
	return o.write("event: resync\n" + id + "data: {}\n\n")
}

func (o *out) event(e event) error {
	b, err := json.Marshal(e.hint)
	if err != nil {
		return err
	}
	return o.write(fmt.Sprintf("event: %s\nid: %s\ndata: %s\n\n", e.hint.Kind, e.at, b))
}

func (o *out) write(s string) error {
	// Without support for deadlines (a recorder in a test) there is none.
	_ = o.rc.SetWriteDeadline(time.Now().Add(writeLimit))
	if _, err := o.w.Write([]byte(s)); err != nil {
		return err
	}
	return o.rc.Flush()
}
