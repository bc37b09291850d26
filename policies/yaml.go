package policies

import (
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// ReadYAML decodes text that somebody wrote. The library panics on some
// malformed tags, which is an error of the text and no end of the process.
func ReadYAML(b []byte, into any) (err error) {
	defer unreadable(&err)
	return yaml.Unmarshal(b, into)
}

// readNode decodes a node strictly: keys that the type does not have are errors.
func readNode(n ast.Node, into any) (err error) {
	defer unreadable(&err)
	return yaml.NodeToValue(n, into, yaml.Strict())
}

func unreadable(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the YAML cannot be read: %v", p)
	}
}
