package gql_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestFeatures asks every query of testdata/<feature>/*.graphql on the same
// world and compares with the answer beside it; -update writes it.
func TestFeatures(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.graphql")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d features found, %v", len(files), err)
	}
	w := newWorld(t)
	for _, f := range files {
		t.Run(f, func(t *testing.T) {
			q, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			a := w.ask(t, fill(string(q)), nil)
			var got bytes.Buffer
			if err := json.Indent(&got, stable(a.body), "", "  "); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			golden := f[:len(f)-len(".graphql")] + ".json"
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(bytes.TrimSpace(want), bytes.TrimSpace(got.Bytes())) {
				t.Errorf("answer differs from %s:\n%s", golden, got.Bytes())
			}
		})
	}
}
