package policies_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/weirhq/weir/policies"
)

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(policies.JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(policies.SchemaID, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(policies.SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON reads a YAML document as a JSON value.
func asJSON(t *testing.T, text string) any {
	t.Helper()
	b, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func documents(text string) (out []string) {
	for d := range strings.SplitSeq("\n"+text, "\n---") {
		if strings.Contains("\n"+d, "\nkind:") {
			out = append(out, d)
		}
	}
	return out
}

// The published file is what the code gives; -update writes it.
func TestSchemaIsPublished(t *testing.T) {
	const path = "../docs/policy.schema.json"
	if *updateDocs {
		if err := os.WriteFile(path, policies.JSONSchema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, policies.JSONSchema()) {
		t.Errorf("%s differs; run with -update (%v)", path, err)
	}
}

// byShape are the codes of what a schema can see in one document.
var byShape = []string{"E101", "E105", "E106", "E107", "E108", "E109"}

// The schema and the checker agree on every file of the codes: what is wrong in
// the shape of a document is refused, what is wrong elsewhere is not.
func TestSchemaAgreesWithTheChecker(t *testing.T) {
	s := compiled(t)
	files, err := filepath.Glob("testdata/codes/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			code := expectation.FindStringSubmatch(string(b))[1]
			var refused error
			for _, d := range documents(string(b)) {
				if err := s.Validate(asJSON(t, d)); err != nil {
					refused = err
				}
			}
			if code == "E121" {
				return // a malformed duration is seen, one of 0s is not
			}
			if want := slices.Contains(byShape, code); want != (refused != nil) {
				t.Errorf("%s: refused by the schema: %v", code, refused)
			}
		})
	}
}

var fenced = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// Every policy that the documentation shows is right, by the schema and by the
// checker.
func TestPoliciesOfTheDocumentation(t *testing.T) {
	s := compiled(t)
	files, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, path := range append(files, "../README.md") {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range fenced.FindAllStringSubmatch(string(b), -1) {
			for _, d := range documents(m[1]) {
				shown++
				if err := s.Validate(asJSON(t, d)); err != nil {
					t.Errorf("%s: %v", path, err)
				}
				if _, err := policies.Parse(path, []byte(d)); err != nil {
					t.Errorf("%s: %v", path, err)
				}
			}
		}
	}
	if shown == 0 {
		t.Error("the documentation shows no policy")
	}
}

// What the page of the vocabulary shows is right by the schema, too.
func TestVocabularyFitsTheSchema(t *testing.T) {
	s := compiled(t)
	b, err := os.ReadFile("../docs/vocabulary.md")
	if err != nil {
		t.Fatal(err)
	}
	fits := func(key, example string) {
		if err := s.Validate(asJSON(t, head+key+example+"\n")); err != nil {
			t.Errorf("%s: %v", example, err)
		}
	}
	for _, e := range examples(t, string(b), "## Wants") {
		fits("want: ", e)
	}
	for _, e := range examples(t, string(b), "## Conditions") {
		fits("ready: { any: [ "+e, " ] }")
	}
}

// Every key says what it is, and none takes anything at all but parameters.
func TestSchemaSaysWhatKeysAre(t *testing.T) {
	var root map[string]any
	if err := json.Unmarshal(policies.JSONSchema(), &root); err != nil {
		t.Fatal(err)
	}
	var walk func(path string, s map[string]any)
	walk = func(path string, s map[string]any) {
		keys, _ := s["properties"].(map[string]any)
		for k, v := range keys {
			of := v.(map[string]any)
			if of["description"] == nil && !strings.HasSuffix(path, "select") {
				t.Errorf("%s.%s has no description: add it to shapes", path, k)
			}
			walk(path+"."+k, of)
		}
		for _, more := range []string{"items", "additionalProperties"} {
			if of, ok := s[more].(map[string]any); ok {
				walk(path+".*", of)
			}
		}
		fixed := false
		for _, k := range []string{"type", "enum", "const", "oneOf", "anyOf", "$ref"} {
			fixed = fixed || s[k] != nil
		}
		if !fixed {
			t.Errorf("%s takes anything: add its shape to shapes", path)
		}
	}
	for kind, s := range root["$defs"].(map[string]any) {
		if kind != "duration" && kind != "asset" && kind != "condition" {
			walk(kind, s.(map[string]any))
		}
	}
}
