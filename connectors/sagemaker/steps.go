package sagemaker

import (
	"strconv"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// stepEvents makes START and the terminal event of each step that started, as
// job "pipeline.step" with the pipeline's run as its parent. Data stays on the
// pipeline, which is what joins a training step's inputs to the registered
// model.
func (c *Connector) stepEvents(x execution, steps []step) [][]byte {
	var out [][]byte
	for _, s := range steps {
		if s.StartTime.IsZero() || s.StepName == "" {
			continue
		}
		e := c.stepEvent(x, s, attemptAt(steps, s.StartTime.Time))
		e.at = s.StartTime.UTC()
		out = append(out, c.marshal(e, "START"))
		if typ := stepTerminal(s.StepStatus); typ != "" && !s.EndTime.IsZero() {
			e.at = s.EndTime.UTC()
			out = append(out, c.marshal(e, typ))
		}
	}
	return out
}

func (c *Connector) stepEvent(x execution, s step, parentAttempt int) event {
	name, attempt := s.StepName, attemptOf(s)
	return event{
		runID: c.stepRunID(x.arn, name, attempt), job: x.pipeline + "." + name, jobType: "STEP", arn: x.arn, attempt: attempt,
		parent: catalog.RunRef{RunID: c.runID(x.arn, parentAttempt), Job: catalog.JobName(c.Namespace(), x.pipeline)}, hasParent: true,
	}
}

// attemptAt is the attempt of the execution that was under way: the highest of
// the steps that had started by then. A later retry reruns only what failed
// and starts it later, so the answer for an earlier step stays.
func attemptAt(steps []step, at time.Time) int {
	attempt := 1
	for _, s := range steps {
		if !s.StartTime.IsZero() && !s.StartTime.After(at) {
			attempt = max(attempt, attemptOf(s))
		}
	}
	return attempt
}

func attemptOf(s step) int { return max(1, int(s.AttemptCount)) }

func (c *Connector) runID(arn string, attempt int) string {
	return connectors.ObservedRunID(c.name, arn, strconv.Itoa(attempt))
}

func (c *Connector) stepRunID(arn, step string, attempt int) string {
	return connectors.ObservedRunID(c.name, arn, strconv.Itoa(attempt)+"\x00"+step)
}

// stepTerminal maps a step's word to an event; a word that is new ends nothing.
func stepTerminal(s stepStatus) string {
	switch s {
	case "Succeeded":
		return "COMPLETE"
	case "Failed":
		return "FAIL"
	case "Stopped":
		return "ABORT"
	}
	return ""
}
