package sagemaker

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// overlap is how far a poll looks back behind its cursor; retryable is how
// long an execution that did not succeed is looked at after its end: a retry
// keeps its ARN and its creation time, by which alone the API lists.
const (
	overlap   = 15 * time.Minute
	retryable = 24 * time.Hour
)

// Poll lists the executions that changed since the cursor (a time) and makes
// their events. An execution that goes on is looked at again each time.
func (c *Connector) Poll(ctx context.Context, cursor string) (connectors.Batch, string, error) {
	since := c.now().Add(-24 * time.Hour)
	if t, err := time.Parse(time.RFC3339, cursor); err == nil {
		since = t.Add(-overlap)
	}
	next := c.now().UTC()
	var b connectors.Batch
	for p, err := range c.api.listPipelines(ctx, pipelinesInput{}) {
		if err != nil {
			return connectors.Batch{}, cursor, classify("list pipelines", false, err)
		}
		if err := c.pollPipeline(ctx, p.PipelineName, since, &next, &b); err != nil {
			return connectors.Batch{}, cursor, err
		}
	}
	return b, next.Format(time.RFC3339), nil
}

// pollPipeline adds one pipeline's executions. The cursor stays behind the
// oldest one that goes on or may be retried.
func (c *Connector) pollPipeline(ctx context.Context, pipeline string, since time.Time, next *time.Time, b *connectors.Batch) error {
	return c.executions(ctx, pipeline, since, func(s executionSummary) error {
		arn := s.PipelineExecutionArn
		run, err := c.Get(ctx, pipeline, arn)
		if err != nil {
			return err
		}
		steps, err := c.steps(ctx, arn)
		if err != nil {
			return err
		}
		b.Runs = append(b.Runs, run)
		events, err := c.events(ctx, pipeline, s.PipelineExecutionDisplayName, run, steps)
		if err != nil {
			return err
		}
		b.Events = append(b.Events, events...)
		if c.open(run) && run.StartedAt.Before(*next) {
			*next = run.StartedAt.UTC()
		}
		return nil
	})
}

// open: more may come of the run.
func (c *Connector) open(run connectors.RunState) bool {
	if !run.State.Terminal() {
		return true
	}
	return run.State != catalog.RunSucceeded && run.EndedAt.After(c.now().Add(-retryable))
}

func (c *Connector) steps(ctx context.Context, arn string) ([]step, error) {
	var out []step
	for s, err := range c.api.listPipelineExecutionSteps(ctx, stepsInput{PipelineExecutionArn: arn, SortOrder: "Ascending"}) {
		if err != nil {
			return nil, classify("list steps", false, err)
		}
		out = append(out, s)
	}
	return out, nil
}

// execution is what the events of one execution are made of.
type execution struct {
	pipeline, display, arn string
	attempt                int
	start, end             time.Time
	inputs, outputs        []olDataset
}

type olDataset struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// events makes START, those of the steps and, once it ended, the terminal
// event: equal bytes at every look, whatever the ledger holds.
func (c *Connector) events(ctx context.Context, pipeline, display string, run connectors.RunState, steps []step) ([][]byte, error) {
	x := execution{pipeline: pipeline, display: display, arn: run.ExternalID, attempt: 1, start: run.StartedAt.UTC()}
	for _, s := range steps {
		x.attempt = max(x.attempt, attemptOf(s))
	}
	for _, s := range steps {
		if t := s.StartTime.UTC(); x.attempt > 1 && int(s.AttemptCount) == x.attempt && (x.start.Equal(run.StartedAt.UTC()) || t.Before(x.start)) {
			x.start = t
		}
		if t := s.EndTime.UTC(); t.After(x.end) {
			x.end = t
		}
		if err := c.stepData(ctx, s, &x); err != nil {
			return nil, err
		}
	}
	if x.end.IsZero() {
		x.end = run.EndedAt.UTC()
	}
	out := append([][]byte{c.marshal(c.pipelineEvent(x, x.start), "START")}, c.stepEvents(x, steps)...)
	if typ := terminalType(run); typ != "" && !x.end.IsZero() {
		out = append(out, c.marshal(c.pipelineEvent(x, x.end), typ))
	}
	return out, nil
}

func terminalType(run connectors.RunState) string {
	switch run.Raw {
	case "Succeeded":
		return "COMPLETE"
	case "Failed", "CompletedWithFailures":
		return "FAIL"
	case "Stopped":
		return "ABORT"
	}
	return ""
}

// stepData finds what a step reads and makes: a training job's S3 data, and
// the model package group it registers into.
func (c *Connector) stepData(ctx context.Context, s step, x *execution) error {
	if group := groupOf(s.Metadata.RegisterModel.Arn); group != "" {
		x.outputs = addDataset(x.outputs, olDataset{c.Namespace(), "model/" + group})
	}
	if arn := s.Metadata.TrainingJob.Arn; arn != "" {
		return c.trainingData(ctx, arn, x)
	}
	return nil
}

func (c *Connector) trainingData(ctx context.Context, arn string, x *execution) error {
	job, err := c.api.describeTrainingJob(ctx, arn[strings.LastIndexByte(arn, '/')+1:])
	if err != nil {
		return classify("describe training job", false, err)
	}
	for _, ch := range job.InputDataConfig {
		if d, ok := s3Dataset(ch.DataSource.S3DataSource.S3Uri); ok {
			x.inputs = addDataset(x.inputs, d)
		}
	}
	return nil
}

// groupOf reads "arn:aws:sagemaker:R:A:model-package/GROUP/VERSION".
func groupOf(arn string) string {
	_, rest, ok := strings.Cut(arn, ":model-package/")
	if !ok {
		return ""
	}
	group, _, _ := strings.Cut(rest, "/")
	return group
}

// s3Dataset names an object store path as the spec does: s3://bucket and key.
func s3Dataset(uri string) (olDataset, bool) {
	rest, ok := strings.CutPrefix(uri, "s3://")
	bucket, key, found := strings.Cut(rest, "/")
	return olDataset{"s3://" + bucket, strings.Trim(key, "/")}, ok && found && strings.Trim(key, "/") != ""
}

func addDataset(list []olDataset, d olDataset) []olDataset {
	if slices.Contains(list, d) {
		return list
	}
	list = append(list, d)
	slices.SortFunc(list, func(a, b olDataset) int { return strings.Compare(a.Namespace+"\x00"+a.Name, b.Namespace+"\x00"+b.Name) })
	return list
}

const producer = "https://github.com/weirhq/weir/connectors/sagemaker"

func facet(schema string, fields map[string]any) map[string]any {
	fields["_producer"], fields["_schemaURL"] = producer, schema
	return fields
}

// event is one OpenLineage event to be.
type event struct {
	at                       time.Time
	runID, job, jobType, arn string
	attempt                  int
	parent                   catalog.RunRef
	hasParent                bool
	inputs, outputs          []olDataset
}

// pipelineEvent is the event of an execution; the display name tells the
// parent.
func (c *Connector) pipelineEvent(x execution, at time.Time) event {
	e := event{at: at, runID: c.runID(x.arn, x.attempt), job: x.pipeline, jobType: "PIPELINE", arn: x.arn, attempt: x.attempt, inputs: x.inputs, outputs: x.outputs}
	e.parent, e.hasParent = parentOf(x.display)
	return e
}

// marshal gives equal bytes for equal events: maps marshal with sorted keys.
func (c *Connector) marshal(e event, typ string) []byte {
	facets := map[string]any{"weir_sagemaker": facet(producer+"#/$defs/SageMakerRunFacet", map[string]any{"executionArn": e.arn, "attempt": e.attempt})}
	if e.hasParent {
		facets["parent"] = facet("https://openlineage.io/spec/facets/1-1-0/ParentRunFacet.json", map[string]any{
			"run": map[string]any{"runId": e.parent.RunID}, "job": map[string]any{"namespace": e.parent.Job.Namespace, "name": e.parent.Job.Name}})
	}
	ev := map[string]any{
		"eventType": typ, "eventTime": e.at.Format(time.RFC3339Nano), "producer": producer,
		"schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
		"run":       map[string]any{"runId": e.runID, "facets": facets},
		"job": map[string]any{"namespace": c.Namespace(), "name": e.job, "facets": map[string]any{
			"jobType": facet("https://openlineage.io/spec/facets/2-0-3/JobTypeJobFacet.json", map[string]any{"processingType": "BATCH", "integration": "SAGEMAKER", "jobType": e.jobType})}},
	}
	if typ != "START" {
		ev["inputs"], ev["outputs"] = orEmpty(e.inputs), orEmpty(e.outputs)
	}
	b, _ := json.Marshal(ev) // maps of plain values always marshal
	return b
}

func orEmpty(list []olDataset) []olDataset {
	if list == nil {
		return []olDataset{}
	}
	return list
}
