package graph

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Record is one line of the canonical export: an object with sorted keys.
type Record map[string]any

// Records gathers the lines of an export, which are written sorted. Two stores
// hold the same knowledge iff their exports are equal, byte for byte: nothing
// in a record depends on arrival order, private keys or the receiver's clock.
// What is more than a few megabytes waits in a temporary file until Close.
type Records struct {
	sorter
	// loose are edges that name an asset whose name is not known yet.
	loose sorter
}

// Close gives back what the records took.
func (r *Records) Close() error { return errors.Join(r.sorter.Close(), r.loose.Close()) }

// Add keeps a record; empty values are left out.
func (r *Records) Add(rec Record) error {
	for k, v := range rec {
		switch x := v.(type) {
		case string:
			if x == "" {
				delete(rec, k)
			}
		case time.Time:
			if x.IsZero() {
				delete(rec, k)
				continue
			}
			rec[k] = x.UTC().Format(time.RFC3339Nano)
		case nil:
			delete(rec, k)
		}
	}
	b, err := json.Marshal(map[string]any(rec))
	if err != nil {
		return fmt.Errorf("export record: %w", err)
	}
	return r.add(string(b))
}

// WriteTo writes all records, sorted, one a line.
func (r *Records) WriteTo(w io.Writer) (int64, error) {
	bw := bufio.NewWriterSize(w, 64<<10)
	var n int64
	for l, err := range r.all() {
		if err != nil {
			return n, err
		}
		m, err := bw.WriteString(l)
		if n += int64(m); err == nil {
			n, err = n+1, bw.WriteByte('\n')
		}
		if err != nil {
			return n, err
		}
	}
	return n, bw.Flush()
}

// AddGraph adds the asset, name, field and edge records of a store, as the
// backend itself holds them, at one position.
func (r *Records) AddGraph(ctx context.Context, s Store) error {
	names := map[catalog.AssetID]catalog.Name{}
	for row, err := range s.Rows(ctx) {
		if err == nil {
			names[row.Asset.ID] = row.Asset.Name
			err = r.addRow(row, names)
		}
		if err != nil {
			return fmt.Errorf("export graph: %w", err)
		}
	}
	for line, err := range r.loose.all() {
		var e catalog.Edge
		if err == nil {
			err = json.Unmarshal([]byte(line), &e)
		}
		if err == nil {
			err = r.addEdge(e, names)
		}
		if err != nil {
			return fmt.Errorf("export graph: %w", err)
		}
	}
	err := r.loose.Close()
	r.loose = sorter{hold: r.hold}
	return err
}

func (r *Records) addRow(row Row, names map[catalog.AssetID]catalog.Name) error {
	if err := r.addAsset(row.Asset); err != nil {
		return err
	}
	for _, n := range row.Asset.Names {
		err := r.Add(base("name", row.Asset.Name, Record{"alias": nameOf(n.Name), "origin": string(n.Origin), "evidence": n.Detail, "since": n.Since}))
		if err != nil {
			return err
		}
	}
	for _, f := range row.Asset.Fields {
		err := r.Add(base("field", row.Asset.Name, Record{"field": f.Name, "fieldType": f.Type, "description": f.Description, "ordinal": f.Ordinal, "parent": f.Parent,
			"curated": curated(f.Curated)}))
		if err != nil {
			return err
		}
	}
	for _, e := range row.Edges {
		add := r.addEdge
		if !named(e, names) {
			add = r.addLoose
		}
		if err := add(e, names); err != nil {
			return err
		}
	}
	return nil
}

// named reports whether all that an edge names is known.
func named(e catalog.Edge, names map[catalog.AssetID]catalog.Name) bool {
	for _, id := range [...]catalog.AssetID{e.Source, e.Target, e.Job} {
		if _, ok := names[id]; !ok && !id.IsZero() {
			return false
		}
	}
	return true
}

// addLoose keeps an edge until all assets were read.
func (r *Records) addLoose(e catalog.Edge, _ map[catalog.AssetID]catalog.Name) error {
	b, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("export record: %w", err)
	}
	return r.loose.add(string(b))
}

func base(kind string, n catalog.Name, more Record) Record {
	more["record"], more["type"] = kind, typeWord(n.Type)
	more["namespace"], more["name"] = n.Namespace, n.Name
	return more
}

func typeWord(t catalog.AssetType) string {
	if t == catalog.TypeJob {
		return "JOB"
	}
	return "DATASET"
}

func nameOf(n catalog.Name) Record {
	return Record{"type": typeWord(n.Type), "namespace": n.Namespace, "name": n.Name}
}

func (r *Records) addAsset(a catalog.Asset) error {
	rec := Record{
		"description": a.Description, "kind": string(a.Kind), "subKind": a.SubKind, "firstSeen": a.FirstSeen,
		"processing": string(a.Processing), "integration": a.Integration, "url": a.URL,
		"descriptionCurated": curated(a.DescriptionCurated), "declared": curated(a.Declared),
	}
	if len(a.Owners) > 0 {
		rec["owners"] = a.Owners
	}
	if len(a.Tags) > 0 {
		rec["tags"] = a.Tags
	}
	if a.Emission != nil {
		rec["emission"] = a.Emission
	}
	if len(a.Containers) > 0 {
		rec["containers"] = a.Containers
	}
	if a.Catalog != nil {
		rec["catalog"] = a.Catalog
	}
	if a.View {
		rec["view"] = true
	}
	if a.RemovedAt != nil {
		rec["removedAt"] = *a.RemovedAt
	}
	if a.SourceCode != nil {
		rec["sourceCode"] = a.SourceCode
	}
	if a.CodeHash != "" {
		rec["codeHash"] = a.CodeHash
	}
	return r.Add(base("asset", a.Name, rec))
}

// curated is who stated something, nil when a producer did.
func curated(c catalog.Curated) any {
	if c.IsZero() {
		return nil
	}
	return c
}

func (r *Records) addEdge(e catalog.Edge, names map[catalog.AssetID]catalog.Name) error {
	rec := Record{
		"record": "edge", "type": string(e.Type), "source": endOf(e.Source, names), "target": endOf(e.Target, names),
		"sourceField": e.SourceField, "targetField": e.TargetField, "origin": string(e.Origin), "ordinal": e.Ordinal,
		"validFrom": e.From, "validTo": e.To, "run": e.Run,
	}
	if !e.Job.IsZero() {
		rec["job"] = endOf(e.Job, names)
	}
	if e.Transformation != (catalog.Transformation{}) {
		rec["transformation"] = e.Transformation
	}
	return r.Add(rec)
}

// endOf names an end of an edge; one without a row shows as missing, which
// makes a damaged store visible.
func endOf(id catalog.AssetID, names map[catalog.AssetID]catalog.Name) Record {
	n, ok := names[id]
	if !ok {
		return Record{"missing": id.String()}
	}
	return nameOf(n)
}

// History is what an export reads of runs and versions.
type History interface {
	AllRuns(ctx context.Context, fn func(catalog.Run) error) error
	AllVersions(ctx context.Context, fn func(catalog.Version) error) error
	Assets(ctx context.Context, ids []catalog.AssetID) ([]catalog.Asset, error)
}

// AddHistory adds every run and every version under preferred names.
func (r *Records) AddHistory(ctx context.Context, h History) error {
	preferred := preferredNames(ctx, h)
	err := h.AllRuns(ctx, func(run catalog.Run) error {
		name, err := preferred(run.Asset)
		if err != nil {
			return err
		}
		return r.AddRun(run, name)
	})
	if err != nil {
		return fmt.Errorf("export runs: %w", err)
	}
	err = h.AllVersions(ctx, func(v catalog.Version) error {
		name, err := preferred(v.Asset)
		if err != nil {
			return err
		}
		return r.AddVersion(v, name)
	})
	if err != nil {
		return fmt.Errorf("export versions: %w", err)
	}
	return nil
}

// preferredNames looks each name up once.
func preferredNames(ctx context.Context, h History) func(catalog.AssetID) (catalog.Name, error) {
	known := map[catalog.AssetID]catalog.Name{}
	return func(id catalog.AssetID) (catalog.Name, error) {
		if n, ok := known[id]; ok {
			return n, nil
		}
		list, err := h.Assets(ctx, []catalog.AssetID{id})
		if err != nil || len(list) == 0 {
			return catalog.Name{}, err
		}
		known[id] = list[0].Name
		return list[0].Name, nil
	}
}

// AddRun and AddVersion add history, which no graph store holds.
func (r *Records) AddRun(run catalog.Run, job catalog.Name) error {
	rec := base("run", job, Record{
		"runId": run.Key.RunID, "jobName": nameOf(run.Key.Job), "state": string(run.State), "attempt": run.Attempt,
		"startedAt": run.StartedAt, "startKnown": run.StartKnown, "externalId": run.ExternalID, "error": run.Error,
		"codeVersion": run.CodeVersion, "inputs": namesOf(run.Inputs), "outputs": namesOf(run.Outputs),
	})
	if run.EndedAt != nil {
		rec["endedAt"] = *run.EndedAt
	}
	if run.CodeHash != "" {
		rec["codeHash"] = run.CodeHash
	}
	if len(run.Reads) > 0 {
		rec["reads"] = readsOf(run.Reads)
	}
	if run.Incomplete {
		rec["incomplete"] = true
	}
	if run.Engine != nil {
		rec["engine"] = run.Engine
	}
	if run.Query != nil {
		rec["query"] = run.Query
	}
	if run.NominalStart != nil {
		rec["nominalStart"] = *run.NominalStart
	}
	if run.Parent != nil {
		rec["parentRun"] = run.Parent.RunID
	}
	if run.Root != nil {
		rec["rootRun"] = run.Root.RunID
	}
	return r.Add(rec)
}

func namesOf(list []catalog.Name) any {
	if len(list) == 0 {
		return nil
	}
	out := make([]Record, len(list))
	for i, n := range list {
		out[i] = nameOf(n)
	}
	return out
}

func readsOf(list []catalog.Read) []Record {
	out := make([]Record, len(list))
	for i, read := range list {
		out[i] = Record{"dataset": nameOf(read.Dataset), "partition": read.Partition, "dataVersion": read.DataVersion}
	}
	return out
}

// AddVersion adds a version of a dataset; its sequence number is computed at
// read and not part of the export.
func (r *Records) AddVersion(v catalog.Version, dataset catalog.Name) error {
	rec := base("version", dataset, Record{
		"datasetName": nameOf(v.Dataset), "attempt": v.Attempt, "partition": v.Partition, "producedAt": v.ProducedAt,
		"dataTime": v.DataTime, "dataVersion": v.DataVersion, "codeVersion": v.CodeVersion,
	})
	for key, n := range map[string]*int64{"rowCount": v.RowCount, "bytes": v.Bytes, "fileCount": v.FileCount} {
		if n != nil {
			rec[key] = *n
		}
	}
	if !v.Run.IsZero() {
		rec["runId"], rec["job"] = v.Run.RunID, nameOf(v.Run.Job)
	}
	if v.CodeHash != "" {
		rec["codeHash"] = v.CodeHash
	}
	if v.Tainted {
		rec["tainted"] = true
	}
	return r.Add(rec)
}
