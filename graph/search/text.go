package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold writes alike what readers take for the same: case, accents of alphabets
// that have them as additions, compatibility forms (full width, ligatures),
// hyphens. Control characters become spaces, so that a folded text is one line.
func fold(s string) string {
	if isASCII(s) {
		return strings.Map(foldRune, strings.ToLower(s))
	}
	s = norm.NFKD.String(strings.ToValidUTF8(s, "\uFFFD"))
	var b strings.Builder
	additions := false // combining characters belong to a letter that stands without them
	for _, r := range s {
		if unicode.Is(unicode.Mn, r) {
			if additions {
				continue
			}
		} else {
			additions = unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic)
		}
		b.WriteRune(foldRune(r))
	}
	return norm.NFC.String(cases.Fold().String(b.String()))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func foldRune(r rune) rune {
	switch {
	case r == '-' || r > utf8.RuneSelf && unicode.Is(unicode.Pd, r):
		return '_'
	case r < ' ' || r >= 0x7f && (unicode.IsControl(r) || unicode.IsSpace(r)):
		return ' '
	}
	return r
}

// snake writes camelCase as snake_case; ok is false when there is no difference.
func snake(s string) (out string, ok bool) {
	if strings.IndexFunc(s, unicode.IsUpper) < 0 {
		return s, false
	}
	var b strings.Builder
	runes := []rune(s)
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) && hump(runes, i) {
			b.WriteByte('_')
			ok = true
		}
		b.WriteRune(r)
	}
	return b.String(), ok
}

// hump: the capital begins a word, as in orderId and in HTTPServer.
func hump(s []rune, i int) bool {
	before := s[i-1]
	return unicode.IsLower(before) || unicode.IsDigit(before) ||
		unicode.IsUpper(before) && i+1 < len(s) && unicode.IsLower(s[i+1])
}

// forms are a text as it is searched: folded, and with its humps as underscores
// where it has some.
func forms(s string) []string {
	out := []string{fold(s)}
	if sn, ok := snake(s); ok {
		out = append(out, fold(sn))
	}
	return out
}

// begins: a part of a name begins at r. Parts are what lies between characters
// that are no letters or digits, digits behind letters, and each character of
// the scripts that do not show where words begin.
func begins(before, r rune) bool {
	return wordly(r) && (!wordly(before) || unspaced(r) || unicode.IsDigit(r) && !unicode.IsDigit(before))
}

func wordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

func unspaced(r rune) bool {
	return r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}
