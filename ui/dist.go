//go:build !noui

package ui

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// files are the built assets.
func files() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return dist // never: the name is a valid path
	}
	return sub
}
