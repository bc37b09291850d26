package policies

import (
	"encoding/json"
	"maps"
	"reflect"
)

// SchemaID names the schema; it changes when a document that was right becomes
// wrong.
const SchemaID = "urn:weir:policy:v1"

// documentKinds are the kinds of documents with their types.
var documentKinds = []struct {
	kind string
	of   any
}{{"Policy", document{}}, {"Pool", poolDoc{}}, {"Calendar", calendarDoc{}}}

// JSONSchema is the JSON Schema (2020-12) of one document of a policy file, for
// editors and other tools. Its keys are those of the document types; shapes
// says what a key may hold. What is wrong between keys or documents, and with
// durations that are not positive, only the checker finds.
func JSONSchema() []byte {
	defs := map[string]any{"duration": durationShape, "asset": assetShape, "condition": conditionShape(), "selection": selectionShape, "span": spanShape}
	var kinds, then []any
	for _, k := range documentKinds {
		kinds = append(kinds, k.kind)
		defs[k.kind] = schemaOf(reflect.TypeOf(k.of), k.kind)
		then = append(then, object{"if": object{"properties": object{"kind": object{"const": k.kind}}}, "then": object{"$ref": "#/$defs/" + k.kind}})
	}
	b, err := json.MarshalIndent(object{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SchemaID,
		"title": "weir policies", "description": "One document of a policy file.",
		"type": "object", "required": []string{"kind", "name"},
		"properties": object{"kind": object{"enum": kinds}},
		"allOf":      then, "$defs": defs,
	}, "", "  ")
	if err != nil {
		panic("policies: " + err.Error()) // plain values
	}
	return append(b, '\n')
}

type object = map[string]any

// schemaOf is the schema of a type at a path of keys.
func schemaOf(t reflect.Type, path string) object {
	out := object{}
	switch t.Kind() {
	case reflect.Pointer:
		out = schemaOf(t.Elem(), path)
		if out["type"] == "object" {
			out["type"] = []string{"object", "null"} // a key without a value
		}
	case reflect.Struct:
		properties := object{}
		for key, of := range keysOf(t) {
			properties[key] = schemaOf(of, path+"."+key)
		}
		out = object{"type": "object", "properties": properties, "additionalProperties": false}
	case reflect.Map:
		out = object{"type": "object"}
		if t.Elem().Kind() != reflect.Interface {
			out["additionalProperties"] = schemaOf(t.Elem(), path+".*")
		}
	case reflect.Slice:
		out = object{"type": "array", "items": schemaOf(t.Elem(), path+".*")}
	case reflect.String:
		out = object{"type": "string"}
	case reflect.Bool:
		out = object{"type": "boolean"}
	case reflect.Int:
		out = object{"type": "integer"}
	}
	maps.Copy(out, shapes[path])
	maps.Copy(out, admitShapes[path])
	return out
}
