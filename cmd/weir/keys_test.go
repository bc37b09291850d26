package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestKeysAndServer: a server is open until there is a key, the first is made on
// its data directory while it runs, and from then on everybody is asked.
func TestKeysAndServer(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	w := start(t, t.TempDir())
	data := filepath.Join(w.dir, "data")
	if out, words, code := w.weir("", "whoami"); code != exitOK || !strings.Contains(out, "does not ask") {
		t.Fatalf("open: %d %s%s", code, out, words)
	}
	if _, words, code := w.weir("", "keys", "create", "--data", data, "--name", "bi", "--role", "viewer"); code != exitUsage || !strings.Contains(words, "first key") {
		t.Errorf("first key of a viewer: %d %s", code, words)
	}
	admin := w.created(t, "--data", data, "--name", "ann", "--role", "admin")
	waitUntil(t, "strangers are turned away", func() bool {
		_, words, code := w.weir("", "status")
		return code == exitDenied && strings.Contains(words, "WEIR_KEY")
	})
	if _, words, code := w.weir(admin, "login"); code != exitOK || !strings.Contains(words, "ann: admin in *") {
		t.Fatalf("login: %d %s", code, words)
	}
	producer := w.created(t, "--name", "airflow", "--role", "producer", "--namespace", "prod")
	if !strings.HasPrefix(producer, "weir_in_") {
		t.Errorf("producer's key %q", producer)
	}
	for ns, status := range map[string]int{"prod": 201, "other": 403} {
		if got := w.event(t, producer, ns); got != status {
			t.Errorf("event of namespace %s: %d, want %d", ns, got, status)
		}
	}
	out, _, _ := w.weir("", "keys", "list")
	if !strings.Contains(out, "airflow") || strings.Contains(out, producer) || strings.Contains(out, admin) {
		t.Errorf("list: %s", out)
	}
	for line := range strings.Lines(out) {
		if id, _, _ := strings.Cut(line, " "); strings.Contains(line, "airflow") {
			if _, words, code := w.weir("", "keys", "revoke", id); code != exitOK {
				t.Errorf("revoke: %s", words)
			}
		}
	}
	if got := w.event(t, producer, "prod"); got != 401 {
		t.Errorf("with a revoked key: %d", got)
	}
	w.noSecret(t, admin, producer)
	_, _, _ = w.weir("", "logout")
	if _, _, code := w.weir("", "whoami"); code != exitDenied {
		t.Errorf("after logout: %d", code)
	}
}

// created makes a key and gives its secret.
func (w *world) created(t *testing.T, args ...string) string {
	t.Helper()
	out, words, code := w.weir("", append([]string{"keys", "create"}, args...)...)
	if code != exitOK {
		t.Fatalf("keys create %v: %d %s", args, code, words)
	}
	return strings.TrimSpace(out)
}

// event sends one as OpenLineage's clients do with OPENLINEAGE_API_KEY.
func (w *world) event(t *testing.T, key, namespace string) int {
	t.Helper()
	body := `{"eventTime":"2026-03-01T12:00:00Z","eventType":"COMPLETE","producer":"https://example.com/p","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent","run":{"runId":"0195e000-0000-7000-8000-000000000001"},"job":{"namespace":"` + namespace + `","name":"j"},"inputs":[],"outputs":[]}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/api/v1/lineage", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close() //nolint:errcheck // only its status counts
	return resp.StatusCode
}

// noSecret looks for secrets in all that the server wrote.
func (w *world) noSecret(t *testing.T, secrets ...string) {
	t.Helper()
	all := w.words.String()
	err := filepath.WalkDir(w.dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			all += readFile(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range secrets {
		if strings.Contains(all, s) {
			t.Error("a secret was written down")
		}
	}
}

// TestReach: other machines may reach a server once it asks who they are.
func TestReach(t *testing.T) {
	dir := t.TempDir()
	w := &world{t: t, dir: dir, words: &buffer{}}
	data := filepath.Join(dir, "data")
	if _, words, code := w.weir("", "serve", "--data", data, "--listen", "0.0.0.0:0"); code != exitUsage || !strings.Contains(words, "weir keys create") {
		t.Errorf("without a key: %d %s", code, words)
	}
	w.created(t, "--data", data, "--name", "ann", "--role", "admin")
	s := start(t, dir, "--listen", "0.0.0.0:0")
	if s.stop() != exitOK {
		t.Error(s.words.String())
	}
}

// TestAccessSection: a section that cannot hold is refused with its line.
func TestAccessSection(t *testing.T) {
	for text, line := range map[string]string{
		"access:\n  jwt:\n    issuer: x\n": ":3:",
		"access:\n  jwt:\n    issuer: x\n    audience: y\n    keys: http://id.example/k\n    roles: { a: { role: viewer } }\n":  ":5:",
		"access:\n  jwt:\n    issuer: x\n    audience: y\n    keys: k.pem\n    roles:\n      a: { role: root }\n":               ":7:",
		"access:\n  jwt:\n    issuer: x\n    audience: y\n    keys: k.pem\n":                                                    "roles",
		"access:\n  jwt:\n    issuer: x\n    audience: y\n    keys: k.pem\n    secret: z\n    roles: { a: { role: viewer } }\n": ":6:",
	} {
		path := filepath.Join(t.TempDir(), "weir.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := loadConfig(allFlags(), path, noEnv)
		if exitCode(t.Context(), err) != exitUsage || !strings.Contains(err.Error(), line) {
			t.Errorf("%s: %v, want %s", text, err, line)
		}
	}
}
