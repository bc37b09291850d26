package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// environmentKey is the run facet of environment variables. They hold secrets,
// so that only those of which an operator says so become facts.
const environmentKey = "environmentVariables"

// environment has the names of the variables that are kept.
type environment map[string]bool

// ParseEnvironment reads a list of names of variables, with commas between.
func ParseEnvironment(list string) ([]string, error) {
	var out []string
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if strings.ContainsAny(name, "= \t\r\n*?") {
			return nil, catalog.WithHint(fmt.Errorf("%w: %q is not the name of a variable", catalog.ErrInvalid, name), "write whole names with commas between, such as GIT_SHA,AIRFLOW_CTX_DAG_ID")
		}
		if name != "" {
			out = append(out, name)
		}
	}
	return out, nil
}

func environmentOf(names []string) environment {
	keep := environment{}
	for _, n := range names {
		keep[n] = true
	}
	return keep
}

// filter gives a facet without the variables that are not kept; nil when
// nothing is left of it. Other facets hold copies (a parent's facets come with
// the parent facet). A facet that loses nothing stays as it came.
func (keep environment) filter(key string, raw json.RawMessage) json.RawMessage {
	spelt := bytes.Contains(raw, []byte(`"`+environmentKey+`"`)) || bytes.Contains(raw, []byte(`\u`)) // a key may be escaped
	if key != environmentKey && !spelt {
		return raw
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil
	}
	lost := keep.strip(v)
	if facet, ok := v.(map[string]any); key == environmentKey && (!ok || facet[environmentKey] == nil) {
		return nil
	}
	if !lost {
		return raw
	}
	out, _ := json.Marshal(v) // it was JSON
	return out
}

// strip removes variables that are not kept, however deep they lie, and says
// whether there were any.
func (keep environment) strip(v any) (lost bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if k != environmentKey {
				lost = keep.strip(inner) || lost
				continue
			}
			left, less := keep.variables(inner)
			if lost = less || lost; left == nil {
				delete(v, k)
			} else {
				v[k] = left
			}
		}
	case []any:
		for _, inner := range v {
			lost = keep.strip(inner) || lost
		}
	}
	return lost
}

// variables are those kept of a list, or of a facet that holds one, and
// whether that is less; nil for none, and for what is neither.
func (keep environment) variables(v any) (left any, less bool) {
	switch v := v.(type) {
	case map[string]any:
		list, less := keep.variables(v[environmentKey])
		if list == nil {
			return nil, true
		}
		v[environmentKey] = list
		return v, less
	case []any:
		list := slices.DeleteFunc(slices.Clone(v), func(item any) bool {
			variable, _ := item.(map[string]any)
			name, _ := variable["name"].(string)
			return !keep[name]
		})
		if len(list) > 0 {
			return list, len(list) < len(v)
		}
	}
	return nil, true
}
