package corpus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// A Folder is a directory of the corpus that holds events, or a file of many.
type Folder struct {
	// Name is its path below the corpus.
	Name   string
	Events []Event
	// Left names what is no event, or could not be made one, and why.
	Left []string
}

// Bodies are the events as they are posted.
func (f Folder) Bodies() [][]byte {
	out := make([][]byte, len(f.Events))
	for i, e := range f.Events {
		out[i] = e.Body
	}
	return out
}

// An Event is one body to post.
type Event struct {
	// Name is the file, and the place in it when it holds several.
	Name string
	Body []byte
	// Hydrated says that a template stood there.
	Hydrated bool
}

// Root is the folder of the corpus; "" when there is none.
func Root() string { return os.Getenv("WEIR_CORPUS") }

// Read reads the events of the corpus, folders in the order of their names.
func Read(root string) ([]Folder, error) {
	r := reader{fsys: os.DirFS(root), files: map[string][]file{}, templates: map[string]bool{}}
	if err := fs.WalkDir(r.fsys, ".", r.visit); err != nil {
		return nil, fmt.Errorf("read the corpus: %w", err)
	}
	var out []Folder
	for name, files := range r.files {
		f, err := r.folder(name, files)
		if err != nil {
			return nil, fmt.Errorf("read the corpus: %s: %w", name, err)
		}
		if len(f.Events) > 0 {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Folder) int { return strings.Compare(a.Name, b.Name) })
	if len(out) == 0 {
		return nil, fmt.Errorf("read the corpus: no events in %s", root)
	}
	return out, nil
}

type reader struct {
	fsys  fs.FS
	files map[string][]file // by folder
	// templates are the collections in which some file has a placeholder: the
	// others of it are templates as well, which leave out what differs.
	templates map[string]bool
}

type file struct {
	name   string
	bodies []json.RawMessage
	// many: an array or lines, whose order means something.
	many bool
	// odd says why it holds no events.
	odd string
}

// visit reads one file. The artifacts of a tool (dbt's target folders) and
// JSON schemas are no events.
func (r *reader) visit(name string, d fs.DirEntry, err error) error {
	switch {
	case err != nil:
		return err
	case d.IsDir() && (d.Name() == "target" || strings.HasSuffix(d.Name(), "-target") || name == "spec"):
		return fs.SkipDir
	case d.IsDir():
		return nil
	}
	ext := path.Ext(name)
	if ext != ".json" && ext != ".ndjson" {
		return nil
	}
	body, err := fs.ReadFile(r.fsys, name)
	if err != nil {
		return err
	}
	folder := path.Dir(name)
	if ext == ".ndjson" {
		folder = name
	}
	r.files[folder] = append(r.files[folder], parse(name, body))
	if hasPlaceholder(body) {
		r.templates[collection(name)] = true
	}
	return nil
}

// collection is the project's part of the corpus, such as openlineage/hive.
func collection(name string) string {
	parts := strings.SplitN(name, "/", 3)
	return strings.Join(parts[:min(2, len(parts)-1)], "/")
}

func parse(name string, body []byte) file {
	f := file{name: name}
	switch {
	case path.Ext(name) == ".ndjson":
		f.many = true
		for line := range bytes.Lines(body) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				f.bodies = append(f.bodies, line)
			}
		}
	case json.Unmarshal(body, &f.bodies) == nil:
		f.many = true
	default:
		f.bodies = []json.RawMessage{body}
	}
	if !slices.ContainsFunc(f.bodies, isEvent) {
		f.odd, f.bodies = "no event", nil
		if !json.Valid(body) {
			f.odd = "not JSON"
		}
	}
	return f
}

// isEvent: it names a job, a run or a dataset, as events do and nothing else
// in the corpus does.
func isEvent(body json.RawMessage) bool {
	var e map[string]json.RawMessage
	if json.Unmarshal(body, &e) != nil {
		return false
	}
	for _, key := range []string{"eventType", "job", "run", "dataset"} {
		if _, ok := e[key]; ok {
			return true
		}
	}
	return false
}

func (r *reader) folder(name string, files []file) (Folder, error) {
	f := Folder{Name: name}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	for _, x := range files {
		if x.odd != "" {
			f.Left = append(f.Left, x.name+": "+x.odd)
		}
	}
	if r.templates[collection(name+"/x")] {
		return f, f.hydrate(files)
	}
	for _, x := range files {
		for i, body := range x.bodies {
			f.Events = append(f.Events, Event{Name: x.place(i), Body: body})
		}
	}
	return f, nil
}

// place names one of a file's bodies.
func (x file) place(i int) string {
	if !x.many {
		return x.name
	}
	return fmt.Sprintf("%s:%d", x.name, i+1)
}

var errNoJob = errors.New("no job, run or dataset to give an identity to")
