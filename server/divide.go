package server

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql/model"
)

// readable reports whether who listens may read what a hint is about. What is
// not known to be theirs is not sent: a hint is never the truth.
func (s *Server) readable(ctx context.Context, h Hint) bool {
	p := auth.From(ctx)
	about := cmp.Or(h.Target, h.ID)
	if about == "" || p.Everywhere(auth.Read) {
		return true
	}
	if h.Kind == "run" { // its job may have been merged into an asset of another namespace
		k, err := model.ParseRunID(h.ID)
		if err != nil || !p.Can(auth.Read, k.Job.Namespace) {
			return false
		}
	}
	id, err := model.ParseAssetID(about)
	if err != nil || s.o.Named == nil {
		return false
	}
	named, err := s.o.Named(ctx, []catalog.AssetID{id})
	return err == nil && !named[0].ID.IsZero() && p.Can(auth.Read, named[0].Name.Namespace)
}

// readableRecords is an export of what one caller may read: a record that names
// another namespace anywhere is left out, and the last line counts those.
type readableRecords struct {
	io.WriterTo
	p auth.Principal
}

// WriteTo writes line by line.
func (x readableRecords) WriteTo(w io.Writer) (int64, error) {
	lines := &lineSieve{w: bufio.NewWriter(w), p: x.p}
	n, err := x.WriterTo.WriteTo(lines)
	if err != nil {
		return n, err
	}
	fmt.Fprintf(lines.w, "{\"count\":%d,\"record\":\"denied\"}\n", lines.denied)
	return n, lines.w.Flush()
}

// lineSieve lets lines through that name nothing hidden.
type lineSieve struct {
	w      *bufio.Writer
	p      auth.Principal
	rest   []byte
	denied int
}

func (l *lineSieve) Write(b []byte) (int, error) {
	n := len(b)
	for {
		line, after, whole := bytes.Cut(b, []byte("\n"))
		if !whole {
			l.rest = append(l.rest, b...)
			return n, nil
		}
		line, b = append(l.rest, line...), after
		l.rest = nil
		line, ok := l.shown(line)
		if !ok {
			l.denied++
			continue
		}
		if _, err := l.w.Write(append(line, '\n')); err != nil {
			return n, err
		}
	}
}

// exported are the members of each kind of record that cannot name another
// asset where may does not look: no evidence, error texts, queries and files.
var exported = map[string][]string{
	"asset": {"kind", "subKind", "description", "descriptionCurated", "declared", "firstSeen", "removedAt", "processing", "integration", "url", "owners", "tags", "emission", "view", "codeHash"},
	"name":  {"alias", "origin", "since"},
	"field": {"field", "fieldType", "description", "ordinal", "parent", "curated"},
	"edge":  {"source", "target", "job", "sourceField", "targetField", "origin", "ordinal", "validFrom", "validTo", "transformation"},
	"run": {"runId", "jobName", "state", "attempt", "startedAt", "startKnown", "endedAt", "nominalStart", "incomplete", "inputs", "outputs", "reads",
		"engine", "codeVersion", "codeHash"},
	"version": {"datasetName", "attempt", "partition", "producedAt", "dataTime", "dataVersion", "rowCount", "bytes", "fileCount", "runId", "job", "tainted",
		"codeVersion", "codeHash"},
}

// shown is a line as the caller may have it; a kind that is not known is denied.
func (l *lineSieve) shown(line []byte) ([]byte, bool) {
	var r map[string]any
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if d.Decode(&r) != nil || !l.may(r) {
		return nil, false
	}
	kind, _ := r["record"].(string)
	members, ok := exported[kind]
	for m := range r {
		if m != "record" && m != "type" && m != "namespace" && m != "name" && !slices.Contains(members, m) {
			delete(r, m)
		}
	}
	out, err := json.Marshal(r)
	return out, ok && err == nil
}

// may looks at every namespace in a record, however deep.
func (l *lineSieve) may(x any) bool {
	switch x := x.(type) {
	case []any:
		for _, e := range x {
			if !l.may(e) {
				return false
			}
		}
	case map[string]any:
		for k, e := range x {
			if ns, ok := e.(string); ok && strings.HasSuffix(strings.ToLower(k), "namespace") && !l.p.Can(auth.Read, ns) || !l.may(e) {
				return false
			}
		}
	}
	return true
}
