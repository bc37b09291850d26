package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// TestNotices: a server tells a webhook what is late, signed, once, and not again
// after a restart; what cannot be delivered is seen.
func TestNotices(t *testing.T) {
	t.Chdir(t.TempDir())
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // made up
	receiver, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan string, 10)
	var seen sync.Map
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if err := receiver.Verify(b, r.Header); err != nil {
			t.Errorf("signature: %v", err)
		}
		// A stop between delivery and noting it down sends it again, as it may:
		// a receiver drops what it knows.
		if _, known := seen.LoadOrStore(r.Header.Get("webhook-id"), true); !known {
			heard <- string(b)
		}
	}))
	defer hook.Close()
	write(t, "url", hook.URL+"\n")
	write(t, "secret", secret)
	write(t, "weir.yaml", `notify:
  every: 20ms
  allow: [ `+hook.Listener.Addr().String()+` ]
  destinations:
    - { name: hook, kind: webhook, url: { file: url }, secret: { file: secret } }
  owners: { team: [ hook ] }
`)
	write(t, "policies/late.yaml", `kind: Policy
name: orders
mode: gate
owner: team
select: { asset: "dataset:postgres://wh:5432/shop.raw.orders" }
want: { max_lag: 1h }
`)
	write(t, "events.ndjson", readFile(t, filepath.Join(packageDir, "testdata", "events.ndjson")))
	w := start(t, ".", "--policies", "policies", "--config", "weir.yaml")
	if _, words, code := w.weir("", "events", "send", "events.ndjson"); code != exitOK {
		t.Fatal(words)
	}
	first := <-heard
	if !strings.Contains(first, `"kind":"late"`) || !strings.Contains(first, "shop.raw.orders") || !strings.Contains(first, `"type":"weir.incident.opened"`) {
		t.Errorf("heard %s", first)
	}

	// After a restart a new policy is told of, and the old trouble is not.
	w.stop()
	write(t, "policies/nobody.yaml", "kind: Policy\nname: nobody\nmode: gate\nselect: { asset: \"dataset:postgres://wh:5432/shop.raw.orders\" }\nwant: { max_lag: 2h }\nnotify: { late: [ hook, gone ] }\n")
	w = start(t, ".", "--policies", "policies", "--config", "weir.yaml")
	if second := <-heard; !strings.Contains(second, `"policy":"nobody"`) {
		t.Errorf("heard %s after the restart", second)
	}
	waitUntil(t, "the dead notice is seen", func() bool {
		text, _ := fetch(t, w.url+"/readyz")
		return strings.Contains(text, "1 notice could not be delivered")
	})
	if code := w.stop(); code != exitOK {
		t.Errorf("stopped with %d", code)
	}
	if len(heard) > 0 {
		t.Errorf("heard as well: %s", <-heard)
	}
}

// TestNotifySection: what cannot work is refused at its place.
func TestNotifySection(t *testing.T) {
	t.Chdir(t.TempDir())
	for says, text := range map[string]string{
		"weir.yaml:3: E109: notify.destinations[0]: ": "data: x\nnotify:\n  destinations: [ { name: a, kind: pigeon } ]\n",
		"weir.yaml:2: E101: ":                         "notify:\n  destination: []\n",
		"weir.yaml:1: E101: the YAML cannot be read":  "notify:\n  destinations:\n   !0 #x",
	} {
		write(t, "weir.yaml", text)
		_, words, code := ask(t, "serve", "--check-config", "--config", "weir.yaml")
		if code != exitUsage || !strings.Contains(words, says) {
			t.Errorf("code %d, %s", code, words)
		}
	}
}

// TestNotifyHosts: a destination that nothing may be sent to is found before
// the first notice, at its place; a secret that is not there yet says nothing,
// and no address is shown.
func TestNotifyHosts(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	write(t, "outside", "https://hooks.elsewhere.example/s3cret\n")
	write(t, "plain", "http://hooks.example.com/s3cret\n")
	write(t, "fine", "https://hooks.example.com/s3cret\n")
	write(t, "weir.yaml", `notify:
  allow: [ hooks.example.com ]
  destinations:
    - { name: fine, kind: webhook, url: { file: fine }, secret: { file: secret } }
    - { name: later, kind: webhook, url: { file: later }, secret: { file: secret } }
    - name: outside
      kind: webhook
      url: { file: outside }
      secret: { file: secret }
    - { name: plain, kind: webhook, url: { file: plain }, secret: { file: secret } }
    - { name: chat, kind: slack, token: { env: T }, api: "https://slack.elsewhere.example/api" }
    - { name: pager, kind: pagerduty, key: { env: T } }
`)
	for _, c := range [][]string{{"serve", "--check-config"}, {"serve", "--data", "d", "--listen", "127.0.0.1:0"}, {"validate"}} {
		_, words, code := ask(t, append(c, "--config", "weir.yaml")...)
		if code != exitUsage {
			t.Errorf("%v ends with %d", c, code)
		}
		for _, want := range []string{
			"weir.yaml:8: E109: notify.destinations[2].url: host hooks.elsewhere.example is not among notify.allow", "hint: add hooks.elsewhere.example to notify.allow",
			"weir.yaml:10: E109: notify.destinations[3].url: not https", "weir.yaml:11: E109: notify.destinations[4].api: host slack.elsewhere.example",
		} {
			if !strings.Contains(words, want) {
				t.Errorf("%v says not %q:\n%s", c, want, words)
			}
		}
		if strings.Contains(words, "s3cret") || strings.Count(words, "E109") != 3 {
			t.Errorf("%v says too much:\n%s", c, words)
		}
	}
	write(t, "weir.yaml", "notify:\n  allow: [ hooks.example.com ]\n  destinations:\n    - { name: fine, kind: webhook, url: { file: fine }, secret: { file: secret } }\n")
	for _, c := range [][]string{{"serve", "--check-config"}, {"validate"}} {
		if _, words, code := ask(t, append(c, "--config", "weir.yaml")...); code != exitOK {
			t.Errorf("%v ends with %d: %s", c, code, words)
		}
	}
}

// fetch gets a page.
func fetch(t *testing.T, url string) (string, int) {
	t.Helper()
	resp, err := http.Get(url) //nolint:gosec // of the test's own server
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), resp.StatusCode
}
