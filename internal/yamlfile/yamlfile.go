// Package yamlfile reads YAML that somebody wrote: strictly, with the place of
// what is wrong, and whatever the text is without ending the process.
//
// Everything of weir that reads YAML reads it here. The library panics on some
// malformed tags; that is an error of the text.
package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Read decodes text; keys that into does not have are left out.
func Read(b []byte, into any) (err error) {
	defer unreadable(&err)
	return yaml.Unmarshal(b, into)
}

// ReadStrict decodes text; a key that into does not have, or that stands there
// twice, is an error. An empty text changes nothing.
func ReadStrict(b []byte, into any) (err error) {
	defer unreadable(&err)
	err = yaml.NewDecoder(bytes.NewReader(b), yaml.Strict(), yaml.DisallowUnknownField()).Decode(into)
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Parse gives the documents of a text.
func Parse(b []byte) (f *ast.File, err error) {
	defer unreadable(&err)
	return parser.ParseBytes(b, 0)
}

// ReadNode is ReadStrict of a part of a text.
func ReadNode(n ast.Node, into any) (err error) {
	defer unreadable(&err)
	return yaml.NodeToValue(n, into, yaml.Strict(), yaml.DisallowUnknownField())
}

func unreadable(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the YAML cannot be read: %v", p)
	}
}

// Fault says in a line what an error of this package is about, and where: line
// and column count from 1, and are 0 where the library does not say.
func Fault(err error) (what string, line, column int) {
	what, _, _ = strings.Cut(err.Error(), "\n")
	var e yaml.Error
	if !errors.As(err, &e) {
		return what, 0, 0
	}
	if t := e.GetToken(); t != nil {
		line, column = t.Position.Line, t.Position.Column
	}
	return e.GetMessage(), line, column
}

// Line finds the line of a key by the keys that lead to it, "[2]" for the third
// of a list; of the last that is there, when it is not; 1 for none.
func Line(b []byte, keys ...string) int {
	for n := len(keys); n > 0; n-- {
		if line := lineOf(b, keys[:n]); line > 0 {
			return line
		}
	}
	return 1
}

func lineOf(b []byte, keys []string) (line int) {
	defer func() {
		if recover() != nil {
			line = 0
		}
	}()
	at := (&yaml.PathBuilder{}).Root()
	for _, k := range keys {
		var n uint
		if _, err := fmt.Sscanf(k, "[%d]", &n); err == nil {
			at = at.Index(n)
			continue
		}
		at = at.Child(k)
	}
	n, err := at.Build().ReadNode(bytes.NewReader(b))
	if err != nil || n.GetToken() == nil {
		return 0
	}
	return n.GetToken().Position.Line
}
