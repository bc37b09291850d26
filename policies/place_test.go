package policies_test

import (
	"errors"
	"testing"

	"github.com/weirhq/weir/policies"
)

// Errors stand where the YAML library saw the node: at the word that is wrong,
// at the key where none stands, never at a like-named key elsewhere.
func TestPlaces(t *testing.T) {
	for name, c := range map[string]struct {
		yaml         string
		line, column int
	}{
		"a word":                    {head + "mode:   acting\n", 4, 9},
		"a key in braces":           {head + "want: { max_lag: soon }\n", 4, 18},
		"a quoted key":              {head + "\"want\": { 'max_lag': soon }\n", 4, 22},
		"the same key elsewhere":    {head + "target: { connector: c, job: j, params: { quiet: x } }\nquiet: soon\n", 5, 8},
		"the same word in comments": {head + "# quiet: soon\nquiet: soon\n", 5, 8},
		"an element of a list":      {head + "ready:\n  all:\n    - self_idle\n    - tomorrow\n", 7, 7},
		"a key without its word":    {head + "target: { connector: c }\n", 4, 1},
		"left out":                  {"kind: Policy\nselect: { asset: \"dataset:pg://wh/a\" }\n", 1, 1},
		"nested unknown key":        {head + "inputs:\n  \"dataset:pg://wh/b\": { trigger: true, requires: x }\n", 5, 41},
		"behind an anchor":          {head + "want: &w { max_lag: soon }\n", 4, 21},
		"the second document":       {head + "---\n" + head + "quiet: soon\n", 8, 8},
		"after a lone CR":           {"kind: Policy\rname: p\rselect: { asset: \"dataset:pg://wh/a\" }\rquiet: soon\n", 4, 8},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := policies.Parse("p.yaml", []byte(c.yaml))
			var e *policies.FileError
			if !errors.As(err, &e) || e.Line != c.line || e.Column != c.column {
				t.Errorf("%v, want %d:%d", err, c.line, c.column)
			}
		})
	}
}

// Every unknown key is reported, not the first alone.
func TestUnknownKeysAreAllReported(t *testing.T) {
	_, err := policies.Parse("p.yaml", []byte(head+"colour: red\nready: { some: [] }\n"))
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		t.Fatalf("%v", err)
	}
	if n := len(flatten(err)); n != 2 {
		t.Errorf("%d errors, want 2: %v", n, err)
	}
}

func flatten(err error) (out []error) {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range j.Unwrap() {
			out = append(out, flatten(e)...)
		}
		return out
	}
	return []error{err}
}
