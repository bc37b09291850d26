package server_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weirhq/weir/server"
)

var (
	inDocs = regexp.MustCompile("(?m)^\\| `(weir_[a-z0-9_]+)`")
	inCode = regexp.MustCompile(`Name:\s*"(weir_[a-z0-9_]+)"`)
)

// TestMetricsListed: docs/metrics.md lists every metric that any room makes,
// and nothing else; what the server registers is among them.
func TestMetricsListed(t *testing.T) {
	doc, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := found(inDocs, string(doc))
	var made []string
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == ".cache") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		made = append(made, found(inCode, string(b))...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(made)
	slices.Sort(listed)
	if !slices.Equal(listed, slices.Compact(made)) {
		t.Errorf("docs/metrics.md lists\n%q, the code makes\n%q", listed, made)
	}

	reg := prometheus.NewRegistry()
	do(server.New(server.Options{Registry: reg}).Handler(), "GET", "/healthz", "")
	families, err := reg.Gather()
	if err != nil || len(families) < 5 {
		t.Fatalf("%d families, %v", len(families), err)
	}
	for _, f := range families {
		if !slices.Contains(listed, f.GetName()) {
			t.Errorf("%s is registered and not listed", f.GetName())
		}
	}
}

func found(re *regexp.Regexp, text string) (names []string) {
	for _, m := range re.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}
