package load

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// TestSendAtARate: no event goes before it is due, and an end of the context
// ends the sending without losing what is on its way.
func TestSendAtARate(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var got atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if got.Add(1) == 20 {
			stop()
		}
		w.WriteHeader(http.StatusCreated)
	}))
	defer srv.Close()
	r := Send(ctx, Sending{URL: srv.URL, Producers: 4, Events: 1 << 30, Rate: 500, Body: func(int) []byte { return []byte("{}") }})
	if err := r.All(); err != nil {
		t.Fatal(err)
	}
	if n := int(got.Load()); r.Accepted != n || n < 20 || n > 23 {
		t.Errorf("accepted %d of %d", r.Accepted, n)
	}
	if least := 19 * time.Second / 500; r.Took < least {
		t.Errorf("20 events took %s, and the last was due after %s", r.Took, least)
	}
}

// TestSendAgain: an event that the receiver had no room for is sent again only by
// who is to lose nothing, and no other refusal is argued with.
func TestSendAgain(t *testing.T) {
	for _, c := range []struct {
		again    bool
		status   int
		accepted int
	}{{true, http.StatusServiceUnavailable, 1}, {false, http.StatusServiceUnavailable, 0}, {true, http.StatusBadRequest, 0}} {
		var got atomic.Int64
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if got.Add(1) == 1 {
				w.WriteHeader(c.status)
			}
		}))
		r := Send(context.Background(), Sending{URL: srv.URL, Producers: 1, Events: 1, Again: c.again, Body: func(int) []byte { return []byte("{}") }})
		srv.Close()
		if r.Accepted != c.accepted || (r.All() == nil) != (c.accepted == 1) {
			t.Errorf("%+v: %+v", c, r)
		}
	}
}
