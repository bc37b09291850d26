package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// headRead tells when the head of an answer was read, so that what happens next
// happens to its body.
type headRead struct{ read chan struct{} }

func (b headRead) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	close(b.read)
	return resp, err
}

// halfAnswered asks a server that begins an answer of 1000 bytes, and then does
// something to the connection.
func halfAnswered(t *testing.T, timeout time.Duration, then func(net.Conn)) error {
	t.Helper()
	head, over := headRead{make(chan struct{})}, make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(rw).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close() //nolint:errcheck // it may be closed
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"data\":{")
		<-head.read
		then(conn)
		<-over
	}))
	defer s.Close()
	defer close(over)
	c := newClient(Config{URL: s.URL, Timeout: timeout})
	c.http.Transport = head
	return c.graphql(t.Context(), "{ x }", nil, &struct{}{})
}

// TestBrokenAnswers: each way to lose an answer that had begun says that weir is
// what failed, and what to do.
func TestBrokenAnswers(t *testing.T) {
	const brokeOff, tooSlow = "broke off before the end of its answer", "did not answer in 200ms"
	for what, x := range map[string]struct {
		timeout    time.Duration
		then       func(net.Conn)
		says, hint string
	}{
		"ends early": {time.Minute, func(c net.Conn) { c.Close() }, brokeOff, "ask again"}, //nolint:errcheck // that is the point
		"is reset": {time.Minute, func(c net.Conn) {
			c.(*net.TCPConn).SetLinger(0) //nolint:errcheck // closing it then resets it
			c.Close()                     //nolint:errcheck // that is the point
		}, brokeOff, "ask again"},
		"takes too long": {200 * time.Millisecond, func(net.Conn) {}, tooSlow, "give it more time with --timeout"},
	} {
		err := halfAnswered(t, x.timeout, x.then)
		if exitCode(t.Context(), err) != exitUnreachable || !strings.Contains(fmt.Sprint(err), x.says) || hintOf(err) != x.hint {
			t.Errorf("%s: exit %d, %v, hint %q", what, exitCode(t.Context(), err), err, hintOf(err))
		}
	}
	empty := stub(t, http.StatusOK, "")
	_, gate := empty.gate(t.Context(), gateAsk{job: "job:a/b"}, time.Now())
	_, who := empty.whoami(t.Context())
	for what, err := range map[string]error{"graphql": empty.graphql(t.Context(), "{ x }", nil, &struct{}{}), "gate": gate, "whoami": who} {
		if exitCode(t.Context(), err) != exitUnreachable || !strings.Contains(fmt.Sprint(err), brokeOff) {
			t.Errorf("%s of nothing: exit %d, %v", what, exitCode(t.Context(), err), err)
		}
	}
}
