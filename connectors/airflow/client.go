package airflow

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weirhq/weir/connectors"
)

// maxAnswer bounds what is read of one answer.
const maxAnswer = 16 << 20

// client speaks HTTP to one Airflow. It mints a token when it has none, and
// once more when a call answers 401, or 403 "Invalid JWT token" (a rotated
// secret): never more often for one call.
type client struct {
	base     *url.URL
	http     *http.Client
	agent    string
	username string
	password func() (string, error)

	mu    sync.Mutex
	token string
	// skew is the server's clock minus ours as of its last answer; nil before.
	skew atomic.Pointer[time.Duration]
}

func newClient(o Options) (*client, error) {
	u, err := url.Parse(strings.TrimRight(o.URL, "/"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("airflow: url %q: want http://HOST:PORT", o.URL)
	}
	return &client{base: u, agent: cmp.Or(o.UserAgent, "weir"), username: o.Username, password: o.Password, http: &http.Client{
		Timeout: o.Timeout,
		// A redirected POST could act somewhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// call sends one request and decodes a 2xx answer into out. write says that it
// may change something, which decides how silence is classed.
func (c *client) call(ctx context.Context, op, method, path string, body, out any, write bool) error {
	token, err := c.getToken(ctx, op, "")
	if err != nil {
		return err
	}
	err = c.once(ctx, op, method, path, body, out, write, token)
	if !staleToken(err) {
		return err
	}
	if token, err = c.getToken(ctx, op, token); err != nil {
		return err
	}
	return c.once(ctx, op, method, path, body, out, write, token)
}

// staleToken: the call was surely not applied for want of a valid token.
func staleToken(err error) bool {
	var e *connectors.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.ToolCode == "401" || e.ToolCode == "403" && strings.Contains(e.Message, "Invalid JWT token")
}

func (c *client) once(ctx context.Context, op, method, path string, body, out any, write bool, token string) error {
	resp, err := c.send(ctx, method, path, body, token)
	if err != nil {
		return connectors.TransportError(op, write, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return &connectors.Error{Class: unread(write), Op: op, Err: fmt.Errorf("read answer: %w", err)}
	}
	if resp.StatusCode/100 != 2 {
		return connectors.StatusError(op, write, resp, detail(b))
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return &connectors.Error{Class: unread(write), Op: op, ToolCode: fmt.Sprint(resp.StatusCode), Err: fmt.Errorf("unreadable answer: %w", err)}
	}
	return nil
}

// unread: a success that cannot be read may have been applied.
func unread(write bool) connectors.Class {
	if write {
		return connectors.Ambiguous
	}
	return connectors.Retryable
}

func (c *client) send(ctx context.Context, method, path string, body any, token string) (*http.Response, error) {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, r)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.agent)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.http.Do(req)
	if err == nil {
		c.heed(resp.Header)
	}
	return resp, err
}

// heed notes the server's clock. What a cache answers says nothing.
func (c *client) heed(h http.Header) {
	if at, err := http.ParseTime(h.Get("Date")); err == nil && h.Get("Age") == "" {
		skew := time.Until(at).Round(time.Second)
		c.skew.Store(&skew)
	}
}

// getToken gives the present token, minting one when there is none or when it
// is still the stale one.
func (c *client) getToken(ctx context.Context, op, stale string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.username == "" || c.token != "" && c.token != stale {
		return c.token, nil
	}
	password, err := c.password()
	if err != nil {
		return "", &connectors.Error{Class: connectors.Blocked, Op: op, Err: err, Hint: "set the secret that the connectors file names"}
	}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	err = c.once(ctx, op+": token", http.MethodPost, "/auth/token", map[string]string{"username": c.username, "password": password}, &answer, false, "")
	if err != nil {
		return "", err
	}
	c.token = answer.AccessToken
	return c.token, nil
}

// detail finds Airflow's text: {"detail": string | list | object} or {"error"}.
func detail(b []byte) string {
	var body struct {
		Detail json.RawMessage `json:"detail"`
		Error  json.RawMessage `json:"error"`
	}
	if json.Unmarshal(b, &body) != nil {
		return strings.TrimSpace(string(b[:min(len(b), 200)]))
	}
	raw := body.Detail
	if raw == nil {
		raw = body.Error
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}
