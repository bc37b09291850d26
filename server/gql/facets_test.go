package gql_test

import (
	"context"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
)

func (w *world) send(t *testing.T, events ...string) {
	t.Helper()
	for _, e := range events {
		if _, err := w.journal.Append(context.Background(), catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: noon, Body: []byte(e)}); err != nil {
			t.Fatal(err)
		}
	}
}

func runEvent(at, typ, id, job, runFacets, rest string) string {
	return `{"eventTime":"` + at + `","eventType":"` + typ + `","producer":"t","schemaURL":"s","run":{"runId":"` + id + `","facets":{` + runFacets + `}},"job":{"namespace":"live","name":"` + job + `"}` + rest + `}`
}

// What a producer sent is readable as it came, also what weir knows nothing of.
func TestFacets(t *testing.T) {
	w := newWorld(t)
	w.send(t,
		runEvent("2026-03-01T10:00:00Z", "START", uid(50), "j", `"odd":{"big":9007199254740993, "old":true},"environmentVariables":{"environmentVariables":[{"name":"K","value":"s3cret"}]},"processing_engine":{"name":"Spark","version":"4"}`, ``),
		runEvent("2026-03-01T10:01:00Z", "COMPLETE", uid(50), "j", `"odd":{"big":9007199254740993, "old":false}`,
			`,"outputs":[{"namespace":"n","name":"d","facets":{"mine":{"a":1}},"outputFacets":{"outputStatistics":{"rowCount":7},"huge":{"x":"`+strings.Repeat("y", 1<<20)+`"}}}]`))
	a := w.ask(t, `{ job(namespace:"live", name:"j") { latestRun { engine { name version adapter } outputs { rowCount bytes dataset { facets(keys:["mine","none"]) { key value raw bytes } none: facets(keys:[]) { key } } }
		facets { key side dataset { name } value raw bytes } } } }`, nil)
	body := string(a.body)
	for _, want := range []string{
		`{"key":"odd","side":null,"dataset":null,"value":{"big":9007199254740993,"old":false},"raw":"{\"big\":9007199254740993, \"old\":false}","bytes":37}`,
		`{"key":"mine","value":{"a":1},"raw":"{\"a\":1}","bytes":7}`, `"none":[]`,
		`"engine":{"name":"Spark","version":"4","adapter":null}`, `"rowCount":7,"bytes":null`,
		`{"key":"outputStatistics","side":"OUTPUT","dataset":{"name":"d"},"value":{"rowCount":7}`,
		`{"key":"huge","side":"OUTPUT","dataset":{"name":"d"},"value":null,"raw":null,"bytes":1048584}`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %.3000s", want, body)
		}
	}
	if strings.Contains(body, "s3cret") || strings.Contains(body, "environmentVariables") {
		t.Errorf("the environment is shown: %.3000s", body)
	}
}

// A run that never ends is not shown as running for ever.
func TestExpiredRuns(t *testing.T) {
	w := newWorld(t)
	parent := func(id string) string {
		return `"parent":{"run":{"runId":"` + id + `"},"job":{"namespace":"live","name":"parent"}}`
	}
	w.send(t,
		runEvent("2026-02-27T10:00:00Z", "START", uid(60), "silent", "", ""),
		runEvent("2026-03-01T11:00:00Z", "START", uid(61), "young", "", ""),
		runEvent("2026-03-01T10:00:00Z", "START", uid(62), "parent", "", ""),
		runEvent("2026-03-01T10:01:00Z", "START", uid(63), "child", parent(uid(62)), ""),
		runEvent("2026-03-01T10:30:00Z", "FAIL", uid(62), "parent", "", ""),
		runEvent("2026-03-01T10:30:00Z", "START", uid(64), "orphan", parent(uid(99)), ""),
		`{"eventTime":"2026-02-27T10:00:00Z","eventType":"START","producer":"t","schemaURL":"s","run":{"runId":"`+uid(65)+`"},"job":{"namespace":"live","name":"daily",
			"facets":{"jobType":{"processingType":"BATCH","integration":"X","emissionPattern":{"eventTrigger":"PERIODIC","eventContentMode":"ACCUMULATIVE","windowDuration":86400}}}}}`)
	for job, want := range map[string]string{
		"silent": `{"state":"UNKNOWN","expired":"SILENCE","endedAt":null}`, "young": `{"state":"RUNNING","expired":null,"endedAt":null}`,
		"parent": `{"state":"FAILED","expired":null,"endedAt":"2026-03-01T10:30:00Z"}`, "child": `{"state":"UNKNOWN","expired":"PARENT_ENDED","endedAt":null}`,
		"orphan": `{"state":"RUNNING","expired":null,"endedAt":null}`, "daily": `{"state":"RUNNING","expired":null,"endedAt":null}`,
	} {
		a := w.ask(t, `{ job(namespace:"live", name:"`+job+`") { latestRun { state expired endedAt } } }`, nil)
		if !strings.Contains(string(a.body), want) {
			t.Errorf("%s: %s, want %s", job, a.body, want)
		}
		for _, state := range []string{"RUNNING", "UNKNOWN", "FAILED"} {
			a := w.ask(t, `{ job(namespace:"live", name:"`+job+`") { runs(state: [`+state+`]) { nodes { state } } } }`, nil)
			if shown := strings.Contains(string(a.body), state); shown != strings.Contains(want, state) {
				t.Errorf("%s with state %s: %s", job, state, a.body)
			}
		}
	}
}

// A job that states what flows between its datasets is their producer and
// consumer all the same, and nothing flows that it did not state.
func TestExplicitLineage(t *testing.T) {
	w := newWorld(t)
	w.send(t, `{"eventTime":"2026-03-01T10:00:00Z","eventType":"COMPLETE","producer":"t","schemaURL":"s","run":{"runId":"`+uid(70)+`"},"job":{"namespace":"live","name":"bulk","facets":{"lineage":{"entries":[
		{"type":"DATASET","namespace":"n","name":"c","inputs":[{"type":"DATASET","namespace":"n","name":"a"}]},
		{"type":"DATASET","namespace":"n","name":"d","inputs":[{"type":"DATASET","namespace":"n","name":"b"}]}]}}},
		"inputs":[{"namespace":"n","name":"a"},{"namespace":"n","name":"b"}],"outputs":[{"namespace":"n","name":"c"},{"namespace":"n","name":"d"}]}`)
	a := w.ask(t, `{ job(namespace:"live", name:"bulk") { id inputs { nodes { name { name } } } outputs { nodes { name { name } } } } dataset(namespace:"n", name:"a") { id consumers { nodes { name { name } } } }
		c: dataset(namespace:"n", name:"c") { producers { nodes { name { name } } } }
		impact(changes: [{ dataset: { namespace: "live", name: "bulk" }, kind: STOP_JOB }]) { affected { asset { name { name } } severity } } }`, nil)
	for _, want := range []string{
		`"inputs":{"nodes":[{"name":{"name":"a"}},{"name":{"name":"b"}}]},"outputs":{"nodes":[{"name":{"name":"c"}},{"name":{"name":"d"}}]}`,
		`"consumers":{"nodes":[{"name":{"name":"bulk"}}]}`, `"c":{"producers":{"nodes":[{"name":{"name":"bulk"}}]}}`,
		`{"asset":{"name":{"name":"c"}},"severity":"DEGRADING"}`,
	} {
		if !strings.Contains(string(a.body), want) {
			t.Errorf("%s is not in %s", want, a.body)
		}
	}
	id := catalog.AssetID(catalog.DatasetName("n", "a").ID())
	a = w.ask(t, `{ lineage(roots: ["asset_`+id.String()+`"], direction: DOWNSTREAM) { nodes { asset { name { name } } } edges { type statedBy } } }`, nil)
	if s := string(a.body); !strings.Contains(s, `"c"`) || strings.Contains(s, `"d"`) || !strings.Contains(s, `"type":"DERIVES"`) || strings.Contains(s, `"statedBy":null`) {
		t.Errorf("downstream of a: %s", s)
	}
}

// A job says how its runs send events.
func TestEmission(t *testing.T) {
	w := newWorld(t)
	w.send(t, `{"eventTime":"2026-03-01T10:00:00Z","producer":"t","schemaURL":"s","job":{"namespace":"live","name":"said",
		"facets":{"jobType":{"processingType":"BATCH","integration":"X","emissionPattern":{"eventTrigger":"PERIODIC","eventContentMode":"COMPLETE_SNAPSHOT","windowDuration":90}}}}}`,
		runEvent("2026-03-01T10:00:00Z", "START", uid(66), "unsaid", "", ""))
	for job, want := range map[string]string{"said": `{"trigger":"PERIODIC","contentMode":"COMPLETE_SNAPSHOT","window":"PT1M30S"}`, "unsaid": `null`} {
		a := w.ask(t, `{ job(namespace:"live", name:"`+job+`") { emission { trigger contentMode window } } }`, nil)
		if !strings.Contains(string(a.body), `"emission":`+want+`}`) {
			t.Errorf("%s: %s, want %s", job, a.body, want)
		}
	}
}

// A run says which partitions and snapshots it read: 64-bit ids that no float
// tells apart among them.
func TestReads(t *testing.T) {
	w := newWorld(t)
	write := func(at, id, snapshot, day string) string {
		return runEvent(at, "COMPLETE", id, "load", "", `,"outputs":[{"namespace":"s3://lake","name":"w/orders/day=`+day+`","outputFacets":{"icebergCommitReport":{"snapshotId":`+snapshot+`}}}]`)
	}
	read := func(at, id, job, name, facets string) string {
		return runEvent(at, "COMPLETE", id, job, "", `,"inputs":[{"namespace":"s3://lake","name":"w/orders`+name+`","inputFacets":{`+facets+`}}]`)
	}
	w.send(t,
		write("2026-03-01T08:00:00Z", uid(70), "9007199254740992", "1"), write("2026-03-01T09:00:00Z", uid(71), "9007199254740993", "2"),
		write("2026-03-01T09:30:00Z", uid(72), "9007199254740994", "1"),
		read("2026-03-01T10:00:00Z", uid(73), "by-snapshot", "", `"icebergScanReport":{"snapshotId":9007199254740993}`),
		read("2026-03-01T10:00:00Z", uid(74), "by-part", "", `"subset":{"inputCondition":{"type":"partition","partitions":[{"identifier":"day=2"},{"identifier":"day=9"}]}}`),
		read("2026-03-01T10:00:00Z", uid(75), "by-path", "/day=2", ``),
		read("2026-03-01T10:00:00Z", uid(76), "by-both", "/day=1", `"icebergScanReport":{"snapshotId":9007199254740992}`),
		read("2026-03-01T10:00:00Z", uid(77), "unknown", "", `"icebergScanReport":{"snapshotId":5}`))
	for job, want := range map[string]string{
		"by-snapshot": `[{"partition":null,"dataVersion":"9007199254740993","version":{"producedAt":"2026-03-01T09:00:00Z"},"dataset":{"name":{"name":"w/orders"}}}]`,
		"by-part": `[{"partition":"day=2","dataVersion":null,"version":{"producedAt":"2026-03-01T09:00:00Z"},"dataset":{"name":{"name":"w/orders"}}},` +
			`{"partition":"day=9","dataVersion":null,"version":{"producedAt":"2026-03-01T09:30:00Z"},"dataset":{"name":{"name":"w/orders"}}}]`,
		"by-path": `[{"partition":"day=2","dataVersion":null,"version":{"producedAt":"2026-03-01T09:00:00Z"},"dataset":{"name":{"name":"w/orders"}}}]`,
		"by-both": `[{"partition":"day=1","dataVersion":"9007199254740992","version":{"producedAt":"2026-03-01T08:00:00Z"},"dataset":{"name":{"name":"w/orders"}}}]`,
		"unknown": `[{"partition":null,"dataVersion":"5","version":{"producedAt":"2026-03-01T09:30:00Z"},"dataset":{"name":{"name":"w/orders"}}}]`,
	} {
		a := w.ask(t, `{ job(namespace:"live", name:"`+job+`") { latestRun { reads { partition dataVersion version { producedAt } dataset { name { name } } } } } }`, nil)
		if !strings.Contains(string(a.body), `"reads":`+want+`}`) {
			t.Errorf("%s: %s, want %s", job, a.body, want)
		}
	}
}
