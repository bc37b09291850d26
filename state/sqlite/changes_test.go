package sqlite_test

import (
	"testing"

	"github.com/weirhq/weir/catalog"
)

// A renamed dataset is followed until its old name is written again.
func TestFollow(t *testing.T) {
	h := newHistory(t)
	id := func(name string) catalog.AssetID { return catalog.AssetID(catalog.DatasetName("n", name).ID()) }
	dataset := func(name string) string { return `{"namespace":"n","name":"` + name + `"}` }
	renamed := func(name, from string) string {
		return `{"namespace":"n","name":"` + name + `","facets":{"lifecycleStateChange":{"lifecycleStateChange":"RENAME","previousIdentifier":{"namespace":"n","name":"` + from + `"}}}}`
	}
	follows := func(from, want string) {
		t.Helper()
		got, err := h.Follow(t.Context(), id(from))
		if err != nil || got != id(want) {
			t.Errorf("%s leads to %s, %v; want %s", from, got, err, want)
		}
	}
	h.run(1, "COMPLETE", "r1", "", dataset("a"))
	follows("a", "a")
	h.run(2, "START", "r2", "", renamed("b", "a"))
	follows("a", "a") // it has not happened yet
	h.run(3, "COMPLETE", "r2", "", "")
	follows("a", "b")
	follows("b", "b")
	follows("never seen", "never seen")
	h.run(4, "COMPLETE", "r3", "", renamed("c", "b"))
	follows("a", "c")
	h.run(5, "FAIL", "r4", "", dataset("a"))
	follows("a", "c") // nothing was written
	h.run(6, "COMPLETE", "r5", "", dataset("a"))
	follows("a", "a")
	follows("b", "c")
	h.run(7, "COMPLETE", "r6", "", renamed("d", "a")+","+renamed("e", "x"))
	follows("a", "d")
	h.run(8, "COMPLETE", "r7", "", renamed("a", "d")) // and back: neither leads away for ever
	follows("d", "a")
	follows("a", "a")
}
