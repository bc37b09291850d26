package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

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
	// is kept without facts.
	futureLimit = 24 * time.Hour
	// appendLimit is how long a producer waits at most: its own time-out is 5 s.
	appendLimit = 2 * time.Second
)

// Receiver takes OpenLineage events over HTTP.
//
// Its answers follow what the official clients do with them (they lose an
// event on 429 and 507, and retry 503): 201 once the event is on disk; 400
// only for what is not JSON or names nothing; 413 for what is too large, never
// with Retry-After; 503 with Retry-After: 1 while the journal cannot write.
type Receiver struct {
	log     Log
	dedup   *recent
	now     func() time.Time
	slog    *slog.Logger
	metrics receiverMetrics
}

// ReceiverOptions configure a Receiver; zero values are useful.
type ReceiverOptions struct {
	Now      func() time.Time
	Log      *slog.Logger
	Registry prometheus.Registerer
}

type receiverMetrics struct {
	events  *prometheus.CounterVec
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
	r := &Receiver{log: log, now: o.Now, slog: o.Log.With("component", "receiver"), dedup: newRecent(), metrics: newReceiverMetrics()}
	if o.Registry != nil {
		o.Registry.MustRegister(r.metrics.events, r.metrics.bytes, r.metrics.seconds)
	}
	return r
}

func newReceiverMetrics() receiverMetrics {
	return receiverMetrics{
		events:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "weir_ingest_events_total", Help: "Events by outcome: accepted, duplicate, refused, unavailable."}, []string{"outcome"}),
		bytes:   prometheus.NewCounter(prometheus.CounterOpts{Name: "weir_ingest_bytes_total", Help: "Inflated bytes of accepted events."}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "weir_ingest_seconds", Help: "Time from the first byte to the answer.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 5}}),
	}
}

// ServeEvent is POST /api/v1/lineage.
func (r *Receiver) ServeEvent(w http.ResponseWriter, req *http.Request) {
	start := r.now()
	defer func() { r.metrics.seconds.Observe(r.now().Sub(start).Seconds()) }()
	body, p := r.read(w, req)
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
	body, p := r.read(w, req)
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
	var events []json.RawMessage
	if err := json.Unmarshal(body, &events); err != nil {
		var wrapped struct {
			Events []json.RawMessage `json:"events"`
		}
		if err := json.Unmarshal(body, &wrapped); err != nil || wrapped.Events == nil {
			return nil, problem(http.StatusBadRequest, "not a batch", "want an array of events or {\"events\": [...]}", "send a single event to /api/v1/lineage")
		}
		events = wrapped.Events
	}
	if len(events) > maxBatchSize {
		return nil, problem(http.StatusRequestEntityTooLarge, "too many events", fmt.Sprintf("%d events, more than %d", len(events), maxBatchSize), "send smaller batches")
	}
	return events, nil
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
	problems := make([]*Problem, len(events))
	for i, p := range r.takeMany(ctx, events) {
		problems[i] = p
	}
	for i, p := range problems {
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

// takeMany appends one after the other; the group commit gathers only what
// different requests send, so a batch costs a sync for each 1.
func (r *Receiver) takeMany(ctx context.Context, events []json.RawMessage) []*Problem {
	out := make([]*Problem, len(events))
	for i, e := range events {
		_, out[i] = r.take(ctx, e)
	}
	return out
}

// take makes one event durable, or says why not.
func (r *Receiver) take(ctx context.Context, body []byte) (catalog.Position, *Problem) {
	ev, err := openlineage.Decode(body)
	if err != nil {
		return 0, decodeProblem(err)
	}
	ctx, cancel := context.WithTimeout(ctx, appendLimit)
	defer cancel()
	key := sha256.Sum256(body)
	pos, dup, err := r.dedup.do(ctx, key, r.now(), func() (catalog.Position, error) {
		return r.log.Append(ctx, Entry{Kind: EntryEvent, ReceivedAt: r.now().UTC(), Flags: r.clockFlags(ev), Body: body})
	})
	switch {
	case err != nil:
		return 0, unavailable(err)
	case dup:
		r.metrics.events.WithLabelValues("duplicate").Inc()
	default:
		r.metrics.events.WithLabelValues("accepted").Inc()
		r.metrics.bytes.Add(float64(len(body)))
	}
	return pos, nil
}

// clockFlags are what only the receiver's clock can tell; they are stored with
// the entry, so that a replay decides the same.
func (r *Receiver) clockFlags(ev openlineage.Event) []catalog.Flag {
	ahead := ev.EventTime.Sub(r.now())
	if ev.EventTime.IsZero() || ahead <= futureLimit {
		return nil
	}
	return []catalog.Flag{{Code: openlineage.FlagFuture, Where: "/eventTime", Message: fmt.Sprintf("%s is %s ahead of the receiver", ev.EventTimeText, ahead.Round(time.Second))}}
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
func (r *Receiver) read(w http.ResponseWriter, req *http.Request) ([]byte, *Problem) {
	if t := req.Header.Get("Content-Type"); t != "" {
		media, _, err := mime.ParseMediaType(t)
		if err != nil || media != "application/json" && !strings.HasSuffix(media, "+json") {
			return nil, problem(http.StatusUnsupportedMediaType, "not JSON", fmt.Sprintf("Content-Type is %q", t), "send application/json")
		}
	}
	return readBody(w, req)
}

func (r *Receiver) refuse(w http.ResponseWriter, p *Problem) {
	outcome := "refused"
	if p.Status == http.StatusServiceUnavailable {
		outcome = "unavailable"
	}
	r.metrics.events.WithLabelValues(outcome).Inc()
	r.slog.Debug("event refused", "status", p.Status, "detail", p.Detail, "where", p.Where)
	p.Write(w)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) //nolint:errcheck // the client has gone
}
