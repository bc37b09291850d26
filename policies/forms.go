package policies

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/goccy/go-yaml/ast"
)

// form says of a value whether it has the form that its key takes, and what that
// is. The decoder would name types of Go, stop at the first, and say nothing of
// the rest of the document.
func form(n ast.Node, t reflect.Type) (fits bool, takes string) {
	n = bare(n)
	switch n.(type) {
	case nil, *ast.NullNode, *ast.AliasNode:
		return true, "" // left out, or what stands elsewhere
	}
	_, isList := n.(*ast.SequenceNode)
	isMap := n.Type() == ast.MappingType || n.Type() == ast.MappingValueType
	switch t.Kind() {
	case reflect.Pointer:
		return form(n, t.Elem())
	case reflect.Bool:
		return n.Type() == ast.BoolType, "true or false, without quotes"
	case reflect.Int:
		return n.Type() == ast.IntegerType, "a whole number"
	case reflect.String:
		return !isList && !isMap, "one word"
	case reflect.Slice:
		return isList, "a list: [ ... ]"
	case reflect.Struct:
		return isMap, "a map with the keys " + strings.Join(slices.Sorted(maps.Keys(keysOf(t))), ", ")
	case reflect.Map:
		return isMap, "a map: { KEY: ... }"
	}
	return true, "" // what the checker reads by hand
}

// written is a value as a message shows it.
func written(n ast.Node) string {
	switch x := bare(n).(type) {
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a map"
	case *ast.StringNode:
		return fmt.Sprintf("%q", x.Value)
	}
	return strings.TrimSpace(n.String())
}

// nearest is the key that somebody may have meant; "" when none is near.
func nearest(word string, keys []string) string {
	best, at := "", 3
	for _, k := range keys {
		if d := levenshtein.ComputeDistance(word, k); d < at && d < len(k) {
			best, at = k, d
		}
	}
	return best
}
