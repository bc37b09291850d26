package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
	"golang.org/x/sys/unix"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/state/sqlite"
)

// faulty is a weir whose surroundings fail, and the events that it took.
type faulty struct {
	*killLoop
	refused int
}

// startFaulty starts a weir through the command given before its own, which may
// be none; it ends with the test.
func startFaulty(t *testing.T, before ...string) *faulty {
	f := &faulty{killLoop: newKillLoop(t, 1)}
	f.through = before
	f.start()
	f.awaitReady()
	return f
}

// post sends the next event, with a body that does not get smaller on disk.
func (f *faulty) post() int {
	f.t.Helper()
	seq := f.next
	f.next++
	body := noisy(killEvent(seq), 32<<10, f.rng)
	f.sent[seq] = body
	resp, err := http.Post(f.url+"/api/v1/lineage", "application/json", bytes.NewReader(body))
	if err != nil {
		f.t.Fatalf("weir does not answer: %v\n%s", err, readFile(f.t, f.log))
	}
	defer resp.Body.Close()
	says, _ := io.ReadAll(resp.Body)
	switch resp.StatusCode {
	case http.StatusCreated:
		var pos catalog.Position
		if _, err := fmt.Sscanf(string(says), `{"position":"%d"}`, &pos); err != nil {
			f.t.Errorf("answer %s", says)
		}
		f.acked[seq] = pos
	case http.StatusServiceUnavailable:
		f.refused++
		if got := resp.Header.Get("Retry-After"); got != "1" {
			f.t.Errorf("503 with Retry-After %q, want 1: a client would wait too long, or lose the event", got)
		}
	default:
		f.t.Fatalf("status %d: %s", resp.StatusCode, says)
	}
	return resp.StatusCode
}

// until posts until an answer comes.
func (f *faulty) until(status int) {
	f.t.Helper()
	for range 2000 {
		if f.post() == status {
			return
		}
	}
	f.t.Fatalf("weir never answered %d", status)
}

// nothingLost restarts weir after a kill and compares what was acknowledged
// with what is there.
func (f *faulty) nothingLost() {
	f.t.Helper()
	f.kill()
	f.through = nil
	f.start()
	f.awaitReady()
	f.check()
	f.t.Logf("%d acknowledged, %d lost, %d refused of which %d were kept", len(f.acked), f.lost, f.refused, f.kept)
	if len(f.acked) == 0 || f.refused == 0 {
		f.t.Error("the fault never showed")
	}
	f.end()
}

// limitFiles makes every write of the process fail that would let a file be
// larger than n bytes: the kernel answers as on a file system that is at its
// end. Anybody may do that to a process of their own.
func (f *faulty) limitFiles(n uint64) {
	f.t.Helper()
	var old unix.Rlimit
	pid := f.cmd.Process.Pid
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &old); err != nil {
		f.t.Fatal(err)
	}
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: min(n, old.Max), Max: old.Max}, nil); err != nil {
		f.t.Fatal(err)
	}
}

// TestWritesFail: while the disk takes nothing, events are refused so that
// clients come back, weir stays up and says so; then it goes on in a new file,
// because what the disk kept of the old one is not known.
func TestWritesFail(t *testing.T) {
	f := startFaulty(t)
	f.until(http.StatusCreated)
	for range 3 {
		f.limitFiles(1)
		f.until(http.StatusServiceUnavailable)
		if got := f.degraded(); !strings.Contains(got, "the journal: ") {
			t.Errorf("/readyz does not say it: %s", got)
		}
		f.limitFiles(1 << 62)
		f.until(http.StatusCreated)
		for range 5 {
			f.post()
		}
	}
	if got := f.degraded(); strings.Contains(got, "the journal: ") {
		t.Errorf("/readyz still says: %s", got)
	}
	f.nothingLost()
}

func (f *faulty) degraded() string {
	f.t.Helper()
	resp, err := http.Get(f.url + "/readyz")
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return string(b)
}

// TestDiskFull fills a file system of 8 MB that weir has for itself. Where no
// file system may be mounted, not even in a name space of one's own, the disk
// is made full by a limit on the process.
func TestDiskFull(t *testing.T) {
	mount := []string{"sh", "-c", `mount -t tmpfs -o size=8m weir "$WEIR_TEST_MOUNT" && exec "$0" "$@"`}
	dir := t.TempDir()
	t.Setenv("WEIR_TEST_MOUNT", dir)
	through := inNamespace(mount)
	f := &faulty{killLoop: newKillLoop(t, 1)}
	full, free := func() { f.limitFiles(4 << 20) }, func() { f.limitFiles(1 << 62) }
	if through != nil {
		f.dir, f.through = dir, through
		full, free = func() {}, nil
	}
	f.start()
	f.awaitReady()
	f.until(http.StatusCreated)
	inside := filepath.Join("/proc", fmt.Sprint(f.cmd.Process.Pid), "root", dir)
	if through != nil {
		if err := os.WriteFile(filepath.Join(inside, "filler"), make([]byte, 4<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		free = func() {
			if err := os.Remove(filepath.Join(inside, "filler")); err != nil {
				t.Fatal(err)
			}
		}
	}
	full()
	f.until(http.StatusServiceUnavailable)
	for range 5 {
		f.post()
	}
	if f.refused < 2 {
		t.Errorf("%d of 6 were refused on a full disk", f.refused)
	}
	if s := f.degraded(); !strings.Contains(s, "the journal: ") {
		t.Errorf("/readyz does not say it: %s", s)
	}
	free()
	f.until(http.StatusCreated)
	if through != nil { // what lies in the name space ends with the process
		kept := t.TempDir()
		if err := os.CopyFS(filepath.Join(kept, "data"), os.DirFS(inside)); err != nil {
			t.Fatal(err)
		}
		f.kill()
		f.dir, f.through = filepath.Join(kept, "data"), nil
		f.start()
		f.awaitReady()
		f.check()
		t.Logf("%d acknowledged, %d lost, %d refused", len(f.acked), f.lost, f.refused)
		f.end()
		return
	}
	f.nothingLost()
}

// inNamespace gives the command in a mount name space of its own, as root or as
// a user who may make one; nil where neither is allowed.
func inNamespace(command []string) []string {
	for _, unshare := range [][]string{{"unshare", "-m"}, {"unshare", "-Urm"}} {
		probe := append(append([]string{}, unshare...), "sh", "-c", `mount -t tmpfs -o size=1m probe "$WEIR_TEST_MOUNT"`)
		if exec.Command(probe[0], probe[1:]...).Run() == nil {
			return append(append([]string{}, unshare...), command...)
		}
	}
	return nil
}

// TestSyncFails lets the first sync after a moment fail: the group is refused,
// nothing that was acknowledged is lost, and weir goes on in a new file. Where
// the system call cannot be made to fail (no strace), the write before it is.
func TestSyncFails(t *testing.T) {
	f := startFaulty(t)
	f.until(http.StatusCreated)
	if stop := f.injectSyncError(); stop != nil {
		f.until(http.StatusServiceUnavailable)
		stop()
	} else {
		f.limitFiles(1)
		f.until(http.StatusServiceUnavailable)
		f.limitFiles(1 << 62)
	}
	f.until(http.StatusCreated)
	for range 10 {
		if f.post() != http.StatusCreated {
			t.Error("an event was refused though the disk syncs again")
		}
	}
	if files, _ := filepath.Glob(filepath.Join(f.dir, "events*.db")); len(files) < 2 {
		t.Errorf("a file that failed to sync is written again: %v", files)
	}
	f.nothingLost()
}

// injectSyncError fails one sync with EIO; nil where that is not possible.
func (f *faulty) injectSyncError() (stop func()) {
	f.t.Helper()
	return f.strace("-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=1")
}

// strace attaches to weir; nil where there is none, or it may not.
func (f *faulty) strace(args ...string) (stop func()) {
	f.t.Helper()
	said := &buffer{}
	cmd := exec.Command("strace", append(args, "-f", "-p", fmt.Sprint(f.cmd.Process.Pid))...)
	cmd.Stderr = said
	if cmd.Start() != nil {
		return nil
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for !strings.Contains(said.String(), "attached") {
		select {
		case <-ended:
			return nil
		case <-time.After(10 * time.Millisecond): // polling what another process says
		}
	}
	return func() {
		cmd.Process.Signal(syscall.SIGINT) //nolint:errcheck // it may have ended
		<-ended
	}
}

// runWeir runs weir serve until it ends by itself and gives its words.
func runWeir(t *testing.T, through []string, args ...string) (words string, code int) {
	t.Helper()
	return runCommand(t, through, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
}

// runCommand runs weir with a command until it ends, and gives its words.
func runCommand(t *testing.T, through []string, args ...string) (words string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	line := append(append([]string{}, through...), os.Args[0])
	cmd := exec.CommandContext(ctx, line[0], append(line[1:], args...)...)
	cmd.Env = append(os.Environ(), asWeir+"=1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// readOnlyData is a data directory that nothing may be written in, and how to run
// weir so.
func readOnlyData(t *testing.T) (through, args []string) {
	dir := filepath.Join(t.TempDir(), "data")
	inStores(t, localConfig(t, "--data", dir), func(st *stores) { st.append(t, dailyEvents(0, 2)) })
	t.Setenv("WEIR_TEST_MOUNT", dir)
	if through := inNamespace([]string{"sh", "-c", `mount --bind "$WEIR_TEST_MOUNT" "$WEIR_TEST_MOUNT" && mount -o remount,ro,bind "$WEIR_TEST_MOUNT" && exec "$0" "$@"`}); through != nil {
		return through, []string{"--data", dir}
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o700) }) //nolint:errcheck // for the removal
	return nil, []string{"--data", dir}
}

// TestDoctorOfReadOnlyDirectory: that nothing may be written is what is said to be
// wrong, not the stores.
func TestDoctorOfReadOnlyDirectory(t *testing.T) {
	through, args := readOnlyData(t)
	words, code := runCommand(t, through, append([]string{"doctor", "--url", "http://127.0.0.1:1"}, args...)...)
	if code == exitOK || !strings.Contains(words, "give weir the right to write in") {
		t.Errorf("exit %d:\n%s", code, words)
	}
	for _, wrong := range []string{"damaged", "remove graph.db", "weir restore"} {
		if strings.Contains(words, wrong) {
			t.Errorf("%q is said of stores that are whole:\n%s", wrong, words)
		}
	}
	for _, store := range []string{"graph store", "state", "journal"} {
		if !regexp.MustCompile("(?m)" + store + ".*not looked at").MatchString(words) {
			t.Errorf("nothing is said of the %s:\n%s", store, words)
		}
	}
}

// TestSurroundings: what weir cannot start with is said in one line, with what
// to do, and ends it with the code of a failure.
func TestSurroundings(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T) ([]string, []string){
		"read-only directory": readOnlyData,
		"a file in its place": func(t *testing.T) ([]string, []string) {
			path := filepath.Join(t.TempDir(), "data")
			write(t, path, "x")
			return nil, []string{"--data", path}
		},
		"8 file descriptors": func(t *testing.T) ([]string, []string) {
			return []string{"sh", "-c", `ulimit -n 8; exec "$0" "$@"`}, []string{"--data", t.TempDir()}
		},
		"schema of a newer weir": func(t *testing.T) ([]string, []string) {
			dir := t.TempDir()
			inStores(t, localConfig(t, "--data", dir), func(*stores) {})
			change(t, filepath.Join(dir, "state.db"), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
			return nil, []string{"--data", dir}
		},
		"journal of a newer weir": func(t *testing.T) ([]string, []string) {
			dir := t.TempDir()
			inStores(t, localConfig(t, "--data", dir), func(*stores) {})
			change(t, filepath.Join(dir, "events.db"), `PRAGMA user_version = 99`)
			return nil, []string{"--data", dir}
		},
	} {
		t.Run(name, func(t *testing.T) {
			through, args := prepare(t)
			words, code := runWeir(t, through, args...)
			if code != exitFailed || !strings.Contains(words, "weir: ") || !strings.Contains(words, "hint: ") || strings.Contains(words, "panic") || strings.Contains(words, "ready url") {
				t.Errorf("exit code %d:\n%s", code, words)
			}
			if n := strings.Count(words, "\n"); n > 8 {
				t.Errorf("%d lines:\n%s", n, words)
			}
		})
	}
}

// TestFewFileDescriptors: with 64 weir works.
func TestFewFileDescriptors(t *testing.T) {
	f := startFaulty(t, "sh", "-c", `ulimit -n 64; exec "$0" "$@"`)
	for range 20 {
		if f.post() != http.StatusCreated {
			t.Fatal("refused")
		}
	}
	f.end()
}

func change(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestKilledWhileMigrating: a start on the directory of the first weir is
// killed at random points; the next one finishes.
func TestKilledWhileMigrating(t *testing.T) {
	k := newKillLoop(t, uint64(time.Now().UnixNano()))
	db, err := sql.Open("sqlite", filepath.Join(k.dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("../../state/sqlite/migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO names (pk, type, namespace, name, first_seen, observed) SELECT i, 1, 'kafka://k', 't' || i, 1, 1 FROM n`,
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO operators (position, body) SELECT i, '{"verb":"tag","at":"2026-03-01T00:00:00Z","names":[{"type":1,"namespace":"kafka://k","name":"t' || i || '"}]}' FROM n`,
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range 12 {
		k.start()
		time.Sleep(time.Duration(k.rng.IntN(200)) * time.Millisecond) // some point of the start
		k.kill()
	}
	k.start()
	k.awaitReady()
	k.end()
	if _, broken, err := sqlite.CheckLaws(t.Context(), filepath.Join(k.dir, "state.db")); err != nil || len(broken) > 0 {
		t.Errorf("%v: %v", broken, err)
	}
	db, err = sql.Open("sqlite", filepath.Join(k.dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var stated int
	if err := db.QueryRow(`SELECT count(*) FROM curations`).Scan(&stated); err != nil || stated != 20000 {
		t.Errorf("%d statements were carried over, want 20000: %v", stated, err)
	}
}

// TestDamagedEntryIsSetAside: a bit that flipped in the journal costs one event,
// which is shown; a rebuild knows all the others.
func TestDamagedEntryIsSetAside(t *testing.T) {
	cfg := localConfig(t)
	inStores(t, cfg, func(st *stores) { st.append(t, dailyEvents(0, 5)) })
	flip(t, filepath.Join(cfg.Data, "events.db"))
	if err := quiet().rebuild(t.Context(), cfg, rebuildOptions{}); err != nil {
		t.Fatal(err)
	}
	inStores(t, cfg, func(st *stores) {
		parked, err := st.history.Parked(t.Context(), catalog.ParkedQuery{Limit: 5})
		if err != nil || len(parked) != 1 || parked[0].Code != catalog.FlagDamaged {
			t.Errorf("set aside: %+v: %v", parked, err)
		}
		if runs := strings.Count(st.exported(t), `"record":"run"`); runs != 4 {
			t.Errorf("%d runs are known, want 4", runs)
		}
	})
}

// TestEveryAckIsSynced: an event that is answered has been synced; SIGKILL alone
// would not show it, because the kernel lives on. The control is the file of the
// projection, which a replay restores: by the same count it is not synced each
// time. Where no strace is, TestJournalSyncs of the journal's own tests holds.
func TestEveryAckIsSynced(t *testing.T) {
	f := startFaulty(t)
	f.until(http.StatusCreated)
	trace := filepath.Join(t.TempDir(), "trace")
	stop := f.strace("-y", "-e", "trace=fsync,fdatasync", "-o", trace)
	if stop == nil {
		t.Log("no strace: the setting is tested where the journal is")
		f.end()
		return
	}
	const n = 40
	for range n {
		f.until(http.StatusCreated)
	}
	stop()
	f.end()
	syncs := map[string]int{}
	for line := range strings.Lines(readFile(t, trace)) {
		for _, name := range []string{"events.db-wal", "state.db-wal"} {
			if strings.Contains(line, "/"+name+">") && strings.Contains(line, "= 0") || strings.Contains(line, "/"+name+">") && strings.Contains(line, "unfinished") {
				syncs[name]++
			}
		}
	}
	t.Logf("%d events, one after the other: %v", n, syncs)
	if syncs["events.db-wal"] < n {
		t.Errorf("%d events were acknowledged by %d syncs", n, syncs["events.db-wal"])
	}
	if syncs["state.db-wal"] >= n {
		t.Errorf("the control was synced %d times: the count says nothing", syncs["state.db-wal"])
	}
}
