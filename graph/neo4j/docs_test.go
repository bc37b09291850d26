//go:build neo4j

package neo4j_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
)

const docsPage = "../../docs/neo4j.md"

// question is a block of Cypher in the page, with the answer below it.
var question = regexp.MustCompile("(?s)```cypher\n(.*?)```\n(\n\\|[^\n]*\n(?:\\|[^\n]*\n)+)?")

// TestQuestionsOfTheDocs: each question that docs/neo4j.md shows has the answer
// that stands below it. -update writes the answers.
func TestQuestionsOfTheDocs(t *testing.T) {
	s := open(t)
	if err := s.Apply(t.Context(), graph.Change{Position: 1, Rows: docsShop()}); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(docsPage)
	if err != nil {
		t.Fatal(err)
	}
	sess := server(t)
	n := 0
	got := question.ReplaceAllStringFunc(string(page), func(block string) string {
		n++
		query := question.FindStringSubmatch(block)[1]
		var b strings.Builder
		for i, rec := range ask(t, sess, query, nil) {
			if i == 0 {
				b.WriteString("\n| " + strings.Join(rec.Keys, " | ") + " |\n|" + strings.Repeat("---|", len(rec.Keys)) + "\n")
			}
			b.WriteString("|")
			for _, v := range rec.Values {
				fmt.Fprintf(&b, " %v |", v)
			}
			b.WriteString("\n")
		}
		if b.Len() == 0 {
			t.Errorf("no answer to\n%s", query)
		}
		return "```cypher\n" + query + "```\n" + b.String()
	})
	if n != 10 {
		t.Errorf("%d questions, want ten", n)
	}
	if *update {
		if err := os.WriteFile(docsPage, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got != string(page) {
		t.Errorf("docs/neo4j.md is stale (run with -update). It should read\n%s", got)
	}
}

// docsShop is the shop of the page: orders and customers become revenue and a
// dashboard; customers were given up after an hour.
func docsShop() []graph.Row {
	orders, customers, staged, revenue := graphtest.Dataset("shop.raw.orders"), graphtest.Dataset("shop.raw.customers"), graphtest.Dataset("shop.stg.orders"), graphtest.Dataset("shop.marts.revenue")
	board := graphtest.Dataset("")
	board.Name = catalog.DatasetName("looker", "dashboards/12")
	board.ID, board.Kind = catalog.AssetID(board.Name.ID()), catalog.KindDashboard
	orders.Tags = []catalog.Tag{{Key: "pii"}}
	revenue.Owners, board.Owners = []catalog.Owner{{Name: "team:finance"}}, []catalog.Owner{{Name: "team:bi"}}
	stage, sum, publish := graphtest.Job("stage"), graphtest.Job("sum"), graphtest.Job("publish")
	given := graphtest.Reads(customers, stage)
	given.To = graphtest.T0.Add(time.Hour)
	flow := func(job, from catalog.Asset, field string, to catalog.Asset, into string) catalog.Edge {
		return catalog.Edge{Type: catalog.EdgeDerives, Source: from.ID, SourceField: field, Target: to.ID, TargetField: into, Job: job.ID, Origin: catalog.EdgeObserved, From: graphtest.T0}
	}
	return []graph.Row{{Asset: orders}, {Asset: customers}, {Asset: staged}, {Asset: revenue}, {Asset: board},
		{Asset: stage, Edges: []catalog.Edge{graphtest.Reads(orders, stage), given, graphtest.Writes(stage, staged), flow(stage, orders, "price", staged, "price"), flow(stage, orders, "qty", staged, "qty")}},
		{Asset: sum, Edges: []catalog.Edge{graphtest.Reads(staged, sum), graphtest.Writes(sum, revenue), flow(sum, staged, "price", revenue, "amount"), flow(sum, staged, "qty", revenue, "amount")}},
		{Asset: publish, Edges: []catalog.Edge{graphtest.Reads(revenue, publish), graphtest.Reads(staged, publish), graphtest.Writes(publish, board)}},
	}
}
