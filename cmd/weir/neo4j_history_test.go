//go:build neo4j

package main

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// TestNeo4jOfAnotherWeir: a weir that is given the database of another one says
// so, leaves it alone and takes events all the same; a restored directory goes on
// where its original was; weir rebuild graph takes the database over.
func TestNeo4jOfAnotherWeir(t *testing.T) {
	n := startNeo4j(t)
	at := []string{"--graph", "neo4j", "--neo4j-uri", n.uri}
	first, second, restored, fresh := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	data := func(dir string) string { return filepath.Join(dir, "data") }

	w := start(t, first, at...)
	w.say(1, 3)
	n.cursor("3 ")
	w.stop()
	whose := n.said()
	w.must(exitOK, "backup", "--data", data(first), filepath.Join(first, "copy"))
	w.must(exitOK, "restore", "--data", data(restored), filepath.Join(first, "copy"))

	w = start(t, second, at...)
	w.say(100, 105)
	n.await("the second weir says whose the graph is", func() bool {
		says := w.readyz()
		return strings.Contains(says, "degraded") && strings.Contains(says, "the graph is that of another weir") && strings.Contains(says, "weir rebuild graph --graph neo4j --neo4j-uri "+n.uri)
	})
	if got := n.said(); got != whose {
		t.Errorf("the second weir made the cursor %s, it was %s", got, whose)
	}
	w.stop()
	for dir, want := range map[string]string{second: "that of another weir", fresh: "holds the graph of another weir, up to position 3"} {
		if out, words, code := w.weir("", append([]string{"doctor", "--data", data(dir)}, at...)...); code == exitOK || !strings.Contains(out+words, want) {
			t.Errorf("doctor, exit code %d, without %q:\n%s%s", code, want, out, words)
		}
	}

	w = start(t, restored, at...)
	w.say(4, 4)
	n.cursor("4 ")
	if says := w.readyz(); strings.Contains(says, "degraded") {
		t.Errorf("the restored weir says %s", says)
	}
	w.stop()

	w.must(exitOK, append([]string{"rebuild", "graph", "--data", data(second)}, at...)...)
	n.cursor("6 ")
	w = start(t, first, at...)
	n.await("the first weir says that the graph is another's now", func() bool { return strings.Contains(w.readyz(), "that of another weir") })
	n.cursor("6 ")
}

// say sends events by number.
func (w *world) say(from, to int) {
	w.t.Helper()
	for seq := from; seq <= to; seq++ {
		resp, err := http.Post(w.url+"/api/v1/lineage", "application/json", strings.NewReader(string(killEvent(seq))))
		if err != nil {
			w.t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusCreated {
			w.t.Fatalf("event %d: %s", seq, resp.Status)
		}
	}
}

func (w *world) readyz() string {
	w.t.Helper()
	resp, err := http.Get(w.url + "/readyz")
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return string(b)
}

// said is the cursor: its position and whose it is.
func (n *neo4jServer) said() string {
	got, err := n.ask("MATCH (c:WeirCursor) RETURN c.offset AS offset, c.history AS history")
	if err != nil || len(got.Records) == 0 {
		return ""
	}
	m := got.Records[0].AsMap()
	return fmt.Sprint(m["offset"], " ", m["history"])
}

// cursor returns once the cursor begins so.
func (n *neo4jServer) cursor(want string) {
	n.t.Helper()
	n.await("the cursor at "+want, func() bool { return strings.HasPrefix(n.said(), want) })
}
