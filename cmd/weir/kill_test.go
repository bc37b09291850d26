package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/internal/stack"
	"github.com/weirhq/weir/state/sqlite"
)

// killLoops is how often TestKillLoop kills: WEIR_TEST_KILLS, else 20.
func killLoops(t *testing.T) int {
	t.Helper()
	s := os.Getenv("WEIR_TEST_KILLS")
	if s == "" {
		return 20
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("WEIR_TEST_KILLS is %q, want a number of loops", s)
	}
	return n
}

// TestKillLoop kills a weir under load with SIGKILL at random points, starting
// up among them, and starts it again on what it left. Whatever was acknowledged
// is in the journal exactly once and at the position that was told, nothing
// else is there that was not sent, and the export at the end is that of a clean
// replay of what the producers sent.
func TestKillLoop(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	k := newKillLoop(t, seed)
	for range killLoops(t) {
		k.round()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	k.start()
	k.awaitReady()
	k.check()
	got := k.export()
	k.end()
	k.check()
	if want := k.replayed(); got != want {
		t.Errorf("seed %d: the export differs from that of a clean replay:\n%s", seed, diff(want, got))
	}
	t.Logf("%d kills, %d of them before weir was ready: %d events acknowledged, %d lost, %d sent without an answer, %d to be sent again, of both %d were kept",
		k.kills, k.early, len(k.acked), k.lost, k.unanswered, k.busy, k.kept)
	k.mostlyTaken()
	if len(k.acked) < 20 || k.kills < 5 {
		t.Errorf("%d events and %d kills say little", len(k.acked), k.kills)
	}
}

// TestKillLoopFindsLoss is the negative control: something before weir answers
// 201 and holds one event of three in memory only. The same checks must see it.
func TestKillLoopFindsLoss(t *testing.T) {
	k := newKillLoop(t, 1)
	k.early = -1 // never: each round must have had load
	var asked atomic.Int32
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"position":"0"}`) //nolint:errcheck // the producer may be gone
		if asked.Add(1)%3 == 0 {
			return
		}
		if resp, err := http.Post(k.target()+"/api/v1/lineage", "application/json", bytes.NewReader(body)); err == nil {
			resp.Body.Close()
		}
	}))
	defer liar.Close()
	k.front = liar.URL
	k.fail = func(string, ...any) {}
	for range 5 {
		if k.round(); k.lost > 0 {
			return
		}
	}
	t.Error("a front that acknowledges before it stores was not found out")
}

// TestKillLoopUnderRetention kills a weir whose journal goes on in a new file all
// the time and lets the old ones go as soon as a snapshot covers them: at each
// start it does, and is killed meanwhile. What was acknowledged is in the
// export, which is that of a clean replay, and a rebuild from snapshot and rest
// gives it again.
func TestKillLoopUnderRetention(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	k := newKillLoop(t, seed)
	k.args, k.noise, k.blind = []string{"--segment-mb", "1", "--retention-events", "1ms"}, 16<<10, true
	for range killLoops(t) / 2 {
		k.round()
	}
	k.start()
	k.awaitReady()
	got := k.export()
	k.end()
	for _, m := range killRun.FindAllStringSubmatch(got, -1) {
		seq, _ := strconv.Atoi(m[1]) // digits alone
		if k.found[seq]++; k.found[seq] > 1 {
			t.Errorf("run %d is there twice", seq)
		}
	}
	for seq := range k.acked {
		if k.found[seq] == 0 {
			t.Errorf("event %d was acknowledged and is lost", seq)
		}
	}
	if want := k.replayed(); got != want {
		t.Errorf("the export differs from that of a clean replay:\n%s", diff(want, got))
	}
	cfg := localConfig(t, "--data", k.dir)
	inStores(t, cfg, func(st *stores) {
		if st.journal.First() == 1 {
			t.Error("retention removed nothing")
		}
	})
	if err := quiet().rebuild(t.Context(), cfg, rebuildOptions{}); err != nil {
		t.Fatal(err)
	}
	r, err := exportDir(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var rebuilt strings.Builder
	if _, err := r.WriteTo(&rebuilt); err != nil || rebuilt.String() != got {
		t.Errorf("seed %d: rebuilt: %v\n%s", seed, err, diff(got, rebuilt.String()))
	}
	t.Logf("%d kills, %d events acknowledged, %d known", k.kills, len(k.acked), len(k.found))
}

var killRun = regexp.MustCompile(`"record":"run","runId":"run-(\d+)"`)

// killLoop is one data directory, who writes to it, and what they were told.
type killLoop struct {
	t    *testing.T
	dir  string
	rng  *rand.Rand
	fail func(string, ...any)
	// front is where producers send to, when it is not weir itself.
	front string
	// through is a command that weir is started by, args are more flags.
	through, args []string
	// event makes the event of a sequence number.
	event func(seq int) []byte
	// noise is how many bytes that compress badly each event has more.
	noise int
	// blind: the journal is not looked through, since retention cuts it.
	blind bool

	cmd *exec.Cmd
	log string
	url string

	mu           sync.Mutex
	next         int            // the sequence number of the next event
	sent         map[int][]byte // by sequence number
	acked        map[int]catalog.Position
	unanswered   int
	busy         int              // answers that asked to send again
	checked      catalog.Position // how far the journal was looked through
	found        map[int]catalog.Position
	lost, kept   int
	kills, early int
}

func newKillLoop(t *testing.T, seed uint64) *killLoop {
	k := &killLoop{t: t, dir: t.TempDir(), rng: rand.New(rand.NewPCG(seed, 0)), fail: t.Errorf, event: killEvent,
		sent: map[int][]byte{}, acked: map[int]catalog.Position{}, found: map[int]catalog.Position{}}
	t.Cleanup(func() {
		if k.cmd != nil && k.cmd.ProcessState == nil {
			k.cmd.Process.Kill() //nolint:errcheck // the test failed half-way
			k.cmd.Wait()         //nolint:errcheck // as above
		}
	})
	return k
}

// round starts weir, loads it, kills it somewhere, and looks at what is there
// once it is back: the next round's start finds what this one left.
func (k *killLoop) round() {
	k.start()
	if k.early >= 0 && k.rng.IntN(5) == 0 {
		time.Sleep(time.Duration(k.rng.IntN(60)) * time.Millisecond) // a moment of the start, ended whatever it is
		k.kill()
		k.early++
		return
	}
	k.awaitReady()
	k.check()
	k.load(k.rng.IntN(250), time.Duration(k.rng.IntN(3000))*time.Microsecond)
}

// load sends from six producers until enough events are acknowledged, kills
// weir a moment later, and returns when all producers have noticed.
func (k *killLoop) load(enough int, moment time.Duration) {
	var producers sync.WaitGroup
	ctx, stop := context.WithCancel(k.t.Context())
	defer stop()
	reached := make(chan struct{})
	var once sync.Once
	before := k.acknowledged()
	for range 6 {
		producers.Go(func() {
			for ctx.Err() == nil {
				err := k.send(ctx)
				if k.acknowledged()-before >= enough {
					once.Do(func() { close(reached) })
				}
				switch {
				case errors.Is(err, errBusy):
					pause(ctx, busyPause)
				case err != nil:
					return
				}
			}
		})
	}
	for seen, waiting := before, true; waiting; {
		select {
		case <-reached:
			waiting = false
		case <-time.After(time.Minute): // slow is no fault of weir's, standing still is
			if now := k.acknowledged(); now > seen {
				seen = now
				continue
			}
			k.t.Errorf("weir took %d events of %d and then none for a minute:\n%s", seen-before, enough, readFile(k.t, k.log))
			waiting = false
		}
	}
	time.Sleep(moment) // somewhere in the next batches
	k.kill()
	stop()
	producers.Wait()
}

// acknowledged counts the events that weir took.
func (k *killLoop) acknowledged() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.acked)
}

// errBusy is the answer that asks a producer to send again: on a busy machine the
// disk takes longer than weir lets it.
var errBusy = errors.New("weir cannot write now")

// busyPause is how long a producer waits then.
const busyPause = 50 * time.Millisecond

// send sends one event, and notes the answer.
func (k *killLoop) send(ctx context.Context) error {
	k.mu.Lock()
	seq := k.next
	k.next++
	body := noisy(k.event(seq), k.noise, k.rng)
	k.sent[seq] = body
	k.mu.Unlock()
	pos, err := k.post(ctx, body)
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case errors.Is(err, errBusy):
		k.busy++
	case err != nil:
		k.unanswered++
	default:
		k.acked[seq] = pos
	}
	return err
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// mostlyTaken: weir may ask for patience now and then, and not as a rule.
func (k *killLoop) mostlyTaken() {
	if k.busy > len(k.acked) {
		k.t.Errorf("weir asked for patience %d times and took %d events", k.busy, len(k.acked))
	}
}

func (k *killLoop) post(ctx context.Context, body []byte) (catalog.Position, error) {
	url := k.front
	if url == "" {
		url = k.target()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/v1/lineage", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	var answer struct{ Position string }
	switch resp.StatusCode {
	case http.StatusCreated:
	case http.StatusServiceUnavailable:
		return 0, errBusy
	default:
		return 0, fmt.Errorf("status %d", resp.StatusCode)
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(answer.Position, 10, 64)
	return catalog.Position(n), err
}

func (k *killLoop) target() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.url
}

// killEvent is one run of one of forty jobs, which change what they read and
// write now and then: edges begin and end on the way.
func killEvent(seq int) []byte {
	job, era := seq%40, seq/400
	return fmt.Appendf(nil, `{"eventTime":%q,"eventType":"COMPLETE","producer":"https://example.com/kill","run":{"runId":"run-%d"},
		"job":{"namespace":"kill","name":"job-%d"},"inputs":[{"namespace":"postgres://wh:5432","name":"shop.raw.t%d"}],
		"outputs":[{"namespace":"postgres://wh:5432","name":"shop.marts.t%d"}]}`,
		time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(seq)*7*time.Minute).Format(time.RFC3339), seq, job, job+era, job)
}

// noisy puts n hex digits into an event, where nobody looks.
func noisy(event []byte, n int, rng *rand.Rand) []byte {
	if n == 0 {
		return event
	}
	noise := make([]byte, n)
	for i := range noise {
		noise[i] = "0123456789abcdef"[rng.IntN(16)]
	}
	return bytes.Replace(event, []byte(`"producer":`), fmt.Appendf(nil, `"noise":%q,"producer":`, noise), 1)
}

var killSeq = regexp.MustCompile(`"runId":"run-(\d+)"`)

// check reads what came into the journal since the last check, while weir runs
// on it, and compares it with what the producers were told.
func (k *killLoop) check() {
	k.t.Helper()
	if k.blind {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	j, err := sqlite.OpenJournal(k.t.Context(), filepath.Join(k.dir, "events.db"))
	if err != nil {
		k.t.Fatal(err)
	}
	defer j.Close()
	for {
		entries, err := j.After(k.t.Context(), k.checked, 1000)
		if err != nil {
			k.t.Fatal(err)
		}
		for _, e := range entries {
			k.entry(e)
		}
		if len(entries) == 0 {
			break
		}
	}
	k.compare()
}

// entry judges one entry of the journal.
func (k *killLoop) entry(e catalog.Entry) {
	if e.Position != k.checked+1 {
		k.fail("entry %s follows %s", e.Position, k.checked)
	}
	k.checked = e.Position
	m := killSeq.FindSubmatch(e.Body)
	if m == nil {
		k.fail("entry %s was never sent: %s", e.Position, e.Body)
		return
	}
	seq, _ := strconv.Atoi(string(m[1])) // digits alone
	if !bytes.Equal(e.Body, k.sent[seq]) {
		k.fail("entry %s is not what was sent: %s", e.Position, e.Body)
	}
	if at, twice := k.found[seq]; twice {
		k.fail("event %d is at %s and at %s", seq, at, e.Position)
	}
	k.found[seq] = e.Position
}

// compare looks for every acknowledged event where it was said to be.
func (k *killLoop) compare() {
	k.lost, k.kept = 0, 0
	for seq, pos := range k.acked {
		at, ok := k.found[seq]
		if !ok {
			k.lost++
			k.fail("event %d was acknowledged at %s and is lost", seq, pos)
		} else if at != pos && k.front == "" {
			k.fail("event %d was acknowledged at %s and is at %s", seq, pos, at)
		}
	}
	for seq := range k.found {
		if _, ok := k.acked[seq]; !ok {
			k.kept++
		}
	}
}

// start starts weir on the directory as it is, without waiting.
func (k *killLoop) start() {
	k.t.Helper()
	k.log = filepath.Join(k.t.TempDir(), "log")
	words, err := os.Create(k.log)
	if err != nil {
		k.t.Fatal(err)
	}
	defer words.Close()
	line := append(append([]string{}, k.through...), os.Args[0], "serve", "--listen", "127.0.0.1:0", "--data", k.dir, "--log-level", "warn")
	line = append(line, k.args...)
	k.cmd = exec.Command(line[0], line[1:]...)
	k.cmd.Env, k.cmd.Stderr = append(os.Environ(), asWeir+"=1"), words
	if err := k.cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
}

func (k *killLoop) awaitReady() {
	k.t.Helper()
	ready := regexp.MustCompile(`ready url=(\S+)`)
	waitUntil(k.t, "ready", func() bool {
		m := ready.FindStringSubmatch(readFile(k.t, k.log))
		if m == nil {
			return false
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		k.url = m[1]
		return true
	})
}

func (k *killLoop) kill() {
	k.t.Helper()
	if err := k.cmd.Process.Kill(); err != nil {
		k.t.Fatal(err)
	}
	err := k.cmd.Wait()
	if status, ok := k.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		k.t.Errorf("weir ended by itself: %v\n%s", err, readFile(k.t, k.log))
	}
	k.kills++
}

// end ends weir as it asks to be ended.
func (k *killLoop) end() {
	k.t.Helper()
	k.cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // Wait tells
	if err := k.cmd.Wait(); err != nil {
		k.t.Errorf("weir ended with %v:\n%s", err, readFile(k.t, k.log))
	}
}

// export is the canonical export of the weir that runs.
func (k *killLoop) export() string {
	k.t.Helper()
	resp, err := newClient(Config{URL: k.url, Timeout: time.Minute}).get(k.t.Context(), "/api/v1/export/graph")
	if err != nil {
		k.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		k.t.Fatal(err)
	}
	return string(b)
}

// replayed is the export that the producers' own copies give: all that was
// acknowledged, and what was kept of the rest.
func (k *killLoop) replayed() string {
	k.t.Helper()
	s, err := stack.Open(k.t.Context(), k.t.TempDir())
	if err != nil {
		k.t.Fatal(err)
	}
	defer s.Close()
	var seqs []int
	for seq := range k.found {
		seqs = append(seqs, seq)
	}
	slices.Sort(seqs)
	var bodies [][]byte
	for _, seq := range seqs {
		bodies = append(bodies, k.sent[seq])
	}
	var b strings.Builder
	if err := s.Send(k.t.Context(), 256, bodies...); err != nil {
		k.t.Fatal(err)
	}
	if err := s.Export(k.t.Context(), &b); err != nil {
		k.t.Fatal(err)
	}
	return b.String()
}
