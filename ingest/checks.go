package ingest

import (
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest/openlineage"
)

// checks gathers check results wherever producers put them: on inputs (the
// schema's place), on the dataset (dbt's structured logs), on outputs
// (Airflow), Great Expectations' own facet, and the test run facet.
func (in *interpreter) checks() {
	for _, d := range slices.Concat(in.event.Inputs, in.event.Outputs) {
		in.datasetChecks(d)
	}
	if in.event.Dataset != nil {
		in.datasetChecks(*in.event.Dataset)
	}
	in.testFacet()
}

func (in *interpreter) datasetChecks(d openlineage.Dataset) {
	name := catalog.DatasetName(d.Namespace, d.Name)
	for _, f := range []openlineage.Facets{d.InputFacets, d.OutputFacets, d.Facets} {
		if a, ok := facet[openlineage.Assertions](in, f, "dataQualityAssertions", "/dataset"); ok {
			for _, x := range a.Assertions {
				check := string(x.Name)
				if check == "" {
					check = string(x.Assertion)
				}
				in.addCheck(catalog.CheckFact{Dataset: name, Field: string(x.Column), Check: check, Outcome: outcome(x.Success), Severity: severity(x.Severity), Message: expectation(x.Expected, x.Actual)})
			}
		}
		if g, ok := facet[openlineage.GreatExpectations](in, f, "greatExpectations_assertions", "/dataset"); ok {
			for _, x := range g.Assertions {
				in.addCheck(catalog.CheckFact{Dataset: name, Field: string(x.Column), Check: string(x.ExpectationType), Outcome: outcome(x.Success), Severity: "error"})
			}
		}
	}
}

// testFacet reads the results a run reports of itself, whatever they test: they
// count for its inputs, without any for what it wrote. Of a run with neither
// the facet is kept with the run.
func (in *interpreter) testFacet() {
	if in.event.Run == nil {
		return
	}
	t, ok := facet[openlineage.Test](in, in.event.Run.Facets, "test", "/run/facets")
	if !ok {
		return
	}
	for _, d := range in.tested() {
		for _, x := range t.Tests {
			in.addCheck(catalog.CheckFact{Dataset: catalog.DatasetName(d.Namespace, d.Name), Check: string(x.Name), Outcome: status(x.Status), Severity: severity(x.Severity), Message: expectation(x.Expected, x.Actual)})
		}
	}
}

// tested are the datasets that a run tests. What a run that only tests writes
// are its findings (dbt's store_failures), never what it tested.
func (in *interpreter) tested() []openlineage.Dataset {
	if len(in.event.Inputs) > 0 || in.checksOnly {
		return in.event.Inputs
	}
	return in.event.Outputs
}

// expectation says what a check wanted and what it found.
func expectation(expected, actual openlineage.Text) string {
	if expected == "" && actual == "" {
		return ""
	}
	return clipText("expected "+string(expected)+", actual "+string(actual), 512)
}

// addCheck keeps one result a check: the same one is often put in two places.
func (in *interpreter) addCheck(c catalog.CheckFact) {
	if c.Check == "" || c.Outcome == "" || in.seenChecks[c] {
		return
	}
	in.seenChecks[c] = true
	in.facts.Checks = append(in.facts.Checks, c)
}

// outcome: an assertion without a result has not run.
func outcome(success *openlineage.Bool) catalog.CheckResult {
	switch {
	case success == nil:
		return ""
	case bool(*success):
		return catalog.CheckPass
	}
	return catalog.CheckFail
}

func status(s openlineage.Text) catalog.CheckResult {
	switch strings.ToLower(string(s)) {
	case "pass", "passed", "success":
		return catalog.CheckPass
	case "fail", "failed", "error":
		return catalog.CheckFail
	case "skip", "skipped":
		return catalog.CheckSkip
	}
	return ""
}

func severity(s openlineage.Text) string {
	if strings.EqualFold(string(s), "warn") || strings.EqualFold(string(s), "warning") {
		return "warn"
	}
	return "error"
}
