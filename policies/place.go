package policies

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"
)

// place says where something stands in a document: keys from the outside in,
// and numbers for the elements of a list. The empty place is the document.
type place []string

// at is a place, such as at("want", "by", "cron").
func at(keys ...string) place { return keys }

// then is a place inside another.
func (p place) then(keys ...string) place { return slices.Concat(p, keys) }

// element is the place of a list's element.
func (p place) element(i int) place { return p.then(strconv.Itoa(i)) }

func (p place) last() string {
	if len(p) == 0 {
		return ""
	}
	return p[len(p)-1]
}

// in finds the line and column of a place in a document: of the word where one
// stands there, else of its key. What was left out is where it would stand.
func (p place) in(body ast.Node) (line, column int) {
	key, value := body, body
	for _, step := range p {
		k, v := child(value, step)
		if k == nil {
			break
		}
		key, value = k, v
	}
	if _, word := value.(ast.ScalarNode); word && value.Type() != ast.NullType {
		return position(value)
	}
	return position(key)
}

// child is what a key of a map, or a number of a list, leads to.
func child(n ast.Node, step string) (key, value ast.Node) {
	if list, ok := bare(n).(*ast.SequenceNode); ok {
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(list.Values) {
			return list.Values[i], list.Values[i]
		}
		return nil, nil
	}
	for _, v := range pairs(n) {
		if keyText(v) == step {
			return v.Key, v.Value
		}
	}
	return nil, nil
}

// pairs are the keys and values of a map.
func pairs(n ast.Node) []*ast.MappingValueNode {
	switch x := bare(n).(type) {
	case *ast.MappingNode:
		return x.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{x}
	}
	return nil
}

// bare is a node without its anchor or tag.
func bare(n ast.Node) ast.Node {
	switch x := n.(type) {
	case *ast.AnchorNode:
		return bare(x.Value)
	case *ast.TagNode:
		return bare(x.Value)
	}
	return n
}

// keyText is a key without its quotes.
func keyText(v *ast.MappingValueNode) string {
	if s, ok := v.Key.(*ast.StringNode); ok {
		return s.Value
	}
	return v.Key.String()
}

// position is where a node begins: a map at its first key.
func position(n ast.Node) (line, column int) {
	if list := pairs(n); len(list) > 0 {
		n = list[0].Key
	}
	if t := n.GetToken(); t != nil {
		return t.Position.Line, t.Position.Column
	}
	return 1, 1
}

// unknownKeys fails for each key that the type of a document does not have, and
// for each value of another form than its key takes. The decoder would stop at any
// one of them.
func (c *checker) unknownKeys(document any) {
	c.unknownIn(c.body, reflect.TypeOf(document))
}

func (c *checker) unknownIn(n ast.Node, t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer:
		c.unknownIn(n, t.Elem())
	case reflect.Map:
		for _, v := range pairs(n) {
			c.formed(v.Value, t.Elem(), keyText(v))
			c.unknownIn(v.Value, t.Elem())
		}
	case reflect.Slice:
		if list, ok := bare(n).(*ast.SequenceNode); ok {
			for _, v := range list.Values {
				c.formed(v, t.Elem(), "an element")
				c.unknownIn(v, t.Elem())
			}
		}
	case reflect.Struct:
		c.unknownFields(n, keysOf(t))
	default: // a word, or what the checker reads by hand
	}
}

func (c *checker) unknownFields(n ast.Node, fields map[string]reflect.Type) {
	for _, v := range pairs(n) {
		key := keyText(v)
		if v.Key.IsMergeKey() {
			continue // what it merges stands elsewhere; the decoder takes what it knows
		}
		t, ok := fields[key]
		if !ok {
			c.unknownKey(v.Key, key, fields)
			continue
		}
		c.formed(v.Value, t, key)
		c.unknownIn(v.Value, t)
	}
}

func (c *checker) unknownKey(at ast.Node, key string, fields map[string]reflect.Type) {
	line, column := position(at)
	e := &FileError{File: c.path, Line: line, Column: column, Code: "E101", What: fmt.Sprintf("unknown field %q", key), Hint: hintKeys}
	if meant := nearest(key, slices.Sorted(maps.Keys(fields))); meant != "" {
		e.Hint = "did you mean " + meant + "? " + hintKeys
	}
	c.errs = append(c.errs, e)
}

// formed fails when a value has not the form that its key takes.
func (c *checker) formed(n ast.Node, t reflect.Type, key string) {
	fits, takes := form(n, t)
	if fits {
		return
	}
	line, column := position(n)
	c.errs = append(c.errs, &FileError{File: c.path, Line: line, Column: column, Code: "E101", What: fmt.Sprintf("%s is %s", key, written(n)), Hint: "write " + takes})
}

// keysOf are the keys of a document's type.
func keysOf(t reflect.Type) map[string]reflect.Type {
	keys := map[string]reflect.Type{}
	for f := range t.Fields() {
		keys[f.Tag.Get("yaml")] = f.Type
	}
	return keys
}
