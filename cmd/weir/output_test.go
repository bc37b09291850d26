package main

import "testing"

// TestOneLine: a name of a producer does nothing to a terminal, and letters of
// any script stay.
func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"a/b":                 "a/b",
		"größe.表":             "größe.表",
		"a\nb\r\tc":           `a\nb\r\tc`,
		"a\x1b[2Jb\x07":       `a\x1b[2Jb\a`,
		"x\u202efdp.exe":      `x\u202efdp.exe`,
		"line\u2028":          `line\u2028`,
		"quote's \"stay\" \\": "quote's \"stay\" \\",
		"\xff":                "\uFFFD",
	} {
		if got := oneLine(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	var x asset
	x.Type, x.Name.Namespace, x.Name.Name = "JOB", "n", "a\x1b]0;owned\x07"
	if got, want := x.String(), `job:n/a\x1b]0;owned\a`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
