package policies

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/internal/yamlfile"
)

// ReadDir reads every *.yaml and *.yml of a directory, by name.
func ReadDir(dir string) ([]catalog.PolicyFile, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, catalog.WithHint(fmt.Errorf("read policies: %w", err), "--policies names a directory of YAML files")
	}
	var files []catalog.PolicyFile
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		if e.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		path := filepath.Join(dir, e.Name())
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read policies: %w", err)
		}
		files = append(files, catalog.PolicyFile{Path: path, Text: string(b)})
	}
	return files, nil
}

// Load makes one set of files. All errors are reported, in the order of files
// and lines, then those between policies; the set holds what could be read.
func Load(files []catalog.PolicyFile) (*Set, error) {
	set := &Set{}
	var errs []error
	for _, f := range files {
		file, err := ParseSet(f.Path, []byte(f.Text))
		set.add(file)
		if err != nil {
			errs = append(errs, err)
		}
	}
	return set, inOrder(append(errs, set.check()...))
}

// LoadDir is the set of a directory's files.
func LoadDir(dir string) (*Set, error) {
	files, err := ReadDir(dir)
	if err != nil {
		return nil, err
	}
	return Load(files)
}

// Document is one document of a set, of any kind, as data.
type Document struct {
	Kind, Name string
	// Source is its file and line.
	Source string
	Fields []Field
}

// Field is one key of a document with what it says, as JSON with sorted keys:
// comments, order and spelling of the YAML do not show in it.
type Field struct{ Key, Value string }

// Documents are those of a set: policies, then pools and calendars.
func (s *Set) Documents() (out []Document) {
	for _, p := range s.Policies {
		out = append(out, documentOf("Policy", p.Name, p.File, p.Line, p.YAML))
	}
	for _, p := range s.Pools {
		out = append(out, documentOf("Pool", p.Name, p.File, p.Line, p.YAML))
	}
	for _, c := range s.Calendars {
		out = append(out, documentOf("Calendar", c.Name, c.File, c.Line, c.YAML))
	}
	return out
}

func documentOf(kind, name, file string, line int, text string) Document {
	return Document{Kind: kind, Name: name, Source: fmt.Sprintf("%s:%d", file, line), Fields: fieldsOf(text)}
}

// fieldsOf are the keys of a document but its name, by key.
func fieldsOf(text string) []Field {
	said := map[string]any{}
	if err := yamlfile.Read([]byte(text), &said); err != nil {
		return nil // it was read before: only a policy made by hand has no text
	}
	var out []Field
	for k, v := range said {
		if k == "apiVersion" || k == "name" {
			continue // the one says nothing, the other says which document it is
		}
		b, err := json.Marshal(v)
		if err != nil {
			b = fmt.Append(nil, v)
		}
		out = append(out, Field{k, string(b)})
	}
	slices.SortFunc(out, func(a, b Field) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

// TicksBetween lists the ticks of a want by schedule after from, up to and with
// until; at most limit, and more says that there are others.
func TicksBetween(w Want, from, until time.Time, limit int) (list []time.Time, more bool) {
	s, loc, err := schedule(w)
	if err != nil || w.Kind != WantBy {
		return nil, false
	}
	for wall := s.Next(wallOf(from.In(loc)).Add(-2 * time.Hour)); !wall.IsZero(); wall = s.Next(wall) {
		at := instant(wall, loc)
		if at.After(until) {
			return list, false
		}
		if !at.After(from) || len(list) > 0 && !at.After(list[len(list)-1]) {
			continue
		}
		if len(list) == limit {
			return list, true
		}
		list = append(list, at)
	}
	return list, false
}
