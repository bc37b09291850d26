package lint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/weirhq/weir/ingest/openlineage"
)

// Schemas are the published schemas, read from a copy of OpenLineage's spec
// folder.
type Schemas struct {
	events map[openlineage.Kind]*jsonschema.Schema
	// facets are the facet schemas by scope and key.
	facets map[scope]map[string]*jsonschema.Schema
}

type scope string

// The scopes of facets, as the names of the schema files end.
const (
	runScope     scope = "RunFacet"
	jobScope     scope = "JobFacet"
	datasetScope scope = "DatasetFacet"
	inputScope   scope = "InputDatasetFacet"
	outputScope  scope = "OutputDatasetFacet"
)

// coreFile is the schema of the events.
const coreFile = "OpenLineage.json"

// Load reads every schema below dir: OpenLineage.json and the facets, each
// known by its $id. A reference to another version of a file is answered with
// the one that is there.
func Load(dir fs.FS) (*Schemas, error) {
	docs, err := documents(dir)
	if err != nil {
		return nil, err
	}
	if docs[coreFile] == nil {
		return nil, fmt.Errorf("no %s with an $id of openlineage.io", coreFile)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(loader(docs))
	s := &Schemas{events: map[openlineage.Kind]*jsonschema.Schema{}, facets: map[scope]map[string]*jsonschema.Schema{}}
	for k, def := range map[openlineage.Kind]string{openlineage.KindRun: "RunEvent", openlineage.KindJob: "JobEvent", openlineage.KindDataset: "DatasetEvent"} {
		if s.events[k], err = c.Compile(docs[coreFile].id + "#/$defs/" + def); err != nil {
			return nil, fmt.Errorf("read %s: %w", coreFile, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(docs)) {
		if err := s.addFacet(c, name, docs[name]); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return s, nil
}

// document is one schema file.
type document struct {
	id   string
	keys []string // its top properties: facet keys
	doc  any
}

func documents(dir fs.FS) (map[string]*document, error) {
	docs := map[string]*document{}
	err := fs.WalkDir(dir, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(p) != ".json" {
			return err
		}
		body, err := fs.ReadFile(dir, p)
		if err != nil {
			return err
		}
		var head struct {
			ID         string `json:"$id"`
			Properties map[string]json.RawMessage
		}
		if json.Unmarshal(body, &head) != nil || !strings.HasPrefix(head.ID, "https://openlineage.io/") {
			return nil // not a schema: samples lie beside them
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
		docs[path.Base(head.ID)] = &document{head.ID, slices.Sorted(maps.Keys(head.Properties)), doc}
		return err
	})
	return docs, err
}

// loader answers references by the name of the file.
type loader map[string]*document

// Load gives a document, or says that the copy lacks it.
func (l loader) Load(url string) (any, error) {
	if d := l[path.Base(url)]; d != nil {
		return d.doc, nil
	}
	return nil, fmt.Errorf("%s is not in the folder of schemas", url)
}

func (s *Schemas) addFacet(c *jsonschema.Compiler, name string, d *document) error {
	to := scopeOf(strings.TrimSuffix(name, ".json"))
	if to == "" {
		return nil
	}
	compiled, err := c.Compile(d.id)
	if err != nil {
		return err
	}
	if s.facets[to] == nil {
		s.facets[to] = map[string]*jsonschema.Schema{}
	}
	for _, key := range d.keys {
		s.facets[to][key] = compiled
	}
	return nil
}

func scopeOf(name string) scope {
	for _, sc := range []scope{inputScope, outputScope, datasetScope, runScope, jobScope} {
		if strings.HasSuffix(name, string(sc)) && !strings.HasPrefix(name, "Base") {
			return sc
		}
	}
	return ""
}

// check compares an event, and each facet that has a published schema.
func (s *Schemas) check(r *report, ev openlineage.Event) {
	validate(r, CodeSchema, s.events[ev.Kind], ev.Raw, "")
	if ev.Run != nil {
		s.checkFacets(r, runScope, "/run/facets", ev.Run.Facets)
	}
	if ev.Job != nil {
		s.checkFacets(r, jobScope, "/job/facets", ev.Job.Facets)
	}
	if ev.Dataset != nil {
		s.checkDataset(r, "/dataset", *ev.Dataset)
	}
	for i, d := range ev.Inputs {
		s.checkDataset(r, "/inputs/"+strconv.Itoa(i), d)
	}
	for i, d := range ev.Outputs {
		s.checkDataset(r, "/outputs/"+strconv.Itoa(i), d)
	}
}

func (s *Schemas) checkDataset(r *report, where string, d openlineage.Dataset) {
	s.checkFacets(r, datasetScope, where+"/facets", d.Facets)
	s.checkFacets(r, inputScope, where+"/inputFacets", d.InputFacets)
	s.checkFacets(r, outputScope, where+"/outputFacets", d.OutputFacets)
}

func (s *Schemas) checkFacets(r *report, in scope, where string, facets openlineage.Facets) {
	for key, raw := range facets {
		if schema := s.facets[in][key]; schema != nil && !openlineage.Deleted(raw) {
			wrapped, _ := json.Marshal(map[string]json.RawMessage{key: raw}) // it was read from JSON
			validate(r, CodeSchemaFacet, schema, wrapped, where)
		}
	}
}

func validate(r *report, code string, schema *jsonschema.Schema, raw []byte, where string) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		r.add(code, where, "%s", err)
		return
	}
	var v *jsonschema.ValidationError
	if err := schema.Validate(doc); errors.As(err, &v) {
		leaves(r, code, where, v)
	}
}

// leaves adds the innermost differences; a choice of which nothing fits is one
// difference, and not each thing it is not.
func leaves(r *report, code, where string, v *jsonschema.ValidationError) {
	switch v.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
	default:
		if len(v.Causes) > 0 {
			for _, c := range v.Causes {
				leaves(r, code, where, c)
			}
			return
		}
	}
	at := where
	for _, part := range v.InstanceLocation {
		at += "/" + escape(part)
	}
	r.add(code, at, "%s", says(v.ErrorKind))
}

var english = message.NewPrinter(language.English)

// says words a difference; lists are sorted, since the validator's have no order.
func says(k jsonschema.ErrorKind) string {
	if a, ok := k.(*kind.AdditionalProperties); ok {
		slices.Sort(a.Properties)
	}
	return k.LocalizedString(english)
}
