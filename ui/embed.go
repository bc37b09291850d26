// Package ui is the web app: its sources, and its built assets embedded in the
// binary. Hashed files never change; index.html is asked for again each time
// and answered with 304 while it is the same. Built with the tag noui, the
// binary holds one page that says so instead.
package ui

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

const page = "index.html"

// Handler serves the app, whose root a browser sees at base: / or a folder that
// a proxy gives it, with a slash at both ends. A path that is no file gives the
// app itself, for a browser that asks for a page; anything else is 404.
func Handler(base string) http.Handler {
	s := site{files: files(), tags: map[string]string{}}
	// A file that cannot be read is 404 when it is asked for.
	_ = fs.WalkDir(s.files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(s.files, name)
		if name == page {
			// The build writes its own addresses as "./..."; a deep link needs them whole.
			b = bytes.ReplaceAll(b, []byte(`"./`), []byte(`"`+html.EscapeString(base)))
			s.page = b
		}
		if err == nil {
			sum := sha256.Sum256(b)
			s.tags[name] = `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
		}
		return err
	})
	return &s
}

// site is a folder of built files with their entity tags, and the page itself.
type site struct {
	files fs.FS
	tags  map[string]string
	page  []byte
}

// read gives the bytes of a file that there is.
func (s *site) read(name string) ([]byte, error) {
	if name == page {
		return s.page, nil
	}
	return fs.ReadFile(s.files, name)
}

// ServeHTTP answers GET and HEAD.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if s.tags[name] == "" {
		if !asksForPage(r, name) {
			http.NotFound(w, r)
			return
		}
		name = page
	}
	b, err := s.read(name)
	if err != nil {
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
	h.Set("ETag", s.tags[name])
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
}

// asksForPage tells a browser that follows a link from a script that asks for
// a file that is gone, which must not be given a page.
func asksForPage(r *http.Request, name string) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || strings.HasPrefix(name, "assets/") {
		return false
	}
	return name == "" || strings.Contains(r.Header.Get("Accept"), "text/html")
}
