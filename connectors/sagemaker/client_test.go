package sagemaker

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/weirhq/weir/connectors"
)

const secret = "SECRETsecretSECRET"

// answers is a transport that gives every request the same answer and keeps
// the requests.
type answers struct {
	status int
	header http.Header
	body   string
	seen   []*http.Request
	sent   []string
}

func (a *answers) Do(r *http.Request) (*http.Response, error) {
	b, err := io.ReadAll(r.Body)
	a.seen, a.sent = append(a.seen, r), append(a.sent, string(b))
	if a.header == nil {
		a.header = http.Header{}
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body))}, err
}

// noEnvironment hides the machine's own configuration of the vendor's tools.
func noEnvironment(t *testing.T) {
	t.Helper()
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "credentials"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func connector(t testing.TB, a *answers) *Connector {
	t.Helper()
	c, err := New(t.Context(), Options{Name: "sm", Region: "eu-west-1", Endpoint: "http://tool.example/x", AccessKeyID: "AKID", SecretAccessKey: secret, UserAgent: "weir/1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	c.api.http = a
	return c
}

// TestRequestOnTheWire: method, headers, body and a signature over all that the
// service sees.
func TestRequestOnTheWire(t *testing.T) {
	a := &answers{status: 200, body: `{"PipelineExecutionArn":"arn:x"}`}
	c := connector(t, a)
	key := strings.Repeat("k", 32)
	_, err := c.Start(t.Context(), connectors.StartRequest{Target: "churn", Key: key, Params: map[string]any{"n": 3, "day": "<today>"}})
	if err != nil {
		t.Fatal(err)
	}
	r := a.seen[0]
	for name, want := range map[string]string{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "SageMaker.StartPipelineExecution", "User-Agent": "weir/1.2.3"} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if r.Method != http.MethodPost || r.URL.String() != "http://tool.example/x" || r.GetBody != nil {
		t.Errorf("%s %s, can be rewound: %v", r.Method, r.URL, r.GetBody != nil)
	}
	want := `{"PipelineName":"churn","ClientRequestToken":"weir-` + key + `","PipelineExecutionDisplayName":"weir-` + key +
		`","PipelineParameters":[{"Name":"day","Value":"\u003ctoday\u003e"},{"Name":"n","Value":"3"}]}`
	if a.sent[0] != want {
		t.Errorf("sent %s, want %s", a.sent[0], want)
	}
	wantSignature(t, r, a.sent[0])
}

// wantSignature signs what arrived once more.
func wantSignature(t *testing.T, r *http.Request, body string) {
	t.Helper()
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil || time.Since(at).Abs() > time.Minute {
		t.Fatalf("signed at %q", r.Header.Get("X-Amz-Date"))
	}
	again := r.Clone(t.Context())
	again.Header.Del("Authorization")
	sum := sha256.Sum256([]byte(body))
	who := aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: secret}
	if err := v4.NewSigner().SignHTTP(t.Context(), who, again, hex.EncodeToString(sum[:]), "sagemaker", "eu-west-1", at); err != nil {
		t.Fatal(err)
	}
	got := r.Header.Get("Authorization")
	if got != again.Header.Get("Authorization") || !strings.Contains(got, "content-type;host;x-amz-date;x-amz-target,") {
		t.Errorf("signature %q, want %q", got, again.Header.Get("Authorization"))
	}
}

// TestRefusals: where code and message stand, and what they mean for a start.
func TestRefusals(t *testing.T) {
	for name, x := range map[string]struct {
		status        int
		header, body  string
		class         connectors.Class
		code, message string
	}{
		"member":             {400, "", `{"__type":"ConflictException","message":"busy"}`, connectors.Conflict, "ConflictException", "busy"},
		"namespace":          {400, "", `{"__type":"com.amazon#ResourceLimitExceeded","Message":"full"}`, connectors.Blocked, "ResourceLimitExceeded", "full"},
		"header and address": {400, "ThrottlingException:http://internal.amazon.com/", `{"Message":"slow"}`, connectors.Retryable, "ThrottlingException", "slow"},
		"header, no body":    {400, "ValidationException", ``, connectors.Permanent, "ValidationException", ""},
		"code":               {400, "", `{"code":"AccessDeniedException"}`, connectors.Blocked, "AccessDeniedException", ""},
		"code is a number":   {400, "", `{"code":7,"message":"no"}`, connectors.Permanent, "400", "no"},
		"no code":            {403, "", `{"detail":"no"}`, connectors.Blocked, "403", "the answer names no error"},
		"page with header":   {403, "ValidationException", `<html>`, connectors.Blocked, "403", "unreadable answer: invalid character '<' looking for beginning of value"},
		"5xx with a code":    {500, "", `{"__type":"InternalFailure","message":"oops"}`, connectors.Ambiguous, "500", "InternalFailure: oops"},
		"type is a list":     {400, "", `{"__type":["x"]}`, connectors.Permanent, "400", ""},
		"null":               {200, "", `null`, connectors.Ambiguous, "200", "unreadable answer: null"},
		"empty":              {200, "", ``, connectors.Ambiguous, "200", "unreadable answer: unexpected end of JSON input"},
		"list":               {200, "", `[]`, connectors.Ambiguous, "200", ""},
		"other type":         {200, "", `{"PipelineExecutionArn":7}`, connectors.Ambiguous, "200", ""},
		"cut":                {200, "", `{"PipelineExecutionArn":"arn:`, connectors.Ambiguous, "200", ""},
		"nothing named":      {200, "", `{}`, connectors.Ambiguous, "", "the answer names no execution"},
	} {
		a := &answers{status: x.status, body: x.body, header: http.Header{}}
		if x.header != "" {
			a.header.Set("x-amzn-ErrorType", x.header)
		}
		_, err := connector(t, a).Start(t.Context(), connectors.StartRequest{Target: "churn", Key: "k"})
		var e *connectors.Error
		if !errors.As(err, &e) || e.Class != x.class || e.ToolCode != x.code || x.message != "" && e.Message != x.message {
			t.Errorf("%s: %#v, want %s %s %q", name, err, x.class, x.code, x.message)
		}
		if len(a.seen) != 1 {
			t.Errorf("%s: sent %d times", name, len(a.seen))
		}
	}
}

// TestTimesAreSeconds: numbers with a fraction, and nothing else.
func TestTimesAreSeconds(t *testing.T) {
	for body, want := range map[string]string{
		`1795503600`: "2026-11-24T07:00:00Z", `1795503600.25`: "2026-11-24T07:00:00.25Z", `1.7955036e9`: "2026-11-24T07:00:00Z", `null`: "0001-01-01T00:00:00Z",
		`"1795503600"`: "", `"2026-11-24T07:00:00Z"`: "", `-1`: "", `1e300`: "", `1e999`: "", `{}`: "", `true`: "",
	} {
		c := connector(t, &answers{status: 200, body: `{"PipelineExecutionStatus":"Executing","CreationTime":` + body + `}`})
		run, err := c.Get(t.Context(), "churn", "arn:x")
		if got := run.StartedAt.Format(time.RFC3339Nano); want != "" && (err != nil || got != want) {
			t.Errorf("%s reads as %s, %v; want %s", body, got, err, want)
		}
		if want == "" && (err == nil || connectors.ClassOf(err) != connectors.Retryable) {
			t.Errorf("%s reads as %v, %v; want a retryable error", body, run.StartedAt, err)
		}
	}
}

// TestListThatDoesNotEnd is left at the second page.
func TestListThatDoesNotEnd(t *testing.T) {
	a := &answers{status: 200, body: `{"PipelineSummaries":[],"NextToken":"again"}`}
	_, cursor, err := connector(t, a).Poll(t.Context(), "before")
	if connectors.ClassOf(err) != connectors.Retryable || err == nil || cursor != "before" || len(a.seen) != 2 {
		t.Errorf("%d requests, cursor %q, %v", len(a.seen), cursor, err)
	}
}

// TestClockOfTheService: an answer's Date moves the next signature, a cache's
// does not.
func TestClockOfTheService(t *testing.T) {
	ahead := time.Now().Add(3 * time.Hour).UTC()
	a := &answers{status: 200, body: `{}`, header: http.Header{"Date": {ahead.Format(http.TimeFormat)}, "Age": {"7"}}}
	c := connector(t, a)
	for i := range 3 {
		if i == 1 {
			a.header.Del("Age")
		}
		if _, err := c.Get(t.Context(), "churn", "arn:x"); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []time.Duration{0, 0, 3 * time.Hour} {
		at, err := time.Parse("20060102T150405Z", a.seen[i].Header.Get("X-Amz-Date"))
		if off := time.Until(at) - want; err != nil || off.Abs() > time.Minute {
			t.Errorf("request %d is signed at %s, want now and %s", i, at, want)
		}
	}
}

// TestNoCredentials: nothing is sent, and somebody has to act.
func TestNoCredentials(t *testing.T) {
	noEnvironment(t)
	c, err := New(t.Context(), Options{Name: "sm", Region: "eu-west-1", Endpoint: "http://tool.example"})
	if err != nil {
		t.Fatal(err)
	}
	a := &answers{status: 200}
	c.api.http = a
	_, err = c.Start(t.Context(), connectors.StartRequest{Target: "churn", Key: "k"})
	if err == nil || connectors.ClassOf(err) != connectors.Blocked || len(a.seen) != 0 {
		t.Errorf("class %s after %d requests: %v", connectors.ClassOf(err), len(a.seen), err)
	}
}

// TestErrorsHoldNoSecret: whatever goes wrong, no part of the credentials is
// told.
func TestErrorsHoldNoSecret(t *testing.T) {
	noEnvironment(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKID")
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	t.Setenv("AWS_SESSION_TOKEN", "TOKENtokenTOKEN")
	var signed string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		signed = r.Header.Get("Authorization") + r.Header.Get("X-Amz-Security-Token")
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		case "/page":
			w.WriteHeader(http.StatusBadGateway)
		case "/cut":
			w.Header().Set("Content-Length", "99")
		}
	}))
	defer srv.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	user := strings.Replace(gone.URL, "http://", "http://user:"+secret+"@", 1)
	for _, at := range []string{srv.URL + "/moved", srv.URL + "/page", srv.URL + "/cut", gone.URL, user + "/?X-Amz-Security-Token=" + secret} {
		c, err := New(t.Context(), Options{Name: "sm", Region: "eu-west-1", Endpoint: at})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Start(t.Context(), connectors.StartRequest{Target: "churn", Key: "k"})
		if text := fmt.Sprintf("%v %#v", err, err); err == nil || strings.Contains(text, secret) || strings.Contains(text, "TOKEN") || strings.Contains(text, "AWS4-HMAC") {
			t.Errorf("%s: %s", at, text)
		}
	}
	if !strings.Contains(signed, "TOKENtokenTOKEN") {
		t.Errorf("the session token is not sent: %q", signed)
	}
	if _, err := New(t.Context(), Options{Name: "sm", Region: "eu-west-1", Endpoint: "ftp://user:" + secret + "@host"}); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("endpoint: %v", err)
	}
}

// FuzzAnswer: whatever is answered, no call panics, and an answer that is no
// JSON object is an error.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		``, `null`, `[]`, `{}`, `<html>`, `{"__type":"a#b:c","code":{}}`, `{"PipelineExecutionArn":"arn:x","CreationTime":1.5}`,
		`{"PipelineSummaries":[{"PipelineName":"p"}],"PipelineExecutionSummaries":[{"PipelineExecutionArn":"arn:x"}],"PipelineExecutionStatus":"Failed","CreationTime":1e9,"LastModifiedTime":1.2e9,
"PipelineExecutionSteps":[null,{"StepName":"s","StartTime":1,"EndTime":2,"StepStatus":"Succeeded","AttemptCount":-1,"Metadata":{"TrainingJob":{"Arn":"/"},"RegisterModel":{"Arn":"a:model-package/"}}}],
"InputDataConfig":[{},{"DataSource":{"S3DataSource":{"S3Uri":"s3://"}}}]}`,
	} {
		f.Add(200, "", body)
		f.Add(400, "ValidationException:", body)
	}
	c := connector(f, nil)
	f.Fuzz(func(t *testing.T, status int, header, body string) {
		c.api.http = &answers{status: status, header: http.Header{"X-Amzn-Errortype": {header}}, body: body}
		request := connectors.StartRequest{Target: "p", Key: "k"}
		_, start := c.Start(t.Context(), request)
		_, find := c.Find(t.Context(), request)
		_, get := c.Get(t.Context(), "p", "arn:x")
		_, _, poll := c.Poll(t.Context(), "")
		_, probe := c.Probe(t.Context())
		if b := bytes.TrimSpace([]byte(body)); status/100 == 2 && (len(b) == 0 || b[0] != '{') {
			for _, err := range []error{start, find, get, poll, probe, c.Stop(t.Context(), "p", "arn:x")} {
				var e *connectors.Error
				if !errors.As(err, &e) {
					t.Errorf("%d %q: %v", status, body, err)
				}
			}
		}
	})
}
