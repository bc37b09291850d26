package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var target = regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):.*?##`)

// targets are the documented targets of the Makefile.
func targets(t *testing.T) map[string]bool {
	out := map[string]bool{}
	for _, m := range target.FindAllStringSubmatch(read(t, "Makefile"), -1) {
		out[m[1]] = true
	}
	return out
}

func TestMakefileHasTheTargetsWePromise(t *testing.T) {
	have := targets(t)
	for want := range strings.FieldsSeq("help build run demo test test-unit test-race e2e bench lint generate verify ui nightly clean") {
		if !have[want] {
			t.Errorf("make %s is missing, or has no ## text", want)
		}
	}
}

var makeCommand = regexp.MustCompile("(?m)(?:^|`|\\$ )make +([a-z][a-z0-9-]*)")

func TestDocumentedMakeCommandsExist(t *testing.T) {
	have := targets(t)
	err := walk(top(t), func(path string) error {
		if !strings.HasSuffix(path, ".md") {
			return nil
		}
		for _, m := range makeCommand.FindAllStringSubmatch(read(t, path), -1) {
			if !have[m[1]] {
				t.Errorf("%s says make %s, which the Makefile does not have", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestScriptsAreStrictAndExecutable(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(top(t), "scripts", "*.sh"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts (%v)", err)
	}
	for _, path := range append(paths, filepath.Join(top(t), ".ci", "run")) {
		name, _ := filepath.Rel(top(t), path)
		text := read(t, name)
		if !strings.HasPrefix(text, "#!/usr/bin/env bash\n# ") {
			t.Errorf("%s must begin with #!/usr/bin/env bash and say what it does", name)
		}
		if !strings.Contains(text, "\nset -euo pipefail\n") {
			t.Errorf("%s does not set -euo pipefail", name)
		}
		if info, err := os.Stat(path); err != nil || info.Mode()&0o111 == 0 && name != filepath.Join(".ci", "run") {
			t.Errorf("%s is not executable (%v)", name, err)
		}
	}
}

func TestLinksInDocsLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)
	err := walk(top(t), func(path string) error {
		if !strings.HasSuffix(path, ".md") {
			return nil
		}
		for _, m := range link.FindAllStringSubmatch(read(t, path), -1) {
			if _, err := os.Stat(filepath.Join(top(t), filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
