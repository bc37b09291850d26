package messenger

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/weirhq/weir/connectors"
)

var update = flag.Bool("update", false, "write golden files")

var at = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// signingSecret is made up for tests.
const signingSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func notice(s State) Notice {
	return Notice{ID: "01a2-1-0", Incident: "01a2", State: s, Kind: "failed", Policy: "orders-mart", Owner: "team-analytics", Total: 3, At: at, Subjects: []Subject{
		{Asset: "dataset:postgres://wh:5432/shop.marts.orders", Action: "a1", Says: "run r1 of <!channel> failed & ended", Since: at},
		{Asset: "dataset:postgres://wh:5432/shop.marts.refunds", Action: "a2", Says: "refused", Since: at}}}
}

// fake is a service that keeps what it was sent.
type fake struct {
	*httptest.Server
	status int
	header http.Header
	body   string
	got    []*http.Request
	bodies []string
}

func newFake(t *testing.T, status int, body string) *fake {
	f := &fake{status: status, body: body, header: http.Header{}}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		f.got, f.bodies = append(f.got, r), append(f.bodies, string(b))
		for k, v := range f.header {
			w.Header()[k] = v
		}
		w.WriteHeader(f.status)
		fmt.Fprint(w, f.body)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) door() Door {
	return Door{Hosts: []string{f.Listener.Addr().String()}, Agent: "weir/test"}
}

func says(s string) func() (string, error) { return func() (string, error) { return s, nil } }

// golden compares what was sent with testdata/NAME.json, indented.
func golden(t *testing.T, name, got string) {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(got), &v); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	b, _ := json.MarshalIndent(v, "", "  ")
	b = append(b, '\n')
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, b, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != string(b) {
		t.Errorf("%s: %v\ngot:\n%s\nwant:\n%s", path, err, b, want)
	}
}

// TestWebhookIsSigned: the reference implementation of the receiver's side
// accepts it, and not when a byte of it is changed; the id is the notice's.
func TestWebhookIsSigned(t *testing.T) {
	f := newFake(t, 204, "")
	w := Webhook{Door: f.door(), URL: says(f.URL + "/hook"), Secret: says(signingSecret), Now: time.Now}
	for range 2 {
		if _, err := w.Send(t.Context(), notice(Opened), ""); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "webhook-opened", f.bodies[0])
	receiver, err := standardwebhooks.NewWebhook(signingSecret)
	if err != nil {
		t.Fatal(err)
	}
	h := f.got[0].Header
	if err := receiver.Verify([]byte(f.bodies[0]), h); err != nil {
		t.Errorf("refused by the receiver: %v", err)
	}
	if err := receiver.Verify([]byte(strings.Replace(f.bodies[0], "failed", "Failed", 1)), h); err == nil {
		t.Error("a changed body is accepted")
	}
	if a, b := h.Get("webhook-id"), f.got[1].Header.Get("webhook-id"); a != "01a2-1-0" || a != b {
		t.Errorf("ids %q and %q", a, b)
	}
}

// TestSlack: one message for the incident, the rest in its thread; names mean
// nothing to Slack.
func TestSlack(t *testing.T) {
	f := newFake(t, 200, `{"ok":true,"ts":"1700000000.000100"}`)
	s := Slack{Door: f.door(), URL: f.URL, Token: says("xoxb-1"), Channel: "#data"}
	thread, err := s.Send(t.Context(), notice(Opened), "")
	if err != nil || thread != "1700000000.000100" {
		t.Fatalf("thread %q, %v", thread, err)
	}
	f.body = `{"ok":true,"ts":"1700000009.000200"}`
	if again, err := s.Send(t.Context(), notice(Resolved), thread); err != nil || again != thread {
		t.Errorf("thread %q, %v", again, err)
	}
	golden(t, "slack-opened", f.bodies[0])
	golden(t, "slack-resolved", f.bodies[1])
	if got := f.got[0].Header.Get("Authorization"); got != "Bearer xoxb-1" {
		t.Errorf("authorization %q", got)
	}
	if strings.Contains(f.bodies[0], "<!channel>") {
		t.Error("a name calls the channel")
	}
}

// TestPagerDuty: one alert for the incident, which its last notice resolves.
func TestPagerDuty(t *testing.T) {
	f := newFake(t, 202, `{"status":"success","message":"Event processed","dedup_key":"01a2"}`)
	p := PagerDuty{Door: f.door(), URL: f.URL, Key: says("R0UT1NG")}
	for _, s := range []State{Opened, Resolved} {
		if _, err := p.Send(t.Context(), notice(s), ""); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "pagerduty-opened", f.bodies[0])
	golden(t, "pagerduty-resolved", f.bodies[1])
}

// TestRefusals: what may pass later is tried later, what stays wrong is not.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		status int
		after  string
		body   string
		final  bool
		wait   time.Duration
	}{
		{429, "30", "slow down", false, 30 * time.Second}, {429, "99999", "", false, time.Hour}, {500, "", "", false, 0}, {503, "x", "", false, 0}, {408, "", "", false, 0},
		{400, "", "invalid key", true, 0}, {401, "", "", true, 0}, {404, "", "", true, 0}, {410, "", "", true, 0}, {302, "", "", true, 0},
	} {
		f := newFake(t, c.status, c.body)
		f.header.Set("Location", "http://169.254.169.254/")
		if c.after != "" {
			f.header.Set("Retry-After", c.after)
		}
		_, err := PagerDuty{Door: f.door(), URL: f.URL, Key: says("k")}.Send(t.Context(), notice(Opened), "")
		var r *Refusal
		if !errors.As(err, &r) || r.Final != c.final || r.RetryAfter != c.wait || !strings.Contains(r.Error(), c.body) || len(f.got) != 1 {
			t.Errorf("%d: %+v after %d requests", c.status, err, len(f.got))
		}
	}
}

// TestSlackSaysNoWith200: the status says nothing with Slack.
func TestSlackSaysNoWith200(t *testing.T) {
	for body, final := range map[string]bool{`{"ok":false,"error":"ratelimited"}`: false, `{"ok":false,"error":"channel_not_found"}`: true, `{"ok":false,"error":"invalid_auth"}`: true, `<html>`: false} {
		f := newFake(t, 200, body)
		_, err := Slack{Door: f.door(), URL: f.URL, Token: says("t")}.Send(t.Context(), notice(Opened), "")
		var r *Refusal
		if !errors.As(err, &r) || r.Final != final {
			t.Errorf("%s: %+v", body, err)
		}
	}
}

// TestDoor: only hosts that were allowed, over TLS, and no name that leads inside.
func TestDoor(t *testing.T) {
	f := newFake(t, 200, "")
	_, port, _ := strings.Cut(f.Listener.Addr().String(), ":")
	for name, c := range map[string]struct {
		hosts []string
		url   string
		says  string
	}{
		"allowed":                  {[]string{"127.0.0.1:" + port}, f.URL, ""},
		"allowed at any port":      {[]string{"127.0.0.1"}, f.URL, ""},
		"another port":             {[]string{"127.0.0.1:1"}, f.URL, "not among notify.allow"},
		"another host":             {nil, f.URL, "not among notify.allow"},
		"metadata of a cloud":      {nil, "https://169.254.169.254/latest", "not among notify.allow"},
		"plain text":               {[]string{"hooks.example.com"}, "http://hooks.example.com/x", "not https"},
		"another scheme":           {[]string{""}, "file:///etc/passwd", "not https"},
		"a name that leads inside": {[]string{"localhost"}, "https://localhost:" + port, "inside"},
		"unreadable":               {nil, "http://[::1", "cannot be read"},
	} {
		before := len(f.got)
		d := Door{Hosts: c.hosts}
		_, err := d.post(t.Context(), c.url, http.Header{}, nil)
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
		if c.says != "" && len(f.got) != before {
			t.Errorf("%s: was sent", name)
		}
	}
}

func TestInside(t *testing.T) {
	for text, want := range map[string]bool{"127.0.0.1": true, "10.1.2.3": true, "192.168.0.1": true, "169.254.169.254": true, "::1": true, "fe80::1": true, "fd00::1": true, "0.0.0.0": true, "::ffff:127.0.0.1": true,
		"1.1.1.1": false, "2606:4700::1111": false} {
		if inside(netip.MustParseAddr(text)) != want {
			t.Errorf("%s: inside is %v", text, !want)
		}
	}
}

// TestErrorsHoldNoSecret: neither a hook's address nor a token is in an error or
// in what a configuration prints.
func TestErrorsHoldNoSecret(t *testing.T) {
	f := newFake(t, 200, "")
	address := f.URL + "/services/s3cret"
	f.Close()
	env := map[string]string{"HOOK": address, "SECRET": signingSecret, "BAD": "s3cret-not-base64"}
	c := Config{Allow: []string{f.Listener.Addr().String()}, Destinations: []Destination{
		{Name: "hook", Kind: "webhook", URL: connectors.Secret{Env: "HOOK"}, Secret: connectors.Secret{Env: "SECRET"}},
		{Name: "bad", Kind: "webhook", URL: connectors.Secret{Env: "HOOK"}, Secret: connectors.Secret{Env: "BAD"}},
		{Name: "unset", Kind: "webhook", URL: connectors.Secret{Env: "HOOK"}, Secret: connectors.Secret{Env: "UNSET"}},
	}}
	b := NewBook(c, "weir/test", func(k string) string { return env[k] }, time.Now)
	for _, d := range c.Destinations {
		m, ok := b.Find(d.Name)
		if !ok {
			t.Fatal(d.Name)
		}
		_, err := m.Send(t.Context(), notice(Opened), "")
		var r *Refusal
		if !errors.As(err, &r) || r.Final || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), signingSecret) {
			t.Errorf("%s: %v", d.Name, err)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(text, "HOOK") {
		t.Error(text)
	}
}

// TestBook: by name, with a channel where it is Slack's.
func TestBook(t *testing.T) {
	token := connectors.Secret{Env: "T"}
	b := NewBook(Config{Destinations: []Destination{{Name: "slack", Kind: "slack", Token: token, Channel: "#all"}, {Name: "pager", Kind: "pagerduty", Key: token}}}, "", os.Getenv, time.Now)
	for to, want := range map[string]string{"slack": "#all", "slack:#ml": "#ml"} {
		if m, ok := b.Find(to); !ok || m.(Slack).Channel != want {
			t.Errorf("%s: %+v", to, m)
		}
	}
	for _, to := range []string{"nobody", "pager:#ml", ""} {
		if m, ok := b.Find(to); ok {
			t.Errorf("%q: %+v", to, m)
		}
	}
}

func TestCheck(t *testing.T) {
	s := connectors.Secret{Env: "X"}
	for says, c := range map[string]Config{
		"":                     {Destinations: []Destination{{Name: "a", Kind: "slack", Token: s}}, Owners: map[string][]string{"team": {"a:#x"}}},
		"notify.every":         {Every: -1},
		"needs token":          {Destinations: []Destination{{Name: "a", Kind: "slack"}}},
		"needs key":            {Destinations: []Destination{{Name: "a", Kind: "pagerduty"}}},
		"needs url and secret": {Destinations: []Destination{{Name: "a", Kind: "webhook", URL: s}}},
		`kind "pigeon"`:        {Destinations: []Destination{{Name: "a", Kind: "pigeon"}}},
		`name "a:b"`:           {Destinations: []Destination{{Name: "a:b", Kind: "slack", Token: s}}},
		`name "owner"`:         {Destinations: []Destination{{Name: "owner", Kind: "slack", Token: s}}},
		"two are named":        {Destinations: []Destination{{Name: "a", Kind: "slack", Token: s}, {Name: "a", Kind: "slack", Token: s}}},
		"no destination is":    {Owners: map[string][]string{"team": {"b"}}},
	} {
		if err := c.Check(); says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}

// TestSendEnds: with its context.
func TestSendEnds(t *testing.T) {
	held := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-held }))
	defer srv.Close()
	defer close(held)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := PagerDuty{Door: Door{Hosts: []string{srv.Listener.Addr().String()}}, URL: srv.URL, Key: says("k")}.Send(ctx, notice(Opened), "")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
