package ui

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

var script = []byte(strings.Repeat("const weir = 'knows what came from what';\n", 200))

// asked gives what a file answers, to headers in pairs.
func asked(method string, b []byte, headers ...string) *http.Response {
	r := httptest.NewRequest(method, "/assets/a.js", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	newFile(b).serve(w, r, "assets/a.js")
	return w.Result()
}

func TestFileIsSentAsTheCallerTakesIt(t *testing.T) {
	tests := []struct {
		accept string
		gzip   bool
	}{
		{"", false},
		{"identity", false},
		{"br, zstd", false},
		{"gzip", true},
		{"GZIP", true},
		{"x-gzip", true},
		{"gzip, deflate, br", true},
		{"deflate, gzip;q=0.5", true},
		{"gzip; q=0", false},
		{"gzip;q=0.000, *", false},
		{"*, gzip;q=0", false},
		{"*", true},
		{"*;q=0", false},
		{"*;q=0, gzip", true},
		{"gzip;q=much", false},
		{"notgzip", false},
	}
	for _, tt := range tests {
		t.Run(tt.accept, func(t *testing.T) {
			var headers []string
			if tt.accept != "" {
				headers = []string{"Accept-Encoding", tt.accept}
			}
			resp := asked("GET", script, headers...)
			sent, _ := io.ReadAll(resp.Body)
			want := map[bool]string{true: "gzip"}[tt.gzip]
			if got := resp.Header.Get("Content-Encoding"); got != want {
				t.Fatalf("Content-Encoding %q, want %q", got, want)
			}
			if got := resp.Header.Get("Content-Length"); got != strconv.Itoa(len(sent)) {
				t.Errorf("Content-Length %s of %d bytes", got, len(sent))
			}
			if tt.gzip && len(sent) >= len(script)/10 {
				t.Errorf("%d bytes are sent of %d", len(sent), len(script))
			}
			if !bytes.Equal(unpacked(t, resp, sent), script) {
				t.Error("it is another file")
			}
			if resp.Header.Get("Vary") != "Accept-Encoding" || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/javascript") {
				t.Errorf("headers %v", resp.Header)
			}
		})
	}
}

func unpacked(t *testing.T, resp *http.Response, sent []byte) []byte {
	t.Helper()
	if resp.Header.Get("Content-Encoding") == "" {
		return sent
	}
	r, err := gzip.NewReader(bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The head says what a GET would send.
func TestFileHead(t *testing.T) {
	get, head := asked("GET", script, "Accept-Encoding", "gzip"), asked("HEAD", script, "Accept-Encoding", "gzip")
	for _, h := range []string{"Content-Encoding", "Content-Length", "ETag", "Vary", "Content-Type"} {
		if a, b := get.Header.Get(h), head.Header.Get(h); a == "" || a != b {
			t.Errorf("%s: GET %q, HEAD %q", h, a, b)
		}
	}
	if b, _ := io.ReadAll(head.Body); len(b) != 0 {
		t.Errorf("HEAD has %d bytes", len(b))
	}
}

// Each form has a tag of its own, and is known again by that one alone.
func TestFileAskedAgain(t *testing.T) {
	plain, packed := asked("GET", script).Header.Get("ETag"), asked("GET", script, "Accept-Encoding", "gzip").Header.Get("ETag")
	if plain == "" || packed == "" || plain == packed {
		t.Fatalf("tags %s and %s", plain, packed)
	}
	tests := []struct {
		accept, tag string
		status      int
	}{
		{"gzip", packed, http.StatusNotModified},
		{"identity", plain, http.StatusNotModified},
		{"gzip", plain, http.StatusOK},
		{"identity", packed, http.StatusOK},
	}
	for _, tt := range tests {
		resp := asked("GET", script, "Accept-Encoding", tt.accept, "If-None-Match", tt.tag)
		if resp.StatusCode != tt.status || resp.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s with %s: %d %v, want %d", tt.accept, tt.tag, resp.StatusCode, resp.Header, tt.status)
		}
	}
}

// A part is of the file as it is, whatever else the caller takes.
func TestFileInParts(t *testing.T) {
	resp := asked("GET", script, "Accept-Encoding", "gzip", "Range", "bytes=6-9")
	b, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusPartialContent || string(b) != "weir" || resp.Header.Get("Content-Encoding") != "" {
		t.Errorf("%d %q %v", resp.StatusCode, b, resp.Header)
	}
	packed := asked("GET", script, "Accept-Encoding", "gzip").Header.Get("ETag")
	resp = asked("GET", script, "Accept-Encoding", "gzip", "Range", "bytes=6-9", "If-Range", packed)
	if b, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || !bytes.Equal(b, script) {
		t.Errorf("a part of the other form: %d with %d bytes", resp.StatusCode, len(b))
	}
}

// What gzip makes longer is sent as it is.
func TestFileTooShort(t *testing.T) {
	resp := asked("GET", []byte("x"), "Accept-Encoding", "gzip")
	if b, _ := io.ReadAll(resp.Body); string(b) != "x" || resp.Header.Get("Content-Encoding") != "" {
		t.Errorf("%q %v", b, resp.Header)
	}
}
