package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	strict "github.com/go-json-experiment/json"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql"
	"github.com/weirhq/weir/server/gql/model"
)

const maxGateBody = 16 << 10

// gateQuestion is the body of POST /api/v1/gate.
type gateQuestion struct {
	// Job is {namespace, name} or "NAMESPACE/NAME".
	Job gateJob `json:"job"`
	// Key makes the answer final. Without it nominalTime and partition, which
	// say what the run is for, are the key, and only run is final, while its run
	// is awaited or goes on. Of a policy by partitions they say which one is asked
	// about; a key is of one.
	Key         string `json:"key"`
	NominalTime string `json:"nominalTime"`
	Partition   string `json:"partition"`
	RunRef      string `json:"runRef"`
	// MaxWait is ISO 8601 (PT6H) or as on the command line (6h).
	MaxWait     string `json:"maxWait"`
	WaitSeconds int    `json:"waitSeconds"`
}

// gateJob is a job in either form.
type gateJob struct {
	text string
	name catalog.Name
}

// UnmarshalJSON takes a string or an object.
func (j *gateJob) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &j.text)
	}
	var o struct {
		Type      string `json:"type"`
		Namespace string `json:"namespace"`
		Name      string `json:"name"`
	}
	if err := strict.Unmarshal(b, &o, strict.RejectUnknownMembers(true)); err != nil {
		return err
	}
	if o.Type != "" && !strings.EqualFold(o.Type, "job") {
		return fmt.Errorf("type %q: only a job can ask", o.Type)
	}
	j.name = catalog.JobName(o.Namespace, o.Name)
	return nil
}

// gateReply is the answer, in the words of a script.
type gateReply struct {
	Decision          string     `json:"decision"`
	DecisionID        string     `json:"decisionId"`
	WouldHave         string     `json:"wouldHave,omitempty"`
	RetryAfterSeconds int        `json:"retryAfterSeconds,omitempty"`
	ExpectedReadyAt   *time.Time `json:"expectedReadyAt,omitempty"`
	Pins              []gatePin  `json:"pins"`
	Lease             *gateLease `json:"lease,omitempty"`
	Reasons           []string   `json:"reasons"`
}

type gatePin struct {
	Namespace  string    `json:"namespace"`
	Name       string    `json:"name"`
	Version    string    `json:"version"`
	Partition  string    `json:"partition,omitempty"`
	ProducedAt time.Time `json:"producedAt"`
}

type gateLease struct {
	ID      string    `json:"id"`
	Expires time.Time `json:"expires"`
}

func (s *Server) gate(w http.ResponseWriter, r *http.Request) {
	q, err := s.gateRequest(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if err := auth.From(r.Context()).Refuse(auth.Act, q.Job.Namespace); err != nil {
		s.fail(w, r, err)
		return
	}
	ctx, cancel := s.untilStop(r.Context())
	defer cancel()
	s.metrics.held.Inc()
	defer s.metrics.held.Dec()
	gate, _ := s.as(ctx)
	a, err := gate.Ask(ctx, q)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	reply := replyOf(a)
	if reply.RetryAfterSeconds > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(reply.RetryAfterSeconds))
	}
	writeJSON(w, gateStatus(r.URL.Query().Get("reply"), a.Decision), reply)
}

// as are the gate and the names as who asks has them.
func (s *Server) as(ctx context.Context) (gql.Gate, Namer) {
	if s.o.As == nil {
		return s.o.Gate, s.o.Names
	}
	return s.o.As(auth.From(ctx))
}

// untilStop ends with the request or with the server.
func (s *Server) untilStop(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := make(chan struct{})
	go func() {
		defer close(stop)
		select {
		case <-s.stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(); <-stop }
}

// gateStatus: with ?reply=status the status alone carries the answer, which is
// all that a stock HTTP sensor looks at.
func gateStatus(reply string, d catalog.DecisionOutcome) int {
	if reply != "status" {
		return http.StatusOK
	}
	switch d {
	case catalog.DecideRun, catalog.DecideSkip:
		return http.StatusOK
	case catalog.DecideDeny:
		return http.StatusForbidden
	}
	return http.StatusNotFound
}

func (s *Server) gateRequest(w http.ResponseWriter, r *http.Request) (policies.GateRequest, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxGateBody))
	if err != nil {
		return policies.GateRequest{}, fmt.Errorf("%w: the question is larger than %d kB", catalog.ErrInvalid, maxGateBody>>10)
	}
	var q gateQuestion
	if err := strict.Unmarshal(body, &q, strict.RejectUnknownMembers(true)); err != nil {
		return policies.GateRequest{}, catalog.WithHint(fmt.Errorf("%w: the question is not understood: %s", catalog.ErrInvalid, firstLine(err)),
			`send {"job": {"namespace": "...", "name": "..."}, "key": "..."}`)
	}
	return s.gateAsk(r.Context(), q)
}

func firstLine(err error) string {
	var sem *strict.SemanticError
	// The library words these differently in each process, on purpose.
	switch {
	case !errors.As(err, &sem):
	case sem.JSONPointer != "":
		return "wrong or unknown member " + string(sem.JSONPointer)
	default:
		return "not an object"
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

func (s *Server) gateAsk(ctx context.Context, q gateQuestion) (policies.GateRequest, error) {
	out := policies.GateRequest{Job: q.Job.name, Key: q.Key, RunRef: q.RunRef, Partition: q.Partition, Nominal: q.NominalTime, Wait: time.Duration(q.WaitSeconds) * time.Second}
	if q.WaitSeconds < 0 || q.WaitSeconds > 30 {
		return out, fmt.Errorf("%w: waitSeconds must be 0 to 30", catalog.ErrInvalid)
	}
	var err error
	if q.MaxWait != "" {
		if out.MaxWait, err = parseWait(q.MaxWait); err != nil {
			return out, err
		}
	}
	if q.Job.text != "" {
		out.Job, err = s.jobNamed(ctx, q.Job.text)
	}
	if err == nil && (out.Job.Namespace == "" || out.Job.Name == "") {
		err = fmt.Errorf("%w: job needs a namespace and a name", catalog.ErrInvalid)
	}
	return out, err
}

func parseWait(text string) (time.Duration, error) {
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return d, nil
	}
	d, err := model.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%w: maxWait %q: want PT6H or 6h", catalog.ErrInvalid, text)
	}
	return d, nil
}

// jobNamed reads "NAMESPACE/NAME" the way that names a known job, else at its
// likeliest place.
func (s *Server) jobNamed(ctx context.Context, text string) (catalog.Name, error) {
	ways := catalog.SplitName(catalog.TypeJob, strings.TrimPrefix(text, "job:"))
	if _, names := s.as(ctx); names != nil {
		for _, n := range ways {
			if _, seen, err := names.Resolve(ctx, n); err != nil {
				return n, fmt.Errorf("resolve %s: %w", n, err)
			} else if seen {
				return n, nil
			}
		}
	}
	return ways[0], nil
}

func replyOf(a catalog.GateAnswer) gateReply {
	out := gateReply{
		Decision: strings.ToLower(string(a.Decision)), DecisionID: a.DecisionID, WouldHave: strings.ToLower(string(a.WouldHave)),
		Pins: []gatePin{}, Reasons: append([]string{}, a.Reasons...),
	}
	if a.Decision == catalog.DecideWait {
		out.RetryAfterSeconds = gql.RetryAfterSeconds(a.RetryAfter)
	}
	if !a.ExpectedReadyAt.IsZero() {
		out.ExpectedReadyAt = &a.ExpectedReadyAt
	}
	for _, p := range a.Pins {
		out.Pins = append(out.Pins, gatePin{p.Name.Namespace, p.Name.Name, p.Version, p.Partition, p.ProducedAt})
	}
	if a.Lease != nil {
		out.Lease = &gateLease{a.Lease.ID, a.Lease.Expires}
	}
	return out
}
