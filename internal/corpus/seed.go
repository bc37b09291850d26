package corpus

import "encoding/json"

// Bodies are all events of the corpus once, the seeds of fuzz targets; none
// without a corpus.
func Bodies() ([][]byte, error) {
	if Root() == "" {
		return nil, nil
	}
	folders, err := Read(Root())
	if err != nil {
		return nil, err
	}
	var out [][]byte
	seen := map[string]bool{}
	for _, f := range folders {
		for _, e := range f.Events {
			if !seen[string(e.Body)] {
				seen[string(e.Body)] = true
				out = append(out, e.Body)
			}
		}
	}
	return out, nil
}

// Samples are the first event of each folder and type: for targets that are
// slow on each.
func Samples() ([][]byte, error) {
	if Root() == "" {
		return nil, nil
	}
	folders, err := Read(Root())
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for _, f := range folders {
		seen := map[string]bool{}
		for _, e := range f.Events {
			var head struct{ EventType string }
			if json.Unmarshal(e.Body, &head) == nil && !seen[head.EventType] {
				seen[head.EventType] = true
				out = append(out, e.Body)
			}
		}
	}
	return out, nil
}

// Objects calls visit with each JSON object of all events, facets included.
func Objects(visit func(map[string]any)) error {
	bodies, err := Bodies()
	for _, b := range bodies {
		var v any
		if json.Unmarshal(b, &v) == nil {
			walk(v, visit)
		}
	}
	return err
}

func walk(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(v)
		for _, x := range v {
			walk(x, visit)
		}
	case []any:
		for _, x := range v {
			walk(x, visit)
		}
	}
}

// Text is a text of an object; "" without one.
func Text(object map[string]any, key string) string { return text(object[key]) }
