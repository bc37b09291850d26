// Package sagemaker acts on SageMaker pipelines and makes the OpenLineage
// events that SageMaker does not send.
//
// The key of a start is ClientRequestToken: the same token is the same
// execution. The display name carries the key too, so that an execution can be
// found and its parent run derived without the ledger. Polled executions become
// events with the same bytes at every look.
package sagemaker
