package catalog

import (
	"slices"
	"strings"
)

// plainSQL is a query without comments, each token apart by one space, so that
// layout does not show. Case stays: names may depend on it. Hints that stand in
// comments are kept. It fails on what reads differently from dialect to dialect
// (a backslash before a quote, a comment that may be an operator), since code
// that differs must never look alike.
func plainSQL(query, dialect string) (string, bool) {
	s := sqlScanner{in: query, hash: anyIn(dialect, "mysql", "maria", "bigquery"), brackets: anyIn(dialect, "mssql", "tsql", "sqlserver")}
	s.sharp = s.brackets || anyIn(dialect, "postgres")
	for s.at < len(s.in) && !s.lost {
		s.token()
	}
	out := s.out
	for len(out) > 0 && out[len(out)-1] == ";" {
		out = out[:len(out)-1]
	}
	return strings.Join(out, " "), !s.lost
}

type sqlScanner struct {
	in string
	at int
	// hash: "#" begins a comment; sharp: it surely does not; brackets: "["
	// begins a quoted name.
	hash, sharp, brackets bool
	out                   []string
	lost                  bool
}

func anyIn(s string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
}

func (s *sqlScanner) token() {
	rest := s.in[s.at:]
	switch c := rest[0]; {
	case isSpace(c):
		s.at++
	case strings.HasPrefix(rest, "--+"):
		s.lineHint(rest)
	case strings.HasPrefix(rest, "--"):
		s.lineComment(rest)
	case strings.HasPrefix(rest, "/*"):
		s.blockComment(rest)
	case c == '#' && s.hash:
		s.skipLine(rest)
	case c == '#' && !s.sharp, strings.HasPrefix(rest, "//"): // a comment in some dialects
		s.lost = true
	case c == '[' && s.brackets:
		s.quoted(rest, ']')
	case strings.IndexByte(sqlQuotes, c) >= 0:
		s.quoted(rest, c)
	case c == '$' && dollarTag(rest) != "":
		s.dollar(rest, dollarTag(rest))
	case isWord(c):
		s.word(rest)
	default:
		s.keep(rest[:1])
	}
}

// keep adds a token of the text that comes next.
func (s *sqlScanner) keep(text string) {
	s.out = append(s.out, text)
	s.at += len(text)
}

// lineHint keeps a hint with the end of its line, which is the end of the hint.
func (s *sqlScanner) lineHint(rest string) {
	s.keep(rest[:min(len(line(rest))+1, len(rest))])
}

// lineComment skips to the end of the line. Before an operand without a space
// some dialects read two minus signs.
func (s *sqlScanner) lineComment(rest string) {
	spaced := len(rest) == 2 || isSpace(rest[2])
	before := s.at > 0 && !isSpace(s.in[s.at-1])
	if !spaced && (before || s.hash || strings.IndexByte("0123456789(.@", rest[2]) >= 0) {
		s.lost = true
		return
	}
	s.skipLine(rest)
}

// skipLine skips to the end of the line. A carriage return alone ends it in some
// dialects.
func (s *sqlScanner) skipLine(rest string) {
	text := line(rest)
	if strings.Contains(strings.TrimRight(text, "\r"), "\r") {
		s.lost = true
		return
	}
	s.at += len(text)
}

// blockComment skips one, with those inside it. A hint or a statement for one
// dialect alone is code.
func (s *sqlScanner) blockComment(rest string) {
	end := strings.Index(rest[2:], "*/")
	if end < 0 {
		s.lost = true
		return
	}
	text := rest[:end+4]
	switch {
	case strings.Contains(text[2:], "/*"): // nested in some dialects alone
		s.lost = true
	case strings.HasPrefix(text[2:], "+"), strings.HasPrefix(text[2:], "!"), strings.HasPrefix(text[2:], "M!"):
		s.keep(text)
	default:
		s.at += len(text)
	}
}

// sqlQuotes begin a literal or a quoted name.
const sqlQuotes = "'\"`"

// quoted keeps a literal or a quoted name as it is; a doubled quote goes on. One
// behind an odd number of backslashes ends it in some dialects alone, and three
// begin a longer literal in some.
func (s *sqlScanner) quoted(rest string, q byte) {
	if len(rest) > 2 && rest[1] == q && rest[2] == q {
		s.lost = true
		return
	}
	escapes := 0
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == '\\':
			escapes++
			continue
		case rest[i] == q && escapes%2 == 1:
			s.lost = true
			return
		case rest[i] == q && i+1 < len(rest) && rest[i+1] == q:
			i++
		case rest[i] == q:
			s.keep(rest[:i+1])
			return
		}
		escapes = 0
	}
	s.lost = true
}

// dollarTag is the opening of a dollar-quoted text; "" for anything else.
func dollarTag(rest string) string {
	end := strings.IndexByte(rest[1:], '$')
	if end < 0 || strings.ContainsFunc(rest[1:end+1], func(r rune) bool { return r > 0x7f || !isWord(byte(r)) }) {
		return ""
	}
	return rest[:end+2]
}

func (s *sqlScanner) dollar(rest, tag string) {
	end := strings.Index(rest[len(tag):], tag)
	if end < 0 {
		s.lost = true
		return
	}
	s.keep(rest[:end+2*len(tag)])
}

// word keeps a name or a number, with a literal that it is the prefix of.
func (s *sqlScanner) word(rest string) {
	n := 1
	for n < len(rest) && (isWord(rest[n]) || rest[n] == '$') {
		n++
	}
	s.keep(rest[:n])
	if n == len(rest) || rest[n] != '\'' && rest[n] != '"' {
		return
	}
	prefix := len(s.out) - 1
	if s.quoted(rest[n:], rest[n]); !s.lost {
		s.out = append(s.out[:prefix], s.out[prefix]+s.out[prefix+1])
	}
}

func line(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return s[:i]
	}
	return s
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isWord(c byte) bool {
	return c == '_' || c == '@' || c >= 0x80 || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
