package ingest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest/openlineage"
)

// Of an environment only the variables that an operator names become facts,
// wherever it lies; what has lost nothing stays as it came.
func TestEnvironment(t *testing.T) {
	const two = `{"_producer":"p", "environmentVariables":[{"name":"GIT_SHA","value":"abc"},{"name":"TOKEN","value":"s3cret"}]}`
	const parent = `{"run":{"runId":"r","facets":{"environmentVariables":` + two + `,"n":{"big":9007199254740993}}},"job":{"namespace":"n","name":"p"}}`
	keep := environmentOf([]string{"GIT_SHA"})
	for name, c := range map[string]struct {
		keep           environment
		key, raw, want string
	}{
		"none kept":         {nil, environmentKey, two, ``},
		"one kept":          {keep, environmentKey, two, `{"_producer":"p","environmentVariables":[{"name":"GIT_SHA","value":"abc"}]}`},
		"all kept":          {environmentOf([]string{"GIT_SHA", "TOKEN"}), environmentKey, two, two},
		"of another shape":  {keep, environmentKey, `{"environmentVariables":{"TOKEN":"s3cret"}}`, ``},
		"text":              {keep, environmentKey, `"s3cret"`, ``},
		"null":              {keep, environmentKey, `null`, ``},
		"nothing in it":     {keep, environmentKey, `{}`, ``},
		"a parent's":        {nil, "parent", parent, `{"job":{"name":"p","namespace":"n"},"run":{"facets":{"n":{"big":9007199254740993}},"runId":"r"}}`},
		"a parent's, kept":  {keep, "parent", parent, `{"job":{"name":"p","namespace":"n"},"run":{"facets":{"environmentVariables":{"_producer":"p","environmentVariables":[{"name":"GIT_SHA","value":"abc"}]},"n":{"big":9007199254740993}},"runId":"r"}}`},
		"escaped":           {nil, "odd", `{"x":{"environment\u0056ariables":[{"name":"TOKEN","value":"s3cret"}]}}`, `{"x":{}}`},
		"escaped text":      {nil, "odd", `{"x":"\u00e4",  "a":1}`, `{"x":"\u00e4",  "a":1}`},
		"in a list":         {nil, "odd", `{"x":[{"environmentVariables":[{"name":"TOKEN","value":"s3cret"}]}]}`, `{"x":[{}]}`},
		"the word alone":    {nil, "documentation", `{"description":"see environmentVariables",  "a":1}`, `{"description":"see environmentVariables",  "a":1}`},
		"the word as value": {nil, "documentation", `{"description":"environmentVariables",  "a":1}`, `{"description":"environmentVariables",  "a":1}`},
	} {
		if got := string(c.keep.filter(c.key, json.RawMessage(c.raw))); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// No place of an event brings a value past the list.
func TestEnvironmentEverywhere(t *testing.T) {
	const facets = `{"environmentVariables":{"environmentVariables":[{"name":"TOKEN","value":"s3cret"},{"name":"GIT_SHA","value":"abc"}]}}`
	e, err := openlineage.Decode([]byte(`{"eventTime":"2026-03-01T10:00:00Z","eventType":"COMPLETE","producer":"p","schemaURL":"s","run":{"runId":"r","facets":` + facets + `},
		"job":{"namespace":"n","name":"j","facets":` + facets + `},"inputs":[{"namespace":"n","name":"a","facets":` + facets + `,"inputFacets":` + facets + `}],
		"outputs":[{"namespace":"n","name":"b","facets":` + facets + `,"outputFacets":` + facets + `}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for kept, how := range map[int]reading{0: {}, 6: {keep: environmentOf([]string{"GIT_SHA"})}} {
		f, _ := interpret(e, how)
		body, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), "s3cret") || strings.Count(string(body), `"value":"abc"`) != kept {
			t.Errorf("kept %v: %s", how.keep, body)
		}
	}
}

func TestParseEnvironment(t *testing.T) {
	if got, err := ParseEnvironment(" GIT_SHA, ,AIRFLOW_CTX_DAG_ID,"); err != nil || strings.Join(got, " ") != "GIT_SHA AIRFLOW_CTX_DAG_ID" {
		t.Errorf("%q, %v", got, err)
	}
	for _, odd := range []string{"A=b", "A B", "AWS_*"} {
		if _, err := ParseEnvironment(odd); err == nil || catalog.HintOf(err) == "" {
			t.Errorf("%q: %v", odd, err)
		}
	}
}
