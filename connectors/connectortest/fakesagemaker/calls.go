package fakesagemaker

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

func (f *Fake) describe(in object) (object, *apiError) {
	x := f.find(text(in, "PipelineExecutionArn"))
	if x == nil {
		return nil, notFound("PipelineExecution")
	}
	status, _, last := f.at(x, f.o.Now())
	out := object{"PipelineExecutionArn": x.arn, "PipelineExecutionDisplayName": x.display, "PipelineExecutionStatus": status,
		"PipelineArn": "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/" + x.pipeline, "CreationTime": epoch(x.created), "LastModifiedTime": epoch(last)}
	if status == "Failed" {
		out["FailureReason"] = "Step failure: One or multiple steps failed."
	}
	return out, nil
}

// page cuts a list by NextToken.
func page[T any](f *Fake, in object, list []T) ([]T, object) {
	from := 0
	fmt.Sscan(text(in, "NextToken"), &from) //nolint:errcheck // absent
	to := min(from+f.o.PageSize, len(list))
	from = min(from, to)
	out := object{}
	if to < len(list) {
		out["NextToken"] = fmt.Sprint(to)
	}
	return list[from:to], out
}

func (f *Fake) listPipelines(in object) (object, *apiError) {
	var names []string
	for n := range f.o.Pipelines {
		names = append(names, n)
	}
	slices.Sort(names)
	part, out := page(f, in, names)
	list := []any{}
	for _, n := range part {
		list = append(list, object{"PipelineName": n, "PipelineArn": "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/" + n, "CreationTime": 1.7e9})
	}
	out["PipelineSummaries"] = list
	return out, nil
}

func (f *Fake) list(in object) (object, *apiError) {
	name := text(in, "PipelineName")
	if _, ok := f.o.Pipelines[name]; !ok {
		return nil, notFound("Pipeline " + name)
	}
	after, _ := in["CreatedAfter"].(float64)
	var runs []*execution
	for _, x := range slices.Backward(f.runs) {
		if x.pipeline == name && epoch(x.created) >= after {
			runs = append(runs, x)
		}
	}
	part, out := page(f, in, runs)
	list := []any{}
	for _, x := range part {
		status, _, _ := f.at(x, f.o.Now())
		list = append(list, object{"PipelineExecutionArn": x.arn, "StartTime": epoch(x.created), "PipelineExecutionStatus": status, "PipelineExecutionDisplayName": x.display})
	}
	out["PipelineExecutionSummaries"] = list
	return out, nil
}

func (f *Fake) listSteps(in object) (object, *apiError) {
	x := f.find(text(in, "PipelineExecutionArn"))
	if x == nil {
		return nil, notFound("PipelineExecution")
	}
	_, steps, _ := f.at(x, f.o.Now())
	part, out := page(f, in, steps)
	list := []any{}
	for _, s := range part {
		o := object{"StepName": s.Name, "StepStatus": s.status, "AttemptCount": s.attempt, "StartTime": epoch(s.start)}
		if !s.end.IsZero() {
			o["EndTime"] = epoch(s.end)
		}
		if m := f.metadata(x, s); m != nil {
			o["Metadata"] = m
		}
		list = append(list, o)
	}
	out["PipelineExecutionSteps"] = list
	return out, nil
}

func (f *Fake) metadata(x *execution, s stepState) object {
	id := x.arn[strings.LastIndexByte(x.arn, '/')+1:]
	switch {
	case s.Type == "Training":
		return object{"TrainingJob": object{"Arn": fmt.Sprintf("arn:aws:sagemaker:eu-west-1:123456789012:training-job/%s-%s-%s", x.pipeline, s.Name, id)}}
	case s.Type == "RegisterModel" && s.status == "Succeeded":
		return object{"RegisterModel": object{"Arn": fmt.Sprintf("arn:aws:sagemaker:eu-west-1:123456789012:model-package/%s/%s", f.o.Pipelines[x.pipeline].Group, strings.TrimLeft(id, "0"))}}
	}
	return nil
}

func (f *Fake) stop(in object) (object, *apiError) {
	if e := checkToken(in); e != nil {
		return nil, e
	}
	x := f.find(text(in, "PipelineExecutionArn"))
	if x == nil {
		return nil, notFound("PipelineExecution")
	}
	if status, _, _ := f.at(x, f.o.Now()); status == "Executing" {
		x.stoppedAt = f.o.Now()
	}
	return object{"PipelineExecutionArn": x.arn}, nil
}

func (f *Fake) retry(in object) (object, *apiError) {
	if e := checkToken(in); e != nil {
		return nil, e
	}
	x := f.find(text(in, "PipelineExecutionArn"))
	if x == nil {
		return nil, notFound("PipelineExecution")
	}
	if status, _, _ := f.at(x, f.o.Now()); status != "Failed" && status != "Stopped" {
		return nil, invalid("the execution is %s", status)
	}
	x.stoppedAt = time.Time{}
	x.attempts = append(x.attempts, f.o.Now())
	return object{"PipelineExecutionArn": x.arn}, nil
}

func (f *Fake) training(in object) (object, *apiError) {
	name := text(in, "TrainingJobName")
	for p, pipeline := range f.o.Pipelines {
		if !strings.HasPrefix(name, p+"-") {
			continue
		}
		channels := []any{}
		for i, uri := range pipeline.Inputs {
			channels = append(channels, object{"ChannelName": fmt.Sprintf("ch%d", i), "DataSource": object{"S3DataSource": object{"S3DataType": "S3Prefix", "S3Uri": uri}}})
		}
		return object{"TrainingJobName": name, "TrainingJobArn": "arn:aws:sagemaker:eu-west-1:123456789012:training-job/" + name, "TrainingJobStatus": "Completed",
			"SecondaryStatus": "Completed", "InputDataConfig": channels, "CreationTime": 1.7e9, "AlgorithmSpecification": object{"TrainingInputMode": "File"},
			"ResourceConfig": object{"VolumeSizeInGB": 1}, "StoppingCondition": object{}, "ModelArtifacts": object{"S3ModelArtifacts": "s3://models/" + name}}, nil
	}
	return nil, notFound("TrainingJob " + name)
}
