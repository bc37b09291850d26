package openlineage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/internal/corpus"
)

const (
	head = `"eventTime":"2026-01-02T03:04:05Z","producer":"urn:test","schemaURL":"urn:schema"`
	run  = `"run":{"runId":"0196b1a5-0000-7000-8000-000000000001"}`
	job  = `"job":{"namespace":"ns","name":"j"}`
)

// codes are the flags of an event, sorted and without repeats.
func codes(e Event) string {
	var out []string
	for _, f := range e.Flags {
		out = append(out, f.Code)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

func TestDecodeKeepsWhatIsOdd(t *testing.T) {
	long := strings.Repeat("n", MaxName+1)
	for name, c := range map[string]struct {
		body  string
		kind  Kind
		flags string
	}{
		"run":                       {`{` + head + `,"eventType":"START",` + run + `,` + job + `}`, KindRun, ""},
		"job":                       {`{` + head + `,` + job + `}`, KindJob, ""},
		"dataset":                   {`{` + head + `,"dataset":{"namespace":"d","name":"t"}}`, KindDataset, ""},
		"run before dataset":        {`{` + head + `,"eventType":"OTHER",` + run + `,` + job + `,"dataset":{"namespace":"d","name":"t"}}`, KindRun, FlagSeveralKinds},
		"job before dataset":        {`{` + head + `,` + job + `,"dataset":{"namespace":"d","name":"t"}}`, KindJob, ""},
		"null run is absent":        {`{` + head + `,"run":null,` + job + `}`, KindJob, ""},
		"no event type":             {`{` + head + `,` + run + `,` + job + `}`, KindRun, FlagEventType},
		"lower case event type":     {`{` + head + `,"eventType":"complete",` + run + `,` + job + `}`, KindRun, ""},
		"run_id":                    {`{` + head + `,"eventType":"START","run":{"run_id":"0196b1a5-0000-7000-8000-000000000001"},` + job + `}`, KindRun, FlagRunID},
		"run id of any text":        {`{` + head + `,"eventType":"START","run":{"runId":"manual__2026"},` + job + `}`, KindRun, FlagRunID},
		"run id as a number":        {`{` + head + `,"eventType":"START","run":{"runId":7},` + job + `}`, KindRun, FlagRunID},
		"no header":                 {`{` + job + `}`, KindJob, "event_time producer schema_url"},
		"naive time":                {`{"eventTime":"2026-01-02T03:04:05","producer":"p","schemaURL":"s",` + job + `}`, KindJob, FlagTimeNaive},
		"year 9999":                 {`{"eventTime":"9999-01-02T03:04:05Z","producer":"p","schemaURL":"s",` + job + `}`, KindJob, FlagTimeRange},
		"facets are no object":      {`{` + head + `,"job":{"namespace":"ns","name":"j","facets":[1]}}`, KindJob, FlagShape},
		"facet is no object":        {`{` + head + `,"job":{"namespace":"ns","name":"j","facets":{"sql":1,"tags":null}}}`, KindJob, ""},
		"inputs are no array":       {`{` + head + `,` + job + `,"inputs":{}}`, KindJob, FlagShape},
		"input without a name":      {`{` + head + `,` + job + `,"inputs":[{"namespace":"d"},7,null]}`, KindJob, "dataset_name shape"},
		"long name":                 {`{` + head + `,"job":{"namespace":"ns","name":"` + long + `"}}`, KindJob, FlagNameLength},
		"direction character":       {`{` + head + `,"job":{"namespace":"ns","name":"a\u202eb"}}`, KindJob, FlagNameControl},
		"unknown fields everywhere": {`{` + head + `,"x":[{}],"job":{"namespace":"ns","name":"j","y":1}}`, KindJob, ""},
		"white space":               {" \n{" + head + "," + job + "}\n ", KindJob, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Decode([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if e.Kind != c.kind || codes(e) != c.flags {
				t.Errorf("kind %q flags %q, want %q %q", e.Kind, codes(e), c.kind, c.flags)
			}
			if string(e.Raw) != c.body {
				t.Error("the raw body changed")
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, c := range map[string]struct{ body, where, what string }{
		"empty":                {"", "", "empty"},
		"white space":          {"  \n", "", "empty"},
		"not JSON":             {"hello", "", "not valid JSON"},
		"cut off":              {`{"job":{"namespace":"ns"`, "", "not valid JSON"},
		"array":                {`[{}]`, "", "JSON object"},
		"number":               {`7`, "", "JSON object"},
		"two events":           {`{` + job + `}{` + job + `}`, "", "something follows"},
		"duplicate key":        {`{` + job + `,` + job + `}`, "/job", "duplicate"},
		"duplicate in a facet": {`{"job":{"namespace":"n","name":"j","facets":{"x":{"a":1,"a":2}}}}`, "/job/facets/x/a", "duplicate"},
		"invalid UTF-8":        {"{\"job\":{\"namespace\":\"n\",\"name\":\"\xff\"}}", "", "not valid JSON"},
		"too deep":             {`{"x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`, "", "nested deeper"},
		"far too deep":         {strings.Repeat("[", 1_000_000), "", "nested deeper"},
		"no identity":          {`{` + head + `}`, "", "no identity"},
		"run without job":      {`{` + run + `}`, "/job", "without a job"},
		"job without name":     {`{"job":{"namespace":"ns","name":""}}`, "", "no identity"},
		"NUL in a name":        {`{"job":{"namespace":"ns","name":"a\u0000b"}}`, "/job/name", "NUL"},
		"NUL in an input":      {`{` + head + `,` + job + `,"inputs":[{"namespace":"d","name":"\u0000"}]}`, "/inputs/0/name", "NUL"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode([]byte(c.body))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v, want an *Error", err)
			}
			if !strings.Contains(e.What, c.what) || c.where != "" && e.Where != c.where || e.Hint == "" {
				t.Errorf("what %q where %q hint %q; want %q at %q and a hint", e.What, e.Where, e.Hint, c.what, c.where)
			}
		})
	}
}

func TestDecodeTriState(t *testing.T) {
	for _, c := range []struct {
		body   string
		stated bool
	}{{`{` + job + `}`, false}, {`{` + job + `,"inputs":null}`, false}, {`{` + job + `,"inputs":[]}`, true}} {
		e, err := Decode([]byte(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if (e.Inputs != nil) != c.stated || len(e.Inputs) != 0 {
			t.Errorf("%s: inputs %#v", c.body, e.Inputs)
		}
	}
}

func TestFacetsStayByteForByte(t *testing.T) {
	const facet = `{ "big":12345678901234567890,  "x" : 1e2 , "u":"\u00e9"}`
	e, err := Decode([]byte(`{"job":{"namespace":"n","name":"j","facets":{"custom":` + facet + `}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(e.Job.Facets["custom"]); got != facet {
		t.Errorf("facet %s, want %s", got, facet)
	}
}

// A small body must not make millions of flags or datasets.
func TestDecodeIsBounded(t *testing.T) {
	odd := `{` + job + `,"inputs":[` + strings.Repeat("1,", 200_000) + `1]}`
	e, err := Decode([]byte(odd))
	if err != nil || len(e.Flags) != MaxFlags+1 || e.Flags[MaxFlags].Code != FlagMore {
		t.Errorf("%d flags, error %v", len(e.Flags), err)
	}
	many := `{` + job + `,"inputs":[` + strings.Repeat(`{"namespace":"a","name":"b"},`, MaxDatasets) + `{"namespace":"a","name":"b"}]}`
	e, err = Decode([]byte(many))
	if err != nil || len(e.Inputs) != MaxDatasets || !strings.Contains(codes(e), FlagShape) {
		t.Errorf("%d inputs, flags %s, error %v", len(e.Inputs), codes(e), err)
	}
}

func TestParseTime(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		text, flag string
		want       time.Time
	}{
		{"2026-01-02T03:04:05Z", "", at},
		{"2026-01-02T03:04:05.123456789Z", "", at.Add(123456789)},
		{"2026-01-02T05:04:05.5+02:00", "", at.Add(500 * time.Millisecond)},
		{"2026-01-02T03:04:05+0000", "", at},
		{"2026-01-02 03:04:05+00:00", "", at},
		{"2026-01-02T03:04Z", "", at.Add(-5 * time.Second)},
		{"2026-01-02T03:04:05Z[Europe/London]", FlagTimeForm, at},
		{"2026-01-02T03:04:05", FlagTimeNaive, at},
		{"2026-01-02T03:04:05.000001", FlagTimeNaive, at.Add(time.Microsecond)},
		{"2026-01-02", FlagTimeForm, at.Truncate(24 * time.Hour)},
	} {
		got, flag, err := ParseTime(c.text)
		if err != nil || !got.Equal(c.want) || flag != c.flag {
			t.Errorf("%s: %v %q %v, want %v %q", c.text, got, flag, err, c.want, c.flag)
		}
	}
	for _, text := range []string{"", " ", "yesterday", "2026-13-02T00:00:00Z", "2026-01-02T25:00:00Z", "[UTC]"} {
		if got, _, err := ParseTime(text); err == nil {
			t.Errorf("%q: %v, want an error", text, got)
		}
	}
}

func TestGetTakesOddScalars(t *testing.T) {
	f := Facets{
		"stats": json.RawMessage(`{"rowCount":"12","size":3.0,"fileCount":null}`),
		"dq":    json.RawMessage(`{"assertions":[{"assertion":7,"success":"true"},{"assertion":"b","success":null}]}`),
		"gone":  json.RawMessage(`{ "_deleted" : true }`),
		"null":  json.RawMessage(`null`),
		"list":  json.RawMessage(`[]`),
	}
	s, ok, err := Get[Statistics](f, "stats")
	if err != nil || !ok || *s.RowCount != 12 || *s.Size != 3 || s.FileCount != nil {
		t.Errorf("statistics %+v %v %v", s, ok, err)
	}
	a, ok, err := Get[Assertions](f, "dq")
	if err != nil || !ok || a.Assertions[0].Assertion != "7" || !bool(*a.Assertions[0].Success) || a.Assertions[1].Success != nil {
		t.Errorf("assertions %+v %v %v", a, ok, err)
	}
	for _, key := range []string{"gone", "null", "absent"} {
		if _, ok, err := Get[SQL](f, key); ok || err != nil {
			t.Errorf("%s: %v %v, want nothing", key, ok, err)
		}
	}
	if _, ok, err := Get[SQL](f, "list"); ok || err == nil {
		t.Error("a facet of another shape has no error")
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{` + head + `,"eventType":"START",` + run + `,` + job + `,"inputs":[{"namespace":"a","name":"b","facets":{"schema":{"fields":[{"name":"x"}]}}}]}`,
		`{"dataset":{"namespace":"d","name":"t"}}`, `[`, `{"run":null}`, `{"job":{"namespace":1,"name":"\u0000"}}`} {
		f.Add([]byte(s))
	}
	seedBodies(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		e, err := Decode(body)
		if !bytes.Equal(before, body) {
			t.Fatal("Decode wrote into the body")
		}
		var refused *Error
		if err != nil {
			if !errors.As(err, &refused) || refused.Hint == "" {
				t.Fatalf("error %v without a hint", err)
			}
			return
		}
		if !json.Valid(body) || e.Kind == "" || len(e.Flags) > MaxFlags+1 || !bytes.Equal(e.Raw, body) {
			t.Fatalf("kind %q, %d flags", e.Kind, len(e.Flags))
		}
	})
}

// seedBodies adds the events of the corpus.
func seedBodies(f *testing.F) {
	bodies, err := corpus.Bodies()
	if err != nil {
		f.Fatal(err)
	}
	for _, b := range bodies {
		f.Add(b)
	}
}

func FuzzTime(f *testing.F) {
	for _, s := range []string{"2026-01-02T03:04:05Z", "2026-01-02", "2026-01-02T03:04:05Z[Europe/London]", "["} {
		f.Add(s)
	}
	seen := map[string]bool{}
	err := corpus.Objects(func(o map[string]any) {
		for key := range o {
			if s := corpus.Text(o, key); strings.HasSuffix(key, "Time") && !seen[s] {
				seen[s] = true
				f.Add(s)
			}
		}
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, flag, err := ParseTime(s)
		if err != nil && (flag != FlagEventTime || !got.IsZero()) {
			t.Fatalf("%q: %v %q %v", s, got, flag, err)
		}
		if err == nil && got.Location() != time.UTC {
			t.Fatalf("%q: not in UTC", s)
		}
	})
}

// eventOf makes an event of about size bytes, shaped as Spark's: datasets with
// schemas.
func eventOf(size int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `{%s,"eventType":"COMPLETE",%s,%s,"outputs":[`, head, run, job)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"namespace":"postgres://db:5432","name":"shop.public.t%d","facets":{"schema":{"fields":[`, i)
		for c := range 20 {
			fmt.Fprintf(&b, `{"name":"column_%d","type":"VARCHAR","description":"a column"},`, c)
		}
		b.WriteString(`{"name":"last"}]}}}`)
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}

// BenchmarkDecode prints Decode beside encoding/json into any: the yardstick.
func BenchmarkDecode(b *testing.B) {
	for _, size := range []int{4_000, 200_000} {
		body := eventOf(size)
		b.Run(fmt.Sprintf("%dkB/weir", size/1000), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Decode(body); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("%dkB/any", size/1000), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				var v any
				if err := json.Unmarshal(body, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
