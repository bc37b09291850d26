package openlineage

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the expected outcomes anew")

// corpusTable holds one line an event: file and line, kind, flags or refusal.
const corpusTable = "testdata/corpus.txt"

// TestCorpus registers its test only when WEIR_CORPUS names the corpus' folder.
func TestCorpus(t *testing.T) {
	if root := os.Getenv("WEIR_CORPUS"); root != "" {
		t.Run("events", func(t *testing.T) { runCorpus(t, root) })
	}
}

func runCorpus(t *testing.T, root string) {
	got := strings.Join(corpusOutcomes(t, root), "\n") + "\n"
	if *update {
		if err := os.WriteFile(corpusTable, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(corpusTable)
	if err != nil {
		t.Fatal(err)
	}
	wants := strings.Split(string(want), "\n")
	for _, line := range strings.Split(got, "\n") {
		if !slices.Contains(wants, line) {
			t.Errorf("not in %s: %s", corpusTable, line)
		}
	}
	if n := strings.Count(got, "\n"); n != len(wants)-1 {
		t.Errorf("%d events, the table has %d", n, len(wants)-1)
	}
}

// concrete reports whether a file of the corpus holds events that can be sent
// as they are (the corpus' README).
func concrete(path string) bool {
	switch {
	case strings.Contains(path, "-target/"):
		return false
	case strings.HasPrefix(path, "compatibility-tests/"):
		return strings.Contains(path, "/events/")
	case strings.HasPrefix(path, "marquez/"), strings.HasPrefix(path, "captured/"),
		strings.HasPrefix(path, "openlineage/fluentd/"), strings.HasPrefix(path, "openlineage/python/"):
		return strings.HasSuffix(path, "json")
	}
	return false
}

func corpusOutcomes(t *testing.T, root string) []string {
	var out []string
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !concrete(path) {
			return err
		}
		body, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return err
		}
		if !strings.HasSuffix(path, ".ndjson") {
			out = append(out, outcomeOf(path, body))
			return nil
		}
		for i, line := range bytes.Split(bytes.TrimSpace(body), []byte("\n")) {
			out = append(out, outcomeOf(fmt.Sprintf("%s:%d", path, i+1), line))
		}
		return nil
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("read the corpus: %v (%d events)", err, len(out))
	}
	return out
}

func outcomeOf(name string, body []byte) string {
	e, err := Decode(body)
	var refused *Error
	switch {
	case errors.As(err, &refused):
		return fmt.Sprintf("%s refused %s: %s", name, refused.Where, refused.What)
	case err != nil:
		return fmt.Sprintf("%s broken %v", name, err)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", name, e.Kind, codes(e)))
}
