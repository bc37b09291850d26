package ui

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// file is a built file in the two forms that it is sent in: as it is, and in
// gzip, which is made when it is first asked for. Bytes of gzip are nil where
// they would save nothing.
type file struct {
	plain   form
	gzipped func() form
}

// form is what is sent, with the entity tag of exactly these bytes.
type form struct {
	bytes []byte
	tag   string
}

func newFile(b []byte) file {
	sum := sha256.Sum256(b)
	tag := base64.RawURLEncoding.EncodeToString(sum[:12])
	return file{form{b, `"` + tag + `"`}, sync.OnceValue(func() form { return form{smaller(b), `"` + tag + `-gzip"`} })}
}

// smaller gives the bytes in gzip, nil when they are not less.
func smaller(b []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(b); err != nil || w.Close() != nil || out.Len() >= len(b) {
		return nil
	}
	return out.Bytes()
}

// serve answers with the form that the caller takes. A part of a file is a
// part of the file as it is: nobody can unpack half a gzip.
func (f file) serve(w http.ResponseWriter, r *http.Request, name string) {
	h, sent := w.Header(), f.plain
	h.Add("Vary", "Accept-Encoding")
	if r.Header.Get("Range") == "" && takesGzip(r.Header.Values("Accept-Encoding")) {
		if g := f.gzipped(); g.bytes != nil {
			sent = g
			h.Set("Content-Encoding", "gzip")
			// ServeContent leaves it out beside an encoding.
			h.Set("Content-Length", strconv.Itoa(len(g.bytes)))
		}
	}
	h.Set("ETag", sent.tag)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(sent.bytes))
}

// takesGzip reads Accept-Encoding (RFC 9110, 12.5.3): gzip by its name goes
// before *, and q=0 says no.
func takesGzip(headers []string) bool {
	var others bool
	for coding := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		name, weight, _ := strings.Cut(coding, ";")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip", "x-gzip":
			return wanted(weight)
		case "*":
			others = wanted(weight)
		}
	}
	return others
}

// wanted reads a weight such as q=0.5; without one it is 1, and one that cannot be
// read asks for nothing.
func wanted(weight string) bool {
	_, q, ok := strings.Cut(strings.TrimSpace(weight), "=")
	if !ok {
		return true
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
	return err == nil && n > 0
}
