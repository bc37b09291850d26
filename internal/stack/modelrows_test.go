package stack_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// versions are those of one asset, newest first.
func (m *model) versions(id catalog.AssetID) []catalog.Version {
	var out []catalog.Version
	for key, r := range m.runs {
		for _, a := range catalog.FoldRun(r.events) {
			for ds := range r.outputs {
				v := catalog.Version{Dataset: ds, Asset: id, Run: key, Attempt: a.Number, RunStartedAt: a.StartedAt, ProducedAt: a.CompletedAt, DataVersion: r.dataVersions[ds].text}
				switch {
				case m.resolver.Asset(ds.ID()) != id, !r.lifecycle[ds].lifecycle().Writes():
					continue
				case a.State != catalog.RunSucceeded && r.unending && !a.RunningAt.IsZero():
					v.ProducedAt = a.RunningAt
				case a.State == catalog.RunFailed && (!a.CompletedAt.IsZero() || r.statistics[ds]):
					v.ProducedAt, v.Tainted = a.EndedAt, true
				case a.State != catalog.RunSucceeded:
					continue
				}
				for _, p := range partsOf(v, r.partitions[ds]) {
					out = append(out, r.withCounts(p))
				}
			}
		}
	}
	for _, l := range m.looksOf(id, out) {
		out = append(out, catalog.Version{Dataset: l.dataset, Asset: id, ProducedAt: l.at, DataTime: l.at})
	}
	slices.SortFunc(out, func(a, b catalog.Version) int {
		switch {
		case a.Before(b):
			return 1
		case b.Before(a):
			return -1
		}
		return -a.Run.Job.Compare(b.Run.Job)
	})
	return out
}

// modelRead is what a run said of an input.
type modelRead struct {
	version    stampedText
	partitions map[string]bool
}

func (r *modelRun) read(in catalog.IOFact, at time.Time) {
	if r.reads[in.Dataset] == nil {
		r.reads[in.Dataset] = &modelRead{partitions: map[string]bool{}}
	}
	r.reads[in.Dataset].version.put(at, in.DataVersion)
	if in.Partition != "" {
		r.reads[in.Dataset].partitions[in.Partition] = true
	}
}

func (r *modelRun) allReads() (out []catalog.Read) {
	for ds, read := range r.reads {
		for p := range read.partitions {
			out = append(out, catalog.Read{Dataset: ds, Partition: p, DataVersion: read.version.text})
		}
		if len(read.partitions) == 0 && read.version.text != "" {
			out = append(out, catalog.Read{Dataset: ds, DataVersion: read.version.text})
		}
	}
	slices.SortFunc(out, catalog.Read.Compare)
	return out
}

// partsOf is a version for each partition written, or one of the whole.
func partsOf(v catalog.Version, partitions map[string]bool) []catalog.Version {
	if len(partitions) == 0 {
		return []catalog.Version{v}
	}
	var out []catalog.Version
	for p := range partitions {
		v.Partition = p
		out = append(out, v)
	}
	return out
}

func (m *model) looksOf(id catalog.AssetID, made []catalog.Version) (out []modelLook) {
	for l := range m.looks {
		explained := slices.ContainsFunc(made, func(v catalog.Version) bool { return !v.RunStartedAt.After(l.at) && !v.ProducedAt.Before(l.at) })
		if m.resolver.Asset(l.dataset.ID()) == id && !explained {
			out = append(out, l)
		}
	}
	return out
}

// starts are the times at which any attempt started.
func (m *model) starts() map[time.Time]bool {
	out := map[time.Time]bool{}
	for _, r := range m.runs {
		for _, a := range catalog.FoldRun(r.events) {
			out[a.StartedAt] = true
		}
	}
	return out
}

// runKeys are the runs of a job, newest first by (first START, run id, name).
func (m *model) runKeys(id catalog.AssetID) (out []catalog.RunKey) {
	for key := range m.runs {
		if m.resolver.Asset(key.Job.ID()) == id {
			out = append(out, key)
		}
	}
	start := func(k catalog.RunKey) time.Time { return catalog.FoldRun(m.runs[k].events)[0].StartedAt }
	slices.SortFunc(out, func(a, b catalog.RunKey) int {
		return -cmp.Or(start(a).Compare(start(b)), cmp.Compare(a.RunID, b.RunID), a.Job.Compare(b.Job))
	})
	return out
}

// whereabouts is gone with the writes.
func (m *model) whereabouts(id catalog.AssetID) (gone, back time.Time) {
	gone, back = m.gone(id)
	for _, v := range m.versions(id) {
		if !v.Tainted && v.ProducedAt.After(back) {
			back = v.ProducedAt
		}
	}
	return gone, back
}

// former are the names that were renamed to an asset and not used again.
func (m *model) former(id catalog.AssetID, seen map[catalog.AssetID]bool) (out []catalog.Name) {
	for c := range m.allChanges() {
		old := m.resolver.Asset(c.previous.ID())
		gone, back := m.whereabouts(old)
		if c.change != catalog.LifecycleRename || c.previous.IsZero() || m.resolver.Asset(c.dataset.ID()) != id || seen[old] || !gone.Equal(c.at) || back.After(gone) {
			continue
		}
		seen[old] = true
		for n := range m.names {
			if m.resolver.Asset(n.ID()) == old {
				out = append(out, n)
			}
		}
		out = append(out, m.former(old, seen)...)
	}
	return out
}

func (m *model) about(s catalog.Statement, id catalog.AssetID) bool {
	return slices.ContainsFunc(s.Fact.Mentions(), func(n catalog.Name) bool { return m.resolver.Asset(n.ID()) == id })
}

// rows are the final canonical rows.
func (m *model) rows() []graph.Row {
	parts := map[catalog.AssetID]*catalog.AssetParts{}
	for n, r := range m.names {
		id := m.resolver.Asset(n.ID())
		if parts[id] == nil {
			parts[id] = &catalog.AssetParts{ID: id, Naming: m.naming, Former: m.former(id, map[catalog.AssetID]bool{id: true})}
			parts[id].Gone, parts[id].Back = m.whereabouts(id)
			for _, s := range m.stated {
				if m.about(s, id) || slices.ContainsFunc(s.Fact.Mentions(), func(n catalog.Name) bool { return slices.Contains(parts[id].Former, n) }) {
					parts[id].Statements = append(parts[id].Statements, s)
				}
			}
		}
		parts[id].Names = append(parts[id].Names, *r)
		for _, p := range m.props[n] {
			parts[id].Properties = append(parts[id].Properties, p)
		}
		parts[id].Evidence = append(parts[id].Evidence, m.resolver.ShortNames(n.ID())...)
		for e := range m.evidence {
			if e.A == n || e.B == n {
				parts[id].Evidence = append(parts[id].Evidence, e)
			}
		}
	}
	edges := m.edges()
	var out []graph.Row
	for id, p := range parts {
		if p.Known() {
			out = append(out, graph.Row{Asset: catalog.BuildAsset(*p), Edges: edges[id]})
		}
	}
	slices.SortFunc(out, func(a, b graph.Row) int { return a.Asset.ID.Compare(b.Asset.ID) })
	return out
}

// modelStore is a graph.Store of which only the rows are there.
type modelStore struct {
	graph.Store
	rows []graph.Row
}

func (s modelStore) Rows(context.Context) iter.Seq2[graph.Row, error] {
	return func(yield func(graph.Row, error) bool) {
		for _, r := range s.rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// export writes what Stack.Export must write.
func (m *model) export(t fatal) string {
	var r graph.Records
	rows := m.rows()
	must(t, r.AddGraph(context.Background(), modelStore{rows: rows}))
	preferred := map[catalog.AssetID]catalog.Name{}
	for _, row := range rows {
		preferred[row.Asset.ID] = row.Asset.Name
	}
	for key, run := range m.runs {
		must(t, r.AddRun(m.asRun(key, run), preferred[m.resolver.Asset(key.Job.ID())]))
	}
	for id := range preferred {
		for _, v := range m.versions(id) {
			must(t, r.AddVersion(v, preferred[id]))
		}
	}
	var b bytes.Buffer
	_, err := r.WriteTo(&b)
	must(t, err)
	return b.String()
}

func (m *model) asRun(key catalog.RunKey, r *modelRun) catalog.Run {
	attempts := catalog.FoldRun(r.events)
	last := attempts[len(attempts)-1]
	run := catalog.Run{Key: key, State: last.State, Attempt: last.Number, StartedAt: last.StartedAt, StartKnown: last.StartKnown, Incomplete: r.incomplete,
		Error: r.error.text, Inputs: sortedNames(r.inputs), Outputs: sortedNames(r.outputs), Reads: r.allReads()}
	if !last.EndedAt.IsZero() {
		run.EndedAt = &last.EndedAt
	}
	if r.parent.text != "" {
		run.Parent = &catalog.RunRef{}
		_ = json.Unmarshal([]byte(r.parent.text), run.Parent) // written above
	}
	return run
}

func sortedNames(set map[catalog.Name]bool) []catalog.Name {
	var out []catalog.Name
	for n := range set {
		out = append(out, n)
	}
	slices.SortFunc(out, catalog.Name.Compare)
	return out
}

// fatal is what the helpers need of *testing.T and *rapid.T.
type fatal interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func must(t fatal, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var _ fatal = (*testing.T)(nil)
