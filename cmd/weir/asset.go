package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
)

// assetCommand is what people state of assets, each statement a command.
func (a *app) assetCommand() *cobra.Command {
	c := group("asset", "State what assets are, and take it back",
		a.declareAsset(), a.undeclareAsset(), a.describeAsset(), a.ownAsset("own", "Add an owner", "addOwner"), a.ownAsset("disown", "Take an owner away", "removeOwner"),
		a.tagAsset("tag", "Set a tag", "addTag"), a.tagAsset("untag", "Take a tag away", "removeTag"), a.mergeAssets(), a.splitAsset(),
		a.aliasAsset(), a.unaliasAsset(), a.assetHistory(), a.undoStatement())
	c.Long = `Statements of people outrank what producers say. Each is kept with who made it and
when, also by a rebuild, and can be taken back. Every command prints its statement;
said again, it prints the one that stands.`
	return c
}

// stating makes a command that states something: it asks the server, prints the
// statement and returns once readers see it.
func (a *app) stating(use, short, example string, args cobra.PositionalArgs, ask func(*cobra.Command, *client, []string) (string, map[string]any, error)) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: args, Example: example, RunE: func(c *cobra.Command, args []string) error {
		form, err := output(c, "text", "json")
		if err != nil {
			return err
		}
		w, err := a.speaker(c)
		if err != nil {
			return err
		}
		mutation, input, err := ask(c, w, args)
		if err != nil {
			return err
		}
		if dry, err := c.Flags().GetBool("dry-run"); err == nil && dry {
			return a.foresee(c.Context(), w, form, mutation, input)
		}
		return a.state(c, w, form, mutation, input)
	}}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "text", "json")
	c.Flags().String("actor", a.getenv("USER"), "who says so (USER)")
	return c
}

type statement struct {
	ID       string    `json:"id"`
	Verb     string    `json:"verb"`
	Says     string    `json:"says"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Undone   bool      `json:"undone"`
	Position string    `json:"position"`
}

const statementFields = `id verb says by at undone position`

func (a *app) state(c *cobra.Command, w *client, form, mutation string, input map[string]any) error {
	typ := map[string]string{"addOwner": "Owner", "removeOwner": "Owner", "addTag": "Tag", "removeTag": "Tag"}[mutation]
	if typ == "" {
		typ = strings.ToUpper(mutation[:1]) + mutation[1:]
	}
	var out struct{ M struct{ Statement statement } }
	query := fmt.Sprintf(`mutation($in: %sInput!) { m: %s(input: $in) { statement { %s } } }`, typ, mutation, statementFields)
	if err := w.graphql(c.Context(), query, map[string]any{"in": input}, &out); err != nil {
		return err
	}
	s := out.M.Statement
	if err := a.printStatement(form, s); err != nil {
		return err
	}
	pos, err := catalog.ParsePosition(s.Position)
	if err != nil {
		return err
	}
	if err := w.settle(c.Context(), pos); err != nil {
		a.say("stated, and not visible to readers yet: %v", err)
	}
	return nil
}

func (a *app) printStatement(form string, s statement) error {
	if form == "json" {
		return printJSON(a.out, map[string]any{"statement": s})
	}
	_, err := fmt.Fprintf(a.out, "%s  %s\n", s.ID, s.Says)
	return err
}

func (a *app) declareAsset() *cobra.Command {
	var kind, url string
	var inputs, outputs []string
	c := a.stating("declare NAME", "Say that an asset exists that no tool reports",
		"  weir asset declare dataset:looker/dashboards/12 --kind dashboard --link https://bi.example/12 --from dataset:postgres://wh:5432/shop.marts.orders",
		cobra.ExactArgs(1), func(c *cobra.Command, w *client, args []string) (string, map[string]any, error) {
			in := map[string]any{"url": url}
			if kind != "" {
				k, sub, err := catalog.KindOf(kind)
				if err != nil {
					return "", nil, usageError("one of "+strings.Join(catalog.KindWords(), ", "), "unknown kind %q", kind)
				}
				in["kind"], in["subKind"] = k, sub
			}
			var err error
			if in["asset"], err = w.ref(c.Context(), args[0]); err != nil {
				return "", nil, err
			}
			if in["inputs"], err = w.refs(c.Context(), inputs); err != nil {
				return "", nil, err
			}
			in["outputs"], err = w.refs(c.Context(), outputs)
			return "declareAsset", in, err
		})
	f := c.Flags()
	f.StringVar(&kind, "kind", "", strings.Join(catalog.KindWords(), ", "))
	f.StringVar(&url, "link", "", "where people open it")
	f.StringArrayVar(&inputs, "from", nil, "a dataset it is made of, or a job that writes it; may be given several times")
	f.StringArrayVar(&outputs, "writes", nil, "a dataset that the job writes; may be given several times")
	_ = c.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(catalog.KindWords(), cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	return c
}

func (a *app) undeclareAsset() *cobra.Command {
	return a.stating("undeclare NAME", "Say that a declared asset exists no longer", "  weir asset undeclare dataset:looker/dashboards/12",
		cobra.ExactArgs(1), func(c *cobra.Command, w *client, args []string) (string, map[string]any, error) {
			x, err := w.find(c.Context(), args[0])
			return "undeclareAsset", map[string]any{"asset": x.ID}, err
		})
}

func (a *app) describeAsset() *cobra.Command {
	return a.stating("describe NAME[#COLUMN] TEXT", "Say what an asset or a column is; an empty text gives the producers' back",
		"  weir asset describe shop.marts.orders 'One row an order, from all shops.'\n  weir asset describe shop.marts.orders#paid 'In cents.'",
		cobra.ExactArgs(2), func(c *cobra.Command, w *client, args []string) (string, map[string]any, error) {
			in, err := w.part(c, args[0])
			in["text"] = args[1]
			return "describe", in, err
		})
}

func (a *app) ownAsset(verb, short, mutation string) *cobra.Command {
	var typ string
	c := a.stating(verb+" NAME OWNER", short, "  weir asset "+verb+" shop.marts.orders team:analytics --type STEWARD",
		cobra.ExactArgs(2), func(c *cobra.Command, w *client, args []string) (string, map[string]any, error) {
			x, err := w.find(c.Context(), args[0])
			return mutation, map[string]any{"asset": x.ID, "name": args[1], "type": typ}, err
		})
	c.Flags().StringVar(&typ, "type", "", "kind of ownership")
	return c
}

func (a *app) tagAsset(verb, short, mutation string) *cobra.Command {
	return a.stating(verb+" NAME[#COLUMN] KEY[=VALUE]", short, "  weir asset "+verb+" shop.marts.orders tier=gold\n  weir asset "+verb+" shop.marts.orders#email pii",
		cobra.ExactArgs(2), func(c *cobra.Command, w *client, args []string) (string, map[string]any, error) {
			in, err := w.part(c, args[0])
			key, value, _ := strings.Cut(args[1], "=")
			in["key"], in["value"] = key, value
			return mutation, in, err
		})
}

func (a *app) mergeAssets() *cobra.Command {
	return foreseen(a.stating("merge NAME NAME...", "Say that names mean one asset", "  weir asset merge dataset:s3://lake/orders dataset:hive://m:9083/default.orders",
		cobra.MinimumNArgs(2), func(c *cobra.Command, w *client, args []string) (string, map[string]any, error) {
			in := map[string]any{}
			var names []nameOf
			for _, text := range args {
				x, err := w.find(c.Context(), text)
				if err != nil {
					return "", nil, err
				}
				if in["type"] == nil {
					in["type"] = x.Type
				} else if in["type"] != x.Type {
					return "", nil, usageError("a job and a dataset are never one asset", "%s is no %s", x, strings.ToLower(fmt.Sprint(in["type"])))
				}
				names = append(names, nameOf{x.Name.Namespace, x.Name.Name})
			}
			in["names"] = names
			return "mergeAssets", in, nil
		}))
}

func (a *app) splitAsset() *cobra.Command {
	return foreseen(a.stating("split NAME LEAVING...", "Say that names are not the asset they were taken for; they leave together", "  weir asset split shop.marts.orders dataset:s3://lake/orders",
		cobra.MinimumNArgs(2), func(c *cobra.Command, w *client, args []string) (string, map[string]any, error) {
			x, err := w.find(c.Context(), args[0])
			if err != nil {
				return "", nil, err
			}
			var names []nameOf
			for _, text := range args[1:] {
				n, err := w.nameAmong(c.Context(), x, text)
				if err != nil {
					return "", nil, err
				}
				names = append(names, n)
			}
			return "splitAsset", map[string]any{"asset": x.ID, "names": names}, nil
		}))
}

func (a *app) aliasAsset() *cobra.Command {
	var preferred bool
	c := a.stating("alias NAME ALIAS", "Say that an asset goes by another name too", "  weir asset alias shop.marts.orders dataset:reports/orders --preferred",
		cobra.ExactArgs(2), func(c *cobra.Command, w *client, args []string) (string, map[string]any, error) {
			x, err := w.find(c.Context(), args[0])
			if err != nil {
				return "", nil, err
			}
			n, err := plainName(x, args[1])
			return "addAlias", map[string]any{"asset": x.ID, "name": n, "preferred": preferred}, err
		})
	c.Flags().BoolVar(&preferred, "preferred", false, "show the asset by this name")
	return c
}

func (a *app) unaliasAsset() *cobra.Command {
	return foreseen(a.stating("unalias NAME ALIAS", "Say that an asset does not go by a name", "  weir asset unalias shop.marts.orders dataset:reports/orders",
		cobra.ExactArgs(2), func(c *cobra.Command, w *client, args []string) (string, map[string]any, error) {
			x, err := w.find(c.Context(), args[0])
			if err != nil {
				return "", nil, err
			}
			n, err := w.nameAmong(c.Context(), x, args[1])
			return "removeAlias", map[string]any{"asset": x.ID, "name": n}, err
		}))
}

func (a *app) undoStatement() *cobra.Command {
	return a.stating("undo STATEMENT", "Take a statement back, as if it had never been made", "  weir asset undo statement_42",
		cobra.ExactArgs(1), func(_ *cobra.Command, _ *client, args []string) (string, map[string]any, error) {
			return "undoStatement", map[string]any{"statement": args[0]}, nil
		})
}

func (a *app) assetHistory() *cobra.Command {
	var first int
	c := &cobra.Command{
		Use: "history NAME", Short: "List what people stated of an asset, newest first", Args: cobra.ExactArgs(1),
		Example: "  weir asset history shop.marts.orders",
		RunE:    func(c *cobra.Command, args []string) error { return a.history(c, args[0], first) },
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, "table", "json")
	c.Flags().IntVar(&first, "first", 50, "how many, at most 200")
	return c
}

func (a *app) history(c *cobra.Command, name string, first int) error {
	form, err := output(c, "table", "json")
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	w := newClient(cfg)
	x, err := w.find(c.Context(), name)
	if err != nil {
		return err
	}
	var out struct {
		Node struct {
			Statements struct {
				Nodes      []statement
				TotalCount int
			}
		}
	}
	query := `query($id: ID!, $first: Int) { node(id: $id) { ... on Asset { statements(first: $first) { totalCount nodes { ` + statementFields + ` } } } } }`
	if err := w.graphql(c.Context(), query, map[string]any{"id": x.ID, "first": first}, &out); err != nil {
		return err
	}
	list, total := out.Node.Statements.Nodes, out.Node.Statements.TotalCount
	if form == "json" {
		return printJSON(a.out, map[string]any{"asset": x.String(), "statements": list, "total": total})
	}
	var rows [][]string
	for _, s := range list {
		note := ""
		if s.Undone {
			note = " (taken back)"
		}
		rows = append(rows, []string{s.ID, clock(s.At), s.By, s.Says + note})
	}
	if err := printTable(a.out, []string{"STATEMENT", "AT", "BY", "SAYS"}, rows); err != nil {
		return err
	}
	if total > len(list) {
		a.say("%d older ones are not shown; raise --first", total-len(list))
	}
	return nil
}
