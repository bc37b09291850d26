//go:build botocore

package fakesagemaker

import (
	"os"
	"strings"
	"testing"
	"time"
)

// vendorModel is the model that scripts/moto.sh installed.
func vendorModel(t *testing.T) *Model {
	t.Helper()
	path := os.Getenv("WEIR_SAGEMAKER_MODEL")
	if path == "" {
		t.Fatal("WEIR_SAGEMAKER_MODEL is not set: run make test-sagemaker")
	}
	m, err := LoadModel(path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestAgreesWithTheVendor: the fake's own checks and the vendor's model accept
// and refuse the same requests, and its answers fit the model.
func TestAgreesWithTheVendor(t *testing.T) {
	m := vendorModel(t)
	now := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	f := New(Options{Now: func() time.Time { return now }, Pipelines: map[string]Pipeline{
		"churn": {Group: "churn", Inputs: []string{"s3://lake/x"}, Steps: []Step{{Name: "train", Type: "Training", Takes: time.Minute}, {Name: "register", Type: "RegisterModel", Takes: time.Minute}}}}})
	token := strings.Repeat("t", 32)
	start := object{"PipelineName": "churn", "ClientRequestToken": token, "PipelineExecutionDisplayName": "weir-abc-policy"}
	for what, change := range map[string]object{
		"as it is": {}, "short token": {"ClientRequestToken": "short"}, "long token": {"ClientRequestToken": strings.Repeat("t", 129)}, "bad display name": {"PipelineExecutionDisplayName": "weir_x"},
		"long display name": {"PipelineExecutionDisplayName": strings.Repeat("a", 83)}, "unknown member": {"Nonsense": "x"}, "bad parameter": {"PipelineParameters": []any{object{"Name": "a b", "Value": "x"}}},
		"parameter": {"PipelineParameters": []any{object{"Name": "day", "Value": "2026-11-24"}}}, "long value": {"PipelineParameters": []any{object{"Name": "a", "Value": strings.Repeat("v", 1025)}}},
	} {
		in := object{}
		for k, v := range start {
			in[k] = v
		}
		for k, v := range change {
			in[k] = v
		}
		_, mine := f.call("StartPipelineExecution", in)
		if vendor := m.CheckInput("StartPipelineExecution", in); (mine == nil) != (vendor == "") {
			t.Errorf("%s: the fake says %v, the vendor %q", what, mine, vendor)
		}
	}
	out, _ := f.call("StartPipelineExecution", start)
	arn := out["PipelineExecutionArn"]
	now = now.Add(5 * time.Minute)
	for op, in := range map[string]object{
		"DescribePipelineExecution": {"PipelineExecutionArn": arn}, "ListPipelineExecutions": {"PipelineName": "churn"}, "ListPipelines": {},
		"ListPipelineExecutionSteps": {"PipelineExecutionArn": arn}, "StopPipelineExecution": {"PipelineExecutionArn": arn, "ClientRequestToken": token}, "DescribeTrainingJob": {"TrainingJobName": "churn-train-1"},
	} {
		if why := m.CheckInput(op, in); why != "" {
			t.Errorf("%s: the test's own request: %s", op, why)
		}
		answer, e := f.call(op, in)
		if e != nil {
			t.Errorf("%s: %v", op, e)
		} else if why := m.CheckOutput(op, answer); why != "" {
			t.Errorf("%s: the answer does not fit the vendor's model: %s", op, why)
		}
	}
}
