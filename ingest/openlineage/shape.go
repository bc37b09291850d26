package openlineage

import (
	"errors"
	"reflect"

	jsonx "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// reason says in our own words why a value does not fit its type: the
// library words the same error differently in each process, on purpose, and
// what an event means must not depend on the process that reads it.
func reason(err error) string {
	var odd *jsonx.SemanticError
	if !errors.As(err, &odd) {
		return clip(err.Error(), 200)
	}
	at := ""
	if odd.JSONPointer != "" {
		at = clip(string(odd.JSONPointer), 100) + ": "
	}
	if odd.Err != nil {
		return at + clip(odd.Err.Error(), 100)
	}
	return at + "have " + jsonKind(odd.JSONKind) + ", want " + goKind(odd.GoType)
}

func jsonKind(k jsontext.Kind) string {
	switch k {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "text"
	case '0':
		return "a number"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "another value"
}

func goKind(t reflect.Type) string {
	if t == nil {
		return "another type"
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map, reflect.Pointer:
		return "an object"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Bool:
		return "a boolean"
	case reflect.String:
		return "text"
	}
	return "a number"
}
