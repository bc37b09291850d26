package catalog

import "strings"

// plainPython is a program without comments, blank lines and spaces at the ends
// of lines; its indentation and its texts stay. It fails on a text that does not
// end, and where a comment may be code.
func plainPython(text string) (string, bool) {
	if commentsAct(text) {
		return "", false
	}
	s := pythonScanner{in: text, cut: -1}
	for s.at < len(text) {
		if !s.step() {
			return "", false
		}
	}
	s.endLine()
	return s.out.String(), true
}

// commentsAct: some comment may say what runs (cells of a notebook, dependencies
// by PEP 723, directives of Cython, the encoding by PEP 263), or end before its
// line does.
func commentsAct(text string) bool {
	for _, mark := range []string{"# MAGIC", "# ///", "# cython:", "\r"} {
		if strings.Contains(text, mark) {
			return true
		}
	}
	first := line(text)
	first += line(strings.TrimPrefix(text[len(first):], "\n"))
	return strings.Contains(first, "coding:") || strings.Contains(first, "coding=")
}

type pythonScanner struct {
	in   string
	at   int
	from int // where the line begins
	cut  int // where its comment begins; -1 none
	// format: the line has a formatted text, in which quotes may nest, so its
	// comments are kept.
	format bool
	out    strings.Builder
}

func (s *pythonScanner) step() bool {
	switch c := s.in[s.at]; c {
	case '\n':
		s.endLine()
		s.at++
		s.from = s.at
	case '#':
		if !s.format {
			s.cut = s.at
		}
		s.at += len(line(s.in[s.at:]))
	case '"', '\'':
		return s.text(c)
	default:
		s.at++
	}
	return true
}

// text passes over a string literal, which stays as it is.
func (s *pythonScanner) text(q byte) bool {
	s.format = s.format || s.at > 0 && strings.ContainsRune("fFtT", rune(s.in[s.at-1])) || s.at > 1 && strings.ContainsRune("fFtT", rune(s.in[s.at-2]))
	end := string(q)
	if strings.HasPrefix(s.in[s.at:], strings.Repeat(end, 3)) {
		end = strings.Repeat(end, 3)
	}
	for s.at += len(end); s.at < len(s.in); s.at++ {
		switch {
		case s.in[s.at] == '\\':
			s.at++
		case strings.HasPrefix(s.in[s.at:], end):
			s.at += len(end)
			return true
		case s.in[s.at] == '\n' && len(end) == 1:
			return false
		}
	}
	return false
}

// endLine writes the line that ends here, unless nothing is left of it. A text
// over several lines makes them one.
func (s *pythonScanner) endLine() {
	end := s.at
	if s.cut >= 0 {
		end = s.cut
	}
	if l := strings.TrimRight(s.in[s.from:end], " \t\r\f"); l != "" {
		s.out.WriteString(l)
		s.out.WriteByte('\n')
	}
	s.cut, s.format = -1, false
}
