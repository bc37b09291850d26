package connectors_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/weirhq/weir/connectors"
)

// TestSecretPrintsStars: neither the reference nor the secret gets out.
func TestSecretPrintsStars(t *testing.T) {
	auth := connectors.Auth{Username: "u", Password: connectors.Secret{Env: "HUSH"}, Token: connectors.Secret{File: "/HUSH"}}
	forms := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		forms["secret "+verb] = fmt.Sprintf(verb, auth.Password)
		forms["pointer "+verb] = fmt.Sprintf(verb, &auth.Password)
		forms["auth "+verb] = fmt.Sprintf(verb, auth)
		forms["config "+verb] = fmt.Sprintf(verb, connectors.Config{Auth: auth})
	}
	j, err := json.Marshal(auth)
	if err != nil {
		t.Fatal(err)
	}
	y, err := yaml.Marshal(auth)
	if err != nil {
		t.Fatal(err)
	}
	forms["json"], forms["yaml"] = string(j), string(y)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", auth.Password, "auth", auth)
	forms["slog text"] = log.String()
	log.Reset()
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", auth.Password, "auth", auth)
	forms["slog json"] = log.String()
	for form, got := range forms {
		if strings.Contains(got, "HUSH") || !strings.Contains(got, "***") {
			t.Errorf("%s: %s", form, got)
		}
	}
}

func TestResolve(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("from file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	getenv := func(name string) string { return map[string]string{"SET": "from env"}[name] }
	for _, c := range []struct {
		secret connectors.Secret
		want   string
		fails  bool
	}{
		{connectors.Secret{}, "", false},
		{connectors.Secret{Env: "SET"}, "from env", false},
		{connectors.Secret{Env: "UNSET"}, "", true},
		{connectors.Secret{File: file}, "from file", false},
		{connectors.Secret{File: file + ".absent"}, "", true},
	} {
		got, err := c.secret.Resolve(getenv)
		if got != c.want || (err != nil) != c.fails {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		line int
		code string
		hint string
	}{
		"unknown key":     {"connectors:\n  - name: a\n    kind: airflow\n    colour: red\n", 4, "E101", "docs/connectors"},
		"not yaml":        {"connectors:\n  - name: [\n", 2, "E101", "docs/connectors"},
		"no name":         {"connectors:\n  - name: a\n    kind: airflow\n  - kind: airflow\n", 4, "E105", "identity"},
		"same name":       {"connectors:\n  - name: a\n    kind: airflow\n\n  - name: a\n    kind: dbt\n", 5, "E106", "of its own"},
		"unknown kind":    {"connectors:\n  - name: a\n    kind: cron\n", 2, "E107", "one of airflow, dbt"},
		"secret in clear": {"connectors:\n  - name: a\n    kind: airflow\n    auth:\n      username: u\n      password: hunter2\n", 6, "E160", "{ env: NAME }"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := connectors.Parse("tools.yaml", []byte(c.file), []string{"airflow", "dbt"})
			var e *connectors.ConfigError
			if !errors.As(err, &e) {
				t.Fatalf("no ConfigError: %v", err)
			}
			if e.Code != c.code || e.Line != c.line || !strings.Contains(e.Hint, c.hint) {
				t.Errorf("%+v, want %s at line %d with hint %q", e, c.code, c.line, c.hint)
			}
			if want := fmt.Sprintf("tools.yaml:%d: %s: ", c.line, c.code); !strings.HasPrefix(e.Error(), want) || strings.Contains(e.Error(), "hunter2") {
				t.Errorf("%q, want prefix %q and no secret", e, want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "connectors.yaml")
	text := "connectors:\n  - name: a\n    kind: airflow\n    url: http://af:8080\n    auth: { username: u, password: { env: PW } }\n  - { name: b, kind: dbt }\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := connectors.Load(file, []string{"airflow", "dbt"})
	if err != nil || len(list) != 2 || list[0].Auth.Password.Env != "PW" || list[1].Kind != "dbt" {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := connectors.Load(file+".absent", nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an absent file: %v", err)
	}
	if list, err := connectors.Parse("empty.yaml", nil, nil); err != nil || len(list) != 0 {
		t.Errorf("an empty file: %v, %v", list, err)
	}
}

// FuzzConfig: whatever the file is, it is read or refused with its place.
func FuzzConfig(f *testing.F) {
	for _, s := range []string{"", "connectors:\n- { name: a, kind: dbt }\n", "connectors:\n- name: a\n  kind: airflow\n  auth: { password: x }\n", "connectors:\n !0 #x", "connectors: [ { name: !!int x } ]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := connectors.Parse("c.yaml", b, []string{"airflow", "dbt"})
		var e *connectors.ConfigError
		if err != nil && (!errors.As(err, &e) || e.Line < 1 || e.File != "c.yaml") {
			t.Errorf("%v has no place", err)
		}
		if err == nil {
			for _, c := range list {
				if c.Name == "" {
					t.Error("a connector without name passed")
				}
			}
		}
	})
}
