// Package fakesagemaker speaks the part of SageMaker's JSON 1.1 protocol that
// weir uses: a clocked state machine of pipeline executions with a token
// table, steps, retry, stop, paging and faults. Requests are checked against
// the constraints of the vendor's service model.
package fakesagemaker

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/weirhq/weir/connectors/connectortest"
)

// Pipeline is what the fake knows of a pipeline: its steps in order.
type Pipeline struct {
	Steps []Step
	// Inputs are S3 URIs that its training steps read; Group is the model
	// package group that a register step registers into.
	Inputs []string
	Group  string
	// FailAt names a step that fails on its first attempt.
	FailAt string
}

// Step of a pipeline.
type Step struct {
	Name string
	// Type is Training, Processing or RegisterModel.
	Type  string
	Takes time.Duration
}

// Options configure a fake.
type Options struct {
	Pipelines map[string]Pipeline
	Now       func() time.Time
	// PageSize bounds every list; 0 is 10.
	PageSize int
	// Model, when given, is the vendor's service model, by which every
	// request is judged before the fake's own checks.
	Model *Model
}

// Fake is one account and region.
type Fake struct {
	connectortest.Faults
	o      Options
	mu     sync.Mutex
	runs   []*execution
	tokens map[string]*execution
}

type execution struct {
	arn, pipeline, display string
	created                time.Time
	attempts               []time.Time // start of each attempt
	stoppedAt              time.Time
	finishedAt             time.Time // forced by Finish
	params                 []any
}

// New returns a fake.
func New(o Options) *Fake {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.PageSize == 0 {
		o.PageSize = 10
	}
	return &Fake{o: o, tokens: map[string]*execution{}}
}

// Starts counts the executions: the oracle for "no run doubled".
func (f *Fake) Starts() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.runs)
}

// Finish ends an execution well at once.
func (f *Fake) Finish(arn string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if x := f.find(arn); x != nil {
		x.finishedAt = f.o.Now()
	}
}

// Retry runs an execution that did not succeed again, as somebody would at the
// vendor's console: its steps that failed, and those after them, get another
// attempt. It reports whether the execution could be retried.
func (f *Fake) Retry(arn string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, e := f.retry(object{"PipelineExecutionArn": arn, "ClientRequestToken": strings.Repeat("r", 32)})
	return e == nil
}

// Handler serves the protocol.
func (f *Fake) Handler() http.Handler { return http.HandlerFunc(f.serve) }

type apiError struct {
	status        int
	code, message string
}

func invalid(format string, args ...any) *apiError {
	return &apiError{400, "ValidationException", fmt.Sprintf(format, args...)}
}

func notFound(what string) *apiError {
	return &apiError{400, "ResourceNotFound", what + " does not exist"}
}

type object = map[string]any

func (f *Fake) serve(w http.ResponseWriter, r *http.Request) {
	_, op, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "SageMaker.")
	if r.Method != http.MethodPost || !ok {
		http.Error(w, "unknown", http.StatusNotFound)
		return
	}
	fault := connectortest.None
	if op == "StartPipelineExecution" {
		fault = f.Next()
	}
	if f.before(w, fault) {
		return
	}
	var in object
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		answer(w, nil, &apiError{400, "SerializationException", err.Error()})
		return
	}
	f.mu.Lock()
	out, e := f.call(op, in)
	f.mu.Unlock()
	if e == nil && fault.After(w) {
		return
	}
	answer(w, out, e)
}

// before speaks this protocol's form of the faults that refuse.
func (f *Fake) before(w http.ResponseWriter, fault connectortest.Fault) bool {
	switch fault {
	case connectortest.Status429:
		answer(w, nil, &apiError{400, "ThrottlingException", "Rate exceeded"})
	case connectortest.Status401, connectortest.Status403:
		answer(w, nil, &apiError{400, "ExpiredTokenException", "The security token included in the request is expired"})
	case connectortest.Status409:
		answer(w, nil, &apiError{400, "ConflictException", "another operation is in progress"})
	default:
		return fault.Before(w)
	}
	return true
}

func answer(w http.ResponseWriter, out object, e *apiError) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if e != nil {
		w.Header().Set("X-Amzn-Errortype", e.code)
		w.WriteHeader(e.status)
		out = object{"__type": e.code, "Message": e.message}
	}
	json.NewEncoder(w).Encode(out) //nolint:errcheck // the client has gone
}

func (f *Fake) call(op string, in object) (object, *apiError) {
	if f.o.Model != nil {
		if why := f.o.Model.CheckInput(op, in); why != "" {
			return nil, invalid("%s", why)
		}
	}
	switch op {
	case "ListPipelines":
		return f.listPipelines(in)
	case "StartPipelineExecution":
		return f.start(in)
	case "DescribePipelineExecution":
		return f.describe(in)
	case "ListPipelineExecutions":
		return f.list(in)
	case "ListPipelineExecutionSteps":
		return f.listSteps(in)
	case "StopPipelineExecution":
		return f.stop(in)
	case "RetryPipelineExecution":
		return f.retry(in)
	case "DescribeTrainingJob":
		return f.training(in)
	}
	return nil, &apiError{400, "UnknownOperationException", op}
}

func text(in object, key string) string { s, _ := in[key].(string); return s }

var (
	pipelineName = regexp.MustCompile(`^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}$`)
	displayForm  = regexp.MustCompile(`^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,81}$`)
	parameter    = regexp.MustCompile(`^[A-Za-z0-9\-_]{1,256}$`)
)

// startFields are the members of StartPipelineExecutionRequest.
var startFields = []string{"PipelineName", "PipelineExecutionDisplayName", "PipelineParameters", "PipelineExecutionDescription", "ClientRequestToken",
	"ParallelismConfiguration", "SelectiveExecutionConfig", "PipelineVersionId", "PipelineVersionAlias", "MlflowExperimentName", "RoleArn"}

func (f *Fake) start(in object) (object, *apiError) {
	if e := checkStart(in); e != nil {
		return nil, e
	}
	name := text(in, "PipelineName")
	if _, ok := f.o.Pipelines[name]; !ok {
		return nil, notFound("Pipeline " + name)
	}
	tok := text(in, "ClientRequestToken")
	if x := f.tokens[tok]; x != nil {
		return object{"PipelineExecutionArn": x.arn}, nil
	}
	now := f.o.Now()
	x := &execution{pipeline: name, display: text(in, "PipelineExecutionDisplayName"), created: now, attempts: []time.Time{now}}
	x.params, _ = in["PipelineParameters"].([]any)
	x.arn = fmt.Sprintf("arn:aws:sagemaker:eu-west-1:123456789012:pipeline/%s/execution/%012d", strings.ToLower(name), len(f.runs)+1)
	f.runs, f.tokens[tok] = append(f.runs, x), x
	return object{"PipelineExecutionArn": x.arn}, nil
}

func checkStart(in object) *apiError {
	for k := range in {
		if !slices.Contains(startFields, k) {
			return invalid("unknown member %s", k)
		}
	}
	if e := checkToken(in); e != nil {
		return e
	}
	if !pipelineName.MatchString(text(in, "PipelineName")) {
		return invalid("PipelineName fails its pattern")
	}
	if d := text(in, "PipelineExecutionDisplayName"); d != "" && (len(d) > 82 || !displayForm.MatchString(d)) {
		return invalid("PipelineExecutionDisplayName %q fails its pattern", d)
	}
	params, _ := in["PipelineParameters"].([]any)
	if len(params) > 200 {
		return invalid("more than 200 parameters")
	}
	for _, p := range params {
		m, _ := p.(object)
		if !parameter.MatchString(text(m, "Name")) || len(text(m, "Value")) > 1024 {
			return invalid("a parameter fails its constraints")
		}
	}
	return nil
}

func checkToken(in object) *apiError {
	if n := len(text(in, "ClientRequestToken")); n < 32 || n > 128 {
		return invalid("ClientRequestToken has %d characters, want 32 to 128", n)
	}
	return nil
}

func (f *Fake) find(arn string) *execution {
	for _, x := range f.runs {
		if x.arn == arn {
			return x
		}
	}
	return nil
}

// stepState is one step as it stands at a time.
type stepState struct {
	Step
	attempt    int
	start, end time.Time
	status     string
}

// at plays the state machine up to now.
func (f *Fake) at(x *execution, now time.Time) (status string, steps []stepState, last time.Time) {
	p := f.o.Pipelines[x.pipeline]
	attempt := len(x.attempts)
	failing := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Name == p.FailAt })
	t, last := x.attempts[attempt-1], x.created
	if failing > 0 {
		t = x.attempts[0] // what succeeded before the failure is kept
	}
	for i, s := range p.Steps {
		if i == failing {
			t = later(t, x.attempts[attempt-1])
		}
		st := stepState{Step: s, attempt: attempt, start: t, status: "Executing"}
		if failing >= 0 && i != failing {
			st.attempt = 1
		}
		end := t.Add(s.Takes)
		if !x.finishedAt.IsZero() && end.After(x.finishedAt) {
			end = x.finishedAt
		}
		if !x.stoppedAt.IsZero() && end.After(x.stoppedAt) {
			st.status, st.end = "Stopped", x.stoppedAt
			return "Stopped", append(steps, st), x.stoppedAt
		}
		if now.Before(end) {
			return "Executing", append(steps, st), last
		}
		st.end, last = end, end
		if p.FailAt == s.Name && attempt == 1 && x.finishedAt.IsZero() {
			st.status = "Failed"
			return "Failed", append(steps, st), end
		}
		st.status = "Succeeded"
		steps, t = append(steps, st), end
	}
	return "Succeeded", steps, last
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
