package sagemaker

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// client speaks SageMaker's JSON 1.1 protocol: the seven operations that weir
// uses of the service's four hundred (docs/decisions/0007-sagemaker-client.md).
// Credentials, region and transport are the vendor's SDK's.
type client struct {
	http             aws.HTTPClient
	credentials      aws.CredentialsProvider
	signer           *v4.Signer
	endpoint, region string
	agent            string
	// skew is how far the service's clock is ahead of ours, in nanoseconds;
	// ownClock says that it must not count.
	skew     atomic.Int64
	ownClock bool
}

func newClient(ctx context.Context, cfg aws.Config, endpoint, agent string) (*client, error) {
	at, err := endpointOf(ctx, cfg, endpoint)
	if err != nil {
		return nil, err
	}
	return &client{
		http: cfg.HTTPClient, credentials: cfg.Credentials, signer: v4.NewSigner(), endpoint: at, region: cfg.Region,
		agent: cmp.Or(agent, "weir"), ownClock: cfg.DisableClockSkewCorrection,
	}, nil
}

// startPipelineExecution starts one; the same token is the same execution.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartPipelineExecution.html
func (c *client) startPipelineExecution(ctx context.Context, in startInput) (executionRef, error) {
	return call[executionRef](ctx, c, "StartPipelineExecution", in)
}

// describePipelineExecution tells its status and times.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribePipelineExecution.html
func (c *client) describePipelineExecution(ctx context.Context, arn string) (executionDetail, error) {
	return call[executionDetail](ctx, c, "DescribePipelineExecution", executionRef{arn})
}

// stopPipelineExecution asks one to end.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopPipelineExecution.html
func (c *client) stopPipelineExecution(ctx context.Context, in stopInput) error {
	_, err := call[executionRef](ctx, c, "StopPipelineExecution", in)
	return err
}

// retryPipelineExecution runs again what failed or was stopped.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RetryPipelineExecution.html
func (c *client) retryPipelineExecution(ctx context.Context, in stopInput) error {
	_, err := call[executionRef](ctx, c, "RetryPipelineExecution", in)
	return err
}

// describeTrainingJob tells what a job reads.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
func (c *client) describeTrainingJob(ctx context.Context, name string) (trainingJob, error) {
	return call[trainingJob](ctx, c, "DescribeTrainingJob", trainingJobInput{name})
}

// listPipelines walks the region's pipelines.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListPipelines.html
func (c *client) listPipelines(ctx context.Context, in pipelinesInput) iter.Seq2[pipelineSummary, error] {
	return pages(func(token string) ([]pipelineSummary, string, error) {
		in.NextToken = token
		p, err := call[pipelinesPage](ctx, c, "ListPipelines", in)
		return p.PipelineSummaries, p.NextToken, err
	})
}

// listPipelineExecutions walks the executions of a pipeline.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListPipelineExecutions.html
func (c *client) listPipelineExecutions(ctx context.Context, in executionsInput) iter.Seq2[executionSummary, error] {
	return pages(func(token string) ([]executionSummary, string, error) {
		in.NextToken = token
		p, err := call[executionsPage](ctx, c, "ListPipelineExecutions", in)
		return p.PipelineExecutionSummaries, p.NextToken, err
	})
}

// listPipelineExecutionSteps walks the steps of an execution.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListPipelineExecutionSteps.html
func (c *client) listPipelineExecutionSteps(ctx context.Context, in stepsInput) iter.Seq2[step, error] {
	return pages(func(token string) ([]step, string, error) {
		in.NextToken = token
		p, err := call[stepsPage](ctx, c, "ListPipelineExecutionSteps", in)
		return p.PipelineExecutionSteps, p.NextToken, err
	})
}

var errSameToken = errors.New("the list does not end: its next token is the one that was sent")

// pages walks a list whose page names the next one by a token, the last none.
func pages[T any](fetch func(token string) ([]T, string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for token := ""; ; {
			list, next, err := fetch(token)
			if err == nil && next != "" && next == token {
				err = errSameToken
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, x := range list {
				if !yield(x, nil) {
					return
				}
			}
			if token = next; token == "" {
				return
			}
		}
	}
}

// call sends one request, once, and reads its answer.
// https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
func call[T any](ctx context.Context, c *client, op string, in any) (T, error) {
	var none T
	body, err := json.Marshal(in)
	if err != nil {
		return none, err
	}
	req, err := c.request(ctx, op, body)
	if err != nil {
		return none, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return none, err
	}
	defer resp.Body.Close()
	c.heed(resp.Header)
	return read[T](resp)
}

// request makes a signed request. It cannot be rewound, so no transport sends
// it again.
func (c *client) request(ctx context.Context, op string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.GetBody = nil
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "SageMaker."+op)
	req.Header.Set("User-Agent", c.agent)
	who, err := c.credentials.Retrieve(ctx)
	if err != nil && ctx.Err() == nil {
		return nil, &credentialsError{err}
	} else if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	at := time.Now().Add(time.Duration(c.skew.Load()))
	return req, c.signer.SignHTTP(ctx, who, req, hex.EncodeToString(sum[:]), "sagemaker", c.region, at)
}

// heed notes the service's clock: a signature must be of its time. What a cache
// answers says nothing.
func (c *client) heed(h http.Header) {
	at, err := http.ParseTime(h.Get("Date"))
	if err == nil && h.Get("Age") == "" && !c.ownClock {
		c.skew.Store(int64(time.Until(at)))
	}
}

// credentialsError: nothing was sent, for want of credentials.
type credentialsError struct{ err error }

func (e *credentialsError) Error() string { return "get credentials: " + e.err.Error() }
func (e *credentialsError) Unwrap() error { return e.err }

// answerError is an answer that is no success, or one that cannot be read.
type answerError struct {
	resp *http.Response
	// code and message are the service's own; without a code something else
	// answered.
	code, message string
	err           error
}

// Error names the request, by which the vendor's support finds it.
func (e *answerError) Error() string {
	text := strings.Trim(e.code+": "+e.message, ": ")
	if e.err != nil {
		text = "unreadable answer: " + e.err.Error()
	}
	text = cmp.Or(text, "the answer names no error")
	if id := e.resp.Header.Get("X-Amzn-Requestid"); id != "" {
		text += " (request " + id + ")"
	}
	return text
}

func (e *answerError) Unwrap() error { return e.err }

var errNull = errors.New("null")

// read decodes a success; anything else is an *answerError.
func read[T any](resp *http.Response) (T, error) {
	var out *T
	e := &answerError{resp: resp}
	b, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		e.err = err
	case resp.StatusCode/100 != 2:
		e.refusal(b)
	default:
		if e.err = json.Unmarshal(b, &out); e.err == nil && out != nil {
			return *out, nil
		}
		e.err = cmp.Or(e.err, errNull)
	}
	var none T
	return none, e
}

// refusal finds code and message. The code is a header or a member, and may
// stand between a namespace and an address: ns#Code:http://...
func (e *answerError) refusal(b []byte) {
	var body struct {
		Type    string `json:"__type"`
		Code    any    `json:"code"`
		Message string `json:"message"`
	}
	if len(b) > 0 {
		if e.err = json.Unmarshal(b, &body); e.err != nil {
			return // a proxy's page, whatever its headers say
		}
	}
	other, _ := body.Code.(string)
	code, _, _ := strings.Cut(cmp.Or(e.resp.Header.Get("X-Amzn-Errortype"), body.Type, other), ":")
	e.code, e.message = code[strings.IndexByte(code, '#')+1:], body.Message
}
