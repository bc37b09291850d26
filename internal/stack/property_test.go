package stack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/internal/stack"
	"github.com/weirhq/weir/state/sqlite"
)

// The small world of the property: few names, so that everything meets.
var (
	day0     = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	datasets = []catalog.Name{
		catalog.DatasetName("postgres://h:5432", "d.s.a"), catalog.DatasetName("postgresql://H", "d.s.a"), // one table, two spellings
		catalog.DatasetName("postgres://h:5432", "d.s.b"), catalog.DatasetName("s3://lake", "a"),
		catalog.DatasetName("s3://lake", "b"), catalog.DatasetName("hive://m:9083", "d.a"), catalog.DatasetName("file", "/x"),
		catalog.DatasetName("postgres://h:5432", "s.b"), catalog.DatasetName("postgres://h:5432", "e.s.b"), // a short name, and what makes it ambiguous
		catalog.DatasetName("s3://lake", "a/dt=1"), catalog.DatasetName("s3a://lake", "/a/dt=2"), // partitions
		catalog.DatasetName("snowflake://o-a", "D.S.x"), catalog.DatasetName("snowflake://o-a", "D.S.X"), // a store without case
	}
	jobs = []catalog.Name{catalog.JobName("p", "j1"), catalog.JobName("p", "j2"), catalog.JobName("p", "j3")}
)

// object is JSON under construction.
type object = map[string]any

func pick[T any](t *rapid.T, list []T, what string) T { return rapid.SampledFrom(list).Draw(t, what) }

func chance(t *rapid.T, in int, what string) bool {
	return rapid.IntRange(0, in-1).Draw(t, what) == in-1
}

func ref(n catalog.Name) object { return object{"namespace": n.Namespace, "name": n.Name} }

func someDatasets(t *rapid.T, what string) []object {
	out := []object{}
	for _, n := range rapid.SliceOfNDistinct(rapid.SampledFrom(datasets), 0, 2, func(n catalog.Name) catalog.Name { return n }).Draw(t, what) {
		d := ref(n)
		facets := object{}
		if chance(t, 4, "symlink") {
			to := ref(pick(t, datasets, "to"))
			to["type"] = "TABLE"
			facets["symlinks"] = object{"identifiers": []object{to}}
		}
		if chance(t, 4, "documented") {
			facets["documentation"] = object{"description": pick(t, []string{"x", "y"}, "text")}
		}
		if chance(t, 6, "owned") {
			facets["ownership"] = object{"owners": []object{{"name": "team", "type": pick(t, []string{"dev", "ops"}, "owner")}}}
			facets["tags"] = object{"tags": []object{{"key": "pii", "value": pick(t, []string{"yes", "no"}, "pii")}}}
			facets["schema"] = object{"fields": []object{{"name": "c", "type": "int"}}}
		}
		if chance(t, 5, "lifecycle") {
			facets["lifecycleStateChange"] = someLifecycle(t)
		}
		if what == "outputs" && chance(t, 4, "columns") {
			from := ref(pick(t, datasets, "column source"))
			from["field"] = pick(t, []string{"c", "d"}, "field")
			facets["columnLineage"] = object{"fields": object{"c": object{"inputFields": []object{from}}}}
		}
		if len(facets) > 0 {
			d["facets"] = facets
		}
		if what == "outputs" && chance(t, 4, "statistics") {
			d["outputFacets"] = object{"outputStatistics": object{"rowCount": rapid.IntRange(0, 1).Draw(t, "rows")},
				"subset": object{"outputCondition": object{"type": "partition", "partitions": []object{{"identifier": pick(t, []string{"p", "q"}, "partition")}}}}}
		}
		if what == "inputs" && chance(t, 6, "look") {
			d["inputFacets"] = object{"weir_sourceFreshness": object{"maxLoadedAt": someTime(t)}}
		}
		if what == "inputs" && chance(t, 6, "read") {
			d["inputFacets"] = object{"icebergScanReport": object{"snapshotId": rapid.Int64Range(math.MaxInt64-1, math.MaxInt64).Draw(t, "snapshot")},
				"subset": object{"inputCondition": object{"type": "partition", "partitions": []object{{"identifier": pick(t, []string{"p", "q"}, "partition")}}}}}
		}
		if what == "outputs" && chance(t, 6, "commit") {
			d["outputFacets"] = object{"icebergCommitReport": object{"snapshotId": rapid.Int64Range(math.MaxInt64-1, math.MaxInt64).Draw(t, "snapshot")}}
		}
		out = append(out, d)
	}
	return out
}

// someTime has few values, so that ties happen, over days, so that edges end.
func someTime(t *rapid.T) string {
	return day0.Add(time.Duration(rapid.IntRange(0, 7).Draw(t, "half days")) * 12 * time.Hour).
		Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "minutes")) * time.Minute).Format(time.RFC3339)
}

func someEvent(t *rapid.T) object {
	e := object{"eventTime": someTime(t), "producer": "test"}
	kind := rapid.IntRange(0, 9).Draw(t, "kind")
	if kind == 9 {
		d := ref(pick(t, datasets, "dataset"))
		d["facets"] = declaredFacets(t)
		e["dataset"] = d
		return e
	}
	job := ref(pick(t, jobs, "job"))
	e["job"], e["inputs"], e["outputs"] = job, someDatasets(t, "inputs"), someDatasets(t, "outputs")
	order := object{}
	if chance(t, 6, "order") {
		order["jobDependencies"] = object{pick(t, []string{"upstream", "downstream"}, "way"): []object{{"job": ref(pick(t, jobs, "other")), "dependency_type": pick(t, []string{"", "DIRECT"}, "dependency")}}}
	}
	if chance(t, 5, "explicit") {
		job["facets"] = object{"lineage": jobLineage(t)}
	}
	if kind == 8 {
		facets, _ := job["facets"].(object)
		if facets == nil {
			facets = object{}
		}
		if chance(t, 8, "explicit no more") {
			facets["lineage"] = object{"_deleted": true}
		}
		maps.Copy(facets, order)
		job["facets"] = facets
		return e
	}
	e["eventType"] = pick(t, []string{"START", "COMPLETE", "COMPLETE", "FAIL", "RUNNING", "ABORT"}, "type")
	if chance(t, 6, "parent") {
		order["parent"] = object{"run": object{"runId": "parent"}, "job": ref(pick(t, jobs, "parent job"))}
	}
	if chance(t, 8, "incomplete") {
		order["extractionError"] = object{"totalTasks": 2, "failedTasks": 1, "errors": []object{}}
	}
	if chance(t, 8, "endless") {
		facets, _ := job["facets"].(object)
		if facets == nil {
			facets = object{}
		}
		facets["jobType"] = object{"processingType": "BATCH", "integration": "X", "emissionPattern": object{"eventContentMode": "COMPLETE_SNAPSHOT", "eventTrigger": "PERIODIC", "windowDuration": rapid.IntRange(1, 2).Draw(t, "window")}}
		job["facets"] = facets
	}
	e["run"] = object{"runId": pick(t, []string{"r1", "r2", "r3", "r4", "r5"}, "run"), "facets": order}
	return e
}

func someLifecycle(t *rapid.T) object {
	lc := object{"lifecycleStateChange": pick(t, []string{"DROP", "CREATE", "RENAME", "ALTER"}, "change")}
	if lc["lifecycleStateChange"] == "RENAME" {
		lc["previousIdentifier"] = ref(pick(t, datasets, "previous"))
	}
	return lc
}

// jobLineage is an explicit lineage facet of a job.
func jobLineage(t *rapid.T) object {
	entries := []object{}
	for range rapid.IntRange(0, 2).Draw(t, "entries") {
		entry := someEnd(t, "target")
		maps.Copy(entry, someSources(t))
		entries = append(entries, entry)
	}
	return object{"entries": entries}
}

// declaredFacets are the lineage that a DatasetEvent states or takes back.
func declaredFacets(t *rapid.T) object {
	switch rapid.IntRange(0, 6).Draw(t, "declares") {
	case 0:
		return object{"lineage": someSources(t)}
	case 1:
		return object{"lineage": object{"_deleted": true}}
	case 2:
		from := ref(pick(t, datasets, "column source"))
		from["field"] = "c"
		return object{"columnLineage": object{"fields": object{"c": object{"inputFields": []object{from}}}}}
	case 3:
		return object{"columnLineage": object{"_deleted": true}}
	case 4:
		return object{"lifecycleStateChange": someLifecycle(t)}
	}
	return object{}
}

func someSources(t *rapid.T) object {
	from := someEnd(t, "source")
	if chance(t, 3, "field") && from["type"] == "DATASET" {
		from["field"] = "c"
	}
	if chance(t, 4, "transformed") {
		from["transformations"] = []object{{"type": "DIRECT", "masking": rapid.Bool().Draw(t, "masking")}}
	}
	switch rapid.IntRange(0, 3).Draw(t, "sources") {
	case 0:
		return object{"inputs": []object{}}
	case 1:
		return object{"fields": object{"d": object{"inputs": []object{from}}}}
	}
	return object{"inputs": []object{from}}
}

func someEnd(t *rapid.T, what string) object {
	switch rapid.IntRange(0, 5).Draw(t, what) {
	case 0:
		return object{"type": "JOB"} // the event's own
	case 1:
		end := ref(pick(t, jobs, what))
		end["type"] = "JOB"
		return end
	}
	end := ref(pick(t, datasets, what))
	end["type"] = "DATASET"
	return end
}

func someOperator(t *rapid.T, i int) catalog.OperatorFact {
	list := datasets
	if chance(t, 3, "of jobs") {
		list = jobs
	}
	names := rapid.SliceOfNDistinct(rapid.SampledFrom(list), 2, 3, func(n catalog.Name) catalog.Name { return n }).Draw(t, "names")
	op := catalog.OperatorFact{Verb: catalog.OperatorMerge, At: day0.Add(time.Duration(i/2) * time.Second), Names: names}
	switch rapid.IntRange(0, 3).Draw(t, "verb") {
	case 1:
		op.Verb, op.Names, op.Rest = catalog.OperatorSplit, names[:1], names[1:]
	case 2:
		op.Verb, op.Names, op.Preferred = catalog.OperatorAlias, names[:2], rapid.Bool().Draw(t, "preferred")
	}
	return op
}

// someCuration says something of one asset.
func someCuration(t *rapid.T, i int) catalog.OperatorFact {
	list := append([]catalog.Name{catalog.DatasetName("sheets", "plan")}, slices.Concat(datasets, jobs)...)
	f := catalog.OperatorFact{At: day0.Add(time.Duration(i/2) * time.Hour), Actor: "ann", Names: []catalog.Name{pick(t, list, "of")}}
	field := pick(t, []string{"", "c"}, "field")
	switch rapid.IntRange(0, 4).Draw(t, "what") {
	case 0:
		f.Verb, f.Owner = pick(t, []catalog.OperatorVerb{catalog.OperatorOwn, catalog.OperatorDisown}, "verb"), &catalog.Owner{Name: "team", Type: pick(t, []string{"", "dev"}, "type")}
	case 1:
		f.Verb, f.Tag = pick(t, []catalog.OperatorVerb{catalog.OperatorTag, catalog.OperatorUntag}, "verb"), &catalog.Tag{Key: "pii", Value: pick(t, []string{"", "yes"}, "value"), Field: field}
	case 2:
		f.Verb, f.Description = catalog.OperatorDescribe, &catalog.Description{Field: field, Text: pick(t, []string{"", "a plan"}, "text")}
	case 3:
		f.Verb = catalog.OperatorUndeclare
	default:
		f.Verb, f.Declaration = catalog.OperatorDeclare, &catalog.Declaration{Inputs: []catalog.Name{pick(t, datasets, "input")}}
		switch {
		case f.Names[0].Type == catalog.TypeJob:
			f.Declaration.Outputs = []catalog.Name{pick(t, datasets, "output")}
		case rapid.Bool().Draw(t, "made by a job"):
			f.Declaration.Inputs = append(f.Declaration.Inputs, pick(t, jobs, "by"))
		}
	}
	return f
}

// curated are entries of which a third are statements, some taken back.
func curated() func(*rapid.T, int) catalog.Entry {
	var said []catalog.OperatorFact
	return func(t *rapid.T, i int) catalog.Entry {
		if i == 0 {
			said = nil
		}
		var f catalog.OperatorFact
		switch kind := rapid.IntRange(0, 5).Draw(t, "entry"); {
		case kind == 0:
			return someEntry(t, i)
		case kind == 1 && len(said) > 0:
			of := pick(t, said, "taken back")
			f = catalog.Statement{ID: of.ID(), Fact: of}.Undo()
			f.At = day0.Add(time.Duration(i) * time.Hour)
		case kind == 2:
			f = someOperator(t, i)
		default:
			f = someCuration(t, i)
		}
		said = append(said, f)
		raw, err := json.Marshal(f)
		must(t, err)
		t.Logf("entry %d: %s", i, raw)
		return catalog.Entry{Kind: catalog.EntryOperator, ReceivedAt: day0, Body: raw}
	}
}

// TestCurationEqualsNaiveModel is the same where people say most of what is
// known, contradict each other and take it back.
func TestCurationEqualsNaiveModel(t *testing.T) {
	t.Parallel()
	equalsModel(t, 12, curated())
}

// TestRenamedCurationEqualsNaiveModel is the same where tables are renamed,
// written again and swapped.
func TestRenamedCurationEqualsNaiveModel(t *testing.T) {
	t.Parallel()
	tables := datasets[1:5]
	equalsModel(t, 12, func(t *rapid.T, i int) catalog.Entry {
		kind, body := catalog.EntryEvent, any(nil)
		switch rapid.IntRange(0, 5).Draw(t, "what") {
		case 0, 1:
			d := ref(pick(t, tables, "renamed"))
			d["facets"] = object{"lifecycleStateChange": object{"lifecycleStateChange": "RENAME", "previousIdentifier": ref(pick(t, tables, "previous"))}}
			body = object{"eventTime": someTime(t), "producer": "test", "dataset": d}
		case 2:
			body = object{"eventTime": someTime(t), "producer": "test", "eventType": "COMPLETE", "run": object{"runId": fmt.Sprint("w", i)}, "job": ref(jobs[0]), "outputs": []object{ref(pick(t, tables, "written"))}}
		case 3:
			kind, body = catalog.EntryOperator, someOperator(t, i)
		default:
			f := someCuration(t, i)
			f.Names[0] = pick(t, tables, "curated")
			if f.Declaration != nil {
				f.Declaration.Outputs = nil
			}
			kind, body = catalog.EntryOperator, f
		}
		raw, err := json.Marshal(body)
		must(t, err)
		t.Logf("entry %d: %s", i, raw)
		return catalog.Entry{Kind: kind, ReceivedAt: day0, Body: raw}
	})
}

func someEntry(t *rapid.T, i int) catalog.Entry {
	kind, body := catalog.EntryEvent, any(nil)
	if chance(t, 6, "operator") {
		kind, body = catalog.EntryOperator, someOperator(t, i)
	} else {
		body = someEvent(t)
	}
	raw, err := json.Marshal(body)
	must(t, err)
	t.Logf("entry %d: %s", i, raw)
	return catalog.Entry{Kind: kind, ReceivedAt: day0, Body: raw}
}

// mappedNames is an operator who knows that much of the small world is one.
var mappedNames = func() *catalog.Naming {
	g, err := catalog.NewNaming(catalog.NamingConfig{
		Namespaces: map[string]string{"hive://m": "postgres://h"},
		Hosts:      map[string]string{"h:5432": "proxy:6432"},
		Defaults:   map[string]catalog.NameDefaults{"postgres://h": {Database: "d", Schema: "s"}},
		Mounts:     map[string]string{"/x": "s3://lake/a"},
	})
	if err != nil {
		panic(err)
	}
	return g
}()

// walker drives one stack through deliveries, followers and restarts.
type walker struct {
	t   *rapid.T
	dir string
	s   *stack.Stack
	pos catalog.Position
	// naming is what names are compared by.
	naming *catalog.Naming
}

func (w *walker) open() {
	s, err := stack.OpenNamed(context.Background(), w.dir, w.naming)
	must(w.t, err)
	w.s = s
}

func (w *walker) project(batch int, entries []catalog.Entry) {
	for i := range entries {
		w.pos++
		entries[i].Position = w.pos
	}
	must(w.t, w.s.Project(context.Background(), batch, entries...))
}

func (w *walker) restart() {
	must(w.t, w.s.Close())
	w.open()
}

// reborn goes on in a directory that has nothing but a snapshot, as a rebuild
// does where the journal before it is gone.
func (w *walker) reborn() {
	ctx := context.Background()
	snap, err := w.s.DB.Snapshot(ctx, filepath.Join(w.dir, "snapshots"))
	must(w.t, err)
	if snap.Position != w.pos {
		w.t.Fatalf("the snapshot is at %s, want %s", snap.Position, w.pos)
	}
	must(w.t, w.s.Close())
	w.dir = filepath.Join(w.dir, "next")
	must(w.t, os.Mkdir(w.dir, 0o700))
	db, err := sqlite.Open(ctx, filepath.Join(w.dir, "state.db"))
	must(w.t, err)
	must(w.t, db.LoadProjection(ctx, snap))
	must(w.t, db.Close())
	w.open()
}

// TestEqualsNaiveModel: whatever was sent, in whatever order, how often, in
// which batches and over which restarts, weir knows what a naive model knows
// that computes everything from the whole set.
func TestEqualsNaiveModel(t *testing.T) {
	t.Parallel()
	equalsModel(t, 12, someEntry)
}

// TestIntervalsEqualNaiveModel is the same of one job that runs twice a day and
// reads one table or two: edges end, come back, and begin elsewhere than was
// thought.
func TestIntervalsEqualNaiveModel(t *testing.T) {
	t.Parallel()
	equalsModel(t, 16, func(t *rapid.T, i int) catalog.Entry {
		run := i / 2 // two events each
		at := day0.Add(time.Duration(run)*12*time.Hour + time.Duration(rapid.IntRange(0, 2).Draw(t, "minute"))*time.Minute)
		list := []object{ref(datasets[2]), ref(datasets[3])}
		raw, err := json.Marshal(object{"eventTime": at.Format(time.RFC3339), "producer": "test", "inputs": list[:rapid.IntRange(1, 2).Draw(t, "inputs")],
			"eventType": pick(t, []string{"COMPLETE", "FAIL", "RUNNING", "START"}, "type"),
			"job":       ref(jobs[0]), "run": object{"runId": fmt.Sprint("r", run)}})
		must(t, err)
		t.Logf("entry %d: %s", i, raw)
		return catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: day0, Body: raw}
	})
}

func equalsModel(t *testing.T, most int, some func(*rapid.T, int) catalog.Entry) {
	rapid.Check(t, func(t *rapid.T) {
		entries := make([]catalog.Entry, most-rapid.IntRange(0, most-1).Draw(t, "fewer"))
		for i := range entries {
			entries[i] = some(t, i)
		}
		dir, err := os.MkdirTemp("", "weir-model")
		must(t, err)
		defer os.RemoveAll(dir)
		w := &walker{t: t, dir: dir, naming: pick(t, []*catalog.Naming{catalog.DefaultNaming(), mappedNames}, "naming")}
		w.open()
		defer func() { _ = w.s.Close() }()
		w.deliver(entries)
		m := newNamedModel(w.naming, entries)
		w.compare(m)
	})
}

// deliver sends each entry at least once, some again, with followers and
// restarts between.
func (w *walker) deliver(entries []catalog.Entry) {
	t := w.t
	places := make([]int, len(entries))
	for i := range places {
		places[i] = i
	}
	order := places
	if rapid.Bool().Draw(t, "shuffled") {
		order = rapid.Permutation(places).Draw(t, "order")
	}
	order = slices.Clone(order)
	for range rapid.IntRange(0, 3).Draw(t, "again") {
		order = append(order, pick(t, places, "twice"))
	}
	for len(order) > 0 {
		n := rapid.IntRange(1, len(order)).Draw(t, "deliver")
		var part []catalog.Entry
		for _, i := range order[:n] {
			part = append(part, entries[i])
		}
		w.project(rapid.IntRange(1, 4).Draw(t, "batch"), part)
		order = order[n:]
		switch rapid.IntRange(0, 9).Draw(t, "then") {
		case 1, 2, 3:
			must(t, w.s.Follow(context.Background()))
		case 4, 5, 6:
			w.restart()
		case 7:
			w.reborn()
		}
	}
}

func (w *walker) compare(m *model) {
	ctx := context.Background()
	var b bytes.Buffer
	must(w.t, w.s.Export(ctx, &b))
	if got, want := b.String(), m.export(w.t); got != want {
		w.t.Fatalf("the export differs from the model's:\n%s", lineDiff(want, got))
	}
	rows := m.rows()
	topo := graph.NewTopology()
	must(w.t, topo.Apply(ctx, graph.Change{Position: 1, Rows: rows}))
	for _, r := range rows {
		w.lineage(topo, r.Asset)
		if r.Asset.Type == catalog.TypeDataset {
			w.versions(m, r.Asset.ID)
		} else {
			w.runs(m, r.Asset.ID)
		}
	}
}

func (w *walker) lineage(want *graph.Topology, a catalog.Asset) {
	q := graph.Traversal{Roots: []catalog.AssetID{a.ID}, Direction: graph.Both}
	clean := func(l graph.Lineage, err error) graph.Lineage {
		must(w.t, err)
		l.Position = 0
		return l
	}
	expect := clean(graph.Walk(context.Background(), want, q))
	for name, src := range map[string]graph.Neighbourer{"topology": w.s.Topology, "store": w.s.Graph} {
		if d := cmp.Diff(expect, clean(graph.Walk(context.Background(), src, q))); d != "" {
			w.t.Fatalf("lineage of %s on the %s (-model +got):\n%s", a.Name, name, d)
		}
	}
}

func (w *walker) versions(m *model, id catalog.AssetID) {
	want := m.versions(id)
	for _, limit := range []int{1, 100} {
		w.same(id, want[:min(limit, len(want))], catalog.VersionQuery{Dataset: id, Limit: limit})
	}
	for start := range m.starts() { // what a run that started then is pinned to
		pin := []catalog.Version{}
		for _, v := range want {
			if !v.Tainted && v.ProducedAt.Before(start) && len(pin) == 0 {
				pin = append(pin, v)
			}
		}
		w.same(id, pin, catalog.VersionQuery{Dataset: id, Untainted: true, Before: start, Limit: 1})
	}
}

func (w *walker) same(id catalog.AssetID, want []catalog.Version, q catalog.VersionQuery) {
	got, err := w.s.History.Versions(context.Background(), q)
	must(w.t, err)
	if d := cmp.Diff(want, got, cmpEmpty); d != "" {
		w.t.Fatalf("versions of %s by %+v (-model +got):\n%s", id, q, d)
	}
}

// runs of a job are listed in an order that no arrival decides.
func (w *walker) runs(m *model, id catalog.AssetID) {
	list, err := w.s.History.Runs(context.Background(), catalog.RunQuery{Jobs: []catalog.AssetID{id}, Limit: 100})
	must(w.t, err)
	var got []catalog.RunKey
	for _, r := range list {
		got = append(got, r.Key)
	}
	if d := cmp.Diff(m.runKeys(id), got); d != "" {
		w.t.Fatalf("runs of %s (-model +got):\n%s", id, d)
	}
	newest, err := w.s.History.LatestRuns(context.Background(), []catalog.AssetID{id, id})
	must(w.t, err)
	if len(list) == 0 != (len(newest) == 0) || len(list) > 0 && !slices.ContainsFunc(newest, func(r catalog.Run) bool { return r.Key == list[0].Key }) {
		w.t.Fatalf("newest runs of %s: %v, want the first of %v", id, newest, got)
	}
}

// cmpEmpty holds an empty list and none for equal.
var cmpEmpty = cmp.FilterValues(func(a, b []catalog.Version) bool { return len(a) == 0 && len(b) == 0 }, cmp.Comparer(func(_, _ []catalog.Version) bool { return true }))

// lineDiff lists the lines that only one side has.
func lineDiff(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	var out []string
	for _, l := range a {
		if !slices.Contains(b, l) {
			out = append(out, "- "+l)
		}
	}
	for _, l := range b {
		if !slices.Contains(a, l) {
			out = append(out, "+ "+l)
		}
	}
	return fmt.Sprintf("%d lines, want %d\n%s", len(b), len(a), strings.Join(out, "\n"))
}
