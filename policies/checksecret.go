package policies

import (
	"cmp"
	"regexp"
	"slices"
)

// secretKey finds the names that credentials go by.
var secretKey = regexp.MustCompile(`(?i)(^|[_.-])(password|passwd|pwd|secret|token|api_?key|private_?key|access_?key|credentials?)$`)

// secretForm finds what credentials look like, whatever they are called: keys
// of AWS, tokens of GitHub, Slack and JWT form, private keys, a password in a
// URL.
var secretForm = regexp.MustCompile(`\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[0-9A-Za-z]{36}|\bxox[abprs]-[0-9A-Za-z-]{10,}|\beyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8,}\.|-----BEGIN [A-Z ]*PRIVATE KEY-----|\b[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s:@]+@`)

// secrets refuses credentials among the parameters of a target. A policy is
// read by many, and its parameters are kept with every action.
func (c *checker) secrets(at place, v any) {
	switch x := v.(type) {
	case map[string]any:
		for _, k := range sortedKeys(x) {
			text, isText := x[k].(string)
			if isText && text != "" && secretKey.MatchString(k) {
				c.secret(at.then(k), k)
				continue
			}
			c.secrets(at.then(k), x[k])
		}
	case []any:
		for i, e := range x {
			c.secrets(at.element(i), e)
		}
	case string:
		if secretForm.MatchString(x) {
			c.secret(at, at.last())
		}
	}
}

// secret says where one stands, never what it is.
func (c *checker) secret(at place, key string) {
	c.fail(at, "E160", "let the tool's job read it from its own store of secrets, and change this one", "%s is a secret in clear", key)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, cmp.Compare)
	return keys
}
