package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
)

// assetRef is a full name as the server takes it.
type assetRef struct {
	Type      string `json:"type"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// ref reads a name that may be new: a known one as it is known, else split at
// its likeliest place.
func (c *client) ref(ctx context.Context, text string) (assetRef, error) {
	kind, rest, ok := strings.Cut(text, ":")
	t, err := catalog.ParseAssetType(kind)
	if !ok || err != nil {
		x, err := c.find(ctx, text)
		return assetRef{x.Type, x.Name.Namespace, x.Name.Name}, err
	}
	x, err := c.findNamed(ctx, t, rest)
	if err == nil {
		return assetRef{x.Type, x.Name.Namespace, x.Name.Name}, nil
	}
	if exitCode(ctx, err) != exitNotFound {
		return assetRef{}, err
	}
	n := catalog.SplitName(t, rest)[0]
	if n.Name == "" {
		return assetRef{}, usageError("write dataset:NAMESPACE/NAME", "%q has no namespace", text)
	}
	return assetRef{strings.ToUpper(t.String()), n.Namespace, n.Name}, nil
}

func (c *client) refs(ctx context.Context, texts []string) ([]assetRef, error) {
	out := []assetRef{}
	for _, t := range texts {
		r, err := c.ref(ctx, t)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// part reads NAME or NAME#COLUMN into the input of a mutation.
func (c *client) part(cmd *cobra.Command, text string) (map[string]any, error) {
	name, column, ok := strings.Cut(text, "#")
	x, err := c.find(cmd.Context(), name)
	in := map[string]any{"asset": x.ID}
	if ok {
		in["field"] = column
	}
	return in, err
}

// plainName reads a new name of an asset.
func plainName(x asset, text string) (nameOf, error) {
	t, err := catalog.ParseAssetType(x.Type)
	if err != nil {
		return nameOf{}, err
	}
	n := catalog.SplitName(t, strings.TrimPrefix(text, t.String()+":"))[0]
	if n.Name == "" {
		return nameOf{}, usageError(fmt.Sprintf("write %s:NAMESPACE/NAME", t), "%q has no namespace", text)
	}
	return nameOf{n.Namespace, n.Name}, nil
}

// nameAmong finds which of an asset's names the text means.
func (c *client) nameAmong(ctx context.Context, x asset, text string) (nameOf, error) {
	var out struct{ Node struct{ Names []nameOf } }
	if err := c.graphql(ctx, `query($id: ID!) { node(id: $id) { ... on Asset { names { namespace name } } } }`, map[string]any{"id": x.ID}, &out); err != nil {
		return nameOf{}, err
	}
	kind := strings.ToLower(x.Type) + ":"
	var known []string
	for _, n := range out.Node.Names {
		whole := n.Namespace + "/" + n.Name
		if strings.TrimPrefix(text, kind) == whole || text == n.Name {
			return n, nil
		}
		known = append(known, kind+whole)
	}
	return nameOf{}, withCode(exitNotFound, catalog.WithHint(fmt.Errorf("%s does not go by %q", x, text), "it goes by:\n"+strings.Join(known, "\n")))
}
