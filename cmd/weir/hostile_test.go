package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode"
)

// asWeir makes the test binary be weir: a test that looks at the memory and the
// log of a process needs one of its own.
const asWeir = "WEIR_TEST_AS_WEIR"

func TestMain(m *testing.M) {
	if os.Getenv(asWeir) != "" {
		main()
	}
	os.Exit(m.Run())
}

// child is a weir in a process of its own.
type child struct {
	t   *testing.T
	cmd *exec.Cmd
	url string
	log string // the file that its words go to
}

func startChild(t *testing.T, args ...string) *child {
	t.Helper()
	c := &child{t: t, log: filepath.Join(t.TempDir(), "log")}
	words, err := os.Create(c.log)
	if err != nil {
		t.Fatal(err)
	}
	defer words.Close()
	c.cmd = exec.Command(os.Args[0], append([]string{"serve", "--listen", "127.0.0.1:0", "--data", t.TempDir()}, args...)...)
	c.cmd.Env, c.cmd.Stderr = append(os.Environ(), asWeir+"=1"), words
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
		if err := c.cmd.Wait(); err != nil {
			t.Errorf("weir ended with %v", err)
		}
	})
	ready := regexp.MustCompile(`ready url=(\S+)`)
	waitUntil(t, "ready", func() bool {
		m := ready.FindStringSubmatch(readFile(t, c.log))
		if m != nil {
			c.url = m[1]
		}
		return m != nil
	})
	return c
}

// peak is the most memory that the process ever had, in bytes.
func (c *child) peak() int {
	c.t.Helper()
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindStringSubmatch(readFile(c.t, fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid)))
	if m == nil {
		c.t.Fatal("the kernel does not tell the peak of a process")
	}
	kb, err := strconv.Atoi(m[1])
	if err != nil {
		c.t.Fatal(err)
	}
	return kb << 10
}

// hostile is a body that nobody means well with, and the status it deserves.
type hostile struct {
	name    string
	body    []byte
	status  int
	headers []string
}

const plain = `{"eventTime":"2026-03-01T00:00:00Z","eventType":"COMPLETE","run":{"runId":"%s"},"job":{"namespace":"hostile","name":%s%s}%s}`

// named is an event of a job with that name.
func named(name string) []byte { return about(name, "", "") }

// about is an event of a job with that name; more goes into the job, rest
// behind it.
func about(name, more, rest string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(name); err != nil {
		panic(err)
	}
	return fmt.Appendf(nil, plain, "r", bytes.TrimSpace(b.Bytes()), more, rest)
}

// faceted is an event whose job has a facet with that value.
func faceted(value string) []byte {
	return about("j", `,"facets":{"f":`+value+`}`, "")
}

// squeeze packs what is small enough to pack in a test.
func squeeze(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bomb is n megabytes of nothing, packed: a gzip file may have many members.
func bomb(t *testing.T, n int) []byte { return bytes.Repeat(squeeze(t, make([]byte, 1<<20)), n) }

func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

func wide(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":0`, i)
	}
	return "{" + b.String()[1:] + "}"
}

func hostileBodies(t *testing.T) []hostile {
	zip := []string{"Content-Encoding", "gzip"}
	list := []hostile{
		{"64 levels", faceted(nested(60)), 201, nil}, {"66 levels", faceted(nested(63)), 400, nil}, {"10,000 levels", faceted(nested(10_000)), 400, nil},
		{"a million open brackets", []byte(strings.Repeat("[", 1<<20)), 400, nil}, {"a million open objects", []byte(strings.Repeat(`{"a":`, 1<<20)), 400, nil},
		{"very many keys", faceted(wide(200_000 / raceFactor)), 201, nil}, {"very many facets", about("wide", `,"facets":`+wide(100_000/raceFactor), ""), 201, nil},
		{"very many datasets", about("many", "", `,"inputs":[`+strings.TrimSuffix(strings.Repeat(`{"namespace":"kafka://k","name":"t"},`, 100_000/raceFactor), ",")+`]`), 201, nil},
		{"very many non-datasets", about("numbers", "", `,"inputs":[`+strings.TrimSuffix(strings.Repeat("1,", 1_000_000/raceFactor), ",")+`]`), 201, nil},
		{"a string of 12 MB", faceted(`"` + strings.Repeat("x", 12<<20) + `"`), 201, nil}, {"a number of 1 MB", faceted(strings.Repeat("9", 1<<20)), 201, nil},
		{"more than 16 MB", faceted(`"` + strings.Repeat("x", 17<<20) + `"`), 413, nil},
		{"equal keys", []byte(`{"job":{"namespace":"n","name":"a"},"job":{"namespace":"n","name":"b"}}`), 400, nil}, {"equal keys in a facet", faceted(`{"a":1,"a":2}`), 400, nil},
		{"keys of other case", []byte(`{"job":{"namespace":"hostile","name":"j"},"JOB":{"namespace":"n","name":"b"},"eventTime":"2026-03-01T00:00:00Z"}`), 201, nil},
		{"NUL in a name", []byte(strings.Replace(string(named("aXb")), "X", "\x00", 1)), 400, nil}, {"escaped NUL in a name", []byte(strings.Replace(string(named("aXb")), "X", `\u0000`, 1)), 400, nil},
		{"escaped NUL in a facet", faceted(`"\u0000"`), 201, nil}, {"NUL bytes", bytes.Repeat([]byte{0}, 1<<20), 400, nil},
		{"bad UTF-8", faceted("\"\xff\xfe\""), 400, nil}, {"overlong UTF-8", faceted("\"\xc0\xaf\""), 400, nil}, {"half a surrogate", faceted(`"\ud800"`), 400, nil},
		{"1e400", faceted(`1e400`), 201, nil}, {"1e400 as a time", []byte(`{"eventTime":1e400,"job":{"namespace":"hostile","name":"late"}}`), 201, nil},
		{"nothing", nil, 400, nil}, {"null", []byte(`null`), 400, nil}, {"a number", []byte(`7`), 400, nil}, {"an array", []byte(`[]`), 400, nil}, {"two events", append(named("a"), named("b")...), 400, nil},
		{"half an event", named("a")[:30], 400, nil}, {"no identity", []byte(`{"eventTime":"2026-03-01T00:00:00Z"}`), 400, nil},
		{"1 GB of zeros", bomb(t, 1024), 413, zip}, {"a bomb in a bomb", squeeze(t, bomb(t, 256)), 400, zip},
		{"17 MB packed", append(squeeze(t, named("a")[:20]), bomb(t, 17)...), 413, zip},
		{"gzip that is none", named("a"), 400, zip}, {"gzip that breaks off", squeeze(t, named("a"))[:40], 400, zip},
		{"brotli", named("a"), 415, []string{"Content-Encoding", "br"}}, {"text", named("a"), 415, []string{"Content-Type", "text/plain"}},
	}
	for what, name := range hostileNames() {
		list = append(list, hostile{what, named(name), 201, nil})
	}
	return list
}

// hostileNames are names that want out of where they are shown.
func hostileNames() map[string]string {
	return map[string]string{
		"64 kB": strings.Repeat("n", 64<<10), "a path": "../../../../etc/passwd", "direction": "invoice\u202efdp.exe\u2066", "a new line": "a\nlevel=ERROR msg=forged\r\nb",
		"a terminal": "a\x1b]0;owned\x07\x1b[2Jb", "a script": "<script>alert(1)</script>", "Cypher": "a'}) DETACH DELETE n //", "SQL": "a'; DROP TABLE names; --",
		"a key": strings.Repeat("é", 2000), "only blanks": " \t ", "a line separator": "a\u2028b", "a zero width": "a\u200bb",
	}
}

func (c *child) send(h hostile) (int, string) {
	c.t.Helper()
	req, err := http.NewRequest(http.MethodPost, c.url+"/api/v1/lineage", bytes.NewReader(h.body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer weir-test-canary")
	for i := 0; i < len(h.headers); i += 2 {
		req.Header.Set(h.headers[i], h.headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Errorf("%s: %v", h.name, err)
		return 0, ""
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	if resp.StatusCode == http.StatusRequestEntityTooLarge && resp.Header.Get("Retry-After") != "" {
		c.t.Errorf("%s: 413 with Retry-After is sent again and again", h.name)
	}
	return resp.StatusCode, string(b)
}

// TestHostileBodies: each gets the status it deserves, one after the other and
// eight at a time; weir neither panics nor grows, and no name leaves its place
// in the log.
func TestHostileBodies(t *testing.T) {
	c := startChild(t, "--log-level", "debug")
	bodies := hostileBodies(t)
	before, total := c.peak(), 0
	for _, h := range bodies {
		total += len(h.body)
		if status, said := c.send(h); status != h.status {
			t.Errorf("%s: %d, want %d: %.200s", h.name, status, h.status, said)
		}
	}
	alone := c.peak() - before
	var all sync.WaitGroup
	turn := make(chan hostile)
	for range 8 {
		all.Go(func() {
			for h := range turn {
				c.send(h)
			}
		})
	}
	for _, h := range bodies {
		turn <- h
	}
	close(turn)
	all.Wait()
	together := c.peak() - before
	t.Logf("%d MB of bodies: the peak grew by %d MB one by one, %d MB eight at a time", total>>20, alone>>20, together>>20)
	if total < 32<<20 {
		t.Errorf("only %d bytes of bodies", total)
	}
	if limit := (256 << 20) * raceFactor; alone > limit || together > 2*limit {
		t.Errorf("the peak grew by %d and %d bytes", alone, together)
	}
	c.lives()
	c.logIsClean()
}

// lives: weir still answers, has not panicked, and shows names as they came.
func (c *child) lives() {
	c.t.Helper()
	resp, err := http.Get(c.url + "/metrics")
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	metrics, _ := io.ReadAll(resp.Body)
	if !bytes.Contains(metrics, []byte("\nweir_http_panics_total 0\n")) {
		c.t.Error("weir panicked")
	}
	cl := newClient(Config{URL: c.url, Timeout: time.Minute})
	waitUntil(c.t, "all is projected", func() bool {
		var r struct{ Lag int }
		resp, err := cl.get(c.t.Context(), "/readyz")
		return err == nil && json.NewDecoder(resp.Body).Decode(&r) == nil && resp.Body.Close() == nil && r.Lag == 0
	})
	names := hostileNames()
	delete(names, "64 kB") // longer than a question may be
	for what, name := range names {
		var out struct{ Job *asset }
		err := cl.graphql(c.t.Context(), `query($n: String!) { job(namespace: "hostile", name: $n) { `+assetFields+` } }`, map[string]any{"n": name}, &out)
		if err != nil || out.Job == nil || out.Job.Name.Name != name {
			c.t.Errorf("%s: %+v %v", what, out.Job, err)
		}
	}
}

// logIsClean: each line is one of ours, and holds nothing that a terminal or a
// reader would act on.
func (c *child) logIsClean() {
	c.t.Helper()
	f, err := os.Open(c.log)
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	begins := regexp.MustCompile(`^(time=\S+ level=\S+ msg=|ready url=)`)
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		n++
		line := lines.Text()
		if !begins.MatchString(line) || strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' }) {
			c.t.Errorf("log line %q", line)
		}
		if strings.Contains(line, "weir-test-canary") {
			c.t.Errorf("the log tells a key: %s", line)
		}
	}
	if err := lines.Err(); err != nil || n < 10 {
		c.t.Errorf("%d lines of log, %v", n, err)
	}
}

// TestHostileDebugWords: a refusal's words are JSON, whatever they quote.
func TestHostileDebugWords(t *testing.T) {
	c := startChild(t, "--log-level", "debug", "--log-format", "json")
	for _, h := range []hostile{{"type", nil, 415, []string{"Content-Type", "a/b;\u202e"}}, {"key", []byte("{\"a\\u001b[2J\\u202e\":1,\"a\\u001b[2J\\u202e\":2}"), 400, nil}} {
		if status, said := c.send(h); status != h.status || !json.Valid([]byte(said)) {
			t.Errorf("%s: %d %s", h.name, status, said)
		}
	}
	for line := range strings.Lines(readFile(t, c.log)) {
		if !strings.HasPrefix(line, "ready ") && !json.Valid([]byte(line)) {
			t.Errorf("log line %q", line)
		}
	}
}
