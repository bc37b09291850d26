package catalog

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCodeOfSQL(t *testing.T) {
	for name, c := range map[string]struct {
		a, b, dialect string
		same          bool
	}{
		"layout":                       {a: "select a,b\nfrom t", b: "select  a , b  from t ;\n", same: true},
		"a line comment":               {a: "select a -- the key\nfrom t", b: "select a from t", same: true},
		"a block comment":              {a: "/* app: dbt, it's 1.8 */ select 1", b: "select 1", same: true},
		"another column":               {a: "select a from t", b: "select b from t"},
		"another case":                 {a: `select a from "T"`, b: `select a from "t"`},
		"a literal with spaces":        {a: "select 'a  b'", b: "select 'a b'"},
		"a literal like a comment":     {a: "select '-- x'", b: "select '-- y'"},
		"a literal with a quote":       {a: "select 'it''s -- x', 1", b: "select 'it''s -- y', 1"},
		"a dollar quote":               {a: "select $$a -- x$$", b: "select $$a -- y$$"},
		"a tagged dollar quote":        {a: "do $f$ a -- x $f$", b: "do $f$ a -- y $f$"},
		"a hint":                       {a: "select /*+ parallel(4) */ 1", b: "select /*+ parallel(8) */ 1"},
		"a line hint":                  {a: "select --+ full(t)\n 1", b: "select --+ index(t)\n 1"},
		"two minus signs of MySQL":     {a: "select 5--3", b: "select 5--4"},
		"an escaped quote":             {a: `select 'a\' -- x', 'b'`, b: `select 'a\' -- y', 'b'`},
		"an even number of escapes":    {a: `select 'a\\' -- x`, b: `select 'a\\' -- y`, same: true},
		"a hash comment, MySQL":        {a: "select 1 # one's\n", b: "select 1", dialect: "mysql", same: true},
		"a hash of no known dialect":   {a: "# it's\nselect 'a  b'", b: "# it's\nselect 'a b'"},
		"a slash comment with a quote": {a: "// it's\nselect 'a  b'", b: "// it's\nselect 'a b'"},
		"a bracketed name":             {a: "select [it's], 'a  b'", b: "select [it's], 'a b'", dialect: "mssql"},
		"an operator of PostgreSQL":    {a: "select a #> '{x}'", b: "select a #> '{y}'"},
		"a text that does not end":     {a: "select 'a -- x", b: "select 'a -- y"},
		"nested comments":              {a: "select /* a /* b */ 1 */ 2", b: "select /* a /* b */ 3 */ 2"},
		"a prefixed literal":           {a: "select E'a  b'", b: "select E'a b'"},
		"the end of a slash comment":   {a: "where a=1 // and b=2\nand c=3", b: "where a=1 // and b=2 and c=3"},
		"the end of a hash comment":    {a: "where a=1\n# and b=2\nand c=3", b: "where a=1\n# and b=2 and c=3"},
		"the end of one behind code":   {a: "where a=1 # and b=2\nand c=3", b: "where a=1 # and b=2 and c=3"},
		"one of a dialect that may":    {a: "where a=1 # and b=2\nand c=3", b: "where a=1 # and b=2 and c=3", dialect: "clickhouse"},
		"the end of a line hint":       {a: "select --+ x\nand c=3", b: "select --+ x and c=3"},
		"layout around a line hint":    {a: "select --+ x\n  a", b: "select   --+ x\na", same: true},
		"a statement of MariaDB":       {a: "select 1 /*M! + 1 */", b: "select 1 /*M! + 2 */"},
		"three quotes":                 {a: "select '''it's  x's'''", b: "select '''it's x's'''"},
		"three quotes behind a prefix": {a: `select r"""it"s  x"s"""`, b: `select r"""it"s x"s"""`},
		"two minus signs and a number": {a: "select 5 --1", b: "select 5 --2"},
		"two in a dialect called SQL":  {a: "select 5 --(1)", b: "select 5 --(2)", dialect: "sql"},
		"a carriage return":            {a: "select a -- x\rfrom t", b: "select a -- x\rfrom u"},
		"line ends of Windows":         {a: "select a -- x\r\nfrom t", b: "select a from t", same: true},
		"an operator, layout":          {a: "select a  #> b", b: "select a #> b", dialect: "postgres", same: true},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := CodeOfSQL(c.a, c.dialect), CodeOfSQL(c.b, c.dialect)
			if (a == b) != c.same || a == "" || CodeOfSQL(c.a, c.dialect) != a {
				t.Errorf("%q and %q: %s, %s; same should be %t", c.a, c.b, a, b, c.same)
			}
		})
	}
	if got := CodeOfSQL(" \n", ""); got != "" {
		t.Errorf("no query has the code %q", got)
	}
}

func TestCodeOfSource(t *testing.T) {
	for name, c := range map[string]struct {
		a, b, language string
		same           bool
	}{
		"comments and blank lines": {a: "# what\ndef f():\n\n    return 1  # one\n", b: "def f():\r\n    return 1\r\n", language: "python", same: true},
		"indentation":              {a: "if a:\n    b()\nc()", b: "if a:\n    b()\n    c()", language: "python"},
		"a text like a comment":    {a: "a = '# x'", b: "a = '# y'", language: "PYTHON"},
		"a long text":              {a: "a = '''\n# x\n'''", b: "a = '''\n# y\n'''", language: "python"},
		"a nested format":          {a: `a = f"{d["#x"]}"`, b: `a = f"{d["#y"]}"`, language: "python"},
		"a text that does not end": {a: "a = 'b\n# x", b: "a = 'b\n# y", language: "python"},
		"an escaped quote":         {a: `a = 'it\'s # x'`, b: `a = 'it\'s # y'`, language: "python"},
		"a cell of a notebook":     {a: "# MAGIC %sql\n# MAGIC select 1", b: "# MAGIC %sql\n# MAGIC select 2", language: "python"},
		"a script's dependencies":  {a: "# /// script\n# dependencies = ['a<2']\n# ///\nb()", b: "# /// script\n# dependencies = ['a<3']\n# ///\nb()", language: "python"},
		"a directive of Cython":    {a: "# cython: cdivision=True\na()", b: "# cython: cdivision=False\na()", language: "python"},
		"the encoding":             {a: "#!/bin/python\n# -*- coding: latin-1 -*-\na()", b: "#!/bin/python\n# -*- coding: utf-8 -*-\na()", language: "python"},
		"a word on line three":     {a: "a()\nb()\n# coding: x", b: "a()\nb()", language: "python", same: true},
		"a carriage return":        {a: "# x\ra()", b: "# x\rb()", language: "python"},
		"a shell knows no rule":    {a: "echo ${#a} # x", b: "echo ${#a} # y", language: "bash"},
		"a query":                  {a: "select 1 -- x", b: "select 1", language: "sparksql", same: true},
	} {
		t.Run(name, func(t *testing.T) {
			if a, b := CodeOfSource(c.a, c.language), CodeOfSource(c.b, c.language); (a == b) != c.same || a == "" {
				t.Errorf("%q and %q: %s, %s; same should be %t", c.a, c.b, a, b, c.same)
			}
		})
	}
}

func TestCodeSame(t *testing.T) {
	for name, c := range map[string]struct {
		a, b Code
		want Ternary
	}{
		"equal meaning, other version":    {Code{"1", "sql:a"}, Code{"2", "sql:a"}, True},
		"other meaning, equal version":    {Code{"1", "sql:a"}, Code{"1", "sql:b"}, False},
		"hashes of different things":      {Code{"1", "sql:a"}, Code{"1", "source:a"}, True},
		"versions alone":                  {Code{"1", ""}, Code{"2", "sql:a"}, False},
		"nothing of one":                  {Code{}, Code{"2", "sql:a"}, Unknown},
		"an equal file, other commit":     {Code{"1", "node:a"}, Code{"2", "node:a"}, Unknown},
		"an equal file, equal commit":     {Code{"1", "node:a"}, Code{"1", "node:a"}, True},
		"an equal file, no commit":        {Code{"1", "node:a"}, Code{"", "node:a"}, True},
		"another file, other commit":      {Code{"1", "node:a"}, Code{"2", "node:b"}, False},
		"hashes of different things only": {Code{"", "sql:a"}, Code{"", "node:a"}, Unknown},
	} {
		if got := c.a.Same(c.b); got != c.want || c.b.Same(c.a) != got {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestBetterCode(t *testing.T) {
	list := []string{"", "node:c", "source:b", "sql:a", "sql:b"}
	for i, a := range list {
		for j, b := range list {
			if got := BetterCode(a, b); got != list[max(i, j)] {
				t.Errorf("of %q and %q it is %q", a, b, got)
			}
		}
	}
}

// Comments and layout between tokens never show; another token always does.
func TestCodeOfSQLIgnoresLayout(t *testing.T) {
	token := rapid.SampledFrom([]string{"select", "a", "'it''s -- 1'", `"T"`, ",", "(", ")", "1", "<=", "$$x$$", "from", "::", "`b`"})
	gap := rapid.SampledFrom([]string{" ", "\n", "\t ", " -- c'est\n", " /* x\n' */ ", " --\n"})
	rapid.Check(t, func(t *rapid.T) {
		tokens := rapid.SliceOfN(token, 1, 12).Draw(t, "tokens")
		written := func(label string, tokens []string) string {
			var b strings.Builder
			for _, tok := range tokens {
				b.WriteString(tok + gap.Draw(t, label))
			}
			return b.String()
		}
		a, b := written("a", tokens), written("b", tokens)
		if CodeOfSQL(a, "") != CodeOfSQL(b, "") {
			t.Fatalf("%q and %q differ", a, b)
		}
		i := rapid.IntRange(0, len(tokens)-1).Draw(t, "changed")
		other := append(append(append([]string{}, tokens[:i]...), "other_word"), tokens[i+1:]...)
		if c := written("c", other); CodeOfSQL(a, "") == CodeOfSQL(c, "") {
			t.Fatalf("%q and %q are alike", a, c)
		}
	})
}

func FuzzCodeOfSQL(f *testing.F) {
	for _, s := range []string{"select 1", "'a\\'", "/*+ x */", "$a$ b $a$", "#'", "[x]", "--", "E'"} {
		f.Add(s, "mysql")
	}
	f.Fuzz(func(t *testing.T, text, dialect string) {
		if got := CodeOfSQL(text, dialect); got != CodeOfSQL(text+"\n", dialect) && strings.TrimSpace(text) != "" && !strings.HasSuffix(strings.TrimSpace(text), ";") {
			t.Errorf("%q has another code with a line end: %s", text, got)
		}
		CodeOfSource(text, "python")
	})
}
