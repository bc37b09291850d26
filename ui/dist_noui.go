//go:build noui

package ui

import (
	"embed"
	"io/fs"
)

//go:embed noui
var noui embed.FS

// files are the one page of a binary without the app.
func files() fs.FS {
	sub, err := fs.Sub(noui, "noui")
	if err != nil {
		return noui // never: the name is a valid path
	}
	return sub
}
