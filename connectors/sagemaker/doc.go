// Package sagemaker acts on SageMaker pipelines and makes the OpenLineage
// events that SageMaker does not send.
//
// The key of a start is ClientRequestToken: the same token is the same
// execution. The display name carries the key too, so that an execution can be
// found and its parent run derived without the ledger. Polled executions become
// events with the same bytes at every look: the pipeline's run with its data, and
// a run of job "pipeline.step" below it for each step. A retry keeps its ARN and
// its creation time, so what did not succeed stays in view for a day.
package sagemaker
