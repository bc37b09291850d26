//go:build moto

package sagemaker

import (
	"bufio"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/connectors/connectortest"
	"github.com/weirhq/weir/connectors/connectortest/fakesagemaker"
)

// TestFakeAnswersAsMoto: moto is a second opinion on the wire format. What the
// client reads of it and of our fake is the same, but for the following, in
// which moto 5.2 differs from the vendor's model and documentation:
//
//   - The same ClientRequestToken makes a second execution, and a token of any
//     length or none is taken. So no start is sent twice here.
//   - An execution is Succeeded at its first description. The fake's clock is
//     put forward, and no other state is looked at.
//   - StopPipelineExecution, RetryPipelineExecution and
//     ListPipelineExecutionSteps are pages of status 500, and so is an unknown
//     operation. They are not compared; so neither are Stop and Poll.
//   - MaxResults, NextToken, CreatedAfter, SortBy and SortOrder do nothing, so
//     one execution is listed.
//   - What does not exist is a ValidationException, where the model names
//     ResourceNotFound. The form of the refusal is compared, not its code.
//   - The name of a training job can be used again, an execution without a
//     failure has the reason "None" in a list (which is not read), and a
//     parameter that the pipeline does not declare is taken.
func TestFakeAnswersAsMoto(t *testing.T) {
	moto, fake := readAll(t, onMoto(t)), readAll(t, onFake(t))
	if diff := cmp.Diff(moto, fake); diff != "" {
		t.Errorf("moto's answers (-) are not the fake's (+):\n%s", diff)
	}
}

// TestMotoReadsOurParameters: what another server understood of a start.
func TestMotoReadsOurParameters(t *testing.T) {
	w := onMoto(t)
	res, err := w.conn.Start(t.Context(), connectors.StartRequest{Target: "churn", Key: "k", Params: map[string]any{"day": "2026-11-24", "n": 3}})
	if err != nil {
		t.Fatal(err)
	}
	type parameters struct{ PipelineParameters []parameter }
	got, err := call[parameters](t.Context(), w.conn.api, "ListPipelineParametersForExecution", executionRef{res.ExternalID})
	if diff := cmp.Diff(parameters{[]parameter{{"day", "2026-11-24"}, {"n", "3"}}}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestMotosPageIsNoRefusal: the page of status 500 that moto gives for what it
// lacks leaves a stop in doubt.
func TestMotosPageIsNoRefusal(t *testing.T) {
	w := onMoto(t)
	err := classify("stop", true, w.conn.api.stopPipelineExecution(t.Context(), stopInput{"arn:x", strings.Repeat("t", 32)}))
	var e *connectors.Error
	if !errors.As(err, &e) || e.Class != connectors.Ambiguous || e.ToolCode != "500" {
		t.Errorf("%v, want unknown: 500", err)
	}
}

// world is a connector on a server with the pipeline "churn" and the training
// job "churn-train-1".
type world struct {
	conn *Connector
	wire *wire
	// later lets the executions end.
	later func()
}

// wire keeps how the last answer looked.
type wire struct {
	next   aws.HTTPClient
	answer string
}

func (w *wire) Do(r *http.Request) (*http.Response, error) {
	resp, err := w.next.Do(r)
	if err == nil {
		w.answer = fmt.Sprintf("%d %s, code in the header: %v", resp.StatusCode, resp.Header.Get("Content-Type"), resp.Header.Get("X-Amzn-Errortype") != "")
	}
	return resp, err
}

func newWorld(t *testing.T, url string, now func() time.Time) world {
	t.Helper()
	c, err := New(t.Context(), Options{Name: "sm", Region: "eu-west-1", Endpoint: url, AccessKeyID: "test", SecretAccessKey: "test", Now: now, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{next: c.api.http}
	c.api.http = w
	return world{conn: c, wire: w, later: func() {}}
}

func onFake(t *testing.T) world {
	t.Helper()
	clock := time.Now()
	now := func() time.Time { return clock }
	fake := fakesagemaker.New(fakesagemaker.Options{Now: now, Pipelines: map[string]fakesagemaker.Pipeline{
		"churn": {Inputs: []string{"s3://lake/features/"}, Steps: []fakesagemaker.Step{{Name: "train", Type: "Training", Takes: time.Minute}}}}})
	srv := httptest.NewServer(fake.Handler())
	t.Cleanup(srv.Close)
	w := newWorld(t, srv.URL, now)
	w.later = func() { clock = clock.Add(time.Hour) }
	return w
}

func onMoto(t *testing.T) world {
	t.Helper()
	w := newWorld(t, startMoto(t), time.Now)
	for op, in := range map[string]object{
		"CreatePipeline": {"PipelineName": "churn", "ClientRequestToken": strings.Repeat("t", 32), "RoleArn": "arn:aws:iam::123456789012:role/weir",
			"PipelineDefinition": `{"Version":"2020-12-01","Steps":[]}`},
		"CreateTrainingJob": {"TrainingJobName": "churn-train-1", "RoleArn": "arn:aws:iam::123456789012:role/weir",
			"AlgorithmSpecification": object{"TrainingInputMode": "File", "TrainingImage": "image"}, "OutputDataConfig": object{"S3OutputPath": "s3://models/"},
			"InputDataConfig": []object{{"ChannelName": "ch0", "DataSource": object{"S3DataSource": object{"S3DataType": "S3Prefix", "S3Uri": "s3://lake/features/"}}}},
			"ResourceConfig":  object{"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}, "StoppingCondition": object{"MaxRuntimeInSeconds": 60}},
	} {
		if _, err := call[object](t.Context(), w.conn.api, op, in); err != nil {
			t.Fatalf("%s: %v", op, err)
		}
	}
	return w
}

type object = map[string]any

// listening is what the server prints once its socket is open.
var listening = regexp.MustCompile(`Running on (http://127\.0\.0\.1:\d+)`)

// startMoto runs a server on a free port until the test ends, and waits for it.
func startMoto(t *testing.T) string {
	t.Helper()
	path := os.Getenv("WEIR_MOTO_SERVER")
	if path == "" {
		t.Fatal("WEIR_MOTO_SERVER is not set: run make test-sagemaker")
	}
	cmd := exec.CommandContext(t.Context(), path, "-H", "127.0.0.1", "-p", "0")
	logs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	found, done := make(chan string, 1), make(chan struct{})
	go func() { // reads to the end, so that the server never waits for us
		defer close(done)
		for lines := bufio.NewScanner(logs); lines.Scan(); {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				select {
				case found <- m[1]:
				default: // said twice
				}
			}
		}
	}()
	t.Cleanup(func() { <-done; cmd.Wait() }) //nolint:errcheck // killed with the test's context
	select {
	case url := <-found:
		return url
	case <-done:
		t.Fatal("the moto server ended before it listened")
	case <-time.After(time.Minute):
		t.Fatal("the moto server does not listen after a minute")
	}
	return ""
}

// readAll makes the calls that both servers have. It gives what was read of
// each, in a form that is equal for equal answers.
func readAll(t *testing.T, w world) map[string]string {
	t.Helper()
	ctx, c, api, got := t.Context(), w.conn, w.conn.api, map[string]string{}
	answered := func(call string, value any, err error) {
		if err != nil {
			t.Errorf("%s: %v", call, err)
		}
		got[call] = w.wire.answer + ": " + plain(value)
	}
	refused := func(call string, err error) {
		var a *answerError
		if !errors.As(err, &a) {
			t.Errorf("%s: %v is no refusal", call, err)
			return
		}
		got[call] = fmt.Sprintf("%s: %s, code %v, message %v", w.wire.answer, connectors.ClassOf(classify(call, true, err)), a.code != "", a.message != "")
	}

	probe, err := c.Probe(ctx)
	if probe.ClockOffset == nil || probe.ClockOffset.Abs() > time.Minute {
		t.Errorf("a clock of this machine is %v off itself", probe.ClockOffset)
	}
	probe.ClockOffset = nil // a second more or less, from run to run
	answered("Probe", probe, err)
	pipelines, err := all(api.listPipelines(ctx, pipelinesInput{}))
	answered("ListPipelines", pipelines, err)
	request := connectortest.Request("churn", strings.Repeat("k", 32))
	request.RunAfter = time.Now()
	started, err := c.Start(ctx, request)
	answered("StartPipelineExecution", started, err)
	w.later()
	detail, err := api.describePipelineExecution(ctx, started.ExternalID)
	answered("DescribePipelineExecution", detail, err)
	executions, err := all(api.listPipelineExecutions(ctx, executionsInput{PipelineName: "churn", SortBy: "CreationTime", SortOrder: "Descending"}))
	answered("ListPipelineExecutions", executions, err)
	job, err := api.describeTrainingJob(ctx, "churn-train-1")
	answered("DescribeTrainingJob", job, err)
	run, err := c.Get(ctx, "churn", started.ExternalID)
	answered("Get", run, err)
	found, err := c.Find(ctx, request)
	answered("Find", found, err)

	_, err = api.startPipelineExecution(ctx, startInput{PipelineName: "nosuch", ClientRequestToken: strings.Repeat("t", 32)})
	refused("start of an unknown pipeline", err)
	_, err = api.describePipelineExecution(ctx, started.ExternalID[:len(started.ExternalID)-12]+"nosuchnosuch")
	refused("unknown execution", err)
	_, err = all(api.listPipelineExecutions(ctx, executionsInput{PipelineName: "nosuch"}))
	refused("executions of an unknown pipeline", err)
	_, err = api.describeTrainingJob(ctx, "nosuch")
	refused("unknown training job", err)
	return got
}

func all[T any](list iter.Seq2[T, error]) (out []T, err error) {
	for x, err := range list {
		if err != nil {
			return out, err
		}
		out = append(out, x)
	}
	return out, nil
}

var (
	executionID = regexp.MustCompile(`/execution/[a-z0-9]{12}\b`)
	someTime    = regexp.MustCompile(`20\d\d-\d\d-\d\d \d\d:\d\d:\d\d[.\d]* \+0000 UTC`)
)

// plain writes a value with its members' names, and without what differs from
// run to run: an id of the form that the vendor documents, and times that are
// there.
func plain(value any) string {
	text := executionID.ReplaceAllString(fmt.Sprintf("%+v", value), "/execution/ID")
	return someTime.ReplaceAllString(text, "TIME")
}
