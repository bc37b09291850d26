package declared

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/internal/yamlfile"
)

// Asset is one entry of a file.
type Asset struct {
	Name        catalog.Name
	Declaration catalog.Declaration
	Description string
	Owners      []catalog.Owner
	Tags        []catalog.Tag
	Aliases     []catalog.Name

	File string
	Line int
}

// The codes of what can be wrong; docs/configuration.md lists them.
const (
	codeShape     = "E101"
	codeName      = "E201"
	codeKind      = "E202"
	codeReference = "E203"
	codeValue     = "E204"
	codeTwice     = "E205"
)

const hintKeys = "docs/configuration.md lists the keys"

// Load reads a file, or every *.yaml and *.yml of a directory. All errors are
// reported, in the order of files and lines.
func Load(path string) ([]Asset, error) {
	files, err := filesOf(path)
	if err != nil {
		return nil, catalog.WithHint(fmt.Errorf("read declared assets: %w", err), "--assets names a YAML file or a directory of them")
	}
	var all []Asset
	var errs []error
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("read declared assets: %w", err)
		}
		list, err := Parse(f, b)
		all = append(all, list...)
		if err != nil {
			errs = append(errs, err)
		}
	}
	return all, errors.Join(append(errs, twice(all)...)...)
}

func filesOf(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, err
	}
	entries, err := os.ReadDir(path)
	var out []string
	for _, e := range entries {
		if !e.IsDir() && IsFile(e.Name()) {
			out = append(out, filepath.Join(path, e.Name()))
		}
	}
	return out, err
}

// IsFile reports whether a file of a directory is read.
func IsFile(name string) bool {
	ext := filepath.Ext(name)
	return ext == ".yaml" || ext == ".yml"
}

// twice: a name belongs to one entry, as its own or as an alias.
func twice(all []Asset) (errs []error) {
	seen := map[catalog.Name]Asset{}
	for _, a := range all {
		for _, n := range append([]catalog.Name{a.Name}, a.Aliases...) {
			if o, ok := seen[n]; ok {
				errs = append(errs, &catalog.FileError{File: a.File, Line: a.Line, Code: codeTwice, What: fmt.Sprintf("%s is the entry of %s:%d too", n, o.File, o.Line), Hint: "let one entry have the name"})
			}
			seen[n] = a
		}
	}
	return errs
}

// entry is the YAML of one asset.
type entry struct {
	Type        string `yaml:"type"`
	Namespace   string `yaml:"namespace"`
	Name        string `yaml:"name"`
	Kind        string `yaml:"kind"`
	Description string `yaml:"description"`
	URL         string `yaml:"url"`
	Owners      []any  `yaml:"owners"`
	Tags        []any  `yaml:"tags"`
	Inputs      []any  `yaml:"inputs"`
	Outputs     []any  `yaml:"outputs"`
	Aliases     []any  `yaml:"aliases"`
}

// Parse reads one file.
func Parse(path string, b []byte) ([]Asset, error) {
	file, err := yamlfile.Parse(b)
	if err != nil {
		return nil, shapeError(path, 1, err)
	}
	var out []Asset
	var errs []error
	empty := true
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		empty = false
		nodes, err := entriesOf(path, doc.Body)
		if err != nil {
			errs = append(errs, err)
		}
		for _, n := range nodes {
			r := reader{path: path, line: lineOf(n)}
			if a, ok := r.asset(n); ok {
				out = append(out, a)
			}
			errs = append(errs, r.errs...)
		}
	}
	if empty {
		errs = append(errs, noList(path, 1))
	}
	return out, errors.Join(errs...)
}

// noList: a file without a list is an error and not an empty one. It may be
// half written, and what it declared would be taken back.
func noList(path string, line int) error {
	return &catalog.FileError{File: path, Line: line, Code: codeShape, What: "the file is no list of assets", Hint: "write assets: and one entry a line under it; assets: [] declares nothing"}
}

// entriesOf are the entries under the one key of a document.
func entriesOf(path string, body ast.Node) ([]ast.Node, error) {
	values := pairs(body)
	for _, v := range values {
		if keyOf(v) != "assets" {
			return nil, &catalog.FileError{File: path, Line: lineOf(v.Key), Code: codeShape, What: fmt.Sprintf("unknown field %q", keyOf(v)), Hint: hintKeys}
		}
		if list, ok := v.Value.(*ast.SequenceNode); ok {
			return list.Values, nil
		}
	}
	return nil, noList(path, lineOf(body))
}

func pairs(n ast.Node) []*ast.MappingValueNode {
	switch x := n.(type) {
	case *ast.MappingNode:
		return x.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{x}
	}
	return nil
}

func keyOf(v *ast.MappingValueNode) string { return strings.Trim(v.Key.String(), `"'`) }

// lineOf is where a node begins: for a mapping its first key.
func lineOf(n ast.Node) int {
	if v := pairs(n); len(v) > 0 {
		n = v[0].Key
	}
	if t := n.GetToken(); t != nil {
		return t.Position.Line
	}
	return 1
}

func shapeError(path string, line int, err error) *catalog.FileError {
	e := &catalog.FileError{File: path, Line: line, Code: codeShape, Hint: hintKeys}
	what, at, _ := yamlfile.Fault(err)
	if e.What = what; at > 0 {
		e.Line = at
	}
	return e
}

// reader turns an entry into an asset and gathers what is wrong with it.
type reader struct {
	path  string
	line  int
	lines map[string]int
	errs  []error
}

func (r *reader) fail(key, code, hint, format string, args ...any) {
	line := r.line
	if l, ok := r.lines[key]; ok {
		line = l
	}
	r.errs = append(r.errs, &catalog.FileError{File: r.path, Line: line, Code: code, What: fmt.Sprintf(format, args...), Hint: hint})
}

func (r *reader) asset(n ast.Node) (Asset, bool) {
	if r.lines = map[string]int{}; pairs(n) == nil {
		r.fail("", codeShape, hintKeys, "an entry is a map with at least namespace and name")
		return Asset{}, false
	}
	for _, v := range pairs(n) {
		r.lines[keyOf(v)] = lineOf(v.Key)
	}
	var e entry
	if err := yamlfile.ReadNode(n, &e); err != nil {
		r.errs = append(r.errs, shapeError(r.path, r.line, err))
		return Asset{}, false
	}
	a := r.read(e)
	r.check(a)
	return a, len(r.errs) == 0
}

func (r *reader) read(e entry) Asset {
	t := catalog.TypeDataset
	if e.Type != "" {
		var err error
		if t, err = catalog.ParseAssetType(e.Type); err != nil {
			r.fail("type", codeShape, "dataset or job; without a type it is a dataset", "unknown type %q", e.Type)
		}
	}
	a := Asset{Name: catalog.Name{Type: t, Namespace: e.Namespace, Name: e.Name}, Description: strings.TrimSpace(e.Description), File: r.path, Line: r.line}
	if e.Namespace == "" || e.Name == "" {
		r.fail("", codeName, "both are OpenLineage's: namespace: looker, name: dashboards/12", "an asset needs namespace and name")
	}
	if e.Kind != "" {
		var err error
		if a.Declaration.Kind, a.Declaration.SubKind, err = catalog.KindOf(e.Kind); err != nil {
			r.fail("kind", codeKind, "one of "+strings.Join(catalog.KindWords(), ", "), "unknown kind %q", e.Kind)
		}
	}
	a.Declaration.URL = e.URL
	a.Declaration.Inputs, a.Declaration.Outputs = r.names("inputs", e.Inputs, 0), r.names("outputs", e.Outputs, 0)
	a.Aliases = r.names("aliases", e.Aliases, t)
	for _, v := range e.Owners {
		a.Owners = append(a.Owners, r.owner(v))
	}
	for _, v := range e.Tags {
		a.Tags = append(a.Tags, r.tag(v))
	}
	return a
}

// names reads references, each once, in one order. Without a type of its own a
// reference is of type t, unless that is 0.
func (r *reader) names(key string, list []any, t catalog.AssetType) []catalog.Name {
	var out []catalog.Name
	for _, v := range list {
		n, ok := reference(v, t)
		if !ok {
			r.fail(key, codeReference, `write "dataset:NAMESPACE/NAME", "job:NAMESPACE/NAME" or { type, namespace, name }`, "unreadable reference %v", v)
			continue
		}
		out = append(out, n)
	}
	slices.SortFunc(out, catalog.Name.Compare)
	return slices.Compact(out)
}

func reference(v any, t catalog.AssetType) (n catalog.Name, ok bool) {
	switch x := v.(type) {
	case string:
		kind, rest, found := strings.Cut(x, ":")
		t, err := catalog.ParseAssetType(kind)
		if !found || err != nil {
			return n, false
		}
		n = catalog.SplitName(t, rest)[0]
	case map[string]any:
		n = catalog.Name{Type: t}
		for k, v := range x {
			s, isText := v.(string)
			var err error
			switch {
			case isText && k == "namespace":
				n.Namespace = s
			case isText && k == "name":
				n.Name = s
			case isText && k == "type":
				n.Type, err = catalog.ParseAssetType(s)
			default:
				return n, false
			}
			if err != nil {
				return n, false
			}
		}
	}
	return n, n.Type != 0 && n.Namespace != "" && n.Name != ""
}

func (r *reader) owner(v any) (o catalog.Owner) {
	switch x := v.(type) {
	case string:
		return catalog.Owner{Name: x}
	case map[string]any:
		if texts(x, map[string]*string{"name": &o.Name, "type": &o.Type}) {
			return o
		}
	}
	r.fail("owners", codeShape, "write team:analytics or { name, type }", "unreadable owner %v", v)
	return o
}

func (r *reader) tag(v any) (t catalog.Tag) {
	switch x := v.(type) {
	case string:
		t.Key, t.Value, _ = strings.Cut(x, "=")
		return t
	case map[string]any:
		if texts(x, map[string]*string{"key": &t.Key, "value": &t.Value}) {
			return t
		}
	}
	r.fail("tags", codeShape, "write pii, tier=gold or { key, value }", "unreadable tag %v", v)
	return t
}

// texts fills in the texts of a map that has no other keys.
func texts(m map[string]any, into map[string]*string) bool {
	for k, v := range m {
		s, isText := v.(string)
		if into[k] == nil || !isText {
			return false
		}
		*into[k] = s
	}
	return true
}

// keys are where in an entry a statement comes from.
var keys = map[catalog.OperatorVerb]string{
	catalog.OperatorOwn: "owners", catalog.OperatorTag: "tags", catalog.OperatorDescribe: "description", catalog.OperatorAlias: "aliases",
}

// check holds an entry to the rules of every statement.
func (r *reader) check(a Asset) {
	if len(r.errs) > 0 {
		return
	}
	for _, f := range a.Facts() {
		f.At = time.Unix(0, 1) // stamped when it is stated
		if err := f.Validate(); err != nil {
			r.fail(keys[f.Verb], codeValue, hintKeys, "%s", strings.TrimPrefix(err.Error(), catalog.ErrInvalid.Error()+": "))
		}
	}
}
