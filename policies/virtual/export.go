package virtual

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// exported is a record of weir export graph, as far as policies look at it.
type exported struct {
	Record    string `json:"record"`
	Type      string `json:"type"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`

	// Of an asset, and of another name of it.
	View        bool          `json:"view"`
	Integration string        `json:"integration"`
	Tags        []catalog.Tag `json:"tags"`
	Alias       *exportedName `json:"alias"`

	// Of a run.
	RunID       string           `json:"runId"`
	JobName     *exportedName    `json:"jobName"`
	State       catalog.RunState `json:"state"`
	Attempt     int              `json:"attempt"`
	StartedAt   time.Time        `json:"startedAt"`
	StartKnown  bool             `json:"startKnown"`
	EndedAt     *time.Time       `json:"endedAt"`
	ExternalID  string           `json:"externalId"`
	CodeVersion string           `json:"codeVersion"`
	CodeHash    string           `json:"codeHash"`
	ParentRun   string           `json:"parentRun"`
	Inputs      []exportedName   `json:"inputs"`
	Outputs     []exportedName   `json:"outputs"`

	// Of a version.
	DatasetName *exportedName `json:"datasetName"`
	Job         *exportedName `json:"job"`
	Partition   string        `json:"partition"`
	ProducedAt  time.Time     `json:"producedAt"`
	DataTime    time.Time     `json:"dataTime"`
	DataVersion string        `json:"dataVersion"`
	Tainted     bool          `json:"tainted"`
}

type exportedName struct {
	Type      string `json:"type"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

func (n *exportedName) name() catalog.Name {
	if n == nil {
		return catalog.Name{}
	}
	if n.Type == "JOB" {
		return catalog.JobName(n.Namespace, n.Name)
	}
	return catalog.DatasetName(n.Namespace, n.Name)
}

func (x *exported) name() catalog.Name {
	return (&exportedName{x.Type, x.Namespace, x.Name}).name()
}

// ReadExport makes a world of what weir export graph printed: assets with their
// names, tags and tools, runs, versions, and the edges that those runs told of.
func ReadExport(r io.Reader) (*World, error) {
	rec := Recording{Written: map[catalog.RunKey][]Written{}}
	var assets []exported
	named := map[catalog.Name]int{} // asset -> its place
	parents := map[string]catalog.Name{}
	children := map[int]string{}
	in := json.NewDecoder(bufio.NewReader(r))
	for line := 1; ; line++ {
		var x exported
		if err := in.Decode(&x); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("record %d: %w", line, err)
		}
		switch x.Record {
		case "asset":
			named[x.name()] = len(rec.Assets)
			rec.Assets = append(rec.Assets, catalog.Asset{Name: x.name(), Names: []catalog.KnownName{{Name: x.name()}}, View: x.View})
			assets = append(assets, x)
		case "name":
			if i, ok := named[x.name()]; ok {
				rec.Assets[i].Names = append(rec.Assets[i].Names, catalog.KnownName{Name: x.Alias.name()})
			}
		case "run":
			parents[x.RunID] = x.JobName.name()
			if x.ParentRun != "" {
				children[len(rec.Runs)] = x.ParentRun
			}
			rec.Runs = append(rec.Runs, x.run())
		case "version":
			rec.version(&x)
		case "field", "edge":
		default:
			return nil, fmt.Errorf("record %d is none of weir export graph", line)
		}
	}
	for i, id := range children {
		if job, ok := parents[id]; ok {
			rec.Runs[i].Parent = &catalog.RunRef{RunID: id, Job: job}
		}
	}
	rec.sort()
	w, open := rec.begin(time.Now())
	for _, run := range open {
		w.Run(run)
	}
	for i := range assets {
		w.exported(&assets[i])
	}
	return w, nil
}

func (x *exported) run() catalog.Run {
	run := catalog.Run{Key: catalog.RunKey{Job: x.JobName.name(), RunID: x.RunID}, State: x.State, Attempt: x.Attempt, StartedAt: x.StartedAt, StartKnown: x.StartKnown,
		EndedAt: x.EndedAt, ExternalID: x.ExternalID, CodeVersion: x.CodeVersion, CodeHash: x.CodeHash}
	for i := range x.Inputs {
		run.Inputs = append(run.Inputs, x.Inputs[i].name())
	}
	for i := range x.Outputs {
		run.Outputs = append(run.Outputs, x.Outputs[i].name())
	}
	return run
}

// version keeps what a run said of an output, or a version without a run.
func (r *Recording) version(x *exported) {
	if x.RunID == "" {
		r.Loose = append(r.Loose, catalog.Version{Dataset: x.DatasetName.name(), Partition: x.Partition, ProducedAt: x.ProducedAt, DataTime: x.DataTime, DataVersion: x.DataVersion, Tainted: x.Tainted})
		return
	}
	key := catalog.RunKey{Job: x.Job.name(), RunID: x.RunID}
	r.Written[key] = append(r.Written[key], Written{Name: x.DatasetName.name(), DataVersion: x.DataVersion, DataTime: x.DataTime})
}

// exported adds what an asset is beside its runs.
func (w *World) exported(x *exported) {
	n := x.name()
	w.mu.Lock()
	w.see(n)
	w.mu.Unlock()
	if x.Integration != "" {
		w.Tool(n, strings.ToLower(x.Integration))
	}
	for _, t := range x.Tags {
		if t.Field == "" {
			w.Tag(n, t.Key, t.Value, "export", time.Time{})
		}
	}
}
