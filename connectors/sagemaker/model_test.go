//go:build botocore

package sagemaker

import (
	"os"
	"reflect"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors/connectortest/fakesagemaker"
)

func vendorModel(t *testing.T) *fakesagemaker.Model {
	t.Helper()
	path := os.Getenv("WEIR_SAGEMAKER_MODEL")
	if path == "" {
		t.Fatal("WEIR_SAGEMAKER_MODEL is not set: run make test-sagemaker")
	}
	m, err := fakesagemaker.LoadModel(path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestModelKnowsNoOtherWord: each word of the vendor's model is in our tables.
func TestModelKnowsNoOtherWord(t *testing.T) {
	m := vendorModel(t)
	executions, steps := m.Shapes["PipelineExecutionStatus"].Enum, m.Shapes["StepStatus"].Enum
	if len(executions) == 0 || len(steps) == 0 {
		t.Fatalf("the model has %d words of executions and %d of steps", len(executions), len(steps))
	}
	for _, word := range executions {
		if stateOf(executionStatus(word)) == catalog.RunUnknown {
			t.Errorf("the model's word %q is not known", word)
		}
	}
	for _, word := range steps {
		if _, ok := stepWords[stepStatus(word)]; !ok {
			t.Errorf("the model's word %q of a step is not known", word)
		}
	}
}

// TestShapesFitTheModel: each member that we send or read has this name and
// type in the vendor's model, and no required one is left out of a request.
func TestShapesFitTheModel(t *testing.T) {
	m := vendorModel(t)
	for op, shapes := range map[string]struct{ in, out any }{
		"StartPipelineExecution":     {startInput{}, executionRef{}},
		"DescribePipelineExecution":  {executionRef{}, executionDetail{}},
		"StopPipelineExecution":      {stopInput{}, executionRef{}},
		"DescribeTrainingJob":        {trainingJobInput{}, trainingJob{}},
		"ListPipelines":              {pipelinesInput{}, pipelinesPage{}},
		"ListPipelineExecutions":     {executionsInput{}, executionsPage{}},
		"ListPipelineExecutionSteps": {stepsInput{}, stepsPage{}},
	} {
		o, ok := m.Operations[op]
		if !ok {
			t.Errorf("the model has no %s", op)
			continue
		}
		in := reflect.TypeOf(shapes.in)
		fits(t, m, o.Input.Shape, in, op+" request")
		fits(t, m, o.Output.Shape, reflect.TypeOf(shapes.out), op+" answer")
		for _, name := range m.Shapes[o.Input.Shape].Required {
			if _, ok := in.FieldByName(name); !ok {
				t.Errorf("%s: the required %s is never sent", op, name)
			}
		}
	}
}

// fits compares one of our types with a shape of the model.
func fits(t *testing.T, m *fakesagemaker.Model, shape string, typ reflect.Type, at string) {
	t.Helper()
	s, want := m.Shapes[shape], ""
	switch {
	case typ == reflect.TypeFor[instant]():
		want = "timestamp"
	case typ.Kind() == reflect.Struct:
		want = "structure"
		for f := range typ.Fields() {
			member, ok := s.Members[f.Name]
			if !ok {
				t.Errorf("%s: the model has no %s", at, f.Name)
				continue
			}
			fits(t, m, member.Shape, f.Type, at+"."+f.Name)
		}
	case typ.Kind() == reflect.Slice:
		want = "list"
		fits(t, m, s.Member.Shape, typ.Elem(), at+"[]")
	case typ.Kind() == reflect.String:
		want = "string"
	default:
		want = "integer"
	}
	if s.Type != want {
		t.Errorf("%s is %q in the model, %s here", at, s.Type, want)
	}
}
