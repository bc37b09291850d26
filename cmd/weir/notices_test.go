package main

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
)

// TestNoticesAreRead: what is wrong and what was told is read with weir notices,
// and a page hears at once that there is something to read anew.
func TestNoticesAreRead(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "url", "http://127.0.0.1:1/\n") // nobody listens
	write(t, "secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	write(t, "weir.yaml", `notify:
  every: 20ms
  allow: [ "127.0.0.1:1" ]
  destinations:
    - { name: hook, kind: webhook, url: { file: url }, secret: { file: secret } }
  operators: [ hook ]
`)
	w := start(t, ".", "--config", "weir.yaml")
	hints := systemHints(t, w.url)
	client := newClient(Config{URL: w.url})
	if err := client.graphql(t.Context(), `mutation { setKillSwitch(input: { on: true, scope: NAMESPACE, name: "airflow-main", reason: "upgrade\u202e" }) { on } }`, nil, &struct{}{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"state":"switch"`, `"state":"notices"`} {
		for got := <-hints; !strings.Contains(got, want); got = <-hints {
			if got == "" {
				t.Fatalf("the stream ended without %s", want)
			}
		}
	}

	open, words, code := w.weir("", "notices", "--open")
	if code != exitOK || !strings.Contains(open, "the kill switch of namespace airflow-main") || !strings.Contains(open, `: upgrade\u202e`) || !strings.Contains(open, "kill switch ") {
		t.Errorf("%d %s%s", code, open, words)
	}
	told, words, code := w.weir("", "notices", "--state", "pending")
	if code != exitOK || !strings.Contains(told, "Stopped: the kill switch of namespace airflow-main") || !strings.Contains(told, "hook") {
		t.Errorf("%d %s%s", code, told, words)
	}
	if none, _, _ := w.weir("", "notices", "--state", "sent", "-o", "json"); !strings.Contains(none, `"notices": []`) {
		t.Errorf("nothing was delivered, and yet %s", none)
	}
	for _, args := range [][]string{{"notices", "--state", "gone"}, {"notices", "--open", "--state", "sent"}} {
		if _, words, code := w.weir("", args...); code != exitUsage {
			t.Errorf("%v: %d %s", args, code, words)
		}
	}
}

// systemHints reads the stream's hints that weir itself changed.
func systemHints(t *testing.T, url string) <-chan string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/api/v1/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	out := make(chan string, 100)
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "event: hello") { // from here on nothing is missed
	}
	go func() {
		defer close(out)
		defer resp.Body.Close()
		for lines.Scan() {
			if strings.Contains(lines.Text(), `"kind":"system"`) {
				out <- lines.Text()
			}
		}
	}()
	return out
}
