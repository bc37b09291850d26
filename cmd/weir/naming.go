package main

import (
	"errors"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/internal/yamlfile"
)

// compileNaming checks the naming section of the configuration file; an entry
// that cannot hold is refused with its line.
func compileNaming(path string, b []byte, c catalog.NamingConfig) (*catalog.Naming, error) {
	g, err := catalog.NewNaming(c)
	var bad *catalog.NamingError
	if errors.As(err, &bad) {
		return nil, &connectors.ConfigError{File: path, Line: lineOfNaming(b, bad), Code: "E109", What: bad.Error(), Hint: bad.Hint}
	}
	return g, err
}

// lineOfNaming finds the entry, else its section.
func lineOfNaming(b []byte, e *catalog.NamingError) int {
	if e.Key == "" {
		return yamlfile.Line(b, "naming", e.Section)
	}
	return yamlfile.Line(b, "naming", e.Section, e.Key)
}
