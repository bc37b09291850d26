package main

import (
	"bytes"
	"errors"

	"github.com/goccy/go-yaml"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
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
	section := (&yaml.PathBuilder{}).Root().Child("naming").Child(e.Section)
	places := []*yaml.Path{section.Build()}
	if e.Key != "" {
		places = []*yaml.Path{(&yaml.PathBuilder{}).Root().Child("naming").Child(e.Section).Child(e.Key).Build(), section.Build()}
	}
	for _, p := range places {
		if n, err := p.ReadNode(bytes.NewReader(b)); err == nil && n.GetToken() != nil {
			return n.GetToken().Position.Line
		}
	}
	return 1
}
