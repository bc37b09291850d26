package main

import (
	"context"
	"strings"
)

// pictureForms are what the server paints; see graph/scene.
var pictureForms = map[string]string{"dot": "DOT", "mermaid": "MERMAID", "svg": "SVG"}

// picture is a scene of the server as a text, and what is not on it.
type picture struct {
	Picture   string  `json:"picture"`
	Complete  bool    `json:"complete"`
	Cut       *string `json:"cut"`
	Drawables []struct {
		HiddenUpstream   int `json:"hiddenUpstream"`
		HiddenDownstream int `json:"hiddenDownstream"`
		HiddenColumns    int `json:"hiddenColumns"`
	} `json:"drawables"`
}

// maxDrawn is how much the server draws at most.
const maxDrawn = 500

// picture asks for a picture of what tree and table list: the same page draws.
func (c *client) picture(ctx context.Context, name string, q lineageAsk, form string) (picture, error) {
	x, err := c.find(ctx, name)
	if err != nil {
		return picture{}, err
	}
	vars := map[string]any{"focus": []string{x.ID}, "up": q.up, "down": q.down, "limit": min(q.maxNodes, maxDrawn), "form": pictureForms[form], "band": "ASSET"}
	if q.columns {
		vars["band"] = "COLUMN"
	}
	if q.asOf != "" {
		vars["asOf"] = q.asOf
	}
	filter, err := q.filter.input()
	if err != nil {
		return picture{}, err
	}
	if len(filter) > 0 {
		vars["filter"] = filter
	}
	var out struct{ LineageScene picture }
	err = c.graphql(ctx, `query($focus: [ID!]!, $band: Band, $up: Int, $down: Int, $limit: Int, $asOf: Time, $filter: LineageFilter, $form: PictureForm!) {
 lineageScene(focus: $focus, band: $band, up: $up, down: $down, limit: $limit, asOf: $asOf, filter: $filter) {
  picture(form: $form) complete cut drawables { hiddenUpstream hiddenDownstream hiddenColumns } } }`, vars, &out)
	return out.LineageScene, err
}

// sayHidden: a part is never passed off as the whole.
func (a *app) sayHidden(p picture) {
	up, down, columns := 0, 0, 0
	for _, d := range p.Drawables {
		up, down, columns = up+d.HiddenUpstream, down+d.HiddenDownstream, columns+d.HiddenColumns
	}
	if up+down+columns > 0 {
		a.say("not drawn: %d neighbours upstream, %d downstream, %d columns", up, down, columns)
	}
	switch {
	case p.Complete || p.Cut == nil:
	case *p.Cut == noColumnLineage:
		a.say("the picture may lack columns: a job beside it states no column lineage; without --columns it is drawn")
	default:
		a.say("the picture is cut (%s): it holds at most %d; ask for fewer hops or filter", strings.ToLower(*p.Cut), maxDrawn)
	}
}
