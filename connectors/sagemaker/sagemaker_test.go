package sagemaker_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
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
		"flaky": {Group: "flaky", FailAt: "train", Steps: []fakesagemaker.Step{{Name: "prepare", Type: "Processing", Takes: time.Minute}, {Name: "train", Type: "Training", Takes: time.Minute}, {Name: "register", Type: "RegisterModel", Takes: time.Minute}}},
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

// told is what a test looks at of an event.
type told struct {
	Type string `json:"eventType"`
	Run  struct {
		ID     string `json:"runId"`
		Facets struct {
			Parent struct {
				Run struct {
					ID string `json:"runId"`
				} `json:"run"`
			} `json:"parent"`
		} `json:"facets"`
	} `json:"run"`
	Job struct {
		Name string `json:"name"`
	} `json:"job"`
}

func read(t *testing.T, events [][]byte) (all []told, story string) {
	t.Helper()
	for _, b := range events {
		var e told
		if err := json.Unmarshal(b, &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
		story += e.Job.Name + " " + e.Type + "; "
	}
	return all, story
}

// TestPollIsStable: the events of an execution have equal bytes at every look,
// and tell of weir's run as the parent of the pipeline's, and of that as the
// parent of each step's.
func TestPollIsStable(t *testing.T) {
	c, _, clk := open(t)
	if _, err := c.Start(t.Context(), connectortest.Request("churn", "k1k1k1k1k1k1k1k1k1k1k1k1k1k1k1k1")); err != nil {
		t.Fatal(err)
	}
	clk.now = clk.now.Add(5*time.Minute + time.Second)
	early, cursor, err := c.Poll(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	clk.now = clk.now.Add(5 * time.Minute)
	first, cursor, err := c.Poll(t.Context(), cursor)
	if err != nil {
		t.Fatal(err)
	}
	all, story := read(t, first.Events)
	if want := "churn START; churn.train START; churn.train COMPLETE; churn.register START; churn.register COMPLETE; churn COMPLETE; "; story != want {
		t.Fatalf("told %s, want %s", story, want)
	}
	again, _, err := c.Poll(t.Context(), cursor)
	if err != nil || !bytes.Equal(bytes.Join(first.Events, nil), bytes.Join(again.Events, nil)) {
		t.Errorf("a second look gives other bytes: %v", err)
	}
	if !bytes.Equal(bytes.Join(first.Events[:len(early.Events)], nil), bytes.Join(early.Events, nil)) || len(early.Events) != 4 {
		t.Errorf("a look at the end changes what was told before: %q", early.Events)
	}
	ids := map[string]bool{}
	for _, e := range all {
		ids[e.Run.ID] = true
		want := all[0].Run.ID
		if e.Job.Name == "churn" {
			want = connectors.ParentRunID("k1k1k1k1k1k1k1k1k1k1k1k1k1k1k1k1")
		}
		if e.Run.Facets.Parent.Run.ID != want {
			t.Errorf("%s has parent %s, want %s", e.Job.Name, e.Run.Facets.Parent.Run.ID, want)
		}
	}
	if len(ids) != 3 {
		t.Errorf("%d run ids, want 3", len(ids))
	}
	for _, want := range []string{`"model/churn"`, `"features"`, `"s3://lake"`} {
		if !bytes.Contains(first.Events[5], []byte(want)) {
			t.Errorf("the terminal event lacks %s: %s", want, first.Events[5])
		}
	}
}

// TestRetryIsAnotherAttempt: a retry keeps the ARN and the creation time, and
// gives another run id; it is followed although its creation is far behind.
func TestRetryIsAnotherAttempt(t *testing.T) {
	c, fake, clk := open(t)
	res, err := c.Start(t.Context(), connectortest.Request("flaky", "k2"))
	if err != nil {
		t.Fatal(err)
	}
	clk.now = clk.now.Add(3 * time.Minute)
	b, cursor, err := c.Poll(t.Context(), "")
	first, story := read(t, b.Events)
	if want := "flaky START; flaky.prepare START; flaky.prepare COMPLETE; flaky.train START; flaky.train FAIL; flaky FAIL; "; err != nil || story != want {
		t.Fatalf("told %s, %v; want %s", story, err, want)
	}
	for range 20 { // the cursor goes on for hours
		clk.now = clk.now.Add(time.Hour)
		if b, cursor, err = c.Poll(t.Context(), cursor); err != nil {
			t.Fatal(err)
		}
	}
	if _, story := read(t, b.Events); !strings.Contains(story, "flaky FAIL") {
		t.Errorf("a failed execution went out of view: %s", story)
	}
	if !fake.Retry(res.ExternalID) {
		t.Fatal("not retried")
	}
	clk.now = clk.now.Add(10 * time.Minute)
	b, cursor, err = c.Poll(t.Context(), cursor)
	second, story := read(t, b.Events)
	if want := "flaky START; flaky.prepare START; flaky.prepare COMPLETE; flaky.train START; flaky.train COMPLETE; flaky.register START; flaky.register COMPLETE; flaky COMPLETE; "; err != nil || story != want {
		t.Fatalf("told %s, %v; want %s", story, err, want)
	}
	if first[0].Run.ID == second[0].Run.ID || first[3].Run.ID == second[3].Run.ID {
		t.Error("the retry has the run ids of the first attempt")
	}
	for i, want := range map[int]string{1: first[0].Run.ID, 3: second[0].Run.ID, 5: second[0].Run.ID} {
		if got := second[i].Run.Facets.Parent.Run.ID; got != want {
			t.Errorf("%s of the retry has parent %s, want %s", second[i].Job.Name, got, want)
		}
	}
	if first[1].Run.ID != second[1].Run.ID {
		t.Error("a step that was kept got another run id")
	}
	clk.now = clk.now.Add(25 * time.Hour)
	if b, cursor, err = c.Poll(t.Context(), cursor); err != nil {
		t.Fatal(err)
	}
	if b, _, err = c.Poll(t.Context(), cursor); err != nil || len(b.Events) != 0 {
		t.Errorf("a succeeded execution stays in view for ever: %d events, %v", len(b.Events), err)
	}
}

// TestFindTrustsOnlyNotFound: any other refusal is not "no such run".
func TestFindTrustsOnlyNotFound(t *testing.T) {
	for name, x := range map[string]struct {
		status int
		body   string
		class  connectors.Class
		fails  bool
	}{
		"not found":        {400, `{"__type":"ResourceNotFound","Message":"gone"}`, "", false},
		"invalid":          {400, `{"__type":"ValidationException","Message":"no"}`, connectors.Permanent, true},
		"denied":           {400, `{"__type":"AccessDeniedException","Message":"no"}`, connectors.Blocked, true},
		"throttled":        {400, `{"__type":"ThrottlingException","Message":"slow"}`, connectors.Retryable, true},
		"page of 403":      {403, "<html>no</html>", connectors.Blocked, true},
		"page of 404":      {404, "<html>no</html>", connectors.Permanent, true},
		"page of 429":      {429, "<html>no</html>", connectors.Retryable, true},
		"page of 502":      {502, "<html>no</html>", connectors.Retryable, true},
		"page of 200":      {200, "<html>no</html>", connectors.Retryable, true},
		"json of no model": {403, `{"detail":"no"}`, connectors.Blocked, true},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.UserAgent(), "weir/1.2.3") {
				t.Errorf("user agent %q", r.UserAgent())
			}
			w.WriteHeader(x.status)
			io.WriteString(w, x.body) //nolint:errcheck // the client has gone
		}))
		c, err := sagemaker.New(t.Context(), sagemaker.Options{Name: "sm", Region: "eu-west-1", Endpoint: srv.URL, AccessKeyID: "test", SecretAccessKey: "test", UserAgent: "weir/1.2.3"})
		if err != nil {
			t.Fatal(err)
		}
		found, err := c.Find(t.Context(), connectortest.Request("churn", "k1"))
		if len(found) != 0 || (err != nil) != x.fails || err != nil && connectors.ClassOf(err) != x.class {
			t.Errorf("%s: %d runs, class %s: %v", name, len(found), connectors.ClassOf(err), err)
		}
		srv.Close()
	}
}
