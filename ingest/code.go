package ingest

import (
	"encoding/json"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest/openlineage"
)

// What the code of a job means, by each facet that carries it. The text itself
// is kept as the facet alone.

func sqlCode(in *interpreter, f openlineage.Facets, key, where string) any {
	v, _ := facet[openlineage.SQL](in, f, key, where)
	return codeValue(catalog.CodeOfSQL(string(v.Query), string(v.Dialect)))
}

func sourceText(in *interpreter, f openlineage.Facets, key, where string) any {
	v, _ := facet[openlineage.SourceCode](in, f, key, where)
	return codeValue(catalog.CodeOfSource(string(v.Source), string(v.Language)))
}

func nodeCode(in *interpreter, f openlineage.Facets, key, where string) any {
	v, _ := facet[openlineage.DBTNode](in, f, key, where)
	return codeValue(catalog.CodeOfNode(string(v.Checksum)))
}

func codeValue(hash string) any {
	if hash == "" {
		return nil
	}
	return catalog.CodeValue{Hash: hash}
}

// codeHash is what the code of the event's job means, by the facet that says it
// best; "" when none does.
func (in *interpreter) codeHash() (hash string) {
	for _, p := range in.facts.Job.Properties {
		var v catalog.CodeValue
		switch p.Key {
		case catalog.PropSQL, catalog.PropSource, catalog.PropDBTNode:
			if p.Value != nil && json.Unmarshal(p.Value, &v) == nil {
				hash = catalog.BetterCode(hash, v.Hash)
			}
		}
	}
	return hash
}
