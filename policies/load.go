package policies

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/weirhq/weir/catalog"
)

// FileError says what is wrong in a policy file, where, and what to do. Codes
// are stable; docs/policies.md lists them.
type FileError = catalog.FileError

// Parse reads the documents of one file. All errors are reported, in the order
// of the documents.
func Parse(path string, b []byte) ([]*Policy, error) {
	file, err := parser.ParseBytes(b, 0)
	if err != nil {
		return nil, syntaxError(path, err)
	}
	var out []*Policy
	var errs []error
	lines := strings.Split(lineEnds.Replace(string(b)), "\n")
	for i, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		p, err := parseDocument(path, doc.Body)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		p.YAML = documentText(lines, p.Line, file.Docs[i+1:])
		out = append(out, p)
	}
	return out, errors.Join(errs...)
}

func parseDocument(path string, body ast.Node) (*Policy, error) {
	c := checker{path: path, body: body}
	if c.unknownKeys(document{}); len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	var d document
	if err := yaml.NodeToValue(body, &d, yaml.Strict()); err != nil {
		return nil, syntaxError(path, err)
	}
	p := c.policy(d)
	return p, errors.Join(c.errs...)
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
	e.What, _, _ = strings.Cut(err.Error(), "\n")
	var yerr yaml.Error
	if errors.As(err, &yerr) {
		e.What = yerr.GetMessage()
		if tok := yerr.GetToken(); tok != nil {
			e.Line, e.Column = tok.Position.Line, tok.Position.Column
		}
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
