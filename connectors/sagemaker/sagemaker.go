package sagemaker

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/logging"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// Connector is one account and region.
type Connector struct {
	name string
	api  *client
	now  func() time.Time
}

// The abilities of this connector.
var (
	_ connectors.Connector  = (*Connector)(nil)
	_ connectors.Starter    = (*Connector)(nil)
	_ connectors.Finder     = (*Connector)(nil)
	_ connectors.Getter     = (*Connector)(nil)
	_ connectors.Poller     = (*Connector)(nil)
	_ connectors.Stopper    = (*Connector)(nil)
	_ connectors.Rerunner   = (*Connector)(nil)
	_ connectors.EventMaker = (*Connector)(nil)
)

// Options configure a Connector.
type Options struct {
	Name, Region string
	// Endpoint replaces the region's, for tests and private links.
	Endpoint string
	// AccessKeyID and SecretAccessKey are static credentials; without them
	// the default chain decides (environment, profile, instance role).
	AccessKeyID, SecretAccessKey string
	Timeout                      time.Duration
	// UserAgent is what the vendor's log shows, weir/VERSION; "" is weir.
	UserAgent string
	Now       func() time.Time
}

// New returns a connector; it makes no call.
func New(ctx context.Context, o Options) (*Connector, error) {
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	load := []func(*config.LoadOptions) error{
		config.WithRegion(o.Region),
		config.WithLogger(logging.Nop{}), // what matters comes back as an error
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(o.Timeout)),
		// Credentials are asked for once a call: the engine comes again.
		config.WithRetryer(func() aws.Retryer { return retry.AddWithMaxAttempts(retry.NewStandard(), 1) }),
	}
	if o.AccessKeyID != "" {
		load = append(load, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(o.AccessKeyID, o.SecretAccessKey, "")))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, fmt.Errorf("sagemaker: %w", err)
	}
	cfg.HTTPClient = guarded(cfg.HTTPClient, o.Timeout)
	api, err := newClient(ctx, cfg, o.Endpoint, o.UserAgent)
	if err != nil {
		return nil, fmt.Errorf("sagemaker: %w", err)
	}
	return &Connector{name: o.Name, api: api, now: o.Now}, nil
}

// guarded is the SDK's client, with its transport and AWS_CA_BUNDLE, but
// without redirects and with bounded answers: the SDK's own follows 307 and
// 308, and a signed start stays at the configured host.
func guarded(c aws.HTTPClient, timeout time.Duration) aws.HTTPClient {
	b, ok := c.(*awshttp.BuildableClient)
	if !ok {
		return c
	}
	return &http.Client{
		Timeout:       timeout,
		Transport:     bounded{b.GetTransport()},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Kind is "sagemaker".
func (c *Connector) Kind() string { return "sagemaker" }

// Instance is the configured name.
func (c *Connector) Instance() string { return c.name }

// Namespace is where this connector's jobs and models live.
func (c *Connector) Namespace() string { return "sagemaker://" + c.name }

// MakesEvents is true: a terminal state needs no grace for late events.
func (c *Connector) MakesEvents() bool { return true }

// Keyed: a token is one execution.
func (c *Connector) Keyed() bool { return true }

// ExternalID is unknown before the call: SageMaker makes the ARN.
func (c *Connector) ExternalID(connectors.StartRequest) string { return "" }

// PredictedRunIDs are unknown before the call.
func (c *Connector) PredictedRunIDs(connectors.StartRequest) []string { return nil }

// Claims: pipelines of this connector's namespace; a step belongs to its
// pipeline.
func (c *Connector) Claims(_ context.Context, job catalog.Name) (string, bool) {
	if job.Type != catalog.TypeJob || job.Namespace != c.Namespace() {
		return "", false
	}
	pipeline, _, _ := strings.Cut(job.Name, ".")
	return pipeline, true
}

// Probe lists one pipeline.
func (c *Connector) Probe(ctx context.Context) (connectors.Probe, error) {
	for _, err := range c.api.listPipelines(ctx, pipelinesInput{MaxResults: 1}) {
		if err != nil {
			return connectors.Probe{}, classify("probe", false, err)
		}
		break
	}
	skew := time.Duration(c.api.skew.Load()).Round(time.Second)
	p := connectors.Probe{Version: "2017-07-24", ClockOffset: &skew}
	for _, name := range []string{"start", "start.key", "find.by_key", "stop", "rerun", "watch.fleet", "ol.parent"} {
		p.Capabilities = append(p.Capabilities, connectors.Capability{Name: name, Level: "native"})
	}
	return p, nil
}

// token is a ClientRequestToken: 32 to 128 characters. No key ends in the
// hyphen that fills a short one up, so two keys never share a token.
func token(key string) string { return "weir-" + key + strings.Repeat("-", max(0, 32-5-len(key))) }

// nameForm is the vendor's pattern of a display name.
var nameForm = regexp.MustCompile(`^[a-zA-Z0-9](-*[a-zA-Z0-9])*$`)

// displayName carries the key and, where it fits the pattern, the policy:
// at most 82 of [a-zA-Z0-9](-*[a-zA-Z0-9])*.
func displayName(r connectors.StartRequest) string {
	name := "weir-" + r.Key
	policy := r.Parent.Job.Name
	if len(name)+1+len(policy) <= 82 && nameForm.MatchString(policy) {
		return name + "-" + policy
	}
	return name
}

// parentOf reads the parent run back from a display name.
func parentOf(display string) (catalog.RunRef, bool) {
	rest, ok := strings.CutPrefix(display, "weir-")
	if !ok || rest == "" {
		return catalog.RunRef{}, false
	}
	key, policy, found := strings.Cut(rest, "-")
	if !found {
		policy = "action"
	}
	return catalog.RunRef{RunID: connectors.ParentRunID(key), Job: catalog.JobName(catalog.InternalNamespace, policy)}, true
}

// Start starts an execution.
func (c *Connector) Start(ctx context.Context, r connectors.StartRequest) (connectors.StartResult, error) {
	in := startInput{PipelineName: r.Target, ClientRequestToken: token(r.Key), PipelineExecutionDisplayName: displayName(r)}
	for _, k := range sortedKeys(r.Params) {
		in.PipelineParameters = append(in.PipelineParameters, parameter{k, fmt.Sprint(r.Params[k])})
	}
	out, err := c.api.startPipelineExecution(ctx, in)
	if err != nil {
		return connectors.StartResult{}, classify("start pipeline", true, err)
	}
	if out.PipelineExecutionArn == "" {
		return connectors.StartResult{}, &connectors.Error{Class: connectors.Ambiguous, Op: "start pipeline", Message: "the answer names no execution"}
	}
	return connectors.StartResult{ExternalID: out.PipelineExecutionArn, State: catalog.RunRunning}, nil
}

// Find looks through the pipeline's executions for the key.
func (c *Connector) Find(ctx context.Context, r connectors.StartRequest) ([]connectors.RunState, error) {
	var out []connectors.RunState
	want := displayName(r)
	err := c.executions(ctx, r.Target, r.RunAfter.Add(-time.Hour), func(s executionSummary) error {
		if s.PipelineExecutionDisplayName == want {
			out = append(out, connectors.RunState{ExternalID: s.PipelineExecutionArn, Target: r.Target, State: stateOf(s.PipelineExecutionStatus), Raw: string(s.PipelineExecutionStatus), StartedAt: s.StartTime.Time})
		}
		return nil
	})
	var e *connectors.Error
	if errors.As(err, &e) && e.ToolCode == "ResourceNotFound" {
		return nil, nil // no such pipeline: no such run
	}
	return out, err
}

// executions walks a pipeline's executions, newest first.
func (c *Connector) executions(ctx context.Context, pipeline string, after time.Time, fn func(executionSummary) error) error {
	in := executionsInput{PipelineName: pipeline, CreatedAfter: instant{after}, SortBy: "CreationTime", SortOrder: "Descending"}
	for s, err := range c.api.listPipelineExecutions(ctx, in) {
		if err != nil {
			return classify("list executions", false, err)
		}
		if err := fn(s); err != nil {
			return err
		}
	}
	return nil
}

// Get describes one execution.
func (c *Connector) Get(ctx context.Context, target, externalID string) (connectors.RunState, error) {
	out, err := c.api.describePipelineExecution(ctx, externalID)
	if err != nil {
		return connectors.RunState{}, classify("describe execution", false, err)
	}
	s := connectors.RunState{ExternalID: externalID, Target: target, State: stateOf(out.PipelineExecutionStatus), Raw: string(out.PipelineExecutionStatus), StartedAt: out.CreationTime.Time, Message: out.FailureReason, Stopping: out.PipelineExecutionStatus == "Stopping"}
	if s.State.Terminal() {
		s.EndedAt = out.LastModifiedTime.Time
	}
	return s, nil
}

// Stop asks an execution to end; one that ended is left alone.
func (c *Connector) Stop(ctx context.Context, target, externalID string) error {
	if run, err := c.Get(ctx, target, externalID); err != nil || run.State.Terminal() {
		return err // a look: surely nothing was applied
	}
	in := stopInput{PipelineExecutionArn: externalID, ClientRequestToken: token(connectors.ObservedRunID(c.name, externalID, "stop")[:32])}
	if err := c.api.stopPipelineExecution(ctx, in); err != nil {
		return classify("stop execution", true, err)
	}
	return nil
}

// stateOf maps the vendor's words; a new one is UNKNOWN, which is not terminal.
func stateOf(s executionStatus) catalog.RunState {
	switch s {
	case "Executing", "Stopping":
		return catalog.RunRunning
	case "Succeeded":
		return catalog.RunSucceeded
	case "Failed":
		return catalog.RunFailed
	case "Stopped":
		return catalog.RunCancelled
	case "CompletedWithFailures":
		return catalog.RunPartial
	}
	return catalog.RunUnknown
}

// classify reads an error of the client: a code of the service's own in a 4xx
// answer, else the HTTP answer itself, else the lack of one.
func classify(op string, write bool, err error) error {
	var answer *answerError
	var credentials *credentialsError
	answered := errors.As(err, &answer)
	switch {
	case answered && answer.code != "" && answer.resp.StatusCode/100 == 4:
		return apiError(op, answer)
	case answered: // a proxy's page, too
		return connectors.StatusError(op, write, answer.resp, answer.Error())
	case errors.As(err, &credentials):
		return &connectors.Error{Class: connectors.Blocked, Op: op, Err: err, Hint: "look at the credentials of this connector"}
	}
	return connectors.TransportError(op, write, err)
}

func apiError(op string, answer *answerError) error {
	e := &connectors.Error{Op: op, Class: connectors.Permanent, ToolCode: answer.code, Message: answer.message}
	switch code := answer.code; {
	case strings.Contains(code, "Throttling"), strings.Contains(code, "TooManyRequests"):
		e.Class = connectors.Retryable
	case code == "ResourceLimitExceeded", strings.Contains(code, "AccessDenied"), strings.Contains(code, "UnrecognizedClient"), strings.Contains(code, "ExpiredToken"), strings.Contains(code, "InvalidSignature"):
		e.Class, e.Hint = connectors.Blocked, "look at the credentials and quotas of this connector"
	case code == "ConflictException":
		e.Class = connectors.Conflict
	}
	return e
}
