package corpus

import (
	"encoding/json"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// The two languages of placeholders: JsonUnit's in Java tests, Jinja calls in
// Python tests. A text that only contains braces, such as the SQL of a dbt
// model, is none.
var (
	jsonUnit = regexp.MustCompile(`^\$\{json-unit\.([a-z-]+)\}(.*)$`)
	jinja    = regexp.MustCompile(`^\{\{\s*(\w+)\s*\(\s*(.*?)\s*\)\s*\}\}$`)
	inName   = regexp.MustCompile(`\{\{.*?\}\}|\$\{json-unit[^}]*\}`)
	quoted   = regexp.MustCompile(`'([^']*)'|"([^"]*)"`)
)

func placeholder(s string) bool { return jsonUnit.MatchString(s) || jinja.MatchString(s) }

// hasPlaceholder looks for one in a file, which may not be JSON.
func hasPlaceholder(body []byte) bool {
	var v any
	return json.Unmarshal(body, &v) == nil && anyPlaceholder(v)
}

func anyPlaceholder(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			if anyPlaceholder(x) {
				return true
			}
		}
	case []any:
		for _, x := range v {
			if anyPlaceholder(x) {
				return true
			}
		}
	case string:
		return placeholder(v)
	}
	return false
}

// fill puts a value of the right sort where a placeholder stands.
func fill(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			if text(x) != "${json-unit.ignore-element}" {
				out[k] = fill(k, x)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = fill(key, x)
		}
		return out
	case string:
		return value(key, v)
	}
	return v
}

func value(key, s string) any {
	if m := jsonUnit.FindStringSubmatch(s); m != nil {
		return unitValue(key, m[1], m[2])
	}
	if m := jinja.FindStringSubmatch(s); m != nil {
		return jinjaValue(key, m[1], m[2])
	}
	if key == "name" || key == "namespace" {
		return inName.ReplaceAllString(s, "any")
	}
	return s
}

func unitValue(key, word, rest string) any {
	switch word {
	case "regex":
		return sample(rest)
	case "any-number":
		return 1
	case "any-boolean":
		return true
	}
	return plain(key)
}

func jinjaValue(key, call, args string) any {
	words := quoted.FindAllStringSubmatch(args, -1)
	switch {
	case call == "is_datetime":
		return plain("time")
	case call == "is_uuid":
		return plain("runId")
	case call == "match" && len(words) > 0:
		return sample(words[0][1] + words[0][2])
	case call == "one_of" && len(words) > 0, call == "env_var" && len(words) == 1:
		return words[0][1] + words[0][2]
	case call == "env_var" && len(words) > 1:
		return words[1][1] + words[1][2]
	}
	return plain(key)
}

// plain is a value that fits a key's name.
func plain(key string) any {
	switch k := strings.ToLower(key); {
	case strings.HasSuffix(k, "time"):
		return "2026-01-05T00:00:00Z"
	case strings.HasSuffix(k, "runid"):
		return uuid.NewSHA1(uuid.NameSpaceURL, []byte("any")).String()
	}
	return "any"
}

// sample is a short text that a pattern matches.
func sample(pattern string) string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "any" // Java has patterns that Go has not
	}
	var b strings.Builder
	write(&b, re.Simplify())
	return b.String()
}

func write(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(readable(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('x')
	case syntax.OpPlus, syntax.OpCapture, syntax.OpAlternate:
		write(b, re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			write(b, sub)
		}
	}
}

// readable is a letter or digit of a class when it has one, else its first.
func readable(ranges []rune) rune {
	for _, r := range "1a A_-." {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= r && r <= ranges[i+1] {
				return r
			}
		}
	}
	if len(ranges) == 0 {
		return utf8.RuneError
	}
	return ranges[0]
}
