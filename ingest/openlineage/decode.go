package openlineage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	jsonx "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The limits of one event; what lies behind them is flagged and left out of
// the typed event, never of the raw body.
const (
	// MaxDepth is how deeply a body may nest; a deeper one is refused.
	MaxDepth = 64
	// MaxFlags is how many flags one event carries.
	MaxFlags = 100
	// MaxDatasets is how many inputs, or outputs, one event names.
	MaxDatasets = 10_000
)

// Decode reads one event. The error, always an *Error, means that the body is
// not JSON (strictly: no duplicate keys, valid UTF-8, no NUL in names) or has
// no identity; anything else that is odd is in Event.Flags.
func Decode(body []byte) (Event, error) {
	s := scanners.Get().(*scanner)
	defer s.release()
	if !s.scan(body) {
		return Event{}, refuse(body)
	}
	if k := s.kind(0); k != '{' {
		return Event{}, &Error{What: "an event is a JSON object, not " + jsonKind(jsontext.Value(s.raw(0)).Kind()), Hint: "send one OpenLineage event, or an array of them to /api/v1/lineage/batch"}
	}
	d := &decoder{scanner: s, event: Event{Raw: body}}
	return d.read()
}

// refuse says what is wrong with a body that the scanner refused.
func refuse(body []byte) error {
	if err := checkSyntax(body); err != nil {
		return err
	}
	return &Error{What: "not valid JSON", Hint: "send UTF-8 JSON without duplicate keys (RFC 8259)"}
}

func (d *decoder) read() (Event, error) {
	e := &d.event
	e.Producer, e.SchemaURL = d.text(d.find(0, "producer")), d.text(d.find(0, "schemaURL"))
	e.Run, e.Job = d.run(d.find(0, "run")), d.job(d.find(0, "job"))
	e.Dataset = d.dataset("/dataset", d.find(0, "dataset"))
	if err := d.identify(); err != nil {
		return Event{}, err
	}
	d.time(d.find(0, "eventTime"))
	d.eventType(d.find(0, "eventType"))
	e.Inputs, e.Outputs = d.datasets("/inputs", d.find(0, "inputs")), d.datasets("/outputs", d.find(0, "outputs"))
	d.checkHeader()
	return d.event, d.err
}

// checked are the options for values that were read as part of a whole body:
// their syntax, keys and UTF-8 were checked then.
var checked = jsonx.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// checkSyntax reads the tokens once: strict JSON, bounded depth.
func checkSyntax(body []byte) error {
	dec := jsontext.NewDecoder(bytes.NewReader(body))
	for n := 0; ; n++ {
		if dec.StackDepth() > MaxDepth {
			return &Error{Where: clip(string(dec.StackPointer()), 200), What: fmt.Sprintf("nested deeper than %d levels", MaxDepth), Hint: "send a smaller facet"}
		}
		if _, err := dec.ReadToken(); err != nil {
			return syntaxError(dec, err, n)
		}
		if dec.StackDepth() == 0 {
			return trailing(dec)
		}
	}
}

func trailing(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err == nil {
		return &Error{What: fmt.Sprintf("something follows the event at byte %d", dec.InputOffset()), Hint: "send one event per request; NDJSON goes through weir events send"}
	} else if !errors.Is(err, io.EOF) {
		return syntaxError(dec, err, 1)
	}
	return nil
}

func syntaxError(dec *jsontext.Decoder, err error, tokens int) error {
	if tokens == 0 && errors.Is(err, io.EOF) {
		return &Error{What: "the body is empty", Hint: "send an OpenLineage event as JSON"}
	}
	var syntactic *jsontext.SyntacticError
	where := clip(string(dec.StackPointer()), 200)
	if errors.As(err, &syntactic) {
		where = clip(string(syntactic.JSONPointer), 200)
	}
	return &Error{Where: where, What: fmt.Sprintf("not valid JSON at byte %d: %s", dec.InputOffset(), clip(err.Error(), 200)),
		Hint: "send UTF-8 JSON without duplicate keys (RFC 8259)"}
}

// decoder makes the event of what the scanner noted.
type decoder struct {
	*scanner
	event Event
	err   error
}

// flag keeps at most MaxFlags: a body may hold millions of odd elements.
func (d *decoder) flag(code, where, format string, args ...any) {
	switch n := len(d.event.Flags); {
	case n == MaxFlags:
		code, where, format, args = FlagMore, "", "more than %d flags: the rest is left out", []any{MaxFlags}
	case n > MaxFlags:
		return
	}
	d.event.Flags = append(d.event.Flags, Flag{Code: code, Where: where, Message: fmt.Sprintf(format, args...)})
}

// identify decides the kind; an event that names no run's job, no job and no
// dataset has no identity.
func (d *decoder) identify() error {
	e := &d.event
	if n := count(e.Run != nil, e.Dataset != nil); n > 1 {
		d.flag(FlagSeveralKinds, "", "run, job and dataset together: read as a run event")
	}
	switch {
	case e.Run != nil && e.Job != nil:
		e.Kind, e.Dataset = KindRun, nil
	case e.Run != nil:
		return &Error{Where: "/job", What: "a run event without a job that has namespace and name", Hint: "send job.namespace and job.name"}
	case e.Job != nil:
		e.Kind, e.Dataset = KindJob, nil
	case e.Dataset != nil:
		e.Kind = KindDataset
	default:
		return &Error{What: "no identity: neither run, job nor dataset with their ids", Hint: "send run.runId with job.namespace and job.name, or job, or dataset (OpenLineage spec, RunEvent, JobEvent, DatasetEvent)"}
	}
	return d.err
}

func count(flags ...bool) (n int) {
	for _, f := range flags {
		if f {
			n++
		}
	}
	return n
}

func (d *decoder) run(n int) *Run {
	if !d.object("/run", n) {
		return nil
	}
	id := d.text(d.find(n, "runId"))
	if id == "" {
		if id = d.text(d.find(n, "run_id")); id != "" {
			d.flag(FlagRunID, "/run/run_id", "run_id stands for runId")
		}
	}
	if id == "" {
		d.flag(FlagRunID, "/run/runId", "a run without an id: left out")
		return nil
	}
	d.checkName("/run/runId", id)
	return &Run{RunID: id, Facets: d.facets("/run/facets", d.find(n, "facets"))}
}

func (d *decoder) job(n int) *Job {
	if !d.object("/job", n) {
		return nil
	}
	out := &Job{Namespace: d.text(d.find(n, "namespace")), Name: d.text(d.find(n, "name"))}
	if out.Namespace == "" || out.Name == "" {
		return nil
	}
	d.checkName("/job/namespace", out.Namespace)
	d.checkName("/job/name", out.Name)
	out.Facets = d.facets("/job/facets", d.find(n, "facets"))
	return out
}

func (d *decoder) datasets(where string, n int) []Dataset {
	switch d.kind(n) {
	case 0:
		return nil
	case '[':
	default:
		d.flag(FlagShape, where, "not an array: left out")
		return nil
	}
	out := []Dataset{}
	for i, at := 0, n+1; at < d.nodes[n].end; i, at = i+1, d.nodes[at].end {
		if i == MaxDatasets {
			d.flag(FlagShape, where, "more than %d datasets: the rest is left out", MaxDatasets)
			break
		}
		path := where + "/" + strconv.Itoa(i)
		if ds := d.dataset(path, at); ds != nil {
			out = append(out, *ds)
		} else {
			d.flag(FlagDatasetName, path, "a dataset without namespace and name: left out")
		}
	}
	return out
}

func (d *decoder) dataset(where string, n int) *Dataset {
	if !d.object(where, n) {
		return nil
	}
	ds := &Dataset{Namespace: d.text(d.find(n, "namespace")), Name: d.text(d.find(n, "name"))}
	if ds.Namespace == "" || ds.Name == "" {
		return nil
	}
	d.checkName(where+"/namespace", ds.Namespace)
	d.checkName(where+"/name", ds.Name)
	ds.Facets = d.facets(where+"/facets", d.find(n, "facets"))
	ds.InputFacets = d.facets(where+"/inputFacets", d.find(n, "inputFacets"))
	ds.OutputFacets = d.facets(where+"/outputFacets", d.find(n, "outputFacets"))
	return ds
}

func (d *decoder) facets(where string, n int) Facets {
	switch d.kind(n) {
	case 0:
		return nil
	case '{':
	default:
		d.flag(FlagShape, where, "facets are not an object: left out")
		return nil
	}
	m := Facets{}
	for i := n + 1; i < d.nodes[n].end; i = d.nodes[i].end {
		m[string(d.unquoted(d.nodes[i].name))] = d.raw(i)
	}
	return m
}

// object reports whether a value is an object; what is neither that nor null
// is flagged.
func (d *decoder) object(where string, n int) bool {
	k := d.kind(n)
	if k != 0 && k != '{' {
		d.flag(FlagShape, where, "not an object: left out")
	}
	return k == '{'
}

// text reads a string; a number that stands for one is taken as it is written.
func (d *decoder) text(n int) string {
	switch k := d.kind(n); {
	case k == '"':
		return string(d.unquoted(d.nodes[n].value))
	case k == '-' || '0' <= k && k <= '9':
		return string(d.raw(n))
	}
	return ""
}

func (d *decoder) time(n int) {
	e := &d.event
	e.EventTimeText = d.text(n)
	t, flag, err := ParseTime(e.EventTimeText)
	switch {
	case err != nil:
		d.flag(FlagEventTime, "/eventTime", "%s", err)
	case !InRange(t):
		d.flag(FlagTimeRange, "/eventTime", "the year %d is outside 1700..2250", t.Year())
	default:
		e.EventTime = t
		if flag != "" {
			d.flag(flag, "/eventTime", "%q", clip(e.EventTimeText, 64))
		}
	}
}

var eventTypes = map[string]bool{"START": true, "RUNNING": true, "COMPLETE": true, "ABORT": true, "FAIL": true, "OTHER": true}

func (d *decoder) eventType(n int) {
	if d.event.Kind != KindRun {
		return
	}
	t := strings.ToUpper(d.text(n))
	if !eventTypes[t] {
		d.flag(FlagEventType, "/eventType", "%q is none of START RUNNING COMPLETE ABORT FAIL OTHER", clip(t, 32))
		t = ""
	}
	d.event.EventType = t
}

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func (d *decoder) checkHeader() {
	e := &d.event
	if e.Producer == "" {
		d.flag(FlagProducer, "/producer", "missing")
	}
	if e.SchemaURL == "" {
		d.flag(FlagSchemaURL, "/schemaURL", "missing")
	}
	if e.Run != nil && !uuidForm.MatchString(e.Run.RunID) {
		d.flag(FlagRunID, "/run/runId", "not a UUID")
	}
}

// checkName refuses NUL and flags what is odd in a name.
func (d *decoder) checkName(where, s string) {
	if strings.ContainsRune(s, 0) {
		d.err = &Error{Where: where, What: "a name holds NUL", Hint: "send names as text"}
		return
	}
	if len(s) > MaxName {
		d.flag(FlagNameLength, where, "%d bytes, more than %d", len(s), MaxName)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) {
		d.flag(FlagNameControl, where, "holds control or direction characters")
	}
}
