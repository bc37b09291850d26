// Package ui is the web app: its sources, and its built assets embedded in the
// binary. Hashed files never change; index.html is asked for again each time
// and answered with 304 while it is the same. Who takes gzip is sent gzip, made
// once of each file. Built with the tag noui, the binary holds one page that
// says so instead.
package ui

import (
	"bytes"
	"html"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

const page = "index.html"

// Handler serves the app, whose root a browser sees at base: / or a folder that
// a proxy gives it, with a slash at both ends. A path that is no file gives the
// app itself, for a browser that asks for a page; anything else is 404.
func Handler(base string) http.Handler {
	s, built := site{}, files()
	// A file that cannot be read is 404 when it is asked for.
	_ = fs.WalkDir(built, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(built, name)
		if name == page {
			// The build writes its own addresses as "./..."; a deep link needs them whole.
			b = bytes.ReplaceAll(b, []byte(`"./`), []byte(`"`+html.EscapeString(base)))
		}
		if err == nil {
			s[name] = newFile(b)
		}
		return err
	})
	return s
}

// site is a folder of built files by name.
type site map[string]file

// ServeHTTP answers GET and HEAD.
func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if _, ok := s[name]; !ok {
		if !asksForPage(r, name) {
			http.NotFound(w, r)
			return
		}
		name = page
	}
	f, ok := s[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if name == page {
		h.Add("Vary", "Accept")
	}
	f.serve(w, r, name)
}

// asksForPage tells a browser that follows a link from a script that asks for
// a file that is gone, which must not be given a page.
func asksForPage(r *http.Request, name string) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || strings.HasPrefix(name, "assets/") {
		return false
	}
	return name == "" || strings.Contains(r.Header.Get("Accept"), "text/html")
}
