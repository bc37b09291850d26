package sagemaker

import (
	"context"
	"fmt"

	"github.com/weirhq/weir/connectors"
)

// KeyedRerun: a retry has a token.
func (c *Connector) KeyedRerun() bool { return true }

// LookBefore reads the execution and how often its steps were tried.
func (c *Connector) LookBefore(ctx context.Context, r connectors.RerunRequest) (connectors.Try, error) {
	run, err := c.Get(ctx, r.Target, r.ExternalID)
	if err != nil {
		return connectors.Try{}, err
	}
	attempt := 1
	steps, err := c.steps(ctx, r.ExternalID)
	if err != nil {
		return connectors.Try{}, err
	}
	for _, s := range steps {
		attempt = max(attempt, attemptOf(s))
	}
	return connectors.Try{
		RunState:   run,
		Mark:       fmt.Sprintf("attempt %d, %s %s", attempt, run.Raw, run.EndedAt.UTC()),
		NextRunIDs: []string{c.runID(r.ExternalID, attempt+1)},
	}, nil
}

// Rerun retries what failed or was stopped, and what comes after it.
func (c *Connector) Rerun(ctx context.Context, r connectors.RerunRequest) error {
	if r.Whole {
		return &connectors.Error{Class: connectors.Permanent, Op: "retry execution", Message: "SageMaker runs only what failed again", Hint: "ask for the failed steps, or start a new run"}
	}
	if err := c.api.retryPipelineExecution(ctx, stopInput{PipelineExecutionArn: r.ExternalID, ClientRequestToken: token(r.Key)}); err != nil {
		return classify("retry execution", true, err)
	}
	return nil
}
