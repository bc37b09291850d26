package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
)

func (a *app) searchCommand() *cobra.Command {
	var q searchQuery
	c := &cobra.Command{
		Use: "search WORD...", Aliases: []string{"assets"}, Short: "Find assets by words", Args: cobra.ArbitraryArgs,
		Long: `Lists the assets in which every word occurs: in a name, a column, a tag, an owner,
a description or a namespace, at the start or in the middle. Case, accents, and the
choice between hyphen and underscore make no difference, customerEmail also finds
customer_email, and nothing is an operator. The best come first: a whole name or its
last part before the beginning of a part of a name, that before the middle, names
before columns, tags and owners, those before the rest; an asset counts by its
weakest word. Without words all assets are listed by name.`,
		Example: `  weir search orders
  weir search customer_email --type dataset --tag pii
  weir search marts -o json | jq -r '.assets[].link'`,
		RunE: func(c *cobra.Command, args []string) error {
			q.words = strings.Join(args, " ")
			return a.search(c, q)
		},
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "table", "json")
	f := c.Flags()
	f.StringVar(&q.typ, "type", "", "only dataset or job")
	f.StringVar(&q.kind, "kind", "", "only datasets of this kind: "+strings.Join(catalog.KindWords(), ", "))
	f.StringVar(&q.namespace, "namespace", "", "only this namespace")
	f.StringVar(&q.tool, "tool", "", "only jobs of this tool, such as airflow")
	f.StringVar(&q.owner, "owner", "", "only what this owner has")
	f.StringVar(&q.tag, "tag", "", "only with this tag, of the asset or of a column")
	f.BoolVar(&q.failed, "failed", false, "only jobs whose last run failed")
	f.BoolVar(&q.removed, "removed", false, "also what its producer removed")
	f.IntVar(&q.first, "first", 50, "how many, at most 200")
	for flag, values := range map[string][]string{"type": {"dataset", "job"}, "kind": catalog.KindWords()} {
		_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	}
	return c
}

type searchQuery struct {
	words, typ, kind, namespace, tool, owner, tag string
	failed, removed                               bool
	first                                         int
}

// filter is the input of the query.
func (q searchQuery) filter() (map[string]any, error) {
	f := narrow(map[string]any{"includeRemoved": q.removed}, map[string]string{"namespace": q.namespace, "tool": q.tool, "owner": q.owner, "tag": q.tag})
	if q.failed {
		f["lastRunFailed"] = true
	}
	if q.typ != "" {
		t, err := catalog.ParseAssetType(q.typ)
		if err != nil {
			return nil, usageError("dataset or job", "unknown type %q", q.typ)
		}
		f["type"] = strings.ToUpper(t.String())
	}
	if q.kind != "" {
		k, _, err := catalog.KindOf(q.kind)
		if err != nil {
			return nil, usageError("one of "+strings.Join(catalog.KindWords(), ", "), "unknown kind %q", q.kind)
		}
		f["kind"] = k
	}
	return f, nil
}

// foundAsset is a hit as the server tells it.
type foundAsset struct {
	Node struct {
		asset
		Owners []struct{ Name string }
	}
	Matches []searchMatch
}

type searchMatch struct {
	Place string `json:"place"`
	Text  string `json:"text"`
}

const searchText = `query($q: String, $f: AssetFilter, $n: Int) { assets(search: $q, filter: $f, first: $n) {
 position pageInfo { hasNextPage } edges { matches { place text } node { id type name { namespace name } owners { name } ... on Dataset { kind } } } } }`

func (a *app) search(c *cobra.Command, q searchQuery) error {
	form, err := output(c, "table", "json")
	if err != nil {
		return err
	}
	filter, err := q.filter()
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	var out struct {
		Assets struct {
			Position string
			PageInfo struct{ HasNextPage bool }
			Edges    []foundAsset
		}
	}
	if err := newClient(cfg).graphql(c.Context(), searchText, map[string]any{"q": q.words, "f": filter, "n": q.first}, &out); err != nil {
		return err
	}
	found, more := out.Assets.Edges, out.Assets.PageInfo.HasNextPage
	if form == "json" {
		return printJSON(a.out, map[string]any{"assets": foundJSON(cfg.URL, found), "complete": !more, "position": out.Assets.Position, "link": pageLink(cfg.URL, q.path(filter))})
	}
	if err := printTable(a.out, []string{"ASSET", "KIND", "OWNER", "FOUND IN"}, foundRows(found)); err != nil {
		return err
	}
	if more {
		a.say("there are more: add a word or a filter, or raise --first")
	}
	a.sayPage(cfg.URL, q.path(filter))
	return nil
}

func foundRows(found []foundAsset) (rows [][]string) {
	for _, x := range found {
		var owners, in []string
		for _, o := range x.Node.Owners {
			owners = append(owners, o.Name)
		}
		for _, m := range x.Matches {
			if m.Place != "NAME" || m.Text != x.Node.Name.Name {
				in = append(in, strings.ToLower(m.Place)+" "+shorten(m.Text))
			}
		}
		kind := inWords(x.Node.Kind)
		rows = append(rows, []string{x.Node.String(), kind, oneLine(strings.Join(owners, ", ")), oneLine(strings.Join(in, ", "))})
	}
	return rows
}

// shorten keeps a text that was found to a part of a line.
func shorten(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}

func foundJSON(base string, found []foundAsset) []map[string]any {
	out := []map[string]any{}
	for _, x := range found {
		owners := []string{}
		for _, o := range x.Node.Owners {
			owners = append(owners, o.Name)
		}
		out = append(out, map[string]any{"id": x.Node.ID, "asset": x.Node.String(), "type": x.Node.Type, "name": x.Node.Name, "kind": x.Node.Kind, "owners": owners,
			"matches": append([]searchMatch{}, x.Matches...), "link": assetLink(base, x.Node.ID)})
	}
	return out
}
