package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/weirhq/weir/server/gql/model"
)

// TestShownConfiguration: each setting of the server is shown with where it was
// set, the strongest counts, and nothing that an address keeps before its host.
func TestShownConfiguration(t *testing.T) {
	file := filepath.Join(t.TempDir(), "weir.yaml")
	if err := os.WriteFile(file, []byte("listen: 127.0.0.1:1\nsegment_mb: 64\nnaming:\n  hosts: { db.old: db.new }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fs := allFlags()
	if err := fs.Parse([]string{"--data", "d", "--neo4j-uri", "bolt://ann:pass@h:7687", "--url", "http://other:1"}); err != nil {
		t.Fatal(err)
	}
	c, err := loadConfig(fs, file, func() []string { return []string{"WEIR_LISTEN=127.0.0.1:2", "WEIR_POLL_INTERVAL=7s"} })
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]model.Setting{}
	for _, s := range c.shown(t.Context()) {
		got[s.Key] = s
	}
	for _, want := range []model.Setting{
		{Key: "data", Value: "d", Origin: model.FromFlag, At: "--data"},
		{Key: "listen", Value: "127.0.0.1:2", Origin: model.FromEnvironment, At: "WEIR_LISTEN"},
		{Key: "poll_interval", Value: "7s", Origin: model.FromEnvironment, At: "WEIR_POLL_INTERVAL"},
		{Key: "segment_mb", Value: "64", Origin: model.FromFile, At: file},
		{Key: "neo4j_uri", Value: "bolt://***@h:7687", Origin: model.FromFlag, At: "--neo4j-uri"},
		{Key: "run_silence", Value: "24h0m0s", Origin: model.FromDefault},
		{Key: "naming", Value: "a section of the file", Origin: model.FromFile, At: file},
	} {
		if got[want.Key] != want {
			t.Errorf("%+v, want %+v", got[want.Key], want)
		}
	}
	for _, key := range []string{"url", "key_file", "timeout", "notify"} {
		if s, ok := got[key]; ok {
			t.Errorf("shown: %+v", s)
		}
	}
	demo := map[string]model.Setting{}
	for _, s := range (Config{Data: "here", SegmentMB: 256}).shown(t.Context()) {
		demo[s.Key] = s
	}
	if demo["data"].Origin != model.FromProgram || demo["segment_mb"].Origin != model.FromDefault {
		t.Errorf("demo: %+v", demo)
	}
}

// TestWithoutSecret: what stands before the host of an address, and what it
// asks, is not shown, however it is spelled.
func TestWithoutSecret(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		"./a@b":                     "./a@b",
		"neo4j+s://db:7687":         "neo4j+s://db:7687",
		"bolt://ann:p@ss@h:7687":    "bolt://***@h:7687",
		"bolt://ann:p%zz@h":         "bolt://***@h",
		"neo4j://h:1/?token=secret": "neo4j://h:1/?***",
	} {
		if got := withoutSecret(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}
