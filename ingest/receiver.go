package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest/openlineage"
)

// Limits of one request. A producer may send megabytes (Spark plans, Airflow's
// full task info); more than this is refused before it is read.
const (
	MaxInflated   = 16 << 20
	MaxCompressed = 8 << 20
	maxBatchSize  = 10_000
	// futureLimit is how far ahead of the receiver an event may lie before it
	// is kept without facts, aheadLimit before it is flagged.
	futureLimit = 24 * time.Hour
	aheadLimit  = 5 * time.Minute
	// appendLimit is how long a producer waits at most: its own time-out is 5 s.
	appendLimit = 2 * time.Second
	// batchLimit is the same for a whole batch.
	batchLimit = 4 * time.Second
	// batchParallel is how many events of a batch wait for one group commit.
	batchParallel = 64
)

// Receiver takes OpenLineage events over HTTP.
//
// Its answers follow what the official clients do with them (they lose an
// event on 429 and 507, and retry 503): 201 once the event is on disk; 400
// only for what is not JSON or names nothing; 403 for a namespace that the key is
// not for; 413 for what is too large, never
// with Retry-After; 503 with Retry-After: 1 while the journal cannot write.
type Receiver struct {
	log     Log
	dedup   *recent
	held    budget
	now     func() time.Time
	horizon func() time.Time // runs before it were removed
	may     func(context.Context, string) error
	known   func(context.Context) bool
	slog    *slog.Logger
	keys    *keyNotice
	metrics receiverMetrics
}

// ReceiverOptions configure a Receiver; zero values are useful.
type ReceiverOptions struct {
	Now      func() time.Time
	Log      *slog.Logger
	Registry prometheus.Registerer
	// Horizon is the time before which runs were removed by retention; nil: none.
	Horizon func() time.Time
	// May refuses events of namespaces that the sender may not report; nil: all
	// may be. Known reports whether a request's key was looked at; nil: it was not.
	May   func(ctx context.Context, namespace string) error
	Known func(ctx context.Context) bool
}

type receiverMetrics struct {
	events  *prometheus.CounterVec
	flags   *prometheus.CounterVec
	bytes   prometheus.Counter
	seconds prometheus.Histogram
}

// NewReceiver returns a receiver that appends to log.
func NewReceiver(log Log, o ReceiverOptions) *Receiver {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Horizon == nil {
		o.Horizon = func() time.Time { return time.Time{} }
	}
	if o.May == nil {
		o.May = func(context.Context, string) error { return nil }
	}
	if o.Known == nil {
		o.Known = func(context.Context) bool { return false }
	}
	words := o.Log.With("component", "receiver")
	r := &Receiver{log: log, now: o.Now, horizon: o.Horizon, may: o.May, known: o.Known, slog: words, dedup: newRecent(), keys: &keyNotice{slog: words, told: map[string]time.Time{}}, metrics: newReceiverMetrics()}
	if o.Registry != nil {
		o.Registry.MustRegister(r.metrics.events, r.metrics.flags, r.metrics.bytes, r.metrics.seconds)
	}
	return r
}

func newReceiverMetrics() receiverMetrics {
	return receiverMetrics{
		events:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "weir_ingest_events_total", Help: "Events by outcome: accepted, duplicate, refused, unavailable."}, []string{"outcome"}),
		flags:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "weir_ingest_flags_total", Help: "Oddities of accepted events by code."}, []string{"code"}),
		bytes:   prometheus.NewCounter(prometheus.CounterOpts{Name: "weir_ingest_bytes_total", Help: "Inflated bytes of accepted events."}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "weir_ingest_seconds", Help: "Time from the first byte to the answer.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 5}}),
	}
}

// ServeEvent is POST /api/v1/lineage.
func (r *Receiver) ServeEvent(w http.ResponseWriter, req *http.Request) {
	start := r.now()
	defer func() { r.metrics.seconds.Observe(r.now().Sub(start).Seconds()) }()
	s := &share{b: &r.held}
	defer s.release()
	body, p := r.read(w, req, s)
	if p == nil {
		var pos catalog.Position
		if pos, p = r.take(req.Context(), body); p == nil {
			writeJSON(w, http.StatusCreated, map[string]string{"position": pos.String()})
			return
		}
	}
	r.refuse(w, p)
}

// ServeBatch is POST /api/v1/lineage/batch: an array of events, or an object
// {"events": [...]}; each is judged alone (OpenLineage.yml, partial success).
func (r *Receiver) ServeBatch(w http.ResponseWriter, req *http.Request) {
	s := &share{b: &r.held}
	defer s.release()
	body, p := r.read(w, req, s)
	var events []json.RawMessage
	if p == nil {
		events, p = splitBatch(body)
	}
	if p != nil {
		r.refuse(w, p)
		return
	}
	writeJSON(w, http.StatusOK, r.takeAll(req.Context(), events))
}

func splitBatch(body []byte) ([]json.RawMessage, *Problem) {
	list := bytes.TrimSpace(body)
	if bytes.HasPrefix(list, []byte("{")) {
		var wrapped struct {
			Events json.RawMessage `json:"events"`
		}
		if json.Unmarshal(list, &wrapped) == nil {
			list = wrapped.Events
		}
	}
	dec := json.NewDecoder(bytes.NewReader(list))
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return nil, notABatch("want an array of events or {\"events\": [...]}")
	}
	var events []json.RawMessage
	for dec.More() {
		if len(events) == maxBatchSize {
			return nil, problem(http.StatusRequestEntityTooLarge, "too many events", fmt.Sprintf("more than %d events", maxBatchSize), "send smaller batches")
		}
		var e json.RawMessage
		if err := dec.Decode(&e); err != nil {
			return nil, notABatch(err.Error())
		}
		events = append(events, e)
	}
	if _, err := dec.Token(); err != nil {
		return nil, notABatch("the array does not end")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, notABatch("something follows the array")
	}
	return events, nil
}

func notABatch(detail string) *Problem {
	return problem(http.StatusBadRequest, "not a batch", detail, "send a JSON array; a single event goes to /api/v1/lineage")
}

// batchAnswer is the spec's partial-success summary.
type batchAnswer struct {
	Status  string `json:"status"`
	Summary struct {
		Received     int `json:"received"`
		Successful   int `json:"successful"`
		Failed       int `json:"failed"`
		Retriable    int `json:"retriable"`
		NonRetriable int `json:"non_retriable"`
	} `json:"summary"`
	Failed []failedEvent `json:"failed_events,omitempty"`
}

type failedEvent struct {
	Index     int    `json:"index"`
	Reason    string `json:"reason"`
	Retriable bool   `json:"retriable"`
}

func (r *Receiver) takeAll(ctx context.Context, events []json.RawMessage) batchAnswer {
	var a batchAnswer
	a.Status, a.Summary.Received = "success", len(events)
	for i, p := range r.Take(ctx, events) {
		if p == nil {
			a.Summary.Successful++
			continue
		}
		retriable := p.Status == http.StatusServiceUnavailable
		a.Status = "partial_success"
		a.Summary.Failed++
		if retriable {
			a.Summary.Retriable++
		} else {
			a.Summary.NonRetriable++
		}
		a.Failed = append(a.Failed, failedEvent{Index: i, Reason: p.Detail, Retriable: retriable})
	}
	return a
}

// Take takes many events at once, so that the journal's group commit gathers
// them: nil for each that is on disk. Their order says nothing (semantics 1.1).
// What is not on disk in time is retriable (503).
func (r *Receiver) Take(ctx context.Context, events []json.RawMessage) []*Problem {
	ctx, cancel := context.WithTimeout(ctx, batchLimit)
	defer cancel()
	out := make([]*Problem, len(events))
	var g errgroup.Group
	g.SetLimit(batchParallel)
	for i, e := range events {
		g.Go(func() error {
			if ctx.Err() != nil {
				out[i] = unavailable(ctx.Err())
			} else {
				_, out[i] = r.take(ctx, e)
			}
			return nil
		})
	}
	g.Wait() //nolint:errcheck // problems are in out
	for _, p := range out {
		if p != nil {
			r.count(p)
		}
	}
	return out
}

// take makes one event durable, or says why not.
func (r *Receiver) take(ctx context.Context, body []byte) (catalog.Position, *Problem) {
	ev, err := r.decode(body)
	if err != nil {
		return 0, decodeProblem(err)
	}
	if err := r.may(ctx, namespaceOf(ev)); err != nil {
		return 0, problem(http.StatusForbidden, "not your namespace", err.Error(), catalog.HintOf(err))
	}
	ctx, cancel := context.WithTimeout(ctx, appendLimit)
	defer cancel()
	key, late := sha256.Sum256(body), r.clockFlags(ev)
	pos, dup, err := r.dedup.do(ctx, key, r.now(), func() (catalog.Position, error) {
		return r.log.Append(ctx, Entry{Kind: EntryEvent, ReceivedAt: r.now().UTC(), Flags: late, Body: body, Read: wasRead(ev)})
	})
	switch {
	case err != nil:
		return 0, unavailable(err)
	case dup:
		r.metrics.events.WithLabelValues("duplicate").Inc()
	default:
		r.metrics.events.WithLabelValues("accepted").Inc()
		r.metrics.bytes.Add(float64(len(body)))
		r.countFlags(ev, late)
	}
	return pos, nil
}

// namespaceOf is the namespace that an event reports under: its job's, or that of
// the dataset it is about. What a job reads and writes lies anywhere.
func namespaceOf(ev openlineage.Event) string {
	switch {
	case ev.Job != nil:
		return ev.Job.Namespace
	case ev.Dataset != nil:
		return ev.Dataset.Namespace
	}
	return ""
}

// countFlags counts each code once an event: what is odd everywhere is a habit
// of a producer.
func (r *Receiver) countFlags(ev openlineage.Event, clock []catalog.Flag) {
	seen := map[string]bool{}
	for _, f := range ev.Flags {
		seen[f.Code] = true
	}
	for _, f := range clock {
		seen[f.Code] = true
	}
	for code := range seen {
		r.metrics.flags.WithLabelValues(code).Inc()
	}
}

// decode keeps an event that breaks the decoder: the projector parks it, and
// the producer, who cannot help it, is not made to send it again.
func (r *Receiver) decode(body []byte) (ev openlineage.Event, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.slog.Error("an event breaks the decoder; it is kept and parked", "panic", p)
			ev, err = openlineage.Event{}, nil
		}
	}()
	return openlineage.Decode(body)
}

// wasRead is what the journal keeps of a read event beside its body: nothing of
// one that broke the decoder.
func wasRead(ev openlineage.Event) any {
	if ev.Kind == "" {
		return nil
	}
	return &ev
}

// clockFlags are what only the receiver's clock can tell; they are stored with
// the entry, so that a replay decides the same.
func (r *Receiver) clockFlags(ev openlineage.Event) []catalog.Flag {
	if horizon := r.horizon(); ev.Run != nil && !ev.EventTime.IsZero() && ev.EventTime.Before(horizon) {
		return []catalog.Flag{{Code: openlineage.FlagTooOld, Where: "/eventTime",
			Message: fmt.Sprintf("%s lies before %s, and the runs of that time were removed by retention", ev.EventTimeText, horizon.Format(time.DateOnly))}}
	}
	ahead := ev.EventTime.Sub(r.now())
	if ev.EventTime.IsZero() || ahead <= aheadLimit {
		return nil
	}
	code := openlineage.FlagAhead
	if ahead > futureLimit {
		code = openlineage.FlagFuture
	}
	return []catalog.Flag{{Code: code, Where: "/eventTime", Message: fmt.Sprintf("%s is %s ahead of the receiver", ev.EventTimeText, ahead.Round(time.Second))}}
}

func decodeProblem(err error) *Problem {
	var d *openlineage.Error
	if errors.As(err, &d) {
		p := problem(http.StatusBadRequest, "not an OpenLineage event", d.What, d.Hint)
		p.Where = d.Where
		return p
	}
	return problem(http.StatusBadRequest, "not an OpenLineage event", err.Error(), "")
}

func unavailable(err error) *Problem {
	hint := catalog.HintOf(err)
	if hint == "" {
		hint = "send the event again"
	}
	return problem(http.StatusServiceUnavailable, "the journal cannot write now", err.Error(), hint)
}

// read takes the body within the limits.
func (r *Receiver) read(w http.ResponseWriter, req *http.Request, s *share) ([]byte, *Problem) {
	if !r.known(req.Context()) {
		r.keys.see(req, r.now())
	}
	if t := req.Header.Get("Content-Type"); t != "" {
		media, _, err := mime.ParseMediaType(t)
		if err != nil || media != "application/json" && !strings.HasSuffix(media, "+json") {
			return nil, problem(http.StatusUnsupportedMediaType, "not JSON", fmt.Sprintf("Content-Type is %q", t), "send application/json")
		}
	}
	return readBody(w, req, s)
}

func (r *Receiver) refuse(w http.ResponseWriter, p *Problem) {
	r.count(p)
	p.Write(w)
}

func (r *Receiver) count(p *Problem) {
	outcome := "refused"
	if p.Status == http.StatusServiceUnavailable {
		outcome = "unavailable"
	}
	r.metrics.events.WithLabelValues(outcome).Inc()
	r.slog.Debug("event refused", "status", p.Status, "detail", p.Detail, "where", p.Where)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) //nolint:errcheck // the client has gone
}
