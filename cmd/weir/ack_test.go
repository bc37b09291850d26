package main

import (
	"path/filepath"
	"regexp"
	"testing"
)

// TestAck: what is wrong is listed by root cause; who says that they look after
// one is listed with it, until they take it back.
func TestAck(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "policies", "p.yaml"), latePolicies)
	w := start(t, dir, "--policies", filepath.Join(dir, "policies"))
	w.must(exitOK, "events", "send", filepath.Join(packageDir, "testdata", "events.ndjson"))
	line := regexp.MustCompile(`(?m)^late +(\S+:\S+) +20\S+ \S+ +\d+ assets? .* (attention_\w+)$`)
	waitUntil(t, "something is wrong for more than one cause", func() bool {
		out, _, _ := w.weir("", "ack")
		return len(line.FindAllString(out, -1)) > 1
	})
	m := line.FindStringSubmatch(w.must(exitOK, "ack"))
	name, id := m[1], m[2]

	holds(t, w.must(exitUsage, "ack", id), "--reason")
	holds(t, w.must(exitUsage, "ack", "--reason", "on it"), "which cause")
	holds(t, w.must(exitUsage, "ack", ":", "--reason", "on it"), "causes", id+"  "+name)
	holds(t, w.must(exitNotFound, "ack", "attention_nothing", "--reason", "on it"), "nothing is wrong because of it any more")
	holds(t, w.must(exitNotFound, "ack", "nothing_like_it", "--reason", "on it"), "weir ack lists")

	holds(t, w.must(exitUsage, "ack", "--dry-run"), "which cause")
	holds(t, w.must(exitOK, "ack", name, "--actor", "ann", "--dry-run"), "It writes down that ann looks after it")
	holds(t, w.must(exitFailed, "ack", "attention_nothing", "--dry-run"), "it would be refused", "nothing is wrong because of it any more")
	if out := w.must(exitOK, "ack"); regexp.MustCompile(`ann: `).MatchString(out) {
		t.Errorf("it was only looked at, and yet\n%s", out)
	}
	holds(t, w.must(exitOK, "ack", name, "--actor", "ann", "--reason", "on it\u202e"), name+" is looked after by ann, until 20")
	holds(t, w.must(exitOK, "ack"), `ann: on it\u202e`)
	holds(t, w.must(exitOK, "ack", id, "--take-back", "--reason", "not me", "-o", "json"), `"acknowledgement": null`)
	if out := w.must(exitOK, "ack"); regexp.MustCompile(`ann: `).MatchString(out) {
		t.Errorf("taken back, and yet\n%s", out)
	}
}
