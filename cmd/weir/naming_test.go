package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

func configWith(t *testing.T, text string) (Config, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "weir.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return loadConfig(allFlags(), file, noEnv)
}

const namingYAML = `data: x
naming:
  namespaces:
    "snowflake://ASDF1234.eu-central-1.aws": "snowflake://org-account"
    kafka://broker-2:9092: kafka://broker-1:9092
  hosts: { "10.0.0.7": wh.example }
  ports: { trino: 8443 }
  defaults:
    postgres://wh.example: { database: shop, schema: public }
  mounts: { /mnt/lake: s3://lake/raw }
  sources: { prod: { unity-catalog: databricks://adb-1.azuredatabricks.net } }
  partitions: [ yyyy_MM ]
`

func TestNamingSection(t *testing.T) {
	c, err := configWith(t, namingYAML)
	if err != nil {
		t.Fatal(err)
	}
	for from, want := range map[catalog.Name]catalog.Name{
		catalog.DatasetName("snowflake://asdf1234.eu-central-1.aws", "d.s.t"): catalog.DatasetName("snowflake://org-account", "D.S.T"),
		catalog.DatasetName("kafka://broker-2", "orders"):                     catalog.DatasetName("kafka://broker-1:9092", "orders"),
		catalog.DatasetName("postgres://10.0.0.7", "public.orders"):           catalog.DatasetName("postgres://wh.example:5432", "shop.public.orders"),
		catalog.DatasetName("file", "/mnt/lake/orders"):                       catalog.DatasetName("s3://lake", "raw/orders"),
	} {
		if got, _ := c.naming.Normalise(from); got != want {
			t.Errorf("%s: %s, want %s", from, got, want)
		}
	}
}

// TestNamingRefusedWithLine: a wrong entry says where it stands.
func TestNamingRefusedWithLine(t *testing.T) {
	for what, c := range map[string]struct {
		text string
		line int
		says string
	}{
		"unknown key":    {"naming:\n  hosts: {}\n  host: {}\n", 3, "host"},
		"twice":          {"naming:\n  hosts:\n    a: b\n    a: c\n", 4, "a"},
		"no port":        {"naming:\n  ports:\n    trino: 8080\n    hive: 99999\n", 4, "no port"},
		"chain of hosts": {"naming:\n  hosts:\n    c: d\n    a.example: c\n", 4, "mapped itself"},
		"no number":      {"naming:\n  ports:\n    trino: many\n", 3, "type int"},
		"circle":         {"data: x\nnaming:\n  namespaces:\n    kafka://a: kafka://b\n    kafka://b: kafka://a\n", 4, "circle"},
		"bad partition":  {"naming:\n  partitions: [ dd ]\n", 2, "yyyy"},
	} {
		t.Run(what, func(t *testing.T) {
			_, err := configWith(t, c.text)
			var e *connectors.ConfigError
			if !errors.As(err, &e) {
				t.Fatalf("%v, want a ConfigError", err)
			}
			if e.Line != c.line || e.Hint == "" || !strings.Contains(e.What, c.says) || exitCode(t.Context(), err) != exitUsage {
				t.Errorf("line %d: %s (%s), want line %d and %q", e.Line, e.What, e.Hint, c.line, c.says)
			}
		})
	}
}

// TestChangedNaming: a directory projected by another naming section is
// refused with what to run, and a rebuild takes the present one.
func TestChangedNaming(t *testing.T) {
	before, err := configWith(t, "data: x\n")
	if err != nil {
		t.Fatal(err)
	}
	before.Data = t.TempDir()
	st, err := openStores(t.Context(), before)
	if err != nil {
		t.Fatal(err)
	}
	entry := catalog.Projected{Position: 1, Facts: &catalog.Facts{EventTime: time.Unix(1, 0), Job: &catalog.AssetFact{Name: catalog.JobName("p", "j")}}}
	if _, err := st.history.Project(t.Context(), []catalog.Projected{entry}); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	after, err := configWith(t, namingYAML)
	if err != nil {
		t.Fatal(err)
	}
	after.Data = before.Data
	_, err = openStores(t.Context(), after)
	if !errors.Is(err, catalog.ErrConflict) || !strings.Contains(hintOf(err), "weir rebuild") {
		t.Errorf("%v (%s), want a conflict that says what to run", err, hintOf(err))
	}
	a := &app{process: process{out: io.Discard, err: io.Discard}}
	if err := a.rebuild(t.Context(), after, rebuildOptions{}); err != nil {
		t.Fatal(err)
	}
	if st, err = openStores(t.Context(), after); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}
