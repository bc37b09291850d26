package stack_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/internal/stack"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/state/sqlite"
)

// exportInOrder is the export of entries projected in their order.
func exportInOrder(t fatal, entries []catalog.Entry) string {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "weir-identity")
	must(t, err)
	defer os.RemoveAll(dir)
	s, err := stack.Open(ctx, dir)
	must(t, err)
	defer s.Close()
	for i := range entries {
		entries[i].Position = catalog.Position(i + 1)
	}
	must(t, s.Project(ctx, len(entries), entries...))
	var b strings.Builder
	must(t, s.Export(ctx, &b))
	return b.String()
}

func operatorEntry(t fatal, op catalog.OperatorFact) catalog.Entry {
	raw, err := json.Marshal(op)
	must(t, err)
	return catalog.Entry{Kind: catalog.EntryOperator, ReceivedAt: day0, Body: raw}
}

// TestMergeSplitMerge: merging, splitting and merging again is merging once,
// and splitting last is never having merged, in whatever order they arrive.
func TestMergeSplitMerge(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := catalog.DatasetName("postgres://h:5432", "d.s.a"), catalog.DatasetName("s3://lake", "b")
		var events []catalog.Entry
		for i, n := range []catalog.Name{a, b} { // both are seen, so that a split leaves two assets
			raw, err := json.Marshal(object{"eventTime": day0.Format(time.RFC3339), "producer": "test", "eventType": "COMPLETE", "run": object{"runId": fmt.Sprint("r", i)},
				"job": ref(jobs[i]), "outputs": []object{ref(n)}, "inputs": someDatasets(t, "inputs")})
			must(t, err)
			events = append(events, catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: day0, Body: raw})
		}
		op := func(minute int, verb catalog.OperatorVerb) catalog.Entry {
			f := catalog.OperatorFact{Verb: verb, At: day0.Add(time.Duration(minute) * time.Minute), Names: []catalog.Name{a, b}}
			if verb == catalog.OperatorSplit {
				f.Names, f.Rest = f.Names[:1], f.Names[1:]
			}
			return operatorEntry(t, f)
		}
		merge, split, again := op(1, catalog.OperatorMerge), op(2, catalog.OperatorSplit), op(3, catalog.OperatorMerge)
		with := func(more ...catalog.Entry) []catalog.Entry {
			return rapid.Permutation(append(append([]catalog.Entry{}, events...), more...)).Draw(t, "order")
		}
		want, got := with(merge), with(merge, split, again, split, merge)
		if rapid.Bool().Draw(t, "parted") {
			want, got = with(split), with(merge, split)
		}
		if a, b := exportInOrder(t, want), exportInOrder(t, got); a != b {
			t.Fatalf("the last word is not all that counts:\n%s", lineDiff(a, b))
		}
	})
}

// TestMergedEverywhere: two spellings of each of two datasets and two names of
// one job, each used in another place of the events, make one graph of two
// datasets and the jobs around them.
func TestMergedEverywhere(t *testing.T) {
	raw := func(spelling int) string {
		return []string{`"namespace":"postgres://wh:5432","name":"shop.raw.orders"`, `"namespace":"postgresql+psycopg2://WH","name":"shop.raw.orders"`}[spelling]
	}
	mart := func(spelling int) string {
		return []string{`"namespace":"s3://lake","name":"marts/orders"`, `"namespace":"s3a://lake","name":"/marts/orders/dt=2026-03-01"`}[spelling]
	}
	event := func(run, job, more string) catalog.Entry {
		return catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: day0, Body: fmt.Appendf(nil,
			`{"eventTime":"2026-03-01T00:00:00Z","eventType":"COMPLETE","producer":"t","run":{"runId":%q,"facets":{%s}},"job":{"namespace":"p","name":%q}%s}`,
			run, strings.Split(more, "|")[0], job, strings.Split(more, "|")[1])}
	}
	columns := func(from string) string {
		return `"facets":{"columnLineage":{"fields":{"id":{"inputFields":[{` + from + `,"field":"id"}]}}}}`
	}
	entries := []catalog.Entry{
		event("r1", "load", `|,"outputs":[{`+raw(0)+`}]`),
		event("r2", "build", `|,"inputs":[{`+raw(1)+`}],"outputs":[{`+mart(0)+`,`+columns(raw(1))+`}]`),
		event("r3", "report", `"parent":{"run":{"runId":"x"},"job":{"namespace":"p","name":"old"}},"jobDependencies":{"upstream":[{"job":{"namespace":"p","name":"old"}}]}|,"inputs":[{`+mart(1)+`}]`),
		{Kind: catalog.EntryEvent, ReceivedAt: day0, Body: []byte(`{"eventTime":"2026-03-01T00:00:00Z","producer":"t","dataset":{` + mart(1) + `,"facets":{"documentation":{"description":"the mart"}}}}`)},
		event("r4", "judge", `|,"inputs":[{`+mart(1)+`,"inputFacets":{"dataQualityAssertions":{"assertions":[{"assertion":"rows","success":true}]}}}]`),
		operatorEntry(t, catalog.OperatorFact{Verb: catalog.OperatorMerge, At: day0, Names: []catalog.Name{catalog.JobName("p", "build"), catalog.JobName("p", "old")}}),
	}
	ctx := context.Background()
	s, err := stack.Open(ctx, t.TempDir())
	must(t, err)
	defer s.Close()
	for i := range entries {
		entries[i].Position = catalog.Position(i + 1)
	}
	must(t, s.Project(ctx, 2, entries...))
	must(t, s.Follow(ctx))
	name := map[catalog.AssetID]string{}
	edges := map[string]bool{}
	for row, err := range s.Graph.Rows(ctx) {
		must(t, err)
		name[row.Asset.ID] = row.Asset.Name.Name
		if row.Asset.Name.Name == "marts/orders" && row.Asset.Description != "the mart" {
			t.Errorf("the mart says %q", row.Asset.Description)
		}
		for _, e := range row.Edges {
			edges[fmt.Sprintf("%s %s %s.%s %s.%s", e.Type, "", e.Source, e.SourceField, e.Target, e.TargetField)] = true
		}
	}
	id := func(n catalog.Name) catalog.AssetID {
		id, seen, err := s.History.Resolve(ctx, n)
		must(t, err)
		if !seen || name[id] == "" {
			t.Errorf("%s is no asset of the graph", n)
		}
		return id
	}
	orders, marts := id(catalog.DatasetName("jdbc:postgresql://WH", "shop.raw.orders")), id(catalog.DatasetName("s3n://lake", "marts/orders/dt=2026-03-02/x.parquet"))
	load, build, report := id(catalog.JobName("p", "load")), id(catalog.JobName("p", "old")), id(catalog.JobName("p", "report"))
	if len(name) != 6 || build != id(catalog.JobName("p", "build")) {
		t.Errorf("%d assets, want 2 datasets and 4 jobs: %v", len(name), name)
	}
	for _, want := range []string{
		fmt.Sprintf("WRITES  %s. %s.", load, orders), fmt.Sprintf("READS  %s. %s.", orders, build), fmt.Sprintf("WRITES  %s. %s.", build, marts),
		fmt.Sprintf("READS  %s. %s.", marts, report), fmt.Sprintf("DERIVES  %s.id %s.id", orders, marts),
		fmt.Sprintf("CONTAINS  %s. %s.", build, report), fmt.Sprintf("CONTROLS  %s. %s.", build, report),
	} {
		if !edges[want] {
			t.Errorf("no edge %s among %v", want, edges)
		}
	}
	checks, err := s.History.Checks(ctx, catalog.CheckQuery{Dataset: marts})
	must(t, err)
	if len(checks) != 1 {
		t.Errorf("%d checks of the mart, want 1", len(checks))
	}
}

// TestUpgradesKeepHistory: runs before and after an upgrade that renamed the
// job are runs of one job, while only one job can be meant.
func TestUpgradesKeepHistory(t *testing.T) {
	body := func(file string) []byte {
		raw, err := os.ReadFile("../../ingest/testdata/interpret/" + file + ".json")
		must(t, err)
		return raw
	}
	renamed := func(raw []byte, from, to, run string) []byte {
		return []byte(strings.NewReplacer(from, to, "0198c0de-0000-7000-8000-00000000001", run).Replace(string(raw)))
	}
	bigQuery, databricks := body("spark-bigquery-1.38"), body("spark-databricks")
	stamped := body("spark-timestamp")
	for what, c := range map[string]struct {
		before, after, other []byte
		job                  string
	}{
		"BigQuery connector": {body("spark-bigquery-1.37"), bigQuery, renamed(bigQuery, "wordcount_output", "another", "0198c0de-0000-7000-8000-00000000002"),
			"writing_to_big_query.execute_save_into_data_source_command.e2e_dataset_wordcount_output"},
		"Databricks": {renamed(databricks, "adb-5445974573286168.8", "databricks_shell", "0198c0de-0000-7000-8000-00000000002"), databricks,
			renamed(databricks, "adb-5445974573286168.8", "adb-1.2", "0198c0de-0000-7000-8000-00000000003"),
			"adb-5445974573286168.8.execute_insert_into_hadoop_fs_relation_command.silver_orders"},
		"instants in the name": {stamped, renamed(stamped, "1729097570970", "1729097999999", "0198c0de-0000-7000-8000-00000000002"), nil,
			"agg.execute_insert_into_hadoop_fs_relation_command.tmp_outputs"},
	} {
		t.Run(what, func(t *testing.T) {
			ctx := context.Background()
			s, err := stack.Open(ctx, t.TempDir())
			must(t, err)
			defer s.Close()
			runs := func() int {
				id, seen, err := s.History.Resolve(ctx, catalog.JobName("spark", c.job))
				must(t, err)
				if !seen {
					t.Fatalf("%s is not known", c.job)
				}
				assets, err := s.History.Assets(ctx, []catalog.AssetID{id})
				must(t, err)
				if got := assets[0].Name.Name; got != c.job {
					t.Errorf("the job is shown as %s", got)
				}
				list, err := s.History.Runs(ctx, catalog.RunQuery{Jobs: []catalog.AssetID{id}, Limit: 10})
				must(t, err)
				return len(list)
			}
			must(t, s.Send(ctx, 1, c.before, c.after))
			if got := runs(); got != 2 {
				t.Errorf("%d runs of the job, want both", got)
			}
			if c.other == nil {
				return
			}
			must(t, s.Send(ctx, 1, c.other))
			if got := runs(); got != 1 {
				t.Errorf("%d runs of the job though the old name may be another's, want 1", got)
			}
		})
	}
}

// TestPoliciesByAnyName: a policy that names a dataset by another spelling, or
// by one of its partitions, is about the dataset.
func TestPoliciesByAnyName(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	s, err := stack.Open(ctx, dir)
	must(t, err)
	defer s.Close()
	must(t, s.Send(ctx, 1, []byte(`{"eventTime":"2026-03-01T00:00:00Z","producer":"t","dataset":{"namespace":"postgres://wh:5432","name":"shop.raw.orders"}}`),
		[]byte(`{"eventTime":"2026-03-01T00:00:00Z","producer":"t","dataset":{"namespace":"s3a://lake","name":"/marts/orders/dt=2026-03-01"}}`)))
	must(t, os.WriteFile(filepath.Join(dir, "p.yaml"), []byte(`apiVersion: weir.dev/v1
kind: Policy
name: orders
select: { asset: "dataset:s3://lake/marts/orders/dt=2026-03-02" }
mode: shadow
inputs:
  "dataset:postgresql+psycopg2://WH/shop.raw.orders": { trigger: true }
`), 0o600))
	set, err := policies.LoadDir(dir)
	must(t, err)
	live := &policies.Live{}
	live.Put(set)
	g := &policies.Gatherer{History: s.History, Graph: s.Topology, Ledger: sqlite.NewLedger(s.DB), Policies: live}
	got, err := g.Selected(ctx, set.Policies[0])
	must(t, err)
	want, seen, err := s.History.Resolve(ctx, catalog.DatasetName("s3://lake", "marts/orders"))
	must(t, err)
	if !seen || len(got) != 1 || got[0] != want {
		t.Errorf("the policy is about %v, want %s", got, want)
	}
	id, seen, err := s.History.Resolve(ctx, catalog.DatasetName("postgresql+psycopg2://WH", "shop.raw.orders"))
	must(t, err)
	if orders, _, _ := s.History.Resolve(ctx, catalog.DatasetName("postgres://wh:5432", "shop.raw.orders")); !seen || id != orders {
		t.Error("the input is another dataset")
	}
}
