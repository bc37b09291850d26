package policies

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/internal/yamlfile"
)

// FileError says what is wrong in a policy file, where, and what to do. Codes
// are stable; docs/policies.md lists them.
type FileError = catalog.FileError

// Parse reads the policies of one file. All errors are reported, in the order of
// the documents.
func Parse(path string, b []byte) ([]*Policy, error) {
	set, err := ParseSet(path, b)
	return set.Policies, err
}

// ParseSet reads the documents of one file, of every kind. All errors are
// reported, in the order of the documents; the set has those without. What is
// wrong between documents is not looked at.
func ParseSet(path string, b []byte) (*Set, error) {
	set := &Set{}
	file, err := yamlfile.Parse(b)
	if err != nil {
		return set, syntaxError(path, err)
	}
	var errs []error
	lines := strings.Split(lineEnds.Replace(string(b)), "\n")
	for i, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		text := func(line int) string { return documentText(lines, line, file.Docs[i+1:]) }
		if err := set.parse(path, doc.Body, text); err != nil {
			errs = append(errs, err)
		}
	}
	return set, errors.Join(errs...)
}

// parse adds one document. text gives its text, from its first line.
func (s *Set) parse(path string, body ast.Node, text func(line int) string) error {
	c := checker{path: path, body: body}
	if c.document(); len(c.errs) > 0 {
		return c.err()
	}
	switch kindOf(body) {
	case "Calendar":
		cal, err := c.parseCalendar()
		if err != nil {
			return err
		}
		cal.YAML = text(cal.Line)
		s.Calendars = append(s.Calendars, cal)
		return nil
	case "Pool":
		p, err := c.parsePool()
		if err = errors.Join(c.err(), err); err != nil {
			return err
		}
		p.YAML = text(p.Line)
		s.Pools = append(s.Pools, p)
		return nil
	}
	p, err := c.parsePolicy()
	if err != nil {
		return err
	}
	p.YAML = text(p.Line)
	s.Policies = append(s.Policies, p)
	if p.Gives != nil {
		s.Policies = append(s.Policies, p.Gives)
	}
	return nil
}

// document fails for what is no document of a known kind: its keys would be judged
// by those of another.
func (c *checker) document() {
	const hint = "Policy, Calendar or Pool"
	if fits, _ := form(c.body, reflect.TypeFor[map[string]any]()); !fits {
		c.fail(at(), "E101", "write kind: Policy, name: NAME and select: { asset: ... }", "the document is %s", written(c.body))
		return
	}
	switch kind := kindOf(c.body); kind {
	case "Policy", "Calendar", "Pool":
	case "":
		c.fail(at(), "E106", hint, "the document does not say its kind")
	default:
		c.fail(at("kind"), "E106", hint, "unknown kind %q", kind)
	}
}

// kindOf is the kind of a document; "" when it has none.
func kindOf(body ast.Node) string {
	_, v := child(body, "kind")
	if s, ok := v.(*ast.StringNode); ok {
		return s.Value
	}
	return ""
}

func (c *checker) parsePolicy() (*Policy, error) {
	if c.unknownKeys(document{}); len(c.errs) > 0 {
		return nil, c.err()
	}
	var d document
	if err := yamlfile.ReadNode(c.body, &d); err != nil {
		return nil, syntaxError(c.path, err)
	}
	p := c.policy(d)
	return p, c.err()
}

// lineEnds makes lines as the parser counts them: a lone CR ends one, too.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// documentText is a document as it was written, comments and all, from its
// first key to the next document.
func documentText(lines []string, line int, rest []*ast.DocumentNode) string {
	end := len(lines)
	for _, d := range rest {
		if d.Body != nil {
			end = d.Body.GetToken().Position.Line - 1
			break
		}
	}
	for i := line - 1; i < end; i++ {
		if strings.HasPrefix(lines[i], "---") {
			end = i
		}
	}
	return strings.Join(lines[line-1:end], "\n")
}

// syntaxError is E101 at the token that the YAML library stopped at.
func syntaxError(path string, err error) *FileError {
	e := &FileError{File: path, Line: 1, Code: "E101", Hint: hintKeys}
	what, line, column := yamlfile.Fault(err)
	if e.What = what; line > 0 {
		e.Line, e.Column = line, column
	}
	return e
}

const hintKeys = "docs/policies.md lists the keys"

// checker turns a document into a policy and gathers what is wrong.
type checker struct {
	path string
	body ast.Node
	errs []error
	// known are the inputs that conditions may name.
	known []Input
}

// fail notes an error at a place of the document.
func (c *checker) fail(at place, code, hint, format string, args ...any) {
	line, column := at.in(c.body)
	c.errs = append(c.errs, &FileError{File: c.path, Line: line, Column: column, Code: code, What: fmt.Sprintf(format, args...), Hint: hint})
}

// err is all that is wrong, by where it stands.
func (c *checker) err() error { return inOrder(c.errs) }

// inOrder joins what is wrong by file, line and column; what has no place comes
// last.
func inOrder(errs []error) error {
	list := flat(errs)
	slices.SortStableFunc(list, func(a, b error) int {
		var x, y *FileError
		switch placed, too := errors.As(a, &x), errors.As(b, &y); {
		case placed && too:
			return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
		case placed:
			return -1
		case too:
			return 1
		}
		return 0
	})
	return errors.Join(list...)
}

// flat takes joined errors apart.
func flat(errs []error) (out []error) {
	for _, err := range errs {
		if j, ok := err.(interface{ Unwrap() []error }); ok {
			out = append(out, flat(j.Unwrap())...)
		} else if err != nil {
			out = append(out, err)
		}
	}
	return out
}

// version fails for a form of documents that this version does not read.
func (c *checker) version(v string) {
	if v != "" && v != "weir.dev/v1" {
		c.fail(at("apiVersion"), "E101", "write apiVersion: weir.dev/v1", "unknown apiVersion %q", v)
	}
}
