package lint

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/ingest/openlineage"
)

// Finding is one difference. Where is a JSON pointer, as close as can be told.
type Finding struct {
	Code     string
	Severity Severity
	Where    string
	Message  string
}

// maxFindings bounds the findings of one event; a last one says that there are
// more.
const maxFindings = 200

// Linter looks at events one by one.
type Linter struct {
	// Schemas are the published ones; nil: weir's own rules alone.
	Schemas *Schemas
}

// Event lists what is odd in one event, in one order. It is pure.
func (l *Linter) Event(body []byte) []Finding {
	ev, err := openlineage.Decode(body)
	if err != nil {
		f := newFinding(CodeNotAnEvent, "", err.Error())
		var d *openlineage.Error
		if errors.As(err, &d) {
			f.Where, f.Message = d.Where, d.What
		}
		return []Finding{f}
	}
	r := &report{}
	facts, _ := ingest.Interpret(ev)
	for _, f := range facts.Flags {
		r.add(f.Code, f.Where, "%s", f.Message)
	}
	r.event(ev)
	if l.Schemas != nil {
		l.Schemas.check(r, ev)
	}
	return r.sorted()
}

func newFinding(code, where, message string) Finding {
	return Finding{Code: code, Severity: severities[code], Where: where, Message: clip(message, 300)}
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}

type report struct{ findings []Finding }

func (r *report) add(code, where, format string, args ...any) {
	r.findings = append(r.findings, newFinding(code, where, fmt.Sprintf(format, args...)))
}

// sorted gives the findings, dearest first, each once.
func (r *report) sorted() []Finding {
	slices.SortFunc(r.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), strings.Compare(a.Code, b.Code), strings.Compare(a.Where, b.Where), strings.Compare(a.Message, b.Message))
	})
	all := slices.Compact(r.findings)
	if len(all) > maxFindings {
		all = append(all[:maxFindings], newFinding(openlineage.FlagMore, "", fmt.Sprintf("%d more findings are left out", len(all)-maxFindings)))
	}
	return all
}

// event looks for what weir alone minds.
func (r *report) event(ev openlineage.Event) {
	if ev.Run != nil {
		if _, ok := ev.Run.Facets["parent"]; !ok {
			r.add(CodeMissingParent, "/run/facets", "no parent facet")
		}
		r.facets("/run/facets", ev.Run.Facets)
	}
	if ev.Job != nil {
		r.facets("/job/facets", ev.Job.Facets)
	}
	if ev.Dataset != nil {
		r.dataset("/dataset", *ev.Dataset)
	}
	for i, d := range ev.Inputs {
		r.dataset("/inputs/"+strconv.Itoa(i), d)
	}
	for i, d := range ev.Outputs {
		r.dataset("/outputs/"+strconv.Itoa(i), d)
	}
	if strings.Contains(ev.Producer, "***") {
		r.add(CodeMasked, "/producer", "%s", ev.Producer)
	}
}

func (r *report) dataset(where string, d openlineage.Dataset) {
	if scheme, _, _ := strings.Cut(d.Namespace, ":"); !slices.Contains(schemes, strings.ToLower(scheme)) {
		r.add(CodeUnknownScheme, where+"/namespace", "%s", clip(d.Namespace, 100))
	}
	r.facets(where+"/facets", d.Facets)
	r.facets(where+"/inputFacets", d.InputFacets)
	r.facets(where+"/outputFacets", d.OutputFacets)
}

const largeFacet = 1 << 20

func (r *report) facets(where string, facets openlineage.Facets) {
	for key, raw := range facets {
		at := where + "/" + escape(key)
		if len(raw) > largeFacet {
			r.add(CodeLargeFacet, at, "%d bytes", len(raw))
		}
		if bytes.Contains(raw, []byte("***")) {
			r.add(CodeMasked, at, "holds ***")
		}
		if bytes.Contains(raw, []byte("<<non-serializable")) {
			r.add(CodeNotSerializable, at, "holds <<non-serializable")
		}
	}
}

// escape makes a key part of a JSON pointer.
func escape(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(clip(key, 100))
}
