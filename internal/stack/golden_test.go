package stack_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirhq/weir/internal/stack"
)

// TestChangeGolden says what the graph and the history hold after an event: of
// each of ingest's golden events, in testdata/change/NAME.change, and after
// each of the stories testdata/change/NAME.ndjson, one event a line. Forwards,
// backwards and with each event twice, it is the same.
func TestChangeGolden(t *testing.T) {
	single, err := filepath.Glob("../../ingest/testdata/interpret/*.json")
	must(t, err)
	stories, err := filepath.Glob("testdata/change/*.ndjson")
	must(t, err)
	for _, file := range append(single, stories...) {
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(file)
			must(t, err)
			events := bytes.Split(bytes.TrimSpace(raw), []byte("\n"))
			got := knows(t, events)
			goldenChange(t, filepath.Join("testdata/change", name+".change"), got)
			var other [][]byte
			for i := range events {
				e := events[len(events)-1-i]
				other = append(other, e, e)
			}
			if again := knows(t, other); again != got {
				t.Errorf("backwards and twice:\n%s", lineDiff(got, again))
			}
		})
	}
}

func knows(t *testing.T, events [][]byte) string {
	t.Helper()
	ctx := context.Background()
	s, err := stack.Open(ctx, t.TempDir())
	must(t, err)
	defer func() { must(t, s.Close()) }()
	must(t, s.Send(ctx, 2, events...))
	var b bytes.Buffer
	must(t, s.Export(ctx, &b))
	return b.String()
}

func goldenChange(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		must(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if got != string(want) {
		t.Errorf("%s differs (-update writes it anew):\n%s", file, lineDiff(string(want), got))
	}
}
