package model

import (
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weirhq/weir/catalog"
)

// assetWords are the interfaces that datasets and jobs have in common.
var assetWords = []string{"Asset", "Node"}

// PlainEdges renders a list of edges without making an object of each field; nil
// when something is asked for that has to be resolved, or an edge lacks what it
// must have.
func PlainEdges(oc *graphql.OperationContext, sel ast.SelectionSet, edges []*LineageEdge) graphql.Marshaler {
	p, ok := planned(oc, sel, "LineageEdge", nil, edgeField)
	if !ok {
		return nil
	}
	return listed(edges, func(dst []byte, e *LineageEdge) ([]byte, bool) { return p.object(dst, *e) })
}

func edgeField(f graphql.CollectedField) writer[LineageEdge] {
	switch f.Name {
	case "source":
		return assetID(func(e LineageEdge) catalog.AssetID { return e.E.Source })
	case "target":
		return assetID(func(e LineageEdge) catalog.AssetID { return e.E.Target })
	case "sourceField":
		return optional(func(e LineageEdge) string { return e.E.SourceField })
	case "targetField":
		return optional(func(e LineageEdge) string { return e.E.TargetField })
	case "type":
		return text(func(e LineageEdge) string { return string(e.E.Type) })
	case "origin":
		return text(func(e LineageEdge) string { return string(e.E.Origin) })
	case "validFrom":
		return moment(func(e LineageEdge) time.Time { return e.E.From })
	case "run":
		return optional(func(e LineageEdge) string { return e.E.Run })
	case "policy":
		return optional(func(e LineageEdge) string { return e.E.Policy })
	}
	return nil
}

// PlainNodes renders a list of nodes; of their assets it knows who they are:
// id, type and name.
func PlainNodes(oc *graphql.OperationContext, sel ast.SelectionSet, nodes []*LineageNode) graphql.Marshaler {
	i := 0 // of the node that is being written
	p, ok := planned(oc, sel, "LineageNode", nil, func(f graphql.CollectedField) writer[LineageNode] {
		if f.Name != "asset" {
			return nodeField(f)
		}
		write, ok := plainAsset(oc, f.Selections)
		if !ok {
			return nil
		}
		named := names(nodes)
		if named == nil {
			return nil
		}
		return func(dst []byte, _ LineageNode) ([]byte, bool) { return write(dst, named[i]) }
	})
	if !ok {
		return nil
	}
	return listed(nodes, func(dst []byte, n *LineageNode) ([]byte, bool) {
		dst, ok := p.object(dst, *n)
		i++
		return dst, ok
	})
}

// names asks who all nodes are, in one question; nil when they do not know whom
// to ask, or the answer is an error, which the resolver of the field meets again.
func names(nodes []*LineageNode) []catalog.NamedAsset {
	ids := make([]catalog.AssetID, len(nodes))
	for i, n := range nodes {
		if n == nil || n.Names == nil {
			return nil
		}
		ids[i] = n.N.Asset
	}
	if len(ids) == 0 {
		return nil
	}
	named, err := nodes[0].Names(ids)
	if err != nil {
		return nil
	}
	return named
}

func nodeField(f graphql.CollectedField) writer[LineageNode] {
	switch f.Name {
	case "id":
		return assetID(func(n LineageNode) catalog.AssetID { return n.N.Asset })
	case "field":
		return optional(func(n LineageNode) string { return n.N.Field })
	case "distance":
		return number(func(n LineageNode) int { return n.N.Distance })
	case "hiddenUpstream":
		return number(func(n LineageNode) int { return n.N.HiddenUpstream })
	case "hiddenDownstream":
		return number(func(n LineageNode) int { return n.N.HiddenDownstream })
	}
	return nil
}

// plainAsset renders who an asset is; one that nobody knows is null. false: more
// is asked for.
func plainAsset(oc *graphql.OperationContext, sel ast.SelectionSet) (writer[catalog.NamedAsset], bool) {
	field := func(f graphql.CollectedField) writer[catalog.NamedAsset] { return whoField(oc, f) }
	dataset, ok := planned(oc, sel, "Dataset", assetWords, field)
	job, good := planned(oc, sel, "Job", assetWords, field)
	return func(dst []byte, n catalog.NamedAsset) ([]byte, bool) {
		switch {
		case n.ID.IsZero():
			return append(dst, "null"...), true
		case n.Name.Type == catalog.TypeJob:
			return job.object(dst, n)
		}
		return dataset.object(dst, n)
	}, ok && good
}

func whoField(oc *graphql.OperationContext, f graphql.CollectedField) writer[catalog.NamedAsset] {
	switch f.Name {
	case "id":
		return assetID(func(n catalog.NamedAsset) catalog.AssetID { return n.ID })
	case "type":
		return text(func(n catalog.NamedAsset) string { return string(typeOf(n.Name.Type)) })
	case "name":
		if p, ok := planned(oc, f.Selections, "AssetName", nil, nameField); ok {
			return func(dst []byte, n catalog.NamedAsset) ([]byte, bool) { return p.object(dst, n.Name) }
		}
	}
	return nil
}

func nameField(f graphql.CollectedField) writer[catalog.Name] {
	switch f.Name {
	case "namespace":
		return text(func(n catalog.Name) string { return n.Namespace })
	case "name":
		return text(func(n catalog.Name) string { return n.Name })
	}
	return nil
}
