package sagemaker_test

import (
	"bytes"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/connectors/connectortest"
	"github.com/weirhq/weir/connectors/connectortest/fakesagemaker"
	"github.com/weirhq/weir/connectors/sagemaker"
)

type clock struct{ now time.Time }

func open(t *testing.T) (*sagemaker.Connector, *fakesagemaker.Fake, *clock) {
	t.Helper()
	c := &clock{now: time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)}
	now := func() time.Time { return c.now }
	fake := fakesagemaker.New(fakesagemaker.Options{Now: now, PageSize: 2, Model: vendorModel(t), Pipelines: map[string]fakesagemaker.Pipeline{
		"churn": {Group: "churn", Inputs: []string{"s3://lake/features/"}, Steps: []fakesagemaker.Step{{Name: "train", Type: "Training", Takes: 5 * time.Minute}, {Name: "register", Type: "RegisterModel", Takes: time.Minute}}},
		"flaky": {Group: "flaky", FailAt: "train", Steps: []fakesagemaker.Step{{Name: "train", Type: "Training", Takes: time.Minute}, {Name: "register", Type: "RegisterModel", Takes: time.Minute}}},
	}})
	srv := httptest.NewServer(fake.Handler())
	t.Cleanup(srv.Close)
	con, err := sagemaker.New(t.Context(), sagemaker.Options{Name: "sm-eu", Region: "eu-west-1", Endpoint: srv.URL, AccessKeyID: "test", SecretAccessKey: "test", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return con, fake, c
}

// vendorModel judges every request by the vendor's own service model where the
// run brings it (make test-sagemaker).
func vendorModel(t *testing.T) *fakesagemaker.Model {
	t.Helper()
	path := os.Getenv("WEIR_SAGEMAKER_MODEL")
	if path == "" {
		return nil
	}
	m, err := fakesagemaker.LoadModel(path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestConformance(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) connectortest.Harness {
		c, fake, _ := open(t)
		return connectortest.Harness{Connector: c, Faults: &fake.Faults, Starts: fake.Starts, Job: "churn", Unknown: "nosuch",
			Finish: func(_, id string) { fake.Finish(id) }}
	})
}

// TestPollIsStable: the events of an execution have equal bytes at every look,
// and tell of weir's run as the parent.
func TestPollIsStable(t *testing.T) {
	c, _, clk := open(t)
	if _, err := c.Start(t.Context(), connectortest.Request("churn", "k1k1k1k1k1k1k1k1k1k1k1k1k1k1k1k1")); err != nil {
		t.Fatal(err)
	}
	clk.now = clk.now.Add(10 * time.Minute)
	first, cursor, err := c.Poll(t.Context(), "")
	if err != nil || len(first.Events) != 2 {
		t.Fatalf("%d events, %v; want START and COMPLETE", len(first.Events), err)
	}
	again, _, err := c.Poll(t.Context(), cursor)
	if err != nil || !bytes.Equal(bytes.Join(first.Events, nil), bytes.Join(again.Events, nil)) {
		t.Errorf("a second look gives other bytes: %v", err)
	}
	parent := connectors.ParentRunID("k1k1k1k1k1k1k1k1k1k1k1k1k1k1k1k1")
	for _, want := range []string{parent, `"model/churn"`, `"features"`, `"s3://lake"`, `"COMPLETE"`} {
		if !bytes.Contains(first.Events[1], []byte(want)) {
			t.Errorf("the terminal event lacks %s: %s", want, first.Events[1])
		}
	}
}

// TestRetryIsAnotherAttempt: a retry keeps the ARN and gives another run id.
func TestRetryIsAnotherAttempt(t *testing.T) {
	c, _, clk := open(t)
	if _, err := c.Start(t.Context(), connectortest.Request("flaky", "k2")); err != nil {
		t.Fatal(err)
	}
	clk.now = clk.now.Add(2 * time.Minute)
	b, _, err := c.Poll(t.Context(), "")
	if err != nil || len(b.Events) != 2 || !bytes.Contains(b.Events[1], []byte(`"FAIL"`)) {
		t.Fatalf("events %q, %v; want a FAIL", b.Events, err)
	}
}
