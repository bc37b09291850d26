//go:build clients

package clients

import (
	"bytes"
	"context"
	"encoding/json"
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
)

// env is a variable that scripts/clients.sh sets.
func env(t *testing.T, name string) string {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		t.Fatalf("%s is not set: scripts/clients.sh run go test -tags clients ./test/clients", name)
	}
	return v
}

// startWeir runs the built binary until the test ends.
func startWeir(t *testing.T, args ...string) string {
	t.Helper()
	bin, err := filepath.Abs("../../bin/weir")
	if err != nil {
		t.Fatal(err)
	}
	words := &lines{ready: make(chan string, 1)}
	cmd := exec.Command(bin, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--log-level", "warn"}, args...)...)
	cmd.Stderr = words
	if err := cmd.Start(); err != nil {
		t.Fatalf("start weir (make build): %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
		if err := cmd.Wait(); err != nil {
			t.Errorf("weir ended with %v", err)
		}
		if t.Failed() {
			t.Logf("weir said:\n%s", words)
		}
	})
	select {
	case url := <-words.ready:
		return url
	case <-time.After(30 * time.Second):
		t.Fatalf("weir is not ready:\n%s", words)
		return ""
	}
}

// lines collects what a process says, and finds the line that says it is ready.
type lines struct {
	mu    sync.Mutex
	b     bytes.Buffer
	ready chan string
}

var readyLine = regexp.MustCompile(`ready url=(\S+)`)

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Write(p)
	if m := readyLine.FindSubmatch(l.b.Bytes()); m != nil {
		select {
		case l.ready <- string(m[1]):
		default:
		}
	}
	return len(p), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// The faults that each client gets over by itself. Python tries six times,
// whatever happened; Java once more, and only after a 503: a POST is not
// idempotent, so a connection that breaks is the caller's to handle.
var (
	pythonPlans = [][]fault{{}, {refused}, {dropped}, {unanswered}, {}, {slow}, {refused, dropped, unanswered}, {}, {dropped, refused}, {unanswered, unanswered}}
	javaPlans   = [][]fault{{}, {refused}, {}, {slow}, {}}
)

// withHang makes the first body of all hang once: it costs the client 5 s.
func withHang(plans [][]fault) [][]fault {
	long := [][]fault{{hung}}
	for range 10 {
		long = append(long, plans...)
	}
	return long
}

// TestClients: every event of every client arrives, and none counts twice.
func TestClients(t *testing.T) {
	python, java, classes := env(t, "WEIR_CLIENT_PYTHON"), env(t, "WEIR_CLIENT_JAVA"), env(t, "WEIR_CLIENT_CLASSPATH")
	weir := startWeir(t)
	const runs = 10
	emit := func(args ...string) func(url, job string) *exec.Cmd {
		return func(url, job string) *exec.Cmd {
			return exec.Command(python, append([]string{"emit.py", url, job, strconv.Itoa(runs)}, args...)...)
		}
	}
	group := t.Run("clients", func(t *testing.T) {
		for _, c := range []struct {
			job     string
			command func(url, job string) *exec.Cmd
			plans   [][]fault
		}{
			{"python-http", emit("http", "none"), withHang(pythonPlans)},
			{"python-http-gzip", emit("http", "gzip"), withHang(pythonPlans)},
			{"python-async", emit("async_http", "none"), withHang(pythonPlans)},
			{"python-async-gzip", emit("async_http", "gzip"), withHang(pythonPlans)},
			{"java", func(url, job string) *exec.Cmd {
				return exec.Command(java, "-cp", classes, "Emit", url, job, strconv.Itoa(runs), "none")
			}, javaPlans},
			{"java-gzip", func(url, job string) *exec.Cmd {
				return exec.Command(java, "-cp", classes, "Emit", url, job, strconv.Itoa(runs), "gzip")
			}, javaPlans},
		} {
			t.Run(c.job, func(t *testing.T) {
				t.Parallel()
				p := newProxy(t, weir, c.plans)
				if out, err := c.command(p.URL, c.job).CombinedOutput(); err != nil {
					t.Fatalf("the client lost something: %v\n%s", err, out)
				}
				p.wasUnkind(t)
				look(t, weir, c.job, runs)
			})
		}
	})
	if group {
		appendedOnce(t, weir, 6*2*runs)
	}
}

// TestFileTransport: what the Python client writes to files is read while it
// writes, appended to one file and as one file an event.
func TestFileTransport(t *testing.T) {
	python, dir := env(t, "WEIR_CLIENT_PYTHON"), t.TempDir()
	weir := startWeir(t, "--ingest-files", dir)
	const runs = 5
	for _, how := range []string{"append", "each"} {
		if out, err := exec.Command(python, "emit.py", filepath.Join(dir, how+".log"), "python-file-"+how, strconv.Itoa(runs), "file", how).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	accepted := `weir_ingest_events_total{outcome="accepted"} ` + strconv.Itoa(2*2*runs) + "\n"
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(get(t, weir+"/metrics"), accepted); {
		if time.Now().After(deadline) {
			t.Fatalf("not all files are read:\n%s", regexp.MustCompile(`(?m)^weir_ingest_events.*$`).FindAllString(get(t, weir+"/metrics"), -1))
		}
		time.Sleep(50 * time.Millisecond) // polling another process
	}
	look(t, weir, "python-file-append", runs)
	look(t, weir, "python-file-each", runs)
}

// wasUnkind: a proxy that lets everything pass proves nothing.
func (p *proxy) wasUnkind(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, plan := range p.plans {
		for _, f := range plan {
			if p.count[f] == 0 {
				t.Errorf("no event was %s", f)
			}
		}
	}
	t.Logf("faults: %v", p.count)
}

// look asks weir what came: each run once, ended well, with one version of the
// output each.
func look(t *testing.T, weir, job string, runs int) {
	t.Helper()
	var out struct {
		Data struct {
			Job struct {
				Runs struct {
					Nodes []struct{ RunID, State string }
				}
			}
			Dataset struct {
				Versions struct{ Nodes []struct{ ID string } }
			}
		}
		Errors []struct{ Message string }
	}
	query := `{ job(namespace: "clients", name: "` + job + `") { runs(first: 200) { nodes { runId state } } } dataset(namespace: "kafka://k:9092", name: "` + job + `.out") { versions(first: 200) { nodes { id } } } }`
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, weir+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Weir-Min-Position", end(t, weir))
	req.Header.Set("Weir-Wait", "20s")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || len(out.Errors) > 0 {
		t.Fatalf("%v %v", err, out.Errors)
	}
	seen := map[string]bool{}
	for _, r := range out.Data.Job.Runs.Nodes {
		if seen[r.RunID] || r.State != "SUCCEEDED" {
			t.Errorf("run %s is %s, met before: %v", r.RunID, r.State, seen[r.RunID])
		}
		seen[r.RunID] = true
	}
	if len(seen) != runs || len(out.Data.Dataset.Versions.Nodes) != runs {
		t.Errorf("%d runs and %d versions, want %d of each", len(seen), len(out.Data.Dataset.Versions.Nodes), runs)
	}
}

// end is the last position of the journal.
func end(t *testing.T, weir string) string {
	t.Helper()
	var r struct {
		Position string
		Lag      int
	}
	if err := json.Unmarshal([]byte(get(t, weir+"/readyz")), &r); err != nil {
		t.Fatal(err)
	}
	pos, err := strconv.Atoi(r.Position)
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(pos + r.Lag)
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// appendedOnce: what came again was known as a duplicate and not kept.
func appendedOnce(t *testing.T, weir string, events int) {
	t.Helper()
	metrics := get(t, weir+"/metrics")
	if want := `weir_ingest_events_total{outcome="accepted"} ` + strconv.Itoa(events) + "\n"; !strings.Contains(metrics, want) {
		t.Errorf("want %s in\n%s", want, regexp.MustCompile(`(?m)^weir_ingest_events.*$`).FindAllString(metrics, -1))
	}
	if !strings.Contains(metrics, `weir_ingest_events_total{outcome="duplicate"}`) {
		t.Error("no duplicate came: the proxy was too kind")
	}
}
