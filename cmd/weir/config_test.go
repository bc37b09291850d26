package main

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/weirhq/weir/connectors"
)

// allFlags is a command that has every setting.
func allFlags() *pflag.FlagSet {
	fs := pflag.NewFlagSet("weir", pflag.ContinueOnError)
	addSettings(fs)
	addSettings(fs, "url", "timeout")
	return fs
}

func noEnv() []string { return nil }

// TestEveryField: each field of Config has a flag, a variable, a file key, a
// default and a row in the documentation, and no row is about anything else.
func TestEveryField(t *testing.T) {
	doc, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	fs, rows, sections := allFlags(), 0, 0
	for line := range strings.Lines(string(doc)) {
		if strings.HasPrefix(line, "| `--") {
			rows++
		}
	}
	typ := reflect.TypeFor[Config]()
	for i := range typ.NumField() {
		key := typ.Field(i).Tag.Get("koanf")
		if key == "-" || !typ.Field(i).IsExported() { // a section of the file, or worked out
			sections++
			continue
		}
		if key == "" || key != typ.Field(i).Tag.Get("yaml") {
			t.Errorf("field %s: koanf %q and yaml %q differ", typ.Field(i).Name, key, typ.Field(i).Tag.Get("yaml"))
		}
		if fs.Lookup(flagName(key)) == nil || !isSetting(key) {
			t.Errorf("%s has no flag", key)
		}
		row := "| `--" + flagName(key) + "` | `" + envName(key) + "` | `" + key + "` |"
		if !strings.Contains(string(doc), row) {
			t.Errorf("docs/configuration.md has no row beginning %s", row)
		}
	}
	if len(settings) != typ.NumField()-sections || rows != len(settings) {
		t.Errorf("%d fields, %d settings, %d rows", typ.NumField(), len(settings), rows)
	}
}

// TestOrder: flag > variable > file > default.
func TestOrder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "weir.yaml")
	if err := os.WriteFile(file, []byte("data: from-file\nlisten: 127.0.0.1:1\npoll_interval: 7s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fs := allFlags()
	if err := fs.Parse([]string{"--data", "from-flag"}); err != nil {
		t.Fatal(err)
	}
	c, err := loadConfig(fs, file, func() []string {
		return []string{"WEIR_DATA=from-env", "WEIR_LISTEN=127.0.0.1:2", "WEIR_CORPUS=elsewhere", "WEIR_INSECURE_LISTEN=true"}
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Data != "from-flag" || c.Listen != "127.0.0.1:2" || c.PollInterval != 7*time.Second || c.Graph != "embedded" || !c.InsecureListen {
		t.Errorf("%+v", c)
	}
}

func TestRefused(t *testing.T) {
	for name, args := range map[string][]string{
		"listen without port":   {"--listen", "localhost"},
		"unknown graph":         {"--graph", "redis"},
		"neo4j without address": {"--graph", "neo4j"},
		"user without password": {"--neo4j-user", "neo4j"},
		"log format":            {"--log-format", "xml"},
		"variable with a value": {"--keep-environment", "GIT_SHA,TOKEN=x"},
		"no time to answer":     {"--timeout", "0s"},
	} {
		t.Run(name, func(t *testing.T) {
			fs := allFlags()
			if err := fs.Parse(args); err != nil {
				t.Fatal(err)
			}
			_, err := loadConfig(fs, "", noEnv)
			if exitCode(t.Context(), err) != exitUsage || hintOf(err) == "" {
				t.Errorf("%v (code %d, hint %q)", err, exitCode(t.Context(), err), hintOf(err))
			}
		})
	}
}

// TestUnknownKey: an unknown key of the file is refused with its line.
func TestUnknownKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "weir.yaml")
	if err := os.WriteFile(file, []byte("data: x\nlisen: 127.0.0.1:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := loadConfig(allFlags(), file, noEnv)
	var ce *connectors.ConfigError
	if !errors.As(err, &ce) || ce.Line != 2 || exitCode(t.Context(), err) != exitUsage {
		t.Errorf("%v", err)
	}
}
