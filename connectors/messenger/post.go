package messenger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// maxReply bounds what is read of an answer.
const maxReply = 64 << 10

// Door is the only way out: it lets a request go to the hosts it knows, and
// never into a private network unless a host was allowed by name.
type Door struct {
	// Hosts may be called: "hooks.example.com", or "127.0.0.1:9000" for that
	// port alone. A host named here may stand in a private network.
	Hosts []string
	// Agent is sent as User-Agent.
	Agent string
	// Timeout of one request; 10 s by default.
	Timeout time.Duration
}

var errNotHTTPS = errors.New("not https")

// check refuses an address that is not allowed.
func (d Door) check(u *url.URL) error {
	local := net.ParseIP(u.Hostname()).IsLoopback()
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !local):
		return errNotHTTPS
	case !slices.Contains(d.Hosts, u.Host) && !slices.Contains(d.Hosts, u.Hostname()):
		return fmt.Errorf("host %s is not among notify.allow", u.Host)
	}
	return nil
}

// client never follows a redirect: it could lead anywhere.
func (d Door) client(u *url.URL) *http.Client {
	timeout := d.Timeout
	if timeout <= 0 {
		timeout = 10 * time.Second
	}
	private := net.ParseIP(u.Hostname()) != nil // allowed as the address it is
	dialer := &net.Dialer{Timeout: timeout, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !private && inside(at.Addr()) {
			return fmt.Errorf("the name leads to %s, inside: allow the address itself if that is meant", address)
		}
		return nil
	}}
	return &http.Client{Timeout: timeout, Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// inside: an address that only this machine or its network reaches. A name that
// leads there is how a request is smuggled in.
func inside(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified()
}

// post sends JSON and gives the answer's body when it is 2xx. The address may
// be a secret: no error holds it.
func (d Door) post(ctx context.Context, address string, header http.Header, body []byte) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, &Refusal{Final: true, What: "the address cannot be read"}
	}
	if err := d.check(u); err != nil {
		return nil, &Refusal{Final: true, What: "not sent", Cause: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, &Refusal{Final: true, What: "the address cannot be read"}
	}
	req.Header = header.Clone()
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", d.Agent)
	resp, err := d.client(u).Do(req)
	if err != nil {
		return nil, &Refusal{What: "no answer", Cause: withoutAddress(err)}
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	got, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return nil, &Refusal{What: "the answer broke off", Cause: err}
	}
	if resp.StatusCode/100 == 2 {
		return got, nil
	}
	return nil, refusalOf(resp, got)
}

// withoutAddress drops the part of an error that repeats the URL.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// refusalOf: what is wrong with the request stays wrong; what is wrong with the
// receiver may pass.
func refusalOf(resp *http.Response, body []byte) *Refusal {
	text, _, _ := strings.Cut(strings.TrimSpace(string(body)), "\n")
	r := &Refusal{What: "answered " + resp.Status, RetryAfter: retryAfter(resp)}
	if text != "" {
		r.Cause = errors.New(text[:min(len(text), 200)])
	}
	switch c := resp.StatusCode; c {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
	default:
		r.Final = c < 500
	}
	return r
}

func retryAfter(resp *http.Response) time.Duration {
	s, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || s < 0 {
		return 0
	}
	return min(time.Duration(s)*time.Second, time.Hour)
}
