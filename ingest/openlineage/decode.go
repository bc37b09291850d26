package openlineage

import (
	"bytes"
	"encoding/json"
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
	if deep(body) {
		return Event{}, checkSyntax(body)
	}
	var top struct {
		EventTime jsontext.Value `json:"eventTime"`
		EventType jsontext.Value `json:"eventType"`
		Producer  jsontext.Value `json:"producer"`
		SchemaURL jsontext.Value `json:"schemaURL"`
		Run       jsontext.Value `json:"run"`
		Job       jsontext.Value `json:"job"`
		Dataset   jsontext.Value `json:"dataset"`
		Inputs    jsontext.Value `json:"inputs"`
		Outputs   jsontext.Value `json:"outputs"`
	}
	// Reading the envelope checks the whole body, facets included; only what is
	// wrong is read token by token, for its place.
	if err := jsonx.Unmarshal(body, &top); err != nil {
		if err := checkSyntax(body); err != nil {
			return Event{}, err
		}
		return Event{}, &Error{What: "an event is a JSON object: " + reason(err), Hint: "send one OpenLineage event, or an array of them to /api/v1/lineage/batch"}
	}
	d := &decoder{event: Event{Raw: body}}
	e := &d.event
	e.Producer, e.SchemaURL = d.text(top.Producer), d.text(top.SchemaURL)
	e.Run, e.Job = d.run(top.Run), d.job(top.Job)
	if ds := d.dataset("/dataset", top.Dataset); ds != nil {
		e.Dataset = ds
	}
	if err := d.identify(); err != nil {
		return Event{}, err
	}
	d.time(top.EventTime)
	d.eventType(top.EventType)
	e.Inputs, e.Outputs = d.datasets("/inputs", top.Inputs), d.datasets("/outputs", top.Outputs)
	d.checkHeader()
	return d.event, d.err
}

// deep reports whether a body nests deeper than MaxDepth.
func deep(body []byte) bool {
	depth, text := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '"':
			text = !text
		case text && c == '\\':
			i++
		case text:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
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

type decoder struct {
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

func (d *decoder) run(v jsontext.Value) *Run {
	var r struct {
		RunID  jsontext.Value `json:"runId"`
		ID     jsontext.Value `json:"run_id"`
		Facets jsontext.Value `json:"facets"`
	}
	if !d.object("/run", v, &r) {
		return nil
	}
	id := d.text(r.RunID)
	if id == "" {
		if id = d.text(r.ID); id != "" {
			d.flag(FlagRunID, "/run/run_id", "run_id stands for runId")
		}
	}
	if id == "" {
		d.flag(FlagRunID, "/run/runId", "a run without an id: left out")
		return nil
	}
	d.checkName("/run/runId", id)
	return &Run{RunID: id, Facets: d.facets("/run/facets", r.Facets)}
}

func (d *decoder) job(v jsontext.Value) *Job {
	var j struct {
		Namespace jsontext.Value `json:"namespace"`
		Name      jsontext.Value `json:"name"`
		Facets    jsontext.Value `json:"facets"`
	}
	if !d.object("/job", v, &j) {
		return nil
	}
	out := &Job{Namespace: d.text(j.Namespace), Name: d.text(j.Name)}
	if out.Namespace == "" || out.Name == "" {
		return nil
	}
	d.checkName("/job/namespace", out.Namespace)
	d.checkName("/job/name", out.Name)
	out.Facets = d.facets("/job/facets", j.Facets)
	return out
}

func (d *decoder) datasets(where string, v jsontext.Value) []Dataset {
	if isNull(v) {
		return nil
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(v))
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '[' {
		d.flag(FlagShape, where, "not an array: left out")
		return nil
	}
	out := []Dataset{}
	for i := 0; dec.PeekKind() != ']'; i++ {
		el, err := dec.ReadValue()
		if err != nil {
			return out // cannot be: the syntax was checked
		}
		if len(out) == MaxDatasets {
			d.flag(FlagShape, where, "more than %d datasets: the rest is left out", MaxDatasets)
			return out
		}
		at := where + "/" + strconv.Itoa(i)
		if ds := d.dataset(at, el); ds != nil {
			out = append(out, *ds)
		} else {
			d.flag(FlagDatasetName, at, "a dataset without namespace and name: left out")
		}
	}
	return out
}

func (d *decoder) dataset(where string, v jsontext.Value) *Dataset {
	var s struct {
		Namespace    jsontext.Value `json:"namespace"`
		Name         jsontext.Value `json:"name"`
		Facets       jsontext.Value `json:"facets"`
		InputFacets  jsontext.Value `json:"inputFacets"`
		OutputFacets jsontext.Value `json:"outputFacets"`
	}
	if !d.object(where, v, &s) {
		return nil
	}
	ds := &Dataset{Namespace: d.text(s.Namespace), Name: d.text(s.Name)}
	if ds.Namespace == "" || ds.Name == "" {
		return nil
	}
	d.checkName(where+"/namespace", ds.Namespace)
	d.checkName(where+"/name", ds.Name)
	ds.Facets = d.facets(where+"/facets", s.Facets)
	ds.InputFacets = d.facets(where+"/inputFacets", s.InputFacets)
	ds.OutputFacets = d.facets(where+"/outputFacets", s.OutputFacets)
	return ds
}

func (d *decoder) facets(where string, v jsontext.Value) Facets {
	if isNull(v) {
		return nil
	}
	var m map[string]json.RawMessage
	if err := jsonx.Unmarshal(v, &m, checked); err != nil {
		d.flag(FlagShape, where, "facets are not an object: left out")
		return nil
	}
	return m
}

// object reads an object; anything else is flagged and left out.
func (d *decoder) object(where string, v jsontext.Value, into any) bool {
	if isNull(v) {
		return false
	}
	if v.Kind() != '{' {
		d.flag(FlagShape, where, "not an object: left out")
		return false
	}
	if err := jsonx.Unmarshal(v, into, checked); err != nil {
		d.flag(FlagShape, where, "unreadable: left out")
		return false
	}
	return true
}

// text reads a string; a number that stands for one is taken as it is written.
func (d *decoder) text(v jsontext.Value) string {
	switch {
	case isNull(v):
		return ""
	case v.Kind() == '"':
		var s string
		if jsonx.Unmarshal(v, &s, checked) == nil {
			return s
		}
	case v.Kind() == '0':
		return string(v)
	}
	return ""
}

func isNull(v jsontext.Value) bool { return len(v) == 0 || v.Kind() == 'n' }

func (d *decoder) time(v jsontext.Value) {
	e := &d.event
	e.EventTimeText = d.text(v)
	t, flag, err := ParseTime(e.EventTimeText)
	switch {
	case err != nil:
		d.flag(FlagEventTime, "/eventTime", "%s", err)
	case !inRange(t):
		d.flag(FlagTimeRange, "/eventTime", "the year %d is outside 1700..2250", t.Year())
	default:
		e.EventTime = t
		if flag != "" {
			d.flag(flag, "/eventTime", "%q", clip(e.EventTimeText, 64))
		}
	}
}

var eventTypes = map[string]bool{"START": true, "RUNNING": true, "COMPLETE": true, "ABORT": true, "FAIL": true, "OTHER": true}

func (d *decoder) eventType(v jsontext.Value) {
	if d.event.Kind != KindRun {
		return
	}
	t := strings.ToUpper(d.text(v))
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
