package yamlfile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/weirhq/weir/internal/yamlfile"
)

type shape struct {
	Name  string         `yaml:"name"`
	Count int            `yaml:"count"`
	Any   map[string]any `yaml:"any"`
	List  []shape        `yaml:"list"`
}

// FuzzRead: whatever the text is, it is read or refused.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"", "name: a\ncount: 1\n", "list:\n- name: a\n", "any: { a: !!int x }", "name: !!binary [", "any: { a: !!set }", "any: { a: !!float }", "name: !!timestamp ''", "any: !!map", "count: !!int\n", "a: &a [*a]", "---\n---\n", "!!", "<<: *x"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var loose, strict shape
		if err := yamlfile.Read(b, &loose); err != nil {
			if what, _, _ := yamlfile.Fault(err); what == "" {
				t.Error("refused without a word")
			}
		}
		_ = yamlfile.ReadStrict(b, &strict)
		_ = yamlfile.Line(b, "any", "a")
		file, err := yamlfile.Parse(b)
		if err != nil || file == nil {
			return
		}
		for _, d := range file.Docs {
			if d.Body != nil {
				_ = yamlfile.ReadNode(d.Body, &shape{})
			}
		}
	})
}

// TestPanicIsAnError: the library panics on this one.
func TestPanicIsAnError(t *testing.T) {
	b := []byte("list:\n !0 #x")
	for name, read := range map[string]func([]byte, any) error{"read": yamlfile.Read, "strict": yamlfile.ReadStrict} {
		if err := read(b, &shape{}); err == nil || !strings.Contains(err.Error(), "the YAML cannot be read") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStrict(t *testing.T) {
	var s shape
	err := yamlfile.ReadStrict([]byte("name: a\ncuont: 1\n"), &s)
	if err == nil {
		t.Fatal("an unknown key is taken")
	}
	if what, line, column := yamlfile.Fault(err); what == "" || line != 2 || column != 1 {
		t.Errorf("%q at %d:%d", what, line, column)
	}
	if err := yamlfile.ReadStrict(nil, &s); err != nil {
		t.Errorf("an empty file: %v", err)
	}
	if what, line, column := yamlfile.Fault(errors.New("one\ntwo")); what != "one" || line != 0 || column != 0 {
		t.Errorf("%q at %d:%d", what, line, column)
	}
}

func TestLine(t *testing.T) {
	b := []byte("a: 1\nb:\n  c:\n    d: 2\ne:\n  - f: 1\n  - f: 2\n    g:\n      h: 3\n")
	for want, keys := range map[int][]string{4: {"b", "c", "d"}, 1: {"x"}, 7: {"e", "[1]"}, 9: {"e", "[1]", "g", "h"}} {
		if got := yamlfile.Line(b, keys...); got != want {
			t.Errorf("%v is at %d, want %d", keys, got, want)
		}
	}
	if got := yamlfile.Line([]byte("b:\n  c: 1\n"), "b", "gone"); got != 2 {
		t.Errorf("what is not there is at %d", got)
	}
}
