package files

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/ingest"
)

// door notes the names of events; those named "bad" are refused, and nothing
// is taken while it is shut.
type door struct {
	names []string
	shut  bool
}

func (d *door) Take(_ context.Context, events []json.RawMessage) []*ingest.Problem {
	out := make([]*ingest.Problem, len(events))
	for i, e := range events {
		var v struct{ Name string }
		switch {
		case d.shut:
			out[i] = &ingest.Problem{Status: http.StatusServiceUnavailable, Detail: "shut"}
		case json.Unmarshal(e, &v) != nil || v.Name == "bad":
			out[i] = &ingest.Problem{Status: http.StatusBadRequest, Detail: "bad"}
		default:
			d.names = append(d.names, v.Name)
		}
	}
	return out
}

// shelf keeps cursors; it fails while err is set.
type shelf struct {
	kept map[string]string
	err  error
}

func (s *shelf) Cursor(_ context.Context, key string) (string, error) { return s.kept[key], s.err }
func (s *shelf) SetCursor(_ context.Context, key, cursor string) error {
	if s.err == nil {
		s.kept[key] = cursor
	}
	return s.err
}

// rig is a directory that is tailed.
type rig struct {
	t    testing.TB
	dir  string
	door *door
	kept *shelf
	log  *bytes.Buffer
	tail *Tail
}

func newRig(t testing.TB, dir string) *rig {
	r := &rig{t: t, dir: dir, door: &door{}, kept: &shelf{kept: map[string]string{}}, log: &bytes.Buffer{}}
	r.restart()
	return r
}

// restart forgets everything but what was kept.
func (r *rig) restart() {
	r.tail = New(r.dir, r.door, r.kept, slog.New(slog.NewTextHandler(r.log, nil)))
}

func (r *rig) write(name, text string) {
	r.t.Helper()
	f, err := os.OpenFile(filepath.Join(r.dir, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		r.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) look() {
	r.t.Helper()
	if err := r.tail.runOnce(context.Background()); err != nil {
		r.t.Errorf("look: %v", err)
	}
}

// want compares everything that came so far, in any order of files.
func (r *rig) want(names ...string) {
	r.t.Helper()
	got := slices.Sorted(slices.Values(r.door.names))
	if !slices.Equal(got, slices.Sorted(slices.Values(names))) {
		r.t.Errorf("came %v, want %v\n%s", got, names, r.log)
	}
}

func event(name string) string { return fmt.Sprintf(`{"name":%q}`, name) }

func TestForms(t *testing.T) {
	r := newRig(t, t.TempDir())
	r.write("events", event("line1")+"\n"+event("line2")+"\r\n\n")
	r.write("one.json", event("no newline"))
	r.write("pretty.json", "{\n  \"name\": \"pretty\",\n  \"x\": [1,\n 2]\n}\n")
	r.write("array.json", "["+event("a1")+","+event("a2")+"]")
	r.write(".hidden", event("hidden"))
	r.write("events.tmp", event("half"))
	r.write("old.ndjson.gz", event("packed"))
	r.write("empty", "")
	r.look()
	r.look()
	r.want("line1", "line2", "no newline", "pretty", "a1", "a2")
}

// TestGrows: what is broken off is waited for; a restart goes on where it was.
func TestGrows(t *testing.T) {
	r := newRig(t, t.TempDir())
	r.write("e", event("1")+"\n"+`{"name":`)
	r.look()
	r.want("1")
	r.write("e", `"2"`)
	r.look()
	r.write("e", "}")
	r.look()
	r.want("1", "2")
	r.restart()
	r.look()
	r.write("e", "\n"+event("3")+"\n")
	r.look()
	r.want("1", "2", "3")
}

// TestRotation: by renaming, by truncating in place, by replacing.
func TestRotation(t *testing.T) {
	r := newRig(t, t.TempDir())
	path := filepath.Join(r.dir, "e")
	r.write("e", event("1")+"\n")
	r.look()
	r.write("e", event("2")+"\n")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	r.write("e", event("3")+"\n")
	r.look()
	r.want("1", "2", "3")
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	r.write("e", event("4"))
	r.restart()
	r.look()
	r.want("1", "2", "3", "4")
	if err := os.Truncate(path, 0); err != nil { // and longer than before
		t.Fatal(err)
	}
	r.write("e", event("5 is longer")+"\n"+event("6")+"\n")
	r.look()
	r.want("1", "2", "3", "4", "5 is longer", "6")
	if err := os.Remove(path + ".1"); err != nil {
		t.Fatal(err)
	}
	r.look()
	if len(r.tail.places) != 1 || strings.Count(r.kept.kept[r.tail.key()], "offset") != 1 {
		t.Errorf("places %v, kept %v", r.tail.places, r.kept.kept)
	}
}

// TestGarbage: what is no event is passed over with a word, and what follows is
// read.
func TestGarbage(t *testing.T) {
	r := newRig(t, t.TempDir())
	r.write("e", event("1")+"\nnot JSON at all\n"+event("2")+"\n"+`{"name":"torn`+"\n"+event("3")+"\n"+event("bad")+"\n7\n"+event("4")+"\n\x00\x00\x00\n"+event("5")+"\n")
	r.write("big", `{"name":"`+strings.Repeat("x", ingest.MaxInflated)+`"}`+"\n"+event("behind")+"\n")
	r.look()
	r.want("1", "2", "3", "4", "5", "behind")
	if n := strings.Count(r.log.String(), "level=WARN"); n != 6 {
		t.Errorf("%d warnings, want one for each of 6 oddities:\n%s", n, r.log)
	}
	r.look()
	r.want("1", "2", "3", "4", "5", "behind")
}

// TestBusy: while the journal cannot write, nothing is passed over; the trouble
// shows and goes.
func TestBusy(t *testing.T) {
	r := newRig(t, t.TempDir())
	r.write("e", event("1")+"\n"+event("2")+"\n")
	r.door.shut = true
	r.tail.note(r.tail.runOnce(context.Background()))
	if err := r.tail.Err(); err == nil || !strings.Contains(err.Error(), "shut") {
		t.Errorf("trouble %v", err)
	}
	r.door.shut = false
	r.tail.note(r.tail.runOnce(context.Background()))
	r.want("1", "2")
	if err := r.tail.Err(); err != nil {
		t.Errorf("trouble stays: %v", err)
	}
}

// TestUnkeptCursor: a crash before the cursor is kept reads again, and loses
// nothing.
func TestUnkeptCursor(t *testing.T) {
	r := newRig(t, t.TempDir())
	r.write("e", event("1")+"\n")
	r.look()
	r.write("e", event("2")+"\n")
	r.kept.err = os.ErrPermission
	if err := r.tail.runOnce(context.Background()); err == nil {
		t.Error("a cursor that cannot be kept is no trouble")
	}
	r.kept.err = nil
	r.restart()
	r.look()
	r.want("1", "2", "2")
}

func TestNoDirectory(t *testing.T) {
	r := newRig(t, filepath.Join(t.TempDir(), "none"))
	if err := r.tail.runOnce(context.Background()); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("%v", err)
	}
}

// TestAnyWrites: however writes, rotations, looks and restarts interleave, each
// event comes once.
func TestAnyWrites(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		r := newRig(t, dir)
		var want []string
		pending := "" // written in parts
		flush := func(all bool) {
			n := len(pending)
			if !all {
				n = rapid.IntRange(0, n).Draw(rt, "bytes")
			}
			r.write("e", pending[:n])
			pending = pending[n:]
		}
		for i := range rapid.IntRange(1, 30).Draw(rt, "steps") {
			switch rapid.IntRange(0, 4).Draw(rt, "step") {
			case 0, 1:
				name := fmt.Sprintf("%d-%s", i, rapid.StringMatching(`[a-z"\\é]{0,300}`).Draw(rt, "name"))
				b, _ := json.Marshal(map[string]string{"name": name})
				want, pending = append(want, name), pending+string(b)+"\n"
				flush(false)
			case 2:
				r.look()
			case 3:
				flush(true)
				if _, err := os.Stat(filepath.Join(dir, "e")); err == nil {
					if err := os.Rename(filepath.Join(dir, "e"), filepath.Join(dir, fmt.Sprintf("e.%d", i))); err != nil {
						rt.Fatal(err)
					}
				}
			case 4:
				r.restart()
			}
		}
		flush(true)
		r.look()
		got := slices.Sorted(slices.Values(r.door.names))
		if slices.Sort(want); !slices.Equal(got, want) {
			rt.Fatalf("came %q, want %q", got, want)
		}
	})
}
