package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func tree(t *testing.T) map[string]*pkg {
	t.Helper()
	all, err := packages(top(t))
	if err != nil {
		t.Fatalf("read the tree: %v", err)
	}
	return all
}

func top(t *testing.T) string {
	t.Helper()
	dir, err := root()
	if err != nil {
		t.Fatalf("find go.mod: %v", err)
	}
	return dir
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(top(t), path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEveryPackageSaysWhyItExists(t *testing.T) {
	for dir, p := range tree(t) {
		if p.goFiles == 0 || strings.HasPrefix(dir, "server/gql/gen") {
			continue // tests alone, or generated
		}
		switch words := len(strings.Fields(p.doc)); {
		case words == 0:
			t.Errorf("%s has no package doc: say in a sentence why it exists", dir)
		case words < 6:
			t.Errorf("%s: %q says too little", dir, strings.TrimSpace(p.doc))
		}
	}
}

// What must not be in the tree: paths of one machine, words of secrets, and
// text that speaks of how the project is made instead of the project.
var unwanted = []struct {
	pattern *regexp.Regexp
	why     string
}{
	{regexp.MustCompile(`(?:^|[^.\w/])/(?:work|root|home/\w+)/(?:main|shared|\.library|go|\.cache)\b`), "a path of one machine"},
	{regexp.MustCompile(`-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY`), "a private key"},
	{regexp.MustCompile(`\bAKIA[0-9A-Z]{16}\b`), "an access key id"},
	{regexp.MustCompile(`(?m)^(?:<<<<<<<|>>>>>>>) `), "a conflict marker"},
	{regexp.MustCompile(`\b(?:TO` + `DO|FIX` + `ME)\b`), "work that was not done: do it, or say in docs/limits.md that it is not there"},
}

// Text that others wrote, or that a program wrote.
var foreign = regexp.MustCompile(`(?:^|/)(?:testdata|dist|gen)/|^LICENSE$|(?:^|/)(?:go\.sum|package-lock\.json)$|\.(?:png|ico|woff2|br|gz|zst|db)$`)

func TestNothingUnwantedInTheTree(t *testing.T) {
	err := walk(top(t), func(path string) error {
		if foreign.MatchString(path) {
			return nil
		}
		text := read(t, path)
		for _, u := range unwanted {
			if at := u.pattern.FindStringIndex(text); at != nil {
				t.Errorf("%s:%d: %s", path, 1+strings.Count(text[:at[0]], "\n"), u.why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLicenceIsApache2(t *testing.T) {
	text := read(t, "LICENSE")
	for _, want := range []string{"Apache License", "Version 2.0, January 2004", "END OF TERMS AND CONDITIONS"} {
		if !strings.Contains(text, want) {
			t.Errorf("LICENSE does not say %q", want)
		}
	}
}

func TestDecisionsArePages(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(top(t), "docs/decisions/0*.md"))
	if err != nil || len(pages) < 5 {
		t.Fatalf("docs/decisions has %d pages (%v), want at least 5", len(pages), err)
	}
	for _, page := range pages {
		name, _ := filepath.Rel(top(t), page)
		text := read(t, name)
		for _, part := range []string{"## Context", "## Choice", "## Price"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s has no %q", name, part)
			}
		}
	}
}
