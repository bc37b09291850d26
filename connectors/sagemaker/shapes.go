package sagemaker

import (
	"encoding/json"
	"fmt"
	"time"

	smithytime "github.com/aws/smithy-go/time"
)

// The shapes hold the members that weir sends and reads, by their names in
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/; what else an
// answer holds is passed over. An absent member is the zero value.

// executionStatus and stepStatus are the vendor's words.
type (
	executionStatus string
	stepStatus      string
)

type startInput struct {
	PipelineName                 string
	ClientRequestToken           string
	PipelineExecutionDisplayName string
	PipelineParameters           []parameter `json:",omitempty"`
}

type parameter struct{ Name, Value string }

type stopInput struct{ PipelineExecutionArn, ClientRequestToken string }

// executionRef names an execution, in requests and in answers.
type executionRef struct{ PipelineExecutionArn string }

type executionDetail struct {
	PipelineExecutionStatus        executionStatus
	CreationTime, LastModifiedTime instant
	FailureReason                  string
}

type pipelinesInput struct {
	MaxResults int    `json:",omitempty"`
	NextToken  string `json:",omitempty"`
}

type pipelinesPage struct {
	PipelineSummaries []pipelineSummary
	NextToken         string
}

type pipelineSummary struct{ PipelineName string }

type executionsInput struct {
	PipelineName      string
	CreatedAfter      instant
	SortBy, SortOrder string
	NextToken         string `json:",omitempty"`
}

type executionsPage struct {
	PipelineExecutionSummaries []executionSummary
	NextToken                  string
}

type executionSummary struct {
	PipelineExecutionArn         string
	PipelineExecutionDisplayName string
	PipelineExecutionStatus      executionStatus
	StartTime                    instant
}

type stepsInput struct {
	PipelineExecutionArn string
	SortOrder            string
	NextToken            string `json:",omitempty"`
}

type stepsPage struct {
	PipelineExecutionSteps []step
	NextToken              string
}

type step struct {
	StepName           string
	StepStatus         stepStatus
	AttemptCount       int32
	StartTime, EndTime instant
	Metadata           struct {
		TrainingJob, RegisterModel struct{ Arn string }
	}
}

type trainingJobInput struct{ TrainingJobName string }

type trainingJob struct {
	InputDataConfig []struct {
		DataSource struct {
			S3DataSource struct{ S3Uri string }
		}
	}
}

// instant is a time as the protocol writes it: a number of seconds since 1970,
// of which the vendor's own client keeps the milliseconds.
// https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
type instant struct{ time.Time }

// lastSecond bounds what can be counted in nanoseconds.
const lastSecond = 9_000_000_000

// MarshalJSON writes seconds.
func (t instant) MarshalJSON() ([]byte, error) {
	return json.Marshal(smithytime.FormatEpochSeconds(t.Time))
}

// UnmarshalJSON reads seconds; null is the zero time.
func (t *instant) UnmarshalJSON(b []byte) error {
	var s *float64
	if err := json.Unmarshal(b, &s); err != nil || s == nil {
		return err
	}
	if *s < 0 || *s > lastSecond {
		return fmt.Errorf("%s is no time", b)
	}
	t.Time = smithytime.ParseEpochSeconds(*s)
	return nil
}
