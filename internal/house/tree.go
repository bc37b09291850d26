package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// module is the path in go.mod.
const module = "github.com/weirhq/weir"

// A pkg is one folder of Go files.
type pkg struct {
	dir     string              // below the root, slashes; "." is the root
	doc     string              // the package doc, tests aside
	imports map[string][]string // import path -> the files that say it, tests aside
	goFiles int                 // files that are no tests
}

// root finds the module's root above the working directory.
func root() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, statErr := os.Stat(filepath.Join(dir, "go.mod")); statErr == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fs.ErrNotExist
		}
		dir = up
	}
	return "", err
}

// skipDir says which folders hold nothing of ours.
func skipDir(name string) bool {
	return slices.Contains([]string{".git", ".cache", "node_modules", "bin", "out", "weir-data"}, name)
}

// walk calls visit for each file of ours, with its path below the root.
func walk(root string, visit func(path string) error) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && skipDir(d.Name()) && path != root:
			return filepath.SkipDir
		case d.IsDir() || !d.Type().IsRegular() || d.Name() == ".git": // a file in a second working tree
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return visit(filepath.ToSlash(rel))
	})
}

// packages reads every package of the module: docs and imports, without types.
func packages(root string) (map[string]*pkg, error) {
	out := map[string]*pkg{}
	fset := token.NewFileSet()
	err := walk(root, func(path string) error {
		if !strings.HasSuffix(path, ".go") || strings.Contains(path, "testdata/") {
			return nil
		}
		file, err := parser.ParseFile(fset, filepath.Join(root, path), nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		if out[dir] == nil {
			out[dir] = &pkg{dir: dir, imports: map[string][]string{}}
		}
		if !strings.HasSuffix(path, "_test.go") {
			out[dir].add(path, file)
		}
		return nil
	})
	return out, err
}

func (p *pkg) add(path string, file *ast.File) {
	p.goFiles++
	if file.Doc != nil {
		p.doc += file.Doc.Text()
	}
	for _, spec := range file.Imports {
		if name, err := strconv.Unquote(spec.Path.Value); err == nil {
			p.imports[name] = append(p.imports[name], path)
		}
	}
}
