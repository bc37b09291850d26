package propose

import (
	"errors"
	"fmt"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/internal/yamlfile"
)

// Model is what a dbt project says under meta.weir of one table.
type Model struct {
	From, Name string
	// Table is its OpenLineage name; Reads are those of the tables it is made
	// of, by the name that the project uses.
	Table string
	Said  map[string]any
	Reads map[string]string
}

// Hint makes a hint of a model. An input may be named as the project names it
// (orders, shop.orders); it is written out.
func (m Model) Hint(at Place) (Hint, error) {
	if at.Namespace == "" {
		return Hint{}, errors.New("say where its tables are with --namespace, such as postgres://wh:5432")
	}
	h := Hint{From: m.From, Name: "dbt-" + m.Name, Asset: catalog.Name{Type: catalog.TypeDataset, Namespace: at.Namespace, Name: m.Table}, Keys: map[string]any{}}
	for k, v := range m.Said {
		h.Keys[k] = v
	}
	inputs, ok := m.Said["inputs"].(map[string]any)
	if !ok {
		return h, nil
	}
	out := map[string]any{}
	for name, v := range inputs {
		if !strings.Contains(name, ":") {
			table, ok := m.Reads[name]
			if !ok {
				return h, fmt.Errorf("input %s is nothing that the model reads", name)
			}
			name = "dataset:" + at.Namespace + "/" + table
		}
		out[name] = v
	}
	h.Keys["inputs"] = out
	return h, nil
}

// Properties reads the meta.weir of a project's property file (schema.yml).
// Such a file does not say where tables are: place does.
func Properties(path string, b []byte, at Place) (list []Model, err error) {
	var file map[string]any
	if err := yamlfile.Read(b, &file); err != nil {
		return nil, fmt.Errorf("%w: read %s: %s", catalog.ErrInvalid, path, strings.SplitN(err.Error(), "\n", 2)[0])
	}
	for _, kind := range []string{"models", "seeds", "snapshots"} {
		entries, _ := file[kind].([]any)
		for _, x := range entries {
			entry, _ := x.(map[string]any)
			name, _ := entry["name"].(string)
			config, _ := entry["config"].(map[string]any)
			for _, meta := range []any{config["meta"], entry["meta"]} {
				m, _ := meta.(map[string]any)
				if said, ok := m["weir"].(map[string]any); ok && name != "" {
					list = append(list, Model{From: fmt.Sprintf("%s: meta.weir of %s", path, name), Name: name, Table: strings.Trim(at.Schema+"."+name, "."), Said: said})
					break
				}
			}
		}
	}
	return list, nil
}
