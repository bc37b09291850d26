package stack_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/ingest/openlineage"
	"github.com/weirhq/weir/internal/corpus"
)

var (
	update       = flag.Bool("update", false, "write what is expected anew: the changes, the figures of the corpus")
	permutations = flag.Int("corpus.permutations", 0, "how many random orders of each folder of the corpus are tried (0: as many as a run in CI affords)")
)

// corpusFigures holds what weir makes of each folder.
const corpusFigures = "testdata/corpus.txt"

// corpusFolders are the folders of the corpus and, where several runs of one
// tool lie beside each other, all of them together: what they share is one.
func corpusFolders(t *testing.T) []corpus.Folder {
	t.Helper()
	folders, err := corpus.Read(corpus.Root())
	must(t, err)
	all := map[string]*corpus.Folder{}
	for _, f := range folders {
		if path.Ext(f.Name) == ".ndjson" {
			dir := path.Dir(f.Name)
			if all[dir] == nil {
				all[dir] = &corpus.Folder{Name: dir}
			}
			all[dir].Events = append(all[dir].Events, f.Events...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		folders = append(folders, *all[name])
	}
	return folders
}

// withCorpus registers a test of the corpus when it is there.
func withCorpus(t *testing.T, test func(*testing.T, []corpus.Folder)) {
	if corpus.Root() != "" {
		t.Run("folders", func(t *testing.T) { test(t, corpusFolders(t)) })
	}
}

// TestCorpusFigures counts what each folder makes: how many of its events are
// taken and state something, how many names they use, and how many jobs, runs,
// datasets, versions and edges stand for them. -update writes the table anew.
func TestCorpusFigures(t *testing.T) {
	withCorpus(t, func(t *testing.T, folders []corpus.Folder) {
		var b bytes.Buffer
		w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
		fmt.Fprintln(w, figuresHead)
		for _, f := range folders {
			fmt.Fprintln(w, figuresOf(f, export(t, f.Bodies(), 100)))
		}
		must(t, w.Flush())
		for _, f := range folders {
			for _, left := range f.Left {
				fmt.Fprintf(&b, "left out: %s\n", left)
			}
		}
		if *update {
			must(t, os.WriteFile(corpusFigures, b.Bytes(), 0o644))
		}
		want, err := os.ReadFile(corpusFigures)
		must(t, err)
		if string(want) != b.String() {
			t.Errorf("the figures differ (look at them, then -update):\n%s", lineDiff(string(want), b.String()))
		}
	})
}

const figuresHead = "folder\tevents\thydrated\ttaken\tstating\tjob names\tjobs\truns\tdataset names\tdatasets\tversions\tREADS\tWRITES\tDERIVES\tCONTAINS\tCONTROLS"

func figuresOf(f corpus.Folder, export string) string {
	hydrated, taken, stating := 0, 0, 0
	jobs, datasets := map[string]bool{}, map[string]bool{}
	for _, e := range f.Events {
		if e.Hydrated {
			hydrated++
		}
		if _, err := openlineage.Decode(e.Body); err == nil {
			taken++
		}
		if ingest.InterpretEntry(ingest.Entry{Kind: ingest.EntryEvent, Position: 1, Body: e.Body}).Facts != nil {
			stating++
		}
		namesIn(e.Body, jobs, datasets)
	}
	n := countRecords(export)
	return fmt.Sprintf("%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d", f.Name, len(f.Events), hydrated, taken, stating,
		len(jobs), n["asset JOB"], n["run"], len(datasets), n["asset DATASET"], n["version"],
		n["READS"], n["WRITES"], n["DERIVES"], n["CONTAINS"], n["CONTROLS"])
}

// namesIn notes the names that an event uses for its job and datasets, as
// anybody reads them who knows nothing of weir.
func namesIn(body []byte, jobs, datasets map[string]bool) {
	type name struct{ Namespace, Name string }
	var e struct {
		Job, Dataset    name
		Inputs, Outputs []name
	}
	_ = json.Unmarshal(body, &e) // what is odd is not counted
	if e.Job.Name != "" {
		jobs[e.Job.Namespace+"\n"+e.Job.Name] = true
	}
	for _, d := range slices.Concat(e.Inputs, e.Outputs, []name{e.Dataset}) {
		if d.Name != "" {
			datasets[d.Namespace+"\n"+d.Name] = true
		}
	}
}

// countRecords counts the records of an export by kind.
func countRecords(export string) map[string]int {
	n := map[string]int{}
	for line := range strings.Lines(export) {
		var r struct{ Record, Type, Edge string }
		_ = json.Unmarshal([]byte(line), &r) // weir wrote it
		switch r.Record {
		case "asset":
			n["asset "+r.Type]++
		case "edge":
			n[r.Edge+r.Type]++
		default:
			n[r.Record]++
		}
	}
	return n
}

// TestCorpusAnyOrder: any order and repetition of the events of a folder gives
// the same export.
func TestCorpusAnyOrder(t *testing.T) {
	withCorpus(t, func(t *testing.T, folders []corpus.Folder) {
		for _, f := range folders {
			t.Run(f.Name, func(t *testing.T) {
				t.Parallel()
				events := f.Bodies()
				want := export(t, events, 1000)
				for seed := range uint64(orders(len(events))) {
					if got := export(t, shuffled(events, seed), 1+int(seed)%40); got != want {
						t.Fatalf("order %d: the export differs:\n%s", seed, firstDifference(want, got))
					}
				}
			})
		}
	})
}

// orders is how many orders of a folder are tried: fewer of large ones, and
// few under the race detector, which has nothing to find in them.
func orders(events int) int {
	switch {
	case *permutations > 0:
		return *permutations
	case raceDetector:
		return 2
	case events > 100:
		return 10
	}
	return 50
}

// shuffled is a random order of events in which a third comes twice.
func shuffled(events [][]byte, seed uint64) [][]byte {
	r := rand.New(rand.NewPCG(seed, 7))
	out := slices.Clone(events)
	for range len(events)/3 + 1 {
		out = append(out, events[r.IntN(len(events))])
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}
