package search_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/search"
)

func open(tb testing.TB, path string) *search.Index {
	tb.Helper()
	i, err := search.Open(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { i.Close() })
	return i
}

func dataset(namespace, name string, more ...func(*catalog.Asset)) catalog.Asset {
	n := catalog.DatasetName(namespace, name)
	a := catalog.Asset{ID: catalog.AssetID(n.ID()), Type: n.Type, Name: n, Kind: catalog.KindTable, Names: []catalog.KnownName{{Name: n}}}
	for _, m := range more {
		m(&a)
	}
	return a
}

func job(namespace, name string) catalog.Asset {
	n := catalog.JobName(namespace, name)
	return catalog.Asset{ID: catalog.AssetID(n.ID()), Type: n.Type, Name: n, Integration: "AIRFLOW", Names: []catalog.KnownName{{Name: n}}}
}

func change(after, pos catalog.Position, assets ...catalog.Asset) graph.Change {
	c := graph.Change{After: after, Position: pos}
	for _, a := range assets {
		c.Rows = append(c.Rows, graph.Row{Asset: a})
	}
	return c
}

func apply(tb testing.TB, i *search.Index, c graph.Change) {
	tb.Helper()
	if err := i.Apply(tb.Context(), c); err != nil {
		tb.Fatal(err)
	}
}

// names finds all pages of a query and gives the names of what they have.
func names(tb testing.TB, i *search.Index, q search.Query, of map[catalog.AssetID]catalog.Asset) (out []string) {
	tb.Helper()
	for {
		p, err := i.Find(tb.Context(), q)
		if err != nil {
			tb.Fatal(err)
		}
		for _, h := range p.Hits {
			out = append(out, of[h.Asset].Name.Name)
			q.After = h.Cursor
		}
		if !p.HasNext {
			return out
		}
	}
}

func shop() []catalog.Asset {
	gone := time.Unix(1, 0)
	return []catalog.Asset{
		dataset("postgres://wh:5432", "shop.marts.orders", func(a *catalog.Asset) {
			a.Description = "One row an order, in Übersee."
			a.Owners = []catalog.Owner{{Name: "team:analytics"}}
			a.Names = append(a.Names, catalog.KnownName{Name: catalog.DatasetName("s3://lake", "exports/orders.parquet")})
		}),
		dataset("postgres://wh:5432", "shop.raw.orders_2024", func(a *catalog.Asset) {
			a.Fields = []catalog.Field{{Name: "customer_email", Description: "who pays"}, {Name: "OrderTotal"}}
			a.Tags = []catalog.Tag{{Key: "tier", Value: "gold"}, {Key: "pii", Field: "customer_email"}}
		}),
		dataset("postgres://wh:5432", "shop.raw.reorders", func(a *catalog.Asset) { a.RemovedAt = &gone }),
		dataset("kafka://k:9092", "CustomerEmailChanged"),
		dataset("file", "/tmp/outputs/売上高.csv", func(a *catalog.Asset) { a.Kind = catalog.KindFile }),
		dataset("looker", "Café Ａｎｎａ", func(a *catalog.Asset) { a.Kind = catalog.KindDashboard }),
		job("prod", "build-orders"),
	}
}

func opened(t *testing.T) (*search.Index, map[catalog.AssetID]catalog.Asset) {
	i := open(t, filepath.Join(t.TempDir(), "search.db"))
	of := map[catalog.AssetID]catalog.Asset{}
	for _, a := range shop() {
		of[a.ID] = a
	}
	apply(t, i, change(0, 1, shop()...))
	return i, of
}

func TestFind(t *testing.T) {
	i, of := opened(t)
	const marts, raw, built, topic, file, café = "shop.marts.orders", "shop.raw.orders_2024", "build-orders", "CustomerEmailChanged", "/tmp/outputs/売上高.csv", "Café Ａｎｎａ"
	for what, c := range map[string]struct {
		q    search.Query
		want []string
	}{
		"ranked":                {search.Query{Text: "orders"}, []string{marts, built, raw}},
		"removed too":           {search.Query{Text: "orders", Removed: true}, []string{marts, built, raw, "shop.raw.reorders"}},
		"infix":                 {search.Query{Text: "rders_20"}, []string{raw}},
		"two letters":           {search.Query{Text: "or", Type: catalog.TypeJob}, []string{built}},
		"digits":                {search.Query{Text: "24"}, []string{raw}},
		"all words":             {search.Query{Text: "SHOP  analytics"}, []string{marts}},
		"any alias":             {search.Query{Text: "parquet"}, []string{marts}},
		"namespace and name":    {search.Query{Text: "wh:5432/shop.marts.orders"}, []string{marts}},
		"alias with namespace":  {search.Query{Text: "s3://lake/exports/ord"}, []string{marts}},
		"crossed names":         {search.Query{Text: "s3://lake/shop.marts"}, []string{marts}},
		"namespace":             {search.Query{Text: "kafka"}, []string{topic}},
		"column":                {search.Query{Text: "customer_em"}, []string{topic, raw}},
		"camel finds snake":     {search.Query{Text: "customerEmail"}, []string{topic, raw}},
		"snake finds camel":     {search.Query{Text: "order_total"}, []string{raw}},
		"hyphen and underscore": {search.Query{Text: "build_orders"}, []string{built}},
		"tag and value":         {search.Query{Text: "tier=gold"}, []string{raw}},
		"description":           {search.Query{Text: "ubersee"}, []string{marts}},
		"column's description":  {search.Query{Text: "who pays"}, []string{raw}},
		"accents and width":     {search.Query{Text: "cafe ANNA"}, []string{café}},
		"accents typed":         {search.Query{Text: "CAFÉ"}, []string{café}},
		"no spaces between":     {search.Query{Text: "上高"}, []string{file}},
		"one character":         {search.Query{Text: "高"}, []string{file}},
		"path":                  {search.Query{Text: "/tmp/outputs"}, []string{file}},
		"by owner":              {search.Query{Owner: "team:analytics"}, []string{marts}},
		"owner, not like it":    {search.Query{Owner: "team"}, nil},
		"by a column's tag":     {search.Query{Tag: "pii"}, []string{raw}},
		"by kind":               {search.Query{Kind: catalog.KindFile}, []string{file}},
		"by tool":               {search.Query{Tool: "airflow"}, []string{built}},
		"by namespace":          {search.Query{Namespace: "prod"}, []string{built}},
		"found by name":         {search.Query{Text: "orders", Order: search.ByName}, []string{marts, raw, built}},
		"all by name":           {search.Query{}, []string{file, topic, café, marts, raw, built}},
		"relevance of nothing":  {search.Query{Text: " \t", Order: search.ByRelevance, Type: catalog.TypeJob}, []string{built}},
		"operators are words":   {search.Query{Text: `orders OR NEAR( *:'; -- "`}, nil},
		"absent":                {search.Query{Text: "nowhere"}, nil},
	} {
		for _, first := range []int{1, 2, 0} {
			c.q.First = first
			if got := names(t, i, c.q, of); !slices.Equal(got, c.want) {
				t.Errorf("%s, pages of %d: %q, want %q", what, first, got, c.want)
			}
		}
	}
}

func TestFindRefuses(t *testing.T) {
	i, _ := opened(t)
	other, err := i.Find(t.Context(), search.Query{Text: "orders", First: 1})
	if err != nil {
		t.Fatal(err)
	}
	for what, q := range map[string]search.Query{
		"a long text":         {Text: strings.Repeat("x", 501)},
		"many words":          {Text: strings.Repeat("x ", 17)},
		"a made-up cursor":    {Text: "orders", After: "nonsense"},
		"another's cursor":    {Text: "order", After: other.Hits[0].Cursor},
		"a cursor of no JSON": {After: "AAAA"},
	} {
		if _, err := i.Find(t.Context(), q); !errors.Is(err, catalog.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", what, err)
		}
	}
}

func TestMatches(t *testing.T) {
	list := shop()
	for text, want := range map[string][]search.Match{
		"orders analytics": {{Place: search.InName, Text: "shop.marts.orders"}, {Place: search.InOwner, Text: "team:analytics"}},
		"ubersee wh:":      {{Place: search.InDescription, Text: "One row an order, in Übersee."}, {Place: search.InNamespace, Text: "postgres://wh:5432"}},
		"wh:5432/shop":     {{Place: search.InName, Text: "shop.marts.orders"}},
		"nowhere":          nil,
	} {
		if got := search.Matches(text, &list[0]); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// TestFollow: positions are kept as in a store, by the file too.
func TestFollow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "search.db")
	i := open(t, path)
	list := shop()
	apply(t, i, change(0, 5, list...))
	apply(t, i, change(0, 5, job("prod", "old"))) // known
	if err := i.Apply(t.Context(), change(4, 6, job("prod", "x"))); !errors.Is(err, graph.ErrGap) {
		t.Errorf("a gap: %v, want ErrGap", err)
	}
	c := change(5, 7, dataset("postgres://wh:5432", "shop.marts.orders")) // without its description
	c.Removed = []catalog.AssetID{list[1].ID}
	apply(t, i, c)
	for _, again := range []bool{false, true} {
		if again {
			if err := i.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := i.Find(t.Context(), search.Query{}); !errors.Is(err, catalog.ErrClosed) {
				t.Errorf("after Close: %v, want ErrClosed", err)
			}
			i = open(t, path)
		}
		n, err := i.Count(t.Context())
		pos, err2 := i.Position(t.Context())
		if err := errors.Join(err, err2); err != nil || n != len(list)-1 || pos != 7 {
			t.Errorf("reopened %v: %d assets at %s, %v; want %d at 7", again, n, pos, err, len(list)-1)
		}
		for _, text := range []string{"ubersee", "customer_email"} {
			if p, err := i.Find(t.Context(), search.Query{Text: text, Kind: catalog.KindTable}); err != nil || text == "ubersee" && len(p.Hits) != 0 || p.Position != 7 {
				t.Errorf("reopened %v: %q finds %v, %v; it was replaced", again, text, p, err)
			}
		}
	}
	apply(t, i, graph.Change{Reset: true})
	if n, err := i.Count(t.Context()); err != nil || n != 0 {
		t.Errorf("after a reset: %d assets, %v", n, err)
	}
	apply(t, i, change(0, 1, list...))
}

// TestWideTableIsFoundWhole: each of 2,000 columns by its name, by a word of its
// sentence and by its tag. What has more is counted, until it has less.
func TestWideTableIsFoundWhole(t *testing.T) {
	n := catalog.DatasetName("postgres://wh:5432", "shop.wide")
	wide := catalog.Asset{ID: catalog.AssetID(n.ID()), Type: n.Type, Name: n}
	for c := range 2000 {
		column := fmt.Sprintf("measureValue%04d", c)
		wide.Fields = append(wide.Fields, catalog.Field{Name: column, Description: fmt.Sprintf("meaning%04d of the measure, as the finance department of the company defines it for its reports, in the currency of the country, rounded to cents and never negative", c)})
		wide.Tags = append(wide.Tags, catalog.Tag{Key: fmt.Sprintf("class%04d", c), Value: "confidential-and-personal-data-under-article-9-of-the-regulation", Field: column})
	}
	path := filepath.Join(t.TempDir(), "search.db")
	i := open(t, path)
	apply(t, i, change(0, 1, wide))
	for c := range 2000 {
		for _, word := range []string{"measure_value%04d", "meaning%04d", "class%04d"} {
			word = fmt.Sprintf(word, c)
			if p, err := i.Find(t.Context(), search.Query{Text: word}); err != nil || len(p.Hits) != 1 {
				t.Fatalf("%s: %d hits, %v", word, len(p.Hits), err)
			}
		}
	}
	short := func(want int) {
		t.Helper()
		if n, err := i.Short(t.Context()); err != nil || n != want {
			t.Errorf("%d assets are searched in part, %v; want %d", n, err, want)
		}
	}
	short(0)
	whole := wide.Description
	wide.Description = strings.Repeat("more than is searched ", 50_000)
	apply(t, i, change(1, 2, wide))
	short(1)
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	i = open(t, path)
	short(1)
	wide.Description = whole
	apply(t, i, change(2, 3, wide))
	short(0)
}

// TestHeals: whatever is wrong with the file, the index begins again.
func TestHeals(t *testing.T) {
	for what, spoil := range map[string]func(t *testing.T, path string){
		"no database":    func(t *testing.T, path string) { write(t, path, []byte(strings.Repeat("no database ", 1000))) },
		"another format": func(t *testing.T, path string) { exec(t, path, `PRAGMA user_version = 99`) },
		"a torn page": func(t *testing.T, path string) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for n := 4096; n < len(b); n++ {
				b[n] ^= 0x5a
			}
			write(t, path, b)
		},
		"a cut document": func(t *testing.T, path string) { exec(t, path, `UPDATE documents SET body = substr(body, 1, 20)`) },
	} {
		t.Run(what, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "search.db")
			i := open(t, path)
			apply(t, i, change(0, 5, shop()...))
			if err := i.Close(); err != nil {
				t.Fatal(err)
			}
			spoil(t, path)
			i = open(t, path)
			if pos, err := i.Position(t.Context()); err != nil || pos != 0 {
				t.Fatalf("position %s, %v; want 0", pos, err)
			}
			apply(t, i, change(0, 5, shop()...))
			if p, err := i.Find(t.Context(), search.Query{Text: "orders"}); err != nil || len(p.Hits) != 3 {
				t.Errorf("%d hits, %v", len(p.Hits), err)
			}
		})
	}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func exec(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		t.Fatal(err)
	}
}
