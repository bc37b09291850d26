package gql_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
)

// shuffled are events of a random world: jobs and datasets of five teams, that
// read and write each other's, with columns, facets and parents that name them.
func shuffled(r *rand.Rand) (out [][]byte, names map[string][]string) {
	teams := []string{"alpha", "beta", "gamma", "delta", "omega"}
	names = map[string][]string{}
	name := func(kind string) (ns, n string) {
		ns = teams[r.IntN(len(teams))]
		n = fmt.Sprintf("zz%s_%s_%d", ns, kind, r.IntN(4))
		names["team-"+ns] = append(names["team-"+ns], n)
		return "team-" + ns, n
	}
	for i := range 40 {
		jobNS, job := name("job")
		parentNS, parent := name("job")
		var in, outs []map[string]any
		for range 1 + r.IntN(3) {
			ns, n := name("set")
			in = append(in, map[string]any{"namespace": ns, "name": n})
		}
		ns, n := name("set")
		outs = append(outs, map[string]any{"namespace": ns, "name": n, "facets": map[string]any{
			"schema":        map[string]any{"fields": []map[string]any{{"name": "id", "type": "int"}}},
			"columnLineage": map[string]any{"fields": map[string]any{"id": map[string]any{"inputFields": []map[string]any{{"namespace": in[0]["namespace"], "name": in[0]["name"], "field": "id"}}}}},
			"symlinks":      map[string]any{"identifiers": []map[string]any{}},
		}})
		at := noon.Add(-time.Duration(200-i) * time.Minute)
		b, err := json.Marshal(map[string]any{
			"eventType": []string{"COMPLETE", "FAIL", "START"}[r.IntN(3)], "eventTime": at.Format(time.RFC3339), "producer": "https://example.com/test",
			"schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
			"run": map[string]any{"runId": uid(100 + i), "facets": map[string]any{
				"parent":       map[string]any{"run": map[string]any{"runId": uid(500 + i)}, "job": map[string]any{"namespace": parentNS, "name": parent}},
				"errorMessage": map[string]any{"message": "cannot read " + in[0]["name"].(string), "programmingLanguage": "python"},
			}},
			"job": map[string]any{"namespace": jobNS, "name": job, "facets": map[string]any{"sql": map[string]any{"query": "select * from " + in[0]["name"].(string)}}}, "inputs": in, "outputs": outs,
		})
		if err != nil {
			panic(err)
		}
		out = append(out, b)
	}
	return out, names
}

// packed are texts that a reader can take apart.
var packed = regexp.MustCompile(`[A-Za-z0-9_-]{16,}`)

// bare is an answer with what is packed in ids and cursors beside it.
func bare(body []byte) string {
	var b bytes.Buffer
	b.Write(body)
	for _, text := range packed.FindAll(body, -1) {
		for _, part := range bytes.Split(text, []byte("_")) {
			if raw, err := base64.RawURLEncoding.DecodeString(string(part)); err == nil {
				b.Write(raw)
			}
		}
		if raw, err := base64.RawURLEncoding.DecodeString(string(text)); err == nil {
			b.Write(raw)
		}
	}
	return b.String()
}

// everything is one question for all that an asset is asked for.
const everything = `query($id: ID!) {
  node(id: $id) { id ... on Asset { name { namespace name } names { namespace name evidence } facets { key raw } policies { name yaml targets { nodes { name { name } } } } }
    ... on Dataset { producers { nodes { name { name } } } consumers { nodes { name { name } } } versions { nodes { id run { id job { name { name } } } } } }
    ... on Job { parent { name { name } } children { nodes { name { name } } } inputs { nodes { name { name } } } outputs { nodes { name { name } } } runs { nodes { id error parent { id } facets { key raw } inputs { id } outputs { id } } } } }
  lineage(roots: [$id], direction: BOTH, depth: 10) { deniedByRole nodes { asset { id name { namespace name } } } edges { source target run } }
  columns: lineage(roots: [$id], direction: BOTH, depth: 10, granularity: FIELD) { nodes { asset { name { name } } field } }
  lineageScene(focus: [$id], up: 3, down: 3) { deniedByRole drawables { id name { namespace name } asset { name { name } } } picture(form: MERMAID) }
  sceneNeighbours(of: $id, side: UPSTREAM) { nodes { id name { name } } }
  why(id: $id) { tree { says } }
}`

// TestNothingForeign: in no byte of any answer, packed or not, is a name of a
// namespace that the caller may not read; and what is left out is counted.
func TestNothingForeign(t *testing.T) {
	page, err := os.ReadFile("../../docs/graphql.md")
	if err != nil {
		t.Fatal(err)
	}
	asked := questions.FindAllSubmatch(page, -1)
	for seed := range uint64(2) {
		r := rand.New(rand.NewPCG(seed, 7))
		w := newWorld(t)
		events, names := shuffled(r)
		for _, e := range events {
			if _, err := w.journal.Append(t.Context(), catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: noon, Body: e}); err != nil {
				t.Fatal(err)
			}
		}
		names[wh] = []string{"shop.raw.orders", "shop.stg.orders", "shop.marts.orders"}
		names["prod"] = []string{"ingest_orders", "stg_orders", "marts_orders"}
		for ns, list := range names {
			slices.Sort(list)
			names[ns] = slices.Compact(list)
		}
		all := w.total(t)
		for range 3 {
			globs := pick(r, []string{"team-alpha", "team-beta", "team-*ta", "team-omega", "postgres*", "prod", "nowhere"})
			w.as = auth.Principal{Name: "bi", Grants: []auth.Grant{{Role: catalog.RoleViewer, Namespaces: globs}}}
			check := func(what string, a answer) {
				t.Helper()
				text := bare(a.body)
				for ns, list := range names {
					if w.as.Can(auth.Read, ns) {
						continue
					}
					for _, n := range append(list, ns) {
						if i := strings.Index(text, n); i >= 0 && n != "prod" {
							t.Fatalf("seed %d, %v: %s tells %s: ...%s...", seed, globs, what, n, text[max(0, i-300):min(len(text), i+100)])
						}
					}
				}
			}
			for _, q := range asked {
				var vars map[string]any
				if len(q[3]) > 0 {
					_ = json.Unmarshal(q[3], &vars)
					if mentions(q[3], names, w.as) {
						continue // it is the question that names it
					}
				}
				if a := w.ask(t, string(q[2]), vars); a.code() != "INTERNAL" {
					check(string(q[1]), a)
				} else {
					t.Errorf("%s: %s", q[1], a.body)
				}
			}
			hidden := 0
			for ns, list := range names {
				for _, n := range list {
					for _, of := range []catalog.Name{catalog.DatasetName(ns, n), catalog.JobName(ns, n)} {
						a := w.ask(t, everything, map[string]any{"id": assetID(of)})
						check("everything of "+of.String(), a)
						hidden += strings.Count(string(a.body), "hidden asset")
						if !w.as.Can(auth.Read, ns) && !strings.Contains(string(a.body), `"node":null`) {
							t.Errorf("%v: %s is there: %.300s", globs, of, a.body)
						}
					}
				}
			}
			if strings.Contains(strings.Join(globs, " "), "team") && hidden == 0 {
				t.Errorf("%v: no hidden asset anywhere: does the walk end at the edge of a namespace?", globs)
			}
			if mine := w.total(t); mine[0]+mine[1] != all[0] || all[1] != 0 {
				t.Errorf("%v: %d and %d denied, an administrator counts %v", globs, mine[0], mine[1], all)
			}
		}
		w.as = auth.Anybody
	}
}

func pick(r *rand.Rand, from []string) []string {
	r.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
	return from[:1+r.IntN(3)]
}

func mentions(text []byte, names map[string][]string, p auth.Principal) bool {
	for ns, list := range names {
		for _, n := range append(list, ns) {
			if !p.Can(auth.Read, ns) && bytes.Contains(text, []byte(n)) {
				return true
			}
		}
	}
	return false
}

// total is how many assets the caller counts, and how many they are denied.
func (w *world) total(t *testing.T) [2]int {
	t.Helper()
	a := w.ask(t, `{ assetCounts { total deniedByRole } }`, nil)
	var d struct {
		AssetCounts struct{ Total, DeniedByRole int }
	}
	if err := json.Unmarshal(a.Data, &d); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return [2]int{d.AssetCounts.Total, d.AssetCounts.DeniedByRole}
}

// TestHiddenLieLast: what lies beside an asset and may not be read is counted, at
// the end of the list, each once over its pages.
func TestHiddenLieLast(t *testing.T) {
	w := newWorld(t)
	w.send(t, `{"eventTime":"2026-03-01T10:00:00Z","eventType":"COMPLETE","producer":"t","schemaURL":"s","run":{"runId":"`+uid(70)+`"},"job":{"namespace":"open","name":"wide"},
		"outputs":[{"namespace":"closed","name":"a"},{"namespace":"closed","name":"b"},{"namespace":"open","name":"z"}]}`)
	w.as = auth.Principal{Name: "bi", Grants: []auth.Grant{{Role: catalog.RoleViewer, Namespaces: []string{"open"}}}}
	type reply struct {
		Job struct {
			Outputs struct {
				Nodes []struct {
					ID   string
					Name struct{ Name string }
				}
				TotalCount int
				PageInfo   struct{ EndCursor string }
			}
		}
	}
	var names []string
	ids, vars := map[string]bool{}, map[string]any{}
	for range 3 {
		out := data[reply](t, w.ask(t, `query($after: String) { job(namespace: "open", name: "wide") { outputs(first: 1, after: $after) { nodes { id name { name } } totalCount pageInfo { endCursor } } } }`, vars)).Job.Outputs
		if len(out.Nodes) != 1 || out.TotalCount != 3 {
			t.Fatalf("%+v after %v", out, names)
		}
		names, ids[out.Nodes[0].ID], vars["after"] = append(names, out.Nodes[0].Name.Name), true, out.PageInfo.EndCursor
	}
	if want := []string{"z", "hidden asset", "hidden asset"}; !slices.Equal(names, want) || len(ids) != 3 {
		t.Errorf("%v with %d ids, want %v", names, len(ids), want)
	}
}
