package gql_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
)

// hostile are names that JSON, HTML or JavaScript need escaped.
var hostile = []string{"a\"b\\c", "<script>&", "tab\tline\nreturn\r", "esc\x1b del\x7f", "sep\u2028\u2029–€", "\U0001f600"}

// withHostile is a world with a job that reads and writes datasets of such names.
func withHostile(t testing.TB) *world {
	w := newWorld(t)
	for i, name := range hostile {
		for _, e := range run("h"+name, uid(100+i), time.Date(2026, 3, 1, 9, 20+i, 0, 0, time.UTC), "COMPLETE", ds("shop.stg.orders", nil), ds("out."+name, nil)) {
			if _, err := w.journal.Append(context.Background(), catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: noon, Body: e}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return w
}

// The selections that are rendered whole, and beside each a member that is not:
// with it gqlgen resolves the same list field by field.
var (
	plainNode  = []string{"__typename", "id", "field", "distance", "hiddenUpstream", "hiddenDownstream", "asset", "... on LineageNode { id }"}
	plainAsset = []string{"__typename", "id", "type", "name", "... on Dataset { kindOf: type }", "... on Job { __typename }", "... on Node { id }"}
	plainName  = []string{"__typename", "namespace", "name"}
	plainEdge  = []string{"__typename", "source", "target", "sourceField", "targetField", "type", "origin", "validFrom", "run"}

	slow = regexp.MustCompile(`,"slow":(null|\{[^{}]*\})`)
)

// drawn draws some members in any order, some of them by another name; within
// are the selections of those that are objects.
func drawn(t *rapid.T, from []string, within map[string]string) string {
	var b strings.Builder
	for i, m := range rapid.SliceOfNDistinct(rapid.SampledFrom(from), 1, len(from), rapid.ID).Draw(t, "members") {
		if !strings.HasPrefix(m, "...") && rapid.Bool().Draw(t, "by another name") {
			fmt.Fprintf(&b, "x%d: ", i)
		}
		b.WriteString(m + within[m])
		if rapid.IntRange(0, 9).Draw(t, "included") == 0 && !strings.HasSuffix(b.String(), "}") {
			b.WriteString(" @include(if: true)")
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// TestPlainLists compares, for any selection, what is rendered whole with what
// gqlgen makes of the same, byte by byte.
func TestPlainLists(outer *testing.T) {
	w := withHostile(outer)
	root := assetID(catalog.Name{Type: catalog.TypeDataset, Namespace: wh, Name: "shop.raw.orders"})
	rapid.Check(outer, func(t *rapid.T) {
		name := map[string]string{"name": " { " + drawn(t, plainName, nil) + " }"}
		asset := map[string]string{"asset": " { " + drawn(t, plainAsset, name) + " }"}
		nodes, edges := drawn(t, plainNode, asset), drawn(t, plainEdge, nil)
		by := rapid.SampledFrom([]string{"ASSET", "DATASET", "JOB", "FIELD"}).Draw(t, "granularity")
		ask := func(slowNodes, slowEdges string) string {
			q := fmt.Sprintf(`query($r: ID!) { lineage(roots: [$r], direction: BOTH, depth: 20, granularity: %s) { nodes { %s %s } edges { %s %s } complete } }`, by, nodes, slowNodes, edges, slowEdges)
			a := w.ask(outer, q, map[string]any{"r": root})
			if len(a.Errors) > 0 {
				t.Fatalf("%s: %s", q, a.body)
			}
			return string(a.body)
		}
		whole := ask("", "")
		resolved := slow.ReplaceAllString(ask("slow: asset { description }", "slow: transformation { type }"), "")
		if whole != resolved {
			t.Fatalf("rendered whole:\n%s\nby gqlgen:\n%s", whole, resolved)
		}
	})
}
