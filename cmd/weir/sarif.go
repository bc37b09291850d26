package main

import (
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/weirhq/weir/graph"
)

// The part of SARIF 2.1.0 that a report needs (OASIS, sections 3.13 to 3.28).
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool struct {
		Driver sarifDriver `json:"driver"`
	} `json:"tool"`
	// Invocations say what the results leave out; none: nothing.
	Invocations []sarifInvocation `json:"invocations,omitempty"`
	Results     []sarifResult     `json:"results"`
}

type sarifInvocation struct {
	Successful    bool                `json:"executionSuccessful"`
	Notifications []sarifNotification `json:"toolExecutionNotifications"`
}

type sarifNotification struct {
	Level   string    `json:"level"`
	Message sarifText `json:"message"`
}

type sarifDriver struct {
	Name  string      `json:"name"`
	Rules []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID   string    `json:"id"`
	Text sarifText `json:"shortDescription"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations,omitempty"`
	// Fingerprints let a viewer know a result again in the next run.
	Fingerprints map[string]string `json:"partialFingerprints"`
}

type sarifLocation struct {
	Physical *sarifPhysical `json:"physicalLocation,omitempty"`
	Logical  []sarifLogical `json:"logicalLocations"`
}

type sarifPhysical struct {
	Artifact struct {
		URI string `json:"uri"`
	} `json:"artifactLocation"`
}

type sarifLogical struct {
	Name string `json:"fullyQualifiedName"`
}

var sarifLevels = map[graph.Severity]string{graph.Breaking: "error", graph.Degrading: "warning", graph.Uncertain: "warning", graph.Safe: "none"}

// writeSARIF writes a result for each finding, at the file of the change that
// does it; the kind of change is the rule. What belongs to no result, such as
// that the answer is cut, is a notification of the run.
func writeSARIF(w io.Writer, r report) error {
	run := newSARIFRun()
	for _, f := range r.Findings {
		p := r.Changes[f.Change]
		run.Results = append(run.Results, sarifOf(p, f.Severity, f.Asset, p.String()+": "+f.Asset+" "+f.words()))
	}
	for _, p := range r.Changes {
		if !p.Known {
			run.Results = append(run.Results, sarifOf(p, graph.Uncertain, p.Asset, p.String()+": weir has never seen it"))
		}
	}
	run.Invocations = invocations(slices.Concat(r.blindSpots(), r.denied()))
	var kinds []string
	for _, x := range run.Results {
		kinds = append(kinds, x.RuleID)
	}
	for _, k := range unique(kinds) {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{k, sarifText{inWords(k)}})
	}
	return run.write(w)
}

func newSARIFRun() sarifRun {
	run := sarifRun{Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "weir", Rules: []sarifRule{}}
	return run
}

func (run sarifRun) write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

func invocations(gaps []string) []sarifInvocation {
	if len(gaps) == 0 {
		return nil
	}
	x := sarifInvocation{Successful: true}
	for _, says := range gaps {
		x.Notifications = append(x.Notifications, sarifNotification{"warning", sarifText{says}})
	}
	return []sarifInvocation{x}
}

func sarifOf(p planned, s graph.Severity, asset, text string) sarifResult {
	l := sarifLocation{Logical: []sarifLogical{{asset}}}
	if p.File != "" {
		l.Physical = &sarifPhysical{}
		l.Physical.Artifact.URI = p.File
	}
	return sarifResult{RuleID: string(p.Kind), Level: sarifLevels[s], Message: sarifText{text}, Locations: []sarifLocation{l},
		Fingerprints: map[string]string{"weir/v1": strings.Join(slices.Concat([]string{p.String()}, []string{asset}), "|")}}
}
